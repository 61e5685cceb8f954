"""Spiral: the paper's figure, every width, with the row that it leaves out."""

import streamlit as st
from matplotlib.figure import Figure

from manifold import EMBEDDINGS
from manifold.planes.panels import planes
from manifold.plots import ACTIVATION_COLORS, chart_colors, figure_readings, figure_recovery
from manifold.text.prose import sections
from manifold.ui.charts import show_chart, space_charts, width_chart
from manifold.ui.controls import LAYER_FIELDS, layer_controls, preset_bar
from manifold.ui.one_draw.layers import WIDTHS, draw_layers, draw_readings, error_number, percent, reading_frames, spiral_frames
from manifold.ui.share import command_line, downloads, python_script, recovery_table, reproduce
from manifold.ui.state import Field, Page
from manifold.ui.words import WORDS

VIEWS = {"decoders": "Two decoders", "readings": "Three readings of T⁻¹", "space": "Three channels in space"}

words = sections("spiral")
page = Page("spiral", {**LAYER_FIELDS, "view": Field("decoders", choices=list(VIEWS))})
page.open()

st.title("Spiral")
st.markdown(words[""])
preset_bar(page)
setting = layer_controls(page, decoder=True)
n = page["n"]

frames, curves = spiral_frames(setting)
color = ACTIVATION_COLORS[setting.activation]

st.segmented_control(
    "Show", list(VIEWS), format_func=VIEWS.__getitem__, required=True, label_visibility="collapsed", **page.bind("view")
)
if page["view"] == "decoders":
    numbers = [
        ("Error of the decoder", [error_number(value) for value in curves.nmse], words["Error"]),
        ("Error of the best decoder", [error_number(value) for value in curves.best_nmse], words["Best"]),
        ("Points lost", [percent(value) for value in curves.lost], words["Lost"]),
        ("Decoder's share of the error", [percent(value) for value in curves.decoder_share], words["Share"]),
    ]
    labelled = [{"label": label, "values": values, "help": help_text} for label, values, help_text in numbers]
    data = {**frames, "width": n, "words": WORDS, "numbers": labelled}
    planes(data, key="spiral:planes", on_width=page.setter("n"))
elif page["view"] == "readings":
    planes({**reading_frames(setting), "width": n, "words": WORDS}, key="spiral:readings", on_width=page.setter("n"))
    st.markdown(words["Three readings"])
else:
    _, (in_space,) = draw_layers(setting, [3])
    charts = space_charts(in_space, frames["colors"]["light"], setting.scale)
    for column, title, chart in zip(st.columns(2), ("T x: a flat sheet", "f(T x): the sheet, folded"), charts, strict=True):
        with column:
            st.markdown(f"**{title}**")
            show_chart(chart, key=f"spiral:{title}")
    st.markdown(words["Three channels"])

left, right = st.columns(2, gap="large")
left.subheader("What to notice")
left.markdown(words["What to notice"])
right.subheader("Why")
right.markdown(words["Why"])

st.subheader("Loss against width")
lines = {
    "error of the decoder": (curves.nmse, color, "dash"),
    "error of the best decoder": (curves.best_nmse, color, "solid"),
    "points lost": (curves.lost, "#8a8a8a", "dot"),
}
show_chart(width_chart(WIDTHS, lines, marked=n), key="spiral:loss")
st.markdown(words["Loss against width"])

st.subheader("Take it away")
page.publish()
cloud, (recovery,) = draw_layers(setting, [n])
readings = page["view"] == "readings"
experiment = "inverse_readings" if readings else "spiral"


def figure() -> Figure:
    """Made when it is asked for, outside this run of the page."""
    colors = chart_colors(cloud)
    if readings:
        return figure_readings(draw_readings(setting, [n])[1], colors, scale=setting.scale)
    return figure_recovery(recovery, colors, symbol=EMBEDDINGS[setting.embedding].symbol, scale=setting.scale)


downloads(f"{experiment}-n{n}", figure, lambda: recovery_table(cloud, recovery))
reproduce(python_script(setting, n), command_line(experiment, setting, [n]))
