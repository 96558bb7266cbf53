"""Every page, in its states, as axe-core and a narrow window see it: in both themes, at both widths."""

import pytest

from tests.e2e.visit import DESKTOP, PHONE, PRODUCT, QUERIES, ZOOMED, Visit

BROKEN = {"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8 this is no picture"}


def start(visit: Visit) -> None:
    visit.open()


def hits(visit: Visit) -> None:
    visit.open().upload(QUERIES[0]).hits()


def why(visit: Visit) -> None:
    visit.open(f"/?product={PRODUCT}").hits()
    visit.button("Why", ".st-key-hits").click()
    visit.page.get_by_role("dialog").wait_for()
    visit.settle()


def filters(visit: Visit) -> None:
    visit.open(f"/?product={PRODUCT}").hits().press("Filter")


def unreadable(visit: Visit) -> None:
    visit.open().upload(BROKEN)
    visit.page.get_by_role("alert").filter(has_text="broken.jpg").wait_for()
    visit.settle()


def several(visit: Visit) -> None:
    visit.open().upload(*QUERIES[:2])
    visit.page.get_by_text("Search with this").first.wait_for()
    visit.settle()


def the_map(visit: Visit) -> None:
    visit.open("/map")


def marked(visit: Visit) -> None:
    visit.open(f"/map?product={PRODUCT}")


def classify(visit: Visit) -> None:
    visit.open("/classify")


def classified(visit: Visit) -> None:
    visit.open("/classify").press("Try it")
    visit.page.get_by_text("judges agree").first.wait_for()
    visit.settle()


def classified_many(visit: Visit) -> None:
    visit.open("/classify").press("ready-made pictures")
    visit.page.get_by_text("Look closer at").first.wait_for()
    visit.settle()


def not_classified(visit: Visit) -> None:
    visit.open("/classify").upload(BROKEN)
    visit.page.get_by_role("alert").filter(has_text="broken.jpg").wait_for()
    visit.settle()


def room(number: int):
    def open_room(visit: Visit) -> None:
        visit.open("/studio")
        visit.page.locator('[data-testid="stButtonGroup"] button').nth(number).click()
        visit.settle()

    open_room.__name__ = f"studio_{number}"
    return open_room


def tab(number: int):
    def open_tab(visit: Visit) -> None:
        visit.open("/models")
        visit.page.get_by_role("tab").nth(number).click()
        visit.settle()

    open_tab.__name__ = f"models_{number}"
    return open_tab


STATES = [start, hits, why, filters, unreadable, several, the_map, marked]
STATES += [classify, classified, classified_many, not_classified, *map(room, range(4)), *map(tab, range(6))]
PAGES = [start, hits, the_map, classified, room(0), tab(0)]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_state_has_no_serious_finding_and_fits_the_window(visit, state):
    shown = visit()
    state(shown)
    assert shown.page.locator("h1").count() == 1
    for size in (DESKTOP, PHONE):
        shown.page.set_viewport_size(size)
        shown.settle()
        for theme in ("light", "dark"):
            assert shown.in_theme(theme).findings() == [], f"{size['width']} {theme}"
        assert shown.wide() <= 0, f"at {size['width']}"


@pytest.mark.parametrize("state", PAGES, ids=lambda state: state.__name__)
def test_a_page_zoomed_to_twice_its_size_is_not_scrolled_sideways(visit, state):
    shown = visit(ZOOMED)
    state(shown)
    assert shown.wide() <= 0


@pytest.mark.parametrize("path", ["/", "/map", "/classify", "/studio", "/models"])
def test_a_page_has_a_title_of_its_own(visit, path):
    name = path.strip("/").capitalize() or "Search"
    assert visit().open(path).page.title() == f"{name} · Fashion image search"
