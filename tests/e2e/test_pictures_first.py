"""What only a browser can tell of the hits: how many are in view, how sharp, how high, and what moves."""

import pytest

from tests.e2e.visit import DESKTOP, PHONE, PRODUCT, QUERIES

# Shifts within half a second of a click or a key are what the visitor asked for.
WATCH_SHIFTS = """() => {
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifts += shift.value;
  }).observe({ type: "layout-shift" });
}"""

# The pictures of hits, as they lie in the window and as they are kept.
PICTURES = """() => [...document.querySelectorAll(".st-key-hits img")].map((picture) => {
  const { top, bottom, left, width, height } = picture.getBoundingClientRect();
  const card = picture.closest('[data-testid="stGridCell"]').getBoundingClientRect();
  const askew = Math.abs(left + width / 2 - card.left - card.width / 2);
  const { naturalWidth, naturalHeight } = picture;
  const fit = getComputedStyle(picture).objectFit;
  return { top, bottom, width, height, naturalWidth, naturalHeight, fit, askew };
})"""

CARD_HEIGHTS = """() => [...document.querySelectorAll('.st-key-hits [data-testid="stGridCell"]')]
  .map((card) => Math.round(card.getBoundingClientRect().height))"""


@pytest.mark.parametrize(("size", "touch"), [(DESKTOP, False), (PHONE, True)])
def test_nothing_jumps_as_answers_arrive(visit, size, touch):
    shown = visit(size, touch=touch).open()
    shown.page.evaluate(WATCH_SHIFTS)
    shown.upload(QUERIES[0]).hits()
    assert shown.page.evaluate("() => window.shifts") < 0.1


@pytest.mark.parametrize(("size", "touch", "least"), [(DESKTOP, False, 8), (PHONE, True, 4)])
def test_hits_are_in_view_without_scrolling(visit, size, touch, least):
    shown = visit(size, touch=touch).open(f"/?product={PRODUCT}").hits()
    pictures = shown.page.evaluate(PICTURES)
    inside = [one for one in pictures if one["top"] >= 0 and one["bottom"] <= size["height"]]
    assert len(inside) >= least


@pytest.mark.parametrize(("size", "touch"), [(DESKTOP, False), (PHONE, True)])
def test_pictures_are_sharp_and_whole_and_cards_of_one_height(visit, size, touch):
    shown = visit(size, touch=touch).open(f"/?product={PRODUCT}").hits()
    for one in shown.page.evaluate(PICTURES):
        assert one["fit"] == "contain"
        assert one["askew"] < 1, "in the middle of its card"
        scale = min(one["width"] / one["naturalWidth"], one["height"] / one["naturalHeight"])
        assert scale <= 0.51, "twice as many pixels are kept as are shown"
    assert len(set(shown.page.evaluate(CARD_HEIGHTS))) == 1


def test_a_click_on_a_picture_opens_all_that_belongs_to_it(visit):
    shown = visit().open(f"/?product={PRODUCT}").hits()
    box = shown.page.locator(".st-key-hits img").first.bounding_box()
    shown.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    dialog = shown.page.get_by_role("dialog")
    dialog.wait_for()
    shown.settle()
    text = dialog.inner_text()
    sizes = dialog.locator("h2, h3, p").evaluate_all(
        "(all) => all.map((one) => [one.tagName, parseFloat(getComputedStyle(one).fontSize)])"
    )
    assert min(size for tag, size in sizes if tag != "P") >= 16, "headings are no smaller than what they head"
    for part in ("Class: ", "Product id: ", "Main colours: ", "Why it matched", "More like this"):
        assert part in text
    assert dialog.locator("img").first.evaluate("(picture) => picture.getBoundingClientRect().width") >= 200


def test_the_start_page_is_gone_as_soon_as_a_photo_is_there(visit):
    shown = visit().open()
    assert shown.page.locator(".st-key-start-words").count()
    shown.page.evaluate(
        """() => {
          window.together = false;
          new MutationObserver(() => {
            const both = [".st-key-query-panel", ".st-key-start-words"];
            window.together ||= both.every((part) => document.querySelector(part));
          }).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    shown.upload(QUERIES[0]).hits()
    assert not shown.page.evaluate("() => window.together")


def test_controls_in_one_row_are_of_one_height(visit):
    shown = visit().open(f"/?product={PRODUCT}").hits()
    buttons = shown.page.locator(".st-key-controls button:visible")
    heights = {round(buttons.nth(place).bounding_box()["height"]) for place in range(buttons.count())}
    assert heights == {40}, "also of the button that has help"


def test_what_leads_on_from_cards_stands_in_rows(visit):
    shown = visit().open().upload(*QUERIES[:2])
    shown.page.locator(".st-key-several-1-row").get_by_role("button", name="Search with this").wait_for()
    shown.settle()
    for row in (0, 1):
        ways = shown.page.locator(f".st-key-several-{row}-row").get_by_role("button", name="More like this")
        assert ways.count() == 5
        assert len({round(ways.nth(place).bounding_box()["y"]) for place in range(5)}) == 1


@pytest.mark.parametrize(("size", "touch"), [(DESKTOP, False), (PHONE, True)])
def test_the_buttons_of_a_hit_stay_within_its_card(visit, size, touch):
    shown = visit(size, touch=touch).open(f"/?product={PRODUCT}").hits()
    card = shown.page.locator('.st-key-hits [data-testid="stGridCell"]').first
    inside = card.locator('[class*="st-key-card-"]').first.bounding_box()
    for button in card.locator('[class*="st-key-foot-"] button:visible').all():
        box = button.bounding_box()
        assert box["width"] >= 24
        assert box["x"] >= inside["x"] - 0.5
        assert box["x"] + box["width"] <= inside["x"] + inside["width"] + 0.5
