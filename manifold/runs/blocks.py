"""Runs: blocks of draws measured by a pool and kept as parts as they come, so that none is lost and none is there twice."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifold.runs.parts import (
    find_parts,
    make_folder,
    read_part,
    run_digest,
    tidy_folder,
    write_part,
)
from manifold.runs.pools import Measure, check_pool, open_pool

if TYPE_CHECKING:
    from pandas import DataFrame


Progress = Callable[[int, int], object]

_LINE_EVERY = 30.0  # seconds between lines where they stay


def run_blocks(
    measure: Measure,
    blocks: Sequence[Sequence[int]],
    *,
    identity: Mapping[str, Any],
    folder: Path | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> DataFrame:
    """Rows of all blocks of draws, in order, whoever measured them and however often the run was interrupted.

    Parameters
    ----------
    measure : callable
        Rows of a block of draws; the same whenever and wherever it is called.
    blocks : sequence of sequences of int
    identity : mapping
        What the rows depend on, in words and numbers that JSON can write, but for the draws.
    folder : path, optional
        Where parts are kept; those that are there are not measured again. Without it, nothing is written.
    workers : int, default=1
        Processes on this computer. One that dies is replaced.
    scheduler : str, optional
        Address of a Dask scheduler, as tcp://HOST:PORT, whose workers measure instead; they need this project in their path.
    progress : callable, optional
        Called with the number of draws done and of all, first with those that were done before.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    PartError
        If a part is damaged, or from another run, or a worker of the cluster has another version of the code.
    OSError
        If the folder cannot be written, the scheduler does not answer within seconds or has no workers, or workers keep dying.
    TypeError, ValueError
        If `workers` is below 1, or above 1 with a scheduler.
    """
    import pandas as pd

    check_pool(workers, scheduler)
    store = _Store(folder, blocks, identity)
    rows = dict(_measure_missing(measure, store, workers, scheduler, progress))
    return pd.concat([rows[k] if k in rows else read_part(store.kept[k]) for k in range(len(blocks))], ignore_index=True)


def write_blocks(
    measure: Measure,
    blocks: Sequence[Sequence[int]],
    *,
    identity: Mapping[str, Any],
    folder: Path,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """`run_blocks` for more rows than fit in memory: they stay in the parts, whose paths are returned in order."""
    check_pool(workers, scheduler)
    store = _Store(folder, blocks, identity)
    for _ in _measure_missing(measure, store, workers, scheduler, progress):
        pass
    return [store.kept[k] for k in range(len(blocks))]


class _Store:
    """The parts of a run in a folder, or, without one, nowhere."""

    def __init__(self, folder: Path | None, blocks: Sequence[Sequence[int]], identity: Mapping[str, Any]) -> None:
        self.folder, self.blocks = folder, blocks
        self._started = time.time()
        self._digest = run_digest(identity)
        self.kept = {} if folder is None else find_parts(folder, blocks, self._digest)

    def open(self) -> None:
        if self.folder is not None:
            make_folder(self.folder)

    def keep(self, k: int, frame: DataFrame) -> None:
        if self.folder is not None:
            self.kept[k] = write_part(self.folder, self.blocks[k], frame, self._digest)

    def close(self) -> None:
        """Tidy up, once all blocks are there."""
        if self.folder is not None:
            tidy_folder(self.folder, self.blocks, self._started)


def _measure_missing(
    measure: Measure, store: _Store, workers: int, scheduler: str | None, progress: Progress | None
) -> Iterator[tuple[int, DataFrame]]:
    """Number and rows of every block that is not kept, as they come; each is written before it is passed on."""
    missing = {k: block for k, block in enumerate(store.blocks) if k not in store.kept}
    total = sum(map(len, store.blocks))
    done = total - sum(map(len, missing.values()))
    tell = progress or (lambda done, total: None)
    tell(done, total)
    if missing:
        with _resumable(store.folder), open_pool(workers, scheduler) as pool:
            store.open()
            with contextlib.closing(pool(measure, missing)) as found:
                for k, frame in found:
                    store.keep(k, frame)
                    done += len(store.blocks[k])
                    tell(done, total)
                    yield k, frame
    store.close()


@contextlib.contextmanager
def _resumable(folder: Path | None) -> Iterator[None]:
    """Say with Ctrl-C how to go on."""
    try:
        yield
    except KeyboardInterrupt as stop:
        if folder is not None:
            stop.add_note(f"the parts that are whole are kept in {folder}; the same call goes on from there")
        raise


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
