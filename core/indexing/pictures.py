"""Pictures of products as a catalogue keeps them: upright, small, without metadata."""

import hashlib
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import ImageError
from core.imaging.decode import MAX_BYTES, read_image, read_info
from core.imaging.encode import encode_jpeg
from core.imaging.files.jpeg_metadata import has_metadata

WIDTH, HEIGHT = 240, 320
"""Largest picture kept, in pixels: twice a card in the grid of hits."""

QUALITY = 88

PREPARATION = 3
"""How a file becomes the pixels that are embedded. To be raised whenever the same file would give others:
then no embedding that was made before is taken for one of the same picture."""


@dataclass(frozen=True, eq=False)
class SmallPicture:
    """A picture at the size that is kept, and the JPEG that keeps it.

    Attributes
    ----------
    pixels : uint8 array (height, width, 3)
        RGB, not yet compressed.
    jpeg : bytes
    """

    pixels: np.ndarray
    jpeg: bytes


@dataclass(frozen=True)
class KeptPicture:
    """A small picture on disk, and the SHA-256 of its file."""

    path: Path
    sha256: str

    def undamaged(self) -> bool:
        """Whether the file is there and has not changed."""
        try:
            return content_hash(self.path.read_bytes()) == self.sha256
        except OSError:
            return False


def read_content(path: Path) -> bytes:
    """Read a picture's file, no further than it takes to see that it is too large.

    Raises
    ------
    ImageError
        If it cannot be opened, or has gone since its folder was listed.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        read_info(path)  # which says what is wrong in a sentence
        raise ImageError(f"{path.name} cannot be read ({error.strerror}): index again.") from error


def content_hash(content: bytes) -> str:
    """SHA-256 of a picture's file, in hexadecimal: by it a changed picture is known from an unchanged one."""
    return hashlib.sha256(content).hexdigest()


def small_picture(content: bytes, name: str) -> SmallPicture:
    """Make a picture at most 240×320.

    A JPEG that is small enough is kept byte for byte, unless it has metadata (EXIF, XMP and the like): then
    it may lie on its side, and may tell where it was taken.

    Parameters
    ----------
    content : bytes
        Of the file.
    name : str
        What to call the picture in an error.

    Returns
    -------
    SmallPicture

    Raises
    ------
    ImageError
        If it cannot be read.
    """
    info = read_info(content, name=name)
    scale = min(1.0, WIDTH / info.width, HEIGHT / info.height)
    longest = max(1, int(max(info.width, info.height) * scale + 1e-6))
    pixels = read_image(content, name=name, max_side=longest)
    if scale == 1.0 and info.format == "JPEG" and not has_metadata(content):
        return SmallPicture(pixels, content)
    return SmallPicture(pixels, encode_jpeg(pixels, QUALITY))


def link_or_copy(source: Path, target: Path) -> None:
    """Put a kept file in another place too; it takes no more room where the file system can link.

    What is kept is never changed in its place, so two names of one file cannot get in each other's way.
    """
    with suppress(OSError):
        os.link(source, target)
        return
    shutil.copyfile(source, target)
