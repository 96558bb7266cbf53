"""Embedded colour profiles brought to sRGB, as a browser shows the picture.

Phones write Display P3, cameras Adobe RGB, print shops CMYK. Read without its profile, a colour comes out as
another, in the catalogue and in a query alike. HEIC, AVIF and PNG may name their colours by code points
instead (`core.imaging.files.code_points`).
"""

import io
from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageCms

from core.imaging.files.code_points import CodePoints, srgb_transform

CODE_POINTS = "code_points"
"""Where a picture's `info` has its `CodePoints`, which go before its profile."""

SAME_COLOUR = 2
"""How far apart, of 255, two values may be for a profile to count as sRGB: then pixels stay as they are."""

# A picture's modes, by what its profile describes.
_MODES = {"RGB": ("RGB", "RGBA"), "CMYK": ("CMYK",), "GRAY": ("L", "LA")}
_BROADER = {"P": "RGB", "PA": "RGBA", "RGBX": "RGB", "RGBa": "RGBA", "La": "LA"}

Transform = Callable[[Image.Image], Image.Image]
"""Gives a picture without alpha (RGB, CMYK or L) as sRGB."""


def to_srgb(image: Image.Image) -> Image.Image:
    """Bring a picture to sRGB by the colour profile embedded in it, or by its code points.

    Parameters
    ----------
    image : Image
        Decoded, of any mode.

    Returns
    -------
    Image
        RGB, or RGBA where it has alpha; the picture itself where it has neither, is in sRGB already, or has a
        profile that cannot be used: a broken one, or one of another kind of colours.
    """
    if not image.info.get(CODE_POINTS) and not image.info.get("icc_profile"):
        return image
    if image.mode in _BROADER or (image.mode == "RGB" and "transparency" in image.info):
        # A palette's colours, and a colour that stands for transparent, are looked up before they change.
        mode = "RGBA" if image.has_transparency_data else _BROADER.get(image.mode, image.mode)
    else:
        mode = image.mode
    bare = mode.removesuffix("A")
    transform = _transform(image, bare)
    if transform is None:
        return image
    image = image if image.mode == mode else image.convert(mode)
    if bare == mode:
        return transform(image)
    shown = transform(image.convert(bare))
    shown.putalpha(image.getchannel("A"))
    return shown


def _transform(image: Image.Image, mode: str) -> Transform | None:
    points, profile = image.info.get(CODE_POINTS), image.info.get("icc_profile")
    if isinstance(points, CodePoints):
        return code_points_transform(points, mode)
    return profile_transform(profile, mode) if isinstance(profile, bytes) else None


@lru_cache(maxsize=16)
def code_points_transform(points: CodePoints, mode: str) -> Transform | None:
    """Give what brings pixels of these code points to sRGB; None for sRGB itself, and for other modes."""
    transform = srgb_transform(points)
    return transform if mode in ("RGB", "L") and not _changes_nothing(transform, "RGB") else None


@lru_cache(maxsize=16)  # a catalogue has few, and making one takes milliseconds
def profile_transform(profile: bytes, mode: str) -> Transform | None:
    """Give what brings pixels of a profile to sRGB.

    Parameters
    ----------
    profile : bytes
        An ICC profile.
    mode : {"RGB", "CMYK", "L"}
        The pixels' mode, without alpha.

    Returns
    -------
    callable or None
        None where the profile is sRGB, cannot be read, or does not describe pixels of this mode.
    """
    try:
        described = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if mode not in _MODES.get(described.profile.xcolor_space.strip(), ()):
            return None
        transform = ImageCms.buildTransform(
            described,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.PERCEPTUAL,
            # A dark colour that a screen cannot show becomes its darkest, not a flat black.
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )

        def apply(image: Image.Image) -> Image.Image:
            shown = ImageCms.applyTransform(image, transform)
            assert shown is not None  # only a transform in place gives none
            shown.info.pop("icc_profile", None)
            return shown

        return None if _changes_nothing(apply, mode) else apply
    except Exception:  # a profile is bytes of strangers, and the pixels may be fine all the same
        return None


def _changes_nothing(transform: Transform, mode: str) -> bool:
    """Whether a transform leaves colours from all over the cube as they are."""
    if mode != "RGB":
        return False
    steps = (0, 64, 128, 192, 255)
    colours = [(red, green, blue) for red in steps for green in steps for blue in steps]
    patch = Image.new("RGB", (len(colours), 1))
    patch.putdata(colours)
    before, after = patch.tobytes(), transform(patch).tobytes()
    return max(abs(old - new) for old, new in zip(before, after, strict=True)) <= SAME_COLOUR
