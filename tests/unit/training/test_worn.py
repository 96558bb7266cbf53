"""Worn garments: where they are cropped, what they are called, and what is too little to learn from."""

import numpy as np
import pytest
from PIL import Image

from core.catalogue.outlined import OUTLINED_LABELS, OutlinedPhotograph
from core.catalogue.split import outlined_split_of
from core.models.finder.garment import Garment
from core.training.data.sources import Vocabulary
from core.training.data.worn import (
    REGIONS,
    WORN_TYPES,
    named_garments,
    outlined_garments,
    read_worn,
    sole_names,
)

NAMES = {0: "null", 25: "jeans", 38: "shirt"}
VOCABULARY = Vocabulary(("Jeans", "Shirts", "Tops", "Tunics"), ("Blue",))
RED, BLUE, GREY = (200, 30, 30), (30, 30, 200), (120, 120, 120)

TRAIN = [f"{number:04}" for number in range(40) if outlined_split_of(f"{number:04}") == "train"]
VALIDATION = [f"{number:04}" for number in range(40) if outlined_split_of(f"{number:04}") == "validation"]


@pytest.fixture
def folder(tmp_path):
    """Two photographs of a red shirt over blue jeans, outlined; and one where a blouse is only named."""
    for name in ("photos", "masks"):
        (tmp_path / name).mkdir()
    rows = [(TRAIN[0], "outlined", "shirt;jeans"), (VALIDATION[0], "outlined", "shirt;jeans")]
    rows.append((TRAIN[1], "named", "blouse;bag"))
    for photo_id, how, _ in rows:
        image, mask = street()
        Image.fromarray(image).save(tmp_path / "photos" / f"{photo_id}.jpg", quality=95)
        if how == "outlined":
            Image.fromarray(mask).save(tmp_path / "masks" / f"{photo_id}.png")
    lines = [",".join(row) for row in rows]
    (tmp_path / "photos.csv").write_text("\n".join(["id,how,garments", *lines]), encoding="utf-8")
    names = [f"{value},{name}" for value, name in NAMES.items()]
    (tmp_path / "labels.csv").write_text("\n".join(["value,name", *names]), encoding="utf-8")
    return tmp_path


def street():
    """Draw a street, 160×120, and its mask: a red shirt above blue jeans."""
    image, mask = np.full((160, 120, 3), GREY, np.uint8), np.zeros((160, 120), np.uint8)
    image[20:80, 30:90], mask[20:80, 30:90] = RED, 38
    image[80:150, 40:80], mask[80:150, 40:80] = BLUE, 25
    return image, mask


def photograph(folder, photo_id):
    return OutlinedPhotograph(
        photo_id, folder / "photos" / f"{photo_id}.jpg", folder / "masks" / f"{photo_id}.png", ()
    )


def share_of(pixels, colour):
    return np.mean(np.abs(pixels.astype(int) - colour).max(axis=2) < 40)


def test_every_name_has_article_types_and_a_part_of_the_body():
    assert set(WORN_TYPES) == set(OUTLINED_LABELS) - {"bodysuit", "bra", "intimate"}
    assert set(OUTLINED_LABELS.values()) <= set(REGIONS)


def test_an_outlined_garment_is_cropped_to_its_box_loosely_askew_and_laid_on_white(folder):
    box, loose, askew, on_white = [
        garment.pixels
        for garment in outlined_garments(photograph(folder, TRAIN[0]), NAMES, several=True)
        if garment.name == "shirt"
    ]
    frame = share_of(box, (255, 255, 255))  # of the letterbox
    assert share_of(box, RED) == pytest.approx(1 - frame, abs=0.03)
    assert 0.3 < share_of(loose, RED) < 0.75  # and the street around it
    assert share_of(loose, GREY) > 0.1
    assert not np.array_equal(askew, box)
    assert share_of(on_white, GREY) == 0
    assert share_of(on_white, RED) > 0.6


def test_a_sliver_is_left_out(folder):
    _, mask = street()
    mask[mask == 38] = 0
    mask[20:24, 30:34] = 38  # a collar
    Image.fromarray(mask).save(folder / "masks" / f"{TRAIN[0]}.png")
    found = outlined_garments(photograph(folder, TRAIN[0]), NAMES, several=False)
    assert [garment.name for garment in found] == ["jeans"]


def test_a_named_garment_is_where_one_of_its_part_of_the_body_is_found(folder):
    def find(image):
        mask = np.ones((1, 1), bool)
        return (
            Garment((0.3, 0.5, 0.7, 0.9), "Jeans", 0.9, mask),  # nothing named is worn there
            Garment((0.25, 0.125, 0.75, 0.5), "Shirts", 0.8, mask),
            Garment((0.0, 0.0, 1.0, 1.0), "Tshirts", 0.3, mask),  # less likely, on the same part
        )

    named = OutlinedPhotograph(TRAIN[1], folder / "photos" / f"{TRAIN[1]}.jpg", None, ("blouse", "bag"))
    (garment,) = named_garments(named, find, several=False)
    assert garment.name == "blouse"
    assert share_of(garment.pixels, RED) > 0.6


def test_two_names_for_one_part_of_the_body_are_in_doubt():
    assert sole_names(("coat", "jacket", "dress", "watch")) == {"whole": "dress"}


def test_splits_are_kept_apart_and_labels_follow_the_names(folder):
    training, unreadable = read_worn(folder, "train", VOCABULARY, find=None, progress=lambda: None)
    assert unreadable == {}
    assert {name.split("/")[0] for name in training.ids} == {TRAIN[0]}  # the named one takes a finder
    assert set(training.group) == {"shirt", "jeans"}
    assert training.label.tolist() == [1] * 4 + [2] * 4 or training.label.tolist() == [2] * 4 + [1] * 4
    assert training.types[training.group == "jeans"].all(axis=0).tolist() == [True, False, False, False]
    assert (training.known == 1).all()
    validation, _ = read_worn(folder, "validation", VOCABULARY, find=None, progress=lambda: None)
    assert len(validation) == 2  # the box alone


def test_a_photograph_that_cannot_be_read_is_named(folder):
    (folder / "photos" / f"{TRAIN[0]}.jpg").write_bytes(b"no picture")
    _, unreadable = read_worn(folder, "train", VOCABULARY, find=None, progress=lambda: None)
    assert list(unreadable) == [TRAIN[0]]
