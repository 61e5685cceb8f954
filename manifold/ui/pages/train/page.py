"""Train it: two networks that differ in one thing, trained side by side on the same pictures."""

import streamlit as st

from manifold.nets.training.arms import difference
from manifold.planes.panels import planes
from manifold.plots.trainings import arm_looks
from manifold.text import explain, literal, say
from manifold.ui.beside.kept import kept
from manifold.ui.charts import show_chart
from manifold.ui.live import Sight
from manifold.ui.pages.train.beside import show_beside
from manifold.ui.pages.train.charts import accuracy_chart
from manifold.ui.pages.train.controls import TRAIN_FIELDS, differs, train_controls
from manifold.ui.pages.train.draws import draws_chart, draws_sentence, draws_spread, measured_draws
from manifold.ui.pages.train.share import arms_command, arms_figure, arms_script, arms_table
from manifold.ui.pages.train.views import Seen, follow, go_on, is_kept, others, planes_data, prepare, shown_of, stop
from manifold.ui.pages.train.words import arm_titles, costs, draws_words, notice, shared_words, standing, verdict
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why
from manifold.ui.share import downloads, page_document, reproduce, take_away, view_address
from manifold.ui.state import Page

_POLL = 0.6  # seconds between two looks at a training
_NEXT = "train:next"

page = Page("train", TRAIN_FIELDS)
page.open()

head("train")
preset_bar(page)
pair = train_controls(page)
page.publish()
beside = kept(page)


def train() -> None:
    """Begin or go on with what the page shows, once its controls are read."""
    st.session_state[_NEXT] = True


def take_another_draw() -> None:
    """Of the comparison shown, and train it at once."""
    page.set({"draw": (page["draw"] + 1) % 1_000_000})
    train()


def show_buttons(sight: Sight[Seen] | None) -> None:
    """What can be done with the pair as it is."""
    if sight is not None and sight.goes_on:
        st.button(say("train.stop"), icon=":material/stop:", on_click=stop, args=(pair,))
    elif sight is None or sight.state == "stopped" or is_kept(pair):
        label = say("train.go-on" if sight is not None and sight.state == "stopped" else "train.start")
        st.button(label, icon=":material/play_arrow:", type="primary", on_click=train)
    st.button(say("train.another"), icon=":material/casino:", on_click=take_another_draw)


def show_pair(asked: bool) -> None:
    """How far the pair has come, in words, curves and planes; `asked` says that the page asks again and again."""
    sight = follow(pair)
    if st.session_state.get(_NEXT) or (asked and not (sight is not None and sight.goes_on)):
        st.rerun()  # the whole page
    left, right = st.columns((4, 3), vertical_alignment="center")
    stands = standing(pair, sight, kept=is_kept(pair))
    through = sight is not None and sight.state == "done"
    left.markdown(f"**{verdict(pair, sight)}**" if not beside else "" if through else stands)
    with right.container(horizontal=True, horizontal_alignment="right"):
        show_buttons(sight)
    if beside:
        show_beside(page, beside, pair, sight)
        return
    over_draws = draws_sentence(pair, measured) if measured else ""
    st.markdown(f"{stands} {over_draws}")
    if (seen := shown_of(sight)) is not None:
        titles, looks = arm_titles(pair), arm_looks([arm.activation for arm in pair])
        left, right = st.container(key="arms").columns((12, 11), gap="medium")
        with left:
            show_chart(accuracy_chart(seen, titles, looks, last=pair[0].steps), key="train:curves")
        with right:
            planes(planes_data(pair, seen, titles), key="train:planes")


measured = measured_draws(pair)
if st.session_state.pop(_NEXT, False):
    try:
        go_on(pair)
    except ValueError as error:
        st.warning(literal(explain(error)))
sight = follow(pair)
going_on = sight is not None and sight.goes_on
with st.container(key="picture"):
    st.fragment(show_pair, run_every=_POLL if going_on else None)(going_on)
seen = shown_of(sight)
st.caption(" ".join([shared_words(pair), costs(pair, seen) if seen else ""]))
if told := others(pair):
    st.markdown(draws_words(told.items(), pair))
if measured:
    st.header(say("train.draws.title"))
    st.markdown(f"{draws_sentence(pair, measured)} {draws_spread(pair, measured)}")
    gain = difference(*seen)[0] if seen and sight and sight.state == "done" else None
    show_chart(draws_chart(pair, measured, gain), key="train:draws")
notice_and_why("train", notice=notice(pair))


def share() -> None:
    """The view as it is."""
    command = arms_command(pair)
    if sight is not None and seen is not None:
        watched, how = seen, command or say("share.page", address=view_address("/train"))
        downloads(
            f"train-{differs(pair)}",
            lambda: arms_figure(pair, watched, caption=verdict(pair, sight)),
            lambda: arms_table(pair, watched),
            lambda: page_document(
                "train", planes_data(pair, watched, arm_titles(pair)), how, seed=pair[0].seed, draw=pair[0].draw
            ),
            page="train",
            command=how,
        )
    reproduce(arms_script(pair), *([command] if command else []))


take_away(share)
prepare()
