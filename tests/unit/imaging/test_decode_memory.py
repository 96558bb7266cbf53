"""One picture of any bytes costs at most `PEAK_BYTES` for a moment; decodes wait where memory is short."""

import io
import os
import struct
import subprocess
import sys
import threading

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from core.errors import ImageError
from core.imaging import decode_memory
from core.imaging.decode import read_image
from core.imaging.decode_memory import PEAK_BYTES, decode_bytes, decoding
from tests.unit.imaging.files.test_code_points import png

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of the address space are Linux's")

# Reads standard input within a limit of the address space: what the process has already, and the peak.
READER = """
import io, resource, sys
import numpy as np
import pillow_heif
from PIL import Image
from core.errors import ImageError
from core.imaging.decode import read_image
from core.imaging.decode_memory import PEAK_BYTES
kind = sys.argv[1]
pillow_heif.register_heif_opener()
small = io.BytesIO()
Image.new("L" if kind == "GIF" else "RGB", (64, 64)).save(small, kind)
read_image(small.getvalue(), max_side=32)  # what each format loads once
status = dict(line.split(":") for line in open("/proc/self/status").read().splitlines())
used = int(status["VmSize"].split()[0]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (used + PEAK_BYTES, used + PEAK_BYTES))
try:
    print(read_image(sys.stdin.buffer.read(), name="it", max_side=720).shape)
except ImageError as error:
    print(error)
"""


def encode(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def read_within_limit(data: bytes, kind: str) -> str:
    # Threads of the decoders would each reserve an arena of addresses that nobody uses.
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", READER, kind], input=data, capture_output=True, check=True, env=environment
    )
    return done.stdout.decode().strip()


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def wide(mode: str, colour=0) -> Image.Image:
    return Image.new(mode, (8_000, 4_000), colour)


READ = {
    "16-bit PNG": lambda: ("PNG", encode(Image.new("I;16", (8_000, 8_000)), "PNG")),
    "palette": lambda: ("PNG", encode(Image.new("P", (8_000, 8_000)), "PNG", transparency=0)),
    "one bit": lambda: ("PNG", encode(Image.new("1", (8_000, 8_000)), "PNG")),
    "interlaced": lambda: ("PNG", encode(Image.new("L", (8_000, 8_000)), "PNG", interlace=1)),
    "RGBA": lambda: ("PNG", encode(wide("RGBA"), "PNG")),
    "the largest RGBA": lambda: ("PNG", encode(Image.new("RGBA", (5_900, 5_900)), "PNG")),
    "the largest RGBA of BT.2020": lambda: ("PNG", png(Image.new("RGBA", (5_900, 5_900)), 9, 18)),
    "grey with alpha": lambda: ("PNG", encode(wide("LA", (9, 9)), "PNG")),
    "turned PNG": lambda: ("PNG", encode(wide("RGB"), "PNG", exif=turned())),
    "turned JPEG": lambda: ("JPEG", encode(Image.new("RGB", (8_000, 8_000)), "JPEG", exif=turned())),
    "CMYK JPEG": lambda: ("JPEG", encode(Image.new("CMYK", (8_000, 8_000)), "JPEG")),
    "progressive JPEG": lambda: ("JPEG", encode(Image.new("RGB", (6_000, 4_000)), "JPEG", progressive=True)),
    "grey progressive JPEG": lambda: (
        "JPEG",
        encode(Image.new("L", (8_000, 8_000)), "JPEG", progressive=True),
    ),
    "animated GIF": lambda: (
        "GIF",
        encode(
            Image.new("P", (8_000, 8_000)),
            "GIF",
            save_all=True,
            append_images=[Image.new("P", (8_000, 8_000), 1)],
        ),
    ),
    "WebP of a phone": lambda: ("WEBP", encode(Image.new("RGB", (4_032, 3_024)), "WEBP", method=0)),
    "AVIF of a phone": lambda: ("AVIF", encode(Image.new("RGB", (4_032, 3_024)), "AVIF", speed=10)),
    "HEIC of a phone": lambda: (
        "HEIF",
        encode(Image.new("RGB", (5_712, 4_284)), "HEIF", enc_params={"preset": "ultrafast"}),
    ),
}

REFUSED = {
    "RGBA": lambda: ("PNG", encode(Image.new("RGBA", (8_000, 8_000)), "PNG")),
    "turned PNG": lambda: ("PNG", encode(Image.new("RGB", (8_000, 8_000)), "PNG", exif=turned())),
    "progressive CMYK JPEG": lambda: (
        "JPEG",
        encode(Image.new("CMYK", (8_000, 4_000)), "JPEG", progressive=True),
    ),
    "animated WebP": lambda: (
        "WEBP",
        encode(
            Image.new("RGBA", (4_000, 4_000)),
            "WEBP",
            save_all=True,
            append_images=[Image.new("RGBA", (4_000, 4_000), (9, 9, 9, 9))],
        ),
    ),
    "AVIF": lambda: ("AVIF", encode(Image.new("RGBA", (4_000, 4_000)), "AVIF", speed=10)),
    # Its header alone is of that size, since the encoder is slow.
    "HEIC": lambda: (
        "HEIF",
        encode(Image.new("RGB", (640, 640)), "HEIF").replace(
            struct.pack(">II", 640, 640), struct.pack(">II", 6_000, 6_000)
        ),
    ),
}


@pytest.mark.parametrize("what", READ)
def test_a_large_picture_is_read_within_the_peak(what):
    pillow_heif.register_heif_opener()
    kind, data = READ[what]()
    assert "720" in read_within_limit(data, kind)


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_cost_more_is_refused_by_a_sentence_before_it_costs_anything(what):
    pillow_heif.register_heif_opener()
    kind, data = REFUSED[what]()
    said = read_within_limit(data, kind)
    assert "MB of memory to read, expected at most 150: shrink it" in said
    with pytest.raises(ImageError, match="expected at most 150"):
        read_image(data, max_side=720)


def test_a_jpeg_in_several_baseline_scans_counts_all_its_coefficients():
    data = encode(Image.new("RGB", (800, 800)), "JPEG", subsampling=0)
    at = data.index(b"\xff\xda")
    split = data[:at] + b"\xff\xda" + bytes([0, 8, 1, 1, 0, 0, 63, 0]) + data[at + 14 :]
    costs = [decode_bytes(Image.open(io.BytesIO(held)), held, (800, 800)) for held in (data, split)]
    assert costs[1] - costs[0] == pytest.approx(2 * 3 * 800 * 800, abs=100)


@pytest.fixture
def memory(monkeypatch):
    """Set how much memory is left; gives the list that holds it."""
    left = [10**9]
    monkeypatch.setattr(decode_memory, "available_bytes", lambda: left[0])
    return left


def test_where_memory_is_short_one_decode_waits_for_the_other(memory):
    memory[0] = decode_memory.SPARE_BYTES + PEAK_BYTES
    order, first_runs, first_may_end = [], threading.Event(), threading.Event()

    def first():
        with decoding(100_000_000, name="first"):
            first_runs.set()
            first_may_end.wait(10)
            order.append("first")

    def second():
        with decoding(100_000_000, name="second"):
            order.append("second")

    threads = [threading.Thread(target=run) for run in (first, second)]
    threads[0].start()
    assert first_runs.wait(10)
    threads[1].start()
    threads[1].join(0.2)
    assert order == []
    first_may_end.set()
    for thread in threads:
        thread.join(10)
    assert order == ["first", "second"]


def test_where_memory_is_ample_decodes_run_side_by_side(memory):
    with decoding(PEAK_BYTES, name="one"), decoding(PEAK_BYTES, name="other"):
        pass


def test_a_decode_that_fits_not_even_alone_is_refused(memory):
    memory[0] = 60 * 2**20
    data = encode(Image.new("RGB", (3_000, 3_000)), "PNG")
    with pytest.raises(ImageError, match=r"it needs 50 MB of memory to be read, and 12 are free"):
        read_image(data, name="it", max_side=720)
    assert read_image(encode(Image.new("RGB", (300, 300)), "PNG")).shape == (300, 300, 3)
    memory[0] = 10**9
    assert read_image(data, name="it", max_side=720).shape == (720, 720, 3)


def test_a_failed_decode_gives_its_memory_back(memory):
    noise = np.random.default_rng(0).integers(0, 256, (3_000, 1_500, 3), np.uint8)
    data = encode(Image.fromarray(noise), "PNG")
    with pytest.raises(ImageError, match="damaged"):
        read_image(data[: len(data) // 2], max_side=720)
    assert decode_memory._taken == 0
