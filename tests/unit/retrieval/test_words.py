"""Words of a catalogue's own: what they mean there, and where they take a search."""

import numpy as np
import pytest

from core.errors import ModelError, SearchError
from core.gallery.protocol import Filters
from core.gallery.stored_catalogue import open_catalogue
from core.retrieval.request import PictureQuery, ProductQuery, SearchRequest, VectorQuery, WordsQuery
from core.retrieval.search import search
from core.retrieval.words.synonyms import article_types_called
from core.retrieval.words.vocabulary import has_in_name, read_words
from tests.engines import catalogue_written
from tests.unit.retrieval.test_search import ToyEncoder, demo, ids, red  # noqa: F401


def meaning(text: str, products) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(term.text, term.column, term.meant) for term in read_words([text], products).terms]


@pytest.fixture
def shop(toy_products):
    """Give the toy products with names that say patterns, brands and sleeves."""
    kinds = ["Striped Full Sleeve", "Polo V-Neck", "Printed", "Stripes"] * 5
    names = toy_products["productDisplayName"].str.replace("*", "") + [f" {kind}" for kind in kinds]
    return toy_products.assign(productDisplayName=names, brandName=["Acme & Co", "Zed"] * 10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("red", [("red", "baseColour", ("Red",))]),
        ("navy", [("navy", "baseColour", ("Navy Blue",))]),
        ("NAVY BLUE", [("navy blue", "baseColour", ("Navy Blue",))]),
        ("tee", [("tee", "articleType", ("Tshirts",))]),
        ("T-shirts", [("t-shirts", "articleType", ("Tshirts",))]),
        ("trousers", [("trousers", "articleType", ("Jeans",))]),
        ("acme", [("acme", "brandName", ("Acme & Co",))]),
        ("women's jeans", [("women", "gender", ("Women",)), ("jeans", "articleType", ("Jeans",))]),
        ("ladies", [("ladies", "gender", ("Women",))]),
        ("this, in red", [("red", "baseColour", ("Red",))]),
        ("full sleeve", [("full sleeve", "", ())]),
        ("long sleeves shirt", [("long sleeves", "", ()), ("shirt", "articleType", ("Shirts",))]),
        (
            "red striped shirt",
            [("red", "baseColour", ("Red",)), ("striped", "", ()), ("shirt", "articleType", ("Shirts",))],
        ),
        ("loo", [("loo", "", ())]),
        ("red red", [("red", "baseColour", ("Red",))]),
        ("", []),
        ("?! – ()", []),
    ],
)
def test_words_mean_what_the_catalogue_has(shop, text, expected):
    assert meaning(text, shop) == expected
    assert read_words([text], shop).unknown == {}


def test_what_no_product_has_is_named_with_what_is_spelled_alike(shop):
    read = read_words(["red dress", "stripped ("], shop)
    assert [term.text for term in read.terms] == ["red"]
    assert read.unknown["dress"] == ()
    assert read.unknown["stripped"][0] == "striped"
    assert set(read_words(["half sleeve shorts"], shop).unknown) == {"half sleeve", "shorts"}


def test_a_look_is_found_by_any_of_its_names(shop):
    (term,) = read_words(["striped"], shop).terms
    assert has_in_name(shop, [term]).sum() == 10
    (long,) = read_words(["long sleeve"], shop).terms
    assert has_in_name(shop, [term, long]).sum() == 5


def test_a_changed_table_is_read_anew(shop):
    assert not read_words(["ultraviolet"], shop).terms
    changed = shop.assign(baseColour="Ultraviolet")
    assert meaning("ultraviolet", changed) == [("ultraviolet", "baseColour", ("Ultraviolet",))]


def test_a_kind_that_is_not_there_is_answered_by_what_is_of_it():
    assert article_types_called("dress", ("Dresses", "Jumpsuit")) == ("Dresses",)
    assert article_types_called("dress", ("Jumpsuit", "Jeans")) == ("Jumpsuit",)
    assert article_types_called("hoodie", ("Jeans",)) == ()
    assert article_types_called("sneakers", ("Sports Shoes", "casual shoes")) == (
        "Sports Shoes",
        "casual shoes",
    )


def test_a_value_narrows_beside_a_picture(demo, red):  # noqa: F811
    response = search(SearchRequest(red, words=("green",), top=20), demo, ToyEncoder())
    assert set(demo.products.set_index("id").loc[ids(response), "baseColour"]) == {"Green"}
    assert response.total == 5
    both = SearchRequest(red, words=("green",), filters=Filters({"baseColour": ("Red",)}), top=20)
    assert search(both, demo, ToyEncoder()).total == 10, "values of one column add up"
    assert (
        response.hits
        == search(
            SearchRequest(red, filters=Filters({"baseColour": ("Green",)}), top=20), demo, ToyEncoder()
        ).hits
    )


def named_catalogue(toy_products, engine_choice, n: int):
    """Give a catalogue of random vectors; those of every third product lean one way, and its name says so."""
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((n, 16)).astype(np.float32)
    striped = np.arange(n) % 3 == 0
    vectors[striped, 0] += 2
    products = toy_products.iloc[np.arange(n) % len(toy_products)].assign(
        id=[f"{number}" for number in range(n)],
        productDisplayName=[
            f"Loom{' striped' if said else ''} {number}" for number, said in enumerate(striped)
        ],
    )
    with catalogue_written("shop", products, {"vgg16": vectors}, engine_choice):
        pass
    return open_catalogue("shop")


def test_a_word_of_names_moves_the_query_towards_products_that_have_it(toy_products, kept, engine_choice):
    shop = named_catalogue(toy_products, engine_choice, 300)
    query = VectorQuery({"vgg16": np.eye(16)[1]})

    def share(**options) -> float:
        found = ids(search(SearchRequest(query, **options), shop, ToyEncoder()))
        return np.mean([int(product_id) % 3 == 0 for product_id in found])

    assert share(words=("striped",)) >= share() + 0.4
    assert share(words=("striped",), top=300) == share(top=300), "none is left out"


def test_words_alone_find_products_that_have_them_all(toy_products, kept, engine_choice):
    shop = named_catalogue(toy_products, engine_choice, 60)
    response = search(
        SearchRequest(WordsQuery(), words=("red tee", "striped"), top=60), shop, encoder := ToyEncoder()
    )
    facts = shop.products.set_index("id").loc[ids(response)]
    assert (
        len(facts)
        == response.total
        == 1 + sum(number % 20 == 0 and number % 3 == 0 for number in range(1, 60))
    )
    assert set(facts["baseColour"]) == {"Red"}
    assert set(facts["articleType"]) == {"Tshirts"}
    assert encoder.asked == []
    assert (response.verdict, response.prediction, response.nothing_close) == (None, None, False)
    scores = [hit.score for hit in response.hits]
    assert scores == sorted(scores, reverse=True)


def test_words_that_exclude_each_other_find_nothing(demo):  # noqa: F811
    narrow = Filters({"baseColour": ("Red",)}, price=(5000, None))
    response = search(SearchRequest(WordsQuery(), words=("jeans",), filters=narrow), demo, ToyEncoder())
    assert (response.hits, response.total, response.n_pages) == ((), 0, 1)


def test_what_cannot_be_looked_for_is_refused(demo, red):  # noqa: F811
    with pytest.raises(SearchError, match="give a picture, a product or words"):
        SearchRequest(WordsQuery(), words=(" ",))
    with pytest.raises(SearchError, match="are the text 'red'"):
        SearchRequest(red, words="red")
    with pytest.raises(SearchError, match="No product has the word anorak"):
        search(SearchRequest(WordsQuery(), words=("anorak",)), demo, ToyEncoder())
    passed_over = search(SearchRequest(red, words=("anorak",)), demo, ToyEncoder())
    assert passed_over.hits == search(SearchRequest(red), demo, ToyEncoder()).hits
    assert set(passed_over.words.unknown) == {"anorak"}


def test_words_and_likes_move_together(toy_products, kept, engine_choice):
    shop = named_catalogue(toy_products, engine_choice, 60)
    moved = search(SearchRequest(ProductQuery("1"), words=("striped",), liked=("2",)), shop, ToyEncoder())
    assert "1" not in ids(moved)
    assert moved.hits != search(SearchRequest(ProductQuery("1"), words=("striped",)), shop, ToyEncoder()).hits


def test_words_have_no_picture(demo):  # noqa: F811
    from core.retrieval.query import picture_of

    with pytest.raises(ModelError, match="Words have no picture"):
        picture_of(WordsQuery(), demo)


def test_words_are_part_of_a_requests_key(red):  # noqa: F811
    plain, worded = SearchRequest(red), SearchRequest(red, words=("red",))
    assert plain.key != worded.key
    assert isinstance(plain.query, PictureQuery)
