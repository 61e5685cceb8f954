"""The page Unrolling in words and colours: what colours the points, the scores, and what they mean together."""

from __future__ import annotations

from typing import Any

import numpy as np

from manifold import PointCloud
from manifold.clouds.sheet import distinct
from manifold.learning import METHODS, Walk
from manifold.planes.frames import hex_colors
from manifold.planes.maps import Inks
from manifold.plots import GROUP_COLORS, color_ramp
from manifold.text import brief, map_error, named, say, section
from manifold.ui.pages.unrolling.charts import Coloring
from manifold.ui.pages.unrolling.views import COMPONENTS, Parts, RollSetting, Scores

_MOST_GROUPS = 10
_GOOD, _STRETCHED = 0.01, 0.05  # errors against the chart below which a map is called right, and right but stretched
_SHOWN_PARTS = 3
_ERRORS = ("procrustes", "affine")
_SCORES = ("trustworthiness", "continuity", "overlap", *_ERRORS)


def coloring(cloud: PointCloud, quantity: str, scores: Scores | None, names: tuple[str, ...]) -> Coloring:
    """The colours of the points by a quantity; `names` are those of classes."""
    if quantity not in ("first", "second"):
        values = scores.points[quantity] if scores else np.zeros(len(cloud.points))
        return Coloring(values, quantity)
    values = cloud.chart[:, int(quantity == "second")]
    classes = len(names) <= _MOST_GROUPS and quantity == "first"
    return Coloring(values, "", distinct([brief(name) for name in names]) if classes else ())


def part_coloring(parts: Parts) -> Coloring:
    """The parts, the largest first; small ones beyond the tenth share a colour."""
    sizes = np.bincount(parts.labels)
    rank = np.argsort(np.argsort(-sizes, kind="stable"))
    group = np.minimum(rank[parts.labels], _MOST_GROUPS - 1)
    names = [say("unrolling.part", number=number, count=int(count)) for number, count in enumerate(np.bincount(group), 1)]
    if len(sizes) > _MOST_GROUPS:
        names[-1] = say("unrolling.small-parts", count=len(sizes) - _MOST_GROUPS + 1)
    return Coloring(group.astype(np.float64), "", tuple(names))


def on_paper(colors: Coloring) -> tuple[Any, dict[str, str] | None, str]:
    """Colours of the points on paper, names of classes with their colours, and what the colours mean in words."""
    if colors.groups:
        names = {name: GROUP_COLORS[group % len(GROUP_COLORS)] for group, name in enumerate(colors.groups)}
        return np.array(GROUP_COLORS)[colors.values.astype(np.int64) % len(GROUP_COLORS)], names, ""
    low, span = float(colors.values.min()), float(np.ptp(colors.values))
    ends = {"low": f"{low:.2g}", "high": f"{low + span:.2g}"}
    meaning = say(f"unrolling.meaning.{colors.quantity}", **ends) if colors.quantity else ""
    return color_ramp((colors.values - low) / (span or 1.0)), None, meaning


def on_screen(colors: Coloring) -> tuple[Inks, str]:
    """The same in the browser, in light and in dark."""
    inks, groups, meaning = on_paper(colors)
    if colors.groups:
        return Inks(list(inks), list(inks), groups or {}), meaning
    shares = colors.values - colors.values.min()
    dark = color_ramp(shares / (shares.max() or 1.0), on_dark=True)
    return Inks(hex_colors(inks), hex_colors(dark)), meaning


def score_cards(scores: Scores) -> list[tuple[str, str, str]]:
    """Label, number and explanation of every score."""
    means = {name: scores.mean(name) for name in _SCORES if name in scores.points}
    written = {name: map_error(value) if name in _ERRORS else f"{value:.3f}" for name, value in means.items()}
    if np.isfinite(scores.residual_variance):
        written["residual-variance"] = map_error(scores.residual_variance)
    return [(say(f"unrolling.score.{name}"), number, section("unrolling", name)) for name, number in written.items()]


def verdict(cloud: PointCloud, scores: Scores, graph: Walk | Parts, *, joined: bool) -> str:
    """What the scores say, in one sentence, with the numbers that it rests on.

    `joined` says that the method goes along lines between neighbours, so that short circuits can be to blame.
    """
    if cloud.truth == "colour":
        trust, overlap = f"{scores.mean('trustworthiness'):.3f}", f"{scores.mean('overlap'):.0%}"
        return say("unrolling.verdict.no-truth", overlap=overlap, trust=trust)
    off, off_stretched = scores.mean("procrustes"), scores.mean("affine")
    error, stretched = map_error(off), map_error(off_stretched)
    short = int(graph.short.sum()) if isinstance(graph, Walk) and joined else 0
    if cloud.truth == "lengths" and off < _GOOD:
        return say("unrolling.verdict.unrolled", error=error)
    if off_stretched < _STRETCHED:
        flat = "unrolling.verdict.stretched" if cloud.truth == "lengths" else "unrolling.verdict.no-lengths"
        return say(flat, stretched=stretched, error=error)
    if short:
        return say("unrolling.verdict.short", count=short, error=error)
    return say("unrolling.verdict.rolled", stretched=stretched)


def why_no_map(setting: RollSetting, graph: Walk | Parts) -> str | None:
    """Why the method draws no map of these points, where that is known before it tries."""
    method, k = METHODS[setting.method], setting.n_neighbors
    if method.fewest is None:
        return None
    title, least = named(METHODS, setting.method), method.fewest(COMPONENTS)
    if k < least:
        return say("unrolling.no-map.few", method=title, least=least, k=k)
    if method.joined and isinstance(graph, Parts):
        return say("unrolling.no-map.parts", method=title, k=k, **_in_parts(graph))
    return None


def no_graph(setting: RollSetting, parts: Parts) -> str:
    """Why there is no way to show, beside a map that needs none."""
    return say("unrolling.no-graph", k=setting.n_neighbors, **_in_parts(parts))


def _in_parts(parts: Parts) -> dict[str, object]:
    """How many parts, the sizes of the largest, and the k that joins them."""
    sizes = np.sort(np.bincount(parts.labels))[::-1]
    shown = ", ".join(map(str, sizes[:_SHOWN_PARTS]))
    shown = say("unrolling.sizes.more", sizes=shown) if len(sizes) > _SHOWN_PARTS else shown
    return {"parts": len(sizes), "sizes": shown, "smallest": parts.smallest_k}
