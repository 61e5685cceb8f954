"""The one loop that trains, and the layers and weights that it begins with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from manifold.checks import Floats, check_count
from manifold.nets.blocks.layers import activation_module


def stack(widths: tuple[int, ...], activation: str) -> nn.Sequential:
    """Linear layers through these widths, with the activation between them."""
    for width in widths:
        check_count(width, "units of a layer", minimum=1)
    layers: list[nn.Module] = []
    for inp, oup in itertools.pairwise(widths):
        layers += [nn.Linear(inp, oup), activation_module(activation)]
    return nn.Sequential(*layers[:-1])


def draw_weights(network: nn.Module, *, rng: np.random.Generator) -> None:
    """New weights: Gaussian of variance 2 / fan-in (He et al. 2015, arXiv 1502.01852), offsets uniform as torch's."""
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.Linear):
                shape = tuple(layer.weight.shape)
                layer.weight.copy_(torch.from_numpy(rng.normal(0.0, np.sqrt(2.0 / shape[1]), shape)))
                layer.bias.copy_(torch.from_numpy(rng.uniform(-1.0, 1.0, shape[0]) / np.sqrt(shape[1])))


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes in one thread, in a context or a decorated function: layers this small are done before a second starts."""
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
    loss: Callable[[Tensor], Tensor],
    *,
    epochs: int,
    step: float = 0.01,
    progress: Callable[[float], object] | None = None,
    watch: Callable[[int], object] | None = None,
) -> Floats:
    """Losses (epochs,) of the network's output before every step of Adam, on all points at once.

    The step falls along a cosine from `step` to 0. `watch` is called with the epoch before its step, `progress` with the share
    of epochs done.
    """
    optimiser = torch.optim.Adam(network.parameters(), lr=step)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    losses = np.empty(epochs)
    for epoch in range(epochs):
        if watch is not None:
            watch(epoch)
        error = loss(network(x))
        losses[epoch] = float(error.detach())
        optimiser.zero_grad()
        torch.autograd.backward(error)
        optimiser.step()
        schedule.step()
        if progress is not None and (epoch + 1) * 100 // epochs > epoch * 100 // epochs:
            progress((epoch + 1) / epochs)
    return losses
