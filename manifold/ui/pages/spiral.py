"""Spiral: the paper's figure, every width, with the row that it leaves out."""

import streamlit as st

from manifold import EMBEDDINGS
from manifold.plots import ACTIVATION_COLORS, chart_colors, figure_recovery
from manifold.ui.charts import show_chart, space_charts, width_chart
from manifold.ui.controls import LAYER_FIELDS, layer_controls, preset_bar
from manifold.ui.layers import WIDTHS, draw_layers, percent, reading_frames, spiral_frames
from manifold.ui.planes import planes
from manifold.ui.prose import sections
from manifold.ui.share import command_line, downloads, python_script, recovery_table, reproduce
from manifold.ui.state import Field, Page
from manifold.ui.words import WORDS

words = sections("spiral")
page = Page("spiral", {**LAYER_FIELDS, "view": Field("loss", choices=["loss", "readings", "space"])})
page.open()

st.title("Spiral")
st.markdown(words[""])
preset_bar(page)
setting = layer_controls(page, decoder=True)
n = page["n"]

frames, curves = spiral_frames(setting)
numbers = [
    ("Error of the decoder", [f"{value:.2f}" for value in curves.nmse], words["Error"]),
    ("Error of the best decoder", [f"{value:.2f}" for value in curves.best_nmse], words["Best"]),
    ("Points lost", [percent(value) for value in curves.lost], words["Lost"]),
    ("Decoder's share of the error", [percent(value) for value in curves.decoder_share], words["Share"]),
]
shown = {"width": n, "words": WORDS}
labelled = [{"label": label, "values": values, "help": help_text} for label, values, help_text in numbers]
planes({**frames, **shown, "numbers": labelled}, key="spiral:planes", on_width=page.setter("n"))

views = {"loss": "Loss against width", "readings": "Three readings of T⁻¹", "space": "Three channels in space"}
st.segmented_control(
    "Below", list(views), format_func=views.__getitem__, required=True, label_visibility="collapsed", **page.bind("view")
)
if page["view"] == "loss":
    color = ACTIVATION_COLORS[setting.activation]
    lines = {
        "error of the decoder": (curves.nmse, color, "dash"),
        "error of the best decoder": (curves.best_nmse, color, "solid"),
        "points lost": (curves.lost, "#8a8a8a", "dot"),
    }
    show_chart(width_chart(WIDTHS, lines, marked=n), key="spiral:loss")
    st.markdown(words["Loss against width"])
elif page["view"] == "readings":
    planes({**reading_frames(setting), **shown}, key="spiral:readings", on_width=page.setter("n"))
    st.markdown(words["Three readings"])
else:
    cloud, (in_space,) = draw_layers(setting, [3])
    before, after = space_charts(in_space, spiral_frames(setting)[0]["colors"]["light"], setting.scale)
    left, right = st.columns(2)
    with left:
        st.markdown("**T x: a flat sheet in space**")
        show_chart(before, key="spiral:before")
    with right:
        st.markdown("**f(T x): the sheet, folded**")
        show_chart(after, key="spiral:after")
    st.markdown(words["Three channels"])

left, right = st.columns(2, gap="large")
left.subheader("What to notice")
left.markdown(words["What to notice"])
right.subheader("Why")
right.markdown(words["Why"])

st.subheader("Take it away")
cloud, (recovery,) = draw_layers(setting, [n])
page.publish()
downloads(
    f"spiral-n{n}",
    lambda: figure_recovery(recovery, chart_colors(cloud), symbol=EMBEDDINGS[setting.embedding].symbol, scale=setting.scale),
    lambda: recovery_table(cloud, recovery),
)
reproduce(python_script(setting, n), command_line("spiral", setting, [n]))
