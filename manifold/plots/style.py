"""The look of every figure: sizes, fonts, and the colours that mean something."""

from __future__ import annotations

import contextlib
import functools
import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from manifold.checks import Floats, check_kind, fault
from manifold.clouds.cloud import PointCloud
from manifold.plots.page import PAPER, Page, drawn_language

P = ParamSpec("P")
R = TypeVar("R")

FORMATS = ("svg", "pdf", "png")

RANK_COLORS = ("#e58fa0", "#fbe2ae", "#d3e6f4")
"""Colours of places whose active rows have rank 0, 1 and 2, by lightness as well as by hue."""

RANK_COLORS_ON_DARK = ("#7d2b3c", "#6b5218", "#17344a")
"""The same on a dark background."""

LOST_COLOR, LOST_COLOR_ON_DARK = "#d6002a", "#ff5468"
"""Colour of points that no decoder can give back: none of those along a chart is near it."""

_CHART_MAP = "viridis"
_ON_LIGHT, _ON_DARK = (0.0, 0.88), (0.38, 1.0)  # the palest end would vanish on white, the darkest on black

_PAPER_INK, _PAPER = "#1a1a1a", "#ffffff"
_SCREEN_INK, _SCREEN = "#f2f2f2", "#0e1117"  # as the pages in the dark
_MUTED, _MUTED_ON_DARK = "#6a6a6a", "#a6a6a6"
_FAINT, _FAINT_ON_DARK = "#dddddd", "#3a3f4a"


def _style(page: Page) -> Any:
    """Matplotlib's defaults but for the backend, so that no file of a user breaks or changes a figure, and ours upon them."""
    size, scale = page.font_size, page.scale
    ink, ground, muted = (_SCREEN_INK, _SCREEN, _MUTED_ON_DARK) if page.dark else (_PAPER_INK, _PAPER, _MUTED)
    usual: dict[str, Any] = {name: value for name, value in matplotlib.rcParamsDefault.items() if "backend" not in name}
    sizes = dict.fromkeys(("font.size", "axes.labelsize", "legend.fontsize", "legend.title_fontsize"), size)
    lines = {"lines.linewidth": 1.4, "lines.markersize": 3.5, "axes.linewidth": 0.6, "patch.linewidth": 0.6}
    lines |= {f"{axis}tick.major.{part}": number for axis in "xy" for part, number in (("width", 0.6), ("size", 3.0))}
    colors = dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.labelcolor", "ytick.labelcolor"), ink)
    colors |= dict.fromkeys(("figure.facecolor", "axes.facecolor"), ground)
    colors |= dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), muted)
    return {
        **usual,
        **sizes,
        **colors,
        **{name: number * scale for name, number in lines.items()},
        "font.family": page.families(),
        "mathtext.fontset": "dejavuserif" if page.font == "serif" else "dejavusans",
        "axes.titlesize": size * 9.0 / 8.0,
        "figure.titlesize": size * 9.0 / 8.0,
        "xtick.labelsize": size * 7.5 / 8.0,
        "ytick.labelsize": size * 7.5 / 8.0,
        "legend.frameon": False,
        "figure.dpi": 100.0,
        "savefig.dpi": 300.0,
        "svg.hashsalt": "manifold",
        "pdf.fonttype": 42,
    }


_LOCK = threading.RLock()  # rcParams are global to the process: one figure at a time


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` with the style of this project, and none of a user's, alone among threads.

    The style is that of the keyword `page`, if there is one; else of the function that called it; else of a paper. The language
    is the current one, if a font has its letters.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with _LOCK, _set_on(kwargs.get("page")), drawn_language():
            result = function(*args, **kwargs)
            if isinstance(result, Figure):
                _set_figures[result] = current_page()
            return result

    return run


_current: list[Page] = []  # the pages being drawn on, the innermost last; guarded by the lock
_set_figures: WeakKeyDictionary[Figure, Page] = WeakKeyDictionary()  # on which page each was drawn


@contextlib.contextmanager
def _set_on(page: Any) -> Iterator[None]:
    chosen = page if isinstance(page, Page) else current_page()
    with matplotlib.rc_context(_style(chosen)):
        _current.append(chosen)
        try:
            yield
        finally:
            _current.pop()


def current_page() -> Page:
    """The page that is drawn on; outside of a drawing function that of a paper."""
    return _current[-1] if _current else PAPER


def lost_color() -> str:
    """Colour of points that no decoder can give back."""
    return LOST_COLOR_ON_DARK if current_page().dark else LOST_COLOR


def ink() -> str:
    """Colour of letters, and of lines as strong."""
    return _SCREEN_INK if current_page().dark else _PAPER_INK


def ground() -> str:
    """Colour behind everything."""
    return _SCREEN if current_page().dark else _PAPER


def muted() -> str:
    """Colour of guide lines and their words."""
    return _MUTED_ON_DARK if current_page().dark else _MUTED


def faint() -> str:
    """Colour of lines that only part one thing from the next."""
    return _FAINT_ON_DARK if current_page().dark else _FAINT


def rank_colors() -> tuple[str, str, str]:
    """Colours of places whose active rows have rank 0, 1 and 2."""
    return RANK_COLORS_ON_DARK if current_page().dark else RANK_COLORS


def sized(size: float) -> float:
    """A length in points at 8-point type, at the type of the page."""
    return size * current_page().scale


@dataclass(frozen=True)
class File:
    """How a figure becomes a file.

    Parameters
    ----------
    dpi : float, default=300
        Pixels per inch of a PNG.
    text : bool, default=False
        Letters of an SVG as text, which an editor can change and a reader without the font sees in another; else as shapes.
    about : mapping from str to str, optional
        What the file says of itself: "Title", "Subject" and "Keywords".
    """

    dpi: float = 300.0
    text: bool = False
    about: Mapping[str, str] = field(default_factory=dict)


_FILE = File()


def figure_bytes(figure: Figure, file_format: str, file: File = _FILE) -> bytes:
    """The figure as an SVG, PDF or PNG file; the same figure gives the same bytes."""
    if file_format not in FORMATS:
        known = ", ".join(FORMATS)
        raise fault(ValueError, "format must be one of {known}, got {file_format!r}", known=known, file_format=file_format)
    buffer = io.BytesIO()
    with _LOCK, _set_on(_set_figures.get(figure)), matplotlib.rc_context({"svg.fonttype": "none" if file.text else "path"}):
        set_layout(figure)
        figure.savefig(buffer, format=file_format, dpi=file.dpi, metadata=_metadata(file_format, file.about))
    return _number_clips(buffer.getvalue()) if file_format == "svg" else buffer.getvalue()


def _number_clips(svg: bytes) -> bytes:
    """Clip paths by number: Matplotlib names them by a hash of places whose last bits differ from layout to layout."""
    numbers: dict[bytes, bytes] = {}
    return re.sub(rb"\bp[0-9a-f]{10}\b", lambda name: numbers.setdefault(name[0], b"clip%d" % len(numbers)), svg)


def set_layout(figure: Figure) -> None:
    """Lay the figure out once, so that every format shows the same."""
    if engine := figure.get_layout_engine():
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="constrained_layout not applied")
            try:
                engine.execute(figure)
            except UserWarning:
                raise no_room(figure) from None
        figure.set_layout_engine("none")


def no_room(figure: Figure) -> Exception:
    """The error for a figure that is too small for what it shows."""
    width, height = figure.get_size_inches()
    return fault(
        ValueError,
        "a figure must have room for its words, got {width:g} x {height:g} in; make it larger, or its type smaller",
        width=width,
        height=height,
    )


def _metadata(file_format: str, about: Mapping[str, str]) -> dict[str, Any]:
    """What a file says of itself, in the words of its format; never a date."""
    if file_format == "pdf":
        return {"CreationDate": None, **about}
    if file_format == "svg":
        return {"Date": None, **({"Title": about["Title"], "Description": about.get("Subject")} if about else {})}
    return {"Title": about["Title"], "Description": about.get("Subject", "")} if about else {}


def chart_colors(cloud: PointCloud, *, on_dark: bool | None = None) -> Floats:
    """RGBA (N, 4) along the manifold: the first chart coordinate, from the start of its range to the end.

    Those for a dark ground if `on_dark`; by default, as the page that is drawn on.
    """
    return color_ramp(chart_shares(cloud), on_dark=on_dark)


def chart_shares(cloud: PointCloud) -> Floats:
    """Share (N,) of the way along the manifold: the first chart coordinate, from the start of its range to the end."""
    position = check_kind(cloud, "cloud", PointCloud).chart[:, 0]
    span = np.ptp(position)
    return np.asarray((position - position.min()) / span if span else np.zeros(len(position)))


def color_ramp(shares: Floats, *, on_dark: bool | None = None) -> Floats:
    """RGBA (N, 4) for shares (N,) of the way along a chart, from 0 to 1."""
    dark = current_page().dark if on_dark is None else on_dark
    first, last = _ON_DARK if dark else _ON_LIGHT
    return np.asarray(matplotlib.colormaps[_CHART_MAP](first + (last - first) * shares))
