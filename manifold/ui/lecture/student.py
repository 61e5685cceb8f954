"""What a student sees on a telephone: the question of the step at which the lecture stands, and after the picture the bets."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from manifold.text import brief, literal, say
from manifold.ui import language
from manifold.ui.lecture.file import read_lecture
from manifold.ui.lecture.steps import LETTERS, Step
from manifold.ui.lecture.store import LOBBY, Store, usual_place
from manifold.ui.lecture.views import STYLE, bets_told, show_bars, show_question
from manifold.ui.state import JOIN

_POLL = 2.0  # seconds between two looks at the lecture
_VISITOR = "lecture:visitor"
_mount = st.components.v2.component("visitor", js=Path(__file__).with_name("visitor.js").read_text(encoding="utf-8"))


def follow() -> None:
    """Follow the lecture whose code the address says."""
    st.html(STYLE)
    code, store = st.query_params[JOIN][:40].strip().lower(), Store(usual_place())
    name = _mount(key="lecture:name", on_name_change=lambda: None).get("name")
    if name or _VISITOR not in st.session_state:
        st.session_state[_VISITOR] = str(name or secrets.token_hex(16))
    try:
        known = store.look(code) is not None
    except sqlite3.Error:
        st.warning(literal(say("lecture.no-store", path=store.path.name)))
        return
    if known:
        st.fragment(_show, run_every=_POLL)(store, code)
    else:
        st.warning(literal(say("lecture.unknown", code=brief(code))))
        st.text_input(say("lecture.code"), key="lecture:code", on_change=_take_code)


def _take_code() -> None:
    st.query_params[JOIN] = st.session_state["lecture:code"]


def _show(store: Store, code: str) -> None:
    """The lecture as it stands; asks for no more than a few rows."""
    language.speak()
    standing = store.look(code)
    steps = read_lecture(standing.file) if standing else ()
    if standing is None or not LOBBY < standing.place < len(steps):
        show_question(say("lecture.wait"))
        return
    place, step = standing.place, steps[standing.place]
    mine, counts = store.bet_of(code, place, st.session_state[_VISITOR]), store.counts(code, place)
    show_question(step.question())
    if standing.shown:
        _show_bets(step, counts, mine, standing.correct)
    else:
        _offer(store, code, place, step, mine)
        st.caption(bets_told(counts))


def _offer(store: Store, code: str, place: int, step: Step, mine: int | None) -> None:
    """A button for each choice; the bet stands out, and another button changes it."""
    for number, choice in enumerate(step.options()):
        st.button(
            f"**{LETTERS[number]}**  {literal(choice)}",
            key=f"lecture:bet:{place}:{number}",
            type="primary" if number == mine else "secondary",
            width="stretch",
            on_click=_bet,
            args=(store, code, place, number),
        )
    st.markdown(say("lecture.open") if mine is None else say("lecture.yours", letter=LETTERS[mine]))


def _bet(store: Store, code: str, place: int, choice: int) -> None:
    """One that comes too late, or cannot be kept, changes nothing: the page then shows how the lecture stands."""
    with contextlib.suppress(sqlite3.Error):
        store.bet(code, place, st.session_state[_VISITOR], choice)


def _show_bets(step: Step, counts: list[int], mine: int | None, right: int | None) -> None:
    """What was bet, what is right, and the view to look at."""
    show_bars(step.options(), counts, right)
    if mine is not None:
        st.markdown(say("lecture.was-yours", letter=LETTERS[mine]))
    st.link_button(say("lecture.look"), f"{step.page}?{urlencode(step.state)}", icon=":material/open_in_new:", width="stretch")
