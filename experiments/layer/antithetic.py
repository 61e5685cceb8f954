"""With n = 2d rows, the fewest possible, [B; -B] is one-to-one, read back by 2 T^+; Gaussian rows lose 3 points in 10 or more.

Source: Puthawala et al. 2022, arXiv 2006.08464. b.x or -b.x is active for every row b of B, so J^T J = B^T B at every x; and
T^+ |T x| = 0, so T^+ relu(T x) = x/2. Gaussian rows lose P(Bin(2d, 1/2) < d), at d = 2 every layer some of the plane.
Output: the share of points of a ball that are lost against d; the price, which is how unevenly the layer stretches where it
keeps points: least over greatest singular value of J over all points, also with B orthogonal, where there is none; and a spiral
through four rows, read by twice T^+. Headline: share lost with its z-score, worst error of the exact decoder and NMSE of twice
T^+, the ratio of singular values, and the share of planar layers that are one-to-one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from pandas import DataFrame

from manifold import Layer, PointCloud, Recovery, is_injective, make_cloud, random_stream, recover_with, redecode
from manifold.metrics import lost_share, nmse, worst_error
from manifold.plots import (
    Page,
    View,
    chart_shares,
    draw_cloud,
    draw_painted,
    error_beside,
    figure_legend,
    law_look,
    lost_text,
    rank_patches,
    sized,
    wrap_words,
)
from manifold.runs import told
from manifold.sweeps import share_interval
from manifold.text import say
from manifold.theory import collapsed_fraction, least_injective_width

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ..runner.typical import typical_draw
from ._recoveries import several_draws
from ._scores import summary, z_score

Matrix = NDArray[np.float64]

DRAWS = 300
LAWS = ("gaussian", "opposite", "orthogonal")


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    n_points: int = parameter(200, "number of points N")
    dims: Sequence[int] = parameter(
        [2, 3, 4, 5, 6, 7, 8], "numbers of dimensions d; a layer has 2 d rows", check=whole(1, 1000)
    )


QUICK = {"draws": 30, "dims": [2, 4, 8]}
COLUMNS = ("dimension", "embedding", "draw", "lost", "worst", "doubled_nmse", "evenness", "injective")


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per dimension, law and draw; `injective` is missing but for d = 2."""
    rows = []
    for draw in told(draws):
        for dim in parameters.dims:
            rng = random_stream(seed, draw)
            points = make_cloud(f"ball,dim={dim}", parameters.n_points, rng=rng).points
            for law, matrix in _layers(dim, rng).items():
                exact = recover_with(points, Layer(matrix), decoder="active-rows")
                row = {"dimension": dim, "embedding": law, "draw": draw, "lost": lost_share(exact), "worst": worst_error(exact)}
                row |= {"doubled_nmse": nmse(redecode(exact, "doubled")), "evenness": _evenness(exact)}
                rows.append({**row, "injective": float(is_injective(matrix)) if dim == 2 else np.nan})
    return DataFrame(rows)


def _layers(dim: int, rng: np.random.Generator) -> dict[str, Matrix]:
    """T of 2 d rows by law; B is the upper half of the Gaussian T, or the orthogonal factor of that."""
    matrix = rng.standard_normal((least_injective_width(dim), dim))
    half = matrix[:dim]
    orthogonal = np.linalg.qr(half)[0]
    return {"gaussian": matrix, "opposite": np.vstack([half, -half]), "orthogonal": np.vstack([orthogonal, -orthogonal])}


def _evenness(recovery: Recovery) -> float:
    """Least singular value of J = T_A over the points that are kept, in units of the greatest."""
    patterns = np.unique(recovery.rows.active[recovery.rank == recovery.points.shape[1]], axis=0)
    if not len(patterns):
        return np.nan
    values = np.linalg.svd(patterns[:, :, None] * recovery.matrix, compute_uv=False)
    return float(values[:, -1].min() / values.max())


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Shares lost against the formula, errors, and the price."""
    numbers, scores = {}, []
    key: Any
    for key, cell in rows.groupby(["dimension", "embedding"], sort=False):
        dim, law = key
        name = f"embedding={law}_dimension={dim}"
        numbers[f"mean_lost_{name}"] = float(cell["lost"].mean())
        numbers[f"largest_worst_{name}"] = float(cell["worst"].max())
        numbers[f"largest_doubled_nmse_{name}"] = float(cell["doubled_nmse"].max())
        numbers[f"median_doubled_nmse_{name}"] = float(cell["doubled_nmse"].median())
        numbers[f"median_evenness_{name}"] = float(cell["evenness"].median())
        if law == "gaussian":
            expected = collapsed_fraction(least_injective_width(dim), dim)
            numbers[f"expected_lost_{name}"] = expected
            scores.append(z_score(cell["lost"], expected))
            numbers[f"z_lost_{name}"] = scores[-1]
        if dim == 2:
            numbers[f"mean_injective_{name}"] = float(cell["injective"].mean())
    return numbers | summary(scores)


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """A spiral through four rows of each law, in the draw whose Gaussian layer is typical, and medians over all draws."""
    spiral = make_cloud("spiral", 500, rng=random_stream(seed, 0))
    draws = rows["draw"].unique()
    answers = [_answers(spiral, draw, seed, parameters)["gaussian"] for draw in draws]
    numbers = DataFrame({"nmse": map(nmse, answers), "lost": map(lost_share, answers)}, index=draws)
    shown = _answers(spiral, typical_draw(numbers), seed, parameters)
    colors = chart_shares(spiral).astype(np.float32)
    views = {law: vars(View.of(answer, colors, symbol="T⁺")) for law, answer in shown.items()}
    return {"views": views, "medians": {name: float(numbers[name].median()) for name in numbers}}


def _answers(spiral: PointCloud, draw: int, seed: int, parameters: Parameters) -> dict[str, Recovery]:
    """The spiral through four rows of each law, read by twice T^+."""
    rng = random_stream(seed, draw)
    make_cloud("ball", parameters.n_points, rng=rng)  # as in `measure`, T comes after the points
    return {law: recover_with(spiral.points, Layer(rows), decoder="doubled") for law, rows in _layers(2, rng).items()}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Share lost and evenness against d, then a spiral through four rows of each law."""
    high, wide = page.grid(2, least=2.6)
    result = page.figure(1.7 * high + (2.9 if wide == 2 else 3.1))
    grid = result.add_gridspec(high + 1, 6, height_ratios=[1.0] * high + [1.2 if wide == 2 else 0.75])
    across = 6 // wide
    lost, price = (result.add_subplot(grid[k // wide, k % wide * across : (k % wide + 1) * across]) for k in range(2))
    _draw_lost(lost, rows)
    _draw_price(price, rows)
    for ax in (lost, price):
        ax.set(xlabel=say("figure.antithetic.dimension"), xticks=parameters.dims)
    medians = drawn["medians"] if several_draws(rows) else {}
    for place, (law, kept) in enumerate(drawn["views"].items()):
        ax, view = result.add_subplot(grid[-1, 2 * place : 2 * place + 2]), View(**kept)
        view = replace(view, medians=medians) if law == "gaussian" else view
        draw_painted(ax, view.plane)
        draw_cloud(ax, view.recovered, view.colors)
        ax.set(
            title=wrap_words(say(f"figure.antithetic.{law}"), sized(1.2), title=True),
            xlabel=f"{error_beside(view, 'nmse', 2.0)}\n{lost_text(view)}",
        )
        ax.set_ylabel("" if place else say("figure.antithetic.doubled"))
    figure_legend(result, handles=[*_key(), *rank_patches()], note=_note(rows))
    return result


def _draw_lost(ax: Axes, rows: DataFrame) -> None:
    """Mean share lost with its interval, dashed the formula; the two laws at 0 stand side by side."""
    for law, aside in zip(LAWS, (0.0, -0.1, 0.1), strict=True):
        groups = rows[rows["embedding"] == law].groupby("dimension")["lost"]
        mean, look = groups.mean(), law_look(law)
        if law == "gaussian":
            exact = [collapsed_fraction(least_injective_width(dim), dim) for dim in mean.index]
            ax.plot(mean.index, exact, color=look.color, linestyle="--")
        ends = np.abs(np.array(share_interval(groups)) - mean.to_numpy())
        ax.errorbar(mean.index + aside, mean, ends if law == "gaussian" else None, **look.marks)
    ax.set(ylabel=say("figure.axis.lost"), ylim=(-0.02, 0.52))


def _draw_price(ax: Axes, rows: DataFrame) -> None:
    """Median evenness over the draws, and the middle 80 per cent of them."""
    for law in LAWS:
        groups, look = rows[rows["embedding"] == law].groupby("dimension")["evenness"], law_look(law)
        middle = groups.median()
        ax.plot(middle.index, middle, **look.line)
        ax.fill_between(middle.index, groups.quantile(0.1), groups.quantile(0.9), color=look.color, alpha=0.15, linewidth=0)
    ax.set(ylabel=say("figure.antithetic.stretch"), yscale="log")


def _key() -> list[Line2D]:
    """What explains the marks."""
    return [Line2D([], [], **law_look(law).marks, label=say(f"figure.antithetic.{law}")) for law in LAWS]


def _note(rows: DataFrame) -> str:
    """What lines, bars, bands and numbers in brackets are."""
    return say("figure.antithetic.note", count=int(rows["draw"].nunique()))
