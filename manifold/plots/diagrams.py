"""A block as a diagram: its operations as boxes, and between them bands as wide as the tensors have channels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from manifold.layer.activations import ACTIVATIONS
from manifold.plots.page import PAPER, Page
from manifold.plots.style import ground, ink, sized, styled
from manifold.text import named, say

if TYPE_CHECKING:  # a figure of the spiral must not load torch
    from manifold.nets.cost.graph import Graph, Operation

_GROUPED = ("DenseLayer", "SqueezeExcite")  # modules whose inside is one box
_SIGNS = {"add": "+", "mul": "×"}
_NORM = "native_batch_norm"
_WORDS = (
    _NORM,
    "hardsigmoid",
    "mean",
    "avg_pool2d",
    "max_pool2d_with_indices",
    "addmm",
    "depthwise",
)  # the texts call them else
_GROUPS = "groups"
_NO_MARKS: Mapping[int, str] = {}
Point = tuple[float, float]

_WATER = "#4aa8dd"
_STEP = 0.9  # from box to box
_BOX, _BAND = 0.6, 0.6  # width of a box; half the height of the widest band


@dataclass(eq=False)
class Box:
    """One box, or a sign where tensors are joined.

    Attributes
    ----------
    done : list of list of str
        What is done there, in order, a line each, by the names of operations; a single "+" or "×" for a sign.
    sources : list of (int, tuple of int)
        Boxes that it reads from (-1 is the image) and the shapes of what it reads.
    shape : tuple of int
        Of what comes out.
    narrow : bool, default=False
        Whether its lines are cut at commas.
    """

    done: list[list[str]] = field(default_factory=list)
    sources: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    shape: tuple[int, ...] = ()
    narrow: bool = False

    @property
    def is_sign(self) -> bool:
        """Whether it is a sign."""
        return self.done[0][0] in _SIGNS.values()

    @property
    def lines(self) -> list[str]:
        """What is done there, in the current language."""
        said = [_said(words) for words in self.done]
        return [part for line in said for part in line.replace(", ", ",\n").splitlines()] if self.narrow else said


def find_boxes(graph: Graph) -> list[Box]:
    """The operations in boxes: a convolution with what is done to it channel by channel, a dense layer, a gate, a sum."""
    readers: dict[int, int] = {}
    operations = _join_activations(graph)
    for operation in operations:
        for tensor in operation.inputs:
            readers[tensor] = readers.get(tensor, 0) + 1
    boxes: list[Box] = []
    made_by: dict[int, int] = {0: -1}  # box by tensor
    joined: dict[int, list[int]] = {}  # what a concatenation holds
    groups: list[str] = []
    for operation in operations:
        if operation.kind == "cat":
            joined[operation.output] = [part for tensor in operation.inputs for part in joined.get(tensor, [tensor])]
            made_by[operation.output] = made_by[operation.inputs[-1]]
            continue
        read = [part for tensor in operation.inputs for part in joined.get(tensor, [tensor])]
        group = _group(graph, operation)
        before = made_by[read[0]]
        alone = len(read) == 1 and readers[operation.inputs[0]] == 1 and before >= 0
        if alone and (group == groups[before] if group or groups[before] else _continues(boxes[before], operation)):
            box = boxes[before]
        else:
            box = Box(sources=[(made_by[tensor], graph.shapes[tensor]) for tensor in read])
            boxes.append(box)
            groups.append(group)
            before = len(boxes) - 1
        box.shape = graph.shapes[operation.output]
        made_by[operation.output] = before
        _write(box.done, graph, operation)
    return boxes


def _join_activations(graph: Graph) -> list[Operation]:
    """The operations, those of one activation as one, whose kind is the activation's name."""
    from manifold.nets.blocks.layers import activation_name  # brings torch, which a figure of the spiral does not need

    names = {path: activation_name(module) for path, module in graph.modules.items()}
    operations: list[Operation] = []
    for operation in graph.operations:
        name = names[operation.module]
        if name is None:
            operations.append(operation)
        elif operations and operations[-1].module == operation.module:
            operations[-1] = replace(operations[-1], output=operation.output)
        else:
            operations.append(replace(operation, kind=name))
    return operations


def _group(graph: Graph, operation: Operation) -> str:
    """Path of the dense layer or gate that the operation is inside of, or nothing."""
    parts = operation.module.split(".")
    paths = [".".join(parts[:k]) for k in range(1, len(parts))]
    return next((path for path in paths if type(graph.modules[path]).__name__ in _GROUPED), "")


def _continues(box: Box, operation: Operation) -> bool:
    """Whether an operation belongs to the box before it: all but a second convolution, and what follows a sign."""
    has_convolution = any("×" in words[0] or "pool" in words[0] for words in box.done)
    return not box.is_sign and not (operation.kind == "convolution" and has_convolution) and operation.kind not in _SIGNS


def _write(done: list[list[str]], graph: Graph, operation: Operation) -> None:
    """Add a line for an operation, or a word to the last line."""
    if operation.kind in _SIGNS:
        done.append([_SIGNS[operation.kind]])
    elif operation.kind == "convolution":
        done.extend(_describe(graph.modules[operation.module], graph.shapes[operation.inputs[0]][0]))
    elif done[-1:] == [[_NORM]]:
        done[-1].append(operation.kind)
    else:
        done.append([operation.kind])


def _describe(convolution: Any, channels: int) -> list[list[str]]:
    kernel, stride, groups = convolution.kernel_size[0], convolution.stride[0], convolution.groups
    words = ["depthwise"] if groups == channels else [_GROUPS, str(groups)]
    return [[f"{kernel}×{kernel}{' / 2' if stride > 1 else ''}"], *([words] if groups > 1 else [])]


def _said(words: Sequence[str]) -> str:
    """A line in the current language."""
    if words[0] == _GROUPS:
        return say("diagram.groups", groups=words[1])
    said = [
        say(f"diagram.{word}") if word in _WORDS else named(ACTIVATIONS, word) if word in ACTIVATIONS else word
        for word in words
    ]
    return say("diagram.norm-and", norm=said[0], then=said[1]) if len(said) > 1 else said[0]


def draw_diagram(ax: Axes, boxes: Sequence[Box], *, marks: Mapping[int, str] = _NO_MARKS) -> Axes:
    """Boxes from left to right, shapes "height × width × channels" on the bands between them, shortcuts as arcs above.

    `marks` are letters by the box after which they stand, -1 being the image. One unit up is an inch at 8-point type.
    """
    x, y = _centres(boxes)
    widest = max(shape[0] for box in boxes for shape in (box.shape, *(shape for _, shape in box.sources)))
    bands = [(source, target, shape) for target, box in enumerate(boxes) for source, shape in box.sources]
    bands.append((len(boxes) - 1, -2, boxes[-1].shape))
    centres = {-1: (0.0, 0.0), **{k: (x[k], y[k]) for k in range(len(boxes))}, -2: (max(x) + _STEP, 0.0)}
    top, floor = 0.0, -max(_height(box) / 2.0 for box, height in zip(boxes, y, strict=True) if height == 0.0)
    floor = min(floor, -_BAND / 2.0) - 0.06
    for source, target, shape in bands:
        start, stop = centres[source], centres[target]
        if start[1] == stop[1] and not _between(start, stop, centres):
            _draw_band(ax, start, stop, shape[0] / widest)
            middle = (start[0] + stop[0]) / 2.0
            _write_below(ax, middle, floor, _shape_text(shape))
            if source in marks:
                ax.text(middle, start[1], marks[source], ha="center", va="center", color=ink(), weight="bold")
        else:
            top = max(top, _draw_arc(ax, start, stop, shape[0] / widest))
    for k, box in enumerate(boxes):
        _draw_box(ax, centres[k], box)
    ax.set_axis_off()
    ax.set(xlim=(-0.28, max(x) + _STEP + 0.28), ylim=(floor - 0.34, max(top, -floor) + 0.06))
    return ax


def diagram_height(boxes: Sequence[Box]) -> float:
    """Inches at 8-point type that a diagram takes."""
    low, high = draw_diagram(Figure().subplots(), boxes).get_ylim()
    return high - low


def _write_below(ax: Axes, x: float, floor: float, text: str) -> None:
    ax.text(x, floor, text, ha="center", va="top", color=ink(), fontsize=sized(7.0), linespacing=1.1)


def _centres(boxes: Sequence[Box]) -> tuple[list[float], list[float]]:
    """x: steps from the image along the longest path; y: 0 on the longest path to the output, and above it elsewhere."""
    depth: list[float] = []
    for box in boxes:
        depth.append(_STEP + max(depth[source] if source >= 0 else 0.0 for source, _ in box.sources))
    on_axis, k = set(), len(boxes) - 1
    while k >= 0:
        on_axis.add(k)
        k = max((source for source, _ in boxes[k].sources), key=lambda source: depth[source] if source >= 0 else 0.0)
    return depth, [0.0 if k in on_axis else 1.25 for k in range(len(boxes))]


def _between(start: Point, stop: Point, centres: dict[int, Point]) -> bool:
    return any(start[0] < x < stop[0] and y == start[1] for x, y in centres.values())


def _draw_band(ax: Axes, start: Point, stop: Point, share: float) -> None:
    """A tensor between neighbouring boxes: a band by its share of the widest one's channels."""
    half = max(0.015, _BAND / 2.0 * share)
    ax.fill_between([start[0], stop[0]], start[1] - half, start[1] + half, color=_WATER, alpha=0.55, linewidth=0)


def _draw_arc(ax: Axes, start: Point, stop: Point, share: float) -> float:
    """A tensor that passes other boxes: a line by its share of the channels. Returns how high it reaches."""
    rise = 0.5 + 0.13 * (stop[0] - start[0] - 1.0) + max(start[1], stop[1])
    turn = min(0.3, (stop[0] - start[0]) / 2.5)
    corners = [(start[0] + 0.05, rise), (start[0] + turn, rise), (stop[0] - turn, rise), (stop[0] - 0.05, rise)]
    codes = [Path.MOVETO, Path.CURVE3, Path.CURVE3, Path.LINETO, Path.CURVE3, Path.CURVE3]
    curve = Path(np.array([start, *corners, stop]), codes)
    width = sized(max(1.0, 4.5 * math.sqrt(share)))
    ax.add_patch(PathPatch(curve, facecolor="none", edgecolor=_WATER, linewidth=width, alpha=0.8, capstyle="round"))
    return rise


def _shape_text(shape: tuple[int, ...]) -> str:
    channels, *sides = shape
    return "×".join(map(str, sides)) + f"\n× {channels}" if sides else str(channels)


def _height(box: Box) -> float:
    return 0.3 if box.is_sign else 0.15 * len(box.lines) + 0.14


def _draw_box(ax: Axes, centre: Point, box: Box) -> None:
    x, y = centre
    if box.is_sign:
        edge: dict[str, Any] = {"markeredgecolor": ink(), "markeredgewidth": sized(0.8), "zorder": 3}
        ax.plot(x, y, "o", markersize=sized(13.0), markerfacecolor=ground(), **edge)
        ax.text(x, y - 0.01, box.lines[0], ha="center", va="center", color=ink(), fontsize=sized(10.0), zorder=4)
        return
    height = _height(box)
    patch = FancyBboxPatch(
        (x - _BOX / 2.0, y - height / 2.0),
        _BOX,
        height,
        boxstyle="round,pad=0.04,rounding_size=0.06",
        facecolor=ground(),
        edgecolor=ink(),
        linewidth=sized(0.8),
        zorder=3,
    )
    ax.add_patch(patch)
    words: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": sized(7.0), "linespacing": 1.35}
    ax.text(x, y, "\n".join(box.lines), color=ink(), zorder=4, **words)


@styled
def figure_diagram(graph: Graph, *, page: Page = PAPER) -> Figure:
    """The block's diagram alone, as wide as it needs, on nothing."""
    figure = Figure(layout="constrained", facecolor="none")
    ax = draw_diagram(figure.subplots(), find_boxes(graph))
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    figure.set_size_inches(page.scale * (right - left), page.scale * (high - low))
    return figure
