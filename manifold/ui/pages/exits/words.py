"""The page Dense and early exits in words that follow its stacks."""

from __future__ import annotations

import numpy as np

from manifold.checks import Floats
from manifold.planes.exits import verdicts
from manifold.text import percent, say, section
from manifold.ui.dense_stacks import Stacks
from manifold.ui.pages.exits.views import THRESHOLDS, Shown


def about_network(shown: Shown) -> str:
    """What the network is, and how many pictures are shown."""
    counts = {"parameters": f"{shown.parameters:,}", "macs": f"{shown.departures.macs[-1]:,}"}
    return say("exits.about", count=len(shown.labels), **counts)


def notice_exits(shown: Shown, step: int) -> str:
    """What to notice about the pictures that leave at this threshold."""
    out, last = shown.departures, len(shown.departures.macs) - 1
    told = [about_network(shown), section("exits", "notice-exits"), _who_leaves(shown, step)]
    overthought = int((out.right[:, 0] & ~out.right[:, last]).sum())
    rescued = int((~out.right[:, 0] & out.right[:, last]).sum())
    told.append(say("exits.notice.overthought", overthought=overthought, rescued=rescued))
    chosen = {"threshold": f"{THRESHOLDS[shown.chosen]:g}", "verdict": verdicts(out)[shown.chosen]}
    told.append(say("exits.notice.chosen", saved=percent(1.0 - float(out.cost[shown.chosen])), **chosen))
    return "\n".join(told)


def _who_leaves(shown: Shown, step: int) -> str:
    """Which digits leave first and which go on."""
    going = np.array([(shown.departures.exits[step][shown.labels == digit] > 0).mean() for digit in range(10)])
    if np.ptp(going) == 0.0:
        return say("exits.notice.all-alike", share=percent(float(going[0])))
    first, late = int(going.argmin()), int(going.argmax())
    shares = {"first_share": percent(float(1.0 - going[first])), "late_share": percent(float(going[late]))}
    return say("exits.notice.digits", first=first, late=late, **shares)


def dense_verdict(stacks: Stacks) -> str:
    """Which of both stacks has fewer weights, and by how much."""
    dense, plain = stacks.weights["dense"], stacks.weights["plain"]
    if dense == plain:
        return say("exits.dense.equal")
    fewer, ratio = ("dense", plain / dense) if dense < plain else ("plain", dense / plain)
    return say(f"exits.dense.{fewer}", ratio=f"{ratio:.1f}")


def dense_reading(stacks: Stacks) -> str:
    """What the last layer of both stacks reads and writes, and at which width the plain stack costs as much."""
    before = stacks.last - stacks.growth
    equal = (stacks.weights["dense"] / (9 * stacks.layers)) ** 0.5
    reads = {"layers": stacks.layers, "before": before, "growth": stacks.growth, "plain": stacks.plain}
    return say("exits.dense.reading", last=stacks.last, equal=f"{equal:.0f}", **reads)


def notice_map(read: Floats, accuracy: float) -> str:
    """What the map of the trained network shows, in numbers."""
    layers = read[:-1]
    beside = np.mean([row[number] for number, row in enumerate(layers)])
    earlier = np.mean([row[number - 3] for number, row in enumerate(layers) if number >= 3])
    nearest = sum(int(np.nanargmax(row) == number) for number, row in enumerate(layers))
    end = {"recent": float(read[-1, -4:].mean()), "early": float(read[-1, 1:5].mean())}
    numbers = {"beside": float(beside), "earlier": float(earlier), "share": float(earlier / beside)}
    return say("exits.notice.map", layers=len(layers), nearest=nearest, accuracy=f"{accuracy:.1%}", **numbers, **end)
