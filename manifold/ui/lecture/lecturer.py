"""The lecturer's screen: a question, and when the class has bet the page that answers it, with its claim, number and bets."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import sqlite3
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from manifold.text import explain, literal, say, section
from manifold.ui import language
from manifold.ui.lecture.bar import steer
from manifold.ui.lecture.file import MOST_BYTES, read_lecture, write_lecture
from manifold.ui.lecture.steps import Step
from manifold.ui.lecture.store import LOBBY, MOST_CHOICES, Standing, Store, usual_place
from manifold.ui.lecture.views import STYLE, bets_told, show_bars, show_claim, show_question
from manifold.ui.navigation import NAMES, page_file
from manifold.ui.pages.start.reach import class_root, qr_code
from manifold.ui.prose import when_opened
from manifold.ui.state import HOST, LECTURE

_SHOWN = "-shown"
_POLL = 2.0  # seconds between two looks at how many have bet
_KEY = re.compile(r"[\w-]{8,40}")
_OPENED = "lecture:opened"


def code_of(key: str) -> str:
    """The code by which a class joins the lecture of whoever has the key; it does not tell the key."""
    return "".join("bcdfghjkmnpqrstvwxz"[byte % 19] for byte in hashlib.sha256(key.encode()).digest()[:6])


def lead(page: str) -> bool:
    """Show where the lecture stands, above the page of an address; whether the page itself is to be shown, too."""
    key = st.query_params.get(HOST, "")
    if not _KEY.fullmatch(key):
        key = st.query_params[HOST] = secrets.token_urlsafe(9)
    st.html(STYLE)
    store, code = Store(usual_place()), code_of(key)
    standing = _opened(store, code)
    steps = read_lecture(standing.file)
    place, shown = _read(st.query_params[LECTURE], len(steps))
    standing = replace(standing, place=place)
    move = steer(standing, len(steps), shown=shown)
    if move:
        _go(key, steps, *_moved(move, place, shown))
    if shown and page != steps[place].page:
        _go(key, steps, place, shown)
    if place == LOBBY:
        _move(store, code, LOBBY)
        _show_lobby(page, store, code)
    elif shown:
        _reveal(steps[place], store, code, place, page)
    else:
        _move(store, code, place)
        _ask(steps[place], store, code, place, page)
    return shown


def _opened(store: Store, code: str) -> Standing:
    """Where the lecture stands; without a file that can be written it goes on, but nobody can bet."""
    try:
        if st.session_state.get(_OPENED) != code:
            store.open(code)
            st.session_state[_OPENED] = code
        if standing := store.look(code):
            return standing
        store.open(code)
    except sqlite3.Error:
        st.warning(literal(say("lecture.no-store", path=store.path)))
    return Standing(LOBBY, False, None, "", None)


def _move(store: Store, code: str, place: int) -> None:
    with contextlib.suppress(sqlite3.Error):  # which was said already
        store.move(code, place)


def _read(text: str, count: int) -> tuple[int, bool]:
    """Place and whether its picture is shown, from the address; what cannot be read is the beginning."""
    number = text.removesuffix(_SHOWN)
    place = min(int(number), count) - 1 if re.fullmatch("[0-9]{1,4}", number) else LOBBY
    return place, place != LOBBY and text.endswith(_SHOWN)


def _moved(move: str, place: int, shown: bool) -> tuple[int, bool]:
    """Where a press leads: question, picture, next question; back the same way."""
    if move == "next":
        return (place, True) if place != LOBBY and not shown else (place + 1, False)
    if move == "back" and place != LOBBY:
        return (place, False) if shown else (place - 1, place > 0)
    return LOBBY, False


def _go(key: str, steps: tuple[Step, ...], place: int, shown: bool) -> None:
    """Open a step; its page begins in the state of the step, whatever was shown on it before."""
    query = {LECTURE: f"{place + 1}{_SHOWN if shown else ''}", HOST: key, **language.chosen()}
    page = NAMES[0] if place == LOBBY else steps[place].page
    if shown:
        st.session_state.pop(page, None)
        query |= steps[place].state
    st.switch_page(page_file(page), query_params=query)


def _ask(step: Step, store: Store, code: str, place: int, page: str) -> None:
    """The question and how to bet; meanwhile what the picture needs is computed."""
    left, right = st.columns([7, 3], gap="large")
    with left:
        show_question(step.question(), step.options())
    with right:
        _show_link(page, code)
        _count_bets(store, code, place)
    step.found()


def _count_bets(store: Store, code: str, place: int) -> None:
    @st.fragment(run_every=_POLL)
    def count() -> None:
        language.speak()
        with contextlib.suppress(sqlite3.Error):
            st.markdown(f"**{bets_told(store.counts(code, place))}**")

    count()


def _show_link(page: str, code: str) -> bool:
    """The address for the class, also as a picture; whether others reach it."""
    root = class_root(page)
    address = f"{root or (st.context.url or '').removesuffix(page)}?join={code}"
    st.image(qr_code(address), width=260, alt=say("lecture.qr"))
    st.markdown(literal(address))
    return root is not None


def _reveal(step: Step, store: Store, code: str, place: int, page: str) -> None:
    """Claim, number and bets, above the page."""
    finding = step.found()
    right = step.right(finding)
    counts = [0] * MOST_CHOICES
    with contextlib.suppress(sqlite3.Error):
        store.move(code, place)
        store.reveal(code, place, right)
        counts = store.counts(code, place)
    told, number, bets = st.columns([5, 3, 5], gap="medium", vertical_alignment="center")
    with told:
        show_claim(step.claim(finding))
        with st.popover(say("lecture.note"), type="tertiary"):
            st.markdown(literal(step.note(finding)) or say("lecture.no-note"))
            st.code(_state_link(step, page), language=None, wrap_lines=True)
    if shown := step.number(finding):
        number.container(key="lecture-number").metric(*shown)
    with bets:
        show_bars(step.options(), counts, right)


def _state_link(step: Step, page: str) -> str:
    root = class_root(page) or (st.context.url or "").removesuffix(page)
    return f"{root}{step.page}?{urlencode(step.state)}"


def _show_lobby(page: str, store: Store, code: str) -> None:
    """How the class joins, and the lecturer's own file."""
    st.title(say("lecture.title"), anchor=False)
    left, right = st.columns([3, 7], gap="large")
    with left:
        reached = _show_link(page, code)
    with right:
        st.markdown(section("lecture", "lobby"))
        if not reached:
            st.markdown(section("lecture", "local"))
        st.markdown(section("lecture", "keys"))
        when_opened(say("lecture.own"), lambda: _show_own(store, code), key="lecture:own")


def _show_own(store: Store, code: str) -> None:
    """The file of the lecture to take away, and one of the lecturer's own in its place."""
    st.markdown(section("lecture", "own"))
    st.download_button(say("lecture.take"), write_lecture(), "my-lecture.toml", "application/toml", on_click="ignore")
    given = st.file_uploader(say("lecture.give"), type="toml", max_upload_size=1, key="lecture:file")
    if given is None:
        return
    try:
        text = given.getvalue()[: MOST_BYTES + 1].decode("utf-8-sig")
        steps = read_lecture(text)
        store.take(code, text)
        st.success(say("lecture.taken", count=len(steps)))
    except UnicodeDecodeError:
        st.error(say("lecture.no-text"))
    except ValueError as error:
        st.error(literal(explain(error)))
    except sqlite3.Error:
        st.error(literal(say("lecture.no-store", path=store.path)))
