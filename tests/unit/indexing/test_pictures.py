import io

import numpy as np
import pytest
from PIL import Image

from core.errors import ImageError
from core.imaging.decode import read_image, read_info
from core.imaging.files.jpeg_metadata import has_metadata
from core.indexing.pictures import KeptPicture, content_hash, link_or_copy, read_content, small_picture


def jpeg(width, height, **more):
    buffer = io.BytesIO()
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8))
    image.save(buffer, "JPEG", **more)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1080, 1440), (240, 320)),
        ((1001, 1333), (240, 319)),
        ((1000, 1000), (240, 240)),
        ((900, 300), (240, 80)),
        ((100, 2000), (16, 320)),
    ],
)
def test_large_pictures_are_kept_small_in_their_shape(size, expected):
    small = small_picture(jpeg(*size), "a.jpg")
    info = read_info(small.jpeg)
    assert (info.width, info.height) == expected == (small.pixels.shape[1], small.pixels.shape[0])


def test_a_small_jpeg_is_kept_byte_for_byte():
    assert small_picture(jpeg(60, 80), "a.jpg").jpeg == jpeg(60, 80)


def test_a_picture_on_its_side_is_kept_upright_and_without_exif():
    exif = Image.Exif()
    exif[0x0112] = 6
    small = small_picture(jpeg(80, 60, exif=exif), "a.jpg")
    assert small.pixels.shape == (80, 60, 3)
    info = read_info(small.jpeg)
    assert (info.width, info.height) == (60, 80)
    assert b"Exif" not in small.jpeg


def test_a_colour_profile_is_no_metadata():
    content = jpeg(60, 80, icc_profile=b"profile", progressive=True)
    assert not has_metadata(content)
    assert has_metadata(jpeg(60, 80, comment=b"by me"))
    assert has_metadata(content[:-2])
    assert has_metadata(b"")
    assert has_metadata(content[:10])


def test_a_png_is_kept_as_jpeg():
    buffer = io.BytesIO()
    Image.new("RGBA", (30, 40), (0, 0, 0, 0)).save(buffer, "PNG")
    small = small_picture(buffer.getvalue(), "a.png")
    assert read_info(small.jpeg).format == "JPEG"
    assert read_image(small.jpeg).min() > 250


def test_a_picture_that_has_gone_is_named(tmp_path):
    with pytest.raises(ImageError, match="gone is not there"):
        read_content(tmp_path / "gone")


def test_a_file_that_cannot_be_linked_is_copied(tmp_path, monkeypatch):
    def refuse(source, target):
        raise OSError(18, "Invalid cross-device link")

    (tmp_path / "a.jpg").write_bytes(b"a")
    link_or_copy(tmp_path / "a.jpg", tmp_path / "b.jpg")
    monkeypatch.setattr("os.link", refuse)
    link_or_copy(tmp_path / "a.jpg", tmp_path / "c.jpg")
    assert (tmp_path / "b.jpg").read_bytes() == (tmp_path / "c.jpg").read_bytes() == b"a"


def test_a_changed_file_is_damaged(tmp_path):
    kept = KeptPicture(tmp_path / "a.jpg", content_hash(b"a"))
    assert not kept.undamaged()
    kept.path.write_bytes(b"a")
    assert kept.undamaged()
    kept.path.write_bytes(b"b")
    assert not kept.undamaged()
