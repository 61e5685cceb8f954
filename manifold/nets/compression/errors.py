"""What integers change at each layer, on images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from manifold.nets.compression.quantise import IntegerLayer, Quantised

if TYPE_CHECKING:
    from pandas import DataFrame

_BATCH = 4  # images at a time: all that layers read and return is held
_Seen = dict[str, tuple[Tensor, Tensor]]


def layer_errors(quantised: Quantised, images: Tensor) -> DataFrame:
    """What integers change at each layer.

    Parameters
    ----------
    quantised : Quantised
    images : Tensor of shape (N, ...)
        Others than those for calibration, or nothing is clipped.

    Returns
    -------
    DataFrame
        A row per layer: path, kind; `clipped`, the share of what it reads that lies outside of its levels; `own_error`, mean
        squared change of what it returns if it alone has integers, over the mean of its channels' variances; `error`, the same
        with integers in all chosen layers, which adds up what those before it changed. A shortcut returns what it reads.
    """
    from pandas import DataFrame

    sums = {layer.path: _Sums() for layer in quantised.layers}
    with torch.no_grad():
        for part in torch.split(images, _BATCH):
            plain, whole = (_run(network, part, quantised) for network in (quantised.before, quantised.after))
            for layer in quantised.layers:
                _add(sums[layer.path], layer, quantised.after.get_submodule(layer.path), plain[layer.path], whole[layer.path])
    return DataFrame([{"path": each.path, "kind": each.kind, **sums[each.path].numbers()} for each in quantised.layers])


class _Sums:
    """Sums over the values of each channel, from which errors are made."""

    def __init__(self) -> None:
        self.count = 0
        self.parts: Any = 0.0  # (4, C): values, their squares, squared changes: own, of all
        self.clipped = self.read = 0.0

    def numbers(self) -> Mapping[str, float]:
        values, squares, own, every = self.parts / self.count
        variance = (squares - values**2).mean().clamp_min(1e-30)
        return {
            "clipped": self.clipped / max(self.read, 1.0),
            "own_error": float(own.mean() / variance),
            "error": float(every.mean() / variance),
        }


def _add(sums: _Sums, layer: IntegerLayer, module: nn.Module, plain: Any, whole: Any) -> None:
    read, made = plain
    if layer.kind == "shortcut":
        made, (alone, after) = read, (layer.levels(each) if layer.levels else each for each in (read, whole[0]))
    else:
        alone, after = module(read), whole[1]  # its hook rounds what it reads
    if layer.levels:
        sums.clipped += layer.levels.clipped(whole[0]) * whole[0].numel()
        sums.read += whole[0].numel()
    axis = -1 if layer.kind == "linear" else 1
    y, own, every = (values.double().movedim(axis, 0).flatten(1) for values in (made, alone, after))  # (C, P)
    sums.parts = sums.parts + torch.stack([y.sum(1), (y**2).sum(1), ((own - y) ** 2).sum(1), ((every - y) ** 2).sum(1)])
    sums.count += y.shape[1]


def _run(network: nn.Module, images: Tensor, quantised: Quantised) -> _Seen:
    """What each layer reads and returns; of a layer that runs often, the last time."""
    seen: _Seen = {}
    with _watched(network, [layer.path for layer in quantised.layers], seen):
        network(images)
    return seen


@contextmanager
def _watched(network: nn.Module, paths: list[str], seen: _Seen) -> Iterator[None]:
    modules = {path: network.get_submodule(path) for path in paths}
    read: dict[str, Tensor] = {}

    def before(path: str) -> Callable[..., None]:
        def note(module: nn.Module, arguments: Any) -> None:
            read[path] = arguments[0].clone()

        return note

    def behind(path: str) -> Callable[..., None]:
        def note(module: nn.Module, arguments: Any, output: Tensor) -> None:
            seen[path] = read[path], output.clone()  # the next activation writes over it

        return note

    handles = [module.register_forward_pre_hook(before(path), prepend=True) for path, module in modules.items()]  # unrounded
    handles += [module.register_forward_hook(behind(path)) for path, module in modules.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
