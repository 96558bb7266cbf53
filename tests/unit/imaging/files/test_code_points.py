"""HEIC, AVIF and PNG whose colours are named by code points are shown as a browser shows them."""

import io
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg
from core.imaging.files.code_points import CodePoints, find_code_points, linear_light
from core.indexing.pictures import small_picture
from tests.unit.imaging.files.test_colour_profiles import DISPLAY_P3

SRGB, BT2020, DISPLAY = 1, 9, 12
SRGB_CURVE, BT709_CURVE, LINEAR, PQ, HLG = 13, 1, 8, 16, 18

# The published matrices from linear light of these primaries to that of sRGB's.
TO_SRGB = {
    DISPLAY: [[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]],
    BT2020: [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
}
COLOUR = (150, 90, 60)


@pytest.fixture(autouse=True)
def _heif():
    pillow_heif.register_heif_opener()


def heic(image: Image.Image, primaries: int, transfer: int) -> bytes:
    buffer = io.BytesIO()
    image.save(
        buffer,
        "HEIF",
        quality=100,
        chroma=444,
        color_primaries=primaries,
        transfer_characteristics=transfer,
        matrix_coefficients=6,
        full_range_flag=1,
    )
    return buffer.getvalue()


def avif(image: Image.Image, primaries: int, transfer: int, **options) -> bytes:
    """Write an AVIF in sRGB, and put other code points into the box that says so."""
    buffer = io.BytesIO()
    image.save(buffer, "AVIF", quality=100, subsampling="4:4:4", **options)
    before, box, after = buffer.getvalue().partition(b"colrnclx")
    assert box
    assert b"nclx" not in after
    return before + box + primaries.to_bytes(2, "big") + transfer.to_bytes(2, "big") + after[4:]


def png(image: Image.Image, primaries: int, transfer: int, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    plain = buffer.getvalue()
    chunk = b"cICP" + bytes([primaries, transfer, 0, 1])
    return plain[:33] + (4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") + plain[33:]


def patch(colour: tuple[int, ...] = COLOUR, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (32, 32), colour)


def middle(data: bytes) -> np.ndarray:
    return read_image(data)[16, 16].astype(int)


def as_srgb(colour: tuple[int, ...], primaries: int) -> np.ndarray:
    """Work out by the published matrices what a browser shows for a colour with sRGB's curve."""
    value = np.array(colour) / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    seen = (np.array(TO_SRGB[primaries]) @ light).clip(0, 1)
    return 255 * np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)


KINDS = pytest.mark.parametrize("write", [heic, avif, png], ids=["HEIC", "AVIF", "PNG"])


@KINDS
@pytest.mark.parametrize("primaries", [DISPLAY, BT2020], ids=["Display P3", "BT.2020"])
def test_colours_are_those_of_srgb(write, primaries):
    shown = as_srgb(COLOUR, primaries)
    assert np.abs(shown - COLOUR).max() > 8
    assert np.abs(middle(write(patch(), primaries, SRGB_CURVE)) - shown).max() <= 3


@KINDS
@pytest.mark.parametrize("transfer", [SRGB_CURVE, BT709_CURVE, 2, 7])
def test_what_is_srgb_or_unknown_keeps_its_pixels(write, transfer):
    plain = middle(write(patch(), SRGB, SRGB_CURVE))
    assert np.abs(plain - COLOUR).max() <= 2
    np.testing.assert_array_equal(middle(write(patch(), SRGB, transfer)), plain)


def test_a_catalogue_keeps_what_a_query_is_read_as():
    data = avif(patch(), BT2020, SRGB_CURVE)
    np.testing.assert_array_equal(small_picture(data, "a.avif").pixels, read_image(data))


@pytest.mark.parametrize("write", [avif, png])
def test_what_shows_through_and_what_is_grey(write):
    rgba = np.zeros((32, 32, 4), np.uint8)
    rgba[:, :] = (*COLOUR, 255)
    rgba[:, 24:, 3] = 0
    read = read_image(write(Image.fromarray(rgba), DISPLAY, SRGB_CURVE))
    assert np.abs(read[16, 4] - as_srgb(COLOUR, DISPLAY)).max() <= 3
    assert read[16, 30].min() > 250
    assert np.abs(middle(write(patch((90,), "L"), DISPLAY, SRGB_CURVE)) - 90).max() <= 2
    assert np.abs(middle(write(patch((51,), "L"), SRGB, LINEAR)) - 124).max() <= 3  # 0.2 of the light


def test_a_profile_goes_before_them_in_avif_and_after_them_in_png():
    both = png(patch(), BT2020, SRGB_CURVE, icc_profile=DISPLAY_P3)
    assert np.abs(middle(both) - as_srgb(COLOUR, BT2020)).max() <= 3
    data = avif(patch(), BT2020, SRGB_CURVE)
    with Image.open(io.BytesIO(data)) as opened:
        assert find_code_points(opened, data) == CodePoints(BT2020, SRGB_CURVE)
        opened.info["icc_profile"] = DISPLAY_P3
        assert find_code_points(opened, data) is None


@pytest.mark.parametrize("transfer", [PQ, HLG])
@KINDS
def test_high_dynamic_range_is_brought_into_range(write, transfer):
    steps = np.linspace(0, 255, 32).round().astype(np.uint8)
    ramp = Image.fromarray(np.repeat(np.repeat(steps[None, :, None], 32, axis=0), 3, axis=2))
    read = read_image(write(ramp, BT2020, transfer))[16].astype(int)
    assert read[0].max() <= 6
    assert read[-1].min() >= 249
    assert np.ptp(read, axis=1).max() <= 4, "grey stays grey"
    brightness = read.mean(axis=1)
    assert (np.diff(brightness) >= -2).all()
    # The white of paper, not the brightest of a lamp, is what a garment's white is.
    paper = 148 if transfer == PQ else 191
    value = middle(write(patch((paper,) * 3), BT2020, transfer))
    assert 170 <= value.mean() <= 215


def test_paper_white_is_one_and_the_peak_is_not_passed():
    assert linear_light(PQ)[148] == pytest.approx(1, abs=0.03)
    assert linear_light(PQ).max() == pytest.approx(1000 / 203)
    assert linear_light(HLG)[255] == pytest.approx(1, abs=1e-3)


def test_of_several_boxes_the_one_of_the_picture_itself_counts():
    """A thumbnail's box stands first, as a phone's gain map may."""

    def box(kind: bytes, content: bytes) -> bytes:
        return (8 + len(content)).to_bytes(4, "big") + kind + content

    def colours(primaries: int) -> bytes:
        return box(b"colr", b"nclx" + bytes([0, primaries, 0, 13, 0, 6, 128]))

    def holder(primary: int, version: int) -> bytes:
        wide = 4 if version else 2
        items = b"".join(
            item.to_bytes(wide, "big") + bytes([1, 0x80 | place]) for item, place in ((1, 1), (2, 2))
        )
        associations = box(b"ipma", bytes([version, 0, 0, 0]) + (2).to_bytes(4, "big") + items)
        properties = box(b"iprp", box(b"ipco", colours(BT2020) + colours(DISPLAY)) + associations)
        return box(b"ftyp", b"mif1") + box(
            b"meta", bytes(4) + box(b"pitm", bytes(4) + primary.to_bytes(2, "big")) + properties
        )

    picture = Image.new("RGB", (1, 1))
    picture.format = "HEIF"
    for version in (0, 1):
        assert find_code_points(picture, holder(1, version)) == CodePoints(BT2020, SRGB_CURVE)
        assert find_code_points(picture, holder(2, version)) == CodePoints(DISPLAY, SRGB_CURVE)
        assert find_code_points(picture, holder(3, version)) is None
    whole = holder(2, 0)
    for cut in range(len(whole)):
        assert find_code_points(picture, whole[:cut]) in (None, CodePoints(DISPLAY, SRGB_CURVE))


def test_a_jpeg_has_none():
    data = encode_jpeg(np.zeros((8, 8, 3), np.uint8))
    with Image.open(io.BytesIO(data)) as opened:
        assert find_code_points(opened, data) is None
