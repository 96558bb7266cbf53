"""A photo that is turned back, or as it is told, by every verb that takes one."""

import csv
import io
import json

import numpy as np
import pytest

from core import cli
from core.errors import ModelError
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.crop import crop_percent
from core.imaging.encode import encode_lossless
from core.models import prediction
from core.models.finder.garment import Garment
from core.retrieval.encoder import default_encoder
from core.retrieval.photograph.upright import stand_upright, turned
from core.retrieval.request import PictureQuery, SearchRequest
from core.retrieval.search import search
from tests.cli.conftest import SHIRT
from tests.turning import with_bright_corner


@pytest.fixture
def command(capsys):
    """Give a function that runs a command: exit status, standard output, standard error."""

    def run(*arguments):
        capsys.readouterr()
        status = cli.main([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def photos(tmp_path, toy_catalogue, toy_models, knows_upright):
    """Give the files of one photograph, by the degrees that it has to be turned by to stand upright."""
    picture = np.full((200, 150, 3), 120, np.uint8)
    picture[20:110, 30:70] = (200, 30, 40)
    picture[110:190, 60:140] = (20, 30, 90)
    paths = {}
    for turn in (0, 90, 180, 270):
        paths[turn] = tmp_path / f"{turn}.png"
        paths[turn].write_bytes(encode_lossless(turned(with_bright_corner(picture), (360 - turn) % 360)))
    return paths


def answer(command, *arguments):
    status, out, err = command(*arguments, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


def hits(found):
    return [(hit["product_id"], hit["score"]) for hit in found["hits"]]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_photo_on_its_side_finds_what_it_finds_upright(command, photos, turn):
    upright = answer(command, "search", photos[0])
    lying = answer(command, "search", photos[turn])
    assert (upright["turn"], lying["turn"]) == (0, turn)
    assert "turn" in lying["took_ms"]
    assert hits(lying) == hits(upright)
    as_it_lies = answer(command, "search", photos[turn], "--turn", 0)
    assert as_it_lies["turn"] == 0
    assert hits(as_it_lies) != hits(upright)
    assert hits(answer(command, "search", photos[turn], "--turn", turn)) == hits(upright)
    assert hits(answer(command, "search", photos[turn], "--turn", "auto")) == hits(upright)


def test_a_notebook_gets_the_hits_of_the_command_line(command, photos):
    image = stand_upright(PictureQuery.read(photos[90]).image, default_encoder()).image
    response = search(SearchRequest(PictureQuery(image)), open_catalogue("demo"))
    expected = [(hit.product_id, hit.score) for hit in response.hits]
    assert hits(answer(command, "search", photos[90])) == expected


def test_a_crop_is_of_the_turned_photo(command, photos):
    crop = (0, 0, 50, 60)
    image = crop_percent(PictureQuery.read(photos[0]).image, crop)
    response = search(SearchRequest(PictureQuery(image)), open_catalogue("demo"))
    found = answer(command, "search", photos[270], "--crop", *crop)
    assert hits(found) == [(hit.product_id, hit.score) for hit in response.hits]
    assert found["turn"] == 270


def test_garments_are_looked_for_in_the_turned_photo(command, photos, monkeypatch):
    shapes = []

    class Finder:
        def find(self, image):
            shapes.append(image.shape)
            return (Garment((0.0, 0.0, 0.5, 0.6), "Shirts", 0.9, np.ones((2, 2), bool)),)

    monkeypatch.setattr("core.models.load_finder", Finder)
    (found,) = answer(command, "garments", photos[90])
    assert (found["turn"], found["garments"][0]["label"]) == (90, "Shirts")
    assert answer(command, "search", photos[90])["garment"]["box"] == [0.0, 0.0, 0.5, 0.6]
    assert answer(command, "garments", photos[90], "--turn", 0)[0]["turn"] == 0
    assert [shape for shape in shapes if shape[0] > 1] == [(200, 150, 3), (200, 150, 3), (150, 200, 3)]


def test_each_of_several_pictures_is_turned_by_itself(command, photos):
    answers = answer(command, "classify", *photos.values())
    assert [each["turn"] for each in answers] == [0, 90, 180, 270]
    assert [each["turn"] for each in answer(command, "classify", *photos.values(), "--turn", 180)] == [
        180
    ] * 4


def test_a_classifier_sees_the_turned_picture(command, photos, monkeypatch):
    seen, real = [], prediction.classify_images

    def noted(images, classifier):
        seen.extend(images)
        return real(images, classifier)

    monkeypatch.setattr(prediction, "classify_images", noted)
    command("classify", photos[90], "--model", "vae")
    np.testing.assert_array_equal(seen[0], PictureQuery.read(photos[0]).image)


def test_people_are_told(command, photos, garments):
    garments.append(SHIRT)
    said = "turned by a quarter to the left (270 degrees clockwise)"
    assert command("search", photos[270])[1].splitlines()[1] == said
    assert said in command("classify", photos[270])[1]
    assert said in command("garments", photos[270])[1]
    assert not any("turned" in command(verb, photos[0])[1] for verb in ("search", "classify", "garments"))


def test_the_csv_says_it_with_the_query(command, photos):
    for turn, name in ((0, str(photos[0])), (180, f"{photos[180]}, turned by a half")):
        rows = csv.DictReader(io.StringIO(command("search", photos[turn], "--csv")[1]))
        assert {row["query"] for row in rows} == {name}


def test_a_picture_that_cannot_be_read_was_not_turned(command, photos):
    for verb in ("classify", "garments"):
        assert json.loads(command(verb, "nope.jpg", photos[90], "--json")[1])[0]["turn"] is None


@pytest.mark.parametrize("query", [("--product", "121"), ("--words", "red")])
def test_only_a_picture_is_turned(command, photos, query):
    assert answer(command, "search", *query)["turn"] is None
    status, _, err = command("search", *query, "--turn", 90)
    assert status == 1
    assert "`--turn` is for a picture" in err


@pytest.mark.parametrize("nonsense", ["45", "-90", "left", "360", ""])
def test_no_other_turn_can_be_asked_for(command, photos, capsys, nonsense):
    with pytest.raises(SystemExit) as stopped:
        command("search", photos[0], f"--turn={nonsense}")
    assert stopped.value.code == 2
    assert "expected auto, 0, 90, 180, 270 degrees clockwise" in capsys.readouterr().err


def test_a_model_that_does_not_know_turns_nothing(command, photos, monkeypatch):
    def ignorant(self, pictures):
        raise ModelError("vgg16 does not know which way up a picture is")

    monkeypatch.setattr("tests.conftest.ToyModel.upright", ignorant)
    assert answer(command, "search", photos[90])["turn"] == 0
