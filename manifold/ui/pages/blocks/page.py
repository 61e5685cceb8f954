"""Blocks: how real blocks are built, what they cost, and what they keep of the spiral."""

import streamlit as st

from manifold.nets import BLOCKS
from manifold.planes.frames import button_words
from manifold.planes.panels import planes
from manifold.plots import chart_colors, figure_block
from manifold.text import define, named, say, section
from manifold.ui.beside.kept import kept
from manifold.ui.charts import show_chart
from manifold.ui.dense_stacks import stack_sliders, stacks_chart, take_even
from manifold.ui.pages.blocks.beside import show_beside
from manifold.ui.pages.blocks.charts import cost_chart, matched_chart
from manifold.ui.pages.blocks.controls import BLOCK_FIELDS, block_controls
from manifold.ui.pages.blocks.share import block_command, block_script, construction, readings_table, source
from manifold.ui.pages.blocks.views import (
    WIDTHS,
    block_boxes,
    block_costs,
    block_frames,
    diagram,
    draw_blocks,
    matched_blocks,
    signal_rows,
)
from manifold.ui.pages.blocks.words import about, notice
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why, number_row, when_opened
from manifold.ui.share import downloads, reproduce, say_missing_letters, take_away
from manifold.ui.state import Page, nearest

_WIDEST = 760  # pixels of the pictures, so that the drawing and what the block keeps are seen together

page = Page("blocks", BLOCK_FIELDS)
page.open()
take_even(page)

head("blocks")
preset_bar(page)
setting = block_controls(page)
n = nearest(WIDTHS, page["n"])
title = named(BLOCKS, setting.kind)

page.publish()


def show_block() -> None:
    """The block, and what it keeps."""
    built, told = st.columns([3, 2], gap="medium", vertical_alignment="center")
    told.markdown(about(setting))
    with built:
        frames = block_frames(setting)
    with st.container(width=_WIDEST):  # first, as it is moved
        planes({**frames, "width": n, "words": button_words()}, key="blocks:planes", on_width=page.setter("n"))
    with built:
        picture, pixels, boxes = diagram(setting, n, st.context.theme.type or "light")
        st.image(picture, width=pixels, alt=boxes)
        say_missing_letters()


with st.container(key="picture"):
    if beside := kept(page):
        show_beside(page, beside, setting)
    else:
        show_block()
costs = block_costs(setting, n)
cost = costs[title]
number_row(
    [
        (say("blocks.number.parameters"), f"{cost.parameters:,}", section("blocks", "parameters")),
        (say("blocks.number.macs"), f"{cost.macs:,}", define("macs")),
        (say("blocks.number.memory"), f"{cost.memory:,}", section("blocks", "memory")),
    ]
)
st.caption(section("blocks", "diagram"))
st.header(say("blocks.keeps"))
st.markdown(section("blocks", "keeps"))


def show_table() -> None:
    """What every readout makes of every place."""
    st.dataframe(signal_rows(setting, n), hide_index=True, width="stretch")
    st.caption(section("blocks", "readouts"))


when_opened(say("blocks.table"), show_table, key="blocks:table")
notice_and_why("blocks", notice=notice(setting))

st.header(say("blocks.beside", width=n, out=setting.channels_out(n), size=setting.size))
st.markdown(section("blocks", "beside"))
show_chart(cost_chart(costs, chosen=title), key="blocks:costs")
st.markdown(f"**{say('blocks.matched', macs=f'{costs[title].macs:,}')}**")
st.markdown(section("blocks", "matched"))
show_chart(matched_chart(matched_blocks(setting, n), chosen=title), key="blocks:matched")

st.header(say("blocks.dense"))
st.markdown(section("blocks", "dense"))
stacks = stack_sliders(page)
st.markdown(say("blocks.stacks", last=stacks.last, plain=stacks.plain))
show_chart(stacks_chart(stacks.rows), key="blocks:dense")

st.header(say("blocks.code"))
st.code(construction(setting, n), language="python", wrap_lines=True)
when_opened(say("blocks.class"), lambda: st.code(source(setting), language="python", wrap_lines=True), key="blocks:class")


def share() -> None:
    """The view as it is."""
    cloud, (signals,) = draw_blocks(setting, [n])
    readings = {place: signal.read(setting.readout) for place, signal in signals.items()}
    command = block_command(setting, n)
    downloads(
        f"block-{setting.kind}-n{n}",
        lambda: figure_block(*block_boxes(setting, n), readings, chart_colors(cloud)),
        lambda: readings_table(cloud, readings),
        page="blocks",
        command=command,
    )
    reproduce(block_script(setting, n, stacks), command)


take_away(share)
