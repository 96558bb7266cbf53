"""Methods beside each other: the same hits as a search, what they share, and what fails alone."""

import numpy as np
import pytest

from core.comparison.methods import Comparison, MethodSearch, compare, search_by
from core.errors import ArtifactError, ModelError, SearchError
from core.gallery.stored_catalogue import open_catalogue
from core.retrieval.ranking import Hit
from core.retrieval.request import PictureQuery, ProductQuery, SearchRequest
from core.retrieval.search import search
from tests.catalogue_folders import rewritten
from tests.conftest import COLOURS, ToyModel, garment


@pytest.fixture
def counted(toy_catalogue):
    """Give the toy catalogue histograms, some of which are longer than the others."""
    with rewritten(toy_catalogue) as work:
        rows = np.abs(np.load(work / "embeddings" / "vgg16.npy"))
        rows[:3] *= 4
        np.save(work / "embeddings" / "histogram.npy", rows)
    return open_catalogue("demo")


class Encoder:
    """Embeds by the toy model, and by its mirror image for the VAE; notes what was embedded."""

    def __init__(self, absent: dict[str, Exception] | None = None) -> None:
        self.absent = absent or {}
        self.embedded: list[tuple[str, str]] = []

    def embed(self, extractor, image, key):
        if extractor in self.absent:
            raise self.absent[extractor]
        self.embedded.append((extractor, key))
        vector = ToyModel().extract([image])[0]
        return vector[::-1].copy() if extractor == "vae" else vector


@pytest.fixture
def catalogue(toy_catalogue):
    """Give the toy catalogue, in which the VAE's vectors run backwards, and so does every other row."""
    with rewritten(toy_catalogue) as work:
        rows = np.load(work / "embeddings" / "vgg16.npy")[:, ::-1].copy()
        rows[::2] *= -1
        np.save(work / "embeddings" / "vae.npy", rows)
    return open_catalogue("demo")


PICTURE = PictureQuery(garment(COLOURS["Red"], 16))


def test_a_row_has_the_hits_of_a_search_by_its_method(catalogue):
    beside = compare(PICTURE, catalogue, encoder=Encoder(), top=7)
    assert [row.found.method for row in beside.rows] == ["vgg16", "vae"]
    for row in beside.rows:
        request = SearchRequest(PICTURE, extractor=row.found.method, top=7, predict=False)
        assert row.found.hits == search(request, catalogue, Encoder()).hits
        assert set(row.found.took_ms) == {"extract", "search"}


def test_a_method_is_searched_by_its_distance(counted):
    methods = ["histogram", "histogram:euclidean", "histogram:intersection"]
    beside = compare(ProductQuery("100"), counted, methods=methods)
    assert [row.found.method for row in beside.rows] == methods
    for row, distance in zip(beside.rows, ("cosine", "euclidean", "intersection"), strict=True):
        request = SearchRequest(
            ProductQuery("100"), extractor="histogram", distance=distance, top=10, predict=False
        )
        assert row.found.hits == search(request, counted).hits
    assert len({tuple(hit.score for hit in row.found.hits) for row in beside.rows}) == 3


def test_a_distance_that_a_method_is_not_made_for_is_refused(counted):
    with pytest.raises(SearchError, match="Colour histogram is not compared by the hamming distance"):
        search_by(ProductQuery("100"), "histogram:hamming", counted)


def test_a_product_is_no_hit_of_its_own_and_needs_no_model(catalogue):
    encoder = Encoder()
    beside = compare(ProductQuery("100"), catalogue, encoder=encoder)
    assert all("100" not in row.found.product_ids for row in beside.rows)
    assert encoder.embedded == []
    assert all(set(row.found.took_ms) == {"search"} for row in beside.rows)


def test_loading_a_model_is_done_before_the_time_is_taken(catalogue):
    encoder = Encoder()
    compare(PICTURE, catalogue, methods=["vae"], encoder=encoder)
    assert encoder.embedded == [("vae", "blank"), ("vae", PICTURE.key)]


def row(method: str, ids: str) -> MethodSearch:
    return MethodSearch(method, tuple(Hit(one, rank, 0.5) for rank, one in enumerate(ids, start=1)), {})


def test_overlap_counts_the_first_ten_alone_in_any_order():
    beside = Comparison.of([row("vgg16", "abcdefghijXY"), row("vae", "jihgfXYZQRab"), row("shape", "klm")])
    assert beside.reference == "vgg16"
    assert [each.overlap for each in beside.rows] == [None, 5, 0]


def test_hits_that_no_other_method_found_are_told_over_all_that_is_shown():
    beside = Comparison.of([row("vgg16", "abc"), row("vae", "bcd"), row("shape", "ce")])
    assert [sorted(each.alone) for each in beside.rows] == [["a"], ["d"], ["e"]]
    table = beside.table()
    assert table[table["alone"]]["product_id"].tolist() == ["a", "d", "e"]
    assert table["rank"].tolist() == [1, 2, 3, 1, 2, 3, 1, 2]


def test_without_the_reference_nothing_is_said_of_overlap():
    beside = Comparison.of([row("vae", "abc"), row("shape", "abd")])
    assert beside.reference is None
    assert [each.overlap for each in beside.rows] == [None, None]


@pytest.mark.parametrize(
    ("error", "passing"), [(ModelError("memory is short"), True), (ArtifactError("no model"), False)]
)
def test_a_method_that_cannot_be_asked_does_not_keep_the_others_away(catalogue, error, passing):
    beside = compare(PICTURE, catalogue, encoder=Encoder({"vgg16": error}))
    broken, whole = (each.found for each in beside.rows)
    assert (broken.hits, broken.problem, broken.passing, broken.took_ms) == ((), str(error), passing, None)
    assert len(whole.hits) == 10
    assert beside.reference is None
    assert beside.rows[1].overlap is None


def test_embeddings_that_are_not_there_are_named(catalogue):
    found = search_by(PICTURE, "colour", catalogue, encoder=Encoder())
    assert "colour" in found.problem
    assert not found.hits


@pytest.mark.parametrize("methods", [[], ["vae", "vae"]])
def test_methods_are_named_once_and_at_least_one(catalogue, methods):
    with pytest.raises(SearchError, match="name at least one, and each once"):
        compare(PICTURE, catalogue, methods=methods, encoder=Encoder())


def test_a_product_that_is_not_there_is_refused(catalogue):
    with pytest.raises(SearchError, match="no product 'nobody'"):
        compare(ProductQuery("nobody"), catalogue, encoder=Encoder())
