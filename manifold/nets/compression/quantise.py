"""Integers of few bits in place of floats, as hardware without floats computes, simulated in floats.

Weights w of a layer become s q with whole q from -(2^(b-1) - 1) to 2^(b-1) - 1 and s = max |w| / (2^(b-1) - 1), one s for each
channel that goes out or one for all (symmetric). What a layer reads becomes s (q - z) with whole q from 0 to 2^b - 1, where s
and z come from the range that images for calibration show (affine); 0 is always among the levels, so that padding stays exact.
Offsets stay as they are: in integers they have 32 bits. Jacob et al. 2018, arXiv 1712.05877; Krishnamoorthi 2018, arXiv
1806.08342.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from manifold.checks import abridge, check_count, fault
from manifold.nets.blocks.block import Block
from manifold.nets.compression.levels import Levels, round_weights
from manifold.nets.compression.ranges import input_ranges
from manifold.nets.inference.folding import fold_norms
from manifold.nets.probing.insertions import Damage
from manifold.nets.probing.patterns import as_patterns
from manifold.nets.probing.probe import probe
from manifold.nets.probing.trace import trace
from manifold.registry import choose
from manifold.results import Result

if TYPE_CHECKING:
    from pandas import DataFrame

    from manifold.clouds.cloud import PointCloud

BITS = (2, 8)
"""Least and most."""

PER = ("channel", "tensor")
"""A scale of weights for each channel that goes out, or one for the whole layer."""

KINDS = ("conv", "depthwise", "pointwise", "linear", "shortcut")
"""What gets integers: layers with weights, and what a block's shortcut carries around its branch."""

_FLOAT_BYTES = 4
_LEAST = 1e-30


@dataclass(frozen=True)
class IntegerLayer:
    """A layer whose numbers are integers.

    Attributes
    ----------
    path, kind : str
        As in `named_modules`; one of `KINDS`.
    weights, offsets : int
        How many it has.
    scales : int
        Scales of its weights; 0 where they are floats.
    weight_error : float
        |w - s q|^2 / |w|^2; 0 where they are floats.
    levels : Levels, optional
        Of what it reads; None where that stays in floats.
    """

    path: str
    kind: str
    weights: int
    offsets: int
    scales: int
    weight_error: float
    levels: Levels | None


@dataclass(frozen=True, eq=False, repr=False)
class Quantised(Result):
    """A network in floats and in integers.

    Attributes
    ----------
    before : Module
        The network in evaluation mode, its batch norms folded.
    after : Module
        The same with integers: of the same classes and paths, so that all that takes a network takes it.
    weights, activations : int, optional
        Bits; None for floats.
    per : str
        One of `PER`.
    layers : tuple of IntegerLayer
        In the order of `named_modules`.
    """

    before: nn.Module
    after: nn.Module
    weights: int | None
    activations: int | None
    per: str
    layers: tuple[IntegerLayer, ...]

    @property
    def megabytes(self) -> float:
        """Size of all weights, offsets and scales in 10^6 bytes; what is no integer takes four bytes."""
        whole = [each for each in self.layers if each.scales]
        saved = sum(each.weights * (_FLOAT_BYTES - (self.weights or 0) / 8) - each.scales * _FLOAT_BYTES for each in whole)
        return float_megabytes(self.before) - saved / 1e6

    @cached_property
    def table(self) -> DataFrame:
        """A row per layer: path, kind, weights, megabytes, scales, weight_error; low, high, step and zero of what it reads."""
        from pandas import DataFrame

        return DataFrame([self._row(each) for each in self.layers])

    def _row(self, each: IntegerLayer) -> dict[str, Any]:
        bits = self.weights if each.scales and self.weights else 8 * _FLOAT_BYTES
        size = each.weights * bits / 8 + _FLOAT_BYTES * (each.offsets + each.scales)
        levels = each.levels
        step = levels.scale if levels else None
        return {
            **{name: getattr(each, name) for name in ("path", "kind", "weights")},
            "megabytes": size / 1e6,
            "scales": each.scales,
            "weight_error": each.weight_error,
            "low": -levels.zero * levels.scale if levels else None,
            "high": (2**levels.bits - 1 - levels.zero) * levels.scale if levels else None,
            "step": step,
            "zero": levels.zero if levels else None,
        }

    def damage(self, images: Tensor, *, batch: int = 16) -> Damage:
        """Logits before and after, of images (N, ...)."""
        with torch.no_grad():
            sides = [torch.cat([net(part) for part in torch.split(images, batch)]) for net in (self.before, self.after)]
        return Damage(*(logits.double().cpu().numpy() for logits in sides))

    def probe(self, batches: Sequence[Any], **options: Any) -> DataFrame:
        """What `manifold.nets.probe` says of each activation, by site: its columns under "before" and under "after"."""
        return _beside([probe(network, batches, **options).table.set_index("site") for network in (self.before, self.after)])

    def trace(self, views: PointCloud, **options: Any) -> DataFrame:
        """What `manifold.nets.trace` says of each place: its columns under "before" and under "after"."""
        return _beside([trace(network, views, **options).table.set_index("place") for network in (self.before, self.after)])


def _beside(tables: list[DataFrame]) -> DataFrame:
    from pandas import concat

    return concat(dict(zip(("before", "after"), tables, strict=True)), axis=1)


def float_megabytes(network: nn.Module) -> float:
    """Size of a network's parameters in floats, in 10^6 bytes."""
    return sum(each.numel() for each in network.parameters()) * _FLOAT_BYTES / 1e6


def quantise(
    network: nn.Module,
    images: Tensor | None = None,
    *,
    weights: int | None = 8,
    activations: int | None = 8,
    per: str = "channel",
    ranges: str = "widest",
    sites: str | Sequence[str] | None = None,
) -> Quantised:
    """A copy of a network that computes with integers of few bits; batch norms are folded first, see `fold_norms`.

    Parameters
    ----------
    network : Module
        That torch.fx can trace, as it can all blocks and networks of this package. It is left as it is.
    images : Tensor of shape (N, ...), optional
        At least two, for calibration: they give the ranges of what layers read. Weights alone need none.
    weights, activations : int from 2 to 8, optional
        Bits; None leaves floats.
    per : {"channel", "tensor"}, default="channel"
        See `PER`.
    ranges : {"widest", "mean"}, default="widest"
        From the least to the largest number of all images, or from the mean of each image's least to that of its largest.
    sites : str or sequence of str, optional
        Paths, kinds of `KINDS`, or patterns of either, as "features.1?.*"; all convolutions, linear layers and shortcuts
        unless given. Others stay in floats.

    Returns
    -------
    Quantised

    Raises
    ------
    TypeError, ValueError
        If an argument is wrong, there are fewer than two images, a site is nothing that can have integers or does not run, or
        numbers are not finite.
    """
    bits = _check_bits(weights, "weights"), _check_bits(activations, "activations")
    if bits == (None, None):
        raise fault(ValueError, "weights or activations must have bits, got None for both; write weights=8")
    choose(per, PER, "per")
    before = fold_norms(network)
    chosen = _chosen(before, as_patterns(sites))
    seen = input_ranges(before, images, list(chosen) if bits[1] else [], ranges=ranges)
    after = copy.deepcopy(before)
    layers = tuple(_enter(after.get_submodule(path), path, kind, bits, per, seen.get(path)) for path, kind in chosen.items())
    return Quantised(before, after, *bits, per, layers)


def _check_bits(bits: Any, name: str) -> int | None:
    if bits is None:
        return None
    count = check_count(bits, name, minimum=1)
    if not BITS[0] <= count <= BITS[1]:
        sentence = "{name} must have from {least} to {most} bits, got {bits}; None leaves floats"
        raise fault(ValueError, sentence, name=name, least=BITS[0], most=BITS[1], bits=count)
    return count


def layer_kind(module: nn.Module) -> str | None:
    """One of `KINDS`, or None for what cannot have integers."""
    if isinstance(module, nn.Conv2d):
        if module.groups == module.in_channels and module.groups > 1:
            return "depthwise"
        return "pointwise" if module.kernel_size == (1, 1) else "conv"
    if isinstance(module, nn.Linear):
        return "linear"
    return "shortcut" if isinstance(module, Block) and getattr(module, "adds_input", False) else None


def _chosen(network: nn.Module, patterns: tuple[str, ...]) -> dict[str, str]:
    """Kinds by path of all that gets integers."""
    modules = dict(network.named_modules())
    kinds = {path: kind for path, module in modules.items() if (kind := layer_kind(module))}
    if not patterns:
        if not kinds:
            sentence = "{type_name} has no convolution and no linear layer that could have integers; give one that has"
            raise fault(ValueError, sentence, type_name=type(network).__name__)
        return kinds
    for pattern in patterns:
        if not any(fnmatchcase(word, pattern) for each in kinds.items() for word in each):
            raise _no_layer(modules, pattern)
    return {
        path: kind for path, kind in kinds.items() if any(fnmatchcase(word, each) for each in patterns for word in (path, kind))
    }


def _no_layer(modules: dict[str, nn.Module], pattern: str) -> ValueError:
    told = {"pattern": abridge(pattern), "kinds": ", ".join(KINDS)}
    hit = next((path for path in modules if fnmatchcase(path, pattern)), None)
    if hit is None:
        return fault(ValueError, "no layer is called {pattern}; write its path, or one of {kinds}", **told)
    sentence = "{pattern} is of type {type_name}, which cannot have integers; write the path of a layer that is one of {kinds}"
    return fault(ValueError, sentence, type_name=type(modules[hit]).__name__, **told)


def _enter(
    module: nn.Module, path: str, kind: str, bits: tuple[int | None, int | None], per: str, seen: tuple[float, float] | None
) -> IntegerLayer:
    """Give a layer its integers: weights are rounded once, what it reads whenever it runs."""
    levels = None if bits[1] is None or seen is None else Levels.over(*seen, bits[1])
    if levels is not None:
        module.register_forward_pre_hook(_Rounding(levels))
    if kind == "shortcut":
        return IntegerLayer(path, kind, 0, 0, 0, 0.0, levels)
    weight: Any = module.weight.detach()  # type: ignore[operator]
    if not torch.isfinite(weight).all():
        raise fault(ValueError, "weights of {path} must be finite; look at the network", path=path)
    scales, error = 0, 0.0
    if bits[0] is not None:
        rounded, scale = round_weights(weight, bits[0], per=per)
        scales = scale.numel()
        error = float((rounded - weight).square().sum() / weight.square().sum().clamp_min(_LEAST))
        module.weight = nn.Parameter(rounded, requires_grad=False)
    offsets = 0 if module.bias is None else module.bias.numel()  # type: ignore[operator]
    return IntegerLayer(path, kind, weight.numel(), offsets, scales, error, levels)


@dataclass(frozen=True)
class _Rounding:
    """Brings what a module reads onto levels."""

    levels: Levels

    def __call__(self, module: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self.levels(arguments[0]), *arguments[1:])
