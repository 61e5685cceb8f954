"""The page Real network in words: what its maps say, the verdict, and what the table of activations says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from pandas import DataFrame

from manifold import ACTIVATIONS, Views
from manifold.planes.journeys import picture_sheet
from manifold.planes.traces import trace_data
from manifold.plots import place_title
from manifold.text import dimension_number, named, percent, r_squared, say, section
from manifold.ui.pages.network.setting import NetworkSetting
from manifold.ui.pages.network.views import HASHED_SETTING, Changed, Followed, draw_views, follow

KEPT, PARTLY = 0.9, 0.5
"""R² from which on the chart is called kept, and partly kept."""

_LITTLE, _MUCH = 0.01, 0.1  # of the variance, from which on some is lost, and much
_MORE = 0.05  # of R² by which a line has to read more than neighbours, to be told of
_SHOWN = ("site", "channels", "firing_mean", "active_least", "dead", "at_high", "below_k", "lost_variance")
_DIMENSIONS = ("dimension_before", "dimension_after")


@dataclass(frozen=True)
class Words:
    """What is said of the networks of a setting: the verdict, the cards and what to notice."""

    verdict: str
    cards: list[tuple[str, str, str]]
    notice: str


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASHED_SETTING)
def words(setting: NetworkSetting) -> Words:
    """What is said of a setting; tables are slow to look things up in."""
    followed = {arm: follow(setting.of(arm)) for arm in setting.arms}
    return Words(verdict(followed), cards(followed), notice(followed))


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASHED_SETTING)
def map_panels(setting: NetworkSetting, color: str) -> dict[str, Any]:
    """The maps of a setting as `planes` takes them, from the first place on."""
    followed = {arm: follow(setting.of(arm)) for arm in setting.arms}
    return panels(setting, followed, draw_views(setting), color, 0)


def panels(setting: NetworkSetting, followed: Mapping[str, Followed], views: Views, color: str, depth: int) -> dict[str, Any]:
    """The maps as `planes` takes them."""
    maps = {say(f"real.map.{arm}"): each.maps for arm, each in followed.items()}
    pictures = views.points.reshape(-1, *views.shape) * setting.scaling["scale"] + setting.scaling["mean"]
    sheet = picture_sheet(pictures.transpose(0, 2, 3, 1) / 255.0, smooth=True)
    return trace_data(maps, views.chart, kind=setting.kind, second=color == "second", step=depth, sheet=sheet)


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
        sizes = {"first": dimension_number(table["two_nn"].iloc[0]), "last": dimension_number(row["two_nn"])}
        seen.append(f"- {say('real.notice.dimension', **named, **sizes)}")
    shown, first = next(iter(followed.items()))
    if shown == "random" or float(first.trace.table["knn_r2"].min()) >= KEPT:
        seen.append(section("network", f"notice-{shown}"))
    return "\n".join(seen)


def cards(followed: Mapping[str, Followed]) -> list[tuple[str, str, str]]:
    """Label, value and name of the numbers that matter, behind the last block."""
    numbers = []
    for name, write, score in (("read", r_squared, "knn_r2"), ("dimension", dimension_number, "two_nn")):
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


def value_rows(row: Any) -> Any:
    """What the probe's table says of one site, line by line."""
    counts = ("positions", "channels", "dead", "always_on")
    shares = (
        "firing_mean",
        "firing_least",
        "firing_most",
        "active_mean",
        "active_least",
        "at_high",
        "below_k",
        "lost_variance",
    )
    sizes = (*_DIMENSIONS, "participation_before", "participation_after")
    lines = {name: f"{row[name]:,}" for name in counts}
    lines |= {name: percent(row[name]) for name in shares if not math.isnan(row[name])}
    lines |= {name: dimension_number(row[name]) for name in sizes if not math.isnan(row[name])}
    cells = [(say(f"real.column.{name}"), value) for name, value in lines.items()]
    return DataFrame(cells, columns=[say("real.values.quantity"), say("real.values.value")])


def value_verdict(row: Any, *, found: bool) -> str:
    """What an activation loses of the values before it, and how many dimensions they fill; that it was found in them."""
    title, lost = named(ACTIVATIONS, row["operation"]), row["lost_variance"]
    known = {"activation": title, "channels": row["channels"], "sampled": row["sampled"], "lost": percent(lost)}
    if math.isinf(row["low"]) and math.isinf(row["high"]):
        told = [say("real.values.one-to-one", **known)]
    elif math.isnan(lost) or lost == 0.0:
        told = [say("real.values.none" if lost == 0.0 else "real.values.open", **known)]
    else:
        told = [say(f"real.values.{'kept' if lost < _LITTLE else 'some' if lost < _MUCH else 'lost'}", **known)]
    if not math.isnan(row["dimension_before"]):
        sizes = {side: dimension_number(row[f"dimension_{side}"]) for side in ("before", "after")}
        told.append(say("real.values.dimension", activation=title, **sizes))
    return "  \n".join([say("real.values.found", activation=title), *told] if found else told)


def change_words(changed: Changed) -> str:
    """How the picture is called before and after, where the classes have names."""
    if not changed.before:
        return ""
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
