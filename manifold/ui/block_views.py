"""What the page Blocks shows: a block's diagram and cost, and what it keeps of the spiral at every width, cached."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from manifold import EMBEDDINGS, PointCloud, make_cloud, random_stream
from manifold.metrics import lost_share, nmse
from manifold.nets import BLOCKS, READOUTS, Block, Cost, Graph, Signal, formula_cost, initialise, record, recover_block
from manifold.plots import ACTIVATION_TITLES, error_text, figure_bytes, figure_diagram
from manifold.ui.layers import describe, frame, panel, percent

WIDTHS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
N_POINTS = 300
OUT = {"1": "as many", "2": "twice as many", "1/2": "half as many"}
"""Channels out, in units of the channels in."""

INK = {"light": ("#222222", "#ffffff"), "dark": ("#e8e8e8", "#1a1c24")}
"""Colours of lines and of boxes in a diagram."""


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
        return {"1": width, "2": 2 * width, "1/2": max(1, width // 2)}[self.out]

    def block(self, width: int, **changes: Any) -> Block:
        """The block with `width` channels in."""
        kind = BLOCKS[self.kind]
        options = {"bottleneck_activation": self.bottleneck_activation} if kind.switches else {}
        stride = changes.pop("stride", self.stride)
        return kind(width, self.channels_out(width), stride, self.expand_ratio, **{**options, **changes})


@dataclass(frozen=True, eq=False)
class Kept:
    """What a block at stride 1 keeps of the spiral.

    Attributes
    ----------
    cloud : PointCloud
        The spiral.
    signals : tuple of Signal
        All that stands in the block, see `recover_block`.
    shown : dict of str to Signal
        Those that the panels show, by title; at the narrow place both without and with ReLU6, where the block has that switch.
    """

    cloud: PointCloud
    signals: tuple[Signal, ...]
    shown: dict[str, Signal]


def keep(setting: BlockSetting, width: int) -> Kept:
    """Send the spiral through a new block with `width` channels in, and through the same weights with the switch turned."""
    rng = random_stream(setting.seed, setting.draw)
    cloud = make_cloud("spiral", N_POINTS, rng=rng)
    layer = EMBEDDINGS["gaussian"](width, 2, rng=rng)
    block = setting.block(width, stride=1)
    initialise(block, rng=rng)
    signals = recover_block(block, cloud.points, layer)
    if not BLOCKS[setting.kind].switches:
        return Kept(cloud, signals, _first_and_last(signals))
    turned = {"linear": "relu6", "relu6": "linear"}[setting.bottleneck_activation]
    other = setting.block(width, stride=1, bottleneck_activation=turned)
    other.load_state_dict(dict(block.state_dict()))  # without the record of its options
    arms = {setting.bottleneck_activation: signals, turned: recover_block(other, cloud.points, layer)}
    return Kept(cloud, signals, _narrow(arms["linear"], arms["relu6"]))


def _first_and_last(signals: Sequence[Signal]) -> dict[str, Signal]:
    """What stands after the first and after the last activation, and the output."""
    acted = [signal for signal in signals if ", " in signal.place]
    shown = {"After the first activation": acted[0], "After the last activation": acted[-1], "Output": signals[-1]}
    if acted[-1] is signals[-1]:
        del shown["After the last activation"]
    return shown


def _narrow(linear: Sequence[Signal], relu6: Sequence[Signal]) -> dict[str, Signal]:
    """What stands before the narrow place, and there without and with ReLU6: the first signal that only one of the arms has."""
    places = [signal.place for signal in linear]
    k = next(k for k, signal in enumerate(relu6) if k == len(places) or signal.place != places[k])
    return {"Inside, where it is wide": linear[k - 2], "Narrow, linear": linear[k - 1], "Narrow, ReLU6": relu6[k]}


@st.cache_data(max_entries=64, show_spinner=False)
def block_frames(setting: BlockSetting) -> dict[str, Any]:
    """Everything `planes` needs for the page but the words."""
    kept = [keep(setting, width) for width in WIDTHS]
    panels = [panel("The points", [kept[0].cloud.points], 1.0, [describe(kept[0].cloud)])]
    numbers = []
    for name in kept[0].shown:
        readings = [each.shown[name].read(setting.readout) for each in kept]
        captions = [f"{error_text(nmse(reading))}, lost {percent(lost_share(reading))}" for reading in readings]
        lost = [reading.rank < 2 for reading in readings]
        panels.append(panel(name, [reading.recovered for reading in readings], 1.0, captions, lost=lost))
        numbers.append({"label": f"Lost: {name[0].lower()}{name[1:]}", "values": [percent(lost_share(r)) for r in readings]})
    ends = [each.signals[-1].read("exact") for each in kept]
    numbers.append({"label": "Lost at the block's output", "values": [percent(lost_share(end)) for end in ends]})
    return {**frame(kept[0].cloud, WIDTHS), "panels": panels, "numbers": numbers}


@st.cache_data(max_entries=64, show_spinner=False)
def diagram(setting: BlockSetting, width: int, mode: str) -> str:
    """The block's diagram as SVG, for a "light" or a "dark" background."""
    ink, paper = INK[mode]
    return figure_bytes(figure_diagram(block_graph(setting, width), ink=ink, paper=paper), "svg").decode()


def block_graph(setting: BlockSetting, width: int) -> Graph:
    """The block's operations on an image."""
    return record(setting.block(width), (width, setting.size, setting.size))


@st.cache_data(max_entries=64, show_spinner=False)
def block_costs(setting: BlockSetting, width: int) -> dict[str, Cost]:
    """Cost of every kind of block at the same channels in and out, by title; the others at their own expansion."""
    costs = {}
    for name, kind in BLOCKS.items():
        chosen = name == setting.kind
        block = setting.block(width) if chosen else kind(width, setting.channels_out(width), setting.stride)
        costs[kind.title] = formula_cost(block, (width, setting.size, setting.size))
    return costs


@st.cache_data(max_entries=64, show_spinner=False)
def signal_rows(setting: BlockSetting, width: int) -> list[dict[str, Any]]:
    """One row per place in the block: channels, share lost, and the error of every readout."""
    rows = []
    for signal in keep(setting, width).signals:
        row = {"place": place_title(signal.place), "channels": signal.hidden.shape[1], "lost": lost_share(signal.read("exact"))}
        rows.append({**row, **{readout: nmse(signal.read(readout)) for readout in READOUTS}})
    return rows


def place_title(place: str) -> str:
    """A signal's place as readers know it."""
    conv, _, activation = place.partition(", ")
    return f"{conv}, {ACTIVATION_TITLES[activation]}" if activation else conv


def construction(setting: BlockSetting, width: int) -> str:
    """The Python expression that makes the block."""
    block = setting.block(width)
    arguments = [str(width), str(setting.channels_out(width)), str(setting.stride)]
    if setting.expand_ratio is not None:
        arguments.append(f"expand_ratio={setting.expand_ratio:g}")
    if setting.bottleneck_activation != "linear":
        arguments.append(f"bottleneck_activation={setting.bottleneck_activation!r}")
    if block.options.get("groups", 1) > 1:
        arguments.append(f"groups={block.options['groups']}")
    return f"{type(block).__name__}({', '.join(arguments)})"


def source(setting: BlockSetting) -> str:
    """The code of the block's class."""
    return inspect.getsource(type(setting.block(64)))
