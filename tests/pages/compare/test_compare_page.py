"""Methods side by side, and the blind taste test: no name before the vote, and votes counted by method."""

import json

import numpy as np
import pytest

from core.errors import ModelError
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.encode import encode_jpeg
from core.retrieval.request import ProductQuery, SearchRequest
from core.retrieval.search import search
from pages._shared.compare import taste_test
from tests.catalogue_folders import rewritten
from tests.conftest import COLOURS, ToyModel, garment
from tests.pages.search.test_search import button, photo
from tests.pages.search.test_search import shown as shown_markdown

PHOTO = ("photo.jpg", photo(), "image/jpeg")


def shown(page) -> str:
    """Give what is read, with nothing escaped."""
    return shown_markdown(page).replace("\\", "")


def headers(page) -> list[str]:
    return [header.value.replace("\\", "") for header in page.header]


@pytest.fixture
def with_vae(toy_catalogue):
    """Give the toy catalogue embeddings of the VAE, in which every other row runs the other way."""
    with rewritten(toy_catalogue) as work:
        rows = np.load(work / "embeddings" / "vgg16.npy")
        rows[::2] *= -1
        np.save(work / "embeddings" / "vae.npy", rows)
    return toy_catalogue


@pytest.fixture
def compare_page(app, with_vae, toy_models, toy_finder):
    return lambda: app().run().switch_page("pages/compare.py").run()


def take_product(page, product_id="111"):
    page.text_input(key="compare-product-words").set_value(product_id).run()
    return button(page, "Take this product").click().run()


def blind(page):
    return page.segmented_control(key="compare-room").set_value("Blind taste test").run()


def row_pictures(page) -> list[str]:
    """Names of the products in all rows, without the query's own picture."""
    return [image.proto.imgs[0].alt for image in page.image][1:]


def test_starts_by_asking_for_a_picture_or_a_product(compare_page):
    page = compare_page()
    assert not page.exception
    assert page.title[0].value == "Methods side by side"
    assert "Hand in a picture or take a product" in shown(page)
    assert not page.error


def test_each_method_has_the_row_of_hits_that_a_search_finds(compare_page):
    page = take_product(compare_page())
    assert not page.exception
    catalogue = open_catalogue("demo")
    names = dict(zip(catalogue.products["id"], catalogue.products["productDisplayName"], strict=True))
    expected = []
    for method in ("vgg16", "vae"):
        request = SearchRequest(ProductQuery("111"), extractor=method, top=10, predict=False)
        expected += [names[hit.product_id] for hit in search(request, catalogue).hits]
    assert [alt.partition(",")[0] for alt in row_pictures(page)] == expected
    assert headers(page) == [
        "VGG16: shape and style, learned",
        "VAE: overall impression, learned",
    ]
    ours, theirs = expected[:10], expected[10:]
    alone = len(set(theirs) - set(ours))
    text = shown(page)
    assert f"{10 - alone} of its first 10 are VGG16's too. {alone} hit" in text
    assert sum(caption.value == "**only here**" for caption in page.caption) == 2 * alone > 0
    assert "a product of the catalogue is described already" in text


def test_a_photo_is_described_in_a_time_that_is_said(compare_page):
    page = compare_page()
    page.file_uploader[0].set_value(PHOTO).run()
    assert not page.exception
    assert "to describe the picture" in shown(page)
    assert len(page.image) == 20, "the photo itself stands on a canvas"


def test_methods_can_be_left_out(compare_page):
    page = take_product(compare_page())
    page.pills(key="methods-demo").set_value(["vae"]).run()
    assert headers(page) == ["VAE: overall impression, learned"]
    assert "VGG16's too" not in shown(page)
    assert "only here" not in shown(page)
    page.pills(key="methods-demo").set_value([]).run()
    assert not page.exception
    assert "Choose a method." in shown(page)


def test_a_method_is_shown_by_each_distance_that_is_chosen(app, with_vae, toy_models, toy_finder):
    with rewritten(with_vae) as work:
        (work / "embeddings" / "vae.npy").rename(work / "embeddings" / "histogram.npy")
    page = app().run()
    page.selectbox(key="extractor").set_value("histogram").run()
    page.selectbox(key="distance").set_value("intersection").run()
    page = take_product(page.switch_page("pages/compare.py").run())
    assert not page.exception
    vgg16, by_intersection = "VGG16: shape and style, learned", "Colour histogram · Histogram intersection"
    assert headers(page) == [vgg16, by_intersection]
    page.pills(key="distances-histogram-demo").set_value(["euclidean", "cosine"]).run()
    assert headers(page) == [vgg16, "Colour histogram", "Colour histogram · Euclidean distance"]
    catalogue = open_catalogue("demo")
    names = dict(zip(catalogue.products["id"], catalogue.products["productDisplayName"], strict=True))
    request = SearchRequest(
        ProductQuery("111"), extractor="histogram", distance="euclidean", top=10, predict=False
    )
    found = [names[hit.product_id] for hit in search(request, catalogue).hits]
    assert [alt.partition(",")[0] for alt in row_pictures(page)[20:]] == found


def test_the_query_is_that_of_the_search_page_and_stays_it(compare_page):
    page = take_product(compare_page())
    page.switch_page("pages/search.py").run()
    assert "Loom *Navy Blue* Shirt" in shown(page)
    page.switch_page("pages/compare.py").run()
    assert "111" in page.query_params["product"]
    assert len(row_pictures(page)) == 20


def test_a_method_whose_model_is_missing_is_named_and_the_others_stay(compare_page, monkeypatch):
    def load(name):
        if name == "vae":
            raise ModelError("memory is too short for vae")
        return ToyModel(name)

    monkeypatch.setattr("core.models.load_model", load)
    page = compare_page()
    page.file_uploader[0].set_value(PHOTO).run()
    assert not page.exception
    assert "VAE is not asked. memory is too short for vae" in shown(page)
    assert headers(page) == ["VGG16: shape and style, learned"]
    # Memory may be there again: the answer was not remembered.
    monkeypatch.setattr("core.models.load_model", ToyModel)
    page.run()
    assert len(page.header) == 2


# The blind taste test --------------------------------------------------------------------------------


@pytest.fixture
def drawn(monkeypatch):
    """Draw pairs and sides from a seed."""
    generator = np.random.default_rng(4)
    monkeypatch.setattr(taste_test, "generator", lambda: generator)


def trial(page):
    return page.session_state[taste_test.SHOWN_TRIAL]


def test_no_name_is_said_before_the_vote_and_both_after_it(compare_page, drawn):
    page = blind(take_product(compare_page()))
    assert not page.exception
    assert headers(page)[:2] == ["Left", "Right"]
    said = "\n".join(headers(page)) + shown(page)
    assert "VGG16" not in said
    assert "VAE" not in said
    assert "score" not in said
    assert len(row_pictures(page)) == 2 * 6
    button(page, "Left is better").click().run()
    names = {"vgg16": "VGG16", "vae": "VAE"}
    left, right = names[trial(page).trial.left], names[trial(page).trial.right]
    assert headers(page)[:2] == [f"Left: {left}", f"Right: {right}"]
    assert f"Left was {left}, right was {right}. You preferred {left}." in page.success[0].value.replace(
        "\\", ""
    )
    assert not [each for each in page.button if each.label == "Left is better"]


def test_votes_are_kept_for_the_visit_and_six_of_six_mean_something(compare_page, drawn):
    page = blind(take_product(compare_page()))
    sides = set()
    for n in range(6):
        now = trial(page).trial
        sides.add(now.left)
        button(page, "Left is better" if now.left == "vae" else "Right is better").click().run()
        if n == 4:
            assert "which means nothing yet" in shown(page)
        button(page, "Next pair").click().run()
        assert not page.exception
    assert sides == {"vae", "vgg16"}
    assert "**VAE 6 : 0 VGG16**. VAE has 6 of 6 votes, more than chance would give it" in shown(page)
    votes = page.session_state[taste_test.VOTES]
    lines = [json.loads(line) for line in taste_test.votes_to_lines(votes).splitlines()]
    assert {line["catalogue"] for line in lines} == {"demo"}
    assert all(line[line["choice"]] == "vae" for line in lines)
    page.switch_page("pages/search.py").run().switch_page("pages/compare.py").run()
    assert len(page.session_state[taste_test.VOTES]) == 6


def test_the_same_pair_stays_until_the_next_one_is_asked_for(compare_page, drawn):
    page = blind(take_product(compare_page()))
    before = trial(page)
    page.run()
    assert trial(page) is before
    button(page, "No difference").click().run()
    assert "You saw no difference." in page.success[0].value.replace("\\", "")
    assert "1 saw no difference. Nobody has preferred one to the other yet." in shown(page)
    assert "VAE 0 : 0 VGG16" in shown(page)
    button(page, "Next pair, with another product").click().run()
    assert not page.exception
    assert trial(page) is not before
    assert page.session_state["query"].product_id in set(open_catalogue("demo").products["id"])
    button(page, "Forget the votes").click().run()
    assert "None yet." in shown(page)


def test_one_method_alone_is_no_test(compare_page, drawn):
    page = blind(take_product(compare_page()))
    page.pills(key="methods-demo").set_value(["vgg16"]).run()
    assert not page.exception
    assert "No two methods show different products here" in shown(page)


def test_a_catalogue_without_embeddings_is_said_to_be_none(app, kept):
    page = app().run().switch_page("pages/compare.py").run()
    assert not page.exception
    assert "There is no catalogue yet" in page.error[0].value


def test_a_file_that_is_no_picture_is_refused(compare_page):
    page = compare_page()
    page.file_uploader[0].set_value(("a.jpg", b"no picture", "image/jpeg")).run()
    assert not page.exception
    assert "a.jpg" in page.error[0].value.replace("\\", "")
    page.file_uploader[0].set_value(("b.jpg", encode_jpeg(garment(COLOURS["Green"], 16)), "image/jpeg")).run()
    assert len(page.header) == 2
