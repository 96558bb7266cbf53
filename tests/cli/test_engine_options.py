"""`--engine`, `--uri`, `--token` and `--part`: what is understood, and what is refused in a line."""

import json

import pytest

from core.storage import artifacts
from tests.cli.test_cli import command, failed  # noqa: F401
from tests.engines import free_port, needs_milvus


@pytest.mark.parametrize("part", ["3/2", "0/2", "1", "a/b", "1/0", "-1/2"])
def test_what_is_no_part_is_a_usage_error(command, kept, part):  # noqa: F811
    status, out, err = command("index", ".", "--name", "shop", f"--part={part}")
    assert (status, out) == (2, "")
    assert "expected I/N" in err


def test_the_local_engine_has_no_address(command, toy_catalogue):  # noqa: F811
    failed(
        command("search", "--product", "100", "--engine", "local", "--uri", "http://a:1"),
        "the local engine has no address",
    )


def test_an_address_that_is_none_is_refused(command, toy_catalogue):  # noqa: F811
    failed(command("search", "--product", "100", "--uri", "a:1"), "'a:1' is no address of Milvus")


@needs_milvus
def test_milvus_that_is_away_is_one_line(command, kept, tmp_path, toy_products):  # noqa: F811
    uri = f"http://127.0.0.1:{free_port()}"
    (tmp_path / "images").mkdir()
    toy_products.to_csv(tmp_path / "styles.csv", index=False)
    for product_id in toy_products["id"]:
        (tmp_path / "images" / f"{product_id}.jpg").touch()
    asked = [
        "index",
        tmp_path,
        "--name",
        "shop",
        "--extractor",
        "colour",
        "--uri",
        uri,
        "--token",
        "u:secret",
    ]
    for more in ([], ["--part", "1/2"]):
        result = command(*asked, *more)
        failed(result, uri, "cannot be reached")
        assert "secret" not in result[2]
    assert not artifacts.catalogue_dir("shop").exists()


@pytest.fixture
def engine(request) -> str:
    return getattr(request, "param", "local")


@needs_milvus
@pytest.mark.parametrize("engine", ["milvus"], indirect=True)
def test_either_engine_prints_the_same_hits(command, toy_catalogue):  # noqa: F811
    asked = ["search", "--product", "121", "--filter", "baseColour=Red", "--json"]
    answers = [json.loads(command(*asked, *more)[1]) for more in ([], ["--engine", "local"])]
    assert answers[0]["hits"] == answers[1]["hits"]
    assert len(answers[0]["hits"]) == 5
    assert answers[0]["counted_among"] is None
