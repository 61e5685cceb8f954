"""Picture files that nobody has checked before: what Pillow reads is read, all else is one sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from manifold import random_stream, read_picture
from manifold.clouds import picture_files

PIXELS = random_stream(8).integers(0, 256, (12, 9, 3), dtype=np.uint8)


def saved(picture, kind="PNG", **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    file.seek(0)
    return file


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "JPEG", "WEBP"])
def test_a_picture_is_what_pillow_reads(kind, tmp_path):
    picture = Image.fromarray(PIXELS)
    expected = np.array(Image.open(saved(picture, kind)).convert("RGB"))
    np.testing.assert_array_equal(read_picture(saved(picture, kind)), expected)
    path = tmp_path / "a.picture"
    path.write_bytes(saved(picture, kind).read())
    np.testing.assert_array_equal(read_picture(path), expected)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_grey_palettes_and_other_colours_become_red_green_and_blue(mode):
    picture = Image.fromarray(PIXELS).convert(mode)
    kind = "JPEG" if mode == "YCbCr" else "TIFF"
    expected = np.array(Image.open(saved(picture, kind)).convert("RGB"))
    np.testing.assert_array_equal(read_picture(saved(picture, kind)), expected)


def test_a_picture_is_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right
    np.testing.assert_array_equal(read_picture(saved(Image.fromarray(PIXELS), exif=exif)), np.rot90(PIXELS, -1))


def test_alpha_without_effect_is_left_out():
    opaque = Image.fromarray(np.dstack([PIXELS, np.full((12, 9), 255, np.uint8)]))
    np.testing.assert_array_equal(read_picture(saved(opaque)), PIXELS)


def bomb():
    """A PNG of a few bytes that says it has 10^10 pixels."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    packed = (struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(packed))


BAD = {
    "moves": (
        lambda: saved(Image.fromarray(PIXELS), "GIF", save_all=True, append_images=[Image.fromarray(255 - PIXELS)]),
        r"^mine must be one still picture, got 2 in a row; save one of them as PNG$",
    ),
    "16 bits": (
        lambda: saved(Image.fromarray(PIXELS[:, :, 0].astype(np.uint16) * 200)),
        r"^mine must have 8 bits a colour, got more \(mode I;16\); save it with 8$",
    ),
    "floats": (
        lambda: saved(Image.fromarray(PIXELS[:, :, 0].astype(np.float32)), "TIFF"),
        r"^mine must have 8 bits a colour, got more \(mode F\); save it with 8$",
    ),
    "alpha": (
        lambda: saved(Image.fromarray(np.dstack([PIXELS, PIXELS[:, :, :1]]))),
        r"^mine must have no parts to see through; flatten it on a background first$",
    ),
    "a palette's transparent colour": (
        lambda: saved(Image.fromarray(PIXELS[:, :, 0] % 4).convert("P"), transparency=1),
        r"^mine must have no parts to see through; flatten it on a background first$",
    ),
    "huge": (bomb, r"^mine must have at most 50,000,000 pixels; make it smaller$"),
    "no picture": (
        lambda: io.BytesIO(b"1,2\n3,4\n"),
        r"^mine must be a picture: JPEG, PNG, WEBP, TIFF, BMP, GIF; save it",
    ),
    "empty": (io.BytesIO, r"^mine must be a picture: "),
    "cut off": (
        lambda: io.BytesIO(saved(Image.fromarray(PIXELS)).read()[:-60]),
        r"^mine is a damaged picture \(.+\); save it again$",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_still_picture_is_refused(kind):
    make, message = BAD[kind]
    with pytest.raises(ValueError, match=message):
        read_picture(make(), name="mine")


def test_a_large_file_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(picture_files, "MOST_PIXELS", 100)
    with pytest.raises(ValueError, match=r"^the file must have at most 100 pixels; make it smaller$"):
        read_picture(saved(Image.fromarray(PIXELS)))
    monkeypatch.setattr(picture_files, "MAX_BYTES", 10)
    with pytest.raises(ValueError, match=r"^mine must have at most 100 pixels"):
        read_picture(saved(Image.fromarray(PIXELS[:2, :2])), name="mine")


def fault_of(content):
    """What `read_picture` raises; None if it finds pixels."""
    try:
        pixels = read_picture(io.BytesIO(content))
    except ValueError as error:
        return error
    assert pixels.dtype == np.uint8
    return None


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "JPEG", "WEBP"])
def test_damage_anywhere_ends_in_pixels_or_one_sentence(kind):
    """100 files of each kind, some bytes changed or the end cut off; a fault is a ValueError of this library."""
    rng = random_stream(9)
    whole = saved(Image.fromarray(PIXELS), kind).read()
    for _ in range(100):
        content = bytearray(whole[: rng.integers(1, len(whole) + 1)])
        for place in rng.integers(0, len(content), rng.integers(0, 4)):
            content[place] = rng.integers(0, 256)
        told = fault_of(bytes(content))
        assert told is None or hasattr(told, "sentence"), told
