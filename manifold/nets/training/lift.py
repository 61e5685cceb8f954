"""A small network that learns to lift: its last hidden layer has three units, and is watched in space while it trains."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from manifold.checks import Floats, Integers, check_array, check_count, check_rng, check_size, fault
from manifold.nets.blocks.layers import activation_module
from manifold.nets.training.loop import Objective, Recipe, Training
from manifold.nets.training.stack import draw_weights, stack
from manifold.results import Result

WATCHED = 3
"""Units of the layer that is watched."""


@dataclass(frozen=True, eq=False, repr=False)
class LiftTraining(Result):
    """What the watched layer did, at T moments of a training.

    Attributes
    ----------
    epochs : ndarray of int, shape (T,)
        Steps taken before each moment; the last one is the end.
    hidden : ndarray of shape (T, N, 3)
        The layer's output for every point.
    weights : ndarray of shape (T, 3)
    offsets : ndarray of shape (T,)
        The plane that the last layer lays through it, weights . h + offset = 0, class 1 above.
    heights : ndarray of shape (T, M)
        weights . h + offset at the places asked for.
    accuracy : ndarray of shape (T,)
        Share of points on their class's side, the mean of both classes.
    losses : ndarray of shape (E,)
        Cross-entropy before every step.
    """

    epochs: Integers
    hidden: Floats
    weights: Floats
    offsets: Floats
    heights: Floats
    accuracy: Floats
    losses: Floats


def train_lift(
    points: ArrayLike,
    labels: ArrayLike,
    *,
    hidden: tuple[int, ...] = (32,),
    activation: str = "relu",
    epochs: int = 800,
    moments: int = 40,
    places: ArrayLike | None = None,
    rng: np.random.Generator,
    progress: Callable[[float], object] | None = None,
) -> LiftTraining:
    """Train d -> hidden -> 3 -> 1 to tell two classes apart, and record what its three units do.

    Parameters
    ----------
    points : array-like of shape (N, d)
    labels : array-like of shape (N,)
        0 or 1.
    hidden : tuple of int, default=(32,)
        Units of the layers before the watched one; () for none.
    activation : str, default="relu"
        Of `manifold.ACTIVATIONS`, after every layer but the last.
    epochs : int, default=800
        Steps of Adam on all points at once, its step falling from 0.01 to 0; both classes count alike.
    moments : int, default=40
        T at most, closer together at the start, where more happens.
    places : array-like of shape (M, d), optional
        Where else to ask for the answer.
    rng : numpy.random.Generator
        Draws the weights.
    progress : callable, optional
        Called with the share of epochs done.

    Returns
    -------
    LiftTraining
    """
    points, classes, queries = _check_data(points, labels, places)
    steps, most = check_count(epochs, "epochs", minimum=1), check_count(moments, "moments", minimum=2)
    inputs = torch.from_numpy(points)
    with torch.random.fork_rng(devices=[]):  # layers draw weights when they are made; these are drawn again
        lifted = nn.Sequential(stack((points.shape[1], *hidden, WATCHED), activation), activation_module(activation))
        plane = nn.Linear(WATCHED, 1)
    network = nn.Sequential(lifted, plane, nn.Flatten(0))
    draw_weights(network, rng=check_rng(rng))
    watched = np.unique(np.append(np.geomspace(1, steps + 1, most - 1).round().astype(np.int64) - 1, steps))
    ratio = torch.tensor((classes < 0.5).sum() / (classes > 0.5).sum())
    objective = Objective(functools.partial(nn.functional.binary_cross_entropy_with_logits, pos_weight=ratio))
    training = Training(network, (inputs.float(), torch.from_numpy(classes).float()), Recipe(steps), objective=objective)
    records = []
    for epoch in training.moments():
        if epoch in watched:
            records.append(_look(lifted, plane, inputs, torch.from_numpy(queries)))
        if progress is not None:
            progress(epoch / steps)
    outputs, weights, offsets, heights, answers = (torch.stack(values).numpy() for values in zip(*records, strict=True))
    correct = (answers > 0.0) == (classes > 0.5)
    accuracy = (correct[:, classes > 0.5].mean(axis=1) + correct[:, classes < 0.5].mean(axis=1)) / 2.0
    return LiftTraining(watched, outputs, weights, offsets, heights, accuracy, training.losses)


def _check_data(points: ArrayLike, labels: ArrayLike, places: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    """Points (N, d), classes (N,) and places (M, d)."""
    points = check_size(check_array(points, "points", shape="(N, d)"), "points")
    classes = check_array(labels, "labels", shape="(N,)")
    if len(points) != len(classes) or set(np.unique(classes)) != {0.0, 1.0}:
        raise fault(ValueError, "labels must be 0 or 1 for each of the {count} points, and both must occur", count=len(points))
    queries = np.empty((0, points.shape[1])) if places is None else check_array(places, "places", shape="(M, d)")
    if queries.shape[1] != points.shape[1]:
        raise fault(
            ValueError,
            "places must have as many columns as points, {shape}, got {other_shape}",
            shape=points.shape[1],
            other_shape=queries.shape[1],
        )
    return points, classes, queries


def _look(lifted: nn.Module, plane: nn.Linear, inputs: Tensor, elsewhere: Tensor) -> tuple[Tensor, ...]:
    """Units (N, 3), weights (3,), offset, and heights at the places (M,) and of the points (N,), in double precision.

    Where answers hardly differ from 0, single precision is noise.
    """
    exact, last = copy.deepcopy((lifted, plane))
    exact.double(), last.double()
    with torch.no_grad():
        units = exact(inputs)
        return units, last.weight[0].clone(), last.bias[0].clone(), last(exact(elsewhere))[:, 0], last(units)[:, 0]
