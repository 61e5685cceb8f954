"""Runs of many visitors go a few at a time, first come first served, and so does what they compute.

All at once, forty runs share one interpreter, and none ends before its visitor has pressed again; the thread that sends them to
the browsers waits among them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

_LOOK = 0.1  # seconds between two looks whether a run that waits is still wanted
_HELD = ContextVar("turn", default=False)


class Line:
    """At most `room` are let in at once, by when they asked; who has been in for `patience` seconds does not count any more.

    So nobody waits for ever, not even two for each other. A visitor who presses again while waiting is the last one then.
    """

    def __init__(self, room: int, patience: float) -> None:
        self.room, self.patience = room, patience
        self._lock = threading.Lock()
        self._inside: dict[int, float] = {}  # by thread, since when
        self._waiting: dict[tuple[float, int], threading.Event] = {}  # by when asked, and thread

    @contextmanager
    def stand(self) -> Iterator[None]:
        """Wait, and be inside; a run that is not wanted any more ends while it waits."""
        thread = threading.get_ident()
        place = (time.monotonic(), thread)
        called = threading.Event()
        with self._lock:
            self._waiting[place] = called
        try:
            while not self._let_in(place):
                called.wait(_LOOK)
                st.session_state.get("line")  # whatever it says: here Streamlit ends a run that is not wanted any more
            self._call()
            yield
        finally:
            with self._lock:
                self._waiting.pop(place, None)
                self._inside.pop(thread, None)
            self._call()

    def _let_in(self, place: tuple[float, int]) -> bool:
        """Whether the one at a place is the first, and there is room; then it is inside."""
        now = time.monotonic()
        with self._lock:
            counted = sum(now - since < self.patience for since in self._inside.values())
            if place == min(self._waiting) and counted < self.room:
                del self._waiting[place]
                self._inside[place[1]] = now
                return True
            self._waiting[place].clear()
            return False

    def _call(self) -> None:
        """Wake who is the first now."""
        with self._lock:
            if self._waiting:
                self._waiting[min(self._waiting)].set()


RUNS = Line(2, 1.0)
"""Of pages. One that takes longer than a second computes something, which has lines of its own."""

_LONG, _SHORT = Line(2, 60.0), Line(1, 60.0)


@contextmanager
def taking_turns(*, short: bool = False) -> Iterator[None]:
    """Wait for a turn, unless this run has one; as a decorator below a cache, only where something is computed.

    What takes less than a second is `short`, and does not stand behind what takes longer.
    """
    if _HELD.get():
        yield
        return
    with (_SHORT if short else _LONG).stand():
        before = _HELD.set(True)
        try:
            yield
        finally:
            _HELD.reset(before)
