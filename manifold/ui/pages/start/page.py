"""Start: what the picture is, before anything is asked of the reader."""

import streamlit as st

from manifold import EMBEDDINGS
from manifold.planes.frames import button_words
from manifold.planes.panels import planes
from manifold.plots import chart_colors, figure_recoveries
from manifold.text import say, section
from manifold.ui import language
from manifold.ui.controls import TYPICAL_DRAW
from manifold.ui.navigation import NAMES, page_file, page_title
from manifold.ui.one_draw.controls import LAYER_FIELDS
from manifold.ui.one_draw.layers import Setting, draw_layers, spiral_frames
from manifold.ui.one_draw.share import layer_command, layer_script, recovery_table
from manifold.ui.pages.start.reach import show_reach
from manifold.ui.presets import presets
from manifold.ui.prose import when_opened
from manifold.ui.share import downloads, reproduce, take_away
from manifold.ui.state import Page

PAPER_WIDTHS = (2, 3, 5, 15, 30)

page = Page("start", {"n": LAYER_FIELDS["n"]})
page.open()

st.title(say("start.title"))
st.markdown(section("start", "claim"))

setting = Setting("spiral", None, "gaussian", "relu", "inverse", 1.0, seed=0, draw=TYPICAL_DRAW)


def share() -> None:
    """The paper's figure for this draw."""
    st.markdown(section("start", "take"))
    cloud, recoveries = draw_layers(setting, PAPER_WIDTHS)
    command = layer_command("spiral", setting, PAPER_WIDTHS)
    downloads(
        "spiral",
        lambda: figure_recoveries(recoveries, chart_colors(cloud), symbol=EMBEDDINGS["gaussian"].symbol),
        lambda: recovery_table(cloud, recoveries[0]),
        page="spiral",
        command=command,
    )
    reproduce(layer_script(setting, page["n"]), command)


@st.fragment
def show_picture() -> None:
    """The picture, and its figure to take away; its slider moves nothing else."""
    language.speak()
    frames, _ = spiral_frames(setting)
    planes({**frames, "width": page["n"], "words": button_words()}, key="start:planes", on_width=page.setter("n"))
    page.publish()
    take_away(share)


show_picture()

left, right = st.columns(2, gap="large")
left.subheader(say("start.see"))
left.markdown(section("start", "see"))
right.subheader(say("start.settles"))
right.markdown(section("start", "settles"))

st.subheader(say("start.where-to"))
columns = st.columns(3, gap="medium")
spoken = language.chosen()
for number, name in enumerate(NAMES[1:]):
    with columns[number % len(columns)].container(border=True):
        st.page_link(page_file(name), label=f"**{page_title(name)}**", icon=":material/arrow_forward:", query_params=spoken)
        st.markdown(section(name, "claim"))
        for preset in presets(name).values():
            with st.container(gap=None):
                st.page_link(page_file(name), label=f"**{preset.name}**", query_params=preset.values | spoken)
                st.caption(preset.sentence)

when_opened(say("start.class"), show_reach, key="start:class")
