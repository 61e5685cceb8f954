"""Start: what this is about, and which state of which page settles which question."""

import streamlit as st

from manifold import EMBEDDINGS
from manifold.planes.frames import button_words
from manifold.planes.panels import planes
from manifold.plots import chart_colors, figure_recoveries
from manifold.text import entries, say, section
from manifold.ui import language
from manifold.ui.controls import TYPICAL_DRAW
from manifold.ui.navigation import NAMES, page_file, page_title
from manifold.ui.one_draw.controls import LAYER_FIELDS
from manifold.ui.one_draw.layers import Setting, draw_layers, spiral_frames
from manifold.ui.one_draw.share import layer_command, layer_script, recovery_table
from manifold.ui.pages.start.questions import BAD, QUESTIONS
from manifold.ui.pages.start.reach import show_reach
from manifold.ui.prose import head, list_words, when_opened
from manifold.ui.share import downloads, reproduce
from manifold.ui.state import LECTURE, Page

PAPER_WIDTHS = (2, 3, 5, 15, 30)

page = Page("start", {"n": LAYER_FIELDS["n"]})
page.open()

head("start", title=say("start.title"))
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
    when_opened(say("share.title"), share, key="share")


with st.container(key="picture"):
    show_picture()
lecture = {LECTURE: "0"} | language.chosen()
label = f"**{say('lecture.start')}**"
link = st.container(key="lecture-start")
link.page_link(page_file("start"), label=label, icon=":material/present_to_all:", query_params=lecture)

st.header(say("start.questions"))
asked, spoken = entries("start", "questions"), language.chosen()
halves = st.columns(2, gap="medium")
for number, (name, (where, state)) in enumerate(QUESTIONS.items()):
    with halves[2 * number // len(QUESTIONS)].container(gap=None):
        label, sentence = f"**{asked[name].name}**", asked[name].sentence
        st.page_link(page_file(where), label=label, icon=":material/arrow_forward:", query_params=state | spoken)
        st.caption(say("start.bad", seen=sentence) if name in BAD else sentence)

left, right = st.columns(2, gap="large")
left.header(say("start.see"))
left.markdown(section("start", "see"))
right.header(say("start.settles"))
right.markdown(section("start", "settles"))

st.header(say("start.where-to"))
columns = st.columns(3, gap="medium")
for number, name in enumerate(NAMES[1:]):
    with columns[number % len(columns)].container(border=True):
        st.page_link(page_file(name), label=f"**{page_title(name)}**", icon=":material/arrow_forward:", query_params=spoken)
        st.markdown(section(name, "claim"))

st.header(say("start.words"))
words = list(entries("start", "words"))
left, right = st.columns(2, gap="large")
left.markdown(list_words(words[: len(words) // 2]))
right.markdown(list_words(words[len(words) // 2 :]))

when_opened(say("start.class"), show_reach, key="start:class")
