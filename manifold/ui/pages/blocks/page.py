"""Blocks: how real blocks are built, what they cost, and what they keep of the spiral."""

import streamlit as st

from manifold.nets import BLOCKS, shown_places
from manifold.planes.panels import planes
from manifold.plots import chart_colors, figure_block
from manifold.text.prose import sections
from manifold.ui.charts import cost_chart, growth_chart, show_chart
from manifold.ui.controls import preset_bar
from manifold.ui.pages.blocks.controls import BLOCK_FIELDS, block_controls
from manifold.ui.pages.blocks.share import block_command, block_script, construction, readings_table, source
from manifold.ui.pages.blocks.views import (
    WIDTHS,
    block_costs,
    block_frames,
    block_graph,
    diagram,
    draw_blocks,
    growth_rows,
    signal_rows,
)
from manifold.ui.share import downloads, reproduce
from manifold.ui.state import Page
from manifold.ui.words import WORDS

words = sections("blocks")
page = Page("blocks", BLOCK_FIELDS)
page.open()

st.title("Blocks")
st.markdown(words[""])
preset_bar(page)
setting = block_controls(page)
n = min(WIDTHS, key=lambda width: abs(width - page["n"]))
kind = BLOCKS[setting.kind]

st.markdown(f"**{kind.title}** ({kind.source}). {kind.idea}")
picture, pixels = diagram(setting, n, st.context.theme.type or "light")
st.image(picture, width=pixels)
st.caption(words["Diagram"])
cost = block_costs(setting, n)[kind.title]
for column, label, value in zip(
    st.columns(3),
    ("Parameters", "MACs per image", "Values in memory at once"),
    (cost.parameters, cost.macs, cost.memory),
    strict=True,
):
    column.metric(label, f"{value:,}", help=words[label])

st.subheader("What it keeps of the spiral")
st.markdown(words["What it keeps"])
frames = block_frames(setting)
planes({**frames, "width": n, "words": WORDS}, key="blocks:planes", on_width=page.setter("n"))
with st.expander("At every place in the block, with every readout"):
    st.dataframe(signal_rows(setting, n), hide_index=True, width="stretch")
    st.caption(words["Readouts"])

left, right = st.columns(2, gap="large")
left.subheader("What to notice")
left.markdown(words[f"Notice: {setting.kind}"])
right.subheader("Why")
right.markdown(words["Why"])

st.subheader(f"Beside the others, at {n} channels in, {setting.channels_out(n)} out, {setting.size} × {setting.size} pixels")
st.markdown(words["Beside the others"])
show_chart(cost_chart(block_costs(setting, n), chosen=kind.title), key="blocks:costs")

st.subheader("Why DenseNet is cheap")
st.markdown(words["Why DenseNet is cheap"])
left, right = st.columns(2)
left.slider("Growth rate k", 4, 48, step=4, **page.bind("growth"))
right.slider("Layers", 4, 40, step=4, **page.bind("layers"))
show_chart(growth_chart(growth_rows(page["growth"], page["layers"])), key="blocks:dense")

st.subheader("Its code")
st.code(construction(setting, n), language="python", wrap_lines=True)
with st.expander("The class"):
    st.code(source(setting), language="python")

st.subheader("Take it away")
page.publish()
cloud, (signals,) = draw_blocks(setting, [n])
places = shown_places(signals, setting.bottleneck_activation)
readings = {title: signals[title].read(setting.readout) for title in places}
downloads(
    f"block-{setting.kind}-n{n}",
    lambda: figure_block(block_graph(setting, n), readings, chart_colors(cloud)),
    lambda: readings_table(cloud, readings),
)
reproduce(block_script(setting, n), block_command(setting, n))
