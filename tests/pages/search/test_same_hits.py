"""The Search page, the command line and a notebook give the same hits for the same request."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.gallery.protocol import Filters
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.crop import crop_percent
from core.retrieval.encoder import default_encoder
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_part import garment_query
from core.retrieval.request import PictureQuery, ProductQuery, SearchRequest
from core.retrieval.search import search
from pages._shared.search import batch, search_cache
from tests.pages.search.test_controls import ids, press
from tests.pages.search.test_garments import JEANS, garment, street
from tests.pages.search.test_search import hit_lines, photo, upload


@dataclass(frozen=True)
class Case:
    """One request, as each of the three ways is asked for it."""

    arguments: list[str]
    options: dict[str, Any]
    click: Callable[[Any], None]
    product: str = ""
    crop: tuple[int, int, int, int] | None = field(default=None)


def choose(kind: str, key: str, value: Any) -> Callable[[Any], None]:
    return lambda page: getattr(page, kind)(key=key).set_value(value).run()


def all_of(*clicks: Callable[[Any], None]) -> Callable[[Any], None]:
    def click(page: Any) -> None:
        for each in clicks:
            each(page)

    return click


def turn_to(page_number: int) -> Callable[[Any], None]:
    return lambda page: page.get("pagination")[0].set_value(page_number).run()


def draw_sides(across: tuple[int, int], down: tuple[int, int]) -> Callable[[Any], None]:
    def click(page: Any) -> None:
        for side, value in (("Left to right, %", across), ("Top to bottom, %", down)):
            next(found for found in page.slider if found.label == side).set_value(value).run()

    return click


RED_SHIRTS = Filters({"articleType": ("Shirts", "Jeans"), "baseColour": ("Red", "Green")})
CASES = {
    "plain": Case([], {}, lambda page: None),
    "top and page": Case(
        ["--top", "6", "--page", "3"],
        {"top": 6, "page": 3},
        all_of(choose("select_slider", "top", 6), turn_to(3)),
    ),
    "filters": Case(
        [
            "--label",
            "Shirts",
            "--label",
            "Jeans",
            "--filter",
            "baseColour=Red",
            "--filter",
            "baseColour=Green",
        ],
        {"filters": RED_SHIRTS},
        all_of(
            choose("multiselect", "articleType-demo", ["Shirts", "Jeans"]),
            choose("multiselect", "baseColour-demo", ["Red", "Green"]),
        ),
    ),
    "price": Case(
        ["--price", "500:502"],
        {"filters": Filters(price=(500, 502))},
        choose("slider", "price-demo", (500.0, 502.0)),
    ),
    "threshold": Case(["--threshold", "0.9"], {"threshold": 0.9}, choose("slider", "threshold", 0.9)),
    "weights": Case(
        ["--weight", "colour=1.5", "--weight", "shape=0.5"],
        {"weights": {"colour": 1.5, "shape": 0.5}},
        all_of(choose("slider", "weight-colour", 1.5), choose("slider", "weight-shape", 0.5)),
    ),
    "like and dislike": Case(
        ["--like", "123", "--dislike", "100"],
        {"liked": ("123",), "disliked": ("100",)},
        all_of(lambda page: press(page, "hit-down-100"), lambda page: press(page, "hit-up-123")),
    ),
    "class first": Case(["--order", "class"], {"order": "class"}, choose("radio", "order", "class")),
    "groups": Case(["--order", "groups"], {"order": "groups"}, choose("radio", "order", "groups")),
    "not folded": Case(["--no-fold"], {"fold": False}, choose("toggle", "fold", False)),
    "extractor": Case(
        ["--extractor", "texture"], {"extractor": "texture"}, choose("selectbox", "extractor", "texture")
    ),
    "product": Case([], {}, lambda page: None, product="121"),
    "crop": Case(
        ["--crop", "20", "10", "90", "80"], {}, draw_sides((20, 90), (10, 80)), crop=(20, 10, 90, 80)
    ),
    "all at once": Case(
        [
            "--top",
            "6",
            "--weight",
            "colour=0.5",
            "--threshold",
            "0.2",
            "--like",
            "123",
            "--order",
            "class",
            "--filter",
            "baseColour=Red",
            "--filter",
            "baseColour=White",
            "--price",
            "499:502",
        ],
        {
            "top": 6,
            "weights": {"colour": 0.5},
            "threshold": 0.2,
            "liked": ("123",),
            "order": "class",
            "filters": Filters({"baseColour": ("Red", "White")}, price=(499, 502)),
        },
        all_of(
            lambda page: press(page, "hit-up-123"),
            choose("select_slider", "top", 6),
            choose("slider", "weight-colour", 0.5),
            choose("slider", "threshold", 0.2),
            choose("radio", "order", "class"),
            choose("multiselect", "baseColour-demo", ["Red", "White"]),
            choose("slider", "price-demo", (499.0, 502.0)),
        ),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_page_command_line_and_notebook_give_the_same_hits(
    app,
    described,
    toy_models,
    tmp_path,
    capsys,
    monkeypatch,
    case,
):
    monkeypatch.setattr(
        "core.models.prediction.CONFIDENT_PROBABILITY", 0.8
    )  # the toy classifier is 80 % sure of shirts
    path = tmp_path / "red.jpg"
    path.write_bytes(photo())

    catalogue = open_catalogue("demo")
    query = ProductQuery(case.product) if case.product else PictureQuery.read(path)
    if case.crop:
        query = PictureQuery(crop_percent(query.image, case.crop))
    response = search(SearchRequest(query, **case.options), catalogue)
    expected = [(hit.product_id, hit.score) for hit in response.hits]
    assert len(expected) > 1

    asked = ["--product", case.product] if case.product else [str(path)]
    assert main(["search", *asked, *case.arguments, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [(hit["product_id"], hit["score"]) for hit in printed["hits"]] == expected
    assert (printed["total"], printed["first"]) == (response.total, response.first)
    assert [group["label"] for group in printed["groups"]] == [group.label for group in response.groups]

    answered = []
    answer = search_cache.search.search
    monkeypatch.setattr(
        search_cache.search, "search", lambda *given: answered.append(answer(*given)) or answered[-1]
    )
    page = app()
    if case.product:
        page.query_params["product"] = case.product
    page.run()
    if not case.product:
        page = upload(page, "red.jpg", path.read_bytes())
    case.click(page)
    assert not page.exception
    # To the last bit, and not only to the three digits that are shown.
    assert response.hits in [found.hits for found in answered]
    shown = dict(zip(ids(page), hit_lines(page), strict=True))
    assert shown == {
        product_id: f"{hit.rank} · score {score:.3f}"
        for hit, (product_id, score) in zip(response.hits, expected, strict=True)
    }
    if not response.groups[0].label:
        assert list(shown) == [product_id for product_id, _ in expected]


@pytest.mark.parametrize("number", [None, 0, 1, 2])
def test_page_command_line_and_notebook_search_with_the_same_garment(
    app, toy_catalogue, toy_models, toy_finder, tmp_path, capsys, number
):
    toy_finder.garments = (garment("Shirts", 0.93), garment("Jeans", 0.88, JEANS))
    path = tmp_path / "street.jpg"
    path.write_bytes(street())

    image = PictureQuery.read(path).image
    choice = choose_garment(image, default_encoder(), number=number)
    response = search(SearchRequest(garment_query(image, choice)), open_catalogue("demo"))
    expected = [(hit.product_id, hit.score) for hit in response.hits]

    asked = [] if number is None else ["--garment", str(number)]
    assert main(["search", str(path), *asked, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [(hit["product_id"], hit["score"]) for hit in printed["hits"]] == expected
    assert (printed["garment"] or {}).get("number", 0) == choice.number

    page = upload(app().run(), "street.jpg", path.read_bytes())
    if number is not None:
        page.get("button_group")[0].set_value(number).run()
    assert not page.exception
    assert dict(zip(ids(page), hit_lines(page), strict=True)) == {
        hit.product_id: f"{hit.rank} · score {hit.score:.3f}" for hit in response.hits
    }


def test_the_example_in_the_readme_gives_the_hits_of_the_command_line(
    toy_catalogue, toy_models, tmp_path, capsys, monkeypatch
):
    (tmp_path / "photo.jpg").write_bytes(photo())
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", readme, flags=re.MULTILINE | re.DOTALL)
    *steps, answer = example.strip().splitlines()
    monkeypatch.chdir(tmp_path)
    notebook: dict[str, Any] = {}
    exec("\n".join(steps), notebook)
    assert main(["search", "photo.jpg", "--top", "5", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert eval(answer, notebook) == [(hit["product_id"], hit["score"]) for hit in printed["hits"]]


def test_several_pictures_get_the_hits_of_the_command_line(app, toy_catalogue, toy_models, tmp_path, capsys):
    red, green = photo(), photo((30, 140, 60))
    page = app().run()
    page.file_uploader[0].set_value([("a.jpg", red, "image/jpeg"), ("b.jpg", green, "image/jpeg")]).run()
    rows = [caption.value for caption in page.caption if re.fullmatch(r"\d+ · -?\d\.\d{3}", caption.value)]
    expected = []
    for data in (red, green):
        (tmp_path / "photo.jpg").write_bytes(data)
        assert main(["search", str(tmp_path / "photo.jpg"), "--top", str(batch.SHOWN), "--json"]) == 0
        hits = json.loads(capsys.readouterr().out)["hits"]
        expected += [f"{hit['rank']} · {hit['score']:.3f}" for hit in hits]
    assert rows == expected
