"""Two settings of the page How many channels side by side: what is lost and misread against the width, on equal axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from manifold import ACTIVATIONS
from manifold.sweeps.curves import expansion_widths
from manifold.text import error_number, named, say, say_lost, small_share
from manifold.ui.beside.controls import Titles, headings, say_below, show_heading
from manifold.ui.beside.kept import is_held
from manifold.ui.beside.numbers import Compared, show_compared
from manifold.ui.charts import Chart, say_outside, show_chart
from manifold.ui.controls import law_title
from manifold.ui.pages.channels.charts import error_chart, lost_chart
from manifold.ui.pages.channels.controls import decoder_title, setting_of
from manifold.ui.pages.channels.views import Channels, ChannelSetting, draw_channels
from manifold.ui.state import Page, nearest

TITLES: Titles = {"activation": partial(named, ACTIVATIONS), "embedding": law_title, "decoder": decoder_title}


def kept_width(left: Mapping[str, Any], page: Page) -> int:
    """The width at which the kept setting is read: its own, or the page's, at as many channels a dimension."""
    dim = int(left["dimension"])
    wanted = left["n"] if is_held(page) else page["n"] * dim / int(page["dimension"])
    return nearest(expansion_widths(dim), wanted)


def compare_numbers(page: Page, left: Mapping[str, Any], setting: ChannelSetting) -> None:
    """What is lost at the width, and the error of the middle draw."""
    other = setting_of(left)
    one, two, before, n = draw_channels(other), draw_channels(setting), kept_width(left, page), page["n"]
    known = all(ACTIVATIONS[each.activation].only_side_elsewhere for each in (other, setting))
    lost = say_lost("channels.number.lost", known=known)
    show_compared(
        [
            Compared(lost, "lost", one.lost(before), two.lost(n), small_share),
            Compared(say("channels.number.median"), "error", one.median(before), two.median(n), error_number),
        ]
    )


def show_beside(page: Page, left: Mapping[str, Any], setting: ChannelSetting) -> None:
    """The kept setting, and the page's own."""
    settings, widths = (setting_of(left), setting), (kept_width(left, page), page["n"])
    shown = [draw_channels(each) for each in settings]
    losses, errors = _charts(settings, shown, widths)
    drawn = zip(
        st.columns(2, gap="medium"), headings(page, left, TITLES), settings, losses, errors, ("kept", "own"), strict=True
    )
    for column, heading, each, lost, error, name in drawn:
        f, title = ACTIVATIONS[each.activation], named(ACTIVATIONS, each.activation)
        with column.container(gap="xxsmall"):
            show_heading(heading)
            st.markdown(f"**{say_lost('channels.chart.lost', known=f.only_side_elsewhere, activation=title)}**")
            show_chart(lost, key=f"channels:lost:{name}")
            st.markdown(f"**{say('channels.chart.error', decoder=decoder_title(each.decoder))}**")
            show_chart(error, key=f"channels:error:{name}")
            say_outside(error)
    say_below(page, left)


def _charts(
    settings: Sequence[ChannelSetting], shown: Sequence[Channels], widths: Sequence[int]
) -> tuple[list[Chart], list[Chart]]:
    """What is lost, and what is misread, on each side."""
    sides = list(zip(settings, shown, widths, strict=True))
    losses = [lost_chart(seen, each.activation, marked=width) for each, seen, width in sides]
    errors = [error_chart(seen, each.decoder, marked=width) for each, seen, width in sides]
    known = [seen.curves.widths for seen in shown]
    first, last = min(map(min, known)), max(map(max, known))
    room = 0.03 * (last - first)
    ranges = [drawn["layout"]["yaxis"]["range"] for drawn in errors]
    for drawn in (*losses, *errors):
        drawn["layout"]["xaxis"]["range"] = [float(first - room), float(last + room)]
    for drawn in errors:
        drawn["layout"]["yaxis"]["range"] = [min(low for low, _ in ranges), max(high for _, high in ranges)]
    return losses, errors
