"""Rows of a file as they are written: cells, names of columns, and which rows they are."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manifold.checks import Floats, Integers, fault
from manifold.clouds.decimals import is_number, parse_number
from manifold.results import Result

_NAMELESS = re.compile(r"Unnamed: 0(\.\d+)*")


@dataclass(frozen=True, eq=False, repr=False)
class Sheet(Result):
    """Rows taken from a file, before anybody asks which columns are numbers.

    Attributes
    ----------
    names : tuple of str
        Of the c columns, no two alike.
    cells : ndarray of shape (N, c)
        Text, or numbers where the file keeps them as such.
    unit : {"line", "row"}
        What `places` count.
    places : ndarray of int, shape (N,)
        Where in the file each row stands, from 1.
    rows : ndarray of int, shape (N,)
        Which rows these are, counted from 0 among all rows of numbers.
    total : int
        Rows of numbers in the file.
    left_out : tuple of str
        Columns of row numbers, or names of rows, that are not among the c.
    numbered : bool
        Whether the first line, 0, 1, ..., was taken for names.
    decimal : {".", ","}
        The decimal sign of cells that are text.
    """

    names: tuple[str, ...]
    cells: NDArray[Any]
    unit: str
    places: Integers
    rows: Integers
    total: int
    left_out: tuple[str, ...] = ()
    numbered: bool = False
    decimal: str = "."


def spaced(count: int, most: int | None) -> Integers:
    """At most `most` of `count` rows, evenly spaced from the first to the last."""
    if most is None or count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.int64)


def unnamed(place: int) -> str:
    """What a column without a name is called, by its place from 0."""
    return f"column {place + 1}"


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, of which an empty one becomes "column 2" and the next equal one "x (2)"."""
    taken: dict[str, None] = {}
    for place, name in enumerate(names):
        wanted = name or unnamed(place)
        number, unique = 1, wanted
        while unique in taken or (number > 1 and unique in names):
            number += 1
            unique = f"{wanted} ({number})"
        taken[unique] = None
    return tuple(taken)


def to_numbers(sheet: Sheet, columns: Sequence[int], name: str) -> Floats:
    """Numbers (N, k) of some columns; ValueError names the first cell that is none."""
    cells = sheet.cells[:, list(columns)]
    if cells.dtype != object:
        return np.asarray(cells, dtype=np.float64, order="C")
    plain = sheet.decimal == "." and not any("_" in cell for cell in cells.flat if isinstance(cell, str))
    with contextlib.suppress(ValueError):
        if plain:  # as most files are, and in a tenth of the time
            return np.asarray(cells, dtype=np.float64, order="C")
    try:
        return np.asarray(np.frompyfunc(parse_number, 2, 1)(cells, sheet.decimal), dtype=np.float64, order="C")
    except ValueError:
        (row, _), cell = next(pair for pair in np.ndenumerate(cells) if not is_number(pair[1], sheet.decimal))
    place, cell = sheet.places[row], str(cell)[:40]
    if sheet.unit == "row":
        raise fault(
            ValueError,
            "row {place} of {name} has {cell!r}, which is not a number; only the colour may be words",
            place=place,
            name=name,
            cell=cell,
        )
    raise fault(
        ValueError,
        "line {place} of {name} has {cell!r}, which is not a number; only the colour may be words",
        place=place,
        name=name,
        cell=cell,
    )


def check_bytes(size: int, name: str, most: int) -> None:
    """Refuse a file of more than `most` bytes."""
    if size > most:
        raise fault(ValueError, "{name} is larger than {most} MB; keep fewer rows", name=name, most=most // 1000000)


def names_rows(name: str, cells: Sequence[str | float]) -> bool:
    """Whether a first column, as pandas and R write it, numbers or names the rows.

    It has no name, or the one that pandas gives for none, and rising whole numbers, as 0 to N - 1, 1 to N, or those of the rows
    that a filter left; or words, no two alike.
    """
    if name and not _NAMELESS.fullmatch(name):
        return False
    texts = [str(cell) for cell in cells]
    if all(text.isdecimal() for text in texts):
        return bool((np.diff([int(text) for text in texts]) > 0).all())
    return not any(is_number(cell) for cell in cells) and "" not in texts and len(set(texts)) == len(texts)
