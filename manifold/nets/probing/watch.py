"""Hooks that note what stands before and after the activations of a block while an image passes through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from manifold.nets.blocks.layers import SqueezeExcite, activation_name
from manifold.nets.probing.one_pixel import AffineNorm, PixelConv


class _Listener:
    """A forward hook for all layers of a block; it passes on what batch norms, gates and activations return, with a title.

    A sum is no module and has no hook: it is noted when an activation reads something that no layer returned just before.
    """

    def __init__(self, note: Callable[[str, Tensor], None]) -> None:
        self.note = note
        self.source, self.channels = "", 0  # what made the latest signal, and the channels of the latest convolution
        self.latest: Tensor | None = None

    def __call__(self, layer: nn.Module, arguments: Any, output: Tensor) -> None:
        if isinstance(layer, PixelConv):
            self.source, self.channels = _describe(layer.like), layer.like.out_channels
            return
        name = activation_name(layer)
        if isinstance(layer, SqueezeExcite):
            self.source = "gate"
        elif isinstance(layer, AffineNorm) and layer.num_features != self.channels:
            self.source = "all maps"  # of a dense block, put side by side
        elif name and arguments[0] is not self.latest:
            self.source = "sum"
            self.note(self.source, arguments[0])
        self.note(f"{self.source}, {name}" if name else self.source, output)
        self.latest = output


@contextmanager
def watched(block: nn.Module, note: Callable[[str, Tensor], None]) -> Iterator[None]:
    """For as long as the context lasts, `note` is called with title and value of every signal, but for those inside a gate."""
    inside = {part for gate in block.modules() if isinstance(gate, SqueezeExcite) for part in gate.children()}
    kinds = (PixelConv, AffineNorm, SqueezeExcite)
    listener = _Listener(note)
    layers = [layer for layer in block.modules() if isinstance(layer, kinds) or activation_name(layer)]
    handles = [layer.register_forward_hook(listener) for layer in layers if layer not in inside]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _describe(layer: nn.Conv2d) -> str:
    """A convolution as readers know it: "3×3 depthwise", "1×1 to 24"."""
    kernel = f"{layer.kernel_size[0]}×{layer.kernel_size[1]}"
    depthwise = layer.groups == layer.in_channels > 1
    return f"{kernel} depthwise" if depthwise else f"{kernel} to {layer.out_channels}"
