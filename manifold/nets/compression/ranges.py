"""From where to where the numbers go that layers read, on images for calibration."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from manifold.checks import abridge, fault
from manifold.registry import choose

RANGES = ("widest", "mean")
"""Over all images, or the mean of each image's."""

FEWEST = 2
"""Images: of one alone nobody can say how far the next one goes."""

_BATCH = 8


def input_ranges(
    network: nn.Module, images: Tensor | None, paths: Sequence[str], *, ranges: str
) -> dict[str, tuple[float, float]]:
    """Least and largest number that the modules at these paths read, see `quantise`.

    Raises
    ------
    TypeError, ValueError
        Without two images, for a module that does not run on them, and for numbers that are not finite.
    """
    choose(ranges, RANGES, "ranges")
    if not paths:
        return {}
    if images is not None and (not isinstance(images, Tensor) or images.ndim < 1):
        raise fault(TypeError, "images must be a tensor of shape (N, ...), got {images}", images=abridge(images))
    if images is None or len(images) < FEWEST:
        sentence = "images must be at least {least} to calibrate ranges, got {count}; 32 do well"
        raise fault(ValueError, sentence, least=FEWEST, count=0 if images is None else len(images))
    ends: dict[str, list[Tensor]] = {path: [] for path in paths}
    handles = [network.get_submodule(path).register_forward_pre_hook(_noting(ends[path])) for path in paths]
    try:
        with torch.no_grad():
            for part in torch.split(images, _BATCH):
                network(part)
    finally:
        for handle in handles:
            handle.remove()
    return {path: _range(path, parts, ranges) for path, parts in ends.items()}


def _noting(parts: list[Tensor]) -> Callable[[nn.Module, tuple[Any, ...]], None]:
    def note(module: nn.Module, arguments: tuple[Any, ...]) -> None:
        parts.append(torch.stack(torch.aminmax(arguments[0].flatten(1), dim=1)))  # (2, N)

    return note


def _range(path: str, parts: list[Tensor], ranges: str) -> tuple[float, float]:
    if not parts:
        raise fault(ValueError, "{path} does not run on the images, so that it cannot be calibrated; leave it out", path=path)
    lows, highs = torch.cat(parts, 1).double()
    low, high = (lows.min(), highs.max()) if ranges == "widest" else (lows.mean(), highs.mean())
    if not math.isfinite(float(low)) or not math.isfinite(float(high)):
        raise fault(ValueError, "what {path} reads must be finite; look at the images and the weights", path=path)
    return float(low), float(high)
