"""Dense and early exits: pictures that leave a network early, and layers that read everything before them."""

import streamlit as st

from manifold.planes.panels import planes
from manifold.plots import figure_dense, figure_exits, short_number
from manifold.text import say, section
from manifold.ui.charts import show_chart
from manifold.ui.dense_stacks import stack_sliders, stacks_chart, take_even
from manifold.ui.pages.exits.charts import connections_chart, map_chart
from manifold.ui.pages.exits.controls import EXITS_FIELDS, network_control, threshold_setter, view_control
from manifold.ui.pages.exits.share import (
    dense_command,
    dense_script,
    dense_table,
    exits_command,
    exits_script,
    exits_table,
)
from manifold.ui.pages.exits.views import THRESHOLDS, exit_panels, leaving, nearest_step, trained_map
from manifold.ui.pages.exits.words import dense_reading, dense_verdict, notice_exits, notice_map
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why, number_row
from manifold.ui.share import downloads, page_document, reproduce, take_away
from manifold.ui.state import Page


def show_exits(page: Page) -> None:
    """Pictures that leave at a threshold."""
    network, step = page["network"], nearest_step(page["threshold"])
    shown = leaving(network)
    with st.container(key="picture"):
        planes(exit_panels(network, step), key="exits:planes", on_width=threshold_setter(page))
    notice_and_why("exits", notice=notice_exits(shown, step), why=section("exits", "why-exits"))

    def share() -> None:
        command = exits_command(network, THRESHOLDS[step])
        downloads(
            f"exits-{network}",
            lambda: figure_exits(shown.departures, shown.pixels, step=step),
            lambda: exits_table(shown, step),
            lambda: page_document("exits", exit_panels(network, step), command, seed=0, draw=0),
            page="exits",
            command=command,
        )
        reproduce(exits_script(network, THRESHOLDS[step]), command)

    take_away(share)


def show_dense(page: Page) -> None:
    """Who reads whom, what that costs beside a plain stack, and what a trained network makes of it."""
    stacks = stack_sliders(page)
    weights, plain = stacks.weights, say("exits.dense.plain-weights", plain=stacks.plain)
    number_row(
        [
            (say("exits.dense.verdict"), dense_verdict(stacks), section("exits", "ratio")),
            (say("exits.dense.weights"), short_number(weights["dense"]), section("exits", "weights")),
            (plain, short_number(weights["plain"]), section("exits", "weights")),
        ]
    )
    left, right = st.container(key="picture").columns(2, gap="medium")
    with left:
        show_chart(connections_chart(stacks), key="exits:connections")
    with right:
        show_chart(stacks_chart(stacks.rows), key="exits:weights")
    st.markdown(dense_reading(stacks))
    st.header(say("exits.read"))
    read, accuracy = trained_map()
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_chart(map_chart(read), key="exits:map")
    right.markdown(section("exits", "map"))
    notice_and_why("exits", notice=notice_map(read, accuracy), why=section("exits", "why-dense"))

    def share() -> None:
        title = say("exits.figure.title", layers=stacks.layers, growth=stacks.growth, plain=stacks.plain)
        command = dense_command(stacks)
        downloads(
            f"dense-k{stacks.growth}-l{stacks.layers}",
            lambda: figure_dense(stacks.rows, read, title=title),
            lambda: dense_table(stacks),
            page="exits",
            command=command,
        )
        reproduce(dense_script(stacks), command)

    take_away(share)


page = Page("exits", EXITS_FIELDS)
page.open()
take_even(page)

with head("exits"):
    view_control(page)
    if page["view"] == "exits":
        network_control(page)
preset_bar(page)
page.publish()
if page["view"] == "exits":
    show_exits(page)
else:
    show_dense(page)
