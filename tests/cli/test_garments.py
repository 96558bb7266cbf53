"""The verb `garments`, and the garment that `search` searches with."""

import json

import numpy as np
import pytest

from core import cli
from core.cli.text import evaluate_text
from core.errors import ArtifactError
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.encode import encode_jpeg
from core.retrieval.encoder import default_encoder
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_part import garment_query
from core.retrieval.request import PictureQuery, SearchRequest
from core.retrieval.search import search
from core.storage import artifacts
from tests.cli.conftest import JEANS, SHIRT
from tests.reporting import report


@pytest.fixture
def command(capsys):
    """Give a function that runs a command: exit status, standard output, standard error."""

    def run(*arguments):
        capsys.readouterr()
        status = cli.main([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def photo(tmp_path, toy_catalogue, toy_models):
    """Give a photograph of a red shirt over blue jeans."""
    picture = np.full((200, 150, 3), 255, np.uint8)
    picture[20:110, 38:117] = (200, 30, 40)
    picture[100:200, 30:120] = (20, 30, 90)
    (tmp_path / "street.jpg").write_bytes(encode_jpeg(picture))
    return tmp_path / "street.jpg"


@pytest.fixture
def no_finder(monkeypatch):
    def load():
        raise ArtifactError("there is no model 'finder'; train it")

    monkeypatch.setattr("core.models.load_finder", load)


def hits(document):
    return [(hit["product_id"], hit["score"]) for hit in document["hits"]]


# garments --------------------------------------------------------------------------------------------


def test_every_garment_is_printed_likeliest_first(command, photo, garments):
    garments += [SHIRT, JEANS]
    status, out, err = command("garments", photo, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out) == [
        {
            "image": str(photo),
            "garments": [
                {"box": [0.25, 0.1, 0.75, 0.5512], "label": "Shirts", "probability": 0.93},
                {"box": [0.2, 0.5, 0.8, 1.0], "label": "Jeans", "probability": 0.71},
            ],
            "error": None,
            "turn": 0,
        }
    ]


def test_a_picture_that_cannot_be_read_costs_only_itself(command, photo, garments):
    garments += [SHIRT]
    status, out, _ = command("garments", "nope.jpg", photo, "--json")
    assert status == 0
    first, second = json.loads(out)
    assert (first["image"], first["garments"]) == ("nope.jpg", None)
    assert "nope.jpg is not there" in first["error"]
    assert (len(second["garments"]), second["error"]) == (1, None)


def test_garments_fails_only_where_nothing_could_be_answered(command, photo):
    status, out, err = command("garments", "nope.jpg", "nada.jpg", "--json")
    assert status == 1
    assert [answer["garments"] for answer in json.loads(out)] == [None, None]
    assert err == "error: none of 2 pictures can be read\n"
    status, out, _ = command("garments", photo, "--json")
    assert (status, json.loads(out)[0]["garments"]) == (0, [])


def test_garments_for_people(command, photo, garments):
    garments += [SHIRT, JEANS]
    lines = command("garments", photo, "nope.jpg")[1].splitlines()
    assert lines[0].split()[:4] == ["image", "garment", "label", "probability"]
    assert lines[1].split()[1:] == ["1", "Shirts", "93.0", "%", "25", "10", "75", "55", "%"]
    assert lines[2].split()[1:3] == ["2", "Jeans"]
    assert "nope.jpg is not there" in lines[3]
    garments.clear()
    assert "no garment found" in command("garments", photo)[1]


def test_a_finder_that_is_not_trained_is_named(command, photo, no_finder):
    status, out, err = command("garments", photo, "--json")
    assert (status, out) == (1, "")
    assert err == "error: there is no model 'finder'; train it\n"


def test_pictures_are_read_as_search_reads_them(command, tmp_path, monkeypatch):
    sizes = []

    class Finder:
        def find(self, image):
            sizes.append(image.shape)
            return ()

    monkeypatch.setattr("core.models.load_finder", Finder)
    (tmp_path / "large.jpg").write_bytes(encode_jpeg(np.zeros((1440, 900, 3), np.uint8)))
    command("garments", tmp_path / "large.jpg")
    assert sizes == [PictureQuery.read(tmp_path / "large.jpg").image.shape] == [(720, 450, 3)]


# search ----------------------------------------------------------------------------------------------


def test_the_search_starts_with_the_likeliest_and_names_it(command, photo, garments):
    garments += [SHIRT, JEANS]
    found = json.loads(command("search", photo, "--json")[1])
    assert found["garment"] == {
        "number": 1,
        "label": "Shirts",
        "probability": 0.93,
        "box": [0.25, 0.1, 0.75, 0.5512],
        "of": 2,
    }
    assert {"decode", "find", "extract", "search"} <= set(found["took_ms"])
    assert hits(found) != hits(json.loads(command("search", photo, "--garment", 0, "--json")[1]))


@pytest.mark.parametrize("number", [None, 1, 2])
def test_a_notebook_gets_the_hits_of_the_command_line(command, photo, garments, number):
    garments += [SHIRT, JEANS]
    options = [] if number is None else ["--garment", number]
    printed = json.loads(command("search", photo, *options, "--json")[1])
    image = PictureQuery.read(photo).image
    query = garment_query(image, choose_garment(image, default_encoder(), number=number))
    response = search(SearchRequest(query), open_catalogue("demo"))
    assert hits(printed) == [(hit.product_id, hit.score) for hit in response.hits]
    assert printed["garment"]["number"] == (number or 1)
    assert printed["garment"]["label"] == query.garment.label


def test_the_whole_picture_is_searched_with_0_or_where_none_was_found(command, photo, garments):
    response = search(SearchRequest(PictureQuery.read(photo)), open_catalogue("demo"))
    whole = [(hit.product_id, hit.score) for hit in response.hits]
    for options in ((), ("--garment", 0), ("--garment", 3)):
        found = json.loads(command("search", photo, *options, "--json")[1])
        assert found["garment"] is None
        assert hits(found) == whole
    garments += [SHIRT, JEANS]
    found = json.loads(command("search", photo, "--garment", 0, "--json")[1])
    assert found["garment"] is None
    assert hits(found) == whole


def test_more_than_were_found_is_refused(command, photo, garments):
    garments += [SHIRT, JEANS]
    status, out, err = command("search", photo, "--garment", 3)
    assert (status, out) == (1, "")
    assert "Garment 3 was asked for, and 2 were found; give 1 to 2, or 0" in err


def test_the_garment_is_said_in_one_line(command, photo, garments):
    garments += [SHIRT, JEANS]
    lines = command("search", photo, "--garment", 2)[1].splitlines()
    assert lines[1] == "searched with garment 2 of 2: Jeans, 71.0 %, 20 50 80 100 %"
    assert lines[2].startswith("vgg19: ")


@pytest.mark.parametrize("arguments", [("--product", "121"), ("{photo}", "--crop", "10", "10", "90", "90")])
@pytest.mark.parametrize("number", ["0", "1"])
def test_a_garment_goes_with_no_product_and_no_crop(command, photo, arguments, number):
    given = [argument.format(photo=photo) for argument in arguments]
    status, _, err = command("search", *given, "--garment", number)
    assert status == 1
    assert "`--garment` is for a whole picture" in err


def test_a_crop_is_searched_without_asking_the_finder(command, photo, garments, monkeypatch):
    def load():
        raise AssertionError("the finder was asked")

    garments += [SHIRT, JEANS]
    monkeypatch.setattr("core.models.load_finder", load)
    status, out, _ = command("search", photo, "--crop", 10, 10, 90, 90, "--json")
    found = json.loads(out)
    assert (status, found["garment"]) == (0, None)
    assert "find" not in found["took_ms"]


def test_without_the_finder_the_whole_picture_is_searched_and_it_is_said(command, photo, no_finder):
    status, out, err = command("search", photo, "--json")
    assert status == 0
    assert json.loads(out)["garment"] is None
    assert err == "The whole picture is searched: there is no model 'finder'; train it\n"
    assert command("search", photo, "--garment", 0)[2] == ""
    status, out, err = command("search", photo, "--garment", 1)
    assert (status, out) == (1, "")
    assert err == "error: there is no model 'finder'; train it\n"


def test_the_finder_answers_once_before_it_is_timed(command, photo, monkeypatch):
    shapes = []

    class Finder:
        def find(self, image):
            shapes.append(image.shape)
            return ()

    monkeypatch.setattr("core.models.load_finder", Finder)
    command("search", photo)
    assert shapes == [(1, 1, 3), (200, 150, 3)]


# evaluate --------------------------------------------------------------------------------------------


def test_evaluate_shows_the_finder_s_figures_to_people():
    lines = [line.split() for line in evaluate_text(report()).splitlines()]
    assert ["vgg16:", "photographs,", "first_garment", "20", "0.600"] in [line[:5] for line in lines]
    assert ["vgg16:", "worn,", "offered_garment", "20", "0.360"] in [line[:5] for line in lines]
    assert ["every", "label", "40", "38", "0.850", "0.800", "0.700", "0.650"] in lines
    assert ["Hats", "2", "38", "0.500", "–", "0.700", "0.650"] in lines
    assert ["right", "product", "33", "25", "29", "5", "31", "33"] in lines


def test_evaluate_without_the_finder_shows_the_rest():
    whole = report()["photo_retrieval"]["vgg16"] | {"first_garment": None, "offered_garment": None}
    text = evaluate_text(report(photo_retrieval={"vgg16": whole}, garments=None, worn=None, screenshots=None))
    assert "photo retrieval" in text
    assert "searched with" not in text
    assert "screenshots" not in text


# verify ----------------------------------------------------------------------------------------------


def test_verify_looks_at_the_finder_too(command, kept):
    with artifacts.write_folder(artifacts.model_dir("finder")) as work:
        (work / "model.weights.h5").write_bytes(b"weights")
    assert command("verify", "finder")[1] == "models/finder: ok, 1 files\n"
    (artifacts.model_dir("finder") / "model.weights.h5").write_bytes(b"weighty")
    status, _, err = command("verify")
    assert status == 1
    assert "models/finder is not as it was kept: model.weights.h5: changed" in err
