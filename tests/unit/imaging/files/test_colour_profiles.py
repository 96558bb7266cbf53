import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.imaging.decode import read_image
from core.imaging.files.colour_profiles import profile_transform, to_srgb


def s15(value: float) -> bytes:
    return round(value * 65_536).to_bytes(4, "big", signed=True)


def matrix_profile(primaries: tuple[tuple[float, float, float], ...], gamma: float) -> bytes:
    """Write a display's ICC profile: three primaries as XYZ (D50), and one gamma."""

    def xyz(values: tuple[float, float, float]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(s15, values))

    curve = b"curv\0\0\0\0" + (1).to_bytes(4, "big") + round(gamma * 256).to_bytes(2, "big") + b"\0\0"
    text = b"desc\0\0\0\0" + (5).to_bytes(4, "big") + b"test\0" + bytes(78)
    tags = {
        b"desc": text + bytes(-len(text) % 4),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz((0.9642, 1.0, 0.8249)),
        **{name: xyz(value) for name, value in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    table, body, at = b"", b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        table += name + at.to_bytes(4, "big") + len(content).to_bytes(4, "big")
        body += content
        at += len(content)
    header = b"\0\0\0\0lcms\x02\x10\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    header += b"".join(map(s15, (0.9642, 1.0, 0.8249)))
    header = header.ljust(128, b"\0") + len(tags).to_bytes(4, "big")
    return at.to_bytes(4, "big") + (header + table + body)[4:]


# The published primaries as XYZ, adapted to D50.
ADOBE_PRIMARIES = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
P3_PRIMARIES = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
SRGB_PRIMARIES = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141))
GAMMA = 2.2
ADOBE_RGB = matrix_profile(ADOBE_PRIMARIES, GAMMA)
DISPLAY_P3 = matrix_profile(P3_PRIMARIES, GAMMA)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def encode(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def patch(colour: tuple[int, ...], mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (16, 16), colour)


def as_srgb(colour: tuple[int, ...], primaries: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """Work out by matrices alone what a browser shows for a colour of these primaries."""
    linear = (np.array(colour) / 255) ** GAMMA
    seen = np.linalg.solve(np.array(SRGB_PRIMARIES).T, np.array(primaries).T @ linear).clip(0, 1)
    return 255 * np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)


COLOUR = (144, 60, 70)
SHOWN = as_srgb(COLOUR, ADOBE_PRIMARIES)


@pytest.mark.parametrize(
    ("profile", "primaries"),
    [(ADOBE_RGB, ADOBE_PRIMARIES), (DISPLAY_P3, P3_PRIMARIES)],
    ids=["Adobe RGB", "Display P3"],
)
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "AVIF"])
def test_colours_are_those_of_srgb(profile, primaries, kind):
    shown = as_srgb(COLOUR, primaries)
    assert np.abs(shown - COLOUR).max() > 8
    options = {
        "WEBP": {"lossless": True},
        "JPEG": {"quality": 100, "subsampling": 0},
        "AVIF": {"quality": 100},
    }
    read = read_image(encode(patch(COLOUR), kind, icc_profile=profile, **options.get(kind, {})))
    assert np.abs(read[8, 8] - shown).max() <= 3
    plain = read_image(encode(patch(COLOUR), kind, **options.get(kind, {})))
    assert np.abs(plain[8, 8].astype(int) - COLOUR).max() <= 2


def test_a_picture_in_srgb_keeps_its_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    read = read_image(encode(Image.fromarray(pixels), "PNG", icc_profile=SRGB))
    np.testing.assert_array_equal(read, pixels)
    assert profile_transform(SRGB, "RGB") is None


def test_what_shows_through_still_does():
    rgba = np.zeros((1, 2, 4), np.uint8)
    rgba[0, 0] = (*COLOUR, 255)
    read = read_image(encode(Image.fromarray(rgba), "PNG", icc_profile=ADOBE_RGB))
    assert np.abs(read[0, 0] - SHOWN).max() <= 3
    np.testing.assert_array_equal(read[0, 1], (255, 255, 255))


def test_a_palette_is_looked_up_first():
    picture = Image.new("P", (4, 4))
    picture.putpalette([*COLOUR, 0, 0, 0])
    read = read_image(encode(picture, "PNG", icc_profile=ADOBE_RGB))
    assert np.abs(read[0, 0] - SHOWN).max() <= 3


@pytest.mark.parametrize(("mode", "colour"), [("CMYK", (0, 200, 100, 20)), ("L", 90), ("I;16", 30_000)])
def test_a_profile_of_other_colours_than_the_pixels_is_passed_over(mode, colour):
    picture = patch(colour, mode)
    before = read_image(encode(picture, "JPEG" if mode == "CMYK" else "PNG"))
    after = read_image(encode(picture, "JPEG" if mode == "CMYK" else "PNG", icc_profile=ADOBE_RGB))
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("profile", [b"no profile", ADOBE_RGB[:200], b"\xff" * 1000], ids=len)
def test_a_broken_profile_is_no_reason_to_refuse(profile):
    read = read_image(encode(patch(COLOUR), "PNG", icc_profile=profile))
    assert read.shape == (16, 16, 3)


def test_grey_by_a_profile_of_its_own():
    grey = patch(90, "L")
    grey.info["icc_profile"] = SRGB
    assert to_srgb(grey) is grey
