"""Tables written as text: lines, cells between separators, and names in the first line."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manifold.checks import fault
from manifold.clouds.decimals import find_decimal, is_number
from manifold.clouds.sheet import Sheet, distinct, names_rows, spaced

_BLANKS = "[ \t]+"
_MARKS = ";\t,"
_QUOTED = r'"[^"]*(?:""[^"]*)*"(?!")'
_SAMPLE = 1000  # rows that tell how a file is written, however many of them are taken

Lines = list[tuple[int, str]]
"""Lines with cells, each after its number in the file."""


def read_text(content: bytes, name: str, most: int | None, *, decimal: str | None, raw: bool) -> Sheet:
    """At most `most` rows of CSV text; see `manifold.read_points`."""
    text = _decode(content, name)
    separator, lines = _lines(text, name)
    first = _cells(lines[:1], separator, name)[0].tolist() if lines else []
    numbered = not raw and len(lines) > 1 and _counts_columns(first)
    head = first if numbered or not any(map(_may_be_number, first)) else []
    lines = lines[1:] if head else lines
    if not lines:
        raise fault(ValueError, "{name} has no row of numbers; it needs one row per point", name=name)
    rows = spaced(len(lines), most)
    cells = _cells([lines[row] for row in rows], separator, name)

    def sample() -> NDArray[Any]:
        """Rows of as many cells as those that are taken, the same however many are."""
        return _cells([lines[row] for row in spaced(len(lines), _SAMPLE)], separator, name, width=cells.shape[1])

    names, kept = _columns(head, cells.shape[1], sample, raw=raw)
    if decimal is None:
        doubtful = separator == ";" or ('"' if separator == "," else ",") in text
        decimal = find_decimal(sample().flat, name, point=separator != ";") if doubtful else "."
    left_out = tuple(names[place] for place in sorted(set(range(len(names))) - set(kept)))
    places = np.array([lines[row][0] for row in rows])
    shown = tuple(names[place] for place in kept)
    return Sheet(shown, cells[:, kept], "line", places, rows, len(lines), left_out, numbered, decimal)


def _decode(content: bytes, name: str) -> str:
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
    return text


def _lines(text: str, name: str) -> tuple[str, Lines]:
    """What stands between two cells, as a pattern, and the lines that are neither blank nor a comment."""
    lines = list(enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1))
    if hint := re.fullmatch(r'"?sep=([;,|:\t])"?', lines[0][1].strip(" "), re.IGNORECASE):  # a line that Excel reads and writes
        return hint[1], list(_records(lines[1:], hint[1], name))
    separator = _find_separator(lines, name)
    return separator, list(_records(lines, separator, name))


def _find_separator(lines: Lines, name: str) -> str:
    """The mark that stands in the first line and in the second; blanks, if none stands in either."""
    heads: list[str] = []
    for mark in _MARKS:
        with contextlib.suppress(ValueError):  # of a quote that would not be closed
            heads = [_bare(line, mark) for _, line in islice(_records(lines, mark, name), 2)]
            if heads and all(mark in head for head in heads):
                return mark
    first, second = (heads[0], heads[-1]) if heads else ("", "")
    one_name = re.search(_BLANKS, first) is None
    return next((mark for mark in _MARKS if mark in first or (one_name and mark in second)), _BLANKS)


def _records(lines: Iterable[tuple[int, str]], separator: str, name: str) -> Iterator[tuple[int, str]]:
    """Lines with cells, by their numbers; where a quoted cell goes on in the next line, both are one."""
    opening = re.compile(f'(?:^|{_pattern(separator)}) *"')
    closing = re.compile(rf'[^"]*(?:""[^"]*)*"(?= *(?:{_pattern(separator)}|$))')
    parts: list[str] = []
    place = 0
    for number, line in lines:
        rest = line
        if parts and '"' in line.replace('""', ""):
            end = closing.match(line)
            if end is None:
                break
            rest = "x" + line[end.end() :]
        elif parts:
            parts.append(line)
            continue
        elif not line.strip() or line.lstrip(" ").startswith("#"):
            continue
        place = place if parts else number
        parts.append(line)
        if '"' not in rest or not opening.search(_bare(rest, separator)):
            yield place, "\n".join(parts).strip(" ")
            parts = []
    if parts:
        raise fault(
            ValueError,
            "line {unclosed} of {name} has a quote that is not closed; close it, or take it away",
            unclosed=place,
            name=name,
        )


def _bare(line: str, separator: str) -> str:
    """A line with x in place of every quoted cell: quotes hide separators."""
    return re.sub(rf"((?:^|{_pattern(separator)}) *){_QUOTED}", r"\1x", line) if '"' in line else line


def _pattern(separator: str) -> str:
    return separator if separator == _BLANKS else re.escape(separator)


def _cells(lines: Lines, separator: str, name: str, *, width: int | None = None) -> NDArray[Any]:
    """Cells (N, c) of lines, as text without quotes; of those with `width` cells, where it is given."""
    counts = [len(re.findall(_pattern(separator), _bare(line, separator))) + 1 for _, line in lines]
    if width is not None:
        lines = [line for line, count in zip(lines, counts, strict=True) if count == width]
    elif uneven := [place for place, count in enumerate(counts) if count != counts[0]]:
        raise fault(
            ValueError,
            "line {line} of {name} has {many} values, the first row has {first}; make them equal",
            line=lines[uneven[0]][0],
            name=name,
            many=counts[uneven[0]],
            first=counts[0],
        )
    texts = [line for _, line in lines]
    if separator != _BLANKS and not any('"' in text for text in texts):  # pandas takes seconds for 150,000 columns
        rows: Any = [text.split(separator) for text in texts]
    else:
        options: Any = {"dtype": object, "keep_default_na": False, "skipinitialspace": True, "skip_blank_lines": False}
        import pandas as pd

        mark = r"\s+" if separator == _BLANKS else separator
        rows = pd.read_csv(io.StringIO("\n".join(texts)), sep=mark, header=None, **options).to_numpy()
    return np.array([[cell.strip() for cell in row] for row in rows], dtype=object).reshape(len(texts), -1)


def _may_be_number(cell: str) -> bool:
    return is_number(cell) or is_number(cell, ",")


def _counts_columns(first: list[str]) -> bool:
    """Whether a first line is 0, 1, ..., k - 1, as pandas writes it for a frame without names, with or without row numbers."""
    named = [str(place) for place in range(len(first))]
    return len(first) > 1 and (first == named or first == ["", *named[:-1]])


def _columns(
    head: list[str], width: int, sample: Callable[[], NDArray[Any]], *, raw: bool
) -> tuple[tuple[str, ...], list[int]]:
    """Names of `width` columns by the first line, `head`, and which of them are kept.

    Left out are, in front, numbers or names of rows, and behind, columns without a name and without a cell.
    """
    kept = list(range(width))
    if len(head) not in (width - 1, width) or not head:
        return distinct([""] * width), kept
    if len(head) == width and not (head[-1] == "" or names_rows(head[0], [])):
        return distinct(head), kept
    cells = sample()
    behind = len(head) < width and not cells[:, -1].any()  # lines that end with a separator
    names = head if len(head) == width else [*head, ""] if behind else ["", *head]
    while len(kept) > 1 and not names[kept[-1]] and not cells[:, kept[-1]].any():
        kept.pop()
    fewer = len(head) < width and not behind  # R's row names, whatever they are
    while not raw and len(kept) > 1 and (fewer or names_rows(names[kept[0]], cells[:, kept[0]].tolist())):
        kept.pop(0)
        fewer = False
    return distinct(names), kept
