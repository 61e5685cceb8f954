"""What to notice on the page Unrolling about these points and this method, and what is said of the ant's way."""

from __future__ import annotations

from manifold import DATASETS, PointCloud
from manifold.learning import METHODS, Walk
from manifold.text import say, section
from manifold.ui.pages.unrolling.views import Parts, RollSetting


def notice(setting: RollSetting, cloud: PointCloud, graph: Walk | Parts) -> str:
    """A list of what to notice."""
    seen = [say("unrolling.notice.turn")] if cloud.points.shape[1] > 2 else []
    if METHODS[setting.method].fewest is not None:
        seen.append(say("unrolling.notice.k"))
    if isinstance(graph, Walk):
        seen.append(say("unrolling.notice.lines" if cloud.truth == "lengths" else "unrolling.notice.joined"))
        seen.append(say("unrolling.notice.colour" if cloud.truth == "colour" else "unrolling.notice.wrong"))
    if setting.own is None and "noise" in DATASETS[_shape(setting)].options:
        seen.append(say("unrolling.notice.noise"))
    more = [f"notice-{_shape(setting)}", f"notice-{setting.dataset}-{setting.method}-{setting.n_points}"]
    told = [section("unrolling", name, otherwise="") for name in more if setting.own is None]
    return "\n".join([*(part for part in told if part), *(f"- {sentence}" for sentence in seen)])


def ant_words(truth: str, view: str) -> str:
    """What the ant's way is; where it is drawn, and what is drawn below, only where they are."""
    parts = ["ant", *(["ant-drawn"] if view == "way" else []), *(["ant-lengths"] if truth == "lengths" else [])]
    return " ".join(section("unrolling", part) for part in parts)


def _shape(setting: RollSetting) -> str:
    return setting.dataset.partition(",")[0]
