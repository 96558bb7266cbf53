"""What a JPEG carries beside its pixels: some of it tells where, when and by whom a picture was taken."""

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_SCAN = 0xDA
_APPLICATION = range(0xE0, 0xF0)
_COMMENT = 0xFE
# Needed to show the pixels as they are meant: the header, the colour profile, Adobe's colour transform.
_HARMLESS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}


def has_metadata(jpeg: bytes) -> bool:
    r"""Say whether a JPEG holds anything but what is needed to show it.

    EXIF, XMP, Photoshop's and IPTC's fields and comments are metadata (all may hold a place or a name), and
    so is whatever stands after the picture's end, such as a second picture of a phone.

    Parameters
    ----------
    jpeg : bytes
        A whole file. What cannot be followed counts as metadata.

    Returns
    -------
    bool

    Examples
    --------
    >>> has_metadata(b"\xff\xd8\xff\xda\xff\xd9"), has_metadata(b"\xff\xd8\xff\xfe\0\4hi\xff\xda\xff\xd9")
    (False, True)
    """
    if not jpeg.startswith(_SOI):
        return True
    at = len(_SOI)
    while jpeg[at : at + 1] == b"\xff":
        marker, length = jpeg[at + 1 : at + 2], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        kind = marker[0] if marker else _COMMENT
        if kind == _SCAN:
            # Within a scan 0xFF is always followed by what is no end, so the first end is the picture's.
            return jpeg.find(_EOI, at) != len(jpeg) - len(_EOI)
        if kind == _COMMENT or kind in _APPLICATION:
            harmless = _HARMLESS.get(kind)
            if harmless is None or not jpeg.startswith(harmless, at + 4):
                return True
        at += 2 + max(length, 2)
    return True
