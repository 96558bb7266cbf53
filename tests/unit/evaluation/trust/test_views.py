"""Pictures whose garment is known: what is searched with, and what is said to be right."""

import numpy as np
import pytest
from PIL import Image

from core.catalogue.outlined import read_outlined
from core.evaluation.trust.views import empty_views, laid_views, worn_views
from core.imaging.encode import encode_jpeg
from core.models.finder.garment import Garment

RED = (200, 20, 30)


class RedFinder:
    """Finds what is red, and calls it a shirt."""

    def find(self, image, key):
        shown = np.abs(image.astype(int) - RED).max(axis=2) < 60
        if shown.mean() < 0.01:
            return ()
        down, across = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
        height, width = shown.shape
        box = (across[0] / width, down[0] / height, (across[-1] + 1) / width, (down[-1] + 1) / height)
        return (Garment(box, "Shirts", 0.9, shown),)

    def upright(self, image, key):
        """Call upright what is higher than wide."""
        return 0.95 if image.shape[0] > image.shape[1] else 0.1


def person() -> np.ndarray:
    picture = np.full((432, 300, 3), 150, np.uint8)
    picture[100:250, 100:200] = RED
    return picture


@pytest.fixture
def photographs(tmp_path):
    found = []
    for folder in ("shirt", "outwear", "longsleeve", "blanket"):
        path = tmp_path / f"{folder}.jpg"
        path.write_bytes(encode_jpeg(person(), 95))
        found.append((folder, path))
    (tmp_path / "torn.jpg").write_bytes(b"no picture")
    return [*found, ("shirt", tmp_path / "torn.jpg")]


def test_folders_say_what_is_right_and_what_cannot_be_read_is_left_out(photographs):
    views = list(laid_views(photographs, RedFinder()))
    assert [(view.group, view.kinds[0], view.known) for view in views] == [
        ("shirt", "Shirts", True),
        ("outwear", "Jackets", False),
        ("longsleeve", "Tshirts", None),
    ]
    assert all(view.query.garment.label == "Shirts" for view in views)
    assert views[0].query.image.shape[0] < 300, "the garment is cut out, as on the page"


def test_photographs_that_lie_are_handed_in_turned_and_turned_back(photographs):
    (view, *_) = laid_views(photographs, RedFinder(), lying=90)
    (upright, *_) = laid_views(photographs, RedFinder())
    assert view.source == "laid, turned by 90°"
    assert view.query.image.shape == upright.query.image.shape


@pytest.fixture
def street(tmp_path):
    for folder in ("photos", "masks"):
        (tmp_path / "street" / folder).mkdir(parents=True)
    (tmp_path / "street" / "labels.csv").write_text("value,name\n0,null\n38,shirt\n4,blazer\n")
    (tmp_path / "street" / "photos.csv").write_text(
        "id,how,garments\n1,outlined,shirt\n2,outlined,blazer\n3,named,shirt\n4,outlined,shirt\n"
    )
    mask = np.zeros((432, 300), np.uint8)
    for name, value in {"1": 38, "2": 4, "3": 0}.items():
        (tmp_path / "street" / "photos" / f"{name}.jpg").write_bytes(encode_jpeg(person(), 95))
        outline = mask.copy()
        outline[100:250, 100:200] = value
        Image.fromarray(outline).save(tmp_path / "street" / "masks" / f"{name}.png")
    return tmp_path / "street"


def test_found_garments_are_named_by_their_outline_and_the_rest_of_the_street_by_nothing(street):
    views = list(worn_views(street, read_outlined(street), RedFinder()))
    worn = [(view.group, view.known) for view in views if view.source == "worn"]
    assert worn == [("Shirts", True), ("Jackets", False)], "neither the named nor the missing photograph"
    empty = [view for view in views if view.source == "nothing"]
    assert 2 <= len(empty) <= 4
    for view in empty:
        assert (view.kinds, view.known) == ((), False)
        assert np.abs(view.query.image.astype(int) - 150).max() < 20, "no garment in it"


def test_empty_pictures_are_drawn_the_same_every_time():
    first, again = ([view.query.image for view in empty_views(5, RedFinder())] for _ in range(2))
    assert all((one == other).all() for one, other in zip(first, again, strict=True))
    assert (first[0] == first[0][0, 0]).all(), "the first is blank"
    assert first[1].std() > 60, "the second is noise"
