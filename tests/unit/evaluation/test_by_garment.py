"""Photographs, street photographs and screenshots measured with a finder that knows what to find."""

import json
from functools import partial

import numpy as np
import pytest
from PIL import Image

from core.errors import ArtifactError, ModelError, TrainingError
from core.evaluation import run
from core.evaluation.photographs import garment_searches
from core.evaluation.photographs.garment_searches import (
    FIRST,
    OFFERED,
    TRUE_BOX,
    WHOLE,
    LoadedEncoder,
    WantedGarment,
    garment_pictures,
)
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg
from core.labels import LABELS
from core.models.finder.garment import Garment
from core.retrieval.photograph.garment_part import GarmentChoice
from core.retrieval.photograph.upright import turned
from tests.conftest import COLOURS, ToyModel, garment
from tests.turning import with_bright_corner

MASK = np.ones((2, 2), bool)
FIGURES = {
    "n_queries",
    "p_at_10",
    "p_at_15",
    "macro_p_at_10",
    "grouped_p_at_10",
    "grouped_macro_p_at_10",
    "by_class",
}


LABEL_OF_COLOUR = {"Red": "Shirts", "Navy Blue": "Jeans"}


class ColourFinder:
    """Finds garments by their colour: red is a shirt, navy blue are jeans; the larger is the likelier."""

    weights_sha256 = "f" * 64

    def find(self, image):
        garments = []
        for colour, label in LABEL_OF_COLOUR.items():
            shown = np.abs(image.astype(int) - COLOURS[colour]).max(axis=2) < 40
            if shown.mean() > 0.01:
                down, across = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
                height, width = shown.shape
                box = (
                    across[0] / width,
                    down[0] / height,
                    (across[-1] + 1) / width,
                    (down[-1] + 1) / height,
                )
                garments.append(Garment(box, label, round(0.5 + shown.mean() / 2, 4), shown, certainty=0.9))
        return tuple(sorted(garments, key=lambda garment: -garment.probability))


class BlindFinder:
    """Finds nothing."""

    weights_sha256 = "0" * 64

    def find(self, image):
        return ()


def person(shirt=None, jeans=None, size=(200, 150)):
    """Draw somebody on a grey street: a shirt over a pair of jeans."""
    picture = np.full((*size, 3), 150, np.uint8)
    height, width = size
    if shirt:
        picture[height // 8 : height // 2, width // 3 : 2 * width // 3] = COLOURS[shirt]
    if jeans:
        picture[height // 2 : height - 4, width // 3 : width // 2] = COLOURS[jeans]
    return picture


def no_bar(title, total):
    return lambda n, loss=None: None


@pytest.fixture
def data(tmp_path, toy_products):
    """Give a folder of products, photographs, street photographs and pictures for screenshots."""
    (tmp_path / "data" / "images").mkdir(parents=True)
    toy_products.drop(columns=["price", "brandName"]).to_csv(tmp_path / "data" / "styles.csv", index=False)
    for row in toy_products.itertuples():
        picture = garment(COLOURS[row.baseColour], 10 + 3 * LABELS.index(row.articleType))
        (tmp_path / "data" / "images" / f"{row.id}.jpg").write_bytes(encode_jpeg(picture))
    for kind, pictures in {
        "shirt": [person("Red", "Navy Blue"), person(None, "Navy Blue")],
        "jeans": [person("Red", "Navy Blue")],
        "other": [person()],
    }.items():
        (tmp_path / "photos" / kind).mkdir(parents=True)
        for number, picture in enumerate(pictures):
            (tmp_path / "photos" / kind / f"{number}.jpg").write_bytes(encode_jpeg(picture, 95))
    street = tmp_path / "street"
    (street / "photos").mkdir(parents=True)
    (street / "masks").mkdir()
    (street / "labels.csv").write_text("value,name\n0,null\n25,jeans\n38,shirt\n45,stockings\n")
    # Number 2 is of the test split, 1 of the training split.
    (street / "photos.csv").write_text(
        "id,how,garments\n0001,outlined,jeans;shirt\n0002,outlined,jeans;shirt;stockings\n"
        "0008,named,shirt;bag\n0011,named,dress\n"
    )
    worn = person("Red", "Navy Blue")
    mask = np.zeros(worn.shape[:2], np.uint8)
    mask[25:100, 50:100], mask[100:196, 50:75], mask[:20, :20] = 38, 25, 45
    for name in ("0001", "0002", "0008", "0011"):
        (street / "photos" / f"{name}.jpg").write_bytes(encode_jpeg(worn, 95))
    for name in ("0001", "0002"):
        Image.fromarray(mask).save(street / "masks" / f"{name}.png")
    (tmp_path / "sample" / "images").mkdir(parents=True)
    for name, colour in {"110": "Red", "121": "Navy Blue", "99999": "Green"}.items():
        picture = np.full((400, 300, 3), 255, np.uint8)
        picture[50:350, 60:240] = COLOURS[colour]
        (tmp_path / "sample" / "images" / f"{name}.jpg").write_bytes(encode_jpeg(picture, 95))
    return tmp_path


@pytest.fixture
def evaluate(toy_catalogue, data, monkeypatch):
    def load(name):
        model = ToyModel(name)
        model.weights_sha256 = "abc"
        return model

    monkeypatch.setattr(run, "available_models", lambda: ("vgg16",))
    monkeypatch.setattr(run, "load_model", load)
    monkeypatch.setattr(run, "load_finder", ColourFinder)

    def measure(**changed):
        options = {"split": "all", "catalogue": "demo", "bar": no_bar} | changed
        result = run.evaluate(data / "data", **options)
        json.dumps(result, allow_nan=False)
        return result

    return measure


@pytest.fixture
def no_finder(evaluate, monkeypatch):
    def load():
        raise ArtifactError("there is no model 'finder'; train it")

    monkeypatch.setattr(run, "load_finder", load)


# The pictures searched with --------------------------------------------------------------------------


def test_each_way_has_its_picture():
    image = person("Red", "Navy Blue")
    garments = ColourFinder().find(image)
    assert [found.label for found in garments] == ["Shirts", "Jeans"]
    wanted = WantedGarment("Jeans", "jeans", true_box=(1 / 3, 0.5, 0.5, 0.98))
    pictures = garment_pictures(image, wanted, GarmentChoice(garments, 1))
    assert list(pictures) == [WHOLE, FIRST, OFFERED, TRUE_BOX]
    assert pictures[WHOLE] is image
    assert pictures[FIRST].mean(axis=(0, 1)).argmax() == 0, "the shirt is red"
    assert pictures[OFFERED].mean(axis=(0, 1)).argmax() == 2, "the jeans are blue"
    assert np.abs(np.array(pictures[OFFERED].shape) - pictures[TRUE_BOX].shape).max() <= 2


def test_what_is_not_offered_or_not_known_has_none():
    image = person("Red")
    pictures = garment_pictures(
        image, WantedGarment("Skirts", "skirt"), GarmentChoice(ColourFinder().find(image), 0)
    )
    assert list(pictures) == [WHOLE, FIRST, OFFERED]
    assert pictures[OFFERED] is None
    assert pictures[FIRST] is image


# Photographs that are turned -------------------------------------------------------------------------


def rewrite(folder, change):
    for path in folder.rglob("*.*"):
        if path.suffix in (".jpg", ".png"):
            Image.fromarray(change(read_image(path))).save(path, quality=95, subsampling=0)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_photographs_that_lie_on_their_side_are_measured_as_a_page_turns_them(
    evaluate, data, knows_upright, turn
):
    rewrite(data / "photos", with_bright_corner)
    upright = evaluate(photos=data / "photos")
    rewrite(data / "photos", lambda picture: turned(picture, turn))
    lying = evaluate(photos=data / "photos")
    assert lying["photo_retrieval"] == upright["photo_retrieval"]
    assert lying["photos"]["vgg16"]["by_class"] == upright["photos"]["vgg16"]["by_class"]


def test_an_outline_is_turned_with_its_photograph(evaluate, data, knows_upright):
    rewrite(data / "street" / "photos", with_bright_corner)
    upright = evaluate(outlined=data / "street")
    for folder in ("photos", "masks"):
        rewrite(data / "street" / folder, lambda picture: turned(picture, 90))
    for path in (data / "street" / "masks").iterdir():
        Image.open(path).convert("L").save(path)
    lying = evaluate(outlined=data / "street")
    assert lying["garments"]["recall"] == upright["garments"]["recall"] == 1.0
    assert lying["worn"]["vgg16"] == upright["worn"]["vgg16"]


def test_a_screenshot_is_turned_as_a_photo_is(evaluate, data, knows_upright, monkeypatch):
    class Finder(BlindFinder):
        def find(self, image):
            return (Garment((0.5, 0.5, 1.0, 1.0), "Shirts", 0.9, MASK),)

    def page(product_id, picture, others, *, title, turn):
        drawn = with_bright_corner(in_a_corner(product_id, picture, others, title=title))
        drawn[-4:, -4:] = 0
        return turned(drawn, turn)

    monkeypatch.setattr(run, "load_finder", Finder)
    shown = []
    for turn in (0, 180):
        monkeypatch.setattr(
            "core.evaluation.photographs.screenshots.draw_shop_page", partial(page, turn=turn)
        )
        shown.append(evaluate(screenshots=data / "sample")["screenshots"])
    assert shown[0] == shown[1]
    assert shown[0]["first_at_3"] > 0


def test_products_are_measured_as_they_are(evaluate, data, knows_upright):
    before = evaluate()
    for path in (data / "data" / "images").iterdir():
        picture = np.zeros((80, 60, 3), np.uint8)
        Image.fromarray(turned(with_bright_corner(picture), 90)).save(path)
    assert evaluate()["retrieval"] != before["retrieval"]
    lying = evaluate()["retrieval"]
    for path in (data / "data" / "images").iterdir():
        Image.fromarray(with_bright_corner(np.zeros((80, 60, 3), np.uint8))).save(path)
    assert evaluate()["retrieval"] != lying, "a product on its side would be turned back"


# evaluate --photos -----------------------------------------------------------------------------------


def test_photographs_are_searched_with_by_their_garments_too(evaluate, data):
    result = evaluate(photos=data / "photos")
    measured = result["photo_retrieval"]["vgg16"]
    first, offered = measured.pop("first_garment"), measured.pop("offered_garment")
    assert set(measured) == set(first) == set(offered) == FIGURES
    assert measured["n_queries"] == first["n_queries"] == offered["n_queries"] == 3
    assert result["measured_on"]["weights"] == {"vgg16": "abc", "finder": "f" * 64}
    assert result["photos"]["vgg16"]["by_class"]["other"]["recall"] is None


def test_a_garment_that_is_not_offered_counts_0(evaluate, data):
    (data / "photos" / "jeans" / "0.jpg").unlink()
    (data / "photos" / "shirt" / "0.jpg").unlink()
    offered = evaluate(photos=data / "photos")["photo_retrieval"]["vgg16"]["offered_garment"]
    assert offered == {
        "n_queries": 1,
        "p_at_10": 0.0,
        "p_at_15": 0.0,
        "macro_p_at_10": 0.0,
        "grouped_p_at_10": 0.0,
        "grouped_macro_p_at_10": 0.0,
        "by_class": {"shirt": {"n": 1, "p_at_10": 0.0}},
    }


def test_the_offered_garment_is_searched_as_by_hand(evaluate, data, toy_catalogue, monkeypatch):
    searched = []
    real = garment_searches.search

    def keep(request, gallery):
        searched.append((request, real(request, gallery)))
        return searched[-1][1]

    for kind in ("shirt", "other"):
        for path in (data / "photos" / kind).iterdir():
            path.unlink()
    monkeypatch.setattr(garment_searches, "search", keep)
    result = evaluate(photos=data / "photos")["photo_retrieval"]["vgg16"]
    image = garment_searches.read_image(data / "photos" / "jeans" / "0.jpg")
    choice = GarmentChoice(ColourFinder().find(image), 2)
    (vector,) = ToyModel().extract([garment_searches.garment_query(image, choice).image])
    by_hand = [answer for request, answer in searched if np.allclose(request.query.vectors["vgg16"], vector)]
    types = open_catalogue("demo").types_of(hit.product_id for hit in by_hand[0].hits)
    assert result["offered_garment"]["p_at_10"] == types[:10].count("Jeans") / 10


def test_the_plain_figures_stay_what_they_were(evaluate, data, monkeypatch):
    plain = evaluate(photos=data / "photos")["photo_retrieval"]["vgg16"]
    monkeypatch.setattr(run, "load_finder", BlindFinder)
    without = evaluate(photos=data / "photos")["photo_retrieval"]["vgg16"]
    assert {key: plain[key] for key in FIGURES} == {key: without[key] for key in FIGURES}
    # Without a garment the page searches with the whole picture.
    assert without["first_garment"] == {key: without[key] for key in FIGURES}
    assert without["offered_garment"]["p_at_10"] == 0


def test_without_the_finder_the_figures_are_none_and_it_is_said_once(evaluate, data, no_finder, caplog):
    measured = evaluate(photos=data / "photos")["photo_retrieval"]["vgg16"]
    assert measured["first_garment"] is measured["offered_garment"] is None
    assert measured["n_queries"] == 3
    assert [line for line in caplog.messages if "no model 'finder'" in line] == [
        "Photographs are searched with as a whole alone: there is no model 'finder'; train it"
    ]


# evaluate --outlined ---------------------------------------------------------------------------------


def test_the_finder_is_measured_on_the_outlined(evaluate, data):
    result = evaluate(outlined=data / "street", catalogue=None)
    garments = result["garments"]
    assert (garments["n"], garments["n_photographs"], garments["n_found"]) == (4, 2, 4)
    assert garments["recall"] == garments["precision"] == garments["recall_with_label"] == 1.0
    assert garments["box_iou"] > 0.9
    assert garments["mask_iou"] > 0.9
    assert list(garments["by_label"]) == ["Shirts", "Jeans"]
    assert result["worn"] == {}
    assert result["measured_on"]["outlined"] == "street"
    assert result["measured_on"]["n_outlined"] == 4


def test_worn_garments_of_the_classes_are_searched_with_in_every_way(evaluate, data):
    worn = evaluate(outlined=data / "street")["worn"]["vgg16"]
    assert list(worn) == ["whole", "first_garment", "offered_garment", "true_box"]
    assert all(set(figures) == FIGURES for figures in worn.values())
    # Two garments of each outlined photograph, and the shirt that one is said to show.
    assert [figures["n_queries"] for figures in worn.values()] == [5, 5, 5, 4]
    assert {kind: of["n"] for kind, of in worn["whole"]["by_class"].items()} == {"jeans": 2, "shirt": 3}


def test_the_split_decides_which_are_measured(evaluate, data):
    result = evaluate(outlined=data / "street", split="test", catalogue=None)
    assert result["garments"]["n_photographs"] == 1
    assert result["measured_on"]["outlined_split"].startswith("test: sha256(id)")
    (data / "street" / "photos.csv").write_text("id,how,garments\n0001,outlined,jeans\n")
    with pytest.raises(TrainingError, match="street has no photograph in the test split"):
        evaluate(outlined=data / "street", split="test", catalogue=None)


def test_a_street_photograph_that_cannot_be_read_is_named_and_left_out(evaluate, data):
    (data / "street" / "photos" / "0008.jpg").write_bytes(b"no picture")
    (data / "street" / "masks" / "0001.png").unlink()
    result = evaluate(outlined=data / "street")
    assert result["unreadable"]["outlined"] == {"n": 2, "names": ["0001", "0008"]}
    assert result["garments"]["n_photographs"] == 1
    assert result["worn"]["vgg16"]["whole"]["n_queries"] == 2
    for path in (data / "street" / "photos").iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(TrainingError, match="Not one of 4 street photographs can be read; 0001"):
        evaluate(outlined=data / "street")


@pytest.mark.parametrize("option", [{"outlined": "street"}, {"screenshots": "sample"}])
def test_what_measures_the_finder_needs_one(evaluate, data, no_finder, option):
    with pytest.raises(ArtifactError, match="no model 'finder'"):
        evaluate(**{name: data / folder for name, folder in option.items()})


# evaluate --screenshots ------------------------------------------------------------------------------


def test_screenshots_are_searched_with_as_the_page_does(evaluate, data):
    result = evaluate(screenshots=data / "sample")
    shown = result["screenshots"]
    assert set(shown) == {"n", "first_at_1", "first_at_3", "whole_at_3", "offered_at_3", "picture_at_3"}
    assert shown["n"] == 2, "the third is of no product of the catalogue"
    assert shown["first_at_1"] <= shown["first_at_3"] <= shown["n"]
    assert all(isinstance(value, int) for value in shown.values())
    assert result["measured_on"]["screenshots"] == "sample"
    assert result["unreadable"]["screenshots"] == {"n": 0, "names": []}


def in_a_corner(product_id, picture, others, *, title):
    """Draw a page: the product in the lower right quarter of a dark and busy ground."""
    shape = (2 * picture.shape[0], 2 * picture.shape[1], 3)
    page = np.random.default_rng(5).integers(0, 120, shape, np.uint8)
    page[picture.shape[0] :, picture.shape[1] :] = picture
    return page


@pytest.mark.parametrize(
    ("boxes", "first", "offered"),
    [
        ([], 0, 0),
        ([(0.54, 0.54, 0.96, 0.96), (0.0, 0.0, 0.4, 0.4)], 2, 2),
        ([(0.0, 0.0, 0.4, 0.4), (0.54, 0.54, 0.96, 0.96)], 0, 2),
        ([(0.0, 0.0, 0.4, 0.4)], 0, 0),
    ],
)
def test_the_likeliest_is_the_first_and_every_garment_found_is_offered(
    evaluate, data, monkeypatch, boxes, first, offered
):
    class Finder(BlindFinder):
        def find(self, image):
            return tuple(Garment(box, "Shirts", 0.9, MASK) for box in boxes)

    monkeypatch.setattr(run, "load_finder", Finder)
    monkeypatch.setattr("core.evaluation.photographs.screenshots.draw_shop_page", in_a_corner)
    shown = evaluate(screenshots=data / "sample")["screenshots"]
    assert (shown["first_at_3"], shown["offered_at_3"]) == (first, offered)
    assert (shown["whole_at_3"], shown["picture_at_3"]) == (0, 2)


def test_screenshots_that_cannot_be_searched_are_refused_at_once(evaluate, data, tmp_path):
    with pytest.raises(TrainingError, match="give `--catalogue NAME`"):
        evaluate(screenshots=data / "sample", catalogue=None)
    with pytest.raises(TrainingError, match=r"holds no picture of a product of demo; expected street/images"):
        evaluate(screenshots=data / "street")
    for path in (data / "sample" / "images").iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(TrainingError, match="Not one picture of a product can be read; 110"):
        evaluate(screenshots=data / "sample")


def test_an_encoder_of_loaded_models_asks_them():
    encoder = LoadedEncoder({"vgg16": ToyModel()}, None)
    image = person("Red")
    assert (encoder.embed("vgg16", image, "") == ToyModel().extract([image])[0]).all()
    assert encoder.classify("vgg16", image, "").label == "Shirts"
    assert encoder.upright(image, "") == 1
    with pytest.raises(ModelError, match="vgg16 is not at hand"):
        LoadedEncoder({"rgb": ToyModel("rgb")}, None).upright(image, "")
