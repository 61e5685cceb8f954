"""An autoencoder: a network that learns a chart, because all it may use to draw the points again passes its narrow middle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from manifold.checks import Floats, check_array, check_count, check_rng, check_size, fault
from manifold.nets.training.loop import VALUES, Recipe, Training
from manifold.nets.training.stack import draw_weights, stack
from manifold.results import Result


@dataclass(frozen=True, eq=False, repr=False)
class LearnedChart(Result):
    """What an autoencoder made of points.

    Attributes
    ----------
    codes : ndarray of shape (N, m)
        The middle's values: the map.
    decoded : ndarray of shape (N, d)
        The points drawn again from them.
    losses : ndarray of shape (E,)
        Mean squared distance of the points drawn again, before every epoch, in units of the points' own.
    network : Autoencoder
    """

    codes: Floats
    decoded: Floats
    losses: Floats
    network: Autoencoder


class Autoencoder(nn.Module):
    """Encoder from d coordinates down to m, and decoder back, mirror images of each other.

    Parameters
    ----------
    dim, code : int
        d and m.
    hidden : sequence of int, default=(64, 64)
        Units of the layers before the middle; with "linear" they change the training, and not what can be learnt.
    activation : str, default="relu"
        Of `manifold.ACTIVATIONS`, after all layers but the middle and the last.
    """

    def __init__(self, dim: int, code: int, *, hidden: tuple[int, ...] = (64, 64), activation: str = "relu") -> None:
        super().__init__()
        self.encoder = stack((dim, *hidden, code), activation)
        self.decoder = stack((code, *hidden[::-1], dim), activation)

    def forward(self, x: Tensor) -> Tensor:
        """The points (N, d) drawn again."""
        drawn: Tensor = self.decoder(self.encoder(x))
        return drawn


def learn_chart(
    points: ArrayLike,
    n_components: int = 2,
    *,
    hidden: tuple[int, ...] = (64, 64),
    activation: str = "relu",
    epochs: int = 1000,
    rng: np.random.Generator,
    progress: Callable[[float], object] | None = None,
) -> LearnedChart:
    """Train an `Autoencoder` on points: Adam, all points at once, the step falling from 0.01 (0.1 if linear) to 0.

    Parameters
    ----------
    points : array-like of shape (N, d)
    n_components : int, default=2
        m, from 1 to d.
    hidden, activation : as for `Autoencoder`
        "linear" has no hidden layers: one matrix down and one back, which find the plane of PCA (Baldi, Hornik 1989).
    epochs : int, default=1000
    rng : numpy.random.Generator
        Draws the weights.
    progress : callable, optional
        Called with the share of epochs done, a hundred times.

    Returns
    -------
    LearnedChart
    """
    points = check_size(check_array(points, "points", shape="(N, d)"), "points")
    code = check_count(n_components, "n_components", minimum=1)
    if code > points.shape[1]:
        raise fault(
            ValueError,
            "n_components must be at most the number of coordinates, {shape}, got {code}",
            shape=points.shape[1],
            code=code,
        )
    steps = check_count(epochs, "epochs", minimum=1)
    middle = points.mean(axis=0)
    size = (points - middle).std() or 1.0
    x = torch.from_numpy((points - middle) / size).float()
    with torch.random.fork_rng(devices=[]):  # layers draw weights when they are made; these are drawn again
        network = Autoencoder(points.shape[1], code, hidden=() if activation == "linear" else hidden, activation=activation)
    draw_weights(network, rng=check_rng(rng))
    step = 0.1 if activation == "linear" else 0.01  # two matrices bear long steps, and need them where axes are nearly alike
    training = Training(network, (x, x), Recipe(steps, rate=step), objective=VALUES).run(progress=progress)
    with torch.no_grad():
        codes, decoded = network.encoder(x).double().numpy(), network(x).double().numpy()
    return LearnedChart(codes, decoded * size + middle, training.losses, network)
