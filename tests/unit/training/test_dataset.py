"""What is trained on: split, unreadable pictures, what a shop must have, fingerprint."""

import logging
import shutil
from collections import Counter

import numpy as np
import pytest

from core.catalogue.kaggle import read_catalogue
from core.catalogue.split import photo_split_of, split_of
from core.errors import TrainingError
from core.imaging.encode import encode_jpeg
from core.labels import LABELS
from core.training.data.dataset import read_training_data
from tests.unit.training.conftest import no_bar


def test_split_is_fixed_and_has_its_shares():
    assert [split_of(str(number)) for number in (15970, 39386, 59263, 21379, 53759)] == [
        "train", "train", "train", "train", "train",
    ]  # fmt: skip
    shares = Counter(split_of(str(number)) for number in range(20_000))
    assert shares["train"] / 20_000 == pytest.approx(0.85, abs=0.01)
    assert shares["validation"] / 20_000 == pytest.approx(0.05, abs=0.01)
    assert {photo_split_of(str(number)) for number in range(200)} == {"train", "validation"}


@pytest.fixture
def own_shop(shop, tmp_path):
    """Give a copy of the drawn shop that may be changed."""
    return shutil.copytree(shop, tmp_path / "own")


@pytest.fixture
def photos(tmp_path):
    """Give 40 photographs, four of five without a class."""
    for number in range(40):
        path = tmp_path / "photos" / ("jeans" if number % 5 == 0 else "shoes") / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_jpeg(np.full((40, 30, 3), 5 * number, np.uint8)))
    return tmp_path / "photos"


def read(folder, photos=None, renders=0):
    return read_training_data(read_catalogue(folder), photos, renders, bar=no_bar)


def ids_of(folder, part):
    return [product_id for product_id in read_catalogue(folder).ids if split_of(product_id) == part]


def relabel(folder, ids, label):
    """Give products another article type."""
    lines = (folder / "styles.csv").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.split(",")[0] in ids:
            for old in LABELS:
                line = line.replace(f",{old},", f",{label},")
            lines[number] = line
    (folder / "styles.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_an_unreadable_picture_is_named_counted_and_left_out(own_shop, photos, caplog):
    whole = read(own_shop, photos)
    broken = ids_of(own_shop, "train")[:12]
    for product_id in broken:
        (own_shop / "images" / f"{product_id}.jpg").write_bytes(b"no picture")
    photograph = next(path for path in photos.glob("*/*.jpg") if photo_split_of(path.stem) == "train")
    photograph.write_bytes(photograph.read_bytes()[:60])
    with caplog.at_level(logging.WARNING):
        data = read(own_shop, photos)
    assert data.counts()["products"] == whole.counts()["products"] - 12
    assert data.counts()["photographs"] == whole.counts()["photographs"] - 1
    used = {product_id for source, _ in data.training for product_id in source.ids}
    assert not used & set(broken)
    for source, _ in data.training:
        assert {len(getattr(source, name)) for name in ("label", "known", "types", "colour", "group")} == {
            len(source)
        }
    lines = [record.message for record in caplog.records]
    assert sum(line.startswith("product ") and "cannot be read" in line for line in lines) == 10
    assert any(line.startswith("left out for the same reason, 2 more") for line in lines)
    assert "left out in all, 12 pictures that cannot be read" in lines
    assert any(f"photograph {photograph.parent.name}/{photograph.name}" in line for line in lines)


def test_readable_rows_keep_their_own_labels(own_shop):
    """Every drawn product differs, so a row that moved would show another picture."""
    whole = read(own_shop).gallery
    (own_shop / "images" / f"{whole.ids[0]}.jpg").write_bytes(b"no picture")
    rest = read(own_shop).gallery
    np.testing.assert_array_equal(rest.ids, whole.ids[1:])
    np.testing.assert_array_equal(rest.pixels, whole.pixels[1:])
    np.testing.assert_array_equal(rest.label, whole.label[1:])


def test_a_shop_without_any_readable_picture_is_refused(own_shop):
    for path in (own_shop / "images").iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(TrainingError, match=r"Not one of the \d+ pictures in .* can be read"):
        read(own_shop)


def test_photographs_of_which_none_can_be_read_are_refused(own_shop, photos):
    for path in photos.glob("*/*.jpg"):
        path.write_bytes(b"no picture")
    with pytest.raises(
        TrainingError, match=r"no readable photograph in the training split: .*leave out --photos"
    ):
        read(own_shop, photos)


@pytest.mark.parametrize(("part", "verb"), [("train", "train on"), ("validation", "validate on")])
def test_a_split_without_the_classes_is_refused_before_anything_is_read(own_shop, part, verb):
    relabel(own_shop, ids_of(own_shop, part), "Watches")
    bars = []
    with pytest.raises(TrainingError, match=f"no product of the five classes to {verb}.*{part} split"):
        read_training_data(
            read_catalogue(own_shop),
            None,
            0,
            bar=lambda title, total: bars.append(title) or no_bar(title, total),
        )
    assert not bars


def test_a_validation_split_whose_classes_cannot_be_read_is_refused(own_shop):
    for product_id in ids_of(own_shop, "validation"):
        (own_shop / "images" / f"{product_id}.jpg").write_bytes(b"no picture")
    with pytest.raises(TrainingError, match="to validate on"):
        read(own_shop)


def test_photographs_without_a_labelled_one_to_validate_on_leave_it_to_products(own_shop, photos, caplog):
    for path in photos.glob("jeans/*.jpg"):
        if photo_split_of(path.stem) == "validation":
            path.unlink()
    with caplog.at_level(logging.INFO):
        data = read(own_shop, photos)
    assert [source.kind for source in data.validation] == ["products"]
    assert "products alone validate" in caplog.text


def test_the_fingerprint_follows_pictures_labels_and_sources(own_shop, photos):
    before = read(own_shop).fingerprint
    assert read(own_shop).fingerprint == before
    prints = {before, read(own_shop, photos).fingerprint, read(own_shop, renders=5).fingerprint}
    first, second = ids_of(own_shop, "train")[:2]
    picture = own_shop / "images" / f"{first}.jpg"
    kept = picture.read_bytes()
    picture.write_bytes(encode_jpeg(np.full((80, 60, 3), 90, np.uint8)))
    prints.add(read(own_shop).fingerprint)
    picture.write_bytes(kept)
    assert read(own_shop).fingerprint == before
    relabel(own_shop, [second], "Kurtas" if "Jeans" in str(read_catalogue(own_shop).products) else "Jeans")
    prints.add(read(own_shop).fingerprint)
    assert len(prints) == 5
