"""Tables stored as numbers: NPY, read without pickle, and Parquet."""

from __future__ import annotations

import io
import math
import tokenize
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from manifold.checks import fault, one_line
from manifold.clouds.sheet import Sheet, check_bytes, distinct, names_rows, spaced

_DAMAGED = (ValueError, TypeError, IndexError, SyntaxError, tokenize.TokenError, MemoryError, RecursionError)  # by a bad header
_INDEX = "__index_level_"  # how pandas calls an index without a name

_SHAPES = {
    False: "{name} must have shape (points, coordinates), got {shape}; reshape it to two axes",
    True: "{name} must have shape (points,) where it has fields, got {shape}; reshape it to one axis",
}
"""What is wrong with an array of numbers, and with one of records."""

_NO_FLOATS = "{name} must hold numbers, got type {dtype}; convert it with .astype(float)"
_NO_NUMBERS = {
    "c": "{name} must hold numbers, got type {dtype}; save both parts, numpy.concatenate([a.real, a.imag], axis=1)",
    "V": "{name} must hold numbers, got type {dtype}; save the columns of numbers, "
    "numpy.column_stack([a[field] for field in ('x', 'y')])",
}
"""What to do with an array that holds none, by the kind of its type."""


def read_npy(content: bytes, name: str, most: int | None) -> Sheet:
    """Rows of an array (N, c), or of a vector (N,) of records with c fields of numbers."""
    file = io.BytesIO(content)
    shape, dtype = read_head(file, name)
    _check_kind(dtype, name)
    fields = dtype.names or ()
    records = bool(fields)
    if len(shape) != 2 - records or any(isinstance(side, bool) or side < 0 for side in shape):
        raise fault(ValueError, _SHAPES[records], name=name, shape=shape)
    if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise fault(
            ValueError,
            "{name} is cut off or padded: {shape} numbers announced; save it again with numpy.save",
            name=name,
            shape=shape,
        )
    array = np.load(io.BytesIO(content), allow_pickle=False)
    rows = spaced(len(array), most)
    if not records:
        return _stored(distinct([""] * shape[1]), array[rows], rows, len(array))
    columns = [array[field][rows].astype(np.float64) for field in fields]
    return _stored(fields, np.column_stack(columns), rows, len(array))


def read_head(file: BinaryIO, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of the array that an NPY file announces, which hold no objects; the file stands then at its numbers."""
    try:
        major, _ = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(file)
    except _DAMAGED as error:
        raise fault(
            ValueError,
            "{name} is a damaged NPY file ({error}); save it again with numpy.save",
            name=name,
            error=one_line(error),
        ) from None
    if dtype.hasobject:
        raise fault(ValueError, "{name} holds Python objects, which could run code when read; save numbers instead", name=name)
    return shape, dtype


def _check_kind(dtype: np.dtype[Any], name: str) -> None:
    """Refuse what is no table of real numbers, with the call that makes one."""
    fields = [dtype] if dtype.names is None else [dtype[field] for field in dtype.names]
    if fields and all(field.kind in "fiub" for field in fields):
        return
    raise fault(ValueError, _NO_NUMBERS.get(dtype.kind, _NO_FLOATS), name=name, dtype=str(dtype)[:80])


def read_parquet(content: bytes, name: str, most: int | None, *, raw: bool, max_bytes: int) -> Sheet:
    """Columns of numbers as they are, all others as text; the nameless index of a pandas frame is left out."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        counts = file.metadata
        unpacked = sum(counts.row_group(group).total_byte_size for group in range(counts.num_row_groups))
        check_bytes(max(unpacked, 8 * counts.num_rows * counts.num_columns), name, max_bytes)
        frame = file.read().replace_schema_metadata().to_pandas()
        rows = spaced(len(frame), most)
        columns = [frame.iloc[rows, place] for place in range(frame.shape[1])]
        columns = [cells if cells.dtype.kind in "fiub" else cells.map(str).where(cells.notna(), "") for cells in columns]
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise fault(
            ValueError,
            "{name} is a damaged Parquet file ({error}); save it again",
            name=name,
            error=one_line(error),
        ) from None
    names = list(frame.columns)
    kept = [place for place, column in enumerate(names) if raw or not column.startswith(_INDEX)]
    sample = frame.iloc[spaced(len(frame), 1000)]
    while not raw and len(kept) > 1 and names_rows(names[kept[0]], sample.iloc[:, kept[0]].tolist()):
        kept.pop(0)
    left_out = tuple(names[place] for place in sorted(set(range(len(names))) - set(kept)))
    arrays = [columns[place].to_numpy(dtype=np.float64 if columns[place].dtype.kind in "fiub" else object) for place in kept]
    cells = np.column_stack(arrays) if arrays else np.empty((len(rows), 0))
    return _stored(distinct([names[place] for place in kept]), cells, rows, len(frame), left_out)


def _stored(
    names: Sequence[str], cells: NDArray[Any], rows: NDArray[np.int64], total: int, left_out: tuple[str, ...] = ()
) -> Sheet:
    return Sheet(tuple(names), cells, "row", rows + 1, rows, total, left_out)
