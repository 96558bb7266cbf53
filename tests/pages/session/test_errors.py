"""How names and messages are written so that they stay what they are."""

import re

import pytest

from pages._shared.session import errors

# How a browser's Markdown finds links once escapes are taken off (mdast-util-gfm-autolink-literal).
ADDRESS = re.compile(r"(https?://|www(?=\.))([-.\w]+)([^ \t\r\n]*)", re.IGNORECASE | re.ASCII)
MAIL = re.compile(r"(?:^|\s|[^\w\s])([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)", re.ASCII)


def test_markup_in_names_is_shown_not_obeyed():
    assert errors.escape_markdown("[a](b) *c* $d$ :red[e]\n# f") == (
        "\\[a\\]\\(b\\) \\*c\\* \\$d\\$ \\:red\\[e\\] \\# f"
    )


@pytest.mark.parametrize(
    "name", ["https://a.example/b", "HTTP://a.example", "www.a.example", "see WWW.a.example", "me@a.example"]
)
def test_an_address_in_a_name_is_no_link(name):
    assert ADDRESS.search(name) or MAIL.search(name)
    escaped = errors.escape_markdown(name)
    read = re.sub(r"\\(.)", r"\1", escaped)
    assert not ADDRESS.search(read)
    assert not MAIL.search(read)
    assert read.replace("\u2060", "") == name


def test_commands_in_messages_stay_code():
    assert errors.error_markdown("no *x*; run `make_it --now`") == "no \\*x\\*; run `make_it --now`"
