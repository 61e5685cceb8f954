"""Long work that visitors share: one worker, a queue, and nothing is done that nobody watches. Knows nothing of Streamlit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from manifold.checks import fault

K = TypeVar("K", bound=Hashable)
"""What a run is known by."""

S = TypeVar("S")
"""What there is to see of it."""


@dataclass(frozen=True)
class Sight(Generic[S]):
    """A run as it is.

    Attributes
    ----------
    state : {"waiting", "running", "stopped", "done", "failed"}
    seen : object or None
        What it yielded last; None before.
    ahead : int
        Runs before it in the queue.
    watchers : int
        Visitors who want it to go on.
    error : Exception, optional
        Why it failed.
    """

    state: str
    seen: S | None
    ahead: int = 0
    watchers: int = 0
    error: Exception | None = None

    @property
    def goes_on(self) -> bool:
        """Whether it runs or will."""
        return self.state in ("waiting", "running")


@dataclass(eq=False)
class _Run(Generic[S]):
    """An iterator, what it yielded last, and when each of its visitors was last heard of."""

    pieces: Iterator[S] | None = None
    seen: S | None = None
    error: Exception | None = None
    heard: dict[str, float] = field(default_factory=dict)


class SharedRuns(Generic[K, S]):
    """Runs by their settings. Equal settings are one run; one runs at a time, the others wait in the order of asking.

    A run is an iterator that yields what there is to see after each piece of work. It goes on as long as a visitor who asked
    for it is heard of; otherwise it stops after a piece, is kept, and goes on from there when asked for again.

    Parameters
    ----------
    begin : callable
        The iterator of a run, from its key. What it raises ends the run.
    most : int, default=32
        Runs that are kept; the one that was asked for longest ago makes room, and if all are wanted, a new one is refused.
    patience : float, default=10
        Seconds after which a visitor who is not heard of is gone.
    clock : callable, default=time.monotonic
        In seconds.
    """

    def __init__(
        self,
        begin: Callable[[K], Iterator[S]],
        *,
        most: int = 32,
        patience: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._begin, self._most, self._patience, self._clock = begin, most, patience, clock
        self._runs: dict[K, _Run[S]] = {}  # in the order in which they were last asked for
        self._queue: list[K] = []
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def want(self, key: K, visitor: str) -> None:
        """A visitor wants this run, and no other, to go on; said anew, it tells that the visitor is still there.

        Raises
        ------
        ValueError
            If as many other runs as are kept are wanted.
        """
        with self._lock:
            self._forget(visitor, but=key)
            run = self._runs.pop(key, None) or self._make_room()
            self._runs[key] = run
            if run.error is not None or (run.pieces is None and run.seen is not None):
                return  # it has ended
            run.heard[visitor] = self._clock()
            if key not in self._queue:
                self._queue.append(key)
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, daemon=True)
                self._worker.start()

    def leave(self, visitor: str) -> None:
        """A visitor wants nothing any more."""
        with self._lock:
            self._forget(visitor)

    def look(self, key: K) -> Sight[S] | None:
        """A run as it is; None if there is none."""
        with self._lock:
            run = self._runs.get(key)
            if run is None:
                return None
            if run.error is not None:
                return Sight("failed", run.seen, error=run.error)
            if run.pieces is None and run.seen is not None:
                return Sight("done", run.seen)
            watchers = self._watchers(run)
            if not watchers or key not in self._queue:
                return Sight("stopped", run.seen)
            ahead = sum(self._watchers(self._runs[other]) > 0 for other in self._queue[: self._queue.index(key)])
            return Sight("waiting" if ahead else "running", run.seen, ahead, watchers)

    def ended(self) -> dict[K, S]:
        """What was seen of all runs that are done."""
        with self._lock:
            runs = self._runs.items()
            return {key: run.seen for key, run in runs if run.pieces is None and run.seen is not None and run.error is None}

    def _make_room(self) -> _Run[S]:
        """A new run, in the place of the one that was asked for longest ago."""
        if len(self._runs) >= self._most:
            idle = [key for key, run in self._runs.items() if not self._watchers(run)]
            if not idle:
                raise fault(ValueError, "{most} trainings are waiting already; try again in a minute", most=self._most)
            del self._runs[idle[0]]
            self._queue = [key for key in self._queue if key != idle[0]]
        return _Run()

    def _forget(self, visitor: str, but: K | None = None) -> None:
        for key, run in self._runs.items():
            if key != but:
                run.heard.pop(visitor, None)

    def _watchers(self, run: _Run[S]) -> int:
        """Visitors of a run who are still there."""
        since = self._clock() - self._patience
        return sum(heard >= since for heard in run.heard.values())

    def _next(self) -> tuple[K, _Run[S]] | None:
        """The first in the queue that anyone wants; None, and no worker, if there is none."""
        with self._lock:
            self._queue = [key for key in self._queue if self._watchers(self._runs[key])]
            if not self._queue:
                self._worker = None
                return None
            return self._queue[0], self._runs[self._queue[0]]

    def _work(self) -> None:
        while (chosen := self._next()) is not None:
            key, run = chosen
            try:
                if run.pieces is None:
                    run.pieces = self._begin(key)
                seen = next(run.pieces)
            except StopIteration:
                self._end(key, run, None)
            except Exception as error:  # whatever it is, the visitor is told and the worker goes on
                self._end(key, run, error)
            else:
                run.seen = seen

    def _end(self, key: K, run: _Run[S], error: Exception | None) -> None:
        with self._lock:
            run.pieces, run.error = None, error
            run.heard.clear()
            self._queue = [other for other in self._queue if other != key]
