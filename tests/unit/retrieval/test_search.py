"""The one search call, on the toy catalogue of 20 products."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.errors import ArtifactError, ModelError, SearchError
from core.gallery.index import Index
from core.gallery.protocol import Filters
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image
from core.models.finder.garment import Garment
from core.models.prediction import Prediction, classify_image
from core.retrieval.encoder import default_encoder
from core.retrieval.paging import hit_pages
from core.retrieval.query import nearest_products
from core.retrieval.request import (
    Order,
    PictureQuery,
    ProductQuery,
    SearchRequest,
    VectorQuery,
    WordsQuery,
)
from core.retrieval.search import search, search_all
from core.storage.artifacts import catalogue_dir, write_folder
from tests.conftest import ToyModel, garment
from tests.engines import catalogue_written
from tests.near_duplicates import tell_again, tell_nothing
from tests.unit.gallery.test_stored_catalogue import rewrite


class ToyEncoder:
    """Embeds by the toy model; calls pictures what it is told to, or is not at hand."""

    def __init__(self, label: str | None = "Shirts", probability: float = 0.96, known: bool = True) -> None:
        self.label, self.probability, self.known = label, probability, known
        self.asked: list[str] = []

    def embed(self, extractor, image, key):
        self.asked.append(extractor)
        return ToyModel(extractor).extract([image])[0]

    def classify(self, classifier, image, key):
        self.asked.append(classifier)
        if self.label is None:
            raise ModelError(f"there is no model {classifier!r}")
        told = classify_image(image, ToyModel(classifier))
        rest = (1 - self.probability) / (len(told.probabilities) - 1)
        shares = {label: self.probability if label == self.label else rest for label in told.probabilities}
        return Prediction(classifier, self.label, shares, self.known)


@pytest.fixture
def demo(toy_catalogue):
    return open_catalogue("demo")


@pytest.fixture
def red() -> PictureQuery:
    return PictureQuery(garment((190, 45, 60), 15))


def ids(response) -> list[str]:
    return [hit.product_id for hit in response.hits]


def types(response, demo) -> list[str]:
    return demo.types_of(ids(response))


def test_a_product_s_picture_finds_the_product_first(demo):
    query = PictureQuery(read_image(demo.image_path("121")))
    response = search(SearchRequest(query, top=3), demo, ToyEncoder())
    assert [hit.rank for hit in response.hits] == [1, 2, 3]
    assert response.hits[0].product_id == "121"
    assert response.hits[0].score > 0.99
    assert (response.total, response.page, response.n_pages) == (20, 1, 7)
    assert {"extract", "search"} <= set(response.took_ms)


def test_the_models_of_the_process_answer_where_none_are_given(demo, red, toy_models):
    default_encoder.cache_clear()
    response = search(SearchRequest(red), demo)
    assert ids(response) == ids(search(SearchRequest(red), demo, ToyEncoder()))
    assert toy_models == ["vgg16", "vgg19"]


def test_the_classifier_s_answer_stands_beside_the_hits(demo, red):
    response = search(SearchRequest(red), demo, ToyEncoder())
    assert response.prediction.label == "Shirts"
    assert response.query_class.sure == "Shirts"
    assert response.query_class.order[0] == "Shirts"
    unasked = search(SearchRequest(red, predict=False), demo, encoder := ToyEncoder())
    assert unasked.prediction is None
    assert encoder.asked == ["vgg16"]
    assert ids(unasked) == ids(response)


def test_without_the_classifier_the_hits_come_all_the_same(demo, red):
    response = search(SearchRequest(red, order=Order.CLASS_FIRST), demo, ToyEncoder(None))
    assert response.prediction is None
    assert "no model 'vgg19'" in response.not_predicted
    assert response.first is None
    assert len(response.hits) == 12


def test_a_product_is_never_its_own_hit_and_needs_no_model(demo):
    request = SearchRequest(ProductQuery("121"), top=50, filters=Filters({"articleType": ("Jeans",)}))
    response = search(request, demo, encoder := ToyEncoder())
    assert set(ids(response)) == {"120", "122", "123"}
    assert response.total == 3
    assert encoder.asked == []
    assert request.filters == Filters({"articleType": ("Jeans",)})


def test_a_vector_searches_as_its_picture_does(demo, red):
    vector = ToyModel().extract([red.image])[0]
    response = search(SearchRequest(VectorQuery({"vgg16": vector})), demo, ToyEncoder())
    assert response.hits == search(SearchRequest(red), demo, ToyEncoder()).hits
    assert response.prediction is None


def test_a_plain_search_needs_no_score_of_every_product(kept, toy_products, monkeypatch):
    vectors = np.random.default_rng(0).standard_normal((200, 16)).astype(np.float32)
    products = pd.concat([toy_products.assign(id=toy_products["id"] + f"-{n}") for n in range(10)])
    with catalogue_written("shop", products, {"vgg16": vectors}, None):
        pass
    asked = []
    by_candidates = Index._by_candidates
    monkeypatch.setattr(Index, "_by_candidates", lambda *a: asked.append(1) or by_candidates(*a))
    query = VectorQuery({"vgg16": np.ones(16)})
    plain = search(SearchRequest(query), open_catalogue("shop"), ToyEncoder())
    assert asked == [1]
    nearest = np.argsort(-(vectors.sum(axis=1) / np.linalg.norm(vectors, axis=1)))[:12]
    assert ids(plain) == products["id"].iloc[nearest].tolist()
    everything = Filters({"gender": ("Women",)})
    filtered = search(SearchRequest(query, filters=everything), open_catalogue("shop"), ToyEncoder())
    assert asked == [1], "filters need the exact product"
    assert filtered.hits == plain.hits
    without = Filters(rejected={"articleType": ("Jeans", "Skirts")})
    left = search(SearchRequest(query, filters=without), open_catalogue("shop"), ToyEncoder())
    assert len(asked) > 1, "what is left out is passed over among the neighbours"
    cosines = vectors.sum(axis=1) / np.linalg.norm(vectors, axis=1)
    kept = products["id"].iloc[np.argsort(-cosines)]
    types = dict(zip(products["id"], products["articleType"], strict=True))
    assert ids(left) == [one for one in kept if types[one] not in ("Jeans", "Skirts")][:12]


def test_a_sure_class_comes_first_where_it_is_asked_for(demo, red):
    plain = search(SearchRequest(red), demo, ToyEncoder())
    assert plain.first is None
    assert [group.label for group in plain.groups] == [""]
    request = SearchRequest(red, order="class", top=6)
    response = search(request, demo, ToyEncoder("Kurtas"))
    assert types(response, demo)[:4] == ["Kurtas"] * 4
    assert (response.first, response.query_class.reason) == ("Kurtas", "since VGG19 is 96 % sure")
    assert [(group.label, len(group.hits)) for group in response.groups] == [
        ("Kurtas", 4),
        (hit_pages.OTHER_CLASSES, 2),
    ]
    for unsure in (ToyEncoder("Kurtas", 0.5), ToyEncoder("Kurtas", known=False)):
        assert search(request, demo, unsure).hits == plain.hits[:6]
    elsewhere = replace(request, filters=Filters({"articleType": ("Jeans",)}))
    assert search(elsewhere, demo, ToyEncoder("Kurtas")).first is None


def test_a_products_own_class_comes_first(demo):
    response = search(SearchRequest(ProductQuery("121"), order=Order.CLASS_FIRST), demo, ToyEncoder())
    assert types(response, demo)[:3] == ["Jeans"] * 3
    assert response.query_class.reason == "its own class"


def catalogue_of(toy_products, toy_catalogue, engine_choice, **spellings: str):
    """Give the toy catalogue with other article types."""
    products = toy_products.assign(articleType=toy_products["articleType"].replace(spellings))
    vectors = np.load(toy_catalogue / "embeddings" / "vgg16.npy")
    with catalogue_written("shop", products, {"vgg16": vectors}, engine_choice):
        pass
    return open_catalogue("shop")


def test_a_class_comes_first_as_the_catalogue_spells_it(toy_products, toy_catalogue, red, engine_choice):
    shop = catalogue_of(toy_products, toy_catalogue, engine_choice, Tshirts="t-shirt", Shirts="shirts")
    response = search(SearchRequest(red, order="class", top=6), shop, ToyEncoder("Tshirts"))
    assert response.first == "t-shirt"
    assert types(response, shop)[:4] == ["t-shirt"] * 4
    assert [group.label for group in response.groups] == ["t-shirt", hit_pages.OTHER_CLASSES]
    assert response.verdict.heading == "T-shirt, 96 %"


def test_no_class_comes_first_of_which_the_catalogue_has_none(
    toy_products, toy_catalogue, red, engine_choice, monkeypatch
):
    shop = catalogue_of(toy_products, toy_catalogue, engine_choice, Tshirts="Camisetas")
    response = search(SearchRequest(red, order="class", top=6), shop, ToyEncoder("Tshirts"))
    by_score = search(SearchRequest(red, top=6), shop, ToyEncoder("Tshirts"))
    assert response.hits == by_score.hits
    assert (response.first, response.query_class.sure) == (None, None)
    assert response.query_class.reason == "since the catalogue has no Tshirts"
    assert response.verdict.label == "Tshirts"
    assert "neighbours" not in response.verdict.differing
    monkeypatch.setattr(type(shop), "score_threshold", lambda self, extractor, *given: 2.0)
    assert search(SearchRequest(red), shop, ToyEncoder("Tshirts")).nothing_close
    assert not search(SearchRequest(red), shop, ToyEncoder("Shirts")).nothing_close


def test_a_class_that_every_hit_lacks_is_not_said_to_come_first(demo, red):
    request = SearchRequest(red, order="class", filters=Filters({"articleType": ("Jeans", "Skirts")}))
    assert search(request, demo, ToyEncoder("Kurtas")).first is None
    near = search(SearchRequest(red, top=3), demo, ToyEncoder())
    types_near = {*demo.types_of(ids(near))}
    far = next(
        label for label in ("Kurtas", "Skirts", "Jeans", "Shirts", "Tshirts") if label not in types_near
    )
    limited = SearchRequest(red, order="class", threshold=near.hits[-1].score)
    assert search(limited, demo, ToyEncoder(far)).first is None


def test_the_finder_changes_what_is_said_and_what_comes_first(demo, red):
    dress = Garment((0.1, 0.1, 0.9, 0.9), "Dresses", 0.9, np.ones((1, 1), bool))
    query = PictureQuery(red.image, garment=dress)
    response = search(SearchRequest(query, order="class"), demo, ToyEncoder("Kurtas"))
    assert (response.verdict.heading, response.verdict.label) == ("Dress, 90 %", None)
    assert response.verdict.changed
    assert response.prediction.label == "Kurtas", "what the classifier says by itself stands beside it"
    assert (response.first, response.query_class.known) == (None, False)
    shirt = PictureQuery(red.image, garment=replace(dress, label="Shirts"))
    response = search(SearchRequest(shirt, order="class"), demo, ToyEncoder("Shirts", 0.6))
    assert response.first is None, "the nearest products are of many classes"
    sure = replace(dress, label="Shirts", certainty=0.99)
    shirt = PictureQuery(red.image, garment=sure)
    response = search(SearchRequest(shirt, order="class"), demo, ToyEncoder("Shirts"))
    assert response.first == "Shirts"
    assert response.query_class.reason == "since the garment finder and VGG19 agree"


def test_without_the_classifier_the_others_say_what_it_is(demo, red):
    dress = Garment((0.1, 0.1, 0.9, 0.9), "Dresses", 0.9, np.ones((1, 1), bool))
    response = search(SearchRequest(PictureQuery(red.image, garment=dress)), demo, ToyEncoder(None))
    assert response.verdict.heading == "Dress, 90 %"
    assert not response.verdict.changed
    assert "no model 'vgg19'" in response.not_predicted


def test_hits_come_in_groups_the_likeliest_class_first(demo, red):
    response = search(SearchRequest(red, order=Order.GROUPED, top=20), demo, ToyEncoder("Skirts"))
    assert response.groups[0].label == "Skirts"
    assert [(len(group.hits), group.total) for group in response.groups] == [(4, 4)] * 5
    assert (response.n_groups, response.n_pages) == (5, 1)
    grouped = [hit for group in response.groups for hit in group.hits]
    assert sorted(grouped, key=lambda hit: hit.rank) == list(response.hits)


def test_a_page_beyond_the_last_is_the_last(demo, red):
    last = search(SearchRequest(red, page=2), demo, ToyEncoder())
    assert (last.page, len(last.hits), last.hits[0].rank) == (2, 8, 13)
    assert search(SearchRequest(red, page=99), demo, ToyEncoder()).hits == last.hits
    nothing = search(SearchRequest(red, threshold=1.0, page=3), demo, ToyEncoder())
    assert (nothing.hits, nothing.page, nothing.n_pages, nothing.groups) == ((), 1, 1, ())


def test_likes_and_dislikes_move_the_query(demo, red):
    before = ids(search(SearchRequest(red, top=20), demo, ToyEncoder()))
    liked, disliked = before[9], before[0]
    moved = ids(search(SearchRequest(red, top=20, liked=(liked,)), demo, ToyEncoder()))
    assert moved.index(liked) < 9
    scored = [
        {hit.product_id: hit.score for hit in search(request, demo, ToyEncoder()).hits}[disliked]
        for request in (SearchRequest(red, top=20), SearchRequest(red, top=20, disliked=(disliked,)))
    ]
    assert scored[1] < scored[0]
    with pytest.raises(SearchError, match="liked and disliked"):
        SearchRequest(red, liked=("1",), disliked=("1",))
    with pytest.raises(SearchError, match="no product nope"):
        search(SearchRequest(red, liked=("nope",)), demo, ToyEncoder())


def with_twins(folder, **twins):
    """Give products the pictures of others, and open the catalogue that tells so."""
    for twin, first in twins.items():
        picture = (folder / "images" / f"{first}.jpg").read_bytes()
        (folder / "images" / f"{twin.removeprefix('id')}.jpg").write_bytes(picture)
    tell_again(folder)
    return open_catalogue("demo")


def test_near_duplicates_fold_into_the_first_unless_said_otherwise(red, toy_catalogue):
    twins = with_twins(toy_catalogue, id110="100")
    response = search(SearchRequest(red, top=20), twins, ToyEncoder())
    (folded,) = [hit for hit in response.hits if hit.duplicates]
    assert {folded.product_id, *folded.duplicates} == {"100", "110"}
    assert [hit.rank for hit in response.hits] == list(range(1, 20))
    assert (response.total, response.n_pages, response.not_folded) == (20, 1, "")
    assert len(search(SearchRequest(red, fold=False, top=20), twins, ToyEncoder()).hits) == 20


def test_folding_keeps_pages_and_loses_no_hit(red, toy_catalogue):
    twins = with_twins(toy_catalogue, id110="100", id131="121", id142="122")
    assert len(search(SearchRequest(red, top=20), twins, ToyEncoder()).hits) == 17
    for top in (5, 1, 7):
        first = search(SearchRequest(red, top=top), twins, ToyEncoder())
        last = search(SearchRequest(red, top=top, page=first.n_pages), twins, ToyEncoder())
        pages = [
            search(SearchRequest(red, top=top, page=n), twins, ToyEncoder())
            for n in range(1, last.n_pages + 1)
        ]
        assert last.n_pages == -(-17 // top)
        assert [hit.rank for page in pages for hit in page.hits] == list(range(1, 18))
        shown = [hit.product_id for page in pages for hit in page.hits]
        assert len({*shown}) == 17, top
        folded = {one for page in pages for hit in page.hits for one in hit.duplicates}
        assert folded <= {*twins.products["id"]} - {*shown}, top
    beyond = search(SearchRequest(red, top=5, page=9), twins, ToyEncoder())
    assert (beyond.page, len(beyond.hits)) == (4, 2)


def test_near_duplicates_far_from_the_query_fold_too(demo, red, toy_catalogue):
    by_score = ids(search(SearchRequest(red, top=20), demo, ToyEncoder()))
    twins = with_twins(toy_catalogue, **{f"id{by_score[19]}": by_score[18], f"id{by_score[1]}": by_score[0]})
    last = search(SearchRequest(red, top=6, page=9), twins, ToyEncoder())
    assert last.page == 3
    assert (last.hits[-1].product_id, last.hits[-1].duplicates) == (by_score[18], (by_score[19],))


def test_a_catalogue_that_tells_no_near_duplicates_is_searched_and_says_so(red, toy_catalogue):
    tell_nothing(toy_catalogue)
    before = open_catalogue("demo")
    response = search(SearchRequest(red, top=20), before, ToyEncoder())
    assert len(response.hits) == 20
    assert "index it again with `python -m core index DATA --name demo --force`" in response.not_folded
    assert search(SearchRequest(red, fold=False), before, ToyEncoder()).not_folded == ""
    assert before.problems == ()


def test_groups_are_of_what_is_there_and_not_of_one_page(demo, red):
    pages = [
        search(SearchRequest(red, order="groups", top=12, page=page), demo, ToyEncoder("Skirts"))
        for page in (1, 2)
    ]
    assert [len(page.groups) for page in pages] == [3, 2]
    assert [(page.n_pages, page.n_groups) for page in pages] == [(2, 5)] * 2
    assert len({group.label for page in pages for group in page.groups}) == 5
    few = search(SearchRequest(red, order="groups", top=2, threshold=0.5), demo, ToyEncoder("Skirts"))
    assert [len(group.hits) for group in few.groups] == [2]
    of_class = replace(few.hits[0], rank=1)
    assert of_class.product_id in set(demo.products["id"])
    alone = Filters({"articleType": (few.groups[0].label,)})
    narrowed = search(SearchRequest(red, threshold=0.5, filters=alone, top=20), demo, ToyEncoder())
    assert few.groups[0].total == narrowed.total
    assert [hit.product_id for hit in few.hits] == ids(narrowed)[:2]


def test_twins_in_a_group_fold_too(red, toy_catalogue):
    twins = with_twins(toy_catalogue, id131="130")
    request = SearchRequest(red, order="groups", top=20)
    (skirts,) = [g for g in search(request, twins, ToyEncoder()).groups if g.label == "Skirts"]
    assert len(skirts.hits) == 3
    assert {hit.product_id: hit.duplicates for hit in skirts.hits if hit.duplicates} in (
        {"130": ("131",)},
        {"131": ("130",)},
    )


def test_all_hits_come_at_once(demo, red, monkeypatch):
    every = search_all(SearchRequest(red, top=3, page=2, order="groups"), demo, encoder := ToyEncoder())
    assert ids(every) == ids(search(SearchRequest(red, top=20), demo, ToyEncoder()))
    assert "vgg19" not in encoder.asked
    monkeypatch.setattr("core.retrieval.search.MOST_EXPORTED", 5)
    assert len(search_all(SearchRequest(red), demo, ToyEncoder()).hits) == 5
    limit = every.hits[11].score
    above = search_all(SearchRequest(red, threshold=limit, top=2), demo, ToyEncoder())
    assert ids(above) == ids(every)[: above.total]
    assert above.total >= 12


def test_facets_and_the_distribution_speak_of_the_query(demo, red):
    request = SearchRequest(red, facets=("baseColour",), distribution=True, threshold=0.9)
    response = search(request, demo, ToyEncoder())
    assert sum(response.facets["baseColour"].values()) == response.total < 20
    assert response.distribution.counts.sum() == 20
    assert response.distribution.n_reaching == response.total
    assert response.counted_among is None
    own = search(SearchRequest(ProductQuery("121"), facets=("baseColour",)), demo, ToyEncoder())
    assert own.facets["baseColour"]["Navy Blue"] == 4, "the query is none of its own hits"


def test_what_is_like_nothing_is_said_to_be(demo, red, monkeypatch):
    unknown = ToyEncoder(known=False)
    for meant, nothing_close in ((None, False), (-0.5, False), (2.0, True)):
        monkeypatch.setattr(type(demo), "score_threshold", lambda self, extractor, *given, meant=meant: meant)
        assert search(SearchRequest(red), demo, unknown).nothing_close is nothing_close
    assert search(SearchRequest(red), demo, ToyEncoder()).nothing_close is False


def test_who_agrees_is_part_of_the_answer_where_it_is_asked_for(demo, red):
    assert "rgb" not in search(SearchRequest(red), demo, ToyEncoder()).verdict.opinions
    verdict = search(SearchRequest(red, agreement=True), demo, ToyEncoder()).verdict
    assert verdict.label == "Shirts"
    assert {"vgg19", "rgb"} <= set(verdict.agreeing)
    assert set(verdict.opinions) == {"vgg19", "rgb", "neighbours"}
    of_product = search(SearchRequest(ProductQuery("121"), agreement=True), demo, ToyEncoder()).verdict
    assert (of_product.heading, of_product.differing["vgg19"]) == ("Jeans", "Shirt")
    assert search(SearchRequest(red, predict=False), demo, ToyEncoder()).verdict is None
    with pytest.raises(ModelError, match="has no picture"):
        search(SearchRequest(VectorQuery({"vgg16": np.ones(16)}), agreement=True), demo, ToyEncoder())


def test_a_product_has_no_vote_on_itself(demo):
    found = nearest_products(ProductQuery("121"), "vgg16", 50, catalogue=demo, encoder=ToyEncoder())
    assert len(found.ids) == 19
    assert "121" not in found.ids


def test_a_product_that_was_added_is_found_and_searched_with(demo, red):
    new = demo.products[:1].assign(id="new", articleType="Kurtas")
    demo.gallery.upsert(new, {"vgg16": ToyModel().extract([red.image])})
    response = search(SearchRequest(red, order="groups"), demo, ToyEncoder())
    assert response.hits[0].product_id == "new"
    assert "new" in demo
    assert search(SearchRequest(ProductQuery("new")), demo, ToyEncoder()).total == 20
    demo.gallery.delete(["100"])
    assert demo.score_threshold("vgg16") is None
    assert demo.embeddings("vgg16").shape == (20, 16)


def test_what_does_not_fit_is_refused(demo, red):
    class Longer(ToyEncoder):
        def embed(self, extractor, image, key):
            return np.ones(17, np.float32)

    with pytest.raises(ModelError, match="vgg16 gives 17 numbers but demo holds 16"):
        search(SearchRequest(red), demo, Longer())
    with pytest.raises(ArtifactError, match="no embeddings of 'vae'"):
        search(SearchRequest(red, extractor="vae"), demo, ToyEncoder())
    with pytest.raises(ArtifactError, match="no embeddings of 'colour'"):
        search(SearchRequest(red, weights={"colour": 1.0}), demo, ToyEncoder())
    with pytest.raises(SearchError, match="no product 'x'"):
        search(SearchRequest(ProductQuery("x")), demo, ToyEncoder())
    with pytest.raises(SearchError, match="without one of vgg16"):
        search(SearchRequest(VectorQuery({})), demo, ToyEncoder())


@pytest.mark.parametrize(
    "options",
    [
        {"top": 0},
        {"page": 0},
        {"top": 1.5},
        {"threshold": 1.5},
        {"threshold": float("nan")},
        {"weights": {"a": -1}},
        {"order": "x"},
    ],
)
def test_requests_that_make_no_sense_are_refused(options):
    with pytest.raises(SearchError, match=r"at least 1|between -1 and 1|0 or more|expected score, class"):
        SearchRequest(ProductQuery("1"), **options)


def test_a_query_of_another_kind_is_refused():
    with pytest.raises(SearchError, match="'10087'; give a PictureQuery"):
        SearchRequest("10087")


def test_a_request_has_a_key_that_tells_it_from_others(red):
    keys = {
        request.key
        for request in (
            SearchRequest(red),
            SearchRequest(PictureQuery(red.image[:, ::-1, ::-1])),
            SearchRequest(ProductQuery("1")),
            SearchRequest(ProductQuery("1"), page=2),
            SearchRequest(ProductQuery("1"), weights={"colour": 0.5}),
            SearchRequest(ProductQuery("1"), filters=Filters({"gender": ("Men",)})),
            SearchRequest(VectorQuery({"vgg16": np.ones(2)})),
            SearchRequest(VectorQuery({"vgg16": np.zeros(2)})),
        )
    }
    assert len(keys) == 8
    assert SearchRequest(PictureQuery(red.image.copy())).key == SearchRequest(red).key


# Other distances -----------------------------------------------------------------------------------------


@pytest.fixture
def counted(toy_catalogue):
    """Give the toy catalogue histograms of its colours, of different lengths."""
    rows = np.random.default_rng(3).integers(0, 5, (20, 512)).astype(np.float32)
    images = sorted((toy_catalogue / "images").iterdir())
    with write_folder(catalogue_dir("demo"), force=True, manifest={"source": "toy"}) as work:
        for folder in ("images", "embeddings"):
            (work / folder).mkdir()
        table = (toy_catalogue / "products.csv").read_text(encoding="utf-8")
        (work / "products.csv").write_text(
            table.replace("Loom *Red*", "Loom striped *Red*"), encoding="utf-8"
        )
        for path in images:
            (work / "images" / path.name).write_bytes(path.read_bytes())
        np.save(work / "embeddings" / "histogram.npy", rows)
    return open_catalogue("demo"), rows


def test_a_product_looks_by_the_distance_that_is_asked_for(counted):
    catalogue, rows = counted
    request = SearchRequest(
        ProductQuery("100"), "histogram", distance="euclidean", predict=False, distribution=True
    )
    found = search(request, catalogue, ToyEncoder())
    apart = np.linalg.norm(rows - rows[0], axis=1)
    order = sorted(range(1, 20), key=lambda row: (apart[row], row))[:12]
    assert [hit.product_id for hit in found.hits] == [catalogue.products["id"][row] for row in order]
    assert 0 < found.hits[-1].score <= found.hits[0].score < 1
    assert found.distribution.counts.sum() == 20
    half = replace(request, threshold=found.hits[4].score)
    assert search(half, catalogue, ToyEncoder()).total == (apart[1:] <= np.sort(apart[1:])[4]).sum() < 19
    assert half.key != replace(half, distance="cosine").key


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"weights": {"vgg16": 1.0}}, "Weights of further extractors"),
        ({"liked": ("101",)}, "Likes and dislikes"),
        ({"disliked": ("101",)}, "Likes and dislikes"),
        ({"query": WordsQuery(), "words": ("red",)}, "Words without a picture"),
    ],
)
def test_what_moves_or_mixes_directions_is_refused_by_another_distance(changed, what):
    asked = {"query": ProductQuery("100"), "extractor": "histogram", "distance": "intersection"} | changed
    with pytest.raises(
        SearchError, match=f"{what} are searched by the cosine, not by the intersection distance"
    ):
        SearchRequest(**asked)
    SearchRequest(**asked | {"distance": "cosine"})


def test_words_narrow_by_any_distance_and_move_by_the_cosine_alone(counted):
    catalogue, _ = counted
    request = SearchRequest(
        ProductQuery("100"), "histogram", distance="euclidean", words=("jeans",), predict=False
    )
    assert search(request, catalogue, ToyEncoder()).total == 4
    with pytest.raises(SearchError, match="The word striped stands in products' names"):
        search(replace(request, words=("striped",)), catalogue, ToyEncoder())


def test_distances_that_there_are_not_are_refused():
    with pytest.raises(SearchError, match="no distance 'manhattan'; expected cosine, euclidean"):
        SearchRequest(ProductQuery("100"), distance="manhattan")
    with pytest.raises(SearchError, match="VGG16 is not compared by the jaccard distance"):
        SearchRequest(ProductQuery("100"), distance="jaccard")


def as_shop(folder, **changed):
    """Change cells of the toy catalogue, a column each: a dict of product id to value."""
    table = pd.read_csv(folder / "products.csv", dtype=str, keep_default_na=False)
    for column, cells in changed.items():
        table[column] = [cells.get(one, value) for one, value in zip(table["id"], table[column], strict=True)]
    rewrite(folder, lambda work: table.to_csv(work / "products.csv", index=False))
    return open_catalogue("demo")


@pytest.mark.parametrize("engine", ["local"], indirect=True)  # the table is rewritten beneath it
def test_underwear_comes_up_for_a_query_of_that_kind_or_where_it_is_asked_for(red, toy_catalogue):
    shop = as_shop(toy_catalogue, articleType={"100": "Bra", "110": "Briefs", "120": "Nightdress"})
    plain = search(SearchRequest(red, top=20), shop, ToyEncoder())
    assert not {"100", "110", "120"} & set(ids(plain))
    assert (plain.total, plain.n_left_out) == (17, 3)
    asked = search(SearchRequest(red, top=20, intimates=True), shop, ToyEncoder())
    assert (len(asked.hits), asked.n_left_out) == (20, 0)
    assert len(search(SearchRequest(ProductQuery("100"), top=20), shop, ToyEncoder()).hits) == 19
    of_kind = SearchRequest(red, filters=Filters({"articleType": ("Bra",)}))
    assert ids(search(of_kind, shop, ToyEncoder())) == ["100"]
    by_word = SearchRequest(WordsQuery(), words=("briefs",))
    assert ids(search(by_word, shop, ToyEncoder())) == ["110"]
    near = nearest_products(red, "vgg16", 20, catalogue=shop, encoder=ToyEncoder())
    assert not {"100", "110", "120"} & set(near.ids)


def test_whom_a_query_is_for_is_told_by_the_nearest_products(red, toy_catalogue):
    men = {"101": "Men", "111": "Men", "102": "Unisex"}
    shop = as_shop(toy_catalogue, gender=men)
    assert search(SearchRequest(red), shop, ToyEncoder()).likely_gender == "Women"
    assert search(SearchRequest(ProductQuery("101")), shop, ToyEncoder()).likely_gender == "Men"
    assert search(SearchRequest(ProductQuery("102")), shop, ToyEncoder()).likely_gender is None
    narrowed = SearchRequest(red, filters=Filters({"gender": ("Men",)}))
    assert search(narrowed, shop, ToyEncoder()).likely_gender is None
    split = {one: ("Men", "Women", "Boys")[row % 3] for row, one in enumerate(shop.products["id"])}
    mixed = as_shop(toy_catalogue, gender=split)
    assert search(SearchRequest(red), mixed, ToyEncoder()).likely_gender is None


def test_where_all_products_are_for_the_same_nobody_is_suggested(demo, red):
    assert search(SearchRequest(red), demo, ToyEncoder()).likely_gender is None
