"""Runs: blocks of draws measured here, on several cores or on a cluster, and kept as they come, so that nothing is lost.

A part is a Parquet file with the rows of one block, written whole under another name and then renamed: at any moment a part is
there, or it is not. It names the run it belongs to by a digest of what was asked and of the code that measured it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from manifold._validation import check_count

if TYPE_CHECKING:
    from pandas import DataFrame

Measure = Callable[[Sequence[int]], "DataFrame"]

_CODE = Path(__file__).parent
_SHOWN = ("ui", "plots")  # parts of the code that no number depends on
_PATIENCE = 5.0  # seconds to wait for a scheduler
_RETRIES = 3  # times that workers may die in a row without a single block done


class PartError(ValueError):
    """A part that is damaged, or belongs to another run."""


def run_blocks(
    measure: Measure,
    blocks: Sequence[Sequence[int]],
    *,
    identity: Mapping[str, Any],
    folder: Path | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Callable[[int, int], object] | None = None,
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
        If a part is damaged, or from another run.
    OSError
        If the folder cannot be written, or the scheduler does not answer within five seconds.
    TypeError, ValueError
        If `workers` is below 1.
    """
    import pandas as pd

    kept = {} if folder is None else _kept(folder, blocks, identity)
    rows: dict[int, DataFrame] = {}
    for k, frame in _measure_missing(measure, blocks, kept, identity, folder, workers, scheduler, progress):
        rows[k] = frame
    return pd.concat([rows[k] if k in rows else _read_part(kept[k]) for k in range(len(blocks))], ignore_index=True)


def write_blocks(
    measure: Measure,
    blocks: Sequence[Sequence[int]],
    *,
    identity: Mapping[str, Any],
    folder: Path,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> list[Path]:
    """`run_blocks` for more rows than fit in memory: they stay in the parts, whose paths are returned in order."""
    kept = _kept(folder, blocks, identity)
    for _ in _measure_missing(measure, blocks, kept, identity, folder, workers, scheduler, progress):
        pass
    return [_part(folder, block) for block in blocks]


def _measure_missing(
    measure: Measure,
    blocks: Sequence[Sequence[int]],
    kept: Mapping[int, Path],
    identity: Mapping[str, Any],
    folder: Path | None,
    workers: int,
    scheduler: str | None,
    progress: Callable[[int, int], object] | None,
) -> Iterator[tuple[int, DataFrame]]:
    """Number and rows of every block that is not kept, as they come; each is written before it is passed on."""
    workers = check_count(workers, "workers", minimum=1)
    missing = {k: block for k, block in enumerate(blocks) if k not in kept}
    total = sum(map(len, blocks))
    done = total - sum(map(len, missing.values()))
    if progress:
        progress(done, total)
    if not missing:
        return
    with _pool(workers, scheduler) as results:
        for k, frame in results(measure, missing):
            if folder is not None:
                _write_part(_part(folder, blocks[k]), frame, identity)
            done += len(blocks[k])
            if progress:
                progress(done, total)
            yield k, frame


Results = Callable[[Measure, dict[int, Sequence[int]]], Iterator[tuple[int, "DataFrame"]]]


@contextlib.contextmanager
def _pool(workers: int, scheduler: str | None) -> Iterator[Results]:
    """What measures blocks: this process, several, or a cluster."""
    if scheduler is not None:
        with _connect(scheduler) as client:
            yield lambda measure, blocks: _on_cluster(client, measure, blocks)
    elif workers > 1:
        yield functools.partial(_on_cores, workers)
    else:
        yield lambda measure, blocks: ((k, measure(block)) for k, block in blocks.items())


def _on_cores(workers: int, measure: Measure, blocks: dict[int, Sequence[int]]) -> Iterator[tuple[int, DataFrame]]:
    from joblib import Parallel
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    missing, failures = dict(blocks), 0
    while missing:
        try:
            for k, frame in _gathered(Parallel(n_jobs=workers, return_as="generator_unordered"), measure, missing):
                missing = {key: block for key, block in missing.items() if key != k}
                failures = 0
                yield k, frame
        except TerminatedWorkerError:  # somebody ended a worker; what it did not bring is measured again
            failures += 1
            if failures == _RETRIES:
                raise


def _on_cluster(client: Any, measure: Measure, blocks: dict[int, Sequence[int]]) -> Iterator[tuple[int, DataFrame]]:
    from joblib import Parallel, parallel_config

    with parallel_config(backend="dask", client=client):
        return _gathered(Parallel(n_jobs=-1, return_as="generator_unordered"), measure, blocks)


def _gathered(parallel: Any, measure: Measure, blocks: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, DataFrame]]:
    from joblib import delayed

    found: Iterator[tuple[int, DataFrame]] = parallel(delayed(_numbered)(measure, k, block) for k, block in blocks.items())
    return found


def _numbered(measure: Measure, number: int, block: Sequence[int]) -> tuple[int, DataFrame]:
    return number, measure(block)


@contextlib.contextmanager
def _connect(scheduler: str) -> Iterator[Any]:
    """A client of the scheduler; OSError within seconds if nobody answers there."""
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("a scheduler needs the package distributed; install it with pip install 'dask[distributed]'") from None
    try:
        client: Any = Client(scheduler, timeout=_PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {scheduler!r}; start one with `dask scheduler`, which prints its address"
        ) from error
    with client:
        yield client


def _kept(folder: Path, blocks: Sequence[Sequence[int]], identity: Mapping[str, Any]) -> dict[int, Path]:
    """The blocks whose parts are in the folder, which is made if need be and tried for writing."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass
    digest = _digest(identity)
    return {k: path for k, block in enumerate(blocks) if _belongs(path := _part(folder, block), digest)}


def _part(folder: Path, block: Sequence[int]) -> Path:
    return folder / f"part-{block[0]:010d}-{block[-1]:010d}.parquet"


def _belongs(path: Path, digest: str) -> bool:
    """Whether the part exists; `PartError` if it is damaged or of another run."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        return False
    try:
        metadata = pq.read_schema(path).metadata or {}
    except pa.ArrowException:
        raise PartError(_damaged(path)) from None
    if metadata.get(b"manifold") != digest.encode():
        raise PartError(
            f"{path.parent} holds parts of another run, with another grid, seed or version of the code; "
            "remove this folder, or choose another"
        )
    return True


def _read_part(path: Path) -> DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame: DataFrame = pq.read_table(path, page_checksum_verification=True).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise PartError(_damaged(path)) from error
    return frame


def _damaged(path: Path) -> str:
    return f"{path} is damaged; remove this file, and its draws are measured again"


def _write_part(path: Path, frame: DataFrame, identity: Mapping[str, Any]) -> None:
    """Write a part whole, then give it its name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"manifold": _digest(identity).encode()})
    content = io.BytesIO()
    pq.write_table(table, content, write_page_checksum=True)
    replace_files({path: content.getvalue()})


def replace_files(files: Mapping[Path, bytes]) -> None:
    """Write files under other names, wait until the disk has them, then rename all; nothing half-written stays."""
    unfinished = {path.with_name(f".{path.name}.{os.getpid()}"): path for path in files}
    try:
        for part, path in unfinished.items():
            with part.open("wb") as file:
                file.write(files[path])
                file.flush()
                os.fsync(file.fileno())
        for part, path in unfinished.items():
            part.replace(path)
    finally:
        for part in unfinished:
            part.unlink(missing_ok=True)


def _digest(identity: Mapping[str, Any]) -> str:
    """Of what was asked, the code that measures it, and NumPy, whose last bits may change between versions."""
    asked = json.dumps({**identity, "numpy": np.__version__, "code": _code_digest()}, sort_keys=True, default=str)
    return hashlib.sha256(asked.encode()).hexdigest()


@functools.cache
def _code_digest() -> str:
    files = [path for path in sorted(_CODE.rglob("*.py")) if path.relative_to(_CODE).parts[0] not in _SHOWN]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def source_digest(module: Any) -> str:
    """Of the source of a module that measures: part of the identity of its runs."""
    return hashlib.sha256(inspect.getsource(module).encode()).hexdigest()
