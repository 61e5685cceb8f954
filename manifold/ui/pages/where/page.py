"""Where it is lost: the plane, cut into the places where the layer is linear, a line, a point."""

import streamlit as st

from manifold import theory
from manifold.planes.panels import planes
from manifold.plots import RANK_COLORS, RANK_COLORS_ON_DARK, RANK_LABELS, figure_planes
from manifold.text.prose import sections
from manifold.ui.charts import scale_chart, show_chart
from manifold.ui.controls import LAYER_FIELDS, layer_controls, preset_bar
from manifold.ui.one_draw.layers import WIDTHS, draw_layers, percent, plane_frames
from manifold.ui.share import command_line, downloads, python_script, recovery_table, reproduce
from manifold.ui.state import Page
from manifold.ui.words import WORDS

words = sections("where")
page = Page("where", {key: field for key, field in LAYER_FIELDS.items() if key != "decoder"})
page.open()

st.title("Where it is lost")
st.markdown(words[""])
preset_bar(page)
setting = layer_controls(page, decoder=False)
n = page["n"]

frames, planar = plane_frames(setting)
numbers = [
    ("Points lost", [percent(value) for value in planar.lost], words["Lost"]),
    ("Directions lost to ReLU", [percent(value) for value in planar.directions], words["Directions"]),
    ("Expected for ReLU", [percent(theory.collapsed_fraction(width, 2)) for width in WIDTHS], words["Expected"]),
    ("ReLU one-to-one everywhere", ["yes" if yes else "no" for yes in planar.injective], words["Injective"]),
]
data = {
    **frames,
    "width": n,
    "words": WORDS,
    "numbers": [{"label": label, "values": values, "help": help_text} for label, values, help_text in numbers],
    "region_colors": {"light": list(RANK_COLORS), "dark": list(RANK_COLORS_ON_DARK)},
    "region_labels": list(RANK_LABELS),
    "messages": [words["No row"], words["One row"], words["Two rows"]],
    "hint": words["Hint"],
}
planes(data, key="where:planes", on_width=page.setter("n"))

left, right = st.columns(2, gap="large")
left.subheader("What to notice")
left.markdown(words["What to notice"])
right.subheader("Why")
right.markdown(words["Why"])

st.subheader("A second loss, at 6")
st.markdown(words["A second loss"])
show_chart(scale_chart(n, setting.scale), key="where:second loss")

st.subheader("Take it away")
cloud, (recovery,) = draw_layers(setting, [n])
page.publish()
downloads(
    f"where-n{n}",
    lambda: figure_planes([recovery], scale=setting.scale),
    lambda: recovery_table(cloud, recovery),
)
reproduce(python_script(setting, n), command_line("collapse_map", setting, [n]))
