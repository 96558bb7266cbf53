"""Street photographs with outlined garments, in folders that the tests make."""

import numpy as np
import pytest
from PIL import Image

from core.catalogue.outlined import (
    OUTLINED_LABELS,
    labelled_values,
    read_mask,
    read_mask_names,
    read_outlined,
    true_garments,
)
from core.catalogue.split import outlined_split_of
from core.errors import ImageError, TrainingError
from core.models.finder.labels import FINDER_LABELS

NAMES = {0: "null", 2: "bag", 19: "hair", 38: "shirt", 42: "skirt"}


@pytest.fixture
def street(tmp_path):
    """Give a folder of one outlined and one named photograph."""
    (tmp_path / "photos.csv").write_text(
        "id,how,garments\n0001,outlined,shirt;skirt\n1005,named,bag;jeans\n0007,named,\n", encoding="utf-8"
    )
    (tmp_path / "labels.csv").write_text("value,name\n0,null\n38,shirt\n42,skirt\n", encoding="utf-8")
    return tmp_path


def test_photographs_are_listed_as_the_table_has_them(street):
    first, second, third = read_outlined(street)
    assert (first.id, first.names) == ("0001", ("shirt", "skirt"))
    assert first.image_path == street / "photos" / "0001.jpg"
    assert first.mask_path == street / "masks" / "0001.png"
    assert (second.id, second.mask_path, second.names) == ("1005", None, ("bag", "jeans"))
    assert third.names == ()


def test_the_name_null_stays_text(street):
    assert read_mask_names(street) == {0: "null", 38: "shirt", 42: "skirt"}


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("photos.csv", None, "photos.csv cannot be read"),
        ("photos.csv", "id,how,garments\n", "photos.csv has no rows"),
        ("photos.csv", "id,garments\n1,shirt\n", "lacks the column how"),
        ("photos.csv", "id,how,garments\n1,drawn,shirt\n", "expected outlined or named"),
        ("labels.csv", "value,name\nx,shirt\n", "is no whole number"),
    ],
)
def test_another_layout_is_refused_with_the_file_s_name(street, file, text, said):
    (street / file).unlink()
    if text is not None:
        (street / file).write_text(text)
    with pytest.raises(TrainingError, match=said):
        read_outlined(street), read_mask_names(street)


def test_masks_give_their_values(tmp_path):
    mask = np.array([[0, 38], [42, 255]], np.uint8)
    Image.fromarray(mask).save(tmp_path / "a.png")
    assert read_mask(tmp_path / "a.png").tolist() == mask.tolist()
    Image.fromarray(np.dstack([mask, mask, 255 - mask])).save(tmp_path / "b.png")
    with pytest.raises(ImageError, match=r"b\.png is in colour"):
        read_mask(tmp_path / "b.png")


def test_every_outlined_name_is_a_garment_with_its_box():
    mask = np.zeros((40, 20), np.uint8)
    mask[4:20, 5:15] = 38
    mask[20:30, 5:15] = 42
    mask[0:4] = 19  # hair has no label
    mask[10:12, 0:2] = mask[30:40, 18:20] = 2  # two pieces of one bag
    assert true_garments(mask, NAMES) == [
        ("Bags", (0.0, 0.25, 1.0, 1.0)),
        ("Shirts", (0.25, 0.1, 0.75, 0.5)),
        ("Skirts", (0.25, 0.5, 0.75, 0.75)),
    ]
    assert labelled_values(mask, NAMES) == {2: "Bags", 38: "Shirts", 42: "Skirts"}


def test_what_is_smaller_than_a_thousandth_is_left_out():
    mask = np.zeros((50, 40), np.uint8)
    mask[0, 0] = 38
    assert true_garments(mask, NAMES) == []
    mask[0, 1] = 38
    assert true_garments(mask, NAMES) == [("Shirts", (0.0, 0.0, 0.05, 0.02))]


def test_every_label_is_one_of_the_finder_s():
    assert set(OUTLINED_LABELS.values()) == set(FINDER_LABELS) - {"Kurtas"}
    assert len(OUTLINED_LABELS) == 39
    assert OUTLINED_LABELS["t-shirt"] == "Tshirts"
    assert "socks" not in OUTLINED_LABELS


def test_street_photographs_are_split_by_their_id_alone():
    parts = [outlined_split_of(f"{number:04d}") for number in range(2000)]
    shares = {part: parts.count(part) / 2000 for part in ("train", "validation", "test")}
    assert shares == pytest.approx({"train": 0.75, "validation": 0.10, "test": 0.15}, abs=0.03)
