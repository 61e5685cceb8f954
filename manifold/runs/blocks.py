"""Runs: blocks of draws, each measured once however often the run is stopped, and put together in order."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifold.runs.execution import IN_THIS_PROCESS, Execution
from manifold.runs.identity import run_digest
from manifold.runs.lock import hold
from manifold.runs.parts import find_parts, make_folder, read_part, tidy_folder, write_part
from manifold.runs.pools import measure_on
from manifold.runs.task import Measure, make_task

if TYPE_CHECKING:
    from pandas import DataFrame


def run_blocks(
    measure: Measure,
    blocks: Sequence[Sequence[int]],
    *,
    identity: Mapping[str, Any],
    execution: Execution = IN_THIS_PROCESS,
) -> DataFrame:
    """Rows of all blocks of draws, in order, whoever measured them and however often the run was stopped.

    Parameters
    ----------
    measure : callable
        Rows of a block of draws; the same whenever and wherever it is called.
    blocks : sequence of sequences of int
    identity : mapping
        What the rows depend on, in words and numbers that JSON can write, but for the draws. If it names an entry that a script
        has added to a registry, the entry's code is part of the identity, and workers get the entry.
    execution : Execution, optional
        Who measures, where parts are kept, and who is told; this process, nowhere and nobody by default. Parts that are kept
        are not measured again.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    PartError
        If a part is damaged, or from another run, if another run is in the folder, or a worker of the cluster has another
        version of the code.
    OSError
        If the folder cannot be written, the scheduler does not answer within seconds or has no workers, or workers keep dying.
    TypeError
        If an entry that a script has added cannot be told from a changed one, or cannot be sent to other processes.
    """
    import pandas as pd

    with _open_store(execution.folder, blocks, identity) as store:
        rows = dict(_measure_missing(measure, store, identity, execution))
        return pd.concat([rows[k] if k in rows else read_part(store.paths[k]) for k in range(len(blocks))], ignore_index=True)


def write_blocks(
    measure: Measure, blocks: Sequence[Sequence[int]], *, identity: Mapping[str, Any], execution: Execution
) -> list[Path]:
    """`run_blocks` for more rows than fit in memory: they stay in the parts, whose paths are returned in order."""
    with _open_store(execution.folder, blocks, identity) as store:
        for _ in _measure_missing(measure, store, identity, execution):
            pass
        return [store.paths[k] for k in range(len(blocks))]


@contextlib.contextmanager
def _open_store(folder: Path | None, blocks: Sequence[Sequence[int]], identity: Mapping[str, Any]) -> Iterator[_Store]:
    """The parts of a run, while no other run is in their folder."""
    digest = "" if folder is None else run_digest(identity)
    with contextlib.nullcontext() if folder is None else hold(folder):
        yield _Store(folder, blocks, digest)


class _Store:
    """The parts of a run in a folder, or, without one, nowhere."""

    def __init__(self, folder: Path | None, blocks: Sequence[Sequence[int]], digest: str) -> None:
        self.folder, self.blocks, self._digest = folder, blocks, digest
        self._started = time.time()
        self.paths = {} if folder is None else find_parts(folder, blocks, digest)

    def open(self) -> None:
        if self.folder is not None:
            make_folder(self.folder)

    def keep(self, k: int, frame: DataFrame) -> None:
        if self.folder is not None:
            self.paths[k] = write_part(self.folder, self.blocks[k], frame, self._digest)

    def close(self) -> None:
        """Tidy up, once all blocks are there."""
        if self.folder is not None:
            tidy_folder(self.folder, self.blocks, self._started)


def _measure_missing(
    measure: Measure, store: _Store, identity: Mapping[str, Any], execution: Execution
) -> Iterator[tuple[int, DataFrame]]:
    """Number and rows of every block without a part, as they come; each is written before it is passed on."""
    missing = {k: block for k, block in enumerate(store.blocks) if k not in store.paths}
    total = sum(map(len, store.blocks))
    done = total - sum(map(len, missing.values()))
    tell = execution.progress or (lambda done, total: None)
    tell(done, total)
    if missing:
        task = make_task(measure, identity, sent=execution.shared)
        with _resumable(store.folder), measure_on(execution, task, missing) as measured:
            store.open()
            for k, frame in measured:
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
