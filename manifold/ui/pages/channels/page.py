"""How many channels: what is lost against the width, over a thousand draws, with the formula on top."""

import streamlit as st

from manifold import ACTIVATIONS, EMBEDDINGS
from manifold.plots import figure_curves
from manifold.text import error_number, named, say, say_lost, section, small_share
from manifold.ui.charts import say_outside, show_chart
from manifold.ui.pages.channels.charts import bound_chart, error_chart, lost_chart
from manifold.ui.pages.channels.controls import CHANNEL_FIELDS, channel_controls, decoder_title, expansion_slider
from manifold.ui.pages.channels.noticed import notice, why
from manifold.ui.pages.channels.share import channel_command, channel_script, channel_table
from manifold.ui.pages.channels.views import draw_channels
from manifold.ui.pages.channels.words import bound_words, one_to_one, verdict
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why, number_row
from manifold.ui.share import downloads, reproduce, take_away
from manifold.ui.state import Page

page = Page("channels", CHANNEL_FIELDS)
page.open()

head("channels")
preset_bar(page)
setting = channel_controls(page)
n = expansion_slider(page, setting.dim)
page.publish()
shown = draw_channels(setting)
title = named(ACTIVATIONS, setting.activation)
known = ACTIVATIONS[setting.activation].only_side_elsewhere

left, right = st.columns(2, gap="medium")
with left:
    st.markdown(f"**{say_lost('channels.chart.lost', known=known, activation=title)}**")
    show_chart(lost_chart(shown, setting.activation, marked=n), key="channels:lost")
with right:
    st.markdown(f"**{say('channels.chart.error', decoder=decoder_title(setting.decoder))}**")
    drawn = error_chart(shown, setting.decoder, marked=n)
    show_chart(drawn, key="channels:error")
    say_outside(drawn)

answer, _ = one_to_one(setting, n)
number_row(
    [
        (say_lost("channels.number.lost", known=known), small_share(shown.lost(n)), section("channels", "lost")),
        (say("channels.number.one-to-one"), answer, section("channels", "one-to-one")),
        (say("channels.number.median"), error_number(shown.median(n)), section("channels", "median")),
    ]
)
st.markdown(verdict(setting, shown, n))
notice_and_why("channels", notice=notice(setting, n), why=why(setting))

if ACTIVATIONS[setting.activation].halves == (0.0, 1.0):
    st.subheader(say("channels.bound"))
    st.markdown(section("channels", "bound"))
    show_chart(bound_chart(shown.curves, setting.dim, marked=n), key="channels:bound")
    st.markdown(bound_words(n, setting.dim))


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
