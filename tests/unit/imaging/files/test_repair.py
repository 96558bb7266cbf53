import io
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core.errors import ImageError
from core.imaging.decode import read_image, read_info
from core.imaging.files.jpeg_end import lacks_end
from core.imaging.files.repair import without_excess_metadata


def noisy(height: int = 240, width: int = 200) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height // 10, width // 10, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)


def encode(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("lacking", [1, 2, 9])
def test_a_jpeg_without_its_last_bytes_is_read(options, lacking):
    whole = encode(noisy(), "JPEG", quality=90, **options)
    assert not lacks_end(whole)
    cut = whole[:-lacking]
    assert lacks_end(cut)
    read, expected = read_image(cut), read_image(whole)
    assert np.abs(read[:160].astype(int) - expected[:160]).mean() < 1
    assert np.abs(read.astype(int) - expected).mean() < 4
    assert read_info(cut).height == 240


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8])
def test_a_jpeg_that_lacks_more_is_refused(share):
    whole = encode(noisy(), "JPEG", quality=90)
    with pytest.raises(ImageError, match="damaged or incomplete"):
        read_image(whole[: int(len(whole) * share)])


def test_a_jpeg_at_a_smaller_size_is_mended_too():
    whole = encode(noisy(1600, 1200), "JPEG", quality=90)
    assert read_image(whole[:-2], max_side=320).shape == (320, 240, 3)


def test_the_end_of_a_thumbnail_is_not_the_end():
    thumbnail = encode(noisy(16, 16), "JPEG")
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    whole = encode(noisy(), "JPEG")
    cut = whole[:2] + segment + whole[2:-2]
    assert b"\xff\xd9" in cut
    assert lacks_end(cut)
    assert read_image(cut).shape == (240, 200, 3)


def test_what_follows_the_end_is_no_lack():
    assert not lacks_end(encode(noisy(), "JPEG") + b"a phone's trailer")
    assert not lacks_end(b"\xff\xd8\xff")
    assert not lacks_end(b"GIF89a")


def with_texts(*texts: tuple[str, str, bool]) -> bytes:
    """Make a PNG with texts, folded or plain."""
    info = PngImagePlugin.PngInfo()
    for name, text, fold in texts:
        info.add_itxt(name, text, zip=fold)
    return encode(noisy(), "PNG", pnginfo=info)


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("size", [1_500_000, 9_000_000])
def test_a_png_with_a_long_history_is_read(fold, size):
    data = with_texts(("XML:com.adobe.xmp", "<rdf:li>saved</rdf:li>" * (size // 22), fold))
    np.testing.assert_array_equal(read_image(data), np.asarray(noisy()))
    assert read_info(data).width == 200


def test_many_long_texts_are_read():
    data = with_texts(*((f"note {number}", "x" * 900_000, True) for number in range(90)))
    np.testing.assert_array_equal(read_image(data), np.asarray(noisy()))


def test_a_profile_that_unfolds_without_end_is_left_out():
    bomb = zlib.compress(bytes(3_000_000))
    chunk = b"iCCP" + b"name\0\0" + bomb
    iccp = (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    plain = encode(noisy(), "PNG")
    data = plain[:33] + iccp + plain[33:]
    assert without_excess_metadata(data) == plain
    np.testing.assert_array_equal(read_image(data), np.asarray(noisy()))


def test_a_png_of_ordinary_metadata_stays_as_it_is():
    data = with_texts(("Author", "somebody", False), ("Title", "a shirt" * 100, True))
    assert without_excess_metadata(data) is data


def test_the_orientation_of_a_png_with_a_long_history_counts():
    exif = Image.Exif()
    exif[0x0112] = 6
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "history " * 300_000, zip=True)
    assert read_image(encode(noisy(), "PNG", pnginfo=info, exif=exif)).shape == (200, 240, 3)
