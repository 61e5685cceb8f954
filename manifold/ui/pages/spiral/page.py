"""Spiral: the paper's figure, every width, with the row that it leaves out."""

import streamlit as st

from manifold.text import say
from manifold.ui.one_draw.controls import LAYER_FIELDS, layer_controls
from manifold.ui.one_draw.layers import draw_layers, spiral_frames
from manifold.ui.one_draw.share import layer_command, layer_script, recovery_table
from manifold.ui.pages.spiral.views import VIEWS, show_loss, show_view, view_figure
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why
from manifold.ui.share import downloads, reproduce
from manifold.ui.state import Field, Page

page = Page("spiral", {**LAYER_FIELDS, "view": Field("decoders", choices=VIEWS)})
page.open()

head("spiral")
preset_bar(page)
setting = layer_controls(page, decoder=True)
n, view = page["n"], page["view"]

st.segmented_control(
    say("control.show"),
    VIEWS,
    format_func=lambda name: say(f"spiral.view.{name}"),
    required=True,
    label_visibility="collapsed",
    **page.bind("view"),
)
page.publish()
with st.spinner(say("page.working")):
    _, curves = spiral_frames(setting)
show_view(page, setting)
notice_and_why("spiral")
show_loss(setting, curves, marked=n)

st.subheader(say("share.title"))
cloud, (recovery,) = draw_layers(setting, [n])
experiment = "inverse_readings" if view == "readings" else "spiral"
downloads(f"{experiment}-n{n}", lambda: view_figure(setting, n, view), lambda: recovery_table(cloud, recovery))
reproduce(layer_script(setting, n), layer_command(experiment, setting, [n]))
