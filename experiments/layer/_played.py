"""What interactive figures of one draw keep and show: the draw at every width from 2 to 40, of few enough points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from inspect import signature
from typing import Any, TypeVar

import numpy as np
from pandas import DataFrame

from manifold import PointCloud, Recovery, make_cloud, random_stream, recover_widths
from manifold.checks import fault
from manifold.planes.frames import button_words

from ..runner.drawn import Drawn
from ..runner.typical import shown_draw
from ._recoveries import Setting

WIDTHS = tuple(range(2, 41))
MOST_POINTS = 500
_TELLING = 5

T = TypeVar("T")


def one_draw(rows: DataFrame, shown: str | int, printed: Sequence[str]) -> int:
    """Draw number `shown`, or the one whose `printed` numbers at all widths are nearest to their medians."""
    cells = [column for column in ("embedding", "width") if column in rows]
    return shown_draw(rows.pivot(index="draw", columns=cells, values=list(printed)), shown)


def play(draw: int, setting: Setting, *, seed: int) -> tuple[PointCloud, list[Recovery]]:
    """Draw number `draw` as `draw_recoveries` makes it, at every width; of many points those that are shown."""
    rng = random_stream(seed, draw)
    cloud = make_cloud(setting.dataset, n_points=setting.n_points, scale=setting.scale, rng=rng)
    count = len(cloud.points)
    kept = np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.int64)
    cloud = replace(cloud, points=cloud.points[kept], chart=cloud.chart[kept], component=cloud.component[kept])
    layers = {"embedding": setting.embedding, "activation": setting.activation, "decoder": setting.decoder}
    return cloud, recover_widths(cloud.points, widths=WIDTHS, **layers, rng=rng)


def kept(cloud: PointCloud, draw: int, seen: Any) -> Drawn:
    """A draw and what was seen of it, a dataclass or a mapping of arrays."""
    return {"draw": draw, "cloud": asdict(cloud), "seen": _coarse(seen if isinstance(seen, Mapping) else asdict(seen))}


def cloud_of(played: Drawn) -> PointCloud:
    """The points that were kept."""
    return PointCloud(**played["cloud"])


def seen_as(kind: type[T], seen: Drawn) -> T:
    """What was kept of a dataclass; ValueError for what another version has kept."""
    if set(seen) != set(signature(kind).parameters):
        raise fault(ValueError, "another version has kept what this run's interactive figure shows; run it again")
    return kind(**seen)


def opened(widths: Sequence[int]) -> dict[str, Any]:
    """Where the slider stands at first: at the width asked for that is nearest to 5, where something is lost, and not all."""
    asked = min(widths, key=lambda width: abs(width - _TELLING))
    return {"width": min(asked, WIDTHS[-1]), "words": button_words()}


def _coarse(value: Any, *, answer: bool = False) -> Any:
    """Answers of decoders in half precision, of which a pixel is far more than one unit; all else as it is."""
    if isinstance(value, Mapping):
        return {name: _coarse(each, answer=answer or name in ("decoded", "best")) for name, each in value.items()}
    return value.clip(-1e3, 1e3).astype(np.float16) if answer else value
