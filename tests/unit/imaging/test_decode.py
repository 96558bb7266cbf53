import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from core.errors import ImageError
from core.imaging import decode
from core.imaging.decode import ImageInfo, read_image, read_info
from core.imaging.pixels import DecodedPicture, to_rgb

# Four pixels no mix-up survives: red, green / blue, orange.
GOLDEN = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 128, 0]]], np.uint8)


def encode(image: Image.Image | np.ndarray, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def blocks(size: int = 16) -> np.ndarray:
    return GOLDEN.repeat(size, axis=0).repeat(size, axis=1)


def assert_golden_blocks(image: np.ndarray, tolerance: int) -> None:
    size = image.shape[0] // 2
    centres = image[size // 2 :: size, size // 2 :: size].astype(int)
    assert centres.shape == (2, 2, 3)
    assert np.abs(centres - GOLDEN).max() <= tolerance


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("BMP", {}), ("WEBP", {"lossless": True}), ("GIF", {}), ("PNG", {"interlace": 1})],
)
def test_golden_pixels_of_lossless_formats_are_exact(kind, options):
    image = read_image(encode(GOLDEN, kind, **options))
    assert image.dtype == np.uint8
    assert image.flags.writeable
    assert image.flags.c_contiguous
    np.testing.assert_array_equal(image, GOLDEN)


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {"quality": 95, "subsampling": 0}), ("WEBP", {"quality": 95}), ("AVIF", {"quality": 95})],
)
def test_golden_pixels_of_lossy_formats_are_close_and_rgb(kind, options):
    assert_golden_blocks(read_image(encode(blocks(), kind, **options)), tolerance=12)


def test_heic_is_read():
    pillow_heif.register_heif_opener()
    data = encode(blocks(32), "HEIF", quality=95)
    assert_golden_blocks(read_image(data), tolerance=12)
    assert read_info(data) == ImageInfo("HEIF", 64, 64, len(data))


def test_libheif_is_loaded_by_the_first_heic_only():
    pillow_heif.register_heif_opener()
    heic = encode(blocks(), "HEIF").hex()
    code = (
        "import sys; from core.imaging.decode import read_image; import numpy as np\n"
        "from core.imaging.encode import encode_jpeg\n"
        "read_image(encode_jpeg(np.zeros((4, 4, 3), np.uint8))); assert 'pillow_heif' not in sys.modules\n"
        f"print(read_image(bytes.fromhex('{heic}')).shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(32, 32, 3)"


def test_two_picture_jpeg_of_a_phone_gives_the_first():
    data = encode(
        Image.fromarray(blocks()),
        "MPO",
        save_all=True,
        append_images=[Image.new("RGB", (32, 32))],
        quality=95,
    )
    assert read_info(data).format == "JPEG"
    assert_golden_blocks(read_image(data), tolerance=60)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.transpose(1, 0, 2)),
        (6, lambda a: np.rot90(a, -1)),
        (7, lambda a: np.rot90(a, 2).transpose(1, 0, 2)),
        (8, lambda a: np.rot90(a, 1)),
    ],
)
def test_exif_orientation_is_applied(orientation, expected):
    pixels = np.concatenate([GOLDEN, GOLDEN[:1] // 2])  # 3 rows, 2 columns
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(pixels, "PNG", exif=exif)
    np.testing.assert_array_equal(read_image(data), expected(pixels))
    info = read_info(data)
    assert (info.height, info.width) == expected(pixels).shape[:2]


@pytest.mark.parametrize("orientation", [0, 9])
def test_an_impossible_orientation_is_no_reason_to_refuse(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    np.testing.assert_array_equal(read_image(encode(GOLDEN, "PNG", exif=exif)), GOLDEN)


@pytest.mark.filterwarnings("ignore::UserWarning")  # in use, core.imaging.decode silences Pillow itself
def test_broken_exif_is_no_reason_to_refuse():
    data = encode(blocks(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff\x00\x01garbage")
    assert read_image(data).shape == (32, 32, 3)


def test_alpha_is_laid_on_white():
    rgba = np.array([[[255, 0, 0, 255], [255, 0, 0, 0], [0, 0, 0, 128]]], np.uint8)
    np.testing.assert_array_equal(
        read_image(encode(rgba, "PNG")), [[[255, 0, 0], [255, 255, 255], [127, 127, 127]]]
    )


def test_grey_with_alpha():
    grey = Image.merge("LA", [Image.new("L", (1, 1), 10), Image.new("L", (1, 1), 0)])
    np.testing.assert_array_equal(read_image(encode(grey, "PNG")), [[[255, 255, 255]]])


def test_palette_with_transparency():
    picture = Image.new("P", (2, 1))
    picture.putpalette([200, 0, 0, 0, 100, 0])
    picture.putpixel((1, 0), 1)
    opaque, see_through = encode(picture, "PNG"), encode(picture, "PNG", transparency=b"\xff\x00")
    np.testing.assert_array_equal(read_image(opaque), [[[200, 0, 0], [0, 100, 0]]])
    np.testing.assert_array_equal(read_image(see_through), [[[200, 0, 0], [255, 255, 255]]])
    np.testing.assert_array_equal(
        read_image(encode(picture, "PNG", transparency=1)), [[[200, 0, 0], [255, 255, 255]]]
    )


@pytest.mark.parametrize(("mode", "colour", "key"), [("RGB", (9, 8, 7), (9, 8, 7)), ("L", 9, 9), ("1", 0, 0)])
def test_one_colour_declared_transparent(mode, colour, key):
    data = encode(Image.new(mode, (1, 1), colour), "PNG", transparency=key)
    np.testing.assert_array_equal(read_image(data), [[[255, 255, 255]]])


def test_16_bit_grey_is_scaled_not_clipped():
    grey = np.array([[0, 257, 32_896, 65_535]], np.uint16)
    expected = np.array([0, 1, 128, 255]).reshape(1, 4, 1).repeat(3, axis=2)
    np.testing.assert_array_equal(read_image(encode(grey, "PNG")), expected)


def test_16_bit_grey_with_a_transparent_value():
    data = encode(np.array([[0, 257]], np.uint16), "PNG")
    chunk = b"tRNS" + struct.pack(">H", 257)
    chunk = struct.pack(">I", 2) + chunk + struct.pack(">I", zlib.crc32(chunk))
    at = data.index(b"IDAT") - 4
    data = data[:at] + chunk + data[at:]
    np.testing.assert_array_equal(read_image(data), [[[0, 0, 0], [255, 255, 255]]])


def test_one_bit():
    bits = Image.new("1", (2, 1), 0)
    bits.putpixel((1, 0), 1)
    np.testing.assert_array_equal(read_image(encode(bits, "PNG")), [[[0, 0, 0], [255, 255, 255]]])


def test_greyscale_jpeg_has_three_equal_channels():
    image = read_image(encode(Image.new("L", (8, 8), 77), "JPEG"))
    assert image.shape == (8, 8, 3)
    assert np.abs(image.astype(int) - 77).max() <= 1


def test_cmyk_jpeg_by_adobe_is_not_a_negative():
    cyan, paper = Image.new("CMYK", (16, 16), (255, 0, 0, 0)), Image.new("CMYK", (16, 16), (0, 0, 0, 0))
    assert np.abs(read_image(encode(cyan, "JPEG"))[8, 8].astype(int) - [0, 255, 255]).max() <= 3
    assert read_image(encode(paper, "JPEG")).min() >= 252


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("I", (1, 1), 65_535), 255),
        (Image.new("I", (1, 1), 200), 200),
        (Image.fromarray(np.array([[-1.0, 0.0, 1.0]], np.float32)), [0, 128, 255]),
        (Image.fromarray(np.array([[0.0, 1.0]], np.float32)), [0, 255]),
        (Image.fromarray(np.array([[0.0, 200.0]], np.float32)), [0, 200]),
        (Image.fromarray(np.array([[np.nan, np.inf]], np.float32)), [0, 0]),
        (Image.new("I;16B", (1, 1), 257), 1),
        (Image.new("YCbCr", (1, 1), (90, 128, 128)), 90),
        (Image.new("LAB", (1, 1), (0, 128, 128)), 0),
        (Image.new("HSV", (1, 1), (0, 0, 33)), 33),
        (Image.new("La", (1, 1), (40, 255)), 40),
        (Image.new("RGBa", (1, 1), (40, 40, 40, 255)), 40),
        (Image.new("PA", (1, 1), (0, 0)), 255),
        (Image.new("RGBX", (1, 1), (5, 5, 5, 0)), 5),
    ],
)
def test_every_mode_of_pillow_becomes_rgb(image, expected):
    pixels = to_rgb(DecodedPicture.from_image(image))
    assert np.abs(pixels - np.reshape(expected, (1, -1, 1))).max() <= 1  # LAB rounds


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_gives_its_first_frame(kind):
    red, blue = Image.new("RGB", (16, 16), (255, 0, 0)), Image.new("RGB", (16, 16), (0, 0, 255))
    data = encode(red, kind, save_all=True, append_images=[blue, red])
    assert np.abs(read_image(data)[8, 8].astype(int) - [255, 0, 0]).max() <= 8


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_max_side_shrinks_and_keeps_the_shape(kind):
    data = encode(np.full((1200, 800, 3), 90, np.uint8), kind)
    assert read_image(data, max_side=300).shape == (300, 200, 3)
    assert read_image(data, max_side=5000).shape == (1200, 800, 3)
    assert np.abs(read_image(data, max_side=300).astype(int) - 90).max() <= 2


def test_max_side_of_an_extreme_shape_keeps_a_pixel():
    assert read_image(encode(np.zeros((1, 5000, 3), np.uint8), "JPEG"), max_side=100).shape == (1, 100, 3)


def test_max_side_counts_after_turning_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encode(np.zeros((400, 800, 3), np.uint8), "JPEG", exif=exif)
    assert read_image(data, max_side=80).shape == (80, 40, 3)


def test_max_side_below_one_is_refused():
    with pytest.raises(ImageError, match="max_side is 0"):
        read_image(encode(GOLDEN, "PNG"), max_side=0)


def test_a_path_is_read_like_its_bytes(tmp_path):
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(encode(GOLDEN, "PNG"))
    np.testing.assert_array_equal(read_image(path), GOLDEN)
    assert read_info(path) == ImageInfo("PNG", 2, 2, path.stat().st_size)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"\n <!DOCTYPE html><html><body>404</body></html>", "is a web page"),
        (b"<script></script><head></head>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "git lfs pull"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04rest", "ZIP"),
        (encode(GOLDEN, "TIFF"), "TIFF"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(40), "video"),
        (b"hello", "expected JPEG, PNG, WebP, AVIF, GIF, HEIC or BMP"),
        (encode(GOLDEN, "PPM"), "expected JPEG"),
        (b"\xff\xd8\xff", "damaged"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "damaged"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "damaged"),
    ],
)
def test_what_is_no_picture_gets_one_helpful_line(data, sentence):
    for reader in (read_image, read_info):
        with pytest.raises(ImageError, match=sentence) as caught:
            reader(data, name="holiday.jpg")
        assert str(caught.value).startswith("holiday.jpg ")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "HEIF"])
def test_a_truncated_picture_is_an_image_error_wherever_it_breaks_off(kind):
    pillow_heif.register_heif_opener()
    noise = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    data = encode(noise, kind)
    assert read_image(data).shape == (40, 30, 3)
    for length in [*range(1, 64, 3), len(data) // 2, len(data) * 3 // 4]:
        with pytest.raises(ImageError, match="shirt"):
            read_image(data[:length], name="shirt")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "HEIF"])
def test_flipped_bytes_never_escape_as_another_error(kind):
    pillow_heif.register_heif_opener()
    random = np.random.default_rng(1)
    clean = encode(random.integers(0, 256, (24, 24, 3), dtype=np.uint8), kind)
    refused = 0
    for _ in range(60):
        data = np.frombuffer(clean, np.uint8).copy()
        data[random.integers(0, min(len(data), 300), 6)] = random.integers(0, 256, 6)
        try:
            image = read_image(data.tobytes())
            assert image.dtype == np.uint8
            assert image.shape[2] == 3
        except ImageError:
            refused += 1
    assert refused > 0


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return data + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))


@pytest.mark.parametrize("side", [8_001, 11_000, 50_000])  # above our limit, Pillow's warning, Pillow's error
def test_too_many_pixels_are_refused_by_the_header(side):
    with pytest.raises(ImageError, match=r"bomb.* pixels, expected at most 64 million"):
        read_image(png_header(side, side), name="bomb")


@pytest.fixture
def huge_jpeg() -> bytes:
    """Give a JPEG of 108 million pixels, of one colour."""
    return encode(Image.new("RGB", (12_000, 9_000), (200, 30, 40)), "JPEG", quality=30)


def test_a_jpeg_of_108_megapixels_is_read_at_a_smaller_size(huge_jpeg):
    read = read_image(huge_jpeg, max_side=720)
    assert read.shape == (540, 720, 3)
    assert np.abs(read[100, 100].astype(int) - (200, 30, 40)).max() < 6
    assert read_info(huge_jpeg).width == 12_000
    with pytest.raises(ImageError, match="12000×9000 pixels, expected at most 64 million"):
        read_image(huge_jpeg)


def test_a_jpeg_beyond_every_camera_is_refused_by_the_header(huge_jpeg):
    frame = huge_jpeg.index(b"\xff\xc0") + 5
    data = huge_jpeg[:frame] + struct.pack(">HH", 40_000, 40_000) + huge_jpeg[frame + 4 :]
    for reader in (read_info, lambda data: read_image(data, max_side=320)):
        with pytest.raises(ImageError, match="pixels, expected at most 64 million"):
            reader(data)


def test_a_large_progressive_jpeg_is_refused_since_no_scale_spares_its_memory():
    data = encode(Image.new("L", (9_000, 8_000), 60), "JPEG", quality=30, progressive=True)
    with pytest.raises(ImageError, match="pixels, expected at most 64 million"):
        read_image(data, max_side=720)


def test_a_picture_without_pixels_is_refused():
    with pytest.raises(ImageError):
        read_image(png_header(0, 5))
    gif = bytearray(encode(GOLDEN, "GIF"))
    gif[6:10] = bytes(4)
    at = gif.index(b",")
    gif[at + 5 : at + 9] = bytes(4)
    with pytest.raises(ImageError):
        read_image(bytes(gif))


def test_too_many_bytes_are_refused_before_decoding(monkeypatch, tmp_path):
    path = tmp_path / "big.png"
    path.write_bytes(encode(blocks(), "PNG"))
    monkeypatch.setattr(decode, "MAX_BYTES", 20)
    for source in (path, path.read_bytes()):
        with pytest.raises(ImageError, match=r"big\.png is larger than"):
            read_image(source, name="big.png")


def test_memory_running_out_is_an_image_error(monkeypatch):
    def fail(image, data):
        raise MemoryError

    monkeypatch.setattr(decode, "_decode", fail)
    with pytest.raises(ImageError, match="2×2 pixels, more than the free memory holds"):
        read_image(encode(GOLDEN, "PNG"))


def test_a_path_that_is_not_there_or_a_folder(tmp_path):
    with pytest.raises(ImageError, match=r"gone\.jpg is not there"):
        read_image(tmp_path / "gone.jpg")
    with pytest.raises(ImageError, match="is a folder"):
        read_image(tmp_path)
