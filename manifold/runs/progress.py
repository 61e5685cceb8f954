"""Progress of a run: a line on standard error that says how many draws are done, and when the rest will be."""

from __future__ import annotations

import sys
import time

_LINE_EVERY = 30.0  # seconds between lines where they stay


class ProgressLine:
    """A line on standard error that says how many draws are done, and when the rest will be: the `progress` of a run.

    On a terminal it is written over and over; elsewhere, as in a file, a new one comes every half minute.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._started = self._shown = time.perf_counter()
        self._before: int | None = None

    def __call__(self, done: int, draws: int) -> None:
        """Show that `done` of all `draws` are done; those of the first call were done before."""
        now = time.perf_counter()
        if self._before is None:
            self._before = done
            if done:
                self._print(f"goes on after {done} of {draws} draws", "\n")
            return
        stays = not sys.stderr.isatty()
        if done < draws and stays and now < self._shown + _LINE_EVERY:
            return
        self._shown = now
        seconds = now - self._started
        left = seconds / (done - self._before) * (draws - done)
        words = f"{done}/{draws} draws, {duration(seconds)}, {duration(left)} left"
        self._print(words if stays else f"{words:<40}", "\n" if stays or done == draws else "\r")

    def _print(self, words: str, end: str) -> None:
        sys.stderr.write(f"{self._label}: {words}{end}")
        sys.stderr.flush()


def duration(seconds: float) -> str:
    """Seconds in a unit that reads well."""
    if seconds < 100.0:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 6000.0 else f"{seconds / 3600.0:.1f} h"
