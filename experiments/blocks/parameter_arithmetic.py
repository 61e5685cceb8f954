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
from pandas import DataFrame
from torch import nn

from manifold.nets import InvertedResidual, ReducedBranch, ResidualBottleneck, measure_cost
from manifold.plots import Page
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

_COLUMNS = {"compared": 0.0, "first": 0.68, "second": 0.84, "ratio": 1.0}
"""Where the columns begin (the first) or end."""


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The table."""
    lines = [
        [say(f"figure.parameter_arithmetic.{name}"), f"{row.first:,}", f"{row.second:,}", f"{row.ratio:.2f}"]
        for name, row in zip(_LINES, rows.itertuples(index=False), strict=True)
    ]
    result = page.figure(0.3 * len(lines) + 0.5, layout=None)
    ax = result.add_axes((0.02, 0.02, 0.96, 0.96))
    ax.set_axis_off()
    ax.set(xlim=(0.0, 1.0), ylim=(len(lines) + 0.5, -0.7))
    for y, line in enumerate([[say(f"figure.parameter_arithmetic.{column}") for column in _COLUMNS], *lines]):
        for text, x in zip(line, _COLUMNS.values(), strict=True):
            ax.text(x, y - 0.1, text, ha="left" if x == 0.0 else "right", va="center", weight="normal" if y else "bold")
        ax.axhline(y + 0.4, color="#555555" if y in (0, len(lines)) else "#dddddd", linewidth=0.8)
    return result
