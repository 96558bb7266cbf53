"""Pictures of any bytes are read, within their limits, or refused by one sentence."""

import io

import numpy as np
import pillow_heif
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from core.imaging.decode import FORMATS, ImageInfo, read_image, read_info
from tests.damage import tolerate

MODES = ("RGB", "RGBA", "L", "P", "1", "I;16", "LA", "CMYK")


def encoded() -> dict[str, list[bytes]]:
    """Small pictures of every format in every mode that it takes."""
    pillow_heif.register_heif_opener()
    noise = np.random.default_rng(0).integers(0, 256, (24, 16, 4), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    found: dict[str, list[bytes]] = {}
    for kind in FORMATS:
        for mode in MODES:
            for more in ({}, {"exif": exif.tobytes()}, {"progressive": True}, {"interlace": 1}):
                image = Image.fromarray(noise).convert("L" if mode == "I;16" else mode).convert(mode)
                buffer = io.BytesIO()
                try:
                    image.save(buffer, kind, **more)
                except (OSError, ValueError, KeyError):
                    continue  # a mode that the format does not take
                found.setdefault(kind, []).append(buffer.getvalue())
    return found


@pytest.fixture(scope="module")
def clean() -> dict[str, list[bytes]]:
    return encoded()


def read(data: bytes) -> None:
    """Read by all that reads pictures, and hold what comes out to what is promised."""
    found = []
    said = tolerate(lambda: found.append(read_info(data, name="it")))
    said += tolerate(lambda: found.append(read_image(data, name="it", max_side=16)))
    assert len(found) == 2 or said.startswith("it ")
    for one in found:
        if isinstance(one, ImageInfo):
            assert min(one.width, one.height) >= 1
        else:
            assert one.dtype == np.uint8
            assert one.shape[2:] == (3,)
            assert 1 <= max(one.shape[:2]) <= 16


@pytest.mark.parametrize("kind", FORMATS)
@given(data=st.data())
def test_pictures_with_bytes_changed_taken_out_or_put_in(clean, kind, data):
    content = bytearray(data.draw(st.sampled_from(clean[kind])))
    for _ in range(data.draw(st.integers(1, 8))):
        # Headers, which steer a decoder, are at the beginning.
        end = data.draw(st.sampled_from((32, 128, len(content))))
        at = data.draw(st.integers(0, max(0, min(end, len(content)) - 1)))
        new = data.draw(
            st.sampled_from((b"", b"\x00", b"\xff", b"\x7f\xff", b"\xff\xff\xff\xff")) | st.binary(max_size=4)
        )
        content[at : at + data.draw(st.integers(0, 4))] = new
    read(bytes(content))


@given(st.binary(max_size=400))
@example(b"\x00\x00\x00\x18ftypheic" + bytes(40))
@example(b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x11\x00\xff\xda\x00\x08\x01\x11\x00\x00?\x00")
@example(b"RIFF\x24\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff")
def test_any_bytes(data):
    read(data)
