"""Files with a known defect, or a known excess, made readable before anybody decodes them.

Two kinds are common: a JPEG that lacks its last bytes, which every browser shows, and a PNG with more
metadata than Pillow agrees to read.
"""

import zlib
from collections.abc import Callable

import numpy as np

from core.imaging.files.jpeg_end import EOI, SOI, lacks_end

MOST_LOST = 0.1
"""Share of a JPEG's rows that may be lost at its end: more is no picture of the garment."""

VISIBLE = 4
"""From which difference, of 255, a row counts as lost: the last scans of a progressive JPEG only refine."""

MOST_METADATA = 512 * 1024
"""Bytes that a PNG's metadata may unfold to, all in all."""

_PADDING = b"\x5a\xa5\x3c" * 2_000

_PNG = b"\x89PNG\r\n\x1a\n"
_FOLDED_CHUNKS = (b"zTXt", b"iTXt", b"iCCP")
_TEXT_CHUNKS = (*_FOLDED_CHUNKS, b"tEXt")


DecodeSmall = Callable[[bytes], np.ndarray | None]
"""Decodes a JPEG at an eighth of its size, uint8 (height, width, 3); None where that takes too much."""


def repaired(data: bytes, decode_small: DecodeSmall) -> bytes:
    """Give a picture file without the defects that can be mended; most come back as they are.

    Parameters
    ----------
    data : bytes
        A whole file of any kind.
    decode_small : callable
        Asked only for a JPEG that breaks off.

    Returns
    -------
    bytes
    """
    if data.startswith(SOI):
        return _with_end(data, decode_small) if lacks_end(data) else data
    if data.startswith(_PNG):
        return without_excess_metadata(data)
    return data


def _with_end(jpeg: bytes, decode_small: DecodeSmall) -> bytes:
    """End a JPEG that breaks off, if what it lacks is little enough."""
    whole = jpeg.rstrip(b"\xff")
    try:
        # What is decoded beyond the break is made of what follows it: so two endings show where it begins.
        ended, padded = (decode_small(whole + ending + EOI) for ending in (b"", _PADDING))
    except Exception:  # on hostile bytes a decoder raises nearly anything
        return jpeg
    if ended is None or padded is None:
        return jpeg
    differ = np.flatnonzero(np.abs(ended.astype(int) - padded).mean(axis=(1, 2)) > VISIBLE)
    lost = 1 - differ[0] / len(ended) if len(differ) else 0.0
    return whole + EOI if lost <= MOST_LOST else jpeg


def without_excess_metadata(png: bytes) -> bytes:
    """Take texts and colour profiles out of a PNG that unfold to more than `MOST_METADATA`.

    An editor's history may be megabytes of XMP. Pixels, size and the rest stay byte for byte.

    Parameters
    ----------
    png : bytes

    Returns
    -------
    bytes
        The same object where nothing is taken out.
    """
    dropped: list[tuple[int, int]] = []
    left, at = MOST_METADATA, len(_PNG)
    while at + 12 <= len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        kind = png[at + 4 : at + 8]
        if kind in _TEXT_CHUNKS:
            size = _unfolded_size(kind, png[at + 8 : end - 4])
            if size > left:
                dropped.append((at, end))
            else:
                left -= size
        at = end
    if not dropped:
        return png
    starts = [0, *(end for _, end in dropped)]
    ends = [*(start for start, _ in dropped), len(png)]
    return b"".join(png[start:end] for start, end in zip(starts, ends, strict=True))


def _unfolded_size(kind: bytes, content: bytes) -> int:
    """Say how many bytes a chunk of text unfolds to, or that they are more than enough."""
    if kind not in _FOLDED_CHUNKS:
        return len(content)
    keyword, _, rest = content.partition(b"\0")
    if kind == b"iTXt":
        if rest[:1] != b"\1":
            return len(content)
        rest = rest[2:].split(b"\0", 2)[-1]
    else:
        rest = rest[1:]
    unfolding = zlib.decompressobj()
    try:
        return len(keyword) + len(unfolding.decompress(rest, MOST_METADATA + 1))
    except zlib.error:
        return len(content)
