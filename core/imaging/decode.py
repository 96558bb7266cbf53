"""Bytes or a path to RGB `uint8`: the one place that opens a picture, for gallery and query alike.

Pictures come from strangers. So what can be refused is refused before it costs anything: the size in bytes
before decoding, the size in pixels from the header alone, and only the decoders named here are ever asked.
Then: decode (a JPEG no larger than needed) → tile by tile: colour profile or code points to sRGB, 16 bits
scaled to 8, CMYK and palette to RGB, alpha laid on white, shrunk → turn upright by EXIF. So beside what its
decoder holds, nothing has the picture's full size. An animation answers with its first frame.

TIFF is left out on purpose: it brings dozens of old codecs and no phone or shop makes it.
"""

import io
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

# Imported by name so that each is registered once, here: left to itself, Pillow looks for
# WebP and AVIF only after a first failure, and then loads every decoder it has.
from PIL import (
    AvifImagePlugin,  # noqa: F401
    BmpImagePlugin,  # noqa: F401
    GifImagePlugin,  # noqa: F401
    Image,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

from core.errors import ImageError
from core.imaging.decode_memory import PEAK_BYTES, decode_bytes, decoding
from core.imaging.files.code_points import find_code_points
from core.imaging.files.colour_profiles import CODE_POINTS
from core.imaging.files.repair import repaired
from core.imaging.pixels import DecodedPicture, to_rgb

FORMATS: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "HEIF", "BMP")
"""What is read, by Pillow's names. Phones' two-picture JPEGs (MPO) come in as JPEG."""

EXTENSIONS: tuple[str, ...] = ("jpg", "jpeg", "jfif", "png", "webp", "avif", "gif", "heic", "heif", "bmp")
"""What files of these formats are called, for a file chooser. Reading goes by content, never by name."""

MAX_BYTES: int = 32 * 1024 * 1024
"""Largest file that is read: a 50-megapixel phone photograph fits."""

MAX_PIXELS: int = 64_000_000
"""Largest picture that is decoded at all, if decoding it takes no more than `decode_memory.PEAK_BYTES`.

JPEGs of 50-megapixel phones fit, PNGs of some 35 million pixels, HEIC of 25, AVIF of 14, WebP of 12."""

MAX_JPEG_PIXELS: int = 256_000_000
"""Largest JPEG that is read at a smaller size: 200-megapixel phones fit. It is never decoded in full; a
progressive one would be, and has to keep to `MAX_PIXELS`."""

LARGEST_MENDED_PROGRESSIVE: int = 16_000_000
"""Most pixels of a progressive JPEG that may lack its end: at any scale it is decoded whole."""

QUERY_SIDE = 720
"""Longest side that a query is read at, in pixels: more than any model takes."""

READABLE: str = "JPEG, PNG, WebP, AVIF, GIF, HEIC or BMP"

# Pillow's own limit of pixels lies below, and would refuse by another sentence.
Image.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS

# Pillow warns of broken EXIF, which is passed over here, and of large pictures, which are refused here.
warnings.filterwarnings("ignore", module=r"PIL\.")

_PIXEL_LIMIT = f"expected at most {MAX_PIXELS // 1_000_000} million: shrink it and try again."

# AVIF and HEIC share a container, and with it the first bytes.
_BOXED = ("AVIF", "HEIF")
_BOXLESS = tuple(kind for kind in FORMATS if kind not in _BOXED)

_heif_lock = threading.Lock()
_heif_registered = False

_EXPORT = f"export it as {READABLE}"
_WEB_PAGE = "is a web page, not a picture: save the picture itself, not the page that shows it"

# How a file that is no picture begins, in lower case, and what to tell whoever sent it.
_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "is a Git LFS pointer, not the picture: fetch it with `git lfs pull`"),
    (b"<!doctype html", _WEB_PAGE),
    (b"<html", _WEB_PAGE),
    (b"<svg", f"is an SVG drawing, not a photograph: {_EXPORT}"),
    (b"<?xml", f"is an XML file, not a picture: {_EXPORT}"),
    (b"%pdf", f"is a PDF, not a picture: {_EXPORT}"),
    (b"ii*\x00", f"is a TIFF or a camera's raw file, which is not read: {_EXPORT}"),
    (b"mm\x00*", f"is a TIFF or a camera's raw file, which is not read: {_EXPORT}"),
    (b"8bps", f"is a Photoshop file, which is not read: {_EXPORT}"),
    (b"pk\x03\x04", "is a ZIP archive, not a picture: unpack it and give one of its pictures"),
)


@dataclass(frozen=True)
class ImageInfo:
    """What a picture's header says, without decoding it.

    Attributes
    ----------
    format : str
        One of `FORMATS`.
    width, height : int
        Size in pixels, standing upright (EXIF orientation taken into account).
    n_bytes : int
        Size of the file.
    """

    format: str
    width: int
    height: int
    n_bytes: int


def read_image(source: Path | bytes, *, name: str = "", max_side: int | None = None) -> np.ndarray:
    """Read a picture, upright, as RGB.

    Parameters
    ----------
    source : Path or bytes
        The file, or what is in it.
    name : str
        What to call the picture in an error; a path's own file name where left out.
    max_side : int or None
        Longest side wanted, in pixels. A larger picture is shrunk to it, shape kept; a smaller one stays
        as it is. A large JPEG is decoded at 1/2, 1/4 or 1/8 of its size, which is several times faster.
        What would take more memory than `PEAK_BYTES` for a moment is refused; without `max_side`, only what
        does not fit into the memory that is free.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB, writable and contiguous.

    Raises
    ------
    ImageError
        The file is missing, empty, too large, damaged, not a picture of one of `FORMATS`, or takes more
        memory than it may or than is free.

    Examples
    --------
    >>> from core.imaging.encode import encode_jpeg
    >>> read_image(encode_jpeg(np.full((8, 6, 3), 255, np.uint8))).shape
    (8, 6, 3)
    """
    if max_side is not None and max_side < 1:
        raise ImageError(f"max_side is {max_side}, expected at least 1: leave it out for the full size.")
    data, name = _read_bytes(source, name)
    image = _open(data, name)
    try:
        needed = _bytes_needed(image, data, max_side)
        _check_pixels(image, name, most=MAX_PIXELS)
        if max_side is not None and needed > PEAK_BYTES:
            raise _too_costly(image, name, needed)
        with decoding(needed, name=name):
            return _turned(to_rgb(_decode(image, data), max_side), _orientation(image))
    except ImageError:
        raise
    except Exception as error:  # on hostile bytes a decoder raises nearly anything
        raise _damaged(image, name, error) from error


def read_info(source: Path | bytes, *, name: str = "") -> ImageInfo:
    """Read format and size from a picture's header, by the same limits on bytes and pixels as `read_image`.

    Parameters
    ----------
    source : Path or bytes
        The file, or what is in it.
    name : str
        What to call the picture in an error; a path's own file name where left out.

    Returns
    -------
    ImageInfo

    Raises
    ------
    ImageError
        The file is missing, empty, too large, or not a picture of one of `FORMATS`.
    """
    data, name = _read_bytes(source, name)
    image = _open(data, name)
    width, height = image.size
    if _orientation(image) >= 5:  # the four orientations that lie on their side
        width, height = height, width
    return ImageInfo("JPEG" if image.format == "MPO" else str(image.format), width, height, len(data))


def read_picture_file(path: Path) -> bytes:
    """Read what is in a picture's file, decoding nothing.

    Raises
    ------
    ImageError
        It is missing, empty, too large, or cannot be opened.
    """
    return _read_bytes(path, "")[0]


def _read_bytes(source: Path | bytes, name: str) -> tuple[bytes, str]:
    """Read the file's content, never more than `MAX_BYTES`, and give the name to use in errors."""
    if isinstance(source, bytes | bytearray | memoryview):
        data, name = bytes(source), name or "The picture"
    else:
        path = Path(source)
        name = name or path.name or str(path)
        try:
            if not path.is_file():
                found = "a folder" if path.is_dir() else "not there"
                raise ImageError(f"{name} is {found}, expected a picture: check the path.")
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)  # one more than allowed tells a longer file
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ImageError(f"{name} cannot be opened ({reason}): check its permissions.") from error
    if not data:
        raise ImageError(f"{name} is empty, expected a picture: copy or download it again.")
    if len(data) > MAX_BYTES:
        limit = f"{MAX_BYTES // 2**20} MB"
        raise ImageError(f"{name} is larger than the {limit} that are read: save it smaller, as a JPEG.")
    return data, name


def _open(data: bytes, name: str) -> Image.Image:
    """Open by content, decode nothing, and hold the header against the limits."""
    formats = _BOXLESS
    if data[4:8] == b"ftyp":
        _register_heif(name)
        formats = _BOXED
    try:
        image = Image.open(io.BytesIO(repaired(data, _decode_small)), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(f"{name} has too many pixels, {_PIXEL_LIMIT}") from error
    except Exception as error:  # UnidentifiedImageError, and whatever a header can make a parser raise
        raise ImageError(f"{name} {_what_it_is(data)}.") from error
    width, height = image.size
    if width < 1 or height < 1:
        raise ImageError(f"{name} is {width}×{height} pixels, expected at least 1×1: save it again.")
    scalable = image.format in ("JPEG", "MPO") and not image.info.get("progressive")
    _check_pixels(image, name, most=MAX_JPEG_PIXELS if scalable else MAX_PIXELS)
    image.info[CODE_POINTS] = find_code_points(image, data)
    return image


def _check_pixels(image: Image.Image, name: str, *, most: int) -> None:
    width, height = image.size
    if width * height > most:
        raise ImageError(f"{name} is {width}×{height} pixels, {_PIXEL_LIMIT}")


def _decode_small(jpeg: bytes) -> np.ndarray | None:
    """Decode a JPEG at an eighth of its size, to see what it lacks."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        if image.info.get("progressive") and image.width * image.height > LARGEST_MENDED_PROGRESSIVE:
            return None
        image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
        return np.asarray(image.convert("RGB"))


def _register_heif(name: str) -> None:
    """Teach Pillow HEIC on the first such file, so that nobody else pays for loading libheif."""
    global _heif_registered
    with _heif_lock:
        if _heif_registered:
            return
        try:
            import pillow_heif
        except ImportError as error:
            raise ImageError(
                f"{name} looks like HEIC, which needs the package pillow-heif: install it, or save as JPEG."
            ) from error
        pillow_heif.register_heif_opener()
        _heif_registered = True


def _what_it_is(data: bytes) -> str:
    """Say what bytes are that no decoder knew, and how to mend it."""
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, sentence in _STRANGERS:
        if head.startswith(start):
            return sentence
    if b"<html" in head or b"<head" in head:
        return _WEB_PAGE
    if data[4:8] == b"ftyp" and data[8:12] in (b"qt  ", b"isom", b"mp41", b"mp42", b"M4V ", b"3gp4"):
        return "is a video, not a picture: give one picture of it"
    if data.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM")) or data[4:8] == b"ftyp":
        return "is damaged or breaks off within its header: copy, download or export it again"
    return f"is not a picture that is read: expected {READABLE}; save it as one of these"


def _damaged(image: Image.Image, name: str, error: Exception) -> ImageError:
    if isinstance(error, MemoryError):
        size = f"{image.width}×{image.height}"
        return ImageError(f"{name} is {size} pixels, more than the free memory holds: shrink it.")
    kind = "HEIC" if image.format == "HEIF" else (image.format or "picture")
    return ImageError(
        f"{name} is damaged or incomplete, expected a whole {kind} file: copy, download or export it again."
    )


def _bytes_needed(image: Image.Image, data: bytes, max_side: int | None) -> int:
    """Choose the scale that a JPEG is decoded at, and estimate the memory that reading the picture takes."""
    full_size = image.size
    if max_side is None:
        turning = 9 * image.width * image.height  # the result, and two copies of it
        return decode_bytes(image, data, full_size) + turning
    if image.format in ("JPEG", "MPO") and max(full_size) > max_side:
        scale = 2 * max_side / max(full_size)  # twice what is wanted, so that the resampling has room
        image.draft(None, (max(1, int(image.width * scale)), max(1, int(image.height * scale))))
    return decode_bytes(image, data, full_size)


def _too_costly(image: Image.Image, name: str, needed: int) -> ImageError:
    kind = "HEIC" if image.format == "HEIF" else (image.format or "picture")
    kind = f"progressive {kind}" if image.info.get("progressive") else kind
    return ImageError(
        f"{name} is a {kind} of {image.width}×{image.height} pixels, which takes {needed >> 20} MB of "
        f"memory to read, expected at most {PEAK_BYTES >> 20}: shrink it, or save it as a plain JPEG."
    )


def _decode(image: Image.Image, data: bytes) -> DecodedPicture:
    """Decode, holding the picture's full size no more often than its decoder needs."""
    if image.format == "HEIF":
        import pillow_heif

        # Pillow would hold the picture once more, at 4 bytes a pixel.
        heif = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        return DecodedPicture.from_array(np.asarray(heif)[:, : heif.size[0]], heif.mode, image.info)
    if image.format == "WEBP":
        # Likewise, beside a decoder that holds two canvases and gives a copy of one.
        opened = cast(Any, image)
        frame, _ = opened._decoder.get_next()
        opened._decoder = None
        return DecodedPicture.from_array(
            np.frombuffer(frame, np.uint8).reshape(image.height, image.width, 4),
            image.mode,
            image.info,
        )
    image.load()
    return DecodedPicture.from_image(image)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 where the EXIF is broken, since the pixels may be fine all the same."""
    try:
        # Not PNG's own way, which decodes the picture to look for EXIF behind the pixels.
        value = int(Image.Image.getexif(image).get(0x0112, 1))
    except Exception:
        return 1
    return value if 1 <= value <= 8 else 1


def _turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Bring pixels from how they lie by EXIF to how they stand."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
