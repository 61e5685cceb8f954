"""What the table of a probe says of a site: one number a column, each with its formula and its source."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from manifold.checks import Floats
from manifold.clouds.dimension import participation_ratio, two_nn, two_nn_calibration
from manifold.nets.probing.lost_variance import lost_variance
from manifold.streams import random_stream

if TYPE_CHECKING:
    from manifold.nets.probing.report import SiteReading

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "site": "the innermost module that runs, the activation, and from the second call in one batch on its number",
        "path": "the module's path, as in `named_modules`",
        "operation": "the activation f, by its name in `ACTIVATIONS` or torch's",
        "call": "which call of f in that module it is",
        "calls": "batches in which it ran",
        "channels": "C",
        "positions": "all P positions: places of images, steps of sequences, rows",
        "counted": "positions on which the counts rest: P, or those drawn, N, where a probe only samples",
        "sampled": "N, the positions drawn at random from all P, on which everything else rests",
        "not_finite": "values that are NaN or infinite",
        "low": "f tells z exactly where low < z < high (`Activation`)",
        "high": "as low",
        "firing_mean": "mean over channels of the firing rate, the share of positions with z > low",
        "firing_least": "least firing rate of a channel",
        "firing_most": "largest firing rate of a channel",
        "dead": "channels with firing rate 0",
        "always_on": "channels with firing rate 1",
        "at_high": "share of values with z >= high, the 6 of ReLU6",
        "active_mean": "mean over positions of A / C, A = channels with low < z < high. arXiv 1801.04381 (MobileNetV2), Fig. 7",
        "active_least": "least A / C of a position. The same figure",
        "active_sd": "standard deviation of A over positions; independent channels would give sqrt(sum of rate (1 - rate))",
        "k": "channels that the layer before reads, if there is one",
        "below_k": "share of positions with A < k: fewer equations than unknowns. Lemma 2 of arXiv 1801.04381; exact for 1x1 "
        "convolutions and linear layers",
        "lost_variance": "mean |z - z_hat|^2 / mean |z - m|^2 of the exact decoder, `lost_variance`",
        "two_nn_before": "TwoNN dimension of at most 512 of the sample. Facco et al. 2017, arXiv 1803.06992",
        "two_nn_after": "the same behind f",
        "dimension_before": "dimension of the normal cloud of as many points of which TwoNN says that, `two_nn_calibration`",
        "dimension_after": "the same behind f",
        "participation_before": "(sum l)^2 / sum l^2 over the eigenvalues l of the covariance before f, `participation_ratio`",
        "participation_after": "the same behind f",
    }
)
"""Columns of `Report.table`, in order."""

LEAST = 50
"""Positions below which nothing is said of dimensions: NaN."""

_MOST = 512  # points for TwoNN, whose time grows with their square
_DIMENSIONS = (1, 2, 3, 5, 10, 20, 40, 80, 160)


def measure(reading: SiteReading) -> dict[str, Any]:
    """A row of the table."""
    return {**_identity(reading), **_counted(reading), **_of_expansion(reading), **_dimensions(reading)}


def _identity(reading: SiteReading) -> dict[str, Any]:
    site, operation = reading.site, reading.operation
    return {
        "site": str(site),
        "path": site.path,
        "operation": site.operation,
        "call": site.call,
        "calls": reading.calls,
        "channels": reading.channels,
        "positions": reading.seen,
        "counted": reading.counts.positions,
        "sampled": len(reading.sample),
        "not_finite": reading.not_finite,
        "low": operation.low,
        "high": operation.high,
    }


def _counted(reading: SiteReading) -> dict[str, Any]:
    counts, channels = reading.counts, reading.channels
    positions = max(counts.positions, 1)
    rates = counts.positive / positions
    active = np.arange(channels + 1)
    mean = float(counts.active @ active) / positions
    spread = float(counts.active @ (active - mean) ** 2) / positions
    return {
        "firing_mean": float(rates.mean()),
        "firing_least": float(rates.min()),
        "firing_most": float(rates.max()),
        "dead": int((counts.positive == 0).sum()),
        "always_on": int((counts.positive == counts.positions).sum()),
        "at_high": float(counts.high.sum()) / (positions * channels),
        "active_mean": mean / channels,
        "active_least": float(np.flatnonzero(counts.active)[0]) / channels if counts.active.any() else math.nan,
        "active_sd": math.sqrt(spread),
    }


def _of_expansion(reading: SiteReading) -> dict[str, Any]:
    counts, k, z = reading.counts, reading.k, reading.sample
    active = (z > reading.operation.low) & (z < reading.operation.high)
    below = math.nan if k is None else float(counts.active[:k].sum()) / max(counts.positions, 1)
    lost = lost_variance(z, active, inputs=k) if len(z) >= LEAST else math.nan
    return {"k": math.nan if k is None else k, "below_k": below, "lost_variance": lost}


def _dimensions(reading: SiteReading) -> dict[str, float]:
    before = reading.sample
    after = reading.operation.function(torch.from_numpy(before)).numpy()
    numbers: dict[str, dict[str, float]] = {"two_nn": {}, "dimension": {}, "participation": {}}
    for name, values in (("before", before), ("after", after)):
        points = values[:: -(-len(values) // _MOST) or 1]
        said = two_nn(points) if len(values) >= LEAST else math.nan
        numbers["two_nn"][name] = said
        numbers["dimension"][name] = said if math.isnan(said) else _calibrated(said, len(points))
        numbers["participation"][name] = said if math.isnan(said) else participation_ratio(values)
    return {f"{number}_{name}": value for number, pair in numbers.items() for name, value in pair.items()}


def _calibrated(said: float, count: int) -> float:
    """The dimension of which TwoNN says this, between those that were tried; 0 where all points are the same."""
    if said == 0.0:
        return 0.0
    return float(np.exp(np.interp(np.log(max(said, 1e-9)), np.log(_readings(count)), np.log(_DIMENSIONS))))


@functools.cache
def _readings(count: int) -> Floats:
    """What TwoNN says of `_DIMENSIONS`."""
    return two_nn_calibration(count, _DIMENSIONS, draws=2, rng=random_stream(0))
