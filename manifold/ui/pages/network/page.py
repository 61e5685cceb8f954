"""Real network: a known manifold through the layers of a network that was trained."""

import streamlit as st

from manifold.planes.panels import planes
from manifold.plots import figure_trace
from manifold.text import explain, literal, percent, r_squared, say, section
from manifold.ui.beside.kept import kept
from manifold.ui.charts import show_chart
from manifold.ui.pages.network.beside import show_beside
from manifold.ui.pages.network.charts import channel_chart, score_chart
from manifold.ui.pages.network.controls import NETWORK_FIELDS, network_controls, show_control, switch_controls
from manifold.ui.pages.network.own import own_network
from manifold.ui.pages.network.share import more_commands, network_command, network_script, trace_table
from manifold.ui.pages.network.views import (
    bottleneck_shortcuts,
    count_channels,
    follow,
    put_activation,
    read_activations,
)
from manifold.ui.pages.network.words import (
    activation_rows,
    change_verdict,
    change_words,
    map_panels,
    words,
)
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why
from manifold.ui.share import downloads, page_document, reproduce, take_away
from manifold.ui.state import Page

page = Page("network", NETWORK_FIELDS)
page.open()

head("network")
preset_bar(page)
setting = network_controls(page)
page.publish()
waiting = st.empty()
followed = {}
for number, arm in enumerate(setting.arms):
    waiting.progress(number / len(setting.arms), say(f"real.following.{arm}"))
    try:
        followed[arm] = follow(setting.of(arm))
    except ValueError as error:  # of a visitor's weights
        waiting.error(literal(say("real.file.broken", reason=explain(error))))
        st.stop()
waiting.empty()
told, shown = words(setting), setting.arms[0]
depth = min(page["depth"], len(followed[shown].maps.places) - 1)
data = {**map_panels(setting, page["color"]), "width": depth}


def show_maps() -> None:
    """The maps, and beside them the numbers and the verdict."""
    maps, right = st.columns([7, 5], gap="medium")
    with right:
        places = st.columns(len(followed), gap="xsmall", wrap=False)
        for number, (label, value, name) in enumerate(told.cards):
            places[number % len(followed)].metric(label, value, help=section("network", name))
        st.markdown(told.verdict)
    with maps:
        planes(data, key="network:planes", on_width=page.setter("depth"))


with st.container(key="picture"):
    if beside := kept(page):
        show_beside(page, beside, setting)
    else:
        show_maps()

tables = {arm: each.trace.table for arm, each in followed.items()}
for column, score in zip(st.columns(2, gap="large"), ("knn_r2", "two_nn"), strict=True):
    with column:
        st.markdown(f"**{say(f'real.chart.{score}')}**")
        show_chart(score_chart(tables, score, depth=depth), key=f"network:{score}")
notice_and_why("network", notice=told.notice)

st.header(say("real.activations"))
st.markdown(section("network", "activations"))
wanted = show_control(page)
if wanted == "channels":
    show_chart(channel_chart(count_channels(setting), shown), key="network:channels")
    st.caption(section("network", "channels"))
else:
    table, verdicts = read_activations(setting)
    st.dataframe(activation_rows(table), hide_index=True, width="stretch")
    st.caption(section("network", "columns"))
    with st.expander(say("real.verdicts", count=len(verdicts))):
        st.markdown("\n".join(f"- {literal(explain(told))}" for told in verdicts))

put = None
if shown == "trained" and bottleneck_shortcuts(setting.network):
    st.header(say("real.put"))
    st.markdown(section("network", "put"))
    put = switch_controls(page, setting.network)
changed = None
if put:
    try:
        changed = put_activation(setting, *put)
        left, right, said = st.columns([1, 1, 3])
        left.metric(say("real.number.cosine"), r_squared(changed.damage.cosine.mean()), help=section("network", "cosine"))
        right.metric(say("real.number.kept"), percent(changed.damage.kept.mean()), help=section("network", "kept"))
        said.markdown(f"{change_verdict(changed)}  \n{literal(change_words(changed))}")
    except ValueError as error:
        put = None
        st.warning(literal(explain(error)))

own_network()


def share() -> None:
    """The view as it is."""
    command = network_command(setting)
    downloads(
        f"network-{setting.network}-{shown}",
        lambda: figure_trace({say(f"real.arm.{arm}"): each.trace for arm, each in followed.items()}),
        lambda: trace_table(followed),
        lambda: page_document("network", data, command, seed=setting.seed, draw=setting.draw),
        page="network",
        command=command,
    )
    reproduce(network_script(setting, put, named=bool(changed and changed.before)), command, *more_commands(setting, put))


take_away(share)
