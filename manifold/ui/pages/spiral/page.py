"""Spiral: the paper's figure, every width, with the row that it leaves out."""

import streamlit as st

from manifold.text import say
from manifold.ui.beside.kept import kept
from manifold.ui.one_draw.controls import layer_controls
from manifold.ui.one_draw.layers import draw_layers, draw_readings, reading_frames, spiral_frames
from manifold.ui.one_draw.share import (
    layer_command,
    layer_script,
    readings_script,
    readings_table,
    recovery_table,
    tour_script,
)
from manifold.ui.pages.spiral.beside import show_beside
from manifold.ui.pages.spiral.views import SPIRAL_FIELDS, VIEWS, panels_data, show_loss, show_view, view_figure
from manifold.ui.pages.spiral.words import notice, why
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why
from manifold.ui.share import downloads, page_document, reproduce, take_away, view_address
from manifold.ui.state import Page

page = Page("spiral", SPIRAL_FIELDS)
page.open()

views = head("spiral")
preset_bar(page)
beside = kept(page)
view = "decoders" if beside else page["view"]
fixed = {"embedding": "gaussian", "decoder": "inverse"} if view == "readings" else {}
setting = layer_controls(page, fixed=fixed, sized=False, width=view == "tour")
n, at = 3 if view == "space" else page["n"], page["at"]

if not beside:
    views.segmented_control(
        say("control.show"),
        VIEWS,
        format_func=lambda name: say(f"spiral.view.{name}"),
        required=True,
        label_visibility="collapsed",
        **page.bind("view"),
    )
page.publish()
(reading_frames if view == "readings" else spiral_frames)(setting)  # kept, for all that is said and drawn of it
with st.container(key="picture"):
    if beside:
        show_beside(page, beside, setting)
    else:
        show_view(page, setting)
notice_and_why("spiral", notice=notice(setting, view), why=why(setting))
show_loss(setting, view, marked=n)


def share() -> None:
    """The view as it is."""
    if view == "readings":
        cloud, drawn = draw_readings(setting, [n])
        by_law = {law: recovery for law, (recovery,) in drawn.items()}
        table, script = lambda: readings_table(cloud, by_law), readings_script(setting, n)
        name, command = "inverse_readings", layer_command("inverse_readings", setting, [n])
    else:
        cloud, (recovery,) = draw_layers(setting, [n])
        table, script = lambda: recovery_table(cloud, recovery), layer_script(setting, n)
        name, command = "spiral", layer_command("spiral", setting, [n], takes=("embedding", "decoder"))
    if view == "tour":
        name, script, command = "tour", tour_script(setting, n, at), ""
    how = command or say("share.page", address=view_address("/spiral"))
    downloads(
        f"{name}-n{n}",
        lambda: view_figure(setting, n, view, at),
        table,
        lambda: page_document("spiral", panels_data(setting, n, view, at), how, seed=setting.seed, draw=setting.draw),
        page="spiral",
        command=how,
    )
    reproduce(script, *([command] if command else []))


take_away(share)
