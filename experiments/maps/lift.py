"""With enough random ReLU units, a plane separates what no line separates; how many it takes depends on the shape.

Source: the idea is Cover's (1965), that classes are more likely to be separable in more dimensions; the layer is relu(W x + b),
W standard Gaussian, b uniform in [-1, 1], on points in the unit disc.
Output: the shapes, and for each the share of points on their class's side of the best plane against the number of units: median
and the middle 80 per cent of the draws. Guessing gives 50 %. Headline: for every shape, the smallest width at which half of the
draws separate all points, or -1, and the median share without a lift and at every width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import make_cloud, random_stream
from manifold.checks import fault
from manifold.learning import LIFTS, separate, two_classes
from manifold.plots import CLASS_COLORS, GROUP_COLORS, frame_panel, styled
from manifold.text import say

from ..runner.parameters import parameter, whole

DRAWS = 50


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    datasets: Sequence[str] = parameter(
        ["two rings", "two moons", "spiral", "thread", "two spirals"],
        "shapes in the plane: names in `manifold.DATASETS`, with options",
    )
    n_points: int = parameter(300, "number of points N")
    units: Sequence[int] = parameter(
        [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 60, 80], "numbers of random ReLU units n", check=whole(1, 10_000)
    )


COLORS = GROUP_COLORS[2:]  # the first two are those of the classes
QUICK = {"draws": 8, "datasets": ["two rings", "two spirals"], "units": [1, 3, 10, 30, 60]}


def check(parameters: Parameters) -> None:
    """All shapes lie in the plane, and have two classes."""
    for dataset in parameters.datasets:
        cloud = make_cloud(dataset, parameters.n_points, rng=random_stream(0))
        if cloud.points.shape[1] != 2:
            raise fault(
                ValueError,
                "datasets must lie in the plane, such as 'two rings' or 'thread', got {dataset!r}",
                dataset=dataset,
            )
        two_classes(cloud)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per shape, width and draw; width 0 is without a lift."""
    rows = []
    for draw in draws:
        for dataset in parameters.datasets:
            rng = random_stream(seed, draw)
            cloud = make_cloud(dataset, parameters.n_points, rng=rng)
            labels = two_classes(cloud)
            features = LIFTS["relu"].make(max(parameters.units), rng)(cloud.points, cloud.chart)
            for width in (0, *parameters.units):
                accuracy = separate(features[:, :width] if width else cloud.points, labels).accuracy
                rows.append({"dataset": dataset, "units": width, "draw": draw, "accuracy": accuracy})
    return DataFrame(rows)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """The first width that separates half of the draws, and medians."""
    numbers: dict[str, float] = {}
    for dataset, part in rows.groupby("dataset", sort=False):
        widths = part.groupby("units")["accuracy"]
        enough = widths.apply(lambda accuracy: (accuracy == 1.0).mean()) >= 0.5
        numbers[f"units_for_half_{dataset}"] = float(min((int(width) for width in enough.index[enough]), default=-1))
        numbers |= {f"median_accuracy_{dataset}_units={width}": float(value) for width, value in widths.median().items()}
    return numbers


@styled
def figure(rows: DataFrame, *, seed: int, parameters: Parameters) -> Figure:
    """The shapes above, the curves below."""
    result = Figure(figsize=(6.4, 4.4), layout="constrained")
    parts: Any = result.subfigures(2, 1, height_ratios=[1.0, 2.2])
    above, below = parts
    for ax, dataset, color in zip(
        above.subplots(1, len(parameters.datasets), squeeze=False)[0], parameters.datasets, COLORS, strict=False
    ):
        cloud = make_cloud(dataset, parameters.n_points, rng=random_stream(seed, 0))
        ax.scatter(*cloud.points.T, c=np.array(CLASS_COLORS)[two_classes(cloud)], s=3.0, linewidths=0)
        frame_panel(ax).set_title(dataset, color=color)
    ax = below.subplots()
    lifted = rows[rows["units"] > 0]
    for dataset, color in zip(parameters.datasets, COLORS, strict=False):
        groups = lifted[lifted["dataset"] == dataset].groupby("units")["accuracy"]
        middle = groups.median()
        ax.plot(middle.index, middle, "o-", color=color, markersize=3, label=dataset)
        ax.fill_between(middle.index, groups.quantile(0.1), groups.quantile(0.9), color=color, alpha=0.13, linewidth=0)
    widths = [width for width in (1, 2, 3, 5, 10, 20, 40, 80) if width <= lifted["units"].max()]
    ax.set(xscale="log", xlabel=say("lifting.axis.units"), ylabel=say("lifting.axis.right-side"), ylim=(0.45, 1.02))
    ax.set_xticks(widths, list(map(str, widths)))
    ax.minorticks_off()
    ax.yaxis.set_major_formatter(lambda share, place: f"{share:.0%}")
    ax.legend(loc="lower right")
    return result
