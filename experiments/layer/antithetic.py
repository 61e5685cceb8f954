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
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pandas import DataFrame

from manifold import Layer, Recovery, is_injective, make_cloud, random_stream, recover_with, redecode
from manifold.metrics import lost_share, nmse, worst_error
from manifold.plots import GROUP_COLORS, Page, chart_colors, draw_cloud, draw_plane, rank_legend
from manifold.runs import told
from manifold.text import error_number, say
from manifold.theory import collapsed_fraction, least_injective_width

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._scores import summary, z_score

Matrix = NDArray[np.float64]

DRAWS = 300


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
    """What the draws that are shown follow from."""
    return {"seed": seed}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Share lost and evenness against d, then a spiral through the two laws."""
    seed = int(drawn["seed"])
    result = page.figure(2.6)
    lost, price, *panels = result.subplots(1, 4, width_ratios=[1.15, 1.15, 1.0, 1.0])
    _draw_lost(lost, rows)
    _draw_price(price, rows)
    known, rows_of_layer = price.get_legend_handles_labels(), say("figure.antithetic.rows")
    lost.legend(*known, loc=(0.03, 0.14), title=rows_of_layer, alignment="left", handlelength=1.4)
    lost.set(ylabel=say("figure.axis.lost"), ylim=(-0.02, 0.52))
    price.set(ylabel=say("figure.antithetic.stretch"), yscale="log")
    for ax in (lost, price):
        ax.set(xlabel=say("figure.antithetic.dimension"), xticks=parameters.dims)
    rng = random_stream(seed, _typical_draw(rows))
    spiral = make_cloud("spiral", 500, rng=random_stream(seed, 0))
    make_cloud("ball", parameters.n_points, rng=rng)  # as in `measure`, T comes after the points
    layers = _layers(2, rng)
    for ax, law in zip(panels, ("gaussian", "opposite"), strict=True):
        answer = recover_with(spiral.points, Layer(layers[law]), decoder="doubled")
        draw_plane(ax, answer.layer)
        draw_cloud(ax, answer.recovered, chart_colors(spiral))
        ax.set(title=say(f"figure.antithetic.{law}"), xlabel=say("figure.antithetic.error", error=error_number(nmse(answer))))
    panels[0].set_ylabel(say("figure.antithetic.doubled"))
    rank_legend(result)
    return result


def _typical_draw(rows: DataFrame) -> int:
    """The draw whose Gaussian layer of the plane has the median NMSE; 0 if there is none."""
    planar = rows[(rows["dimension"] == 2) & (rows["embedding"] == "gaussian")].sort_values(["doubled_nmse", "draw"])
    return int(planar["draw"].iloc[(len(planar) - 1) // 2]) if len(planar) else 0


def _draw_lost(ax: Axes, rows: DataFrame) -> None:
    """Mean share lost with its interval, and the formula."""
    for law, color, marker in _STYLES[:2]:
        cells = rows[rows["embedding"] == law].pivot(index="dimension", columns="draw", values="lost")
        interval = 1.96 * cells.std(axis=1) / np.sqrt(cells.shape[1])
        exact = [collapsed_fraction(least_injective_width(dim), dim) if law == "gaussian" else 0.0 for dim in cells.index]
        ax.plot(cells.index, exact, color=color)
        ax.errorbar(cells.index, cells.mean(axis=1), interval, fmt=marker, markersize=3.5, color=color)


def _draw_price(ax: Axes, rows: DataFrame) -> None:
    """Median evenness over the draws, and the middle 80 per cent of them."""
    for law, color, marker in _STYLES:
        groups = rows[rows["embedding"] == law].groupby("dimension")["evenness"]
        middle = groups.median()
        ax.plot(middle.index, middle, f"{marker}-", color=color, markersize=3.5, label=say(f"figure.antithetic.{law}"))
        ax.fill_between(middle.index, groups.quantile(0.1), groups.quantile(0.9), color=color, alpha=0.15, linewidth=0)


_STYLES = (("gaussian", GROUP_COLORS[1], "s"), ("opposite", GROUP_COLORS[0], "o"), ("orthogonal", GROUP_COLORS[2], "^"))
