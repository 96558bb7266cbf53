"""The stress lab: the altered pictures, the curves drawn of them, and nothing worked out twice."""

import numpy as np
import plotly.graph_objects as go
import pytest
import streamlit

from core.comparison import stress
from core.comparison.alterations import ALTERATIONS
from core.comparison.stress import hold
from core.errors import ModelError
from core.gallery.stored_catalogue import open_catalogue
from core.retrieval.request import ProductQuery
from pages._shared.stress import charts, held_hits
from tests.catalogue_folders import rewritten
from tests.conftest import ToyModel
from tests.pages.search.test_search import button, photo, shown
from tests.pages.search.test_turning import lying, picture, turn_lines


@pytest.fixture
def drawn(monkeypatch):
    """Give the charts of the last run by their keys."""
    kept = {}
    real = streamlit.plotly_chart

    def keep(figure, *args, key=None, **rest):
        kept[key] = go.Figure(figure)
        return real(figure, *args, key=key, **rest)

    monkeypatch.setattr("streamlit.plotly_chart", keep)
    return kept


@pytest.fixture
def worked(monkeypatch):
    """Note what was worked out: method and alteration."""
    done = []
    real = stress.hold

    def note(query, method, alteration, catalogue, *, encoder):
        done.append((method, alteration.name))
        return real(query, method, alteration, catalogue, encoder=encoder)

    monkeypatch.setattr(held_hits, "hold", note)
    return done


@pytest.fixture
def stress_page(app, toy_catalogue, toy_models, toy_finder):
    return lambda: app().run().switch_page("pages/stress.py").run()


def take_product(page, product_id="111"):
    page.text_input(key="stress-product-words").set_value(product_id).run()
    return button(page, "Take this product").click().run()


class Encoder:
    def embed(self, extractor, image, key):
        return ToyModel().extract([image])[0]


def test_starts_by_asking_for_a_picture(stress_page, drawn):
    page = stress_page()
    assert not page.exception
    assert page.title[0].value == "Stress lab"
    assert drawn == {}


def test_shows_the_altered_pictures_and_draws_what_is_kept(stress_page, drawn):
    page = take_product(stress_page())
    page.selectbox(key="stress-alteration").set_value("darken").run()
    assert not page.exception
    altered = [image.proto.imgs[0].alt for image in page.image][1:]
    assert altered == ["As it is", *(f"Darkened −{ev} EV" for ev in ("0.5", "1", "2", "3"))]
    held = hold(
        ProductQuery("111"), "vgg16", ALTERATIONS["darken"], open_catalogue("demo"), encoder=Encoder()
    )
    (kept,), (ranks,) = drawn["stress-kept"].data, drawn["stress-rank"].data
    assert list(kept.x) == [step.step for step in held.steps]
    assert list(kept.y) == [step.kept for step in held.steps]
    assert list(ranks.y) == [step.rank for step in held.steps]
    assert kept.name == "VGG16"
    assert "Rank of the product itself" in [header.value for header in page.header]
    left = round(10 * held.steps[-1].kept)
    assert f"At the strongest step, −3 EV, VGG16 keeps {left} of its first 10 hits." in shown(page).replace(
        "\\", ""
    )
    table = page.dataframe[0].value
    assert table["strength"].tolist() == list(kept.x)
    assert table["VGG16"].iloc[0] == "10 kept, rank 1"


def test_a_method_is_followed_by_the_distance_that_is_chosen(
    app, toy_catalogue, toy_models, toy_finder, drawn
):
    with rewritten(toy_catalogue) as work:
        (work / "embeddings" / "vgg16.npy").rename(work / "embeddings" / "cnn.npy")
    page = take_product(app().run().switch_page("pages/stress.py").run())
    page.pills(key="distances-cnn-demo").set_value(["euclidean"]).run()
    assert not page.exception
    (kept,) = drawn["stress-kept"].data
    assert kept.name == "Small CNN · Euclidean distance"


def test_a_photo_s_first_hit_is_followed(stress_page, drawn):
    page = stress_page()
    page.file_uploader[0].set_value(("photo.jpg", photo(), "image/jpeg")).run()
    assert not page.exception
    assert "Rank of what was found first" in [header.value for header in page.header]
    assert drawn["stress-rank"].data[0].y[0] == 1


def test_a_photo_on_its_side_is_altered_as_it_stands_upright(stress_page, drawn, monkeypatch, knows_upright):
    asked = []
    real = stress.hold
    monkeypatch.setattr(held_hits, "hold", lambda query, *a, **k: asked.append(query) or real(query, *a, **k))
    page = stress_page()
    page.file_uploader[0].set_value(("bed.png", lying(90), "image/png")).run()
    assert not page.exception
    assert len(turn_lines(page)) == 1
    np.testing.assert_array_equal(asked[-1].image, picture())
    button(page, "Undo").click().run()
    assert asked[-1].image.shape == (240, 320, 3)


def test_nothing_is_worked_out_twice(stress_page, drawn, worked):
    page = take_product(stress_page())
    page.run()
    assert worked == [("vgg16", "blur")]
    page.selectbox(key="stress-alteration").set_value("crop").run()
    page.selectbox(key="stress-alteration").set_value("blur").run()
    assert worked == [("vgg16", "blur"), ("vgg16", "crop")]
    button(page, "Go through all of them").click().run()
    assert not page.exception
    assert len(worked) == len(set(worked)) == len(ALTERATIONS)
    page.run()
    assert len(worked) == len(ALTERATIONS)
    table = page.dataframe[-1].value
    assert table["alteration"].tolist() == [each.title for each in ALTERATIONS.values()]
    assert table["vgg16"].between(0, 10).all()


def test_another_query_does_not_go_through_all_by_itself(stress_page, drawn, worked):
    page = take_product(stress_page())
    button(page, "Go through all of them").click().run()
    button(page, "New search").click().run()
    take_product(page, "120")
    assert len(worked) == len(ALTERATIONS) + 1
    assert button(page, "Go through all of them")


def test_a_method_whose_model_is_missing_is_named(stress_page, drawn, monkeypatch):
    def load(name):
        raise ModelError(f"memory is too short for {name}")

    monkeypatch.setattr("core.models.load_model", load)
    page = take_product(stress_page())
    assert not page.exception
    assert "VGG16 is not asked. memory is too short for vgg16" in shown(page)
    assert drawn == {}


def test_a_rank_that_nobody_counted_is_drawn_beyond_the_last(monkeypatch):
    steps = (stress.HeldStep("as it is", 1.0, 1), stress.HeldStep("5°", 0.2, None))
    held = [stress.HeldHits("vgg16", "rotate", "100", steps)]
    chart = charts.rank_chart(held, "degrees clockwise", "Rank")
    assert list(chart.data[0].y) == [1, charts.BEYOND]
    assert chart.layout.yaxis.ticktext[-1] == "over 100"
    low, high = chart.layout.yaxis.range
    assert low > high, "rank 1 stands on top"
    assert charts.steps_table(held)["VGG16"].tolist() == ["10 kept, rank 1", "2 kept, rank over 100"]


def test_lines_differ_without_their_colours():
    steps = (stress.HeldStep("as it is", 1.0, 1), stress.HeldStep("5°", 0.2, 7))
    held = [stress.HeldHits(f"m{n}", "rotate", "100", steps) for n in range(12)]
    lines = charts.kept_chart(held, "degrees").data
    assert len({(line.line.dash, line.marker.symbol) for line in lines}) == 12
    assert len({line.line.color for line in lines}) == 12
