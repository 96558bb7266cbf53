"""Whether a JPEG is there to its end, told from its bytes alone."""

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
"""How a JPEG begins and ends."""

_SCAN = 0xDA
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))


def lacks_end(jpeg: bytes) -> bool:
    r"""Whether a JPEG breaks off within its pixels, be it by the two bytes of its end alone.

    Parameters
    ----------
    jpeg : bytes
        A whole file. What breaks off in its header is beyond repair and counts as no.

    Returns
    -------
    bool

    Examples
    --------
    >>> lacks_end(b"\xff\xd8\xff\xda\0\2pixels\xff\xd9"), lacks_end(b"\xff\xd8\xff\xda\0\2pixels")
    (False, True)
    """
    if not jpeg.startswith(SOI):
        return False
    at = len(SOI)
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        kind = jpeg[at + 1]
        if kind == _SCAN:
            # Within a scan 0xFF is always followed by what is no end, so the first end is the picture's.
            return jpeg.find(EOI, at) < 0
        at += (
            2
            if kind in _WITHOUT_LENGTH
            else 1
            if kind == 0xFF
            else 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        )
    return False
