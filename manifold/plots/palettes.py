"""One look per meaning: what draws an activation, a decoder, a law of T, a dimension, a stack, a shape, or one side of a race.

Every colour of a line stands out on white and on the app's dark page. In each palette colours differ for colour-blind readers,
and marks, dashes or lightness where colours are printed grey; `tests/plots/test_palettes.py` holds the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from manifold.checks import Integers, check_count
from manifold.clouds import DATASETS
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.decoders import DECODERS
from manifold.layer.embeddings import EMBEDDINGS
from manifold.registry import choose

CLASS_COLORS = ("#0072b2", "#e69f00")
"""Colours of two classes."""

GROUP_COLORS = ("#76a2a2", "#eba510", "#218860", "#aa6fff", "#68b0d3", "#c26f00", "#cec284", "#6246a7", "#815b26", "#616f71")
"""Colours of up to ten classes, which come again beyond."""


def class_colors(labels: Integers) -> list[str]:
    """A colour for each of the points, by its class."""
    return [GROUP_COLORS[int(label) % len(GROUP_COLORS)] for label in labels]


BAR = "#3f6f94"
"""Colour of bars, which mean nothing but their length."""


@dataclass(frozen=True)
class Look:
    """Colour, mark and dash of a curve, as Matplotlib names them: `ax.plot(x, y, **look.line)`."""

    color: str
    marker: str = "o"
    dash: str = "-"

    @property
    def line(self) -> dict[str, Any]:
        """What draws a line with marks."""
        return {"color": self.color, "marker": self.marker, "linestyle": self.dash}

    @property
    def marks(self) -> dict[str, Any]:
        """What draws marks alone."""
        return self.line | {"linestyle": ""}


DIMENSIONS = {
    1: Look("#718691", "o"),
    2: Look("#2a6ace", "s"),
    3: Look("#914488", "^"),
    4: Look("#b15320", "D"),
    8: Look("#568357", "v"),
    16: Look("#c18a29", "P"),
    24: Look("#8093ca", "X"),
    32: Look("#3f7069", "p"),
}
"""Looks of the usual dimensions."""

_BETWEEN = "*<>hHd1x"  # marks of the other dimensions

STACKS = {
    "plain": Look("#c95b26", "o"),
    "residual": Look("#706e70", "x", ":"),
    "dense": Look("#0f63b1", "s"),
    "dense, 1×1 first": Look("#42a388", "^"),
}
"""Looks of stacks of layers."""

RIVALS = {"ours": Look("#216fad", "o"), "theirs": Look("#c2601d", "s", "--"), "others": Look("#8c8c8b", "^", ":")}
"""Looks of what is compared for speed: this library, the usual way beside it, and a third one."""

PAIRED_LAWS = {"opposite": Look("#508e8e", "P"), "orthogonal": Look("#b184c2", "X")}
"""Looks of T = [B; -B] with B Gaussian, and with B orthogonal."""

SHAPES = (
    Look("#219c67", "o"),
    Look("#ae61a1", "s"),
    Look("#4097cf", "^"),
    Look("#be450b", "D"),
    Look("#978e23", "v"),
    Look("#7257c0", "P"),
    Look("#916640", "X"),
    Look("#606c82", "p"),
    Look("#d2748d", "*"),
)
"""Looks of the first shapes of `DATASETS`; those after them have the same, dashed."""

QUANTITIES = (
    Look("#3c9769", "o"),
    Look("#9b4f9b", "s", "--"),
    Look("#7092e2", "^", "-."),
    Look("#b5642c", "D", ":"),
)
"""Looks of several quantities in one panel, which have no look of their own."""

VERDICTS = {True: Look("#3180c3", "o"), False: Look("#a94d1d", "x")}
"""Looks of places where a bound holds, and where it does not."""


def activation_look(name: str) -> Look:
    """Of an activation, by its name in `ACTIVATIONS`."""
    entry = ACTIVATIONS[name]
    return Look(entry.color, entry.mark)


def decoder_look(name: str) -> Look:
    """Of a decoder, by its name in `DECODERS`."""
    entry = DECODERS[name]
    return Look(entry.color, entry.mark)


def law_look(name: str) -> Look:
    """Of a law of T, by its name in `EMBEDDINGS` or `PAIRED_LAWS`."""
    if name in PAIRED_LAWS:
        return PAIRED_LAWS[name]
    entry = EMBEDDINGS[name]
    return Look(entry.color, entry.mark)


def dimension_look(dim: int) -> Look:
    """Of a number of dimensions d >= 1, the same in every figure; d and d + 8 are alike where neither is a usual one."""
    dim = check_count(dim, "dim", minimum=1)
    if dim in DIMENSIONS:
        return DIMENSIONS[dim]
    place = dim % len(_BETWEEN)
    return Look(list(DIMENSIONS.values())[place].color, _BETWEEN[place], "--")


def stack_look(name: str) -> Look:
    """Of a stack of layers, by its name in `STACKS`."""
    return STACKS[choose(name, STACKS, "stack")]


def shape_look(dataset: str) -> Look:
    """Of a shape, by its name in `DATASETS`, whatever its options; a file has the look of the next one to be added."""
    name, names = dataset.partition(",")[0], list(DATASETS)
    place = names.index(name) if name in names else len(names)
    shape = SHAPES[place % len(SHAPES)]
    return Look(shape.color, shape.marker, ("-", "--", ":", "-.")[place // len(SHAPES) % 4])
