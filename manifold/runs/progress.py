"""Progress of a run: a line on standard error that says how many draws are done, and when the rest will be."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import TypeVar

Item = TypeVar("Item")

_LINE_EVERY = 30.0  # seconds between lines where they stay
_LEAST_SHOWN = 0.1  # seconds between two states of a line that is written over and over

_line: ContextVar[ProgressLine | None] = ContextVar("line", default=None)


class ProgressLine:
    """A line on standard error that says how many draws are done, and when the rest will be: the `progress` of a run.

    On a terminal it is written over and over; elsewhere, as in a file, a new one comes every half minute. Within
    `with ProgressLine(...) as line`, what is `told` in this process is heard inside of a block too. Where other runs come
    `then`, for so many seconds, it says when they will be done as well.
    """

    def __init__(self, label: str, *, then: float = 0.0) -> None:
        self.label, self._then = label, then
        self._started = self._shown = time.perf_counter()
        self._before: int | None = None
        self._done = self._draws = 0

    def __enter__(self) -> ProgressLine:
        """From here on it hears what is `told`."""
        self._token = _line.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        """It hears no more."""
        _line.reset(self._token)

    def __call__(self, done: int, draws: int) -> None:
        """Show that `done` of all `draws` are done; those of the first call were done before."""
        self._done, self._draws = done, draws
        if self._before is None:
            self._before = done
            if done:
                self._print(f"goes on after {done} of {draws} draws", "\n")
            return
        self._show(done, last=done == draws, every=0.0)

    def inside(self, draws: float) -> None:
        """Show that so many more draws than at the last call are done, or a part of one."""
        if self._before is not None and self._done + draws < self._draws:
            self._show(self._done + draws, last=False, every=_LEAST_SHOWN)

    def _show(self, done: float, *, last: bool, every: float) -> None:
        now, stays = time.perf_counter(), not sys.stderr.isatty()
        if not last and now < self._shown + (_LINE_EVERY if stays else every):
            return
        self._shown = now
        seconds = now - self._started
        left = seconds / (done - (self._before or 0)) * (self._draws - done)
        words = f"{done:.3g}" if done % 1 else f"{done:.0f}"
        words = f"{words}/{self._draws} draws, {duration(seconds)}, {duration(left)} left"
        words += f", {duration(left + self._then)} for all" if self._then else ""
        self._print(words if stays else f"{words:<40}", "\n" if stays or last else "\r")

    def _print(self, words: str, end: str) -> None:
        sys.stderr.write(f"{self.label}: {words}{end}")
        sys.stderr.flush()


def told(items: Sequence[Item], *, draws: float | None = None) -> Iterator[Item]:
    """The items one by one, while the line of a run in this process tells how many are done.

    Each stands for one draw, or all of them for a number of `draws` together.
    """
    each = 1.0 if draws is None else draws / len(items)
    for done, item in enumerate(items, 1):
        yield item
        if line := _line.get():
            line.inside(each * done)


def duration(seconds: float) -> str:
    """Seconds in a unit that reads well."""
    if seconds < 100.0:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 6000.0 else f"{seconds / 3600.0:.1f} h"
