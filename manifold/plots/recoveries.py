"""The headline figure: what the paper's decoder and the exact decoder give back of the input, and the plane's sectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from manifold.checks import Floats, check_array, check_kind, check_number, fault
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.decoders import DECODERS
from manifold.layer.embeddings import EMBEDDINGS
from manifold.layer.recovery import Recovery
from manifold.plots.labels import figure_legend, legend_lines, wrap_words
from manifold.plots.page import PAPER, Page
from manifold.plots.panels import draw_cloud, draw_painted, rank_patches
from manifold.plots.style import ink, lost_color, muted, sized, styled
from manifold.plots.tables import TIGHT, Table, panel_grid, panel_table
from manifold.plots.views import View
from manifold.text import error_number, named, percent, say, say_lost, share_number
from manifold.theory import collapsed_fraction

READINGS = ("gaussian", "padded-gaussian", "padded-orthogonal")
"""The laws of T that stand for the three readings of T^-1 in circulation."""

_ROUNDING = 1e-12
_WORDY = 1.15  # inches of a panel with room for the names of the numbers below it


def figure_recoveries(
    recoveries: Sequence[Recovery], colors: Floats, *, symbol: str, scale: float = 1.0, page: Page = PAPER
) -> Figure:
    """The input, and for each width what the decoder and the exact decoder give back after the activation, and the plane.

    Parameters
    ----------
    recoveries : sequence of Recovery
        The same points at several widths, d = 2.
    colors : ndarray of shape (N, 4)
        Colour along the manifold, see `chart_colors`.
    symbol : str
        How T^-1 is written, see `EmbeddingLaw.symbol`.
    scale : float, default=1
        Size of the points: panels show them divided by it.
    """
    check_recoveries(recoveries, scale, colors)
    return figure_views([View.of(each, colors, symbol=symbol, scale=scale) for each in recoveries], page=page)


def figure_recovery(recovery: Recovery, colors: Floats, *, symbol: str, scale: float = 1.0, page: Page = PAPER) -> Figure:
    """The same panels for a single width, side by side; arguments as for `figure_recoveries`."""
    check_recoveries([recovery], scale, colors)
    return figure_views([View.of(recovery, colors, symbol=symbol, scale=scale)], page=page)


def figure_planes(recoveries: Sequence[Recovery], *, scale: float = 1.0, page: Page = PAPER) -> Figure:
    """The plane under each layer with the points on it, and the share that is lost.

    For ReLU that is the share of all directions, beside its mean over all T; otherwise the share of the points.
    """
    check_recoveries(recoveries, scale)
    return figure_plane_views([View.of(each, each.points, scale=scale) for each in recoveries], page=page)


def figure_readings(
    recoveries: Mapping[str, Sequence[Recovery]], colors: Floats, *, scale: float = 1.0, page: Page = PAPER
) -> Figure:
    """One row per reading of T^-1, by its law in `READINGS` or another, one column per width; `colors`, `scale` as above."""
    views = {law: [View.of(each, colors, scale=scale, plane=False) for each in of_law] for law, of_law in recoveries.items()}
    return figure_reading_views(views, page=page)


@styled
def figure_views(views: Sequence[View], *, draws: int = 0, page: Page = PAPER) -> Figure:
    """`figure_recoveries` of views; medians beside their numbers are those of so many `draws`."""
    titles, note = _titles(views[0]), _note(views[0], draws)
    kinds: list[Callable[[Axes, View, float], object]] = [_draw_decoded, _draw_best, _draw_plane]
    several = len(views) > 1
    if not several:
        titles, kinds = [say("figure.views.input"), *titles], [_draw_input, *kinds]
    widths, below = [f"n = {view.width}" for view in views], legend_lines(rank_patches(), note=note)
    table = panel_table(titles, widths, first=several, under=1.0 if several else 8.0 * page.scale / page.width, below=below)
    if table.first:
        _draw_first(table, table.first, views[0])
    for line, draw in zip(table.panels, kinds, strict=True):
        for ax, view in zip(line, views, strict=True):
            draw(ax, view, table.inches)
    figure_legend(table.figure, handles=rank_patches(), note=note)
    return table.figure


@styled
def figure_plane_views(views: Sequence[View], *, draws: int = 0, page: Page = PAPER) -> Figure:
    """`figure_planes` of views."""
    note = _plane_note(views[0], draws)
    table = panel_grid(len(views), least=1.05, under=2.0, below=legend_lines(rank_patches(), note=note))
    for ax, view in zip(table.panels, views, strict=True):
        _draw_plane(ax, view, table.inches)
        ax.set(title=_plane_title(view), xlabel=_plane_caption(view))
    figure_legend(table.figure, handles=rank_patches(), note=note)
    return table.figure


@styled
def figure_reading_views(views: Mapping[str, Sequence[View]], *, draws: int = 0, page: Page = PAPER) -> Figure:
    """`figure_readings` of views, by law."""
    widths = [f"n = {view.width}" for view in next(iter(views.values()))]
    titles = [f"{EMBEDDINGS[law].symbol}\n{named(EMBEDDINGS, law, 'note')}" for law in views]
    words = say("figure.readings.median", count=draws) if draws else say("figure.readings.note")
    note = wrap_words(words, page.width - sized(0.2))
    table = panel_table(titles, widths, below=note.count("\n") + 1.5)
    for line, of_law in zip(table.panels, views.values(), strict=True):
        for ax, view in zip(line, of_law, strict=True):
            draw_cloud(ax, view.recovered, view.colors)
            ax.set_xlabel(error_beside(view, "nmse", table.inches))
    table.figure.text(0.5, 0.05 / float(table.figure.get_size_inches()[1]), note, ha="center", va="bottom")
    return table.figure


def check_recoveries(recoveries: Any, scale: float, colors: Any = None) -> None:
    """TypeError or ValueError for what is no `Recovery`, none, a size that is not above 0, or colours of other points."""
    given = list(recoveries) if isinstance(recoveries, list | tuple) else [recoveries]
    if not given:
        raise fault(ValueError, "recoveries must be at least one, got none")
    for each in given:
        check_kind(each, "recoveries", Recovery)
    check_number(scale, "scale", above=0.0)
    count = len(given[0].points)
    if colors is not None and (shape := check_array(colors, "colors", shape="(N, 4)").shape) != (count, 4):
        raise fault(ValueError, "colors must have shape {wanted}, got {shape}", wanted=(count, 4), shape=shape)


def error_text(value: float) -> str:
    """An NMSE as the figures write it, two digits."""
    return say("panel.error", error=error_number(value if isinstance(value, float) else check_number(value, "value")))


def error_and_lost(error: float, lost: float, *, known: bool = True) -> str:
    """An NMSE, and a share of points lost, or, where it is but a bound, possibly lost."""
    return say_lost("panel.error-and-lost", known=known, error=error_number(error), lost=percent(lost))


def with_median(view: View, name: str, write: Callable[[float], str], *, inches: float = TIGHT) -> str:
    """A number of the view, and in brackets its median over many draws where that is known, in so many inches."""
    number = write(view.numbers[name])
    gap = " " if inches >= TIGHT else "\n"
    return f"{number}{gap}({write(view.medians[name])})" if name in view.medians else number


def _titles(view: View) -> list[str]:
    """What the kinds of panels are."""
    activation, gain = named(ACTIVATIONS, view.activation), DECODERS[view.decoder].gain
    symbol = view.symbol if gain in (None, 1.0) else f"{gain:g} {view.symbol}"
    decoder = named(DECODERS, view.decoder, "inline") if gain is None else symbol
    return [
        say("figure.views.decoded", activation=activation, decoder=decoder),
        say("figure.views.best", activation=activation),
        say("figure.views.plane", activation=activation),
    ]


def _note(view: View, draws: int) -> str:
    """What numbers, red points and bars mean."""
    numbers = say("figure.views.numbers.median", count=draws) if draws else say("figure.views.numbers")
    red, bar = (say_lost(name, known=not view.bound) for name in ("figure.views.lost", "figure.views.bar"))
    return "\n".join([numbers, red, bar])


def _draw_first(table: Table, ax: Axes, view: View) -> None:
    """The input, before all others; what is said of it below, or where there is room beside."""
    words = say("figure.views.linear", symbol=view.symbol)
    draw_cloud(ax, view.points, view.colors)
    ax.set_title(say("figure.views.input"))
    if table.wide:
        ax.set_xlabel(wrap_words(words, sized(table.inches)))
    else:
        ax.text(1.1, 0.5, wrap_words(words, sized(2.0 * table.inches)), va="center", transform=ax.transAxes)


def _draw_input(ax: Axes, view: View, inches: float) -> None:
    draw_cloud(ax, view.points, view.colors)
    ax.set_xlabel(wrap_words(say("figure.views.linear", symbol=view.symbol), sized(inches)))


def _draw_decoded(ax: Axes, view: View, inches: float) -> None:
    """What the decoder gives back; the bar is its error, the part that even the exact one has apart."""
    draw_cloud(ax, view.recovered, view.colors)
    error, least = (min(view.numbers[name], 1.0) for name in ("nmse", "best_nmse"))
    bars = ((error, muted()),) if view.bound else ((error, muted()), (min(error, least), lost_color()))
    for length, color in bars:
        ax.add_patch(Rectangle((0.0, 0.0), length, 0.05, transform=ax.transAxes, facecolor=color, linewidth=0))
    ax.set_xlabel(error_beside(view, "nmse", inches))


def _draw_best(ax: Axes, view: View, inches: float) -> None:
    draw_cloud(ax, view.best, view.colors, lost=view.rank < 2, bound=view.bound)
    ax.set_xlabel(error_beside(view, "best_nmse", inches))


def _draw_plane(ax: Axes, view: View, inches: float) -> None:
    draw_painted(ax, view.plane)
    ax.scatter(view.points[:, 0], view.points[:, 1], color=ink(), s=sized(1.0) ** 2, linewidths=0)
    ax.set_xlabel(lost_text(view, inches=inches))


def error_beside(view: View, name: str, inches: float) -> str:
    """An NMSE of the view and its median, with its name where there is room in so many inches."""
    number = with_median(view, name, _two_digits, inches=inches)
    return say("panel.error", error=number) if inches >= _WORDY else number


def _two_digits(error: float) -> str:
    """An NMSE, 0 where it is rounding."""
    return "0" if error < _ROUNDING else error_number(error) if error < 1e-3 else f"{error:#.2g}".rstrip(".")


def lost_text(view: View, *, inches: float = TIGHT) -> str:
    """The share of points lost, or at most lost, in so many inches."""
    return say_lost("figure.views.share", known=not view.bound, share=with_median(view, "lost", percent, inches=inches))


def _plane_note(view: View, draws: int) -> str:
    """What the numbers of a plane are, and its edges."""
    if "directions_lost" not in view.numbers:
        return say("figure.views.numbers.median", count=draws) if draws else ""
    note = [say("figure.planes.note", count=draws)] if draws else []
    return "\n".join([*note, say("figure.planes.formula")])


def _plane_title(view: View) -> str:
    if "directions_lost" in view.numbers:
        return f"n = {view.width}"
    return say("figure.planes.title", activation=named(ACTIVATIONS, view.activation), width=view.width)


def _plane_caption(view: View) -> str:
    """What is lost of all directions, and the mean over all T; else of the points."""
    if "directions_lost" not in view.numbers:
        return lost_text(view)
    lost = say("figure.views.share", share=with_median(view, "directions_lost", share_number))
    return f"{lost}\n{say('figure.planes.mean', mean=share_number(collapsed_fraction(view.width, 2)))}"
