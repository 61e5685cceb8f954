"""What visitors compute goes a few at a time, so that whoever looks at what is kept is not held up by all who compute."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

_LONG, _SHORT = threading.BoundedSemaphore(2), threading.BoundedSemaphore(1)
_HELD = ContextVar("turn", default=False)
_PATIENCE, _LOOK = 60.0, 0.1  # seconds after which a run goes on without a turn, and between two looks


@contextmanager
def taking_turns(*, short: bool = False) -> Iterator[None]:
    """Wait for a turn, unless this run has one; as a decorator below a cache, only where something is computed.

    What takes less than a second is `short`, and does not stand behind what takes longer. A run whose visitor has changed the
    setting again, or is gone, ends while it waits.
    """
    if _HELD.get():
        yield
        return
    turns = _SHORT if short else _LONG
    got = _wait(turns)
    before = _HELD.set(True)
    try:
        yield
    finally:
        _HELD.reset(before)
        if got:
            turns.release()


def _wait(turns: threading.BoundedSemaphore) -> bool:
    """Whether a turn came; without one a run goes on in the end, so that no two can wait for each other."""
    for _ in range(round(_PATIENCE / _LOOK)):
        if turns.acquire(timeout=_LOOK):
            return True
        st.session_state.get("turn")  # whatever it says: here Streamlit ends a run that is not wanted any more
    return False
