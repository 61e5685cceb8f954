"""What the browser needs to follow one point of many from place to place: through a block, a network or a training."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from manifold import VIEWS
from manifold.checks import Floats, Integers
from manifold.layer.activations import ACTIVATIONS
from manifold.planes.frames import LIMIT
from manifold.planes.packing import pack, pack_bits, pack_counts
from manifold.text import say

if TYPE_CHECKING:  # which bring torch
    from manifold.nets import Signal
    from manifold.nets.training.arms import Watched

_SLOTS = ("number", "count", "x", "width", "truth", "place", "name")
_SIDE = 24  # pixels of a small picture
_QUALITY = 60

_UNITS: Mapping[str, Sequence[tuple[float, bool, int]]] = {
    "rotation-zoom": ((180.0 / math.pi, False, 1), (1.0, True, 2)),
    "translation-brightness": ((50.0, False, 1), (100.0, False, 0)),
}
"""How the camera's two numbers become degrees, a factor or per cent: times what, whether exp of it, and how many decimals."""


def _journey(kind: str, count: int, columns: Sequence[str], **more: Any) -> dict[str, Any]:
    slots = {name: f"{{{name}}}" for name in _SLOTS}  # the browser fills them
    words = {"point": say(f"journey.{kind}.point", **slots), **more.pop("words", {})}
    journey = {"kind": kind, "count": count, "reach": 0.9999 * LIMIT, "columns": list(columns), "words": words, **more}
    return {"hint": say(f"journey.{kind}.hint"), "journey": journey}


@dataclass(frozen=True, eq=False)
class Stop:
    """A place of a block at every width.

    Attributes
    ----------
    names : sequence of str
        W names.
    channels : sequence of int
        Numbers of channels.
    active : sequence of ndarray of shape (N,), or None
        How many of them each point leaves active; None where no activation has acted.
    rank : sequence of ndarray of shape (N,)
        Independent equations on each point that the channels hold, from 0 to 2.
    panel : int or None
        Number of the panel with what is read there; None where nothing is.
    """

    names: Sequence[str]
    channels: Sequence[int]
    active: Sequence[Integers] | None
    rank: Sequence[Integers]
    panel: int | None


def active_counts(before: Signal, after: Signal) -> Integers:
    """How many channels (N,) the activation between two signals of a block leaves active."""
    activation = ACTIVATIONS[after.place.rpartition(", ")[2]]
    return np.asarray(activation.active_at(before.hidden).sum(axis=1))


def block_journey(count: int, stops: Sequence[Stop]) -> dict[str, Any]:
    """A point of `count` through a block, whose first panel shows the points."""
    places = []
    for stop in stops:
        bits = pack_bits([each > least for least in (0, 1) for each in stop.rank])
        place: dict[str, Any] = {"names": list(stop.names), "channels": list(stop.channels), "ranks": bits}
        if stop.active is not None:
            place["active"] = [pack_counts(each) for each in stop.active]
        places.append(place if stop.panel is None else {**place, "panel": stop.panel})
    columns = [say(f"journey.column.{name}") for name in ("place", "channels", "active", "left", "answer", "error")]
    words = {"left": [say(f"journey.left.{rank}") for rank in range(3)]}
    return _journey("block", count, columns, places=places, words=words)


def view_journey(
    chart: Floats,
    networks: Mapping[str, Integers],
    *,
    kind: str,
    panels: Sequence[Sequence[int]],
    sheet: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """A view through networks, by title, of which every view's nearest ones (P, N, 5) are known at P places.

    `chart` (N, 2) is where the camera was, and `panels` the numbers of the panels that show each network's places.
    """
    units = [
        {"factor": factor, "grows": grows, "digits": digits, "text": say(f"real.end.{name}", value="{value}")}
        for name, (factor, grows, digits) in zip(VIEWS[kind].coordinates, _UNITS[kind], strict=True)
    ]
    seen = [
        {"panels": list(shown), "neighbours": list(map(pack_counts, nearest))}
        for shown, nearest in zip(panels, networks.values(), strict=True)
    ]
    columns = [say("journey.column.depth"), *networks]
    order = chart[:, 0].argsort().tolist()
    return _journey("views", len(chart), columns, order=order, chart=pack(chart.T), units=units, networks=seen, sheet=sheet)


def picture_journey(
    arms: Sequence[Watched], titles: Sequence[str], sizes: Sequence[float], *, sheet: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A test picture through the training of arms, whose panels show the widest plane of the bottleneck over `sizes`."""
    said = [{"size": size, "said": list(map(pack_counts, arm.said))} for arm, size in zip(arms, sizes, strict=True)]
    labels, names = arms[0].labels.tolist(), list(arms[0].names)
    columns = [say("journey.column.moment"), *titles]
    return _journey("pictures", len(labels), columns, labels=labels, names=names, arms=said, sheet=sheet)


def picture_sheet(pictures: NDArray[Any], *, smooth: bool) -> dict[str, Any]:
    """Pictures (N, H, W) or (N, H, W, 3) from 0 to 1, as one small picture of all of them, row by row, that a browser shows.

    Those of more than 24 pixels to a side are made smaller. Smooth ones become a JPEG, others, which are grey, a PNG.
    """
    from PIL import Image  # slow to load, and needed here alone

    count = len(pictures)
    columns = math.ceil(math.sqrt(count))
    small = _smaller(pictures)
    height, width = small.shape[1:3]
    cells = np.zeros((columns * -(-count // columns), *small.shape[1:]))
    cells[:count] = small
    grid = cells.reshape(-1, columns, height, width, *small.shape[3:]).swapaxes(1, 2)
    whole = grid.reshape(-1, columns * width, *small.shape[3:]).clip(0.0, 1.0)
    buffer = io.BytesIO()
    if smooth:
        Image.fromarray(np.rint(255.0 * whole).astype(np.uint8)).save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    else:
        image = Image.fromarray(np.rint(15.0 * whole).astype(np.uint8))
        image.putpalette([17 * (k // 3) for k in range(48)])
        image.save(buffer, "PNG", optimize=True, bits=4)
    name = "jpeg" if smooth else "png"
    text = base64.b64encode(buffer.getvalue()).decode("ascii")
    return {
        "data": f"data:image/{name};base64,{text}",
        "columns": columns,
        "lines": len(cells) // columns,
        "aspect": width / height,
        "smooth": smooth,
    }


def _smaller(pictures: NDArray[Any]) -> Floats:
    """Pictures of at most 24 pixels to a side, each the mean of its part."""
    values = np.asarray(pictures, dtype=np.float64)
    for axis in (1, 2):
        side = values.shape[axis]
        edges = np.linspace(0, side, min(side, _SIDE) + 1).astype(np.int64)
        counts = np.diff(edges).reshape([-1 if k == axis else 1 for k in range(values.ndim)])
        values = np.add.reduceat(values, edges[:-1], axis=axis) / counts
    return values
