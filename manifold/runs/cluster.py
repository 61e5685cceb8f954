"""The workers of a Dask cluster, which measure blocks of draws; the scheduler gives the block of one that dies to another."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib.util
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any

from manifold.checks import fault
from manifold.runs.task import Task, check_task, run_task

if TYPE_CHECKING:
    from pandas import DataFrame

_PATIENCE = 5.0  # seconds to wait for a scheduler, and then for its workers
_NO_SCHEDULER = (OSError, ValueError, MemoryError, AssertionError, struct.error)  # what distributed makes of other answers


def measure_on_cluster(client: Any, task: Task, blocks: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, DataFrame]]:
    """Number and rows of every block, as they come."""
    from distributed import KilledWorker, as_completed

    futures = client.map(functools.partial(run_task, task), list(blocks), list(blocks.values()), pure=False)
    finished = as_completed(futures)  # type: ignore[no-untyped-call]
    del futures  # so that workers let go of rows that have come
    try:
        for future in finished:
            yield future.result()
    except KilledWorker as error:
        raise ChildProcessError(
            "the same block of draws ended several workers of the cluster; their logs tell why, perhaps memory ran out"
        ) from error
    except CancelledError as error:
        raise ConnectionError(
            "the Dask scheduler went away during the run; start it again, with workers, and make the same call"
        ) from error


@contextlib.contextmanager
def connect(scheduler: str, task: Task) -> Iterator[Any]:
    """A client of the scheduler; OSError within seconds if it does not answer, or has no workers that can do the task."""
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("a scheduler needs the package distributed; install it with pip install 'dask[distributed]'") from None
    try:
        _greet(scheduler)
        client: Any = Client(scheduler, timeout=_PATIENCE)  # type: ignore[no-untyped-call]
    except _NO_SCHEDULER as error:
        raise fault(
            ConnectionError,
            "no Dask scheduler answers at {scheduler!r}; start one with `dask scheduler`, which prints its address",
            scheduler=scheduler,
        ) from error
    with client:
        _check_workers(client, scheduler, task)
        yield client


def _greet(scheduler: str) -> None:
    """Ask the scheduler who it is, in a thread, because a loop may run in this one; the client itself may wait for ever."""
    from distributed import rpc

    async def ask() -> None:
        async with rpc(scheduler) as other:  # type: ignore[no-untyped-call]
            await asyncio.wait_for(other.identity(), _PATIENCE)

    def run() -> None:
        try:
            answer.set_result(asyncio.run(ask()))
        except _NO_SCHEDULER as error:
            answer.set_exception(error)

    answer: Future[None] = Future()
    threading.Thread(target=run, daemon=True).start()
    answer.result(timeout=_PATIENCE + 1.0)


def _check_workers(client: Any, scheduler: str, task: Task) -> None:
    """ConnectionError if no worker comes, or one of those that are there does not find what the task needs."""
    try:
        if not client.ncores():
            client.submit(len, (), pure=False).result(timeout=_PATIENCE)  # which may make the cluster start some
    except TimeoutError as error:
        raise fault(
            ConnectionError,
            "the Dask scheduler at {scheduler!r} has no workers; start some in this folder, with `python -m dask "
            "worker {scheduler}`",
            scheduler=scheduler,
        ) from error
    for package in _packages(task):
        lacking = [worker for worker, spec in client.run(importlib.util.find_spec, package).items() if not spec]
        if lacking:
            raise fault(
                ConnectionError,
                "the Dask worker at {lacking} does not find the package {package}; start it in this folder, or install it",
                lacking=lacking[0],
                package=package,
            )
    client.run(check_task, task)


def _packages(task: Task) -> list[str]:
    """What a worker must be able to import: this package, and the one of what measures, unless that is a script."""
    measure: Any = task.measure
    while isinstance(measure, functools.partial):
        measure = measure.func
    names = (__name__, getattr(measure, "__module__", "__main__"))
    return sorted({name.partition(".")[0] for name in names} - {"__main__"})
