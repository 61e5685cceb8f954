"""Processes on this computer that measure blocks of draws; one that dies is replaced, and all end with the one that asked."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from manifold.checks import fault
from manifold.runs.task import Task, run_task

if TYPE_CHECKING:
    from pandas import DataFrame

_RETRIES = 20  # times that workers may die in a row without a single block done
_WATCH = 0.5  # seconds after which a worker looks whether its parent is still there


def measure_on_processes(workers: int, task: Task, blocks: Mapping[int, Sequence[int]]) -> Generator[tuple[int, DataFrame]]:
    """Number and rows of every block, as they come; what a process that died did not bring is measured again."""
    missing, deaths = dict(blocks), 0
    while missing:
        try:
            with _started(workers, task, missing) as measured:
                for number, frame in measured:
                    del missing[number]
                    deaths = 0
                    yield number, frame
        except BrokenProcessPool as error:
            deaths += 1
            if deaths == _RETRIES:
                raise fault(
                    ChildProcessError,
                    "workers were ended {retries} times before one had measured anything; try fewer workers, in case "
                    "memory ran out",
                    retries=_RETRIES,
                ) from error


@contextlib.contextmanager
def _started(workers: int, task: Task, blocks: Mapping[int, Sequence[int]]) -> Iterator[Any]:
    """Rows that come from processes; in the end the rest is cancelled, without joblib's warning that it was for nothing."""
    from joblib import Parallel, delayed

    parallel = Parallel(
        n_jobs=min(workers, len(blocks)),
        backend="loky",
        return_as="generator_unordered",
        initializer=_follow_parent,
        initargs=(os.getpid(), task.entries),  # processes that another run left behind are not used with other entries
    )
    calls = [delayed(run_task)(task, number, block) for number, block in blocks.items()]
    measured = parallel(calls)
    try:
        yield measured
    finally:
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            measured.close()


def _follow_parent(parent: int, entries: bytes) -> None:
    """Leave Ctrl-C, which a terminal sends to all, to the process that started this one, and end soon after it.

    It may be killed, and this one would wait for work for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH)
        os._exit(1)

    if hasattr(os, "fork"):  # elsewhere a process keeps the number of a parent that has ended
        threading.Thread(target=watch, daemon=True).start()
