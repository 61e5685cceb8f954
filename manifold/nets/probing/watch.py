"""Hooks that note what stands before and after the activations of a block while an image passes through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from manifold.nets.blocks.layers import SqueezeExcite, activation_name
from manifold.nets.probing.one_pixel import AffineNorm, PixelConv


class _Notes:
    """Hears of every layer of a block and notes the signals among their outputs."""

    def __init__(self, note: Callable[[str, Tensor], None]) -> None:
        self.note = note
        self.place, self.channels = "", 0
        self.latest: Tensor | None = None

    def __call__(self, layer: nn.Module, arguments: Any, output: Tensor) -> None:
        if isinstance(layer, PixelConv):
            self.place, self.channels = _describe(layer.like), layer.like.out_channels
            return
        name = activation_name(layer)
        if isinstance(layer, SqueezeExcite):
            self.place = "gate"
        elif isinstance(layer, AffineNorm) and layer.num_features != self.channels:
            self.place = "all maps"  # of a dense block, put side by side
        elif name and arguments[0] is not self.latest:
            self.place = "sum"
            self.note(self.place, arguments[0])
        self.note(f"{self.place}, {name}" if name else self.place, output)
        self.latest = output


@contextmanager
def watched(block: nn.Module, note: Callable[[str, Tensor], None]) -> Iterator[None]:
    """Hooks on the block's layers, but for those inside a gate, for as long as the context lasts."""
    inside = {part for gate in block.modules() if isinstance(gate, SqueezeExcite) for part in gate.children()}
    kinds = (PixelConv, AffineNorm, SqueezeExcite)
    watch = _Notes(note)
    layers = [layer for layer in block.modules() if isinstance(layer, kinds) or activation_name(layer)]
    handles = [layer.register_forward_hook(watch) for layer in layers if layer not in inside]
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
