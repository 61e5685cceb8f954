"""Which of torch's functions are activations, and between which pre-activations each tells more than a side."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only

from manifold.layer.activations import ACTIVATIONS
from manifold.results import Result

Bounds = Callable[[Mapping[str, Any]], tuple[Any, Any]]


@dataclass(frozen=True, eq=False, repr=False)
class Operation(Result):
    """An activation as it was called.

    Attributes
    ----------
    name : str
        As in `ACTIVATIONS` where it has an entry; else torch's name of the function.
    low, high : float
        Ends of the open interval of pre-activations z that are the only ones with their output, as of an `Activation`.
    function : callable
        From pre-activations (N, C) to what stands behind the activation; not in place.
    """

    name: str
    low: float
    high: float
    function: Callable[[Tensor], Tensor]


# names of torch's functions, without the _ of those in place, and of their numbers in order
_NUMBERS: dict[str, tuple[tuple[str, float | None], ...]] = {
    "hardtanh": (("min_val", -1.0), ("max_val", 1.0)),
    "clamp": (("min", None), ("max", None)),
    "clip": (("min", None), ("max", None)),
    "clamp_min": (("min", None),),
    "clamp_max": (("max", None),),
    "_threshold": (("threshold", None),),
    "threshold": (("threshold", None),),
}
_CALLED = {
    "_threshold": "threshold",
    "clip": "clamp",
    "clamp_min": "clamp",
    "clamp_max": "clamp",
    "special_expit": "sigmoid",
    "log_sigmoid": "logsigmoid",
}
_INTERVALS = {
    **dict.fromkeys(("sigmoid", "logsigmoid", "softplus", "softsign"), (-math.inf, math.inf)),
    **dict.fromkeys(("selu", "celu", "prelu", "rrelu"), (-math.inf, math.inf)),
    "hardsigmoid": (-3.0, 3.0),
    "mish": (0.0, math.inf),
}
_BY_NAME = tuple(name for name, entry in ACTIVATIONS.items() if entry.module is not None and name != "linear")


def known_operations() -> tuple[str, ...]:
    """Names of the activations that are seen."""
    return tuple(sorted({_CALLED.get(name, name) for name in _KNOWN}))


_KNOWN = frozenset((*_BY_NAME, *_INTERVALS, *_NUMBERS, *_CALLED))


def read_call(function: Any, arguments: Sequence[Any], options: Mapping[str, Any]) -> tuple[Operation, Tensor] | None:
    """The activation that a call of torch computes, and its pre-activations; None for any other call."""
    name = str(getattr(function, "__name__", ""))
    name = name[:-1] if name.endswith("_") and not name.endswith("__") else name
    if name not in _KNOWN or "out" in options:
        return None
    z = arguments[0] if arguments else options.get("input")
    if not isinstance(z, Tensor) or isinstance(z, torch.nn.Parameter) or not z.is_floating_point() or not z.ndim:
        return None
    rest, options = arguments[1:], {key: value for key, value in options.items() if key != "input"}
    interval = _interval(name, rest, options)
    if interval is None:
        return None
    low, high = interval
    called = "relu6" if name == "hardtanh" and interval == (0.0, 6.0) else _CALLED.get(name, name)
    return Operation(called, low, high, functools.partial(_apply, function, rest, options)), z


def _interval(name: str, rest: Sequence[Any], options: Mapping[str, Any]) -> tuple[float, float] | None:
    """Low and high of a call; None where they are no numbers."""
    if name not in _NUMBERS:
        name = _CALLED.get(name, name)
        return _INTERVALS.get(name) or (ACTIVATIONS[name].low, ACTIVATIONS[name].high)
    given = {key: default for key, default in _NUMBERS[name] if default is not None}
    given |= {key: value for (key, _), value in zip(_NUMBERS[name], rest, strict=False) if value is not None}
    given |= {key: options[key] for key, _ in _NUMBERS[name] if options.get(key) is not None}
    if not given or any(isinstance(value, Tensor) and value.numel() != 1 for value in given.values()):
        return None
    numbers = {key: float(value) for key, value in given.items()}
    low = [value for key, value in numbers.items() if key.startswith(("min", "threshold"))]
    high = [value for key, value in numbers.items() if key.startswith("max")]
    return (low[0] if low else -math.inf), (high[0] if high else math.inf)


def _apply(function: Callable[..., Tensor], rest: Any, options: Any, z: Tensor) -> Tensor:
    """The activation of rows of channels (N, C), wherever its weights lie."""
    rest, options = tree_map_only(Tensor, lambda value: value.detach().to(z.device, z.dtype), (rest, options))
    with torch.no_grad():
        return function(z.clone(), *rest, **options)
