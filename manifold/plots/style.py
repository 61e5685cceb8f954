"""The look of every figure: sizes, fonts, and the colours that mean something."""

from __future__ import annotations

import functools
import io
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from manifold.checks import Floats, check_kind, fault
from manifold.clouds.cloud import PointCloud

P = ParamSpec("P")
R = TypeVar("R")

FORMATS = ("svg", "pdf", "png")

RANK_COLORS = ("#e58fa0", "#fbe2ae", "#d3e6f4")
"""Colours of places whose active rows have rank 0, 1 and 2, by lightness as well as by hue."""

RANK_COLORS_ON_DARK = ("#7d2b3c", "#6b5218", "#1d3d54")
"""The same on a dark background."""

LOST_COLOR, LOST_COLOR_ON_DARK = "#d6002a", "#ff5468"
"""Colour of points that no decoder can give back: none of those along a chart is near it."""

_CHART_MAP = "viridis"
_ON_LIGHT, _ON_DARK = (0.0, 0.88), (0.22, 1.0)  # the palest end would vanish on white, the darkest on black

_STYLE: Any = {
    # All defaults of Matplotlib first, so that no file of a user breaks or changes a figure; which backend it loads stays.
    **{name: value for name, value in matplotlib.rcParamsDefault.items() if "backend" not in name},
    "font.size": 8.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 8.0,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#555555",
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "lines.linewidth": 1.4,
    "figure.dpi": 100.0,
    "savefig.dpi": 300.0,
    "svg.hashsalt": "manifold",
    "pdf.fonttype": 42,
}

_LOCK = threading.RLock()  # rcParams are global to the process: one figure at a time


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` with the style of this project, and none of a user's, alone among threads."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with _LOCK, matplotlib.rc_context(_STYLE):
            return function(*args, **kwargs)

    return run


@styled
def figure_bytes(figure: Figure, file_format: str) -> bytes:
    """The figure as an SVG, PDF or PNG file; the same figure gives the same bytes."""
    if file_format not in FORMATS:
        known = ", ".join(FORMATS)
        raise fault(ValueError, "format must be one of {known}, got {file_format!r}", known=known, file_format=file_format)
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[file_format]
    if engine := figure.get_layout_engine():  # lay out once, so that every format shows the same
        engine.execute(figure)
        figure.set_layout_engine("none")
    buffer = io.BytesIO()
    figure.savefig(buffer, format=file_format, metadata=undated)
    return buffer.getvalue()


def chart_colors(cloud: PointCloud, *, on_dark: bool = False) -> Floats:
    """RGBA (N, 4) along the manifold: the first chart coordinate, from the start of its range to the end."""
    position = check_kind(cloud, "cloud", PointCloud).chart[:, 0]
    span = np.ptp(position)
    return color_ramp((position - position.min()) / span if span else np.zeros(len(position)), on_dark=on_dark)


def color_ramp(shares: Floats, *, on_dark: bool = False) -> Floats:
    """RGBA (N, 4) for shares (N,) of the way along a chart, from 0 to 1."""
    first, last = _ON_DARK if on_dark else _ON_LIGHT
    return np.asarray(matplotlib.colormaps[_CHART_MAP](first + (last - first) * shares))
