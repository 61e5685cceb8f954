"""The comparison of the page Train it over the draws that an experiment has measured: one lucky run is seen as one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from manifold.checks import Floats
from manifold.nets.training.arms import Arm, Pair
from manifold.nets.training.results import read_results
from manifold.plots import QUANTITIES
from manifold.sweeps import mean_interval
from manifold.text import say
from manifold.ui.charts import Chart, chart, faint, titled
from manifold.ui.pages.train.words import arm_titles, in_points

_CELL = ("dataset", "width", "shortcut", "activation")
_HEIGHT = 330


@dataclass(frozen=True, eq=False)
class Draws:
    """The first arm minus the second, draw by draw.

    Attributes
    ----------
    gains : dict from int to ndarray of shape (draws,)
        Differences in accuracy, by the width of the bottlenecks, the second arm's where they differ.
    made : dict
        Parameters of the experiment.
    """

    gains: dict[int, Floats]
    made: dict[str, Any]

    def mean(self, width: int) -> tuple[float, float, float]:
        """Of a width: the mean difference, and the ends of its 95 per cent interval."""
        return float(self.gains[width].mean()), *mean_interval(self.gains[width])


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={Arm: repr})
def measured_draws(pair: Pair) -> Draws | None:
    """What `linear_bottleneck` has measured of a pair, at all widths that it knows; None if it has not."""
    kept = read_results("linear_bottleneck")
    rows = kept.rows[kept.rows["dataset"] == pair[0].dataset]
    if pair[0].own is not None or len({each.draw for each in pair}) > 1 or pair[0].depth != pair[1].depth or pair[0] == pair[1]:
        return None
    apart = pair[0].width != pair[1].width
    gains = {}
    for width in [pair[1].width] if apart else sorted(set(rows["width"].tolist())):
        one, other = (_accuracy(rows, arm, arm.width if apart else width) for arm in pair)
        if len(one) and len(one) == len(other):
            gains[int(width)] = one - other
    return Draws(gains, kept.made["parameters"]) if gains else None


def _accuracy(rows: Any, arm: Arm, width: int) -> Floats:
    """Of an arm in every draw, in their order."""
    chosen = rows[(rows["width"] == width) & (rows["shortcut"] == arm.shortcut) & (rows["activation"] == arm.activation)]
    return np.asarray(chosen.sort_values("draw")["accuracy"], dtype=np.float64)


def draws_sentence(pair: Pair, draws: Draws) -> str:
    """Which arm is better over the draws at the width of the page, by how much; empty if it was not measured."""
    width = pair[1].width
    if width not in draws.gains:
        return ""
    mean, low, high = draws.mean(width)
    better, other = arm_titles(pair)
    if mean < 0.0:
        mean, low, high, better = -mean, -high, -low, other
    slots = {"points": in_points(mean), "low": in_points(low), "high": in_points(high), "count": len(draws.gains[width])}
    if low <= 0.0:
        return say("train.measured.neither", **slots)
    return say("train.measured.better", **slots, arm=better)


def draws_spread(pair: Pair, draws: Draws) -> str:
    """How single draws differ at the width of the page, and at what settings they were measured."""
    made = {name: draws.made[name] for name in ("depth", "steps", "rate")}
    measured = say("train.measured.settings", **made)
    if (gains := draws.gains.get(pair[1].width)) is None:
        return measured
    return f"{say('train.measured.spread', least=in_points(gains.min()), most=in_points(gains.max()))} {measured}"


def draws_chart(pair: Pair, draws: Draws, gain: float | None) -> Chart:
    """The difference against the width: every draw, the mean with its interval, and the run of the page."""
    color = QUANTITIES[0].color
    widths = list(draws.gains)
    means, low, high = 100.0 * np.array([draws.mean(width) for width in widths]).T
    xs = np.repeat(widths, [len(gains) for gains in draws.gains.values()])
    dots = {"mode": "markers", "marker": {"size": 5, "color": faint(color, 0.45)}, "name": say("train.line.draw")}
    ends = {
        "type": "data",
        "symmetric": False,
        "array": high - means,
        "arrayminus": means - low,
        "color": color,
        "thickness": 3,
    }
    look = {"mode": "markers", "marker": {"size": 10, "color": color, "symbol": "diamond"}, "error_y": ends}
    traces: list[Chart] = [
        {"type": "scatter", "x": xs * 1.04, "y": 100.0 * np.concatenate(list(draws.gains.values())), **dots},
        {"type": "scatter", "x": np.array(widths), "y": means, **look, "name": say("train.line.mean")},
    ]
    if gain is not None:
        star = {"symbol": "star", "size": 16, "color": "#d1495b", "line": {"width": 1, "color": "#ffffff"}}
        here = {"mode": "markers", "marker": star, "name": say("train.line.here")}
        traces.append({"type": "scatter", "x": [pair[1].width / 1.06], "y": [100.0 * gain], **here})
    first, second = arm_titles(pair)
    shown = sorted({*widths, pair[1].width})
    ticks = {"type": "log", "tickvals": shown, "ticktext": list(map(str, shown)), "range": _logs(shown)}
    zero = [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": {"color": "gray", "width": 1.5}}]
    gains = titled(say("train.axis.gain", first=first, second=second))
    return chart(traces, _HEIGHT, xaxis=titled(say("train.differs.width"), **ticks), yaxis=gains, shapes=zero)


def _logs(widths: list[int]) -> list[float]:
    return [float(np.log10(widths[0] / 1.3)), float(np.log10(widths[-1] * 1.3))]
