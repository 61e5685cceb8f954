"""A picture as pixels: from a file that nobody has checked before, or from an array."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from manifold.checks import check_kind, fault, one_line
from manifold.clouds.files import MAX_BYTES, read_bytes

Pixels = NDArray[np.uint8]

MOST_PIXELS = 50_000_000
"""Of a file: three bytes each, and as many again while it is read."""

_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, struct.error)  # that Pillow may raise


def read_picture(source: object, *, name: str = "") -> Pixels:
    """The pixels of a picture file, upright as the camera held it.

    Parameters
    ----------
    source : str, Path or file opened in binary mode
        JPEG, PNG, WebP, TIFF, BMP or GIF; one still picture of 8 bits, grey, coloured or with a palette, without parts to see
        through.
    name : str, optional
        What messages call the file.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        Red, green, blue.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError, ValueError
        If it is no such picture, is damaged, moves, has 16 bits, is larger than `MOST_PIXELS`, or has parts to see through.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    content, name = read_bytes(source, check_kind(name, "name", str))
    if len(content) > MAX_BYTES:
        raise _too_large(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of broken side notes, and of sizes, which are checked here
        try:
            picture = Image.open(io.BytesIO(content), formats=_FORMATS)
            _check_kind(picture, name)
            upright = ImageOps.exif_transpose(picture)
            return np.array(_opaque(upright, name).convert("RGB"))
        except Image.DecompressionBombError:
            raise _too_large(name) from None
        except UnidentifiedImageError:
            raise fault(
                ValueError,
                "{name} must be a picture: {formats}; save it as one of them",
                name=name,
                formats=", ".join(_FORMATS),
            ) from None
        except _DAMAGED as error:
            if hasattr(error, "sentence"):
                raise
            raise fault(
                ValueError, "{name} is a damaged picture ({error}); save it again", name=name, error=one_line(error)
            ) from None


def check_pixels(image: ArrayLike) -> Any:
    """`image` as an array of uint8 of shape (H, W, 3)."""
    if np.ma.isMaskedArray(image):
        raise ValueError("image must be an array without a mask; fill it first, as image.filled(0)")
    try:
        pixels: Any = np.asarray(image)
    except (TypeError, ValueError, RuntimeError):
        raise fault(
            TypeError,
            "image must be an array of uint8 of shape (H, W, 3), which NumPy makes of no {type_name} like this",
            type_name=type(image).__name__,
        ) from None
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape or pixels.dtype != np.uint8:
        raise fault(
            ValueError,
            "image must be uint8 of shape (H, W, 3), got {dtype} of shape {shape}",
            dtype=one_line(pixels.dtype),
            shape=pixels.shape,
        )
    return pixels


def _check_kind(picture: Any, name: str) -> None:
    """ValueError for what is told by the head of the file, before its pixels are unpacked."""
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise _too_large(name)
    if getattr(picture, "n_frames", 1) > 1:
        raise fault(
            ValueError,
            "{name} must be one still picture, got {count} in a row; save one of them as PNG",
            name=name,
            count=picture.n_frames,
        )
    if picture.mode[:1] in "IF":
        raise fault(
            ValueError, "{name} must have 8 bits a colour, got more (mode {mode}); save it with 8", name=name, mode=picture.mode
        )


def _opaque(picture: Any, name: str) -> Any:
    """The picture, if nothing of it can be seen through."""
    if not picture.has_transparency_data:
        return picture
    full = picture.convert("RGBA")
    if full.getextrema()[3][0] < 255:
        raise fault(ValueError, "{name} must have no parts to see through; flatten it on a background first", name=name)
    return full


def _too_large(name: str) -> ValueError:
    return fault(ValueError, "{name} must have at most {most:,} pixels; make it smaller", name=name, most=MOST_PIXELS)
