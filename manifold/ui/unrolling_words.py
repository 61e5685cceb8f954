"""The page Unrolling in words and colours: what colours the points, the scores, and what they mean together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from manifold import PointCloud
from manifold.ui.map_charts import Coloring
from manifold.ui.unrolling_views import Parts, Scores, Walk

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
            number = f"{value:.2g}" if name in ("procrustes", "affine") else f"{value:.3f}"
            found.append((title, number, words[title]))
    if np.isfinite(scores.residual_variance):
        found.append(("Residual variance", f"{scores.residual_variance:.2g}", words["Residual variance"]))
    return found


def verdict(cloud: PointCloud, scores: Scores, found: Walk | Parts) -> str:
    """What the scores say, in one sentence, with the numbers that it rests on."""
    if cloud.truth == "colour":
        trust, kept = scores.mean("trustworthiness"), scores.mean("overlap")
        return (
            f"{kept:.0%} of the ten nearest points in truth are among the ten nearest in the map; trustworthiness {trust:.3f}. "
            "No true chart is known to compare with."
        )
    error, stretched = scores.mean("procrustes"), scores.mean("affine")
    short = int(found.short.sum()) if isinstance(found, Walk) else 0
    if cloud.truth == "lengths" and error < _GOOD:
        return f"**Unrolled.** Up to turning and size, the map is the true chart; the error is {error:.2g}."
    if stretched < _STRETCHED:
        size = "stretched or bent" if cloud.truth == "lengths" else "as a map without true lengths can be"
        return f"**Laid flat, {size}.** With the best stretching the error is {stretched:.2g}, without it {error:.2g}."
    if short:
        lines = "1 line is a short circuit: it jumps" if short == 1 else f"{short:,} lines are short circuits: they jump"
        return f"**Not unrolled.** {lines} between places far apart on the surface. The error is {error:.2g}."
    return f"**Not unrolled.** Even with the best stretching the error is {stretched:.2g}; 1 is what a map of one point gets."


def in_words(message: str) -> str:
    """A message of the library in the page's words."""
    return message.replace("n_neighbors=", "k = ").replace("n_neighbors", "k")
