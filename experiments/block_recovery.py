"""Inside, where a block is wide, its activations keep the manifold; the same activation at its narrow place loses much of it.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, section 3.2 and Lemma 2. The block is new, of stride 1; its batch
norms take the statistics of the points. A block with a narrow place is shown without and with ReLU6 there, on the same weights,
any other after its first and last activation.
Output: the block's diagram, and the spiral as it is read at these places, in the draw of median loss. Headline: medians over
the draws of the share lost and of the readout's error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import EMBEDDINGS, PointCloud, make_cloud, random_stream
from manifold.metrics import lost_share, nmse
from manifold.nets import BLOCKS, Block, Signal, record, recover_kind
from manifold.plots import chart_colors, figure_block

DRAWS = 200
PARAMETERS: dict[str, Any] = {
    "block": "inverted",
    "inp": 4,
    "oup": 4,
    "expand_ratio": 0.0,
    "stride": 1,
    "end": "linear",
    "size": 28,
    "n_points": 300,
    "readout": "exact",
    "shown": "median",
}
QUICK = {"draws": 20}

PANELS = 3


def measure(draws: Sequence[int], *, seed: int, readout: str, n_points: int, **setting: Any) -> DataFrame:
    """One row per draw and place."""
    rows = []
    for draw in draws:
        for place, signal in _signals(draw, seed=seed, n_points=n_points, **setting)[1].items():
            reading = signal.read(readout)
            rows.append({"place": place, "draw": draw, "lost": lost_share(reading), "nmse": nmse(reading)})
    return DataFrame(rows)


def _signals(
    draw: int, *, seed: int, block: str, inp: int, oup: int, expand_ratio: float, n_points: int, **of_diagram: Any
) -> tuple[PointCloud, Mapping[str, Signal]]:
    """The points, and what stands at the places that tell most; an expand_ratio of 0 is the block's own."""
    rng = random_stream(seed, draw)
    cloud = make_cloud("spiral", n_points, rng=rng)
    layer = EMBEDDINGS["gaussian"](inp, 2, rng=rng)
    return cloud, recover_kind(BLOCKS[block], inp, oup, cloud.points, layer, expand_ratio=expand_ratio or None, rng=rng)


def headline(rows: DataFrame, **parameters: Any) -> dict[str, float]:
    """Medians over the draws."""
    table = rows.groupby("place", sort=False)[["lost", "nmse"]].median()
    return {f"median_{column}_{place}": float(value) for column in table for place, value in table[column].items()}


def figure(rows: DataFrame, *, seed: int, readout: str, shown: str | int, **setting: Any) -> Figure:
    """Diagram and panels of draw number `shown`, or of the draw whose loss is the median one at the last place shown."""
    draw = _median_draw(rows) if shown == "median" else int(shown)
    cloud, signals = _signals(draw, seed=seed, **setting)
    graph = record(_drawn(**setting), (setting["inp"], setting["size"], setting["size"]))
    readings = {title: signal.read(readout) for title, signal in list(signals.items())[:PANELS]}
    return figure_block(graph, readings, chart_colors(cloud))


def _drawn(*, block: str, inp: int, oup: int, stride: int, expand_ratio: float, end: str, **others: Any) -> Block:
    """The block of the diagram, which may have a stride, and an activation at its narrow place."""
    options = {"bottleneck_activation": end} if BLOCKS[block].switches else {}
    return BLOCKS[block](inp, oup, stride, expand_ratio or None, **options)


def _median_draw(rows: DataFrame) -> int:
    place = list(rows["place"].unique())[PANELS - 1]
    at_place = rows[rows["place"] == place].sort_values(["lost", "nmse", "draw"])
    return int(at_place["draw"].iloc[(len(at_place) - 1) // 2])
