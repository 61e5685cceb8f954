"""At equal channels in and out, blocks differ fortyfold in weights and tenfold in memory; none is cheapest in both.

Sources: the papers that the page Blocks names; memory is M(G) of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381,
section 5.1.
Output: parameters, MACs and memory of every block, by formula and measured by running it. Headline: all three for each block,
and the number of blocks for which formula and measurement differ, which must be 0. Nothing is drawn at random, so one draw is
all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.nets import BLOCKS, Cost, formula_cost, measure_cost
from manifold.plots import COSTS, Page, figure_costs
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole

DRAWS = 1
_COUNTED = ("parameters", "macs", "memory_values")
"""What a `Cost` counts, as the rows have it: memory in values held at one time."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    inp: int = parameter(64, "channels of the input", check=whole(1, 4096))
    oup: int = parameter(64, "channels of the output", check=whole(1, 4096))
    stride: int = parameter(1, "stride of the block", check=whole(1, 2))
    size: int = parameter(28, "height and width of the input", unit="pixels", check=whole(1, 4096))


QUICK: dict[str, Any] = {}
COLUMNS = ("block", "draw", *_COUNTED, *(f"measured_{column}" for column in _COUNTED), "equal")


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per block: its cost by formula, and as measured."""
    rows, size = [], parameters.size
    for name, kind in BLOCKS.items():
        block, shape = kind(parameters.inp, parameters.oup, parameters.stride), (parameters.inp, size, size)
        by_formula, measured = formula_cost(block, shape), measure_cost(block, shape)
        row = {"block": name, "draw": 0, **dict(zip(_COUNTED, astuple(by_formula), strict=False))}
        row |= {f"measured_{column}": value for column, value in zip(_COUNTED, astuple(measured), strict=False)}
        rows.append({**row, "equal": by_formula == measured})
    return DataFrame(rows)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Cost of each block, and how many formulas are wrong."""
    table = rows.set_index("block")
    numbers = {f"count_{column}_block={name}": float(table.loc[name, column]) for column in _COUNTED for name in table.index}
    return {**numbers, "count_formulas_that_differ": float((~rows["equal"]).sum())}


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """All three costs of each block, the one of fewest parameters first."""
    ordered = rows.sort_values("parameters")
    columns: dict[str, Any] = {say("figure.block_costs.block"): [named(BLOCKS, name) for name in ordered["block"]]}
    return DataFrame(columns | {say(f"cost.{cost}"): ordered[column] for cost, column in zip(COSTS, _COUNTED, strict=True)})


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """A dot for each block, a panel for each kind of cost."""
    inp, oup, stride, size = parameters.inp, parameters.oup, parameters.stride, parameters.size
    output = (oup, -(-size // stride), -(-size // stride))
    costs = {}
    for _, row in rows.iterrows():
        cost = Cost(int(row["parameters"]), int(row["macs"]), int(row["memory_values"]), output)
        costs[named(BLOCKS, row["block"])] = cost
    title = say("figure.block_costs.title", inp=inp, oup=oup, stride=stride, size=size)
    return figure_costs(costs, title=title, page=page)
