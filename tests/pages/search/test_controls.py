"""What narrows, reorders, explains and takes away the hits of a search; none of it embeds a picture again."""

import numpy as np
import pandas as pd
import pytest

from core.errors import ModelError
from core.explain.similarity_map import SimilarityMap
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.encode import encode_jpeg
from core.models.consensus import knn_vote
from core.storage import artifacts
from tests.conftest import ToyModel
from tests.near_duplicates import tell_nothing
from tests.pages.conftest import forget_answers
from tests.pages.search.test_search import button, hit_lines, photo, shown, upload
from tests.unit.gallery.test_stored_catalogue import rewrite


@pytest.fixture
def page(app, described, toy_models):
    """Give the page with the hits of a red photo on it; whatever is chosen later must load no more models."""
    opened = upload(app().run(), "red.jpg", photo())
    assert toy_models == ["vgg16", "vgg19", "rgb"]
    yield opened
    assert not opened.exception
    assert toy_models == ["vgg16", "vgg19", "rgb"]


def ids(page) -> list[str]:
    return [found.key.removeprefix("hit-") for found in page.button if found.label == "More like this"]


def chips(page) -> list[str]:
    return [found.label for found in page.button if (found.key or "").startswith("hits-chip-")]


def press(page, key: str):
    return next(found for found in page.button if found.key == key).click().run()


# Filters -------------------------------------------------------------------------------------------------


def test_a_filter_leaves_its_values_and_its_counts_say_how_many(page):
    assert "Red (5)" in page.multiselect(key="baseColour-demo").options
    assert "Jeans (4)" in page.multiselect(key="articleType-demo").options
    page.multiselect(key="baseColour-demo").set_value(["Green"]).run()
    assert len(ids(page)) == 5
    names = [m.value for m in page.markdown if m.value.startswith("Loom")]
    assert len(names) == 5
    assert all("Green" in name for name in names)
    assert "Nearest first, of 5 of 20 products" in shown(page)
    assert chips(page) == ["Colour\\: Green"]
    page.run()
    assert "Jeans (1)" in page.multiselect(key="articleType-demo").options
    assert "Red (5)" in page.multiselect(key="baseColour-demo").options


def with_old_labels(page, labels: dict[str, str]):
    """Run the whole page as a browser does that still holds labels of an earlier run."""
    states = page._tree.get_widget_states()
    for state in states.widgets:
        for key, label in labels.items():
            if key in state.id:
                state.string_array_value.data[:] = [label]
    return page._run(widget_state=states)


def test_two_filters_outlive_reruns_though_their_counts_change(page):
    page.multiselect(key="articleType-demo").set_value(["Jeans"]).run()
    page.multiselect(key="baseColour-demo").set_value(["Green"]).run()
    labels = {"articleType-demo": "Jeans (4)", "baseColour-demo": "Green (5)"}
    with_old_labels(page, labels)  # a press of anything outside the hits' fragment
    with_old_labels(page, labels)
    assert not page.error
    assert page.multiselect(key="articleType-demo").value == ["Jeans"]
    assert page.multiselect(key="baseColour-demo").value == ["Green"]
    assert len(ids(page)) == 1
    assert page.query_params["articleType"] == "Jeans"
    with_old_labels(page, labels | {"baseColour-demo": "Ultraviolet (7)"})
    assert set(page.multiselect(key="baseColour-demo").value) <= {"Green"}
    assert not page.error


def test_columns_in_which_all_products_are_alike_are_no_filter(page):
    assert {found.key for found in page.multiselect} == {"articleType-demo", "baseColour-demo"}


def test_price_narrows(page):
    page.slider(key="price-demo").set_value((500.0, 501.0)).run()
    assert len(ids(page)) == 8


def test_filters_that_nothing_passes_say_so(page):
    page.slider(key="threshold").set_value(1.0).run()
    page.multiselect(key="baseColour-demo").set_value(["White"]).run()
    assert "No product scores that high or passes the filters" in shown(page)
    assert not ids(page)
    button(page, "Clear all").click().run()
    assert len(ids(page)) == 12
    assert not chips(page)


def test_filters_stand_in_the_address_and_are_restored_from_it(page, app):
    page.multiselect(key="baseColour-demo").set_value(["Green", "Red"]).run()
    assert page.query_params["baseColour"] == ["Green", "Red"]
    assert "articleType" not in page.query_params
    again = app()
    again.query_params["product"] = "121"
    again.query_params["baseColour"] = ["Green", "Ultraviolet"]
    again.run()
    assert not again.exception
    assert again.multiselect(key="baseColour-demo").value == ["Green"]
    assert len(ids(again)) == 5
    again.multiselect(key="baseColour-demo").set_value([]).run()
    assert "baseColour" not in again.query_params


# Pages, folding, CSV -------------------------------------------------------------------------------------


def test_the_rest_of_the_hits_is_on_further_pages(page):
    first = ids(page)
    assert "Nearest first, of 20 products" in shown(page)
    page.get("pagination")[0].set_value(2).run()
    assert len(ids(page)) == 7, "and one is folded into another"
    assert not set(ids(page)) & set(first)
    assert hit_lines(page)[0].startswith("13 · ")


def test_another_request_starts_at_its_first_page_also_when_it_comes_again(page):
    first = ids(page)
    page.get("pagination")[0].set_value(2).run()
    press(page, f"hit-up-{ids(page)[0]}")
    assert hit_lines(page)[0].startswith("1 · ")
    button(page, "Start over").click().run()
    assert ids(page) == first


def unexplained(model, query, hit):
    raise ModelError("Explaining a match needs gradients")


def test_near_duplicates_are_folded_into_one_until_told_otherwise(page, monkeypatch):
    monkeypatch.setattr("pages._shared.search.search_cache.similarity_map", unexplained)
    page.slider(key="weight-colour").set_value(2.0).run()
    assert not {"100", "101"} <= set(ids(page))
    assert "+1 alike" in shown(page)
    press(page, "hit-open-100" if "100" in ids(page) else "hit-open-101")
    assert "Nearly the same (1)" in shown(page)
    page.toggle(key="fold").set_value(False).run()
    assert {"100", "101"} <= set(ids(page))
    assert chips(page)[-2:] == ["Near\\-duplicates one by one", "Colour × 2"]


def test_a_catalogue_that_tells_no_near_duplicates_says_so(app, described, toy_models):
    tell_nothing(described)
    opened = upload(app().run(), "red.jpg", photo())
    assert "near-duplicates one by one, see Arrange" in shown(opened)
    assert opened.toggle(key="fold").disabled
    assert not opened.toggle(key="fold").value
    assert "python -m core index DATA --name demo --force" in opened.toggle(key="fold").help
    assert len(ids(opened)) == 12


def test_a_hit_whose_picture_is_missing_is_shown_without_it(page, described):
    (described / "images" / f"{ids(page)[1]}.jpg").unlink()
    page.run()
    assert len(ids(page)) == 12
    assert not page.error
    assert "Its picture is missing" in shown(page)


def test_near_duplicates_do_not_depend_on_what_is_looked_by(app, described, toy_models):
    page = app()
    page.query_params["product"] = "142"
    page.run()
    page.selectbox(key="extractor").set_value("texture").run()
    page.select_slider(key="top").set_value(48).run()
    # By texture alone all these plain garments are the same.
    assert len(ids(page)) == 18
    assert len([c for c in page.caption if "alike" in c.value]) == 1


def test_folding_keeps_the_pages(page):
    page.select_slider(key="top").set_value(6).run()
    first = ids(page)
    assert len(first) == 6
    page.get("pagination")[0].set_value(2).run()
    assert len(ids(page)) == 6
    assert not set(ids(page)) & set(first)
    assert hit_lines(page)[0].startswith("7 · ")


# Whom it is for, and what is not shown to everybody --------------------------------------------------------


def recast(folder, column, cells):
    """Change cells of the toy catalogue, by product id."""
    table = pd.read_csv(folder / "products.csv", dtype=str, keep_default_na=False)
    table[column] = [cells.get(one, value) for one, value in zip(table["id"], table[column], strict=True)]
    rewrite(folder, lambda work: table.to_csv(work / "products.csv", index=False))


def test_whom_a_photo_is_likely_for_is_a_click_away(app, described, toy_models):
    recast(described, "gender", {"103": "Men", "142": "Men"})
    opened = upload(app().run(), "red.jpg", photo())
    assert button(opened, "Only for Women")
    press(opened, "gender-likely")
    assert opened.query_params["gender"] in ("Women", ["Women"])
    assert not {"103", "142"} & set(ids(opened))
    assert "gender-likely" not in {found.key for found in opened.button}


def test_underwear_is_shown_to_those_who_ask_for_it(app, described, toy_models):
    recast(described, "articleType", {"100": "Briefs", "110": "Bra"})
    opened = upload(app().run(), "red.jpg", photo())
    opened.select_slider(key="top").set_value(48).run()
    assert not {"100", "110"} & set(ids(opened))
    assert "of 18 of 20 products" in shown(opened)
    assert ": 2 here" in opened.toggle(key="intimates").help
    opened.toggle(key="intimates").set_value(True).run()
    assert {"100", "110"} <= set(ids(opened))
    assert "With underwear and nightwear" in chips(opened)


def test_the_hits_can_be_taken_away_as_a_table(page):
    assert page.get("download_button")[0].label == "CSV"


# The order -----------------------------------------------------------------------------------------------


def of_each_hit(page, products) -> list[str]:
    return products.set_index("id").loc[ids(page), "articleType"].tolist()


def test_a_class_that_is_sure_comes_first_and_by_score_alone_is_one_click(page, toy_products, monkeypatch):
    by_score = of_each_hit(page, toy_products)
    assert by_score != sorted(by_score, key=lambda label: label != "Shirts")
    assert "Nearest first, of 20 products" in shown(page)
    page.radio(key="order").set_value("class").run()
    assert of_each_hit(page, toy_products) == by_score
    assert "by score alone, since VGG19 is not sure of the class" in shown(page)
    assert not [found for found in page.button if found.key == "order-other"]
    monkeypatch.setattr("core.models.prediction.CONFIDENT_PROBABILITY", 0.8)
    forget_answers()
    page.run()
    first = of_each_hit(page, toy_products)
    assert first[:4] == ["Shirts"] * 4
    assert "Shirts" not in first[4:]
    assert "Shirts first, since VGG19 is 80 % sure" in shown(page)
    headings = [m.value for m in page.markdown if m.value.startswith("## ")]
    assert headings[-2:] == ["## Shirts · 4 of 4", "## Other classes · 8 of 16"]
    button(page, "By score alone").click().run()
    assert of_each_hit(page, toy_products) == by_score
    assert page.radio(key="order").value == "score"
    button(page, "Shirts first").click().run()
    assert of_each_hit(page, toy_products) == first


def test_what_vgg19_does_not_know_is_ordered_by_score_however_probable(
    app, described, toy_models, monkeypatch
):
    monkeypatch.setattr("core.models.prediction.CONFIDENT_PROBABILITY", 0.8)
    page = upload(app().run(), "dark.jpg", encode_jpeg(np.zeros((80, 60, 3), np.uint8)))
    page.radio(key="order").set_value("class").run()
    assert "by score alone, since VGG19 is not sure of the class" in shown(page)


def test_a_products_own_class_comes_first_whatever_vgg19_says(app, described, toy_models, toy_products):
    page = app()
    page.query_params["product"] = "121"
    page.run()
    page.radio(key="order").set_value("class").run()
    assert of_each_hit(page, toy_products)[:3] == ["Jeans"] * 3
    assert "Jeans first, its own class" in shown(page)
    page.multiselect(key="articleType-demo").set_value(["Shirts"]).run()
    assert "Jeans first" not in shown(page)
    assert "Nearest first, of 4 of 20 products" in shown(page)


# Thumbs --------------------------------------------------------------------------------------------------


def test_thumbs_move_the_query_and_can_be_taken_back(page):
    before = hit_lines(page)
    liked = ids(page)[5]
    said = {found.key: found.label for found in page.button}
    assert said[f"hit-up-{liked}"] == "More like this one"
    assert said[f"hit-down-{liked}"] == "Less like this one"
    press(page, f"hit-up-{liked}")
    assert "Moved by 1 like" in shown(page)
    assert ids(page).index(liked) < 5
    moved = hit_lines(page)
    press(page, f"hit-down-{ids(page)[0]}")
    assert "1 like and 1 dislike" in shown(page)
    button(page, "Undo").click().run()
    assert hit_lines(page) == moved
    button(page, "Start over").click().run()
    assert hit_lines(page) == before
    assert "Moved by" not in shown(page)


def test_the_same_thumb_again_takes_it_back(page):
    before = hit_lines(page)
    press(page, "hit-up-110")
    press(page, "hit-up-110")
    assert hit_lines(page) == before


# Scores and re-ranking -----------------------------------------------------------------------------------


def test_weights_reorder_by_what_is_alike(page):
    page.slider(key="weight-colour").set_value(2.0).run()
    of_red = {"100", "101", "110", "120", "130", "140"}
    assert len(of_red & set(ids(page)[:5])) == 5, "five are red, and 101 looks it, which is one with 100"
    one = hit_lines(page)
    page.slider(key="weight-colour").set_value(0.0).run()
    page.slider(key="weight-shape").set_value(2.0).run()
    assert hit_lines(page) != one


def test_a_catalogue_without_descriptors_says_how_to_get_them(app, toy_catalogue, toy_models):
    page = upload(app().run(), "red.jpg", photo())
    assert "no descriptors of shape, colour and texture" in shown(page)
    assert "python -m core index DATA --name demo --force" in shown(page)


def test_the_least_score_can_be_set_to_where_it_means_something(page, monkeypatch):
    assert not [found for found in page.button if found.key == "threshold-meant"], "no class lies apart here"
    monkeypatch.setattr(StoredCatalogue, "score_threshold", lambda self, extractor, *given: 0.9012)
    page.run()
    press(page, "threshold-meant")
    assert page.slider(key="threshold").value == 0.91
    assert all(float(line.split("score ")[1]) >= 0.91 for line in hit_lines(page))
    assert "How many of 20 products have which score" in shown(page)
    assert any('aria-label="Spread of the scores"' in html.proto.body for html in page.get("html"))
    assert chips(page) == ["Score\\: from 0\\.91"]


# Why -----------------------------------------------------------------------------------------------------


def test_a_hit_says_what_it_is_and_why_it_matched(page, monkeypatch):
    cells = np.zeros((10, 7), np.float32)
    cells[3, 2] = 0.8
    monkeypatch.setattr(
        "pages._shared.search.search_cache.similarity_map",
        lambda model, query, hit: SimilarityMap(
            0.8, {"kind": 0.9, "colour": 0.7}, "block4_conv3_relu", cells, cells, (80, 60)
        ),
    )
    press(page, "hit-open-100")
    text = shown(page)
    assert "VGG16 scores them 0.800: 0.900 by its kind numbers, 0.700 by its colour numbers" in text
    assert "10×7 places" in text
    assert "Product id: 100" in text
    assert "Main colours: Red" in text
    bars = [found.proto.text for found in page.get("progress")]
    assert [bar.split(" · ")[0] for bar in bars if bar[:5] in ("Shape", "Colou", "Textu")] == [
        "Shape",
        "Colour",
        "Texture",
    ]
    assert next(bar for bar in bars if bar.startswith("Colour · ")) >= "Colour · 0.9"


def test_what_cannot_be_explained_leaves_the_rest(page, monkeypatch):
    monkeypatch.setattr("pages._shared.search.search_cache.similarity_map", unexplained)
    press(page, "hit-open-100")
    assert "Explaining a match needs gradients" in shown(page)
    assert "Product id: 100" in shown(page)


def test_a_search_by_a_descriptor_embeds_by_no_model(app, described, toy_models, monkeypatch):
    embedded = []
    monkeypatch.setattr(ToyModel, "extract", lambda self, pictures: embedded.append(self.name))
    page = app().run()
    page.selectbox(key="extractor").set_value("colour").run()
    upload(page, "red.jpg", photo())
    assert not page.exception
    assert toy_models == ["vgg16", "vgg19", "rgb"], "the first is asked which way up the photo is"
    assert embedded == []
    assert len(ids(page)) == 12
    assert "weight-colour" not in {found.key for found in page.slider}
    press(page, "hit-open-100")
    assert "Only VGG16's score splits over places" in shown(page)


# The query -----------------------------------------------------------------------------------------------


def test_beside_the_query_stand_its_size_format_and_colours(page):
    text = shown(page)
    assert "JPEG · 240×320 · " in text
    assert "Main colours: Red 100%" in text
    assert any("background:#c" in html.proto.body for html in page.get("html"))


@pytest.fixture
def beside(app, described, toy_models):
    """Give the page with a photo on it of a green garment, small and far to the left, and of much ground."""
    picture = np.full((320, 240, 3), (235, 235, 230), np.uint8)
    picture[100:220, 10:90] = (30, 140, 60)
    opened = upload(app().run(), "green.jpg", encode_jpeg(picture))
    yield opened
    assert not opened.exception


def sliders(page):
    return [next(s for s in page.slider if s.label.startswith(side)) for side in ("Left", "Top")]


def test_a_part_set_by_sliders_is_searched_alone(beside):
    before = hit_lines(beside)
    across, _ = sliders(beside)
    across.set_value((5, 37)).run()
    sliders(beside)[1].set_value((32, 68)).run()
    assert hit_lines(beside) != before
    assert "Main colours: Green 100%" in shown(beside)
    sliders(beside)[1].set_value((50, 50)).run()
    assert hit_lines(beside) == before, "a part of no height is no part"
    assert sliders(beside)[1].value == (50, 50)


def test_another_query_starts_whole(beside):
    sliders(beside)[0].set_value((5, 37)).run()
    assert beside.query_params["part"] == "5-37x0-100"
    button(beside, "New search").click().run()
    assert "part" not in beside.query_params
    upload(beside, "red.jpg", photo())
    assert [slider.value for slider in sliders(beside)] == [(0, 100), (0, 100)]


def test_a_product_has_no_part_to_choose(app, described, toy_models):
    page = app()
    page.query_params["product"] = "121"
    page.run()
    assert not page.exception
    assert not [found for found in page.slider if found.label.startswith("Left")]
    assert "Main colours: " in shown(page)


# Trust ---------------------------------------------------------------------------------------------------


def vote_for(monkeypatch, *types: str) -> None:
    monkeypatch.setattr("core.retrieval.agreement.knn_vote", lambda *_, **how: knn_vote(types, **how))


def test_judges_that_differ_are_named(app, described, toy_models, monkeypatch):
    vote_for(monkeypatch, *["Jeans"] * 8, *["Shirts"] * 4)
    page = upload(app().run(), "red.jpg", photo())
    assert "## Shirt, 80 %" in shown(page)
    said = next(c.value for c in page.caption if "Not all agree" in c.value)
    assert "So say VGG19 and RGB; of the 12 nearest products 8 are Jeans and 4 Shirts" in said


def test_what_vgg19_does_not_know_is_named_by_the_nearest_products(app, described, toy_models, monkeypatch):
    vote_for(monkeypatch, *["Sarees"] * 12)
    page = upload(app().run(), "dark.jpg", encode_jpeg(np.zeros((80, 60, 3), np.uint8)))
    assert "## Sarees\\: 12 of 12 nearest" in shown(page)
    assert "None of these classes" not in shown(page)
    assert "VGG19 and RGB say None of these" in shown(page)
    assert "Not all agree" not in shown(page)


def test_no_bar_of_a_class_stands_below_another_headline(app, described, toy_models, monkeypatch):
    page = upload(app().run(), "red.jpg", photo())
    assert "Shirt · 80 %" in [bar.text for bar in page.get("progress")]
    page = upload(app().run(), "dark.jpg", encode_jpeg(np.zeros((80, 60, 3), np.uint8)))
    assert "## None of these classes" in shown(page)
    assert not page.get("progress")


def test_judges_that_agree_say_so(app, described, toy_models, monkeypatch):
    vote_for(monkeypatch, "Shirts")
    page = upload(app().run(), "red.jpg", photo())
    assert not page.exception
    assert "So say VGG19 and RGB; the nearest product is Shirts" in shown(page)
    assert "Not all agree" not in shown(page)


def test_what_is_like_nothing_in_the_catalogue_is_said_to_be(app, described, toy_models, monkeypatch):
    dark = encode_jpeg(np.zeros((80, 60, 3), np.uint8))
    monkeypatch.setattr(StoredCatalogue, "score_threshold", lambda self, extractor, *given: -0.9)
    page = upload(app().run(), "dark.jpg", dark)
    assert "Nothing in the catalogue is close" not in shown(page)
    monkeypatch.setattr(StoredCatalogue, "score_threshold", lambda self, extractor, *given: 0.99)
    forget_answers()
    page.run()
    assert "Nothing in the catalogue is close" in shown(page)
    assert len(ids(page)) == 12


# Distances -----------------------------------------------------------------------------------------------


@pytest.fixture
def hashed(toy_catalogue):
    """Give the toy catalogue binary maps, by which distances put products in different orders."""
    bits = np.random.default_rng(0).random((20, 432)) < np.linspace(0.05, 0.6, 20)[:, None]
    with artifacts.write_folder(toy_catalogue, force=True, manifest={"source": "toy garments"}) as work:
        for folder in ("images", "embeddings"):
            (work / folder).mkdir()
        for path in (toy_catalogue / "images").iterdir():
            (work / "images" / path.name).write_bytes(path.read_bytes())
        (work / "products.csv").write_bytes((toy_catalogue / "products.csv").read_bytes())
        (work / "embeddings" / "vgg16.npy").write_bytes(
            (toy_catalogue / "embeddings" / "vgg16.npy").read_bytes()
        )
        np.save(work / "embeddings" / "block-colour.npy", bits.astype(np.float32))


def test_the_distance_is_chosen_where_it_does_something_and_stands_in_the_address(app, hashed, toy_models):
    opened = app()
    opened.query_params["product"] = "110"
    opened.query_params["extractor"] = "block-colour"
    opened.run()
    assert opened.selectbox(key="distance").options == [
        "Cosine", "Euclidean distance", "Jaccard distance",
    ]  # fmt: skip
    by_cosine = ids(opened)
    opened.selectbox(key="distance").set_value("euclidean").run()
    assert opened.query_params["distance"] in ("euclidean", ["euclidean"])
    assert ids(opened) != by_cosine
    assert not opened.exception
    opened.selectbox(key="extractor").set_value("vgg16").run()
    assert not [box for box in opened.selectbox if box.key == "distance"]
    assert len(ids(opened)) == 12
    assert not opened.error
