"""Decimal signs: whether a file writes 1.5 or 1,5, and so what 1.234 is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from manifold.checks import fault

_SIGNS = {".": ",", ",": "."}
"""Of each decimal sign the one that then parts thousands."""

_NUMBER = {
    sign: re.compile(
        rf"[+-]?(?=[{sign}]?\d)(?:\d+|[1-9]\d{{0,2}}(?:[{other}]\d{{3}})+)?(?:[{sign}]\d*)?(?:[eE][+-]?\d+)?", re.ASCII
    )
    for sign, other in _SIGNS.items()
}


class DecimalError(ValueError):
    """A file whose numbers can be read with either decimal sign."""


def parse_number(cell: str | float, decimal: str = ".") -> float:
    """The number in a cell; ValueError if it holds none.

    Thousands may be parted by the other sign: 1,234.5 is a number with a decimal point, 1.234,5 one with a decimal comma.
    """
    if not isinstance(cell, str):
        return float(cell)
    if _NUMBER[decimal].fullmatch(cell):
        return float(cell.replace(_SIGNS[decimal], "").replace(decimal, "."))
    if re.search(r"[\d_]", cell):  # as 1_000, which Python alone reads, or 1.5 among decimal commas
        raise ValueError(cell)
    return float(cell)  # nan or inf


def is_number(cell: str | float, decimal: str = ".") -> bool:
    """Whether a cell is a number."""
    try:
        parse_number(cell, decimal)
    except ValueError:
        return False
    return True


def find_decimal(cells: Iterable[str], name: str, *, point: bool) -> str:
    """The decimal sign of cells: the one that a cell shows which is a number with it, and none with the other.

    Three digits after a point or a comma show nothing: they may be decimals, or the last of a thousand. Where no other cell
    shows the sign, the file is refused; with `point` a point is then taken for the decimal sign, as pandas does.
    """
    shown: dict[str, str] = {}
    doubtful = []
    for cell in cells:
        signs = [sign for sign, number in _NUMBER.items() if number.fullmatch(cell)] if "." in cell or "," in cell else []
        if len(signs) == 1:
            shown.setdefault(signs[0], cell)
        elif signs and ("," in cell or not point):
            doubtful.append(cell)
    if len(shown) == 2:
        raise fault(
            DecimalError,
            "{name} has {first} and {second}: a decimal point and a decimal comma; say which with decimal='.' or decimal=','",
            name=name,
            first=shown["."][:40],
            second=shown[","][:40],
        )
    if doubtful and not shown:
        raise fault(
            DecimalError,
            "{name} has {cell}: three decimals, or a thousand; say which with decimal='.' or decimal=','",
            name=name,
            cell=doubtful[0][:40],
        )
    return next(iter(shown), ".")
