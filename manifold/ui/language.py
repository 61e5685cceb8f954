"""The language of a session: the one in its address, else the one that its visitor chose, else the browser's, else English."""

from __future__ import annotations

import streamlit as st

from manifold.text import ENGLISH, LANGUAGE, brief, find_language, languages, literal, say

KEY = "lang"
"""Key of the language in the address."""

_CHOSEN = "language"
"""Key, in the session, of the language that its address or its visitor has chosen."""


def speak() -> None:
    """Say all that follows in this run in the session's language; a fragment, which runs without its page, must call it too.

    Every run has a context of its own, so that no other visitor hears of it.
    """
    said = st.query_params.get(KEY)
    if said is not None:
        st.session_state[_CHOSEN] = find_language(said) or ENGLISH
    LANGUAGE.set(st.session_state.get(_CHOSEN) or find_language(st.context.locale or "") or ENGLISH)


def warn_unknown() -> None:
    """Say that the address names a language in which there are no texts."""
    said = st.query_params.get(KEY)
    if said is not None and not find_language(said):
        st.warning(literal(say("link.language", text=brief(said), known=", ".join(languages()))))


def chosen() -> dict[str, str]:
    """What an address says of the language: nothing, where it is the browser's."""
    return {KEY: st.session_state[_CHOSEN]} if _CHOSEN in st.session_state else {}
