import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.errors import ModelError
from core.gallery.index import Neighbours
from core.maps import placement
from core.storage import artifacts
from pages._shared.map import map_figure
from pages._shared.session import state
from pages._shared.widgets import hovercard
from pages._shared.widgets.chart_colours import KINDS
from tests.conftest import ToyModel
from tests.pages.search.test_search import button, photo, shown
from tests.pages.search.test_turning import TO_THE_LEFT, lying, picture, turn_lines

IDS = [str(100 + 10 * number + place) for number in range(5) for place in range(4)]


@pytest.fixture
def toy_maps(toy_catalogue, kept):
    """Add maps to the toy catalogue: a grid, five classes wide and four colours high."""
    rng = np.random.default_rng(0)
    flat = np.array([(number, place) for number in range(5) for place in range(4)], np.float32)
    space = np.column_stack([flat, rng.normal(size=20)]).astype(np.float32)
    space[::5] = np.nan
    with artifacts.write_folder(toy_catalogue, force=True, manifest={"source": "toy garments"}) as work:
        artifacts.shutil.copytree(
            toy_catalogue, work, dirs_exist_ok=True, ignore=lambda *_: ["manifest.json"]
        )
        (work / "maps").mkdir()
        np.save(work / "maps" / "vgg16-2d.npy", flat)
        np.save(work / "maps" / "vgg16-3d.npy", space)
        np.save(work / "maps" / "vgg16-trust.npy", np.linspace(0.2, 0.8, 20, dtype=np.float32))
    return toy_catalogue


@pytest.fixture
def map_page(app):
    def opened(*before):
        page = app()
        for step in before:
            step(page)
        page.run()
        page.switch_page("pages/map.py")
        return page.run()

    return opened


def chart(page) -> dict:
    return json.loads(page.get("plotly_chart")[0].proto.spec)


def dots(page) -> list[dict]:
    """Give the traces of products; marks have no name."""
    return [trace for trace in chart(page)["data"] if "name" in trace]


def ringed(page, size: int) -> list[str]:
    """Give the ids that have a ring of this size: 11 the found ones, 13 the nearest ones."""
    marks = [trace for trace in chart(page)["data"] if "name" not in trace]
    return [i for trace in marks if trace.get("marker", {}).get("size") == size for i in trace["customdata"]]


def is_marked(page) -> bool:
    return "annotations" in chart(page)["layout"] and bool(chart(page)["layout"]["annotations"])


def select(page, *ids: str):
    """Select dots as the browser does, with indices that name other ones."""
    points = [{"curve_number": 0, "point_index": 0, "customdata": product_id} for product_id in ids]
    states = page._tree.get_widget_states()
    states.widgets.add(
        id=page.get("plotly_chart")[0].proto.id,
        string_value=json.dumps(
            {"selection": {"points": points, "point_indices": [0], "box": [], "lasso": []}}
        ),
    )
    return page._run(states)


def test_starts_with_every_product_as_a_dot_and_no_model(map_page, toy_maps, toy_models):
    page = map_page()
    assert not page.exception
    assert page.title[0].value == "The catalogue as a map"
    drawn = chart(page)["data"]
    assert [trace["name"] for trace in drawn] == [
        f"{label} · 4" for label in ("Tshirts", "Shirts", "Jeans", "Skirts", "Kurtas")
    ]
    assert sorted(i for trace in drawn for i in trace["customdata"]) == IDS
    assert page.metric[0].value == "50%"
    assert "Search never uses the map" in shown(page)
    assert toy_models == []


def test_a_selection_over_several_traces_shows_just_those_products(map_page, toy_maps, toy_models):
    page = select(map_page(), "141", "100", "121")
    assert not page.exception
    assert "3 selected products" in shown(page)
    assert "Classes: Tshirts 1 · Jeans 1 · Kurtas 1" in shown(page)
    assert "Colours: Navy Blue 2 · Red 1" in shown(page)
    cards = [b.key for b in page.button if b.key and b.key.startswith("selected-")]
    assert sorted(key.rsplit("-", 1)[1] for key in cards) == ["100", "121", "141"]
    assert len(page.get("download_button")) == 1


def test_a_selection_outlives_other_colours_and_can_be_forgotten(map_page, toy_maps, toy_models):
    page = select(map_page(), "141", "100")
    page.selectbox(key="map-by").set_value("For").run()
    assert "2 selected products" in shown(page)
    assert [trace["name"] for trace in chart(page)["data"]] == ["Women · 20"]
    outlined = page.get("plotly_chart")[0].proto.id
    button(page, "Forget the selection").click().run()
    assert "selected product" not in shown(page)
    assert page.get("plotly_chart")[0].proto.id != outlined


def test_what_is_known_of_no_product_is_no_choice(toy_products):
    assert map_figure.available_colourings(toy_products, np.ones(20)) == list(map_figure.COLOURINGS)
    unknown = toy_products.assign(price=float("nan"), season="")
    assert map_figure.available_colourings(unknown, None) == ["Class", "Colour", "For", "Usage"]


@pytest.mark.parametrize("by", list(map_figure.COLOURINGS))
def test_every_colouring_draws_every_product(map_page, toy_maps, toy_models, by):
    page = map_page()
    page.selectbox(key="map-by").set_value(by).run()
    assert not page.exception
    assert sorted(i for trace in chart(page)["data"] for i in trace["customdata"]) == IDS


def test_in_space_only_the_drawn_are_dots(map_page, toy_maps, toy_models):
    page = map_page()
    page.segmented_control(key="map-shape").set_value("3-D").run()
    assert not page.exception
    drawn = chart(page)["data"]
    assert {trace["type"] for trace in drawn} == {"scatter3d"}
    assert sorted(i for trace in drawn for i in trace["customdata"]) == [
        i for n, i in enumerate(IDS) if n % 5
    ]


def test_a_product_that_is_looked_up_is_marked_with_its_true_neighbours(map_page, toy_maps, toy_models):
    page = map_page()
    page.text_input(key="map-words").set_value("121").run()
    assert not page.exception
    assert ringed(page, 11) == ["121"]
    assert len(ringed(page, 13)) == 12
    assert "121" not in ringed(page, 13)
    assert chart(page)["layout"]["annotations"][0]["text"] == "Loom *Navy Blue* Jean (121)"
    assert "Lines lead to its 12 nearest products." in shown(page)
    assert "The map was drawn without" not in shown(page)
    assert toy_models == []


@pytest.mark.parametrize(("shape", "kind"), [("2-D", "scattergl"), ("3-D", "scatter3d")])
def test_marks_are_drawn_over_the_dots(map_page, toy_maps, toy_models, shape, kind):
    page = map_page()
    page.segmented_control(key="map-shape").set_value(shape).run()
    page.text_input(key="map-words").set_value("navy").run()
    drawn = chart(page)["data"]
    # One kind of trace: what is not drawn by WebGL lies under or over all that is, whatever its place.
    assert {trace["type"] for trace in drawn} == {kind}
    named = ["name" in trace for trace in drawn]
    assert named == sorted(named, reverse=True)
    marks = [trace for trace in drawn if "name" not in trace]
    assert {trace["mode"] for trace in marks} == {"lines", "markers"}
    assert not any(trace["showlegend"] for trace in marks)
    assert all(trace["marker"]["opacity"] < 0.5 for trace in dots(page))


def test_a_close_up_shows_the_mark_in_the_middle_of_its_nearest(map_page, toy_maps, toy_models):
    page = map_page()
    page.text_input(key="map-words").set_value("121").run()
    assert "range" not in chart(page)["layout"]["xaxis"]
    page.toggle(key="map-close-up").set_value(True).run()
    assert not page.exception
    layout = chart(page)["layout"]
    # Product 121 is the second of the third class, of five times four.
    assert np.mean(layout["xaxis"]["range"]) == pytest.approx(2)
    assert np.mean(layout["yaxis"]["range"]) == pytest.approx(1)
    page.segmented_control(key="map-shape").set_value("3-D").run()
    assert "range" in chart(page)["layout"]["scene"]["zaxis"]
    page.text_input(key="map-words").set_value("").run()
    assert "range" not in chart(page)["layout"]["scene"]["zaxis"]


def test_new_colours_keep_what_the_reader_has_moved_to(map_page, toy_maps, toy_models, monkeypatch):
    moved_to = {"xaxis": {"range": [1.0, 2.0]}, "yaxis": {"range": [0.0, 1.0]}}
    asked = []

    def view(chart, of):
        asked.append(of)
        return moved_to

    monkeypatch.setattr("pages._shared.widgets.hovercard.visible_part", view)
    page = map_page()
    # The same chart stays as it is in the browser: another range would make it a new one, unselected.
    page = select(page, "141")
    assert "range" not in chart(page)["layout"]["xaxis"]
    page.selectbox(key="map-by").set_value("Colour").run()
    assert chart(page)["layout"]["xaxis"]["range"] == [1, 2]
    assert asked == [chart(page)["layout"]["uirevision"]]
    monkeypatch.setattr("pages._shared.widgets.hovercard.visible_part", lambda chart, of: {})
    page.selectbox(key="map-by").set_value("For").run()
    assert chart(page)["layout"]["xaxis"]["range"] == [1, 2]
    page.segmented_control(key="map-shape").set_value("3-D").run()
    page.segmented_control(key="map-shape").set_value("2-D").run()
    assert "range" not in chart(page)["layout"]["xaxis"]


def test_a_product_near_the_mark_can_be_searched_with(map_page, toy_maps, toy_models):
    page = map_page()
    page.text_input(key="map-words").set_value("121").run()
    first = next(b for b in page.button if b.label == "Find similar")
    assert first.key.startswith("near-0-")
    first.click().run()
    assert not page.exception
    assert page.session_state["query"].product_id == first.key.rsplit("-", 1)[1]


def test_many_found_are_all_ringed_and_one_is_marked(map_page, toy_maps, toy_models):
    page = map_page()
    page.text_input(key="map-words").set_value("navy").run()
    assert sorted(ringed(page, 11)) == ["101", "111", "121", "131", "141"]
    page.text_input(key="map-words").set_value("anorak").run()
    assert "No product has all these words" in shown(page)


def test_a_photo_is_placed_and_said_to_be_new(map_page, toy_maps, toy_models):
    page = map_page()
    page.file_uploader[0].set_value(("red.jpg", photo(), "image/jpeg")).run()
    assert not page.exception
    assert "The map was drawn without this picture" in shown(page)
    assert is_marked(page)
    assert toy_models == ["vgg16"]


def test_a_photo_on_its_side_is_placed_where_it_lies_upright(
    map_page, toy_maps, toy_models, knows_upright, monkeypatch
):
    embedded = []
    real = ToyModel.extract
    monkeypatch.setattr(ToyModel, "extract", lambda self, seen: embedded.extend(seen) or real(self, seen))
    page = map_page()
    page.file_uploader[0].set_value(("bed.png", lying(270), "image/png")).run()
    assert not page.exception
    assert turn_lines(page) == [TO_THE_LEFT]
    np.testing.assert_array_equal(embedded[-1], picture())
    button(page, "Undo").click().run()
    assert turn_lines(page) == []
    assert embedded[-1].shape == (240, 320, 3)
    button(page, "Take the mark away").click().run()
    assert not is_marked(page)
    page.switch_page("pages/search.py").run()
    assert (turn_lines(page), page.query_params["turn"]) == ([], "0")


def test_taking_the_mark_away_leaves_the_search_and_can_be_undone(map_page, toy_maps, toy_models):
    page = map_page(lambda page: page.query_params.update({"product": "121"}))
    button(page, "Take the mark away").click().run()
    assert not is_marked(page)
    assert page.session_state["query"].product_id == "121"
    button(page, "Mark what is searched with").click().run()
    assert is_marked(page)


def test_another_query_is_marked_though_the_mark_before_it_was_taken_away(map_page, toy_maps, toy_models):
    page = map_page(lambda page: page.query_params.update({"product": "121"}))
    button(page, "Take the mark away").click().run()
    page.file_uploader[0].set_value(("red.jpg", photo(), "image/jpeg")).run()
    assert is_marked(page)


def test_what_is_in_view_is_selected_without_a_mouse(map_page, toy_maps, toy_models, monkeypatch):
    page = map_page()
    button(page, "Select in view").click().run()
    assert "20 selected products" in shown(page)
    view = {"xaxis": {"range": [-0.5, 0.5]}, "yaxis": {"range": [1.5, 3.5]}}
    monkeypatch.setattr(hovercard, "visible_part", lambda chart, frame: view)
    button(page, "Select in view").click().run()
    assert not page.exception
    assert "2 selected products" in shown(page)


def test_a_close_up_is_what_is_in_view_before_the_reader_moves(map_page, toy_maps, toy_models):
    page = map_page()
    page.text_input(key="map-words").set_value("121").run()
    page.toggle(key="map-close-up").set_value(True).run()
    first = page.session_state["map-first-view"]
    assert first["xaxis"]["range"] == chart(page)["layout"]["xaxis"]["range"]
    assert set(first) == {"xaxis", "yaxis"}
    page.toggle(key="map-close-up").set_value(False).run()
    assert page.session_state["map-first-view"] == {}


def test_all_that_is_found_can_be_selected(map_page, toy_maps, toy_models):
    page = map_page()
    page.text_input(key="map-words").set_value("navy").run()
    assert any("5 found, all ringed" in box.label for box in page.selectbox)
    button(page, "Select all 5 found").click().run()
    assert "5 selected products" in shown(page)


def test_a_map_in_space_says_that_it_draws_a_sample(map_page, toy_maps, toy_models):
    page = map_page()
    assert "sample" not in shown(page)
    page.segmented_control(key="map-shape").set_value("3-D").run()
    assert "16 of the 20 products" in shown(page)


def test_the_query_of_the_search_page_is_on_the_map(map_page, toy_maps, toy_models):
    page = map_page(lambda page: page.query_params.update({"product": "121"}))
    assert not page.exception
    assert is_marked(page)
    assert "Marked on the map" in shown(page)


def test_a_query_of_another_catalogue_is_named_and_leaves_the_map(map_page, toy_maps, toy_models):
    page = map_page()
    page.session_state[state.QUERY_KEY] = state.Product("999")
    page.run()
    assert not page.exception
    assert "Product 999" in shown(page)
    assert "so it is not marked" in shown(page)
    assert len(dots(page)) == 5
    assert not is_marked(page)


def test_ways_about_name_the_legend_where_there_is_one(map_page, toy_maps, toy_models):
    page = map_page()
    assert "A click in the legend" in shown(page)
    page.selectbox(key="map-by").set_value("Neighbours kept").run()
    assert "A click in the legend" not in shown(page)
    assert not page.exception


def test_the_share_of_neighbours_kept_is_called_that_and_not_trust(map_page, toy_maps, toy_models):
    page = map_page()
    assert page.metric[0].label == "Neighbours the map keeps"
    assert page.metric[0].value == "50%"
    assert "Colour by “Neighbours kept”" in shown(page)
    assert "Neighbours kept" in page.selectbox(key="map-by").options
    assert "Trust" not in page.selectbox(key="map-by").options


def test_a_bad_picture_or_a_missing_model_leaves_the_map(map_page, toy_maps, monkeypatch):
    page = map_page()
    page.file_uploader[0].set_value(("x.jpg", b"no picture", "image/jpeg")).run()
    assert len(page.error) == 1
    assert len(page.get("plotly_chart")) == 1

    def load(name):
        raise ModelError(f"there is no model {name!r}")

    monkeypatch.setattr("core.models.load_model", load)
    page.file_uploader[0].set_value(("red.jpg", photo(), "image/jpeg")).run()
    assert "there is no model" in page.error[0].value
    assert len(page.get("plotly_chart")) == 1


def test_a_catalogue_without_maps_says_how_to_draw_them(map_page, toy_catalogue, toy_models):
    page = map_page()
    assert not page.exception
    assert "`python -m core index DATA --name demo --force`" in page.info[0].value
    assert not page.get("plotly_chart")


@pytest.mark.parametrize("lost", ["3d", "trust"])
def test_a_lost_map_leaves_the_others(map_page, toy_maps, toy_models, lost):
    (toy_maps / "maps" / f"vgg16-{lost}.npy").unlink()
    page = map_page()
    assert not page.exception
    (said,) = (error.value.replace("\\", "") for error in page.error)
    assert f"maps/vgg16-{lost}.npy: missing" in said
    assert len(page.get("plotly_chart")) == 1


def test_a_changed_map_is_named(map_page, toy_maps, toy_models):
    path = toy_maps / "maps" / "vgg16-2d.npy"
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\1")
    page = map_page()
    assert not page.exception
    assert any("changed" in error.value for error in page.error)


def test_without_a_catalogue_the_command_that_makes_one_is_shown(map_page, kept):
    page = map_page()
    assert not page.exception
    assert "python -m core index" in page.error[0].value


def test_ids_are_read_from_whatever_form_the_browser_sends():
    points = [
        {"customdata": "7"},
        {"customdata": ["8"]},
        {"customdata": {"0": 9}},
        {"x": 1},
        {"customdata": "7"},
    ]
    assert map_figure.selected_product_ids(points) == ["7", "8", "9"]


def test_names_are_no_markup_in_the_legend_or_on_a_mark(toy_products):
    positions = np.random.default_rng(0).normal(size=(20, 2))
    toy_products.loc[0, "articleType"] = '<a href="http://x">Tee</a>'
    placed = placement.place(positions, Neighbours(("101",), np.ones(1, np.float32), np.array([1])))
    drawn = map_figure.build_figure(positions, toy_products, "Class", placed=placed, title="<b>Loom</b>")
    assert not any("<" in trace.get("name", "") for trace in drawn["data"])
    assert drawn["layout"]["annotations"][0]["text"] == "&lt;b&gt;Loom&lt;/b&gt;"


def test_the_card_describes_only_what_the_catalogue_has(toy_maps):
    from core.gallery.stored_catalogue import open_catalogue

    catalogue = open_catalogue("demo")
    described = hovercard._product_card(catalogue, "121")
    assert described["name"] == "Loom *Navy Blue* Jean"
    assert described["picture"].startswith("data:image/jpeg")
    assert hovercard._product_card(catalogue, "../../secret") is None
    assert hovercard._product_card(catalogue, None) is None


@pytest.mark.parametrize(
    ("told", "understood"),
    [
        (
            {"of": "here", "ranges": [[0, 1.5], [2, 3]], "camera": None},
            {"xaxis": {"range": [0, 1.5]}, "yaxis": {"range": [2, 3]}},
        ),
        (
            {"of": "here", "camera": {part: {"x": 1, "y": 2, "z": 3} for part in ("eye", "center", "up")}},
            {"scene": {"camera": {part: {"x": 1, "y": 2, "z": 3} for part in ("eye", "center", "up")}}},
        ),
        ({"of": "elsewhere", "ranges": [[0, 1], [2, 3]]}, {}),
        ({"of": "here", "ranges": [[0, 1]]}, {}),
        ({"of": "here", "ranges": [[0, float("nan")], [2, 3]]}, {}),
        ({"of": "here", "ranges": [["<b>", 1], [2, 3]]}, {}),
        ({"of": "here", "camera": {"eye": {}}}, {}),
        ("here", {}),
        (None, {}),
    ],
)
def test_a_view_is_taken_only_where_it_is_one(monkeypatch, told, understood):
    monkeypatch.setattr(hovercard.st, "session_state", {"map-0-pointed": SimpleNamespace(view=told)})
    assert hovercard.visible_part("map-0", "here") == understood
    assert hovercard.visible_part("map-1", "here") == {}


def test_a_class_beyond_the_colours_there_are_can_have_one_of_its_own():
    classes = [f"Class {number:02d}" for number in range(30)]
    products = pd.DataFrame({"id": [str(row) for row in range(60)], "articleType": sorted(classes * 2)})
    positions = np.random.default_rng(0).normal(size=(60, 2))
    rare = map_figure.without_own_colour(products, "Class")
    assert len(rare) == 30 - len(KINDS)
    assert map_figure.without_own_colour(products.head(4), "Class") == []

    def own(kinds):
        figure = map_figure.build_figure(positions, products, "Class", kinds=kinds)
        return {trace["name"].split(" · ")[0]: trace["marker"]["color"] for trace in figure["data"]}

    assert rare[-1] not in own([])
    assert own([rare[-1]])[rare[-1]] in KINDS
