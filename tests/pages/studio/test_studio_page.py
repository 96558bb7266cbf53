from itertools import pairwise

import numpy as np
import pytest

from core.errors import ArtifactError
from core.generative.autoencoder import Autoencoder
from core.storage import artifacts
from tests.conftest import ToyModel
from tests.pages.search.test_search import button, photo, shown
from tests.pages.search.test_turning import TO_THE_LEFT, lying, picture, turn_lines

ROOMS = ("Between two products", "New designs", "Vary a design", "Reconstruct a picture")


@pytest.fixture
def worked():
    """Give how many pictures were encoded and drawn so far."""
    return {"encoded": 0, "drawn": 0}


@pytest.fixture
def toy_studio(toy_models, monkeypatch, worked):
    """Stand in for the VAE: 16 numbers of a picture, four more for the picture alone, and flat pictures."""

    def open_autoencoder(model) -> Autoencoder:
        def encode(pixels):
            worked["encoded"] += len(pixels)
            embedded = 3 * ToyModel().extract(list(pixels))
            return np.pad(embedded, ((0, 0), (0, 4)), constant_values=0.5)

        def decode(latents):
            worked["drawn"] += len(latents)
            return np.tile(latents[:, None, None, :3] / 2 + 0.5, (1, 8, 6, 1))

        return Autoencoder(encode, decode, lambda latents: latents[:, :16], height=8, width=6, size=20)

    monkeypatch.setattr("pages._shared.studio.vae_cache.open_autoencoder", open_autoencoder)
    return toy_models


@pytest.fixture
def with_vae(toy_catalogue):
    """Give the toy catalogue embeddings of the VAE too."""
    with artifacts.write_folder(toy_catalogue, force=True, manifest={"source": "toy garments"}) as work:
        artifacts.shutil.copytree(
            toy_catalogue, work, dirs_exist_ok=True, ignore=lambda *_: ["manifest.json"]
        )
        artifacts.shutil.copyfile(work / "embeddings" / "vgg16.npy", work / "embeddings" / "vae.npy")
    return toy_catalogue


@pytest.fixture
def studio_page(app):
    def opened(room=ROOMS[0]):
        page = app().run().switch_page("pages/studio.py").run()
        if room != ROOMS[0]:
            page.segmented_control(key="studio-room").set_value(room).run()
        return page

    return opened


def pictures(page) -> list[str]:
    return [image.proto.imgs[0].alt for image in page.image]


def test_starts_with_a_walk_that_has_a_real_product_at_each_step(studio_page, with_vae, toy_studio):
    page = studio_page()
    assert not page.exception
    assert page.title[0].value == "Design studio"
    drawn = [alt for alt in pictures(page) if alt.startswith("Drawn at step")]
    assert drawn == [f"Drawn at step {step} of 6" for step in range(7)]
    steps = [c.value for c in page.caption if c.value in {"Start", "End"} or c.value.endswith(" of 6")]
    assert steps == ["Start", *(f"{n} of 6" for n in range(1, 6)), "End"]
    scores = [
        float(c.value.removeprefix("score ").split(",")[0])
        for c in page.caption
        if c.value.startswith(("score", "0.", "1."))
    ]
    assert len(scores) == 7
    assert scores[0] == pytest.approx(1, abs=0.01)
    assert scores[-1] == pytest.approx(1, abs=0.01)
    assert toy_studio == ["vae"]
    assert "writes every picture down as 20 numbers" in shown(page)


def test_nothing_is_drawn_twice(studio_page, with_vae, toy_studio, worked, monkeypatch):
    monkeypatch.setattr("core.generative.latent_space.MIN_PRODUCTS", 4)
    page = studio_page()
    for room in ROOMS:
        page.segmented_control(key="studio-room").set_value(room).run()
    before = dict(worked)
    assert before["drawn"] == 7 + 6 + 1 + 1
    for room in ROOMS:
        page.segmented_control(key="studio-room").set_value(room).run()
        page.run()
    assert not page.exception
    assert worked == before


def test_a_product_met_twice_in_a_row_is_said_to_be(studio_page, with_vae, toy_studio):
    page = studio_page()
    page.text_input(key="walk-from-words").set_value("100").run()
    page.text_input(key="walk-to-words").set_value("140").run()
    names = [alt for alt in pictures(page) if alt.startswith("Loom")]
    said = [c.value for c in page.caption if c.value.startswith(("score", "0.", "1."))]
    assert ["as before" in line for line in said] == [False] + [
        one == other for one, other in pairwise(names)
    ]
    assert any("as before" in line for line in said)


def test_a_walk_goes_where_it_is_told(studio_page, with_vae, toy_studio):
    page = studio_page()
    page.text_input(key="walk-from-words").set_value("100").run()
    page.text_input(key="walk-to-words").set_value("143").run()
    assert not page.exception
    names = [alt for alt in pictures(page) if alt.startswith("Loom")]
    assert names[0] == "Loom *Red* Tshirt, Tshirts, Red"
    assert names[-1] == "Loom *White* Kurta, Kurtas, White"
    assert not {names[0], names[-1]} & set(names[1:-1])
    page.text_input(key="walk-to-words").set_value("100").run()
    assert "Choose two different products" in shown(page)


def test_new_designs_stand_beside_their_nearest_products(studio_page, with_vae, toy_studio, monkeypatch):
    monkeypatch.setattr("core.generative.latent_space.MIN_PRODUCTS", 4)
    page = studio_page(ROOMS[1])
    assert not page.exception
    assert [s.options for s in page.selectbox if s.key == "studio-class-demo"] == [
        ["Tshirts", "Shirts", "Jeans", "Skirts", "Kurtas"]
    ]
    drawn = [alt for alt in pictures(page) if alt.startswith("New design")]
    assert drawn == [f"New design {number} of the class Tshirts" for number in range(1, 7)]
    assert len([c for c in page.caption if "score" in c.value]) == 18
    before = [c.value for c in page.caption if "score" in c.value]
    button(page, "Draw others").click().run()
    assert page.number_input(key="studio-seed").value == 2
    assert [c.value for c in page.caption if "score" in c.value] != before
    page.number_input(key="studio-seed").set_value(1).run()
    assert [c.value for c in page.caption if "score" in c.value] == before
    page.selectbox(key="studio-class-demo").set_value("Kurtas").run()
    assert "Learned from 4 Kurtas" in shown(page)


def test_a_seed_outlives_another_room(studio_page, with_vae, toy_studio, monkeypatch):
    monkeypatch.setattr("core.generative.latent_space.MIN_PRODUCTS", 4)
    page = studio_page(ROOMS[1])
    page.number_input(key="studio-seed").set_value(5).run()
    page.segmented_control(key="studio-room").set_value(ROOMS[3]).run()
    page.segmented_control(key="studio-room").set_value(ROOMS[1]).run()
    assert page.number_input(key="studio-seed").value == 5


def test_a_design_can_be_searched_with(studio_page, with_vae, toy_studio, monkeypatch):
    monkeypatch.setattr("core.generative.latent_space.MIN_PRODUCTS", 4)
    page = studio_page(ROOMS[1])
    page.button(key="design-2").click().run()
    assert not page.exception
    query = page.session_state["query"]
    assert query.name == "Tshirts design 1-2.jpg"
    assert (query.info.width, query.info.height) == (6, 8)


def test_stale_embeddings_are_said_to_be(studio_page, with_vae, toy_studio, monkeypatch):
    monkeypatch.setattr(
        "core.gallery.stored_catalogue.StoredCatalogue.stale", lambda self, extractor: f"{extractor} is stale"
    )
    page = studio_page()
    assert page.warning[0].value == "vae is stale"


def test_too_few_products_of_any_class_are_said(studio_page, with_vae, toy_studio):
    page = studio_page(ROOMS[1])
    assert not page.exception
    assert "No class has 10 products" in page.info[0].value


def test_sliders_turn_a_design_about_and_go_back(studio_page, with_vae, toy_studio):
    page = studio_page(ROOMS[2])
    assert not page.exception
    sliders = [s for s in page.slider if s.key.startswith("turn-")]
    assert len(sliders) == 6
    assert all("⟷" in s.label for s in sliders)

    def nearest(page):
        return [c.value for c in page.caption if c.value.startswith(("score", "0.", "1."))]

    before = nearest(page)
    assert before[0] == "score 1.000"
    sliders[0].set_value(3.0).run()
    assert nearest(page) != before
    button(page, "Back to the start").click().run()
    assert nearest(page) == before


def test_a_design_can_be_turned_about_among_its_own_kind(studio_page, with_vae, toy_studio, monkeypatch):
    monkeypatch.setattr("core.generative.latent_space.MIN_PRODUCTS", 4)
    page = studio_page(ROOMS[2])
    page.text_input(key="turn-from-words").set_value("121").run()
    page.segmented_control(key="turn-among-Jeans").set_value("Jeans").run()
    assert not page.exception
    # Four jeans differ in three directions at most, and their class stands out at none of the ends.
    sliders = [s for s in page.slider if s.key.startswith("turn-")]
    assert 1 <= len(sliders) <= 4
    assert not any("Jeans" in s.label for s in sliders)
    assert any("Navy Blue" in s.label for s in sliders)


def test_a_picture_is_redrawn_beside_what_was_seen(studio_page, with_vae, toy_studio):
    page = studio_page(ROOMS[3])
    assert not page.exception
    titles = ["As it sees it", "As it draws it", "Where they differ"]
    assert [alt for alt in pictures(page) if alt in titles] == titles
    page.file_uploader[0].set_value(("red.jpg", photo(), "image/jpeg")).run()
    assert not page.exception
    assert "Colour values are off by" in shown(page)
    page.file_uploader[0].set_value(("x.jpg", b"none", "image/jpeg")).run()
    assert len(page.error) == 1


def test_a_picture_on_its_side_is_redrawn_upright(
    studio_page, with_vae, toy_studio, knows_upright, monkeypatch
):
    seen = []
    real = Autoencoder.reconstruct
    monkeypatch.setattr(
        Autoencoder, "reconstruct", lambda self, image: seen.append(image) or real(self, image)
    )
    page = studio_page(ROOMS[3])
    page.file_uploader[0].set_value(("bed.png", lying(270), "image/png")).run()
    assert not page.exception
    assert turn_lines(page) == [TO_THE_LEFT]
    np.testing.assert_array_equal(seen[-1], picture())
    button(page, "Undo").click().run()
    assert turn_lines(page) == []
    assert seen[-1].shape == (240, 320, 3)


def test_a_drawing_is_searched_with_as_it_was_drawn(studio_page, with_vae, toy_studio, monkeypatch):
    monkeypatch.setattr(ToyModel, "upright", lambda self, pictures: [0.0 for _ in pictures])
    page = studio_page(ROOMS[3])
    button(page, "Search with the reconstruction").click().run()
    assert not page.exception
    assert page.session_state["query"].turn == 0


def test_without_the_model_the_command_that_trains_it_is_shown(studio_page, with_vae, monkeypatch):
    def load(name):
        raise ArtifactError(
            f"there is no model {name!r}; make it with `python -m core train DATA --model vae`"
        )

    monkeypatch.setattr("core.models.load_model", load)
    page = studio_page()
    assert not page.exception
    assert "`python -m core train DATA --model vae`" in page.error[0].value


def test_a_catalogue_without_its_embeddings_says_so(studio_page, toy_catalogue, toy_studio):
    page = studio_page()
    assert not page.exception
    assert "has no embeddings of 'vae'" in page.error[0].value.replace("\\", "")


def test_without_a_catalogue_the_command_that_makes_one_is_shown(studio_page, kept):
    page = studio_page()
    assert not page.exception
    assert "python -m core index" in page.error[0].value


@pytest.mark.parametrize("room", ROOMS)
def test_every_product_and_drawing_leads_on_to_a_search(studio_page, with_vae, toy_studio, monkeypatch, room):
    monkeypatch.setattr("core.generative.latent_space.MIN_PRODUCTS", 4)
    page = studio_page(room)
    assert not page.exception
    n_drawings = sum(
        alt.startswith(("Drawn at", "New design", "What the VAE", "As it draws")) for alt in pictures(page)
    )
    labels = [each.label for each in page.button]
    assert sum(label.startswith("Search with") for label in labels) == n_drawings > 0
    n_products = sum("Loom" in alt for alt in pictures(page))
    assert labels.count("Find similar") >= max(1, n_products)


def test_a_step_between_two_products_can_be_searched_with(studio_page, with_vae, toy_studio):
    page = studio_page()
    page.button(key="walk-drawn-3").click().run()
    assert not page.exception
    assert "step 3" in page.session_state["query"].name
