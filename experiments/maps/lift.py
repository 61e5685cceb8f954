"""With enough random ReLU units, a plane separates what no line separates; how many it takes depends on the shape.

Source: the idea is Cover's (1965), that classes are more likely to be separable in more dimensions; the layer is relu(W x + b),
W standard Gaussian, b uniform in [-1, 1], on points in the unit disc.
Output: the shapes, and for each the share of points on their class's side of the best plane against the number of units: median
and the middle 80 per cent of the draws. Guessing gives 50 %. Headline: for every shape, the smallest width at which half of the
draws separate all points, or -1, and the median share without a lift and at every width. `--set lift=` and a draw `shown` take
another lift and draw that alone: by hand, random of one width, or a trained network of three units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from pandas import DataFrame

from manifold import ACTIVATIONS, PointCloud, make_cloud, random_stream
from manifold.checks import Floats, fault
from manifold.learning import LIFTS, Separation, separate, two_classes
from manifold.planes.lifts import lift_data
from manifold.planes.moments import lifted_moments, trained_moments
from manifold.plots import (
    ALONG,
    Page,
    draw_sides,
    figure_legend,
    figure_lift,
    muted,
    plane_places,
    shape_look,
    sized,
    tick_measured,
)
from manifold.runs import told
from manifold.text import named, percent, say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ..runner.typical import typical_draw
from ._lifted import keep, moments_of

DRAWS = 50
TRAINED = "trained"
MOST_UNITS = 100  # that the interactive figure shows


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    datasets: Sequence[str] = parameter(
        ["two rings", "two moons", "spiral", "thread", "two spirals"],
        "shapes in the plane: names in `manifold.DATASETS`, with options",
    )
    n_points: int = parameter(300, "number of points N")
    lift: str = parameter("relu", "lift, by its name in `manifold.learning.LIFTS`, or trained", check=one_of([*LIFTS, TRAINED]))
    before: int = parameter(32, "units before the three of a trained network; 0 for none", check=whole(0, 1000))
    activation: str = parameter("relu", "activation of a trained network", check=one_of(ACTIVATIONS))
    shown: int = parameter(-1, "number of the draw that the figure shows lifted; -1 for curves of all draws", check=whole(-1))
    units: Sequence[int] = parameter(
        [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 60, 80], "numbers of random ReLU units n", check=whole(1, 10_000)
    )


_SQUARE = (len(ALONG), len(ALONG))
QUICK = {"draws": 8, "datasets": ["two rings", "two spirals"], "units": [1, 3, 10, 30, 60]}
COLUMNS = ("dataset", "width", "draw", "accuracy")


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
    """One row per shape, width and draw; width 0 is without a lift, and a lift that has no width has that of its features."""
    rows = []
    for draw in told(draws):
        for dataset in parameters.datasets:
            rng = random_stream(seed, draw)
            cloud = make_cloud(dataset, parameters.n_points, rng=rng)
            features, separation, _ = _lifted(cloud, parameters, rng)
            widths = parameters.units if parameters.lift in LIFTS and LIFTS[parameters.lift].drawn else [features.shape[1]]
            labels = two_classes(cloud)
            for width in (0, *widths):
                whole = width == features.shape[1]
                part = separation if whole else separate(features[:, :width] if width else cloud.points, labels)
                rows.append({"dataset": dataset, "width": width, "draw": draw, "accuracy": part.accuracy})
    return DataFrame(rows)


def _lifted(cloud: PointCloud, parameters: Parameters, rng: np.random.Generator) -> tuple[Floats, Separation, Floats | None]:
    """Features (N, n), the plane between the classes, and its heights (61, 61) over the square, if every place has features."""
    labels, square = two_classes(cloud), plane_places()
    if parameters.lift == TRAINED:
        from manifold.nets import train_lift  # brings torch, which the other lifts do not need

        hidden = (parameters.before,) if parameters.before else ()
        run = train_lift(cloud.points, labels, hidden=hidden, activation=parameters.activation, places=square, rng=rng)
        correct = (run.hidden[-1] @ run.weights[-1] + run.offsets[-1] > 0.0) == (labels == 1)
        separation = Separation(run.weights[-1], float(run.offsets[-1]), correct, float(run.accuracy[-1]))
        return run.hidden[-1], separation, run.heights[-1].reshape(_SQUARE)
    lift = LIFTS[parameters.lift]
    features_of = lift.make(max(parameters.units), rng)
    features = features_of(cloud.points, cloud.chart)
    separation = separate(features, labels)
    heights = None
    if not lift.knows_chart:
        heights = separation.heights(features_of(square, np.zeros((len(square), 1)))).reshape(_SQUARE)
    return features, separation, heights


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """The first width that separates half of the draws, and medians."""
    numbers: dict[str, float] = {}
    for dataset, part in rows.groupby("dataset", sort=False):
        widths = part.groupby("width")["accuracy"]
        enough = widths.apply(lambda accuracy: (accuracy == 1.0).mean()) >= 0.5
        numbers[f"least_width_for_half_dataset={dataset}"] = float(
            min((int(width) for width in enough.index[enough]), default=-1)
        )
        numbers |= {
            f"median_accuracy_dataset={dataset}_width={width}": float(value) for width, value in widths.median().items()
        }
    return numbers


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """The shapes, or one draw of the first of them lifted."""
    if parameters.shown < 0:
        clouds = [make_cloud(name, parameters.n_points, rng=random_stream(seed, 0)) for name in parameters.datasets]
        return {"shapes": [{"points": cloud.points.astype(np.float32), "labels": two_classes(cloud)} for cloud in clouds]}
    rng = random_stream(seed, parameters.shown)
    cloud = make_cloud(parameters.datasets[0], parameters.n_points, rng=rng)
    features, separation, heights = _lifted(cloud, parameters, rng)
    lifted = {"points": cloud.points, "labels": two_classes(cloud), "features": features, "plane": asdict(separation)}
    return {"lifted": lifted if heights is None else {**lifted, "above": heights > 0.0}}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The curves of all shapes, or one draw of the first shape lifted."""
    return _shown(drawn["lifted"], parameters, page) if "lifted" in drawn else _curves(rows, drawn["shapes"], parameters, page)


def _shown(lifted: Drawn, parameters: Parameters, page: Page) -> Figure:
    features, plane = lifted["features"], Separation(**lifted["plane"])
    name = named(LIFTS, parameters.lift) if parameters.lift in LIFTS else say("lifting.trained")
    return figure_lift(lifted["points"], lifted["labels"], lifted.get("above"), features, plane, name=name, page=page)


def _curves(rows: DataFrame, shapes: Sequence[Drawn], parameters: Parameters, page: Page) -> Figure:
    """The shapes with what a line does and how many units half of the draws take, and below them the curves."""
    lines, columns = page.grid(len(shapes), least=1.2)
    heights = lines * (min(page.width / page.scale / columns, 1.5) + 0.8), 2.6
    result = page.figure(sum(heights), layout=ConstrainedLayoutEngine(h_pad=0.06))
    parts: Any = result.subfigures(2, 1, height_ratios=heights)
    above, below = parts
    panels = above.subplots(lines, columns, squeeze=False).ravel()
    for ax in panels[len(shapes) :]:
        ax.set_axis_off()
    least = headline(rows, parameters)
    for ax, dataset, shape in zip(panels, parameters.datasets, shapes, strict=False):
        draw_sides(ax, shape["points"], shape["labels"], None, size=2.0)
        look, width = shape_look(dataset), least[f"least_width_for_half_dataset={dataset}"]
        ax.plot(0.08, 0.92, transform=ax.transAxes, **look.marks)
        half = say(f"figure.lift.{'half' if width > 0.0 else 'by-line' if width == 0.0 else 'none'}", width=int(width))
        line = percent(least[f"median_accuracy_dataset={dataset}_width=0"])
        ax.set(title=dataset, xlabel=f"{say('figure.lift.line', share=line)}\n{half}")
    ax = below.subplots()
    _draw_curves(ax, rows[rows["width"] > 0], parameters)
    figure_legend(below, ax)
    return result


def _draw_curves(ax: Axes, lifted: DataFrame, parameters: Parameters) -> None:
    """A curve for each shape, with the middle 80 per cent of the draws."""
    for dataset in parameters.datasets:
        groups, look = lifted[lifted["dataset"] == dataset].groupby("width")["accuracy"], shape_look(dataset)
        middle = groups.median()
        ax.plot(middle.index, middle, **look.line, markersize=sized(3.5))
        ax.fill_between(middle.index, groups.quantile(0.1), groups.quantile(0.9), color=look.color, alpha=0.13, linewidth=0)
    ax.axhline(0.5, color=muted(), linestyle=":", linewidth=sized(0.9), label=say("figure.lift.guess"))
    ax.plot(
        [],
        [],
        color=muted(),
        marker="o",
        markersize=sized(3.5),
        label=say("figure.lift.median", count=lifted["draw"].nunique()),
    )
    ax.fill_between([], [], [], color=muted(), alpha=0.25, linewidth=0, label=say("figure.lift.band"))
    ax.set(xlabel=say("lifting.axis.units"), ylabel=say("lifting.axis.right-side"), ylim=(0.45, 1.02))
    tick_measured(ax, sorted(set(lifted["width"])))
    ax.yaxis.set_major_formatter(lambda share, place: f"{share:.0%}")


def played(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """One draw of the first shape, the typical one unless another is shown, lifted to every width or while it is trained."""
    dataset = parameters.datasets[0]
    accuracy = rows[rows["dataset"] == dataset].pivot(index="draw", columns="width", values="accuracy")
    draw = parameters.shown if parameters.shown >= 0 else typical_draw(accuracy)
    rng = random_stream(seed, draw)
    cloud = make_cloud(dataset, parameters.n_points, rng=rng)
    if parameters.lift == TRAINED:
        steps, moments = trained_moments(cloud, before=parameters.before, activation=parameters.activation, rng=rng)
    else:
        units = [width for width in parameters.units if width <= MOST_UNITS] or [min(parameters.units)]
        steps, moments = lifted_moments(cloud, parameters.lift, units=units, rng=rng)
    return keep(cloud, draw, steps, moments)


def interactive(rows: DataFrame, drawn: Drawn, *, parameters: Parameters) -> dict[str, Any]:
    """The page Lifting."""
    played = drawn["played"]
    steps, trained = played["steps"].tolist(), parameters.lift == TRAINED
    return lift_data(played["points"], played["labels"], steps, moments_of(played), trained=trained)
