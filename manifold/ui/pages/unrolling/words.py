"""The page Unrolling in words and colours: what colours the points, the scores, and what they mean together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from manifold import PointCloud
from manifold.plots import GROUP_COLORS, color_ramp
from manifold.ui.pages.unrolling.charts import Coloring
from manifold.ui.pages.unrolling.views import Parts, Scores, Walk

_MOST_GROUPS = 10
_GOOD, _STRETCHED = 0.01, 0.05  # errors against the chart below which a map is called right, and right but stretched


def coloring(cloud: PointCloud, chosen: str, title: str, scores: Scores | None, names: tuple[str, ...]) -> Coloring:
    """The colours of the points by the `chosen` quantity; `names` are those of classes."""
    if chosen not in ("first", "second"):
        values = scores.points[chosen] if scores else np.zeros(len(cloud.points))
        return Coloring(values, title)
    values = cloud.chart[:, int(chosen == "second")]
    classes = len(names) <= _MOST_GROUPS and chosen == "first"
    return Coloring(values, "", names if classes else ())


def part_coloring(parts: Parts) -> Coloring:
    """The parts, the largest first; small ones beyond the tenth share a colour."""
    sizes = np.bincount(parts.labels)
    rank = np.argsort(np.argsort(-sizes, kind="stable"))
    place = np.minimum(rank[parts.labels], _MOST_GROUPS - 1)
    names = [f"{count} points" for count in np.bincount(place)]
    if len(sizes) > _MOST_GROUPS:
        names[-1] = f"{len(sizes) - _MOST_GROUPS + 1} smaller parts"
    return Coloring(place.astype(np.float64), "", tuple(names))


def on_paper(colors: Coloring) -> tuple[Any, dict[str, str] | None, str]:
    """Colours of the points on paper, names of classes with their colours, and what the colours mean in words."""
    if colors.groups:
        names = {name: GROUP_COLORS[group % len(GROUP_COLORS)] for group, name in enumerate(colors.groups)}
        return np.array(list(names.values()))[colors.values.astype(np.int64)], names, ""
    low, span = float(colors.values.min()), float(np.ptp(colors.values))
    meaning = f"{colors.title.lower()}: {low:.2g} (dark) to {low + span:.2g} (light)" if colors.title else ""
    return color_ramp((colors.values - low) / (span or 1.0)), None, meaning


def short_error(value: float) -> str:
    """Two digits that count; what is no more than rounding, or as good as nothing on a projector, is "< 0.0001"."""
    return f"{value:.2g}" if value >= 1e-4 else "< 0.0001"


def score_cards(scores: Scores, words: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Label, number and explanation of every score."""
    titles = {
        "trustworthiness": "Trustworthiness",
        "continuity": "Continuity",
        "overlap": "Neighbours kept",
        "procrustes": "Against the truth",
        "affine": "After stretching",
    }
    found = []
    for name, title in titles.items():
        if name in scores.points:
            value = scores.mean(name)
            number = short_error(value) if name in ("procrustes", "affine") else f"{value:.3f}"
            found.append((title, number, words[title]))
    if np.isfinite(scores.residual_variance):
        found.append(("Residual variance", short_error(scores.residual_variance), words["Residual variance"]))
    return found


def verdict(cloud: PointCloud, scores: Scores, found: Walk | Parts, *, joined: bool) -> str:
    """What the scores say, in one sentence, with the numbers that it rests on.

    `joined` says that the method goes along lines between neighbours, so that short circuits can be to blame.
    """
    if cloud.truth == "colour":
        trust, kept = scores.mean("trustworthiness"), scores.mean("overlap")
        return (
            f"Of a point's ten nearest, {kept:.0%} are among its ten nearest in the map; trustworthiness {trust:.3f}. "
            "No true chart is known to compare with."
        )
    off, off_stretched = scores.mean("procrustes"), scores.mean("affine")
    error, stretched = short_error(off), short_error(off_stretched)
    short = int(found.short.sum()) if isinstance(found, Walk) and joined else 0
    if cloud.truth == "lengths" and off < _GOOD:
        return f"**Unrolled.** Up to turning and size, the map is the true chart; the error is {error}."
    if off_stretched < _STRETCHED:
        how = ", stretched or bent." if cloud.truth == "lengths" else "; no lengths are known to compare with."
        return f"**Laid flat{how}** With the best stretching the error is {stretched}, without it {error}."
    if short:
        lines = "1 line is a short circuit: it jumps" if short == 1 else f"{short:,} lines are short circuits: they jump"
        return f"**Not unrolled.** {lines} between places far apart on the surface. The error is {error}."
    return f"**Not unrolled.** Even with the best stretching the error is {stretched}; 1 is what a map of one point gets."


def in_words(message: str) -> str:
    """A message of the library in the page's words."""
    return message.replace("n_neighbors=", "k = ").replace("n_neighbors", "k")
