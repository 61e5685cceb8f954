"""Reading a table of numbers from a CSV or NPY file that nobody has checked before."""

from __future__ import annotations

import csv
import io
import math
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from manifold.checks import Floats, Integers
from manifold.registry import Registry

MAX_BYTES = 200_000_000
_DAMAGED = (ValueError, TypeError, IndexError, SyntaxError, tokenize.TokenError, MemoryError, RecursionError)  # by a bad header


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of a file that were kept.

    Attributes
    ----------
    numbers : ndarray of shape (N, c)
    names : tuple of str
        Of the c columns: from the file's first line, or "column 1", "column 2", ...
    label : ndarray of shape (N,) or None
        The column set apart: its numbers, or 0, 1, 2, ... for its words in order of appearance.
    words : tuple of str
        These words; empty for numbers.
    places : ndarray of int, shape (N,)
        Rows kept, counted from 0 among all rows of numbers.
    total : int
        Rows of numbers in the file.
    """

    numbers: Floats
    names: tuple[str, ...]
    label: Floats | None
    words: tuple[str, ...]
    places: Integers
    total: int


def read_table(source: object, *, name: str = "", label: str | None = None, max_rows: int | None = None) -> Table:
    """Rows of a CSV or NPY file, at most `max_rows` evenly spaced, the column `label` apart; see `manifold.read_points`."""
    content, name = _read_bytes(source, name)
    if content.startswith(b"\x93NUMPY"):
        array = _read_npy(content, name)
        places = _spaced(len(array), max_rows)
        names = tuple(f"column {k + 1}" for k in range(array.shape[1]))
        kept = np.asarray(array[places], dtype=np.float64)
        if label is None:
            return Table(kept, names, None, (), places, len(array))
        apart = _find(label, names, name)
        return Table(np.delete(kept, apart, axis=1), _without(names, apart), kept[:, apart], (), places, len(array))
    names, separator, lines = _split_csv(content, name)
    places, total = _spaced(len(lines), max_rows), len(lines)
    rows = [(number, _cells(line, separator)) for number, line in (lines[place] for place in places)]
    for number, cells in rows:
        if len(cells) != len(names):
            raise ValueError(
                f"line {number} of {name} has {len(cells)} values, the first row has {len(names)}; make them equal"
            )
    if label is None:
        return Table(_to_numbers(rows, name), names, None, (), places, total)
    apart = _find(label, names, name)
    values, words = _to_label([(number, cells[apart]) for number, cells in rows], name)
    left = [(number, [*cells[:apart], *cells[apart + 1 :]]) for number, cells in rows]
    return Table(_to_numbers(left, name), _without(names, apart), values, words, places, total)


def column_names(source: object, *, name: str = "") -> tuple[str, ...]:
    """Names of the columns of a CSV or NPY file, as in `Table`."""
    content, name = _read_bytes(source, name)
    if content.startswith(b"\x93NUMPY"):
        return tuple(f"column {k + 1}" for k in range(_read_npy(content, name).shape[1]))
    return _split_csv(content, name)[0]


def _read_bytes(source: object, name: str) -> tuple[bytes, str]:
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
    return content, name


def _spaced(count: int, most: int | None) -> Integers:
    """Places of at most `most` of `count` rows, evenly spaced from the first to the last."""
    if most is None or count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.int64)


def _find(label: str, names: tuple[str, ...], name: str) -> int:
    columns: Registry[int] = Registry(f"column of {name}")
    for place, column in enumerate(dict.fromkeys(names)):
        columns.add(column, place)
    columns[label]
    if len(names) < 2:
        raise ValueError(f"{name} has the column {label!r} only; add at least one column of coordinates")
    return names.index(label)


def _without(names: tuple[str, ...], place: int) -> tuple[str, ...]:
    return (*names[:place], *names[place + 1 :])


def _read_npy(content: bytes, name: str) -> NDArray[np.generic]:
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
    return cast("NDArray[np.generic]", np.load(io.BytesIO(content), allow_pickle=False))


def _split_csv(content: bytes, name: str) -> tuple[tuple[str, ...], str | None, list[tuple[int, str]]]:
    """Names of the columns, what stands between two of them, and the lines of numbers with their numbers."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"{name} is binary or not in UTF-8; give CSV text in UTF-8, or a NumPy array saved with numpy.save")
    lines = [(number, line.strip(" ")) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line.strip() and not line.startswith("#")]
    separator = next((mark for mark in ";\t," if lines and mark in lines[0][1]), None)
    names: list[str] = []
    if lines and not any(map(_is_number, _cells(lines[0][1], separator))):
        names = _cells(lines.pop(0)[1], separator)
    if not lines:
        raise ValueError(f"{name} has no row of numbers; it needs one row per point")
    columns = len(_cells(lines[0][1], separator))
    if len(names) != columns:
        names = [f"column {k + 1}" for k in range(columns)]
    return tuple(names), separator, lines


def _cells(line: str, separator: str | None) -> list[str]:
    """Cells of a line, without quotes."""
    if separator is None:
        return line.split()
    cells = [cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True))]
    if separator != ";":
        return cells
    pointed = [cell.replace(",", ".") for cell in cells]  # the comma is then the decimal sign
    return [point if _is_number(point) else cell for cell, point in zip(cells, pointed, strict=True)]


def _to_label(rows: list[tuple[int, str]], name: str) -> tuple[Floats, tuple[str, ...]]:
    """Numbers as they are; if a cell is none, all are words, numbered in order of appearance."""
    cells = [cell for _, cell in rows]
    if all(_is_number(cell) for cell in cells if cell):
        return _to_numbers([(number, [cell]) for number, cell in rows], name)[:, 0], ()
    words = list(dict.fromkeys(cells))
    numbers = {word: float(place) for place, word in enumerate(words)}
    return np.array([numbers[cell] for cell in cells]), tuple(words)


def _to_numbers(rows: list[tuple[int, list[str]]], name: str) -> Floats:
    try:
        return np.array([[float(cell) for cell in cells] for _, cells in rows])
    except ValueError:
        number, cell = next((n, c) for n, cells in rows for c in cells if not _is_number(c))
        raise ValueError(
            f"line {number} of {name} has {cell[:40]!r}, which is not a number; only the colour may be words"
        ) from None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
