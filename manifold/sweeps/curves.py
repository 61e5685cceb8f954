"""What a sweep says against the width n: the error and the share lost over the draws, and the closed forms to lay on top."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from manifold.checks import Floats, Integers, check_array, check_count
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.decoders import DECODERS
from manifold.layer.embeddings import EMBEDDINGS
from manifold.results import Result
from manifold.sweeps.intervals import share_interval
from manifold.theory import active_probability, collapsed_fraction, expected_nmse

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_EXPANSION = 12
"""Greatest n/d of `expansion_widths`: twice that of MobileNetV2's blocks."""

_EXPANSIONS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, MOST_EXPANSION)
_SIZES = 40  # quantiles of |x| over which ReLU6's share is averaged


@dataclass(frozen=True, eq=False, repr=False)
class WidthCurves(Result):
    """A sweep over widths, everything else the same, all of shape (W,).

    Attributes
    ----------
    widths : ndarray of int
        n, ascending.
    median, low, high : ndarray
        NMSE: the middle draw, and the ends of the middle 90 per cent.
    mean : ndarray
        Mean NMSE of the draws, which says little where that of all T is infinite.
    lost : ndarray
        Mean share of points lost.
    margin : ndarray
        1.96 standard errors of that mean.
    lost_low, lost_high : ndarray
        Ends of its 95 per cent interval, which lie between 0 and 1.
    draws : int
        Draws of every width.
    dimension : int
        d of the points.
    """

    widths: Integers
    median: Floats
    low: Floats
    high: Floats
    mean: Floats
    lost: Floats
    margin: Floats
    lost_low: Floats
    lost_high: Floats
    draws: int
    dimension: int


def width_curves(rows: DataFrame) -> WidthCurves:
    """Curves of the rows of a sweep, one cell for each width: their columns "width", "dimension", "nmse" and "lost"."""
    groups = rows.groupby("width")
    nmse, lost = groups["nmse"], groups["lost"]
    low, median, high = (nmse.quantile(share).to_numpy() for share in (0.05, 0.5, 0.95))
    margin = np.asarray(1.96 * lost.sem().fillna(0.0), dtype=np.float64)
    means = nmse.mean().to_numpy(), lost.mean().to_numpy()
    widths, counts = np.array(list(groups.groups)), (int(lost.size().min()), int(rows["dimension"].iloc[0]))
    return WidthCurves(widths, median, low, high, *means, margin, *share_interval(lost), *counts)


def expansion_widths(dim: int) -> list[int]:
    """Widths from d to 12 d: all for d = 2; else those near a round n/d, and 2 d - 1, at which ReLU keeps half."""
    d = check_count(dim, "dim", minimum=1)
    if d <= 2:
        return list(range(d, MOST_EXPANSION * d + 1))
    return sorted({*(round(d * expansion) for expansion in _EXPANSIONS), 2 * d - 1})


def expected_errors(widths: Sequence[int], dim: int, *, embedding: str, activation: str, decoder: str) -> Floats:
    """Mean NMSE (W,) over T by `theory.expected_nmse`; NaN where no closed form is known, or the mean is infinite.

    A linear layer is exact under T^-1, and off by all of x under 2 T^-1.
    """
    f, law, read = ACTIVATIONS[activation], EMBEDDINGS[embedding], DECODERS[decoder]
    if f.halves == (1.0, 1.0) and (read.gain is not None or read.nearest):
        return np.full(len(widths), ((read.gain or 1.0) - 1.0) ** 2)
    known = law.turns if read.nearest else read.gain is not None and law.second_moment is not None
    if f.halves != (0.0, 1.0) or not known:
        return np.full(len(widths), np.nan)
    means = [expected_nmse(width, dim, embedding=embedding, decoder=decoder) for width in widths]
    return np.array([mean if math.isfinite(mean) else np.nan for mean in means])


def expected_losses(widths: Sequence[int], points: Floats, *, embedding: str, activation: str) -> Floats:
    """Expected share (W,) of points with fewer than d active rows, P(Bin(n, p) < d); NaN where p is not known.

    p is 1/2 for ReLU, and for the positive side of SiLU, GELU and h-swish, whatever the symmetric law of T. For others, such as
    ReLU6, it is P(low < t.x < high) under Gaussian rows, and the share is averaged over the points. One-to-one activations lose
    nothing.

    Parameters
    ----------
    widths : sequence of int
        n.
    points : ndarray of shape (N, d)
        Only d, and for ReLU6 the distribution of |x|, matter.
    embedding, activation : str
        Names in `EMBEDDINGS` and `ACTIVATIONS`.
    """
    f, dim = ACTIVATIONS[activation], check_array(points, "points", shape="(N, d)").shape[1]
    if f.one_to_one:
        return np.zeros(len(widths))
    if (f.low, f.high) == (0.0, math.inf) and EMBEDDINGS[embedding].symmetric:
        return np.array([collapsed_fraction(width, dim) for width in widths])
    if not EMBEDDINGS[embedding].gaussian:
        return np.full(len(widths), np.nan)
    norms = np.quantile(np.linalg.norm(points, axis=1), (np.arange(_SIZES) + 0.5) / _SIZES)
    chances = [active_probability(float(norm), f.low, f.high) for norm in norms]
    return np.array([np.mean([collapsed_fraction(width, dim, active=p) for p in chances]) for width in widths])
