import numpy as np
import pytest

from core.errors import ImageError
from core.imaging.decode import read_image, read_info
from core.imaging.encode import encode_jpeg


def test_encode_jpeg_round_trip():
    picture = np.array([[[250, 20, 20], [20, 20, 250]]], np.uint8).repeat(32, axis=0).repeat(32, axis=1)
    data = encode_jpeg(picture, quality=95)
    assert read_info(data).format == "JPEG"
    difference = np.abs(read_image(data).astype(int) - picture)
    assert difference[:, (8, 56)].max() <= 10
    assert len(encode_jpeg(picture, quality=30)) < len(data)


def test_a_side_that_jpeg_cannot_hold_is_refused():
    with pytest.raises(ImageError, match="65,535"):
        encode_jpeg(np.zeros((1, 65_536, 3), np.uint8))


def test_what_is_no_rgb_picture_is_refused():
    with pytest.raises(ImageError, match="use read_image"):
        encode_jpeg(np.zeros((4, 4), np.uint8))
