"""Hidden channels that say nothing on all images that are shown, and go for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from manifold.nets.compression.prune import Pruned, keep_channels, prunable

_BATCH = 8


class _Ends:
    """Least and largest of what a projection reads, by channel."""

    def __init__(self) -> None:
        self.low = self.high = torch.empty(0)

    def add(self, values: Tensor) -> None:
        low, high = values.amin((0, 2, 3)), values.amax((0, 2, 3))
        first = not len(self.low)
        self.low = low if first else torch.minimum(self.low, low)
        self.high = high if first else torch.maximum(self.high, high)


def hidden_ends(network: nn.Module, images: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """Least and largest number of each hidden channel behind the depthwise convolution's activation, by path of the block.

    A channel whose two are equal is dead: it says the same at every position of every image.
    """
    ends = {path: _Ends() for path in prunable(network)}
    with torch.no_grad(), _read(network, lambda path, values: ends[path].add(values)):
        for part in torch.split(images, _BATCH):
            network(part)
    return {path: (each.low, each.high) for path, each in ends.items()}


def remove_dead(network: nn.Module, images: Tensor) -> Pruned:
    """A copy without the hidden channels that are dead on these images.

    What such a channel always adds to the projection, w c with its constant c, goes into the batch norm or offset behind, so
    that outputs stay the same wherever it is dead; on other images it may not be.

    Parameters
    ----------
    network : Module
        In evaluation mode, with blocks of `InvertedResidual`.
    images : Tensor of shape (N, C, H, W)
        The more, the surer.

    Returns
    -------
    Pruned
    """
    kept, ranks, lost = {}, {}, {}
    for path, (low, high) in hidden_ends(network, images).items():
        alive = high > low
        ranks[path] = torch.argsort(alive.to(torch.int8), descending=True, stable=True)
        kept[path] = ranks[path][: max(1, int(alive.sum()))]
        block: Any = network.get_submodule(path)
        weight = block.conv[2].weight.detach()[:, :, 0, 0]
        if len(kept[path]) == block.inp and len(kept[path]) < len(alive):
            kept[path] = ranks[path][: block.inp + 1]
        gone = torch.ones_like(alive)
        gone[kept[path]] = False
        lost[path] = weight[:, gone] @ low[gone]
    return keep_channels(network, images, kept, ranks, lost)


@contextmanager
def _read(network: nn.Module, note: Callable[[str, Tensor], None]) -> Iterator[None]:
    """Tell what projections read."""

    def noting(path: str) -> Callable[..., None]:
        return lambda module, arguments: note(path, arguments[0])

    handles: Any = [block.conv[2].register_forward_pre_hook(noting(path)) for path, block in prunable(network).items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
