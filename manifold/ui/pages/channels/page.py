"""How many channels: what is lost against the width, over a thousand draws, with the formula on top."""

import streamlit as st

from manifold import ACTIVATIONS, EMBEDDINGS
from manifold.plots import figure_curves
from manifold.text import define, error_number, named, say, say_lost, section, small_share
from manifold.ui.beside.kept import kept
from manifold.ui.charts import say_outside, show_chart
from manifold.ui.pages.channels.beside import compare_numbers, show_beside
from manifold.ui.pages.channels.charts import bound_chart, error_chart, lost_chart
from manifold.ui.pages.channels.controls import CHANNEL_FIELDS, channel_controls, decoder_title, expansion_slider, view_control
from manifold.ui.pages.channels.noticed import notice, why
from manifold.ui.pages.channels.share import channel_command, channel_script, channel_table
from manifold.ui.pages.channels.views import Channels, ChannelSetting, draw_channels
from manifold.ui.pages.channels.words import bound_words, one_to_one, verdict
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why, number_row
from manifold.ui.share import downloads, reproduce, take_away
from manifold.ui.state import Page


def show_numbers(setting: ChannelSetting, shown: Channels, n: int) -> None:
    """The numbers of one width."""
    known = ACTIVATIONS[setting.activation].only_side_elsewhere
    middle = f"{section('channels', 'median')} {define('nmse')}"
    number_row(
        [
            (say_lost("channels.number.lost", known=known), small_share(shown.lost(n)), section("channels", "lost")),
            (say("channels.number.one-to-one"), one_to_one(setting, n)[0], section("channels", "one-to-one")),
            (say("channels.number.median"), error_number(shown.median(n)), middle),
        ]
    )


def show_charts(setting: ChannelSetting, shown: Channels, n: int) -> None:
    """What is lost, and what is misread, against the width."""
    f, title = ACTIVATIONS[setting.activation], named(ACTIVATIONS, setting.activation)
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left.container(gap="xxsmall"):
        st.markdown(f"**{say_lost('channels.chart.lost', known=f.only_side_elsewhere, activation=title)}**")
        show_chart(lost_chart(shown, setting.activation, marked=n), key="channels:lost")
    with right.container(gap="xxsmall"):
        st.markdown(f"**{say('channels.chart.error', decoder=decoder_title(setting.decoder))}**")
        drawn = error_chart(shown, setting.decoder, marked=n)
        show_chart(drawn, key="channels:error")
        say_outside(drawn)


page = Page("channels", CHANNEL_FIELDS)
page.open()

views = head("channels")
preset_bar(page)
setting = channel_controls(page)
shown = draw_channels(setting)
beside = kept(page)
if bounded := ACTIVATIONS[setting.activation].halves == (0.0, 1.0) and not beside:
    with views:
        view_control(page)
left, right = st.columns([5, 7], gap="medium")
with left:
    n = expansion_slider(page, setting.dim)
page.publish()
with right:
    if beside:
        compare_numbers(page, beside, setting)
    else:
        show_numbers(setting, shown, n)
if bounded and page["view"] == "bound":
    with st.container(key="picture"):
        show_chart(bound_chart(shown.curves, setting.dim, marked=n), key="channels:bound")
    st.markdown(f"{bound_words(n, setting.dim)}\n\n{section('channels', 'bound')}")
else:
    with st.container(key="picture"):
        if beside:
            show_beside(page, beside, setting)
        else:
            show_charts(setting, shown, n)
    st.markdown(verdict(setting, shown, n))
notice_and_why("channels", notice=notice(setting, n), why=why(setting))


def share() -> None:
    """The view as it is."""
    command = channel_command(setting)
    downloads(
        f"channels-d{setting.dim}-{setting.activation}",
        lambda: figure_curves(
            shown.curves,
            activation=setting.activation,
            title=say(
                "channels.figure",
                activation=named(ACTIVATIONS, setting.activation),
                law=named(EMBEDDINGS, setting.embedding),
                dim=setting.dim,
            ),
            decoder=setting.decoder,
            losses=shown.losses,
            errors=shown.errors,
        ),
        lambda: channel_table(shown),
        page="channels",
        command=command,
    )
    reproduce(channel_script(setting, n), command)


take_away(share)
