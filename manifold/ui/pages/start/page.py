"""Start: what the picture is, before anything is asked of the reader."""

import streamlit as st

from manifold import EMBEDDINGS
from manifold.planes.panels import planes
from manifold.plots import chart_colors, figure_recoveries
from manifold.text.prose import presets, sections
from manifold.ui.controls import LAYER_FIELDS, TYPICAL_DRAW
from manifold.ui.navigation import TITLES, page_file
from manifold.ui.one_draw.layers import Setting, draw_layers, spiral_frames
from manifold.ui.share import command_line, downloads, python_script, recovery_table, reproduce
from manifold.ui.state import Page
from manifold.ui.words import WORDS

PAPER_WIDTHS = (2, 3, 5, 15, 30)

words = sections("start")
page = Page("start", {"n": LAYER_FIELDS["n"]})
page.open()

st.title(words["Title"])
st.markdown(words[""])

setting = Setting("spiral", None, "gaussian", "relu", "inverse", 1.0, seed=0, draw=TYPICAL_DRAW)
frames, _ = spiral_frames(setting)
planes({**frames, "width": page["n"], "words": WORDS}, key="start:planes", on_width=page.setter("n"))

left, right = st.columns(2, gap="large")
for column, heading in ((left, "What you see"), (right, "What it settles")):
    column.subheader(heading)
    column.markdown(words[heading])

st.subheader("Where to go from here")
columns = st.columns(3, gap="medium")
for place, name in enumerate(list(TITLES)[1:]):
    with columns[place % len(columns)].container(border=True):
        st.page_link(page_file(name), label=f"**{TITLES[name]}**", icon=":material/arrow_forward:")
        st.markdown(sections(name)[""])
        for preset in presets(name).values():
            with st.container(gap=None):
                st.page_link(page_file(name), label=f"**{preset.name}**", query_params=preset.values)
                st.caption(preset.sentence)

st.subheader("Take it away")
st.markdown(words["Take it away"])
page.publish()
cloud, recoveries = draw_layers(setting, PAPER_WIDTHS)
downloads(
    "spiral",
    lambda: figure_recoveries(recoveries, chart_colors(cloud), symbol=EMBEDDINGS["gaussian"].symbol),
    lambda: recovery_table(cloud, recoveries[0]),
)
reproduce(python_script(setting, page["n"]), command_line("spiral", setting, PAPER_WIDTHS))
