"""Every page, in its states, as axe-core and a narrow window see it: in both themes, at both widths."""

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import DESKTOP, PHONE, PRODUCT, QUERIES, ZOOMED, Visit

BROKEN = {"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8 this is no picture"}


def start(visit: Visit) -> None:
    visit.open()


def hits(visit: Visit) -> None:
    visit.open().upload(QUERIES[0]).hits()


def why(visit: Visit) -> None:
    visit.open(f"/?product={PRODUCT}").hits()
    visit.page.locator('.st-key-hits button[aria-label^="Open"]').first.click()
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


def compare(visit: Visit) -> None:
    visit.open("/compare")


def compared(visit: Visit) -> None:
    visit.open(f"/compare?product={PRODUCT}")
    visit.page.get_by_text("Found in").first.wait_for()
    visit.settle()


def tasted(visit: Visit) -> None:
    compared(visit)
    visit.press("Blind taste test").press("Left is better")
    visit.page.get_by_text("Left was").first.wait_for()
    visit.settle()


def stress(visit: Visit) -> None:
    visit.open("/stress")


def stressed(visit: Visit) -> None:
    visit.open(f"/stress?product={PRODUCT}")
    visit.page.get_by_text("At the strongest step").first.wait_for()
    visit.settle()


STATES = [start, hits, why, filters, unreadable, several, the_map, marked]
STATES += [classify, classified, classified_many, not_classified, *map(room, range(4)), *map(tab, range(7))]
STATES += [compare, compared, tasted, stress, stressed]
PAGES = [start, hits, the_map, classified, compared, tasted, stressed, room(0), tab(0)]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_state_has_no_serious_finding_and_fits_the_window(visit, state):
    shown = visit()
    state(shown)
    assert shown.page.locator("h1").count() == 1
    # Contrast does not change with the width, nor the layout with the theme.
    for size, theme in ((DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "dark")):
        shown.page.set_viewport_size(size)
        assert shown.in_theme(theme).findings() == [], f"{size['width']} {theme}"
        assert shown.wide() <= 0, f"at {size['width']}"


@pytest.mark.parametrize("state", PAGES, ids=lambda state: state.__name__)
def test_a_page_zoomed_to_twice_its_size_is_not_scrolled_sideways(visit, state):
    shown = visit(ZOOMED)
    state(shown)
    assert shown.wide() <= 0


@pytest.mark.parametrize("path", ["/", "/map", "/classify", "/compare", "/stress", "/studio", "/models"])
def test_a_page_has_a_title_of_its_own(visit, path):
    name = {"": "Search", "stress": "Stress lab"}.get(path.strip("/"), path.strip("/").capitalize())
    assert visit().open(path).page.title() == f"{name} · Fashion image search"


def test_classify_offers_one_table_to_take_away(visit):
    shown = visit()
    classified_many(shown)
    shown.page.locator('[data-testid="stDataFrame"]').hover()
    tools = shown.page.locator('[data-testid="stElementToolbarButton"]:visible button[aria-label*="ownload"]')
    assert tools.count() == 0
    assert shown.button("Download as CSV").is_visible()


def test_a_camera_is_offered_only_where_the_browser_can_give_one(visit):
    shown = visit().open()
    shown.page.get_by_text("Camera", exact=True).first.click()
    shown.settle()
    told = shown.page.get_by_text("Browsers give a camera only")
    assert not told.is_visible()
    # What a browser says of a page that comes over http from another machine.
    shown.page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    shown.open()
    shown.page.get_by_text("Camera", exact=True).first.click()
    shown.settle()
    assert told.is_visible()
    assert not shown.page.locator('[data-testid="stCameraInput"]').is_visible()


def test_a_phone_puts_the_menu_away_once_a_page_is_chosen(visit):
    shown = visit(PHONE, touch=True).open()
    menu = shown.page.locator('[data-testid="stExpandSidebarButton"]')
    menu.click()
    expect(menu).to_be_hidden()
    shown.page.locator('[data-testid="stSidebarNavLink"]').filter(has_text="Models").click()
    shown.page.get_by_role("heading", name="How good are the models?").wait_for()
    expect(menu).to_be_visible()
    expect(shown.page.locator('[data-testid="stSidebarNavLink"]').first).not_to_be_in_viewport()


def test_a_phone_shows_the_numbers_of_a_card_unbroken(visit):
    shown = visit(PHONE, touch=True).open("/models")
    shown.page.get_by_role("tab", name="Cards").click()
    shown.settle()
    n_lines = shown.page.locator('[class*="st-key-card-text-"] td:visible').evaluate_all(
        "(cells) => cells.filter((cell) => /^[0-9.]+$/.test(cell.innerText)).map((cell) => {"
        " const words = document.createRange(); words.selectNodeContents(cell);"
        " return words.getClientRects().length; })"
    )
    assert len(n_lines) > 10
    assert set(n_lines) == {1}, "lines of each number"
    assert shown.wide() <= 0


def test_look_by_stands_where_it_does_something(visit):
    for path, expected in (("/map", 1), ("/compare", 0), ("/stress", 0), ("/studio", 0), ("/models", 0)):
        shown = visit().open(path)
        assert shown.page.get_by_role("combobox", name="Look by").count() == expected, path
