"""Reading a table of numbers from a CSV, Parquet or NPY file that nobody has checked before."""

from __future__ import annotations

import gzip
import io
import math
import tokenize
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from manifold.checks import Floats, Integers, fault
from manifold.registry import Registry
from manifold.results import Result

if TYPE_CHECKING:
    from pandas import DataFrame, Series

MAX_BYTES = 200_000_000
_DAMAGED = (ValueError, TypeError, IndexError, SyntaxError, tokenize.TokenError, MemoryError, RecursionError)  # by a bad header
_BLANKS = r"\s+"


@dataclass(frozen=True, eq=False, repr=False)
class Table(Result):
    """Rows taken from a file.

    Attributes
    ----------
    numbers : ndarray of shape (N, c)
    names : tuple of str
        Of the c columns: from the file's first line, or "column 1", "column 2", ...
    label : ndarray of shape (N,) or None
        The column set apart: its numbers, or 0, 1, 2, ... for its words in order of appearance.
    words : tuple of str
        These words; empty for numbers.
    rows : ndarray of int, shape (N,)
        Which rows these are, counted from 0 among all rows of numbers.
    total : int
        Rows of numbers in the file.
    """

    numbers: Floats
    names: tuple[str, ...]
    label: Floats | None
    words: tuple[str, ...]
    rows: Integers
    total: int


def read_table(source: object, *, name: str = "", label: str | None = None, max_rows: int | None = None) -> Table:
    """At most `max_rows` rows of a file, evenly spaced, the column `label` apart; see `manifold.read_points`."""
    content, name = _read_bytes(source, name)
    frame, rows, total = _read_frame(content, name, max_rows)
    if label is None:
        return Table(_to_numbers(frame, name), tuple(frame.columns), None, (), rows, total)
    place = _find(label, tuple(frame.columns), name)
    values, words = _to_label(frame.iloc[:, [place]], name)
    others = frame.iloc[:, np.arange(frame.shape[1]) != place]
    return Table(_to_numbers(others, name), tuple(others.columns), values, words, rows, total)


def column_names(source: object, *, name: str = "") -> tuple[str, ...]:
    """Names of the columns of a file, as in `Table`."""
    return tuple(_read_frame(*_read_bytes(source, name), 1)[0].columns)


def _read_bytes(source: object, name: str) -> tuple[bytes, str]:
    """Content of a file, unpacked, and what messages call the file."""
    if isinstance(source, str | Path):
        name = name or Path(source).name
        if Path(source).exists() and not Path(source).is_file():
            raise fault(ValueError, "{name} is no file but a folder, a pipe or a device; copy what it holds to one", name=name)
        with Path(source).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    elif hasattr(source, "read"):
        content = cast("BinaryIO", source).read(MAX_BYTES + 1)
    else:
        raise fault(
            TypeError, "source must be a path or a file opened in binary mode, got {type_name}", type_name=type(source).__name__
        )
    if not isinstance(content, bytes):
        raise TypeError("source must be opened in binary mode, such as open(path, 'rb')")
    name = name or "the file"
    if content.startswith(b"\x1f\x8b") and len(content) <= MAX_BYTES:
        try:
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MAX_BYTES + 1)  # a small file may hold terabytes
        except (OSError, EOFError, zlib.error) as error:
            raise fault(ValueError, "{name} is a damaged gzip file ({error}); pack it again", name=name, error=error) from None
    if not content.strip():
        raise fault(ValueError, "{name} is empty; it needs one row of numbers per point", name=name)
    _check_size(len(content), name)
    return content, name


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise fault(ValueError, "{name} is larger than {most} MB; keep fewer rows", name=name, most=MAX_BYTES // 1000000)


def _read_frame(content: bytes, name: str, most: int | None) -> tuple[DataFrame, Integers, int]:
    """Rows of a file, called by their line or row in it; which of all rows they are, counted from 0; how many it has."""
    if content.startswith((b"\x93NUMPY", b"PAR1")):
        frame = _read_npy(content, name) if content.startswith(b"\x93NUMPY") else _read_parquet(content, name)
        rows = _spaced(len(frame), most)
        return frame.set_axis(np.arange(1, len(frame) + 1)).rename_axis("row").iloc[rows], rows, len(frame)
    names, separator, lines = _dialect(content, name)
    rows = _spaced(len(lines), most)
    frame = _read_cells(lines.iloc[rows], separator, name)
    return frame.set_axis(names if len(names) == frame.shape[1] else _numbered(frame.shape[1]), axis=1), rows, len(lines)


def _spaced(count: int, most: int | None) -> Integers:
    """At most `most` of `count` rows, evenly spaced from the first to the last."""
    if most is None or count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.int64)


def _numbered(count: int) -> list[str]:
    return [f"column {k + 1}" for k in range(count)]


def _read_npy(content: bytes, name: str) -> DataFrame:
    import pandas as pd

    file = io.BytesIO(content)
    try:
        major, _ = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(file)
    except _DAMAGED as error:
        raise fault(
            ValueError, "{name} is a damaged NPY file ({error}); save it again with numpy.save", name=name, error=error
        ) from None
    if dtype.hasobject:
        raise fault(ValueError, "{name} holds Python objects, which could run code when read; save numbers instead", name=name)
    if dtype.kind not in "fiub":
        raise fault(
            ValueError, "{name} must hold numbers, got type {dtype}; convert it with .astype(float)", name=name, dtype=dtype
        )
    if len(shape) != 2 or any(isinstance(side, bool) or side < 0 for side in shape):
        raise fault(
            ValueError,
            "{name} must have shape (points, coordinates), got {shape}; reshape it to two axes",
            name=name,
            shape=shape,
        )
    if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise fault(
            ValueError,
            "{name} is cut off or padded: {shape} numbers announced; save it again with numpy.save",
            name=name,
            shape=shape,
        )
    return pd.DataFrame(np.load(io.BytesIO(content), allow_pickle=False), columns=_numbered(shape[1]))


def _read_parquet(content: bytes, name: str) -> DataFrame:
    """Columns of numbers as they are, all others as text."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        counts = file.metadata
        unpacked = sum(counts.row_group(group).total_byte_size for group in range(counts.num_row_groups))
        _check_size(max(unpacked, 8 * counts.num_rows * counts.num_columns), name)
        frame: DataFrame = file.read().replace_schema_metadata().to_pandas()
        frame = frame.apply(lambda cells: cells if cells.dtype.kind in "fiub" else cells.map(str).where(cells.notna(), ""))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise fault(
            ValueError, "{name} is a damaged Parquet file ({error}); save it again", name=name, error=str(error)[:80]
        ) from None
    return frame.loc[:, ~frame.columns.str.startswith("__index_level_")]  # row numbers, or names of rows


def _dialect(content: bytes, name: str) -> tuple[list[str], str, Series[str]]:
    """Names in the first line, if it has no number; what stands between two cells; the lines of numbers, by their place."""
    import pandas as pd

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise fault(
            ValueError,
            "{name} is binary or not in UTF-8; give CSV text in UTF-8, or a NumPy array saved with numpy.save",
            name=name,
        )
    lines = pd.Series(text.splitlines(), dtype=str).str.strip(" ")
    lines = lines.set_axis(pd.RangeIndex(1, len(lines) + 1, name="line"))
    lines = lines[(lines.str.strip() != "") & ~lines.str.startswith("#")]
    separator = next((mark for mark in ";\t," if len(lines) and mark in lines.iloc[0]), _BLANKS)
    first = _read_cells(lines.iloc[:1], separator, name).to_numpy().ravel().tolist() if len(lines) else []
    names = first if not any(map(_is_number, first)) else []
    lines = lines.iloc[1:] if names else lines
    if not len(lines):
        raise fault(ValueError, "{name} has no row of numbers; it needs one row per point", name=name)
    return names, separator, lines


def _read_cells(lines: Series[str], separator: str, name: str) -> DataFrame:
    """Cells of lines, as text without quotes; between semicolons the decimal commas of numbers become points."""
    import pandas as pd

    bare = lines.str.replace(r'"[^"]*"', "x", regex=True)  # quotes hide separators
    counts = bare.str.count(separator) + 1
    if len(uneven := lines.index[counts != counts.iloc[0]]):
        has = f"line {uneven[0]} of {name} has {counts[uneven[0]]} values"
        raise fault(ValueError, "{has}, the first row has {iloc}; make them equal", has=has, iloc=counts.iloc[0])
    if len(unclosed := lines.index[bare.str.contains(f'(?:^|{separator}) *"')]):
        raise fault(
            ValueError,
            "line {unclosed} of {name} has a quote that is not closed; close it, or take it away",
            unclosed=unclosed[0],
            name=name,
        )
    text = io.StringIO("\n".join(lines))
    frame = pd.read_csv(text, sep=separator, header=None, dtype=object, keep_default_na=False, skipinitialspace=True)
    frame = frame.map(str.strip).set_axis(lines.index)
    if separator != ";":
        return frame
    pointed = frame.map(lambda cell: cell.replace(",", "."))
    return pointed.where(pointed.map(_is_number), frame)


def _find(label: str, names: tuple[str, ...], name: str) -> int:
    columns: Registry[int] = Registry(f"column of {name}")
    for column in dict.fromkeys(names):
        columns.add(column, names.index(column))
    place = columns[label]
    if len(names) < 2:
        raise fault(
            ValueError, "{name} has the column {label!r} only; add at least one column of coordinates", name=name, label=label
        )
    return place


def _to_label(column: DataFrame, name: str) -> tuple[Floats, tuple[str, ...]]:
    """Numbers as they are; if a cell is none, all are words, numbered in order of appearance."""
    cells = column.iloc[:, 0]
    if cells[cells != ""].map(_is_number).all():
        return _to_numbers(column, name)[:, 0], ()
    numbers, words = cells.factorize()
    return numbers.astype(np.float64), tuple(words)


def _to_numbers(frame: DataFrame, name: str) -> Floats:
    try:
        return frame.to_numpy(dtype=np.float64)
    except ValueError:
        place, cell = next((row[0], cell) for row in frame.itertuples() for cell in row[1:] if not _is_number(cell))
        where = f"{frame.index.name} {place} of {name}"
        raise fault(
            ValueError, "{where} has {cell!r}, which is not a number; only the colour may be words", where=where, cell=cell[:40]
        ) from None


def _is_number(cell: str | float) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
