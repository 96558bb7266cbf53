"""Words on the Search page: with a photo, alone, unknown; what is set, and the ways back from it."""

import csv
import io

import numpy as np
import pytest

from core.errors import ModelError
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.encode import encode_jpeg
from core.storage import artifacts
from pages._shared.search import results
from tests.conftest import ToyModel, garment
from tests.pages.conftest import forget_answers
from tests.pages.search.test_batch import firsts, hand_in
from tests.pages.search.test_controls import chips, ids, press
from tests.pages.search.test_query_params import go, said
from tests.pages.search.test_search import button, hit_lines, photo, shown, upload


@pytest.fixture
def page(app, toy_catalogue, toy_models):
    opened = app().run()
    yield opened
    assert not opened.exception


def add_words(page, text: str, key: str = "hits-words"):
    return page.text_input(key=key).set_value(text).run()


def test_words_alone_bring_hits_without_a_model_and_a_chip_each(page, toy_models):
    add_words(page, "red tee", "start-words")
    assert ids(page) == ["100"]
    assert chips(page) == ["“red”", "“tee”"]
    assert said(page) == {"word": ["red", "tee"]}
    assert "1 of 20 products" in shown(page)
    assert toy_models == []
    button(page, "“red”").click().run()
    assert len(ids(page)) == 4
    press(page, f"hit-open-{ids(page)[0]}")
    assert "It has all your words" in shown(page)
    button(page, "New search").click().run()
    assert page.title[0].value == "Find clothes that look like your picture"
    assert said(page) == {}


def test_the_last_word_taken_off_leads_back_to_the_start(page):
    add_words(page, "jeans", "start-words")
    button(page, "“jeans”").click().run()
    assert page.title[0].value == "Find clothes that look like your picture"


def test_a_word_beside_a_photo_narrows_its_hits(page):
    upload(page, "red.jpg", photo())
    add_words(page, "green")
    assert len(ids(page)) == 5
    assert page.text_input(key="hits-words").value == ""
    assert "5 of 20 products" in shown(page)
    add_words(page, "jeans")
    assert ids(page) == ["122"]
    assert said(page)["word"] == ["green", "jeans"]
    assert "All 1 as a table" in page.get("download_button")[0].proto.help


def test_an_unknown_word_is_said_with_what_is_spelled_alike_and_loses_nothing(page):
    upload(page, "red.jpg", photo())
    before = hit_lines(page)
    add_words(page, "grene")
    assert "No product here has the word “grene”" in shown(page)
    assert hit_lines(page) == before
    button(page, "green").click().run()
    assert chips(page) == ["“green”"]
    assert "No product here has the word" not in shown(page)


def test_a_product_id_is_the_product(page):
    add_words(page, "121", "start-words")
    assert said(page) == {"product": ["121"]}
    assert len(ids(page)) == 12


def test_another_query_starts_without_words_but_keeps_what_is_set_in_sight(page):
    upload(page, "red.jpg", photo())
    add_words(page, "green")
    page.select_slider(key="top").set_value(6).run()
    button(page, "“green”").click().run()
    add_words(page, "red")
    button(page, "New search").click().run()
    assert [b.label for b in page.button if (b.key or "").startswith("start-chip-")] == ["6 a page"]
    upload(page, "green.jpg", photo((30, 140, 60)))
    assert len(ids(page)) == 6
    assert chips(page) == ["6 a page"]
    button(page, "New search without these").click().run()
    assert not [b for b in page.button if "-chip-" in (b.key or "")]
    assert said(page) == {}


def test_an_empty_answer_offers_what_mends_it(page):
    upload(page, "red.jpg", photo())
    page.multiselect(key="articleType-demo").set_value(["Jeans"]).run()
    page.slider(key="price-demo").set_value((499.0, 500.0)).run()
    add_words(page, "green")
    assert not ids(page)
    ways = [b.label for b in page.button if (b.key or "").startswith("way-")]
    assert ways == [
        "Without Class\\: Jeans: 2 products",
        "Without Price\\: 499 to 500: 1 product",
        "Clear all",
    ]
    button(page, ways[1]).click().run()
    assert ids(page) == ["122"]
    assert "price" not in said(page)


def test_groups_lead_to_all_of_a_class(page):
    upload(page, "red.jpg", photo())
    page.radio(key="order").set_value("groups").run()
    headings = [m.value for m in page.markdown if " of 4" in m.value]
    assert len(headings) == 3
    assert headings[0] == "## Shirts · 4 of 4"
    page.get("pagination")[0].set_value(2).run()
    assert len([m.value for m in page.markdown if " of 4" in m.value]) == 2


def test_the_table_holds_all_hits_with_the_query_and_what_was_asked(page, monkeypatch):
    made = []
    monkeypatch.setattr(
        results, "partial", lambda make, *a, **k: made.append(lambda: make(*a, **k)) or (lambda: b"")
    )
    upload(page, "red.jpg", photo())
    rows = list(csv.DictReader(io.StringIO(made[-1]().decode("utf-8-sig"))))
    assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, 21)]
    assert {(row["query"], row["catalogue"], row["asked"]) for row in rows} == {("red.jpg", "demo", "")}
    assert [row["product_id"] for row in rows][:12] == ids(page)
    add_words(page, "green")
    rows = list(csv.DictReader(io.StringIO(made[-1]().decode("utf-8-sig"))))
    assert len(rows) == 5
    assert {row["asked"] for row in rows} == {"words: green"}


def other_catalogue(products) -> None:
    """Index a second catalogue, of two products that the first does not have."""
    pictures = [garment((200, 30, 40), 12), garment((30, 140, 60), 12)]
    with artifacts.write_folder(
        artifacts.catalogue_dir("other"), manifest={"source": "toy garments"}
    ) as work:
        (work / "images").mkdir()
        (work / "embeddings").mkdir()
        products[:2].assign(id=["a", "b"]).to_csv(work / "products.csv", index=False)
        for name, picture in zip("ab", pictures, strict=True):
            (work / "images" / f"{name}.jpg").write_bytes(encode_jpeg(picture))
        np.save(work / "embeddings" / "vgg16.npy", ToyModel().extract(pictures))


def test_a_product_is_searched_for_by_its_picture_in_another_catalogue(
    app, toy_catalogue, toy_models, toy_products
):
    other_catalogue(toy_products)
    page = go(app(), product="102", articleType="Jeans")
    page.selectbox(key="catalogue").set_value("other").run()
    assert not page.exception
    assert not page.error
    assert "photo" in said(page)
    assert "product" not in said(page)
    assert said(page)["turn"] == ["0"], "a shop's pictures stand upright"
    assert "other has no product of Class Jeans" in page.warning[0].value
    assert ids(page) == ["b", "a"]
    button(page, "Clear all").click().run()
    assert not page.warning
    page.selectbox(key="catalogue").set_value("demo").run()
    assert ids(page)[0] == "102"


def test_a_link_to_a_product_of_another_catalogue_says_so_on_the_start_page(
    app, toy_catalogue, toy_models, toy_products
):
    other_catalogue(toy_products)
    page = go(app(), product="102", catalogue="other")
    assert "other has no product 102" in page.warning[0].value
    assert page.title[0].value == "Find clothes that look like your picture"
    assert said(page) == {"catalogue": ["other"]}


def test_several_pictures_are_narrowed_and_lead_on_like_one(page, monkeypatch):
    dark = photo((0, 0, 0))
    hand_in(page, ("red.jpg", photo()), ("dark.jpg", dark))
    page.multiselect(key="articleType-demo").set_value(["Jeans"]).run()
    assert len(firsts(page)) == 2 * 4
    assert [b.label for b in page.button if (b.key or "").startswith("several-chip-")] == ["Class\\: Jeans"]
    add_words(page, "green")
    assert len(firsts(page)) == 2
    monkeypatch.setattr(StoredCatalogue, "score_threshold", lambda self, extractor, *given: 2.0)
    monkeypatch.setattr("core.retrieval.search.is_stocked", lambda verdict, catalogue: False)
    forget_answers()
    page.run()
    assert shown(page).count(results.NOTHING_CLOSE) == 2

    def explain(model, query, hit):
        raise ModelError("Explaining a match needs gradients")

    monkeypatch.setattr("pages._shared.search.search_cache.similarity_map", explain)
    press(page, "several-0-why-122")
    assert "Product id: 122" in shown(page)
    press(page, "several-1-more-122")
    assert said(page)["product"] == ["122"]
