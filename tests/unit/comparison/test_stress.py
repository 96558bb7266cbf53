"""What is left of the hits: the share of the first ten, and the rank of the product that is followed."""

import numpy as np
import pytest

from core.comparison import stress as module
from core.comparison.alterations import ALTERATIONS, alter
from core.comparison.stress import UNALTERED, held_table, hold, stress
from core.errors import ArtifactError
from core.gallery.stored_catalogue import open_catalogue
from core.retrieval.request import PictureQuery, ProductQuery
from tests.conftest import COLOURS, ToyModel, garment


class Encoder:
    def embed(self, extractor, image, key):
        return ToyModel().extract([image])[0]


PICTURE = PictureQuery(garment(COLOURS["Red"], 16))


@pytest.fixture
def catalogue(toy_catalogue):
    return open_catalogue("demo")


def ranking(catalogue, image) -> list[str]:
    """Rank the catalogue by hand."""
    scores = np.load(catalogue.folder / "embeddings" / "vgg16.npy") @ ToyModel().extract([image])[0]
    return [catalogue.products["id"].iloc[row] for row in np.argsort(-scores, kind="stable")]


@pytest.mark.parametrize("name", ["darken", "ground", "crop"])
def test_what_is_kept_is_the_share_of_the_first_ten(catalogue, name):
    held = hold(PICTURE, "vgg16", ALTERATIONS[name], catalogue, encoder=Encoder())
    original = ranking(catalogue, PICTURE.image)
    assert held.followed == original[0]
    assert (held.steps[0].step, held.steps[0].kept, held.steps[0].rank) == (UNALTERED, 1.0, 1)
    for strength, step in zip(ALTERATIONS[name].strengths, held.steps[1:], strict=True):
        found = ranking(catalogue, alter(PICTURE.image, name, strength))
        assert step.kept == len(set(found[:10]) & set(original[:10])) / 10
        assert step.rank == found.index(original[0]) + 1
    assert held.kept == pytest.approx(np.mean([step.kept for step in held.steps[1:]]))
    assert held.kept < 1


def test_a_product_is_followed_itself_and_found_in_its_own_picture(catalogue):
    held = hold(ProductQuery("111"), "vgg16", ALTERATIONS["darken"], catalogue, encoder=Encoder())
    assert held.followed == "111"
    assert held.steps[0].rank == 1
    assert [step.step for step in held.steps] == [UNALTERED, "−0.5 EV", "−1 EV", "−2 EV", "−3 EV"]


def test_a_method_is_followed_by_its_distance(catalogue):
    class Darkness:
        def embed(self, extractor, image, key):
            return image.mean() / 255 * ToyModel().extract([image])[0]

    rows = np.load(catalogue.folder / "embeddings" / "vgg16.npy")
    held = hold(PICTURE, "vgg16:euclidean", ALTERATIONS["darken"], catalogue, encoder=Darkness())
    ids = catalogue.products["id"].tolist()
    original = None
    for strength, step in zip((None, *ALTERATIONS["darken"].strengths), held.steps, strict=True):
        image = PICTURE.image if strength is None else alter(PICTURE.image, "darken", strength)
        apart = np.linalg.norm(rows - Darkness().embed("vgg16", image, ""), axis=1)
        found = [ids[row] for row in np.argsort(apart, kind="stable")]
        original = original or found
        assert step.kept == len(set(found[:10]) & set(original[:10])) / 10
    by_cosine = hold(PICTURE, "vgg16", ALTERATIONS["darken"], catalogue, encoder=Darkness())
    assert (held.method, by_cosine.method) == ("vgg16:euclidean", "vgg16")


def test_a_product_that_fell_too_far_has_no_rank(catalogue, monkeypatch):
    whole = hold(PICTURE, "vgg16", ALTERATIONS["tint"], catalogue, encoder=Encoder())
    assert [step.rank for step in whole.steps] == [1, 1, 2, 3, 3]
    monkeypatch.setattr(module, "RANKED_AMONG", 2)
    held = hold(PICTURE, "vgg16", ALTERATIONS["tint"], catalogue, encoder=Encoder())
    assert [step.rank for step in held.steps] == [1, 1, 2, None, None]
    assert held_table([held])["rank"].isna().tolist() == [False, False, False, True, True]


def test_all_methods_and_alterations_are_gone_through_with_a_bar(catalogue):
    moved = []

    def bar(title, total):
        moved.append(total)
        return lambda n, loss=None: moved.append(n)

    held = stress(PICTURE, catalogue, encoder=Encoder(), alterations=["mirror", "jpeg"], bar=bar)
    assert [(each.alteration, each.method) for each in held] == [("mirror", "vgg16"), ("jpeg", "vgg16")]
    assert moved == [2, 1, 1]
    table = held_table(held)
    assert table["place"].tolist() == [0, 1, 0, 1, 2, 3, 4]
    assert table.loc[table["alteration"] == "mirror", "step"].tolist() == [UNALTERED, "left to right"]


def test_a_method_that_is_not_there_is_named(catalogue):
    with pytest.raises(ArtifactError, match="colour"):
        hold(PICTURE, "colour", ALTERATIONS["blur"], catalogue, encoder=Encoder())
