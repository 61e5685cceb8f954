"""Where a block is wide its activations keep the manifold; at its narrow place ReLU6 loses much of it, unless a shortcut helps.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, section 3.2, footnote 3 and Lemma 2. The block is new; its batch
norms take the statistics of the points. A block with a narrow place is measured without and with ReLU6 there, on the same
weights, any other after its first and last activation.
Output: the block's diagram, with the activation `end` at its narrow place, and the spiral as it is read inside, there, and at
the output, in the draw of median loss. Headline: medians over the draws of the share lost and of the readout's error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import EMBEDDINGS, PointCloud, make_cloud, random_stream
from manifold.metrics import lost_share, nmse
from manifold.nets import BLOCKS, Block, Signal, record, recover_kind, shown_places
from manifold.plots import chart_colors, figure_block

DRAWS = 200
PARAMETERS: dict[str, Any] = {
    "block": "inverted",
    "inp": 4,
    "oup": 4,
    "expand_ratio": 0.0,
    "stride": 1,
    "end": "relu6",
    "size": 28,
    "n_points": 300,
    "readout": "exact",
    "shown": "median",
}
QUICK = {"draws": 20}


def measure(draws: Sequence[int], *, seed: int, readout: str, **setting: Any) -> DataFrame:
    """One row per draw and place."""
    rows = []
    for draw in draws:
        for place, signal in _signals(draw, seed=seed, **setting)[1].items():
            reading = signal.read(readout)
            rows.append({"place": place, "draw": draw, "lost": lost_share(reading), "nmse": nmse(reading)})
    return DataFrame(rows)


def _signals(
    draw: int, *, seed: int, block: str, inp: int, oup: int, stride: int, expand_ratio: float, n_points: int, **others: Any
) -> tuple[PointCloud, dict[str, Signal]]:
    """The points, and what stands at the places that tell most; an expand_ratio of 0 is the block's own."""
    rng = random_stream(seed, draw)
    cloud = make_cloud("spiral", n_points, rng=rng)
    layer = EMBEDDINGS["gaussian"](inp, 2, rng=rng)
    ratio = expand_ratio or None
    return cloud, recover_kind(BLOCKS[block], inp, oup, cloud.points, layer, stride=stride, expand_ratio=ratio, rng=rng)


def headline(rows: DataFrame, **parameters: Any) -> dict[str, float]:
    """Medians over the draws."""
    table = rows.groupby("place", sort=False)[["lost", "nmse"]].median()
    return {f"median_{column}_{place}": float(value) for column in table for place, value in table[column].items()}


def figure(rows: DataFrame, *, seed: int, readout: str, shown: str | int, end: str, **setting: Any) -> Figure:
    """Diagram and panels of draw number `shown`, or of the draw whose loss before the output is the median one."""
    draw = _median_draw(rows, end) if shown == "median" else int(shown)
    cloud, signals = _signals(draw, seed=seed, **setting)
    graph = record(_drawn(end=end, **setting), (setting["inp"], setting["size"], setting["size"]))
    return figure_block(
        graph, {title: signals[title].read(readout) for title in shown_places(signals, end)}, chart_colors(cloud)
    )


def _drawn(*, block: str, inp: int, oup: int, stride: int, expand_ratio: float, end: str, **others: Any) -> Block:
    """The block of the diagram, which may have a stride, and an activation at its narrow place."""
    options = {"bottleneck_activation": end} if BLOCKS[block].switches else {}
    return BLOCKS[block](inp, oup, stride, expand_ratio or None, **options)


def _median_draw(rows: DataFrame, end: str) -> int:
    *_, place, _ = shown_places(list(rows["place"].unique()), end)
    at_place = rows[rows["place"] == place].sort_values(["lost", "nmse", "draw"])
    return int(at_place["draw"].iloc[(len(at_place) - 1) // 2])
