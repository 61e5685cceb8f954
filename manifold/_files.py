"""Reading a table of numbers from a CSV or NPY file that nobody has checked before."""

from __future__ import annotations

import io
import math
import tokenize
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from manifold._validation import Floats

MAX_BYTES = 50_000_000
_DAMAGED = (ValueError, TypeError, IndexError, SyntaxError, tokenize.TokenError, MemoryError, RecursionError)  # by a bad header


def read_table(source: object, *, name: str = "") -> Floats:
    """Numbers of a CSV or NPY file as a float64 array of two axes; see `manifold.read_points`."""
    if isinstance(source, str | Path):
        name = name or Path(source).name
        with Path(source).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    elif hasattr(source, "read"):
        content = cast("BinaryIO", source).read(MAX_BYTES + 1)
    else:
        raise TypeError(f"source must be a path or a file opened in binary mode, got {type(source).__name__}")
    if not isinstance(content, bytes):
        raise TypeError("source must be opened in binary mode, such as open(path, 'rb')")
    name = name or "the file"
    if not content.strip():
        raise ValueError(f"{name} is empty; it needs one row of numbers per point")
    if len(content) > MAX_BYTES:
        raise ValueError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB; keep fewer rows")
    if content.startswith(b"\x93NUMPY"):
        return _read_npy(content, name)
    return _read_csv(content, name)


def _read_npy(content: bytes, name: str) -> Floats:
    file = io.BytesIO(content)
    try:
        major, _ = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(file)
    except _DAMAGED as error:
        raise ValueError(f"{name} is a damaged NPY file ({error}); save it again with numpy.save") from None
    if dtype.hasobject:
        raise ValueError(f"{name} holds Python objects, which could run code when read; save numbers instead")
    if dtype.kind not in "fiub":
        raise ValueError(f"{name} must hold numbers, got type {dtype}; convert it with .astype(float)")
    if len(shape) != 2 or any(isinstance(side, bool) or side < 0 for side in shape):
        raise ValueError(f"{name} must have shape (points, coordinates), got {shape}; reshape it to two axes")
    if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError(f"{name} is cut off or padded: {shape} numbers announced; save it again with numpy.save")
    return np.asarray(np.load(io.BytesIO(content), allow_pickle=False), dtype=np.float64)


def _read_csv(content: bytes, name: str) -> Floats:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"{name} is binary or not in UTF-8; give CSV text in UTF-8, or a NumPy array saved with numpy.save")
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    separator = next((mark for mark in ";\t," if lines and mark in lines[0][1]), None)
    if separator == ";":  # the comma is then the decimal sign
        lines = [(number, line.replace(",", ".")) for number, line in lines]
    rows = [(number, line.split(separator)) for number, line in lines]
    if rows and not any(_is_number(cell) for cell in rows[0][1]):
        rows = rows[1:]
    if not rows:
        raise ValueError(f"{name} has no row of numbers; it needs one row per point")
    return _to_numbers(rows, name)


def _to_numbers(rows: list[tuple[int, list[str]]], name: str) -> Floats:
    columns = len(rows[0][1])
    for number, cells in rows:
        if len(cells) != columns:
            raise ValueError(f"line {number} of {name} has {len(cells)} values, the first row has {columns}; make them equal")
    try:
        return np.array([[float(cell) for cell in cells] for _, cells in rows])
    except ValueError:
        number, cell = next((n, c) for n, cells in rows for c in cells if not _is_number(c))
        raise ValueError(f"line {number} of {name} has {cell.strip()[:40]!r}, which is not a number") from None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
