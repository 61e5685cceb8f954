"""Two arms of a comparison, trained in turns and watched: how much they get right, and what their last bottleneck holds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from manifold.checks import Floats, Integers, Mask
from manifold.nets.blocks.initialise import initialise
from manifold.nets.training.data import IMAGE_SETS, OwnImages, Split, split_images
from manifold.nets.training.family import SmallNet, bottleneck_net
from manifold.nets.training.loop import Recipe, Training, one_thread
from manifold.results import Result
from manifold.streams import random_stream

BATCH = 32
"""Pictures in a step."""

MOMENTS = 25
"""Times that a training is looked at, besides its beginning."""

SHOWN = 200
"""Test pictures of which the bottleneck is kept, at most."""

LARGEST = 8
"""Pixels of a side up to which the stem keeps the picture; it halves larger ones."""


@dataclass(frozen=True)
class Arm:
    """One side of a comparison: a network, what it learns from, and how.

    Attributes
    ----------
    width, depth : int
        Channels of the bottlenecks, and blocks; see `bottleneck_net`.
    activation, shortcut : str
        At the end of each block, where the paper has none, and what the shortcut goes around; see `InvertedResidual`.
    dataset : str
        A name of `IMAGE_SETS`; without meaning where there are pictures of your own.
    steps : int
    rate : float
    seed, draw : int
        Of the split, the first weights and the order of pictures; see `manifold.random_stream`. Arms of one draw share them.
    own : OwnImages, optional
        Your own pictures.
    """

    width: int = 2
    depth: int = 6
    activation: str = "linear"
    shortcut: str = "none"
    dataset: str = "digits"
    steps: int = 250
    rate: float = 0.02
    seed: int = 0
    draw: int = 0
    own: OwnImages | None = None

    def split(self) -> Split:
        """The pictures, in three parts."""
        data = IMAGE_SETS[self.dataset]() if self.own is None else self.own.data
        return split_images(data, rng=random_stream(self.seed, self.draw, 0))

    def network(self, split: Split) -> SmallNet:
        """The network, its weights as before training."""
        channels, height, width = split.train.images.shape[1:]
        network: Any = bottleneck_net(
            (channels, height, width),
            len(split.train.names),
            width=self.width,
            bottleneck_activation=self.activation,
            shortcut=self.shortcut,
            depth=self.depth,
            stride=2 if max(height, width) > LARGEST else 1,
        )
        initialise(network.to(memory_format=torch.channels_last), rng=random_stream(self.seed, self.draw, 1))
        return cast(SmallNet, network)

    def begin(self, split: Split) -> Training:
        """Its training."""
        order = int(random_stream(self.seed, self.draw, 2).integers(2**31))
        recipe = Recipe(self.steps, BATCH, rate=self.rate, seed=order)
        return Training(self.network(split), split.train.examples, recipe, held=split.held)

    def moments(self) -> list[int]:
        """Steps before which it is looked at, the first and the last among them."""
        return sorted({round(step) for step in np.linspace(0, self.steps, min(self.steps, MOMENTS) + 1)})


@dataclass(frozen=True, eq=False, repr=False)
class Watched(Result):
    """A training as far as it was seen, at M moments.

    Attributes
    ----------
    steps : ndarray of shape (M,)
        Steps taken at each.
    accuracy : ndarray of shape (M,)
        Share of the test part that is right.
    places : ndarray of float32, shape (M, N, width)
        What the last bottleneck holds in the middle of some of the test pictures.
    said : ndarray of uint8, shape (M, N)
        The class that each of them is taken for, of at most 256.
    labels : ndarray of shape (N,)
        Their classes.
    names : tuple of str
        Of the classes.
    right : ndarray of shape (test,)
        Which of all test pictures are right at the last moment.
    losses : ndarray of shape (steps taken,)
        Of each step's pictures.
    parameters, macs : int
        What the network costs.
    failed : ValueError, optional
        Why it ended before its last step.
    most : float, optional
        Share of the test pictures that are of the commonest class; taken for equal for all classes where it is not kept.
    """

    steps: Integers
    accuracy: Floats
    places: NDArray[np.float32]
    said: NDArray[np.uint8]
    labels: Integers
    names: tuple[str, ...]
    right: Mask
    losses: Floats
    parameters: int
    macs: int
    failed: ValueError | None = None
    most: float | None = None

    @property
    def guess(self) -> float:
        """Share of the test pictures that is right if every one is taken for the commonest class."""
        return 1.0 / len(self.names) if self.most is None else self.most


def shown_pictures(count: int) -> Integers:
    """Which of so many test pictures are shown: at most `SHOWN`, evenly spaced."""
    return np.linspace(0, count - 1, min(count, SHOWN)).round().astype(np.int64)


def watch(arm: Arm) -> Iterator[Watched]:
    """Train an arm step by step: what was seen until each step, in a new value at each of the arm's moments."""
    split = arm.split()
    training, images, labels = arm.begin(split), *split.test.examples
    chosen = torch.from_numpy(shown_pictures(len(images)))
    network, moments = training.network, set(arm.moments())
    assert isinstance(network, SmallNet)
    cost = network.cost(tuple(images.shape[1:]))
    seen = Watched(
        steps=np.empty(0, dtype=np.int64),
        accuracy=np.empty(0),
        places=np.empty((0, len(chosen), arm.width), dtype=np.float32),
        labels=labels[chosen].numpy(),
        names=split.test.names,
        right=np.zeros(len(images), dtype=np.bool_),
        losses=np.empty(0),
        parameters=cost.parameters,
        macs=cost.macs,
        most=float(np.bincount(labels).max() / len(labels)),
        said=np.empty((0, len(chosen)), dtype=np.uint8),
    )
    try:
        for step in training.moments():
            if step in moments:
                seen = _look(seen, training, network, split, chosen)
            yield seen
    except ValueError as error:
        yield replace(seen, losses=training.losses, failed=error)


@one_thread()
def _look(seen: Watched, training: Training, network: SmallNet, split: Split, chosen: torch.Tensor) -> Watched:
    """The same with one more moment."""
    images, labels = split.test.examples
    with torch.no_grad():
        maps = network.bottlenecks(images)[-1]  # (test, width, h, w)
        scores = network.classifier(network.head(maps).mean((2, 3)))
    answers = scores.argmax(1)
    right = (answers == labels).numpy()
    middle = maps[chosen, :, maps.shape[2] // 2, maps.shape[3] // 2].numpy()
    return replace(
        seen,
        steps=np.append(seen.steps, training.step),
        accuracy=np.append(seen.accuracy, right.mean()),
        places=np.concatenate([seen.places, middle[None]]),
        right=right,
        losses=training.losses,
        said=np.concatenate([seen.said, answers[chosen, None].T.numpy().astype(np.uint8)]),
    )


Pair = tuple[Arm, Arm]


def watch_pair(pair: Pair) -> Iterator[tuple[Watched, Watched]]:
    """Train two arms in turns, a step each; an arm that fails leaves the other to go on alone."""
    first, second = (watch(arm) for arm in pair)
    one, other = None, None
    for new in itertools.zip_longest(first, second):
        one, other = new[0] or one, new[1] or other
        assert one is not None
        assert other is not None
        yield one, other


def difference(one: Watched, other: Watched) -> tuple[float, float]:
    """Accuracy of one arm minus the other's, and twice the standard error that the choice of test pictures gives it.

    With b pictures that only one gets right and c that only the other does, of N: (b - c) / N and
    2 sqrt(b + c - (b - c)^2 / N) / N (McNemar 1947, Psychometrika 12).
    """
    signs = one.right.astype(np.float64) - other.right
    return float(signs.mean()), float(2.0 * signs.std() / np.sqrt(len(signs)))


def guesses(arm: Watched) -> bool:
    """Whether an arm gets no more right than guessing the commonest class does, and two standard errors of that."""
    share = arm.guess
    return bool(arm.accuracy[-1] <= share + 2.0 * np.sqrt(share * (1.0 - share) / len(arm.right)))


def widest_plane(places: NDArray[np.float32]) -> Floats:
    """Places (M, N, d) on the two directions in which the last moment's spread most, (M, N, 2); of d = 2, as they are."""
    values = np.asarray(places, dtype=np.float64)
    finite = np.flatnonzero(np.isfinite(values).all(axis=(1, 2)))
    if values.shape[2] == 2 or not len(finite):
        return values[:, :, :2]
    middle = values[finite[-1]].mean(axis=0)
    axes = np.linalg.svd(values[finite[-1]] - middle, full_matrices=False)[2][:2]
    axes *= np.where(axes.sum(axis=1, keepdims=True) < 0.0, -1.0, 1.0)  # a direction has two signs
    return np.asarray((values - middle) @ axes.T)


def on_an_axis(places: NDArray[np.float32]) -> Floats:
    """Share of places (M, N, d) with at least one channel that is exactly 0, at each moment."""
    return np.asarray((places == 0.0).any(axis=2).mean(axis=1))
