"""Addresses of a search: opened again, in a new visit or by going back and forward in a running one."""

import pytest

from tests.pages.search.test_controls import chips, ids, press
from tests.pages.search.test_search import button, hit_lines, photo, shown, upload


def said(page) -> dict[str, list[str]]:
    return {name: values for name in page.query_params if (values := as_list(page.query_params[name]))}


def as_list(value) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def go(page, /, **params):
    """Do what Back, Forward or a link does: the same visit, another address."""
    page.query_params.clear()
    page.query_params.update(params)
    return page.run()


@pytest.fixture
def page(app, described, toy_models):
    opened = app().run()
    yield opened
    assert not opened.exception


def test_back_and_forward_follow_the_query(page):
    button(page, "Find similar").click().run()
    first, found = said(page), ids(page)
    press(page, f"hit-{found[3]}")
    second = said(page)
    assert second["product"] == [found[3]]
    found_second = ids(page)
    assert ids(go(page, **first)) == found
    assert ids(go(page, **second)) == found_second
    go(page)
    assert page.title[0].value == "Find clothes that look like your picture"


def test_a_photo_comes_back_within_its_visit_and_is_asked_for_in_another(page, app):
    upload(page, "red.jpg", photo())
    address, found = said(page), hit_lines(page)
    assert len(address["photo"][0]) == 12
    button(page, "New search").click().run()
    assert "photo" not in said(page)
    assert hit_lines(go(page, **address)) == found
    other = go(app(), **address)
    assert "never stored" in other.info[0].value
    assert other.title[0].value == "Find clothes that look like your picture"
    upload(other, "red.jpg", photo())
    assert hit_lines(other) == found
    assert not other.info


def test_only_so_many_photos_are_held(page, monkeypatch):
    monkeypatch.setattr("pages._shared.session.state.MAX_RECENT", 2)
    addresses = []
    for shade in (10, 90, 200):
        upload(page, "a.jpg", photo((shade, 30, 40)))
        addresses.append(said(page))
        button(page, "New search").click().run()
    assert hit_lines(go(page, **addresses[2]))
    assert not hit_lines(go(page, **addresses[0]))
    assert "never stored" in page.info[0].value


def test_a_sample_is_restored_with_its_part_its_thumbs_and_its_page(app, toy_catalogue, toy_models):
    page = app().run()
    button(page, "Try it").click().run()
    next(s for s in page.slider if s.label.startswith("Left")).set_value((20, 80)).run()
    press(page, f"hit-up-{ids(page)[2]}")
    press(page, f"hit-down-{ids(page)[4]}")
    page.get("pagination")[0].set_value(2).run()
    address, found = said(page), hit_lines(page)
    assert address["sample"] == ["red.jpg"]
    assert address["part"] == ["20-80x0-100"]
    assert [thumb.split("-")[0] for thumb in address["thumb"]] == ["up", "down"]
    assert address["page"] == ["2"]
    again = go(app(), **address)
    assert not again.exception
    assert hit_lines(again) == found
    assert said(again) == address
    assert "Moved by 1 like and 1 dislike" in shown(again)
    assert next(s for s in again.slider if s.label.startswith("Left")).value == (20, 80)


def test_every_control_is_restored_with_the_same_hits_in_the_same_groups(app, described, toy_models):
    address = {
        "product": "121",
        "extractor": "colour",
        "order": "groups",
        "fold": "false",
        "top": "6",
        "threshold": "0.1",
        "weight-shape": "1.5",
        "price": "499-502",
        "articleType": ["Jeans", "Shirts"],
    }
    page = go(app(), **address)
    assert not page.exception
    assert page.selectbox(key="extractor").value == "colour"
    assert page.radio(key="order").value == "groups"
    assert page.toggle(key="fold").value is False
    assert page.select_slider(key="top").value == 6
    assert page.slider(key="threshold").value == 0.1
    assert page.slider(key="weight-shape").value == 1.5
    assert page.slider(key="price-demo").value == (499.0, 502.0)
    assert page.multiselect(key="articleType-demo").value == ["Jeans", "Shirts"]
    headings = [m.value for m in page.markdown if m.value.startswith("## ") and " · " in m.value]
    again = go(app(), **address)
    assert hit_lines(again) == hit_lines(page)
    assert [m.value for m in again.markdown if m.value.startswith("## ") and " · " in m.value] == headings
    assert headings[0].startswith("## Jeans · ")


def test_going_back_takes_a_filter_off_again(page):
    button(page, "Find similar").click().run()
    before, found = said(page), ids(page)
    page.multiselect(key="baseColour-demo").set_value(["Green"]).run()
    assert ids(page) != found
    assert ids(go(page, **before)) == found
    assert page.multiselect(key="baseColour-demo").value == []


@pytest.mark.parametrize(
    "nonsense",
    [
        {"page": "99"},
        {"page": "-1"},
        {"page": "two"},
        {"part": "90-10x0-100"},
        {"part": "0-100x0-900"},
        {"part": "../../etc"},
        {"thumb": ["up-9999", "sideways-121", ""]},
        {"word": ""},
    ],
)
def test_what_makes_no_sense_in_an_address_is_passed_over(app, toy_catalogue, toy_models, nonsense):
    page = go(app(), sample="red.jpg", **nonsense)
    assert not page.exception
    assert not page.error
    assert hit_lines(page)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"order": "downwards"}, "order=downwards; expected is score or class or groups"),
        ({"order": "Grouped by class"}, "order=Grouped by class"),
        ({"top": "13"}, "top=13; expected is 6 or 12 or 24 or 48"),
        ({"threshold": "7"}, "threshold=7; a number from 0 to 1 is expected"),
        ({"threshold": "nan"}, "threshold=nan"),
        ({"price": "9000-9001"}, "prices here go from 499 to 503"),
        ({"price": "cheap"}, "price=cheap"),
        ({"fold": "perhaps"}, "fold=perhaps"),
        ({"baseColour": "Ultraviolet"}, "demo has no product of Colour Ultraviolet"),
        ({"catalogue": "../other"}, "catalogue=../other; there is demo"),
        ({"extractor": "vgg99"}, "extractor=vgg99; there is vgg16"),
    ],
)
def test_a_wrong_value_in_an_address_is_said_and_the_rest_searched(
    app, toy_catalogue, toy_models, wrong, sentence
):
    page = go(app(), sample="red.jpg", **wrong)
    assert not page.exception
    assert not page.error
    assert len(hit_lines(page)) == 12
    assert sentence in "\n".join(warning.value for warning in page.warning).replace("\\", "")
    if not {"catalogue", "extractor"} & set(wrong):
        button(page, "Clear all").click().run()
        assert not page.warning
        assert set(said(page)) == {"sample"}


CONTROLS = {
    "order": ["class"],
    "fold": ["false"],
    "intimates": ["true"],
    "top": ["6"],
    "threshold": ["0.1"],
    "weight-shape": ["1.5"],
    "price": ["499-502"],
    "articleType": ["Jeans", "Shirts"],
    "word": ["red", "loom"],
    "extractor": ["colour"],
}


@pytest.mark.parametrize("name", CONTROLS)
def test_back_and_forward_follow_every_control(app, described, toy_models, name):
    page = go(app(), product="121", **({} if name == "extractor" else {"extractor": ["texture"]}))
    before, found = said(page), hit_lines(page)
    after = before | {name: CONTROLS[name]}
    moved = hit_lines(go(page, **after))
    assert said(page) == after
    assert hit_lines(go(page, **before)) == found
    assert said(page) == before
    assert hit_lines(go(page, **after)) == moved
    assert not page.exception
    assert not page.warning


def test_each_control_writes_its_key_and_leaves_the_page_turned(app, described, toy_models):
    page = go(app(), product="121", page="2")
    assert said(page)["page"] == ["2"]
    page.radio(key="order").set_value("groups").run()
    page.toggle(key="fold").set_value(False).run()
    page.select_slider(key="top").set_value(6).run()
    page.slider(key="threshold").set_value(0.1).run()
    page.slider(key="weight-shape").set_value(1.5).run()
    page.slider(key="price-demo").set_value((499.0, 502.0)).run()
    page.selectbox(key="extractor").set_value("colour").run()
    assert said(page) == {
        "product": ["121"],
        "order": ["groups"],
        "fold": ["false"],
        "top": ["6"],
        "threshold": ["0.1"],
        "weight-shape": ["1.5"],
        "price": ["499-502"],
        "extractor": ["colour"],
    }
    assert len(chips(page)) == 6
    for chip in chips(page):
        button(page, chip).click().run()
    assert said(page) == {"product": ["121"], "extractor": ["colour"]}


@pytest.mark.parametrize("name", ["blue.jpg", "../images/100.jpg", "../products.csv", ""])
def test_a_sample_that_is_none_is_never_opened(app, toy_catalogue, toy_models, name):
    page = go(app(), sample=name, catalogue="demo")
    assert not page.exception
    assert page.title[0].value == "Find clothes that look like your picture"
    assert not name or "no ready-made picture" in page.info[0].value


def test_coming_back_from_another_page_finds_the_search_and_its_address_again(page):
    button(page, "Find similar").click().run()
    press(page, f"hit-up-{ids(page)[2]}")
    address, found = said(page), ids(page)
    page.switch_page("pages/models.py").run()
    page.query_params.clear()
    page.switch_page("pages/search.py").run()
    assert ids(page) == found
    assert said(page) == address
