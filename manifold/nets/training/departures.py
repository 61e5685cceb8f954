"""Who leaves a network where, what it costs and who is right, at several thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from manifold.checks import Floats, Integers, Mask
from manifold.nets.training.data import LabelledImages
from manifold.nets.training.exits import ExitNet, leave
from manifold.results import Result


@dataclass(frozen=True, eq=False, repr=False)
class Departures(Result):
    """What comes of W thresholds on N pictures of a network with E exits.

    Attributes
    ----------
    thresholds : ndarray of shape (W,)
    exits : ndarray of shape (W, N)
        At which each picture leaves, from 0 on.
    right : ndarray of shape (N, E)
        Whether each exit is right about each picture.
    macs : ndarray of shape (E,)
        Of a picture that leaves at each exit.
    """

    thresholds: Floats
    exits: Integers
    right: Mask
    macs: Integers

    @property
    def wrong(self) -> Mask:
        """Pictures (W, N) about which the exit they leave at is wrong."""
        return ~self.right[np.arange(len(self.right)), self.exits]

    @property
    def accuracy(self) -> Floats:
        """Share of the pictures (W,) that the exit they leave at gets right."""
        return np.asarray(1.0 - self.wrong.mean(axis=1))

    @property
    def cost(self) -> Floats:
        """Mean MACs of a picture (W,), as a share of those of the last exit."""
        return np.asarray(self.macs[self.exits].mean(axis=1) / self.macs[-1])

    @property
    def cheapest(self) -> int:
        """The first threshold, by its place, at which no fewer pictures are right than at the last exit alone."""
        missed = np.array([wrong.sum() for wrong in self.wrong])
        return int(np.argmax(missed <= (~self.right[:, -1]).sum()))


def depart(network: ExitNet, pictures: LabelledImages, thresholds: Sequence[float]) -> Departures:
    """Let labelled pictures leave a network at thresholds in rising order, the last of which is 1; see `leave`."""
    with torch.no_grad():
        scores = network(pictures.images).double().numpy()  # (N, E, classes)
    exits = np.stack([leave(scores, threshold) for threshold in thresholds])
    right = scores.argmax(axis=2) == pictures.labels.numpy()[:, None]
    shape = tuple(pictures.images.shape[1:])
    macs = np.array([cost.macs for cost in network.costs(shape)])
    return Departures(np.asarray(thresholds, dtype=np.float64), exits, right, macs)
