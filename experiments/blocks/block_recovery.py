"""Where a block is wide its activations keep the manifold; at its narrow place ReLU6 loses much of it, unless a shortcut helps.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, section 3.2, footnote 3 and Lemma 2. The block is new; its batch
norms take the statistics of the points. A block with a narrow place is measured without and with ReLU6 there, on the same
weights, any other after its first and last activation.
Output: the block's diagram, with the activation `end` at its narrow place, and the spiral as it is read inside, there and at
its end, without and with ReLU6, in the draw whose printed numbers are nearest to all medians. Headline: medians over the
draws of the share lost and of the readout's error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import EMBEDDINGS, PointCloud, make_cloud, random_stream
from manifold.metrics import lost_share, nmse
from manifold.nets import BLOCKS, READOUTS, Block, Reading, Signal, record, recover_kind
from manifold.plots import Box, Page, chart_colors, figure_block, lettered_boxes
from manifold.runs import told

from ..runner.drawn import Drawn
from ..runner.parameters import draw_or_median, one_of, parameter, real, whole
from ..runner.typical import shown_draw

DRAWS = 200


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    block: str = parameter("inverted", "block, by its name in `manifold.nets.BLOCKS`", check=one_of(BLOCKS))
    inp: int = parameter(4, "channels of the input", check=whole(2, 1000))
    oup: int = parameter(4, "channels of the output", check=whole(1, 1000))
    expand_ratio: float = parameter(
        0.0, "channels inside per channel of the input; 0 is the block's own", check=real(below=100.0, inclusive=True)
    )
    stride: int = parameter(1, "stride of the block in the diagram", check=whole(1, 2))
    end: str = parameter(
        "relu6", "activation at the narrow place: relu6, or linear for none", check=one_of(("relu6", "linear"))
    )
    size: int = parameter(28, "height and width of the input in the diagram", unit="pixels", check=whole(1, 4096))
    n_points: int = parameter(300, "number of points N")
    readout: str = parameter("exact", "how points are read: exact, affine or neighbours", check=one_of(READOUTS))
    shown: str | int = parameter(
        "median", "number of the draw that the figure shows, or median for the typical one", check=draw_or_median
    )


QUICK = {"draws": 20}
COLUMNS = ("place", "draw", "lost", "nmse")


def check(parameters: Parameters) -> None:
    """The block can be made, and a draw be read."""
    _drawn(parameters)
    measure([0], seed=0, parameters=parameters)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw and place."""
    rows = []
    for draw in told(draws):
        for place, signal in _signals(draw, seed, parameters)[1].items():
            reading = signal.read(parameters.readout)
            rows.append({"place": place, "draw": draw, "lost": lost_share(reading), "nmse": nmse(reading)})
    return DataFrame(rows)


def _signals(draw: int, seed: int, parameters: Parameters) -> tuple[PointCloud, dict[str, Signal]]:
    """The points, and what stands at the places that tell most."""
    rng = random_stream(seed, draw)
    cloud = make_cloud("spiral", parameters.n_points, rng=rng)
    layer = EMBEDDINGS["gaussian"](parameters.inp, 2, rng=rng)
    options: dict[str, Any] = {"stride": parameters.stride, "expand_ratio": parameters.expand_ratio or None, "rng": rng}
    return cloud, recover_kind(BLOCKS[parameters.block], parameters.inp, parameters.oup, cloud.points, layer, **options)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Medians over the draws."""
    table = rows.groupby("place", sort=False)[["lost", "nmse"]].median()
    return {f"median_{column}_place={place}": float(value) for column in table for place, value in table[column].items()}


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """The block's boxes, and one draw of the points as they are read at all its places."""
    table = rows.pivot(index="draw", columns="place", values=["lost", "nmse"])
    draw = shown_draw(table, parameters.shown)
    cloud, signals = _signals(draw, seed, parameters)
    readings = {place: signal.read(parameters.readout) for place, signal in signals.items()}
    shape = (parameters.inp, parameters.size, parameters.size)
    ends = (parameters.end, "linear" if parameters.end == "relu6" else "relu6")[: 1 + BLOCKS[parameters.block].switches]
    boxes, marks = lettered_boxes(*(record(_drawn(replace(parameters, end=end)), shape) for end in ends))
    return {
        "boxes": [asdict(box) for box in boxes],
        "marks": {letter: place for place, letter in marks.items()},
        "cloud": asdict(cloud),
        "read": {place: {"recovered": reading.recovered, "rank": reading.rank} for place, reading in readings.items()},
    }


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Diagram and panels of draw number `shown`, or of the draw whose printed numbers are nearest to all medians."""
    cloud = PointCloud(**drawn["cloud"])
    readings = {place: Reading(cloud.points, **read) for place, read in drawn["read"].items()}
    marks = {place: letter for letter, place in drawn.get("marks", {}).items()}
    medians: Any = rows.groupby("place")[["nmse", "lost"]].median().T.to_dict() if parameters.shown == "median" else None
    boxes = [Box(**box) for box in drawn["boxes"]]
    return figure_block(boxes, marks, readings, chart_colors(cloud), medians=medians, page=page)


def _drawn(parameters: Parameters) -> Block:
    """The block of the diagram, which may have a stride, and an activation at its narrow place."""
    kind = BLOCKS[parameters.block]
    options = {"bottleneck_activation": parameters.end} if kind.switches else {}
    return kind(parameters.inp, parameters.oup, parameters.stride, parameters.expand_ratio or None, **options)
