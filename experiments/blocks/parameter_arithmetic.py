"""The arithmetic of lectures on efficient blocks, recomputed from modules: what a convolution costs, and what two cost instead.

Sources: VGG (arXiv 1409.1556, section 2.3), Inception (arXiv 1409.4842 and 1512.00567), ResNet (arXiv 1512.03385), ResNeXt
(arXiv 1611.05431, Table 1), MobileNetV2 (arXiv 1801.04381, Table 1). Weights are those of convolutions, without batch norm.
Output: a table with both counts and their ratio. Headline: the same numbers. Nothing is drawn at random, so one draw is all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from pandas import DataFrame
from torch import nn

from manifold.nets import InvertedResidual, ReducedBranch, ResidualBottleneck, measure_cost
from manifold.plots import BAR, RIVALS, Page, short_number, sized
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole

DRAWS = 1


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    channels: int = parameter(64, "channels in and out, where a comparison does not fix them", check=whole(1, 4096))


QUICK: dict[str, Any] = {}
COLUMNS = ("comparison", "counted", "first", "second", "draw", "ratio")


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per comparison."""
    c, places = parameters.channels, (192, 28, 28)
    large, reduced = nn.Conv2d(192, 32, 5, padding=2, bias=False), ReducedBranch(192, 32)
    comparisons = [
        ("Three 3×3, or one 7×7", "weights", 3 * weights(_conv(c, 3)), weights(_conv(c, 7))),
        ("Two 3×3, or one 5×5", "weights", 2 * weights(_conv(c, 3)), weights(_conv(c, 5))),
        ("3×1 and 1×3, or one 3×3", "weights", weights(_conv(c, (3, 1))) + weights(_conv(c, (1, 3))), weights(_conv(c, 3))),
        ("5×5, 192 to 32 at 28×28: through 16, or at once", "MACs", *(measure_cost(m, places).macs for m in (reduced, large))),
        (
            "ResNet bottleneck 256-64-256, or ResNeXt 32×4d",
            "weights",
            weights(ResidualBottleneck(256, 256)),
            weights(ResidualBottleneck(256, 256, 1, 1 / 2, groups=32)),
        ),
        (
            "Inverted residual 24, t = 6, or a 3×3 at width 144",
            "weights",
            weights(InvertedResidual(24, 24)),
            weights(_conv(144, 3)),
        ),
    ]
    rows = DataFrame(comparisons, columns=["comparison", "counted", "first", "second"])
    return rows.assign(draw=0, ratio=rows["second"] / rows["first"])


def weights(module: nn.Module) -> int:
    """Weights of all convolutions in it."""
    return sum(layer.weight.numel() for layer in module.modules() if isinstance(layer, nn.Conv2d))


def _conv(channels: int, kernel: int | tuple[int, int]) -> nn.Conv2d:
    return nn.Conv2d(channels, channels, kernel, bias=False)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Both counts of every comparison."""
    pairs = zip(rows["comparison"], rows["first"], rows["second"], strict=True)
    return {
        f"count_{which}_comparison={name}": float(count)
        for name, *counts in pairs
        for which, count in zip(("first", "second"), counts, strict=True)
    }


_LINES = ("seven", "five", "cross", "reduced", "grouped", "inverted")
"""What the texts call the comparisons, in their order."""

_BARS = {"first": 0.0, "second": 0.8}  # places below that of the comparison
_APART = 2.1
_COLORS = {"first": BAR, "second": RIVALS["theirs"].color}


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """Both counts of every comparison, and their ratio."""
    columns: dict[str, Any] = {
        which: [say(f"figure.parameter_arithmetic.{which}.{name}") for name in _LINES] for which in _BARS
    }
    columns["counted"] = [say(f"figure.parameter_arithmetic.{counted}") for counted in rows["counted"]]
    columns |= {f"count.{which}": rows[which].to_numpy() for which in _BARS} | {"ratio": rows["ratio"].to_numpy()}
    return DataFrame({say(f"figure.parameter_arithmetic.column.{column}"): values for column, values in columns.items()})


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Two bars for each comparison, in units of the longer one, with their counts and the factor between them."""
    result = page.figure(0.42 * len(rows) + 0.7, layout=ConstrainedLayoutEngine(w_pad=0.12))
    ax, narrow = result.subplots(), page.width / page.scale < 5.0
    places, names = [], []
    for place, (name, row) in enumerate(zip(_LINES, rows.to_dict("records"), strict=True)):
        counts = {which: int(row[which]) for which in _BARS}
        unit = say(f"figure.parameter_arithmetic.{row['counted']}")
        for which, count in counts.items():
            y, length = _APART * place + _BARS[which], count / max(counts.values())
            ax.barh(y, length, 0.7, color=_COLORS[which])
            style: dict[str, Any] = {"va": "center"}
            words = short_number(count) if narrow else f"{short_number(count)} {unit}"
            ax.annotate(words, (length, y), (sized(3.0), 0.0), textcoords="offset points", **style)
            places.append(y)
            names.append(say(f"figure.parameter_arithmetic.{which}.{name}"))
        ax.text(
            1.0,
            _APART * place + 0.4,
            f"× {row['ratio']:.3g}",
            ha="right",
            va="center",
            weight="bold",
            transform=ax.get_yaxis_transform(),
        )
    ax.set_yticks(places, names)
    ax.set(xlim=(0.0, 2.6 if narrow else 1.6), ylim=(max(places) + 0.6, -0.6), xticks=[0.0, 0.5, 1.0])
    ax.set_xlabel(say("figure.parameter_arithmetic.axis"), loc="left")
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return result
