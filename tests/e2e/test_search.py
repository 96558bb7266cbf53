"""The main job in a browser: a picture goes in by every way, and hits are narrowed, judged and left."""

import base64
import re

from playwright.sync_api import expect

from tests.e2e.visit import PHONE, PRODUCT, QUERIES

PASTE = """(encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], "image.png", { type: "image/jpeg" }));
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true }));
}"""


def test_an_upload_brings_hits_that_are_announced_and_the_heading_is_focused(visit):
    shown = visit().open().upload(QUERIES[0]).hits()
    assert "hits found" in shown.announced()
    assert shown.focused().startswith("H1")


def test_buttons_of_hits_are_told_apart_by_their_product(visit):
    shown = visit().open(f"/?product={PRODUCT}").hits()
    names = shown.page.locator(".st-key-hits button:visible").evaluate_all(
        "(buttons) => buttons.map((button) => button.getAttribute('aria-label') ?? button.innerText)"
    )
    assert len(names) > 12
    assert len(set(names)) == len(names)


def test_a_thumb_keeps_the_focus_on_its_product(visit):
    shown = visit().open(f"/?product={PRODUCT}").hits()
    thumb = shown.page.locator('.st-key-hits button[aria-label^="Less like this"]:visible').nth(2)
    name = thumb.get_attribute("aria-label")
    thumb.click()
    shown.settle()
    # A product that is moved away from may leave the page: then the heading has the focus.
    assert shown.focused() in (f"BUTTON {name}", f"H1 {shown.page.locator('h1').inner_text()}")


def test_a_thumb_leaves_the_hits_where_they_are(visit):
    shown = visit().open(f"/?product={PRODUCT}").hits()
    top = shown.page.locator(".st-key-hits img").first.bounding_box()["y"]
    shown.page.locator('.st-key-hits button[aria-label^="More like this one"]:visible').first.click()
    shown.page.get_by_text("Moved by 1 like").wait_for()
    shown.settle()
    assert abs(shown.page.locator(".st-key-hits img").first.bounding_box()["y"] - top) <= 8


def test_a_photo_is_turned_by_keyboard_and_going_back_turns_it_back(visit):
    shown = visit().open().upload(QUERIES[0]).hits()
    photo = shown.page.locator(".st-key-query-photo")
    turn = shown.page.get_by_role("button", name="Turn the photo by a quarter to the right")
    before = photo.bounding_box()
    assert min(turn.bounding_box()[side] for side in ("width", "height")) >= 24
    assert before["height"] > before["width"]
    turn.press("Enter")
    expect(shown.page).to_have_url(re.compile("turn=90"))
    shown.settle()
    assert shown.focused().endswith("Turn the photo by a quarter to the right")
    expect(shown.page.get_by_text("Turned by a quarter to the right")).to_be_visible()
    assert photo.bounding_box()["width"] > photo.bounding_box()["height"]
    shown.page.go_back()
    expect(shown.page).not_to_have_url(re.compile("turn="))
    shown.settle()
    assert photo.bounding_box()["height"] > photo.bounding_box()["width"]


def test_filters_go_with_back_and_come_with_forward(visit):
    shown = visit().open(f"/?product={PRODUCT}").hits()
    shown.button("Filter").press("Enter")
    shown.page.locator('[data-testid="stPopoverBody"]').wait_for()
    shown.settle()
    assert shown.page.evaluate("() => !!document.activeElement.closest('[data-testid=\"stPopoverBody\"]')")
    shown.page.get_by_role("combobox", name="Class").first.click()
    shown.page.get_by_role("option").filter(has_text="Jeans").first.click()
    expect(shown.page).to_have_url(re.compile("articleType=Jeans"))
    shown.settle()
    narrowed = shown.announced()
    shown.page.go_back()
    expect(shown.page).not_to_have_url(re.compile("articleType="))
    assert shown.settle().announced() != narrowed
    shown.page.go_forward()
    expect(shown.page).to_have_url(re.compile("articleType=Jeans"))
    assert shown.settle().announced() == narrowed


def test_back_leads_from_a_hit_to_the_photo(visit):
    shown = visit().open().upload(QUERIES[0]).hits()
    photo = shown.page.url
    shown.press("More like this", ".st-key-hits").hits()
    assert "product=" in shown.page.url
    shown.page.go_back()
    expect(shown.page).to_have_url(photo)
    shown.hits()


def test_a_pasted_picture_is_searched_with(visit):
    shown = visit().open()
    shown.page.evaluate(PASTE, base64.b64encode(QUERIES[1].read_bytes()).decode())
    shown.hits()
    assert "photo=" in shown.page.url


def test_pasted_text_is_said_to_be_no_picture(visit):
    shown = visit().open()
    shown.page.evaluate(
        """() => {
          const held = new DataTransfer();
          held.setData("text/plain", "a red dress");
          document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true }));
        }"""
    )
    shown.page.get_by_role("status").filter(has_text="holds text, not a picture").wait_for()


def test_another_garment_of_the_photo_is_a_key_away(visit):
    shown = visit().open().upload(QUERIES[0]).hits()
    boxes = shown.page.get_by_role("group", name="Garments on the photo").get_by_role("button")
    other = boxes.and_(shown.page.locator('[aria-pressed="false"]')).first
    name = other.get_attribute("aria-label")
    other.press("Enter")
    shown.hits()
    assert boxes.and_(shown.page.locator('[aria-pressed="true"]')).first.get_attribute("aria-label") == name


def test_a_dialog_is_left_by_escape_to_where_it_was_opened(visit):
    shown = visit().open(f"/?product={PRODUCT}").hits()
    opener = shown.page.locator('.st-key-hits button[aria-label^="Open"]:visible').first
    name = opener.get_attribute("aria-label")
    opener.press("Enter")
    shown.page.get_by_role("dialog").wait_for()
    shown.settle().page.keyboard.press("Escape")
    shown.page.get_by_role("dialog").wait_for(state="detached")
    shown.page.wait_for_timeout(800)
    assert shown.focused() == f"BUTTON {name}"


def test_a_phone_goes_from_upload_to_hits(visit):
    shown = visit(PHONE, touch=True).open().upload(QUERIES[0]).hits()
    assert shown.wide() <= 0
    assert "hits found" in shown.announced()


def test_words_alone_and_the_chips_that_take_them_off(visit):
    shown = visit().open()
    shown.page.get_by_role("textbox", name="Class, colour").fill("navy striped tee")
    shown.page.keyboard.press("Enter")
    expect(shown.page).to_have_url(re.compile("word=navy&word=striped&word=tee"))
    shown.settle()
    found = shown.announced()
    shown.page.get_by_role("button", name=re.compile("“striped”")).first.click()
    expect(shown.page).not_to_have_url(re.compile("striped"))
    assert shown.settle().announced() != found
    shown.page.go_back()
    expect(shown.page).to_have_url(re.compile("striped"))
    assert shown.settle().announced() == found


def test_the_order_goes_with_back_and_the_photo_stays(visit):
    shown = visit().open().upload(QUERIES[0]).hits()
    photo = shown.page.url
    shown.button("Arrange").click()
    shown.page.get_by_text("Grouped by class", exact=True).first.click()
    expect(shown.page).to_have_url(re.compile("order=groups"))
    shown.page.go_back()
    expect(shown.page).to_have_url(photo)
    shown.hits()


def test_the_table_of_all_hits_can_be_downloaded(visit):
    shown = visit().open(f"/?product={PRODUCT}").hits()
    with shown.page.expect_download() as waiting:
        shown.button("CSV").click()
    lines = waiting.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 975, "of 999 other products 25 are folded; and the names of the columns"
    assert f'"product {PRODUCT}"' in lines[1]
