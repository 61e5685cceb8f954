"""What the page Blocks shows: a block's diagram and cost, and what it keeps of the spiral at every width, cached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from manifold import ACTIVATIONS, EMBEDDINGS, PointCloud, make_cloud, random_stream
from manifold.checks import Floats
from manifold.metrics import lost_share, nmse
from manifold.nets import (
    BLOCKS,
    READOUTS,
    Block,
    Cost,
    Graph,
    Signal,
    chosen_places,
    formula_cost,
    initialise,
    measure_cost,
    pass_kind,
    record,
    recover_block,
    recover_kind,
    shown_places,
)
from manifold.nets.blocks.layers import inner_channels
from manifold.planes.frames import describe, error_and_lost, frame, lost_points, panel
from manifold.planes.journeys import Stop, active_counts, block_journey
from manifold.plots import Box, Page, figure_bytes, figure_diagram, lettered_boxes
from manifold.text import error_number, named, percent, say
from manifold.ui.prose import working
from manifold.ui.state import by_language

WIDTHS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
N_POINTS = 300
TALL = 170  # pixels of the diagram

OUT = {"same": 1.0, "double": 2.0, "half": 0.5}
"""Channels out, in units of the channels in."""


@dataclass(frozen=True)
class BlockSetting:
    """All that the page depends on, but for the width.

    Attributes
    ----------
    kind : str
        A name in `BLOCKS`.
    out : str
        A key of `OUT`.
    stride, size : int
        Stride, and height and width of the image.
    expand_ratio : float or None
        None for blocks without.
    bottleneck_activation : str
        "linear" or "relu6"; "linear" for blocks without the switch.
    readout : str
        A name in `READOUTS`.
    seed, draw : int
        Which weights, see `manifold.random_stream`.
    """

    kind: str
    out: str
    stride: int
    size: int
    expand_ratio: float | None
    bottleneck_activation: str
    readout: str
    seed: int
    draw: int

    def channels_out(self, width: int) -> int:
        """Channels out at `width` channels in."""
        return int(OUT[self.out] * width)

    def block(self, width: int) -> Block:
        """The block with `width` channels in."""
        kind = BLOCKS[self.kind]
        options = {"bottleneck_activation": self.bottleneck_activation} if kind.switches else {}
        return kind(width, self.channels_out(width), self.stride, self.expand_ratio, **options)


def draw_blocks(setting: BlockSetting, widths: Sequence[int]) -> tuple[PointCloud, list[dict[str, Signal]]]:
    """The spiral, and what a new block of each width keeps of it, see `recover_kind`."""
    cloud, by_width = pass_blocks(setting, widths)
    return cloud, list(map(chosen_places, by_width))


def pass_blocks(setting: BlockSetting, widths: Sequence[int]) -> tuple[PointCloud, list[dict[str, tuple[Signal, ...]]]]:
    """The spiral, and what stands at every place of a new block of each width, see `pass_kind`."""
    by_width = []
    for width in widths:
        rng = random_stream(setting.seed, setting.draw)
        cloud = make_cloud("spiral", N_POINTS, rng=rng)
        layer = EMBEDDINGS["gaussian"](width, 2, rng=rng)
        kind, oup, ratio = BLOCKS[setting.kind], setting.channels_out(width), setting.expand_ratio
        arms = pass_kind(kind, width, oup, cloud.points, layer, stride=setting.stride, expand_ratio=ratio, rng=rng)
        by_width.append(arms)
    return cloud, by_width


def block_stops(arms: Sequence[Mapping[str, Sequence[Signal]]], bottleneck_activation: str) -> list[Stop]:
    """Places at which a point is followed, of signals by arm at every width: the input, activations, and what panels show."""
    passed = [each[bottleneck_activation] for each in arms]
    first, shown = passed[0], chosen_places(arms[0])
    panels = {0: 0}
    for number, title in enumerate(shown_places(shown, bottleneck_activation), 1):
        panels.setdefault(_number_in(first, shown[title]), number)
    activated = [k for k, signal in enumerate(first) if ", " in signal.place]
    return [
        Stop(
            [place_title(signals[k].place) for signals in passed],
            [signals[k].hidden.shape[1] for signals in passed],
            [active_counts(signals[k - 1], signals[k]) for signals in passed] if k in activated else None,
            [signals[k].rank for signals in passed],
            panels.get(k),
        )
        for k in sorted({*panels, *activated})
    ]


def _number_in(signals: Sequence[Signal], wanted: Signal) -> int:
    """Which of the signals of an arm is one that may be of the other arm, too."""
    same = (k for k, each in enumerate(signals) if each.place == wanted.place and np.array_equal(each.hidden, wanted.hidden))
    return next(same)


def block_frames(setting: BlockSetting) -> dict[str, Any]:
    """Everything `planes` needs for the page but the words; the size of the image does not matter to it."""
    return _frames(replace(setting, size=1))[0]


def block_readings(setting: BlockSetting) -> list[tuple[Floats, Floats]]:
    """Error and share lost (W,) at each place that `block_frames` shows."""
    return _frames(replace(setting, size=1))[1]


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={BlockSetting: by_language})
@working()
def _frames(setting: BlockSetting) -> tuple[dict[str, Any], list[tuple[Floats, Floats]]]:
    cloud, arms = pass_blocks(setting, WIDTHS)
    signals = list(map(chosen_places, arms))
    panels, read = [panel(say("blocks.points"), [cloud.points], 1.0, [describe(cloud)])], []
    for place in shown_places(signals[0], setting.bottleneck_activation):
        readings = [each[place].read(setting.readout) for each in signals]
        errors, lost = [nmse(reading) for reading in readings], [lost_share(reading) for reading in readings]
        read.append((np.array(errors), np.array(lost)))
        captions = list(map(error_and_lost, errors, lost))
        shown = panel(say(f"blocks.place.{place}"), [reading.recovered for reading in readings], 1.0, captions)
        panels.append(shown | lost_points(cloud.points, np.stack([reading.rank < 2 for reading in readings]), 1.0))
    numbers = []
    for place in signals[0]:
        shares = [percent(lost_share(each[place].read("exact"))) for each in signals]
        numbers.append({"label": say(f"blocks.lost.{place}"), "values": shares})
    followed = block_journey(N_POINTS, block_stops(arms, setting.bottleneck_activation))
    return {**frame(cloud, WIDTHS), "panels": panels, "numbers": numbers, **followed}, read


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={BlockSetting: by_language})
@working()
def diagram(setting: BlockSetting, width: int, mode: str) -> tuple[str, int, str]:
    """The block's diagram as SVG, for a "light" or a "dark" background, its width at the height `TALL`, and its words."""
    figure = figure_diagram(block_graph(setting, width), page=Page(dark=mode == "dark"))
    svg = figure_bytes(figure, "svg").decode()
    boxes = "; ".join(" ".join(box.lines) for box in block_boxes(setting, width)[0])
    told = say(
        "blocks.diagram.told", block=named(BLOCKS, setting.kind), inp=width, out=setting.channels_out(width), boxes=boxes
    )
    return svg[svg.index("<svg") :], round(TALL * figure.get_figwidth() / figure.get_figheight()), told


def block_graph(setting: BlockSetting, width: int) -> Graph:
    """The block's operations on an image."""
    return record(setting.block(width), (width, setting.size, setting.size))


def block_boxes(setting: BlockSetting, width: int) -> tuple[list[Box], dict[int, str]]:
    """The boxes of the block's diagram, and letters for the places that are read."""
    others = ("linear", "relu6") if BLOCKS[setting.kind].switches else ()
    other = (replace(setting, bottleneck_activation=end) for end in others if end != setting.bottleneck_activation)
    return lettered_boxes(block_graph(setting, width), *(block_graph(each, width) for each in other))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={BlockSetting: by_language})
@working()
def block_costs(setting: BlockSetting, width: int) -> dict[str, Cost]:
    """Cost of every kind of block at the same channels in and out, by title; the others at their own expansion."""
    costs = {}
    for name, kind in BLOCKS.items():
        chosen = name == setting.kind
        block = setting.block(width) if chosen else kind(width, setting.channels_out(width), setting.stride)
        costs[named(BLOCKS, name)] = _cost(block, setting.size)
    return costs


def _cost(block: Block, size: int) -> Cost:
    """By the block's formula; measured where it has none, as a block of a visitor's may have."""
    shape = (block.inp, size, size)
    try:
        return formula_cost(block, shape)
    except TypeError:
        return measure_cost(block, shape)


@dataclass(frozen=True)
class Matched:
    """A block at the MACs of another: its inner channels (0 without), its MACs, and the shares of the spiral it loses.

    `inside` is lost at its last activation, `output` at its end, by the exact decoder.
    """

    inner: int
    macs: int
    inside: float
    output: float


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={BlockSetting: by_language})
@working()
def matched_blocks(setting: BlockSetting, width: int) -> dict[str, Matched]:
    """Every kind of block by title, its inner width such that it has as many MACs as the chosen one, on the same points."""
    oup, stride = setting.channels_out(width), setting.stride
    macs = _cost(setting.block(width), setting.size).macs
    matched = {}
    for name, kind in BLOCKS.items():
        chosen = name == setting.kind
        ratio = setting.expand_ratio if chosen else kind.ratio_for(width, oup, stride, size=setting.size, macs=macs)
        rng = random_stream(setting.seed, setting.draw)
        points, layer = make_cloud("spiral", N_POINTS, rng=rng).points, EMBEDDINGS["gaussian"](width, 2, rng=rng)
        signals = recover_kind(kind, width, oup, points, layer, stride=stride, expand_ratio=ratio, rng=rng)
        first, second, output = shown_places(signals, setting.bottleneck_activation if chosen else "linear")
        inside = first if second.endswith(", linear") else second  # the place at which an activation has acted last
        lost = [lost_share(signals[place].read("exact")) for place in (inside, output)]
        cost = _cost(kind(width, oup, stride, ratio), setting.size)
        matched[named(BLOCKS, name)] = Matched(inner_channels(width, ratio) if ratio else 0, cost.macs, *lost)
    return matched


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={BlockSetting: by_language})
@working()
def signal_rows(setting: BlockSetting, width: int) -> list[dict[str, Any]]:
    """One row per place in the block: channels, share lost, and the error of every readout, as text."""
    rng = random_stream(setting.seed, setting.draw)
    cloud = make_cloud("spiral", N_POINTS, rng=rng)
    layer = EMBEDDINGS["gaussian"](width, 2, rng=rng)
    block = setting.block(width)
    initialise(block, rng=rng)
    rows = []
    for signal in recover_block(block, cloud.points, layer):
        row: dict[str, Any] = {
            say("blocks.column.place"): place_title(signal.place),
            say("blocks.column.channels"): signal.hidden.shape[1],
            say("blocks.column.lost"): percent(lost_share(signal.read("exact"))),
        }
        for readout in READOUTS:
            column = say("blocks.column.error", readout=named(READOUTS, readout, "inline"))
            row[column] = error_number(nmse(signal.read(readout)))
        rows.append(row)
    return rows


def place_title(place: str) -> str:
    """A signal's place as readers know it, see `Signal.place`."""
    layer, _, activation = place.partition(", ")
    kernel, _, channels = layer.partition(" to ")
    if channels:
        layer = say("blocks.layer.convolution", kernel=kernel, channels=channels)
    elif layer.endswith(" depthwise"):
        layer = say("blocks.layer.depthwise", kernel=layer.removesuffix(" depthwise"))
    else:
        layer = say(f"blocks.layer.{layer}")
    return say("blocks.row.after", place=layer, activation=named(ACTIVATIONS, activation)) if activation else layer
