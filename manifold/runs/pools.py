"""Pools: what measures blocks of draws, be it this process, several, or the workers of a cluster."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib.util
import os
import signal
import struct
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any

from manifold._validation import check_count
from manifold.runs.parts import PartError, software_digest

if TYPE_CHECKING:
    from pandas import DataFrame

Measure = Callable[[Sequence[int]], "DataFrame"]
Blocks = Mapping[int, Sequence[int]]
Rows = Generator[tuple[int, "DataFrame"]]
Pool = Callable[[Measure, Blocks], Rows]
"""Number and rows of every block, as they come."""

_PATIENCE = 5.0  # seconds to wait for a scheduler, and then for its workers
_RETRIES = 20  # times that workers may die in a row without a single block done
_WATCH = 0.5  # seconds after which a worker looks whether its parent is still there
_NO_SCHEDULER = (OSError, ValueError, MemoryError, AssertionError, struct.error)  # what distributed makes of other answers


def check_pool(workers: int, scheduler: str | None) -> int:
    """The number of workers, if it and the scheduler go together."""
    workers = check_count(workers, "workers", minimum=1)
    if scheduler is not None and workers > 1:
        raise ValueError(
            f"workers are processes on this computer, and a scheduler has its own, got workers {workers} with "
            f"scheduler {scheduler!r}; leave one of them out"
        )
    return workers


@contextlib.contextmanager
def open_pool(workers: int, scheduler: str | None) -> Iterator[Pool]:
    """A pool, closed in the end."""
    if scheduler is not None:
        with _connect(scheduler) as client:
            yield functools.partial(_on_cluster, client)
    elif workers > 1:
        yield functools.partial(_on_cores, workers)
    else:
        yield lambda measure, blocks: ((k, measure(block)) for k, block in blocks.items())


def _on_cores(workers: int, measure: Measure, blocks: Blocks) -> Rows:
    from joblib import Parallel
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    missing, failures = dict(blocks), 0
    while missing:
        try:
            parallel = Parallel(
                n_jobs=workers,
                backend="loky",
                return_as="generator_unordered",
                initializer=_end_with_parent,
                initargs=(os.getpid(),),
            )
            with _interrupts_kept():
                found = _gather(parallel, measure, dict(missing))
            with _closing(found):
                for k, frame in found:
                    del missing[k]
                    failures = 0
                    yield k, frame
        except TerminatedWorkerError as error:  # somebody ended a worker; what it did not bring is measured again
            failures += 1
            if failures == _RETRIES:
                raise ChildProcessError(
                    f"workers were ended {_RETRIES} times before one had measured anything; "
                    "try fewer workers, in case memory ran out"
                ) from error


@contextlib.contextmanager
def _interrupts_kept() -> Iterator[None]:
    """Processes started inside never see Ctrl-C, which a terminal sends to all: this one hears it, and ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent(parent: int) -> None:
    """End this worker soon after the process that started it, which may be killed; it would wait for work for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH)
        os._exit(1)

    if hasattr(os, "fork"):  # elsewhere a process keeps the number of a parent that has ended
        threading.Thread(target=watch, daemon=True).start()


def _on_cluster(client: Any, measure: Measure, blocks: Blocks) -> Rows:
    from distributed import KilledWorker
    from joblib import Parallel, parallel_config

    with parallel_config(backend=_cluster_backend(client)):
        found = _gather(Parallel(n_jobs=-1, return_as="generator_unordered"), measure, blocks)
    with _closing(found):
        try:
            yield from found
        except KilledWorker as error:
            raise ChildProcessError(
                "the same block of draws ended several workers of the cluster; their logs tell why, perhaps memory ran out"
            ) from error
        except CancelledError as error:
            raise ConnectionError(
                "the Dask scheduler went away during the run; start it again, with workers, and make the same call"
            ) from error


def _cluster_backend(client: Any) -> Any:
    """Joblib's Dask backend, which alone would work here if there is a single worker, and wait for ever if a block fails."""
    from joblib._dask import DaskDistributedBackend

    class Cluster(DaskDistributedBackend):  # type: ignore[misc]
        def effective_n_jobs(self, n_jobs: int) -> int:
            return max(2, int(super().effective_n_jobs(n_jobs)))

        def submit(self, func: Any, callback: Any = None) -> Any:
            def tell_failure(future: Any) -> None:
                if future.exception() is not None:
                    callback(future.exception())

            future = super().submit(func, callback)
            future.add_done_callback(tell_failure)
            return future

    return Cluster(client=client)


def _gather(parallel: Any, measure: Measure, blocks: Blocks) -> Any:
    from joblib import delayed

    expected = software_digest()
    return parallel(delayed(_measure_numbered)(measure, k, block, expected) for k, block in blocks.items())


@contextlib.contextmanager
def _closing(found: Rows) -> Iterator[None]:
    """Cancel what is left of the work in the end, without joblib's warning that it was for nothing."""
    try:
        yield
    finally:
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            found.close()


def _measure_numbered(measure: Measure, number: int, block: Sequence[int], expected: str) -> tuple[int, DataFrame]:
    if software_digest() != expected:
        raise PartError(
            "a worker has another version of this project, or of NumPy, SciPy, scikit-learn or PyTorch; give it the same"
        )
    return number, measure(block)


@contextlib.contextmanager
def _connect(scheduler: str) -> Iterator[Any]:
    """A client of the scheduler; OSError within seconds if it does not answer, or has no workers that can measure."""
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("a scheduler needs the package distributed; install it with pip install 'dask[distributed]'") from None
    try:
        _greet(scheduler)
        client: Any = Client(scheduler, timeout=_PATIENCE)  # type: ignore[no-untyped-call]
    except _NO_SCHEDULER as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {scheduler!r}; start one with `dask scheduler`, which prints its address"
        ) from error
    with client:
        _check_workers(client, scheduler)
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


def _check_workers(client: Any, scheduler: str) -> None:
    """ConnectionError if no worker comes, or one of those that are there lacks this project."""
    try:
        if not client.ncores():
            client.submit(len, (), pure=False).result(timeout=_PATIENCE)  # which may make the cluster start some
    except TimeoutError as error:
        raise ConnectionError(
            f"the Dask scheduler at {scheduler!r} has no workers; start some with `dask worker {scheduler}` in this folder"
        ) from error
    package = __name__.partition(".")[0]
    lacking = [worker for worker, found in client.run(importlib.util.find_spec, package).items() if not found]
    if lacking:
        raise ConnectionError(
            f"the Dask worker at {lacking[0]} does not find the package {package}; start it in this folder, or install it"
        )
