"""Figures of experiments, and where their words lie."""

from collections.abc import Iterator
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from experiments.runner.drawing import draw_kept
from experiments.runner.drawn import pack, unpack
from experiments.runner.record import Kept
from manifold.plots import PAPER, set_layout, styled

SLACK = 1.0  # pixels at 100 to the inch, by which boxes, which hold some air around their letters, may go too far


def figure_of(experiment, rows, parameters, *, seed=0, page=PAPER):
    """As the command line draws it."""
    drawn = {}
    for name in ("drawn", "played"):
        if make := getattr(experiment, name, None):
            shown = make(rows, seed=seed, parameters=parameters)
            drawn |= shown if name == "drawn" else {name: shown}
    return draw_kept(Kept("", experiment, seed, 1, parameters, rows, unpack(pack(drawn))), page)


@styled
def faults(figure: Figure, *, page) -> list[str]:
    """What a reader of the printed figure would stumble over: words cut, too small, or on top of others."""
    FigureCanvasAgg(figure)
    set_layout(figure)
    figure.draw_without_rendering()
    sheet = figure.bbox.padded(SLACK)
    boxes = {text: text.get_window_extent().padded(-SLACK) for text in seen(figure)}
    found = [f"cut: {name(text)}" for text, box in boxes.items() if not inside(box, sheet)]
    least = min(7.0, page.font_size)
    found += [f"{text.get_fontsize():.1f} points: {name(text)}" for text in boxes if text.get_fontsize() < least - 1e-9]
    pairs = combinations(boxes.items(), 2)
    return found + [f"on top of each other: {name(a)} | {name(b)}" for (a, one), (b, other) in pairs if meet(one, other)]


def seen(figure: Figure) -> Iterator[Text]:
    """All words that are drawn."""
    hidden = {label for axis in figure.findobj(Axis) for label in out_of_view(axis)}
    hidden |= {text for ax in figure.findobj(Axes) if not ax.axison for axis in axes_of(ax) for text in axis.findobj(Text)}
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible() and text not in hidden:
            yield text


def axes_of(ax: Axes) -> list[Axis]:
    return list(ax._axis_map.values())


def out_of_view(axis: Axis) -> Iterator[Text]:
    """Labels of ticks that are not drawn."""
    low, high = sorted(axis.get_view_interval())
    slack = 1e-9 * (high - low)
    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
        if not (low - slack <= tick.get_loc() <= high + slack) or not axis.get_visible():
            yield from (tick.label1, tick.label2)


def inside(box: Bbox, sheet: Bbox) -> bool:
    return sheet.x0 <= box.x0 and sheet.y0 <= box.y0 and box.x1 <= sheet.x1 and box.y1 <= sheet.y1


def meet(one: Bbox, other: Bbox) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def name(text: Text) -> str:
    return repr(text.get_text()[:40])
