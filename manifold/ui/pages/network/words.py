"""The page Real network in words: what its maps say, the verdict, and what the table of activations says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from manifold import VIEWS, Views
from manifold.planes.traces import MapRow, trace_data
from manifold.plots import place_title
from manifold.text import percent, say, section
from manifold.ui.pages.network.charts import place_names
from manifold.ui.pages.network.setting import NetworkSetting
from manifold.ui.pages.network.views import Changed, Followed

KEPT, PARTLY = 0.9, 0.5
"""R² from which on the chart is called kept, and partly kept."""

_UNITS: Mapping[str, Sequence[tuple[Callable[[float], float], int]]] = {
    "rotation-zoom": ((math.degrees, 0), (math.exp, 1)),
    "translation-brightness": ((lambda share: 50.0 * share, 0), (lambda share: 100.0 * share, 0)),
}
"""How the camera's two numbers are written, and with how many decimals: degrees, a factor, per cent."""

_MORE = 0.05  # of R² by which a line has to read more than neighbours, to be told of
_SHOWN = ("site", "channels", "firing_mean", "active_least", "dead", "at_high", "below_k", "lost_variance")
_DIMENSIONS = ("dimension_before", "dimension_after")


def r_squared(value: float) -> str:
    """R², or a cosine, with two digits, and a minus that is one."""
    return f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")


def dimension(value: float) -> str:
    """A dimension, with a decimal where it is small."""
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def panels(setting: NetworkSetting, followed: Mapping[str, Followed], views: Views, color: str, depth: int) -> dict[str, Any]:
    """The maps as `planes` takes them; where there is one network alone, beside the truth."""
    rows = {}
    if len(followed) == 1:
        rows[say("real.truth")] = MapRow([views.chart / np.ptp(views.chart, axis=0)], [say("real.truth.caption")])
    for arm, each in followed.items():
        table: Any = each.trace.table
        captions = [_caption(*row) for row in zip(table["knn_r2"], table["two_nn"], each.flat, strict=True)]
        rows[say(f"real.map.{arm}")] = MapRow(list(each.maps), captions)
    place = int(color == "second")
    along = views.chart[:, place]
    low, high = (_end(setting.kind, place, float(value)) for value in (along.min(), along.max()))
    places = place_names(list(next(iter(followed.values())).trace.table["place"]))
    return trace_data(rows, places, along, (low, high), step=depth)


def _caption(read: float, size: float, flat: bool) -> str:
    known = {"read": r_squared(read), "dimension": dimension(size)}
    return say("real.caption.flat", **known) if flat else say("real.caption", **known)


def _end(kind: str, place: int, value: float) -> str:
    """A value of one of the camera's two numbers in words."""
    convert, digits = _UNITS[kind][place]
    return say(f"real.end.{VIEWS[kind].coordinates[place]}", value=f"{convert(value):.{digits}f}".replace("-", "−"))


def last_block(each: Followed) -> Any:
    """The row of the last block."""
    table: Any = each.trace.table
    return table[table["kind"] == "block"].iloc[-1]


def verdict(followed: Mapping[str, Followed]) -> str:
    """What becomes of the camera's numbers, with the number that it rests on."""
    told = []
    for arm, each in followed.items():
        row = last_block(each)
        read = float(row["knn_r2"])
        kind = "kept" if read >= KEPT else "partly" if read >= PARTLY else "lost"
        told.append(say(f"real.verdict.{kind}.{arm}", place=place_title(row["place"])))
    return "  \n".join(told)


def notice(followed: Mapping[str, Followed]) -> str:
    """A list of what to notice about these networks and views."""
    seen = [section("network", "notice")]
    for arm, each in followed.items():
        table: Any = each.trace.table
        row, inside = last_block(each), table[table["kind"] == "block"]
        worst = inside.loc[inside["knn_r2"].idxmin()]
        named = {"arm": say(f"real.map.{arm}"), "place": place_title(row["place"])}
        reads = {"first": table["knn_r2"].iloc[0], "last": row["knn_r2"], "least": worst["knn_r2"]}
        written = {name: r_squared(value) for name, value in reads.items()}
        seen.append(f"- {say('real.notice.read', worst=place_title(worst['place']), **named, **written)}")
        if row["ridge_r2"] > row["knn_r2"] + _MORE:
            line = {"line": r_squared(row["ridge_r2"]), "read": r_squared(row["knn_r2"])}
            seen.append(f"- {say('real.notice.line', **named, **line)}")
        sizes = {"first": dimension(table["two_nn"].iloc[0]), "last": dimension(row["two_nn"])}
        seen.append(f"- {say('real.notice.dimension', **named, **sizes)}")
    shown, first = next(iter(followed.items()))
    if shown == "random" or float(first.trace.table["knn_r2"].min()) >= KEPT:
        seen.append(section("network", f"notice-{shown}"))
    return "\n".join(seen)


def cards(followed: Mapping[str, Followed]) -> list[tuple[str, str, str]]:
    """Label, value and name of the numbers that matter, behind the last block."""
    numbers = []
    for name, write, score in (("read", r_squared, "knn_r2"), ("dimension", dimension, "two_nn")):
        for arm, each in followed.items():
            row = last_block(each)
            label = say(f"real.number.{name}", arm=say(f"real.short.{arm}"))
            numbers.append((label, write(float(row[score])), name))
    return numbers


def activation_rows(table: Any) -> Any:
    """The table of activations with headings that are words; what went in counts behind an expansion alone."""
    expands = table["k"] < table["channels"]
    table = table.assign(**{name: table[name].where(expands) for name in ("below_k", "lost_variance")}).round(3)
    names = {name: say(f"real.column.{name}") for name in (*_SHOWN, *_DIMENSIONS)}
    return table[list(names)].rename(columns=names)


def change_words(changed: Changed) -> str:
    """How the picture is called before and after."""
    before, after = (
        ", ".join(say("real.class", name=name, share=percent(share)) for name, share in named)
        for named in (changed.before, changed.after)
    )
    return say("real.classes", before=before, after=after)


def change_verdict(changed: Changed) -> str:
    """What the change does to the answers, with the numbers that it rests on."""
    cosine, kept = float(changed.damage.cosine.mean()), float(changed.damage.kept.mean())
    kind = "spared" if cosine >= KEPT else "hurt" if cosine >= PARTLY else "wrecked"
    return say(f"real.change.{kind}", cosine=r_squared(cosine), kept=percent(kept))
