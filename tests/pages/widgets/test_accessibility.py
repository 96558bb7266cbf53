"""What everybody can read and reach, as far as it shows without a browser; tests/e2e looks at the rest."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
ENOUGH = 4.5
"""Contrast that WCAG 2.2 asks of text, at level AA."""

CAPTIONS = 0.6
"""How opaque Streamlit writes a caption."""

SELECTED = 0.2
"""How opaque the primary colour is, at most, behind a chosen control's words in that colour."""


def channels(colour: str) -> list[float]:
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def luminance(colour: list[float]) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def over(colour: list[float], ground: list[float], opacity: float) -> list[float]:
    return [opacity * above + (1 - opacity) * below for above, below in zip(colour, ground, strict=True)]


def test_black_on_white_has_the_contrast_of_the_standard():
    assert contrast(channels("#000000"), channels("#ffffff")) == pytest.approx(21)
    assert contrast(channels("#777777"), channels("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_of_a_theme_can_be_read(theme):
    colours = THEMES[theme]
    grounds = [colours["backgroundColor"], colours["secondaryBackgroundColor"]]
    grounds += [colours["sidebar"]["backgroundColor"], colours["sidebar"]["secondaryBackgroundColor"]]
    for ground in map(channels, grounds):
        text = channels(colours["textColor"])
        assert contrast(over(text, ground, CAPTIONS), ground) >= ENOUGH
        assert contrast(channels(colours["linkColor"]), ground) >= ENOUGH
    primary, page = channels(colours["primaryColor"]), channels(colours["backgroundColor"])
    assert contrast(primary, over(primary, page, SELECTED)) >= ENOUGH
    assert contrast(page, primary) >= ENOUGH  # as a pressed button is written


@pytest.mark.parametrize("name", ["search", "map", "classify", "compare", "stress", "studio", "models"])
def test_a_page_has_one_heading_of_the_first_rank(app, toy_catalogue, toy_models, toy_finder, name):
    page = app().run()
    if name != "search":
        page = page.switch_page(f"pages/{name}.py").run()
    assert not page.exception
    assert len(page.title) == 1


def test_hits_have_a_heading_and_are_announced(app, toy_catalogue, toy_models, toy_finder):
    page = app()
    page.query_params["product"] = "100"
    page.run()
    assert [title.value for title in page.title] == ["The products most like it"]
