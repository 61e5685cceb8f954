"""A dense stack beside a plain one, as Blocks and Dense and early exits show them: controls, weights, chart, script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
import torch

from manifold.nets import Block, DenseLayer, PlainPair
from manifold.plots import short_number, stack_look
from manifold.text import say
from manifold.ui.charts import SYMBOLS, Chart, chart, titled
from manifold.ui.state import Field, Page

STEM = 16
"""Maps with which a dense stack begins."""

_GROWTH, _LAYERS, _PLAIN = (2, 48), (2, 40), (8, STEM + 48 * 40)

STACK_FIELDS = {
    "growth": Field(12, low=_GROWTH[0], high=_GROWTH[1]),
    "layers": Field(24, low=_LAYERS[0], high=_LAYERS[1]),
    "plain": Field(304, low=_PLAIN[0], high=_PLAIN[1]),
}
"""Values of a page that shows them."""


@dataclass(frozen=True)
class Stacks:
    """A dense stack on `STEM` maps, of `layers` that add `growth` each, and as many layers of `plain` channels everywhere."""

    growth: int
    layers: int
    plain: int

    @property
    def last(self) -> int:
        """Maps at the end of the dense stack."""
        return STEM + self.growth * self.layers

    @property
    def rows(self) -> dict[str, list[int]]:
        """Weights of each layer of both stacks."""
        return _weights_by_layer(self)

    @property
    def weights(self) -> dict[str, int]:
        """Weights of both stacks."""
        return {name: sum(weights) for name, weights in self.rows.items()}


def take_even(page: Page) -> None:
    """A plain block has two layers: of an odd number of layers, one more."""
    if page["layers"] % 2:
        page.set({"layers": page["layers"] + 1})


def stack_sliders(page: Page) -> Stacks:
    """Growth rate, layers, and width of the plain stack."""
    left, middle, right = st.columns(3)
    left.slider(say("stacks.growth"), *_GROWTH, step=2, **page.bind("growth"))
    middle.slider(say("stacks.layers"), *_LAYERS, step=2, **page.bind("layers"))
    right.slider(say("stacks.plain"), *_PLAIN, step=8, help=say("stacks.plain.help"), **page.bind("plain"))
    return Stacks(page["growth"], page["layers"], page["plain"])


@st.cache_data(max_entries=64, show_spinner=False)
def _weights_by_layer(stacks: Stacks) -> dict[str, list[int]]:
    with torch.device("meta"):  # weights are counted, not filled
        dense = [_count(DenseLayer(STEM + stacks.growth * layer, stacks.growth, 0)) for layer in range(stacks.layers)]
        return {"dense": dense, "plain": [_count(PlainPair(stacks.plain, stacks.plain)) // 2] * stacks.layers}


def _count(block: Block) -> int:
    """Weights of convolutions."""
    return sum(weights.numel() for weights in block.parameters() if weights.ndim == 4)


def stacks_chart(rows: Mapping[str, Sequence[int]]) -> Chart:
    """Weights of every layer of a dense stack and of a plain one."""
    traces = []
    for name in ("plain", "dense"):
        weights, drawn = list(rows[name]), stack_look(name)
        label = say(f"stacks.line.{name}", weights=short_number(sum(weights)))
        line = {"color": drawn.color, "width": 3}
        marker = {"symbol": SYMBOLS[drawn.marker], "size": 7}
        look = {"type": "scatter", "mode": "lines+markers", "line": line, "marker": marker, "name": label}
        traces.append({"x": list(range(1, len(weights) + 1)), "y": weights, **look})
    axis = titled(say("stacks.axis.weights"), type="log", dtick=1)
    return chart(traces, 290, xaxis=titled(say("stacks.axis.layer")), yaxis=axis)


def stacks_script(stacks: Stacks) -> str:
    """Lines of a script that print the weights of both stacks."""
    growth, layers, plain = stacks.growth, stacks.layers, stacks.plain
    return f"""
print("dense", sum(9 * ({STEM} + k * {growth}) * {growth} for k in range({layers})))
print("plain", 9 * {plain} * {plain} * {layers})
"""
