"""Parts: the rows of a run as they come, each block of draws a Parquet file that is there whole, or not at all.

A part is written under another name and then renamed. Its name tells the first and the last draw, and a checksum of the file.
Inside it names the run that it belongs to, by a digest.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from manifold.checks import fault

if TYPE_CHECKING:
    from pandas import DataFrame

_NAME = re.compile(r"part-(\d{10,})-(\d{10,})-[0-9a-f]{16}\.parquet")
_UNFINISHED = "unfinished"  # last part of the name of a file that is being written


class PartError(ValueError):
    """A part that is damaged, or belongs to another run, or a folder that another run is in."""


_Span = tuple[int, int]  # first and last draw of a block


def find_parts(folder: Path, blocks: Sequence[Sequence[int]], digest: str) -> dict[int, Path]:
    """Number and path of every block that is kept; `PartError` if any part in the folder is damaged or of another run."""
    paths = _all_parts(folder)
    for path in paths.values():
        _check_part(path, digest)
    return {k: paths[span] for k, block in enumerate(blocks) if (span := _span(block)) in paths}


def _all_parts(folder: Path) -> dict[_Span, Path]:
    return {_span_of(path): path for path in sorted(folder.glob("part-*.parquet"))}


def _span(block: Sequence[int]) -> _Span:
    return block[0], block[-1]


def _span_of(path: Path) -> _Span:
    """What the name of a part says."""
    match = _NAME.fullmatch(path.name)
    if not match:
        raise PartError(_foreign(path))
    return int(match[1]), int(match[2])


def make_folder(folder: Path) -> None:
    """Make the folder if need be, and try it for writing."""
    import tempfile  # slow to load

    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


def tidy_folder(folder: Path, blocks: Sequence[Sequence[int]], started: float) -> None:
    """Remove what no longer counts once all blocks are there.

    That is, parts of the same run that a smaller or larger number of draws had cut otherwise, and files that a killed run had
    not finished before this one started, in seconds since the epoch.
    """
    wanted = {_span(block) for block in blocks}
    for span, path in _all_parts(folder).items():
        if span not in wanted and span[0] <= blocks[-1][-1]:
            path.unlink(missing_ok=True)
    remove_unfinished(folder, started)


def remove_unfinished(folder: Path, started: float) -> None:
    """Remove files that a killed run had not finished before `started`."""
    for path in folder.glob(f".*.{_UNFINISHED}"):
        if path.stat().st_mtime < started:
            path.unlink(missing_ok=True)


def _check_part(path: Path, digest: str) -> None:
    """`PartError` if the part is damaged, anywhere, or of another run."""
    import pyarrow.parquet as pq

    metadata = pq.read_schema(_sound_content(path)).metadata or {}
    if metadata.get(b"manifold") != digest.encode():
        raise PartError(_foreign(path))


def _foreign(path: Path) -> str:
    return (
        f"{path.parent} holds parts of another run, with another grid, seed or version of the code; "
        "remove this folder, or choose another"
    )


def read_part(path: Path) -> DataFrame:
    """Rows of a part; `PartError` if it is damaged."""
    import pyarrow.parquet as pq

    frame: DataFrame = pq.read_table(_sound_content(path)).to_pandas()
    return frame


def _sound_content(path: Path) -> io.BytesIO:
    content = path.read_bytes()
    if not path.stem.endswith(_checksum(content)):
        raise fault(PartError, "{path} is damaged; remove this file, and its draws are measured again", path=path)
    return io.BytesIO(content)


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def write_part(folder: Path, block: Sequence[int], frame: DataFrame, digest: str) -> Path:
    """Write the rows of a block whole, then give them their name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"manifold": digest.encode()})
    stream = io.BytesIO()
    pq.write_table(table, stream)
    content = stream.getvalue()
    first, last = _span(block)
    path = folder / f"part-{first:010d}-{last:010d}-{_checksum(content)}.parquet"
    replace_files({path: content})
    return path


def replace_files(files: Mapping[Path, bytes]) -> None:
    """Write files under other names, wait until the disk has them, then rename all; nothing half-written stays."""
    unfinished = {path.with_name(f".{path.name}.{os.getpid()}.{_UNFINISHED}"): path for path in files}
    try:
        for part, path in unfinished.items():
            with part.open("wb") as file:
                file.write(files[path])
                file.flush()
                os.fsync(file.fileno())
        for part, path in unfinished.items():
            part.replace(path)
    except OSError as error:
        where = ", ".join(sorted({str(path.parent) for path in files}))
        raise OSError(error.errno, f"{error.strerror}; what stood there before is unchanged", where) from error
    finally:
        for part in unfinished:
            part.unlink(missing_ok=True)
