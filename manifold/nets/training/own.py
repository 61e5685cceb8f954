"""Your own labelled pictures, from a folder, a ZIP or an NPZ that nobody has checked before."""

from __future__ import annotations

import lzma
import math
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray

from manifold.checks import fault, one_line
from manifold.clouds.files import MAX_BYTES
from manifold.clouds.picture_files import read_picture
from manifold.clouds.stored import read_head
from manifold.nets.training.data import LabelledImages

MOST_PICTURES = 100_000
MOST_PIXELS = 200_000_000
"""Of all pictures together."""

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
_LONGEST = 400  # bytes of a label: 100 letters
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)  # that zipfile may raise

_Labelled = tuple[NDArray[np.float32], NDArray[Any]]
"""Pictures (N, C, H, W), and labels (N,) of any kind."""


class _Picture(NamedTuple):
    """A picture in the folder of its class, and how it is opened."""

    label: str
    name: str
    open: Callable[[], Any]


def read_images(source: str | Path | BinaryIO, *, name: str = "", most_pixels: int = MOST_PIXELS) -> LabelledImages:
    """Your own pictures: a folder with a folder for each class, the same as a ZIP, or an NPZ of `images` and `labels`.

    Parameters
    ----------
    source : str, Path or file opened in binary mode
        In folders all pictures have one size; see `read_picture`. In an NPZ `images` is (N, H, W), (N, H, W, 3) or
        (N, 3, H, W), of uint8 or from 0 to 1, and `labels` is (N,), of any kind that can be sorted but objects.
    name : str, optional
        What messages call the file.
    most_pixels : int, default=200,000,000
        Of all pictures together; more are refused before they are read.

    Returns
    -------
    LabelledImages

    Raises
    ------
    FileNotFoundError, ValueError
    """
    if isinstance(source, str | Path):
        source = Path(source)
        name = name or source.name
        if not source.exists():
            raise fault(FileNotFoundError, "there is no folder or file {path!r}", path=str(source))
    if isinstance(source, Path) and source.is_dir():
        images, labels = _read_pictures(_in_folder(source), name, most_pixels)
    else:
        images, labels = _read_archive(source, name or "the file", most_pixels)
    names, places = np.unique(labels, return_inverse=True)
    return LabelledImages(torch.from_numpy(images), torch.from_numpy(places.astype(np.int64)), tuple(map(str, names)))


def _in_folder(path: Path) -> list[_Picture]:
    folders = [folder for folder in sorted(path.iterdir()) if folder.is_dir()]
    files = [file for folder in folders for file in sorted(folder.iterdir()) if file.suffix.lower() in _SUFFIXES]
    return [_Picture(file.parent.name, file.name, lambda file=file: file.open("rb")) for file in files]  # type: ignore[misc]


def _read_archive(source: Path | BinaryIO, name: str, most: int) -> _Labelled:
    """Pictures and labels of an NPZ, which is a ZIP of arrays, or of a ZIP of folders; nothing is unpacked to the disk."""
    try:
        with zipfile.ZipFile(source) as archive:
            if {"images.npy", "labels.npy"} <= set(archive.namelist()):
                return _read_arrays(archive, name, most)
            return _read_pictures(_in_zip(archive, name), name, most)
    except _DAMAGED as error:
        if hasattr(error, "sentence"):
            raise
        sentence = (
            "{name} must be an NPZ of two arrays, images and labels, or a ZIP with a folder of pictures for each class, "
            "and cannot be read as one ({error})"
        )
        raise fault(ValueError, sentence, name=name, error=one_line(error)) from error


def _in_zip(archive: zipfile.ZipFile, name: str) -> list[_Picture]:
    """Pictures by the innermost folder that they lie in."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            sentence = "{name} must hold nothing that lies outside of it, got {path!r}; pack the folders again"
            raise fault(ValueError, sentence, name=name, path=entry.filename[:80])
    if sum(entry.file_size for entry in entries) > MAX_BYTES:  # a small file may hold terabytes
        sentence = "{name} unpacks to more than {most} MB; pack fewer pictures"
        raise fault(ValueError, sentence, name=name, most=MAX_BYTES // 1_000_000)
    files = sorted((PurePosixPath(entry.filename), entry.filename) for entry in entries)
    return [
        _Picture(path.parent.name, path.name, lambda place=place: archive.open(place))  # type: ignore[misc]
        for path, place in files
        if path.suffix.lower() in _SUFFIXES and len(path.parts) > 1 and "__MACOSX" not in path.parts
    ]


def _read_pictures(pictures: Sequence[_Picture], name: str, most: int) -> _Labelled:
    """Pictures of one size, one after the other."""
    if not pictures:
        raise fault(ValueError, "{name!r} must hold a folder of pictures for each class, and holds none", name=name)
    first = _read(pictures[0])
    _check_size(len(pictures), *first.shape[:2], most=most)
    pixels = np.empty((len(pictures), *first.shape), dtype=np.uint8)
    for place, picture in enumerate(pictures):
        read = _read(picture)
        if read.shape != first.shape:
            sentence = "all pictures must have one size; {first!r} has {size} pixels, {other!r} has {other_size}"
            sizes = [f"{shape[1]} x {shape[0]}" for shape in (first.shape, read.shape)]
            told = {"first": pictures[0].name, "size": sizes[0], "other": picture.name, "other_size": sizes[1]}
            raise fault(ValueError, sentence, **told)
        pixels[place] = read
    return _as_images(pixels), np.array([picture.label for picture in pictures])


def _read(picture: _Picture) -> NDArray[np.uint8]:
    with picture.open() as file:
        return read_picture(file, name=picture.name)


def _read_arrays(archive: zipfile.ZipFile, name: str, most: int) -> _Labelled:
    """The arrays `images` and `labels`, once what they announce is what they can be."""
    (shape, kind), (count, word) = (_announced(archive, part, name) for part in ("images.npy", "labels.npy"))
    colors = len(shape) == 4 and {1, 3} & {shape[1], shape[3]}
    if not (len(shape) == 3 or colors) or 0 in shape or kind.kind not in "uf" or count != shape[:1]:
        sentence = "images must be (N, H, W), (N, H, W, 3) or (N, 3, H, W) and labels (N,), got {images} and {labels}"
        raise fault(ValueError, sentence, images=shape, labels=count)
    height, width = shape[1:3] if shape[-1] in (1, 3) else shape[-2:]
    _check_size(shape[0], height, width, most=most)
    if word.itemsize > _LONGEST:
        raise fault(ValueError, "labels must be numbers, or words of at most {most} letters", most=_LONGEST // 4)
    with archive.open("images.npy") as images, archive.open("labels.npy") as labels:
        pixels, words = (np.lib.format.read_array(file, allow_pickle=False) for file in (images, labels))
    return _as_images(pixels), words


def _announced(archive: zipfile.ZipFile, part: str, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an array in an archive, which has as many bytes as they say."""
    with archive.open(part) as file:
        shape, kind = read_head(cast(BinaryIO, file), name)
        rest = archive.getinfo(part).file_size - file.tell()
    if min(shape, default=0) < 0 or math.prod(shape) * kind.itemsize != rest:
        sentence = "{name} is cut off or padded: {shape} numbers announced; save it again with numpy.save"
        raise fault(ValueError, sentence, name=name, shape=shape)
    return shape, kind


def _check_size(count: int, height: int, width: int, *, most: int) -> None:
    """Refuse too many pictures, or too many pixels in all of them."""
    if count > MOST_PICTURES:
        raise fault(ValueError, "a set may have at most {most:,} pictures, got {count:,}", most=MOST_PICTURES, count=count)
    if count * height * width > most:
        sentence = "{count:,} pictures of {height} x {width} pixels have more than {most:,} in all; take fewer or smaller ones"
        raise fault(ValueError, sentence, count=count, height=height, width=width, most=most)


def _as_images(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """(N, C, H, W) from 0 to 1; grey where all colours agree."""
    images = np.asarray(pixels, dtype=np.float32) / (255.0 if pixels.dtype.kind == "u" else 1.0)
    if images.ndim == 3:
        images = images[:, None]
    elif images.shape[-1] in (1, 3):
        images = np.ascontiguousarray(np.moveaxis(images, -1, 1))
    if not np.isfinite(images).all() or images.min() < 0.0 or images.max() > 1.0:
        raise fault(ValueError, "pixels must be whole numbers from 0 to 255, or lie between 0 and 1")
    return images[:, :1] if (images == images[:, :1]).all() else images
