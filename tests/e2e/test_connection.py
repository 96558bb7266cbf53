"""What is handed in while the connection is cut is kept, said, and handed in when it is back."""

import base64
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.connection import EXPECTED, Connection
from tests.e2e.test_search import PASTE
from tests.e2e.visit import PATIENCE, PHONE, QUERIES

KEPT, BACK = re.compile("The connection was cut. Your .* kept"), re.compile("The connection is back")


@pytest.fixture
def connection(served):
    opened = Connection(urlsplit(served).port)
    yield opened
    opened.close()


@pytest.fixture
def begin(visit, connection):
    """Give a function that begins a visit over the connection that can be cut."""
    visits = []

    def over_it(*size, **options):
        visits.append(visit(*size, **options))
        visits[-1].url = connection.url
        return visits[-1]

    yield over_it
    for each in visits:
        each.complaints[:] = [said for said in each.complaints if not re.search(EXPECTED, said)]


def cut(shown, connection):
    connection.cut()
    shown.page.locator(
        '[data-test-connection-state]:not([data-test-connection-state="CONNECTED"])'
    ).wait_for()


def choose(shown):
    """Open the picker of files, and give it."""
    with shown.page.expect_file_chooser() as chooser:
        shown.page.locator('[data-testid="stFileUploaderDropzone"] button').first.click()
    return chooser.value


def says(shown, words):
    notice = shown.page.locator("#held-files")
    expect(notice).to_have_text(words, timeout=PATIENCE)
    return notice


def test_a_photo_chosen_while_it_is_cut_is_searched_with_when_it_is_back(begin, connection):
    shown = begin(PHONE, touch=True).open()
    picker = choose(shown)
    cut(shown, connection)
    picker.set_files(QUERIES[0])
    box = says(shown, KEPT).bounding_box()
    assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE["width"]
    connection.mend()
    says(shown, BACK)
    shown.hits()
    assert "photo=" in shown.page.url


def test_a_photo_whose_upload_is_cut_is_handed_in_again(begin, connection):
    shown = begin().open()
    picker = choose(shown)
    shown.page.route("**/_stcore/upload_file/**", lambda route: (connection.cut(), route.abort()))
    picker.set_files(QUERIES[1])
    says(shown, KEPT)
    shown.page.unroute_all()
    connection.mend()
    shown.hits()
    assert "photo=" in shown.page.url


def test_several_files_are_each_handed_in_once(begin, connection):
    shown = begin().open("/classify")
    picker = choose(shown)
    cut(shown, connection)
    picker.set_files(QUERIES[:2])
    says(shown, KEPT)
    connection.mend()
    expect(shown.page.locator('[data-testid="stFileChip"]')).to_have_count(2, timeout=PATIENCE)
    shown.settle()
    assert shown.page.locator('[data-testid="stFileChipIconError"]').count() == 0


def test_a_pasted_picture_waits_for_the_connection(begin, connection):
    shown = begin().open()
    cut(shown, connection)
    shown.page.evaluate(PASTE, base64.b64encode(QUERIES[2].read_bytes()).decode())
    shown.page.get_by_role("status").filter(has_text=KEPT).wait_for()
    connection.mend()
    shown.hits()
    assert "photo=" in shown.page.url
