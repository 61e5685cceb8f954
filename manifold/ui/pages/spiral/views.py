"""What the page Spiral shows: two decoders, readings of T^-1, three channels in space or a tour of n, and the loss by width."""

from __future__ import annotations

from typing import Any

import streamlit as st
from matplotlib.figure import Figure

from manifold import EMBEDDINGS
from manifold.layer.activations import ACTIVATIONS, loss_kind
from manifold.layer.decoders import best_decoder
from manifold.planes.frames import button_words
from manifold.planes.panels import planes
from manifold.planes.recoveries import spiral_numbers
from manifold.planes.tours import LAST
from manifold.plots import (
    LOST_COLOR,
    LOST_COLOR_ON_DARK,
    READINGS,
    chart_colors,
    decoder_look,
    figure_readings,
    figure_recovery,
    figure_tour,
    law_look,
)
from manifold.text import named, say, say_lost, section
from manifold.ui.beside.kept import with_beside
from manifold.ui.charts import dark, say_outside, show_chart
from manifold.ui.one_draw.controls import LAYER_FIELDS
from manifold.ui.one_draw.layers import (
    WIDTHS,
    Setting,
    draw_layers,
    draw_readings,
    reading_frames,
    spiral_frames,
    tour_frames,
    toured,
)
from manifold.ui.pages.spiral.charts import Lines, space_charts, width_chart
from manifold.ui.state import Field, Page

VIEWS = ("decoders", "readings", "space", "tour")

SPIRAL_FIELDS = with_beside(
    {**LAYER_FIELDS, "view": Field("decoders", choices=VIEWS), "at": Field(0, low=0, high=LAST)},
    apart=("view", "at"),
    played="n",
)
"""Values of the page; `at` is a place on the tour."""


def show_view(page: Page, setting: Setting) -> None:
    """The view that the page has chosen."""
    shows = {"decoders": _show_decoders, "readings": _show_readings, "space": _show_space, "tour": _show_tour}
    shows[page["view"]](page, setting)


def panels_data(setting: Setting, width: int, view: str, at: int = 0) -> dict[str, Any]:
    """What `planes` needs for a view, which opens at a width; in space there is none, and the decoders stand for it.

    A tour opens at a place of its slider, and sets out by itself from the first.
    """
    if view == "tour":
        return {**tour_frames(setting, width), "width": at, "plays": at == 0}
    shown = {"width": width, "words": button_words()}
    if view == "readings":
        return {**reading_frames(setting)[0], **shown}
    frames, curves = spiral_frames(setting)
    return {**frames, **shown, "numbers": spiral_numbers(curves, ACTIVATIONS[setting.activation])}


def _show_decoders(page: Page, setting: Setting) -> None:
    planes(panels_data(setting, page["n"], "decoders"), key="spiral:planes", on_width=page.setter("n"))


def _show_readings(page: Page, setting: Setting) -> None:
    planes(panels_data(setting, page["n"], "readings"), key="spiral:readings", on_width=page.setter("n"))
    st.markdown(section("spiral", "readings"))


def _show_space(page: Page, setting: Setting) -> None:
    _, (in_space,) = draw_layers(setting, [3])
    colors = spiral_frames(setting)[0]["colors"]["light"]
    flat, folded = space_charts(in_space, colors, setting.scale)
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{say('spiral.flat')}**")
        show_chart(flat, key="spiral:flat")
    with right:
        st.markdown(f"**{say('spiral.bent', activation=named(ACTIVATIONS, setting.activation))}**")
        show_chart(folded, key="spiral:folded")
    st.markdown(section("spiral", f"space-{loss_kind(ACTIVATIONS[setting.activation])}"))


def _show_tour(page: Page, setting: Setting) -> None:
    planes(panels_data(setting, page["n"], "tour", page["at"]), key="spiral:tour", on_width=page.setter("at"))
    st.markdown(section("spiral", "tour"))


def show_loss(setting: Setting, view: str, *, marked: int) -> None:
    """What is lost and misread against the width; of the readings of T^-1, how each misreads."""
    st.header(say("spiral.width.readings" if view == "readings" else "spiral.width"))
    lines = _reading_lines(setting) if view == "readings" else _loss_lines(setting)
    drawn = width_chart(WIDTHS, lines, marked=marked)
    show_chart(drawn, key="spiral:loss")
    say_outside(drawn)
    if view != "readings":
        st.markdown(section("spiral", "width"))
        st.markdown(section("spiral", f"width-{loss_kind(ACTIVATIONS[setting.activation])}"))


def _reading_lines(setting: Setting) -> Lines:
    errors = reading_frames(setting)[1]
    return {say(f"one-draw.reading.{law}"): (errors[law], law_look(law).color, "solid") for law in READINGS}


def _loss_lines(setting: Setting) -> Lines:
    _, curves = spiral_frames(setting)
    known = ACTIVATIONS[setting.activation].only_side_elsewhere
    return {
        say("spiral.line.error"): (curves.nmse, decoder_look(setting.decoder).color, "dash"),
        say("spiral.line.best"): (curves.best_nmse, decoder_look(best_decoder(2)).color, "solid"),
        say_lost("spiral.line.lost", known=known): (curves.lost, LOST_COLOR_ON_DARK if dark() else LOST_COLOR, "dot"),
    }


def view_figure(setting: Setting, width: int, view: str, at: int = 0) -> Figure:
    """The figure of a view at one width, and of a tour at one place."""
    if view == "tour":
        cloud, recovery, frame = toured(setting, width, at)
        return figure_tour(recovery, frame, chart_colors(cloud))
    cloud, (recovery,) = draw_layers(setting, [width])
    colors = chart_colors(cloud)
    if view == "readings":
        return figure_readings(draw_readings(setting, [width])[1], colors, scale=setting.scale)
    return figure_recovery(recovery, colors, symbol=EMBEDDINGS[setting.embedding].symbol, scale=setting.scale)
