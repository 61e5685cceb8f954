"""Reading a table of numbers from a CSV, Parquet or NPY file that nobody has checked before."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from manifold.checks import Floats, Integers, abridge, fault
from manifold.clouds.decimals import is_number
from manifold.clouds.delimited import read_text
from manifold.clouds.sheet import Sheet, check_bytes, to_numbers
from manifold.clouds.stored import read_npy, read_parquet
from manifold.registry import choose
from manifold.results import Result

MAX_BYTES = 200_000_000


@dataclass(frozen=True)
class Reading:
    """How a file is read where it leaves a choice.

    Attributes
    ----------
    decimal : {".", ","} or None
        The decimal sign; None finds it, and refuses what is ambiguous.
    raw : bool
        Whether every line and column counts: neither row numbers nor a first line of 0, 1, ... are told apart.
    """

    decimal: str | None = None
    raw: bool = False


AUTOMATIC = Reading()
"""What a file itself tells."""


@dataclass(frozen=True, eq=False, repr=False)
class Table(Result):
    """Rows taken from a file.

    Attributes
    ----------
    numbers : ndarray of shape (N, c)
    names : tuple of str
        Of the c columns: from the file's first line, or "column 1", "column 2", ...; no two alike.
    label : ndarray of shape (N,) or None
        The column set apart: its numbers, or 0, 1, 2, ... for its words in order of appearance.
    words : tuple of str
        These words; empty for numbers.
    rows : ndarray of int, shape (N,)
        Which rows these are, counted from 0 among all rows of numbers.
    total : int
        Rows of numbers in the file.
    note : str
        What was not taken for numbers: row numbers, or a first line of 0, 1, ...
    """

    numbers: Floats
    names: tuple[str, ...]
    label: Floats | None
    words: tuple[str, ...]
    rows: Integers
    total: int
    note: str = ""


def read_table(
    source: object,
    *,
    name: str = "",
    label: str | None = None,
    columns: Sequence[int] | None = None,
    max_rows: int | None = None,
    reading: Reading = AUTOMATIC,
) -> Table:
    """At most `max_rows` rows of a file, evenly spaced, the column `label` apart; see `manifold.read_points`."""
    content, name = _unpack(*read_bytes(source, name))
    sheet = _read_sheet(content, name, max_rows, reading)
    others = list(range(len(sheet.names)))
    values: Floats | None = None
    words: tuple[str, ...] = ()
    if label is not None:
        others.remove(place := _find(label, sheet.names, name))
        values, words = _to_label(sheet, place, name)
    if columns is not None:
        others = _take(others, columns)
    names = tuple(sheet.names[place] for place in others)
    return Table(to_numbers(sheet, others, name), names, values, words, sheet.rows, sheet.total, _note(sheet))


def read_sheet(source: object, *, name: str = "", max_rows: int = 1000, reading: Reading = AUTOMATIC) -> Sheet:
    """Rows of a file as they are written, which tell its columns."""
    return _read_sheet(*_unpack(*read_bytes(source, name)), max_rows, reading)


def word_columns(sheet: Sheet) -> tuple[str, ...]:
    """Columns that hold no number, but something."""
    written = zip(sheet.names, sheet.cells.T, strict=True)
    return tuple(name for name, cells in written if any(cells) and not any(is_number(cell, sheet.decimal) for cell in cells))


def _read_sheet(content: bytes, name: str, most: int | None, reading: Reading) -> Sheet:
    if reading.decimal not in (None, ".", ","):
        raise fault(ValueError, "decimal must be '.' or ',', got {decimal!r}", decimal=reading.decimal)
    if content.startswith(b"\x93NUMPY"):
        return read_npy(content, name, most)
    if content.startswith(b"PAR1"):
        return read_parquet(content, name, most, raw=reading.raw, max_bytes=MAX_BYTES)
    return read_text(content, name, most, decimal=reading.decimal, raw=reading.raw)


_LONGEST_PATH = 4096


def read_bytes(source: object, name: str) -> tuple[bytes, str]:
    """The first `MAX_BYTES` + 1 bytes of a file, given by its path or opened, and what messages call the file."""
    if isinstance(source, str | os.PathLike):
        path = Path(source).expanduser()
        if len(str(path)) > _LONGEST_PATH:
            raise fault(ValueError, "a path has at most {most} signs, got {path}", most=_LONGEST_PATH, path=abridge(str(path)))
        name = name or path.name
        if path.exists() and not path.is_file():
            raise fault(ValueError, "{name} is no file but a folder, a pipe or a device; copy what it holds to one", name=name)
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    elif hasattr(source, "read"):
        content = cast("BinaryIO", source).read(MAX_BYTES + 1)
    else:
        raise fault(
            TypeError, "source must be a path or a file opened in binary mode, got {type_name}", type_name=type(source).__name__
        )
    if not isinstance(content, bytes):
        raise TypeError("source must be opened in binary mode, such as open(path, 'rb')")
    return content, name or "the file"


def _unpack(content: bytes, name: str) -> tuple[bytes, str]:
    """What a file of numbers holds, be it packed or not."""
    if content.startswith(b"\x1f\x8b") and len(content) <= MAX_BYTES:
        try:
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MAX_BYTES + 1)  # a small file may hold terabytes
        except (OSError, EOFError, zlib.error) as error:
            raise fault(ValueError, "{name} is a damaged gzip file ({error}); pack it again", name=name, error=error) from None
    if not content.strip():
        raise fault(ValueError, "{name} is empty; it needs one row of numbers per point", name=name)
    check_bytes(len(content), name, MAX_BYTES)
    return content, name


def _note(sheet: Sheet) -> str:
    """What of the file was not taken for numbers, in one line."""
    parts = []
    if sheet.left_out:
        parts.append(f"{' and '.join(map(repr, sheet.left_out))} numbers or names the rows and is left out")
    if sheet.numbered:
        parts.append("the first line, 0, 1, ..., is taken for names")
    return f"{'; '.join(parts)}; raw=True takes all for numbers" if parts else ""


def _find(label: str, names: tuple[str, ...], name: str) -> int:
    place = names.index(choose(label, names, f"column of {name}"))
    if len(names) < 2:
        raise fault(
            ValueError, "{name} has the column {label!r} only; add at least one column of coordinates", name=name, label=label
        )
    return place


def _take(others: list[int], columns: Sequence[int]) -> list[int]:
    """The columns asked for, of those that are not the colour."""
    if not columns or min(columns) < 0:
        raise fault(ValueError, "columns must be numbers from 0, at least one, got {columns}", columns=tuple(columns))
    if max(columns) >= len(others):
        raise fault(
            ValueError,
            "columns up to number {columns} are needed, but the file has {shape}; add one",
            columns=max(columns) + 1,
            shape=len(others),
        )
    return [others[column] for column in columns]


def _to_label(sheet: Sheet, place: int, name: str) -> tuple[Floats, tuple[str, ...]]:
    """Numbers as they are; if a cell is none, all are words, numbered in order of appearance."""
    cells = sheet.cells[:, place].tolist()
    if all(is_number(cell, sheet.decimal) for cell in cells if cell != ""):
        return to_numbers(sheet, [place], name)[:, 0], ()
    numbers = {word: float(number) for number, word in enumerate(dict.fromkeys(cells))}
    return np.array([numbers[cell] for cell in cells]), tuple(map(str, numbers))
