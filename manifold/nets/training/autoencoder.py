"""An autoencoder: a network that learns a chart, because all it may use to draw the points again passes its narrow middle."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from manifold._validation import Floats, check_array, check_count, check_rng, check_size
from manifold.nets.blocks.layers import LAYERS


@dataclass(frozen=True, eq=False)
class LearnedChart:
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
        Units of the layers before the middle; with "linear" they change nothing but the way that training takes.
    activation : str, default="relu"
        Of `nets.LAYERS`, after all layers but the middle and the last.
    """

    def __init__(self, dim: int, code: int, *, hidden: tuple[int, ...] = (64, 64), activation: str = "relu") -> None:
        super().__init__()
        self.encoder = stack((dim, *hidden, code), activation)
        self.decoder = stack((code, *hidden[::-1], dim), activation)

    def forward(self, x: Tensor) -> Tensor:
        """The points (N, d) drawn again."""
        drawn: Tensor = self.decoder(self.encoder(x))
        return drawn


def stack(widths: tuple[int, ...], activation: str) -> nn.Sequential:
    """Linear layers through these widths, with the activation between them."""
    for width in widths:
        check_count(width, "units of a layer", minimum=1)
    layers: list[nn.Module] = []
    for inp, oup in itertools.pairwise(widths):
        layers += [nn.Linear(inp, oup), LAYERS[activation]()]
    return nn.Sequential(*layers[:-1])


def draw_weights(network: nn.Module, *, rng: np.random.Generator) -> None:
    """New weights: Gaussian of variance 2 / fan-in (He et al. 2015, arXiv 1502.01852), offsets uniform as torch's."""
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.Linear):
                shape = tuple(layer.weight.shape)
                layer.weight.copy_(torch.from_numpy(rng.normal(0.0, np.sqrt(2.0 / shape[1]), shape)))
                layer.bias.copy_(torch.from_numpy(rng.uniform(-1.0, 1.0, shape[0]) / np.sqrt(shape[1])))


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
    there = check_size(check_array(points, "points", shape="(N, d)"), "points")
    code = check_count(n_components, "n_components", minimum=1)
    if code > there.shape[1]:
        raise ValueError(f"n_components must be at most the number of coordinates, {there.shape[1]}, got {code}")
    steps = check_count(epochs, "epochs", minimum=1)
    middle = there.mean(axis=0)
    size = (there - middle).std() or 1.0
    x = torch.from_numpy((there - middle) / size).float()
    with torch.random.fork_rng(devices=[]):  # layers draw weights when they are made; these are drawn again
        network = Autoencoder(there.shape[1], code, hidden=() if activation == "linear" else hidden, activation=activation)
    draw_weights(network, rng=check_rng(rng))
    step = 0.1 if activation == "linear" else 0.01  # two matrices bear long steps, and need them where axes are nearly alike
    losses = train(network, x, x, nn.functional.mse_loss, epochs=steps, step=step, progress=progress)
    with torch.no_grad():
        codes, decoded = network.encoder(x).double().numpy(), network(x).double().numpy()
    return LearnedChart(codes, decoded * size + middle, losses, network)


@contextmanager
def one_thread() -> Iterator[None]:
    """Layers this small are done before a second thread has woken up; also as a decorator."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@one_thread()
def train(
    network: nn.Module,
    x: Tensor,
    y: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
    *,
    epochs: int,
    step: float = 0.01,
    progress: Callable[[float], object] | None = None,
    watch: Callable[[int], object] | None = None,
) -> Floats:
    """Losses (epochs,) before every step of Adam on all points at once; `watch` is called with the epoch before its step."""
    optimiser = torch.optim.Adam(network.parameters(), lr=step)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    losses = np.empty(epochs)
    for epoch in range(epochs):
        if watch is not None:
            watch(epoch)
        found = loss(network(x), y)
        losses[epoch] = float(found.detach())
        optimiser.zero_grad()
        torch.autograd.backward(found)
        optimiser.step()
        schedule.step()
        if progress is not None and (epoch + 1) * 100 // epochs > epoch * 100 // epochs:
            progress((epoch + 1) / epochs)
    return losses
