"""How many channels: what is lost against the width, over a thousand draws, with the formula on top."""

import streamlit as st

from manifold.plots import ACTIVATION_TITLES, figure_curves
from manifold.text.prose import sections
from manifold.ui.charts import show_chart
from manifold.ui.controls import preset_bar
from manifold.ui.one_draw.layers import error_number
from manifold.ui.pages.channels.charts import bound_chart, error_chart, lost_chart
from manifold.ui.pages.channels.controls import CHANNEL_FIELDS, DECODER_TITLES, channel_controls, expansion_slider
from manifold.ui.pages.channels.share import channel_command, channel_script, channel_table
from manifold.ui.pages.channels.views import draw_channels
from manifold.ui.pages.channels.words import advice_words, bottleneck_words, bound_words, lost_words, one_to_one, share_words
from manifold.ui.share import downloads, reproduce
from manifold.ui.state import Page

words = sections("channels")
page = Page("channels", CHANNEL_FIELDS)
page.open()

st.title("How many channels")
st.markdown(words[""])
preset_bar(page)
setting = channel_controls(page)
n = expansion_slider(page, setting.dim)
shown = draw_channels(setting)
title = ACTIVATION_TITLES[setting.activation]

left, right = st.columns(2, gap="medium")
with left:
    st.markdown(f"**Lost to {title}, whatever the decoder**")
    show_chart(lost_chart(shown, setting.activation, marked=n), key="channels:lost")
with right:
    st.markdown(f"**Error of the decoder: {DECODER_TITLES[setting.decoder]}**")
    show_chart(error_chart(shown, setting.activation, marked=n), key="channels:error")

answer, why_one = one_to_one(setting, n)
numbers = (
    ("Points lost", share_words(shown.lost(n)), words["Points lost"]),
    ("One-to-one everywhere", answer, words["One-to-one everywhere"]),
    ("Median error", error_number(shown.curves.median[shown.place(n)]), words["Median error"]),
)
for column, (label, value, text) in zip(st.columns(3), numbers, strict=True):
    column.metric(label, value, help=text)
st.markdown(
    f"""
- **Lost.** {lost_words(setting, shown, n)}
- **One-to-one everywhere.** {why_one}
- **A bottleneck of {n} channels.** {bottleneck_words(setting, shown, n)}
- **Add channels, or layers?** {advice_words(setting, shown, n)}
"""
)

left, right = st.columns(2, gap="large")
left.subheader("What to notice")
left.markdown(words["What to notice"])
right.subheader("Why")
right.markdown(words["Why"])

if setting.activation == "relu":
    st.subheader("The bound in the paper's appendix")
    st.markdown(words["The bound"])
    show_chart(bound_chart(shown.curves, setting.dim, marked=n), key="channels:bound")
    st.markdown(bound_words(n, setting.dim))

st.subheader("Take it away")
page.publish()
downloads(
    f"channels-d{setting.dim}-{setting.activation}",
    lambda: figure_curves(
        shown.curves,
        activation=setting.activation,
        title=f"{title} after a random T ({setting.embedding}), points of {setting.dim} dimensions",
        decoder=setting.decoder,
        losses=shown.losses,
        errors=shown.errors,
    ),
    lambda: channel_table(shown),
)
reproduce(channel_script(setting), channel_command(setting))
