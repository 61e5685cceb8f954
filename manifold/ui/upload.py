"""A visitor's own points: read as the page asks, kept for the session, refused in one sentence."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from manifold import PointCloud, fit_unit_disc
from manifold.clouds.decimals import DecimalError
from manifold.clouds.files import AUTOMATIC, Reading, read_sheet, read_table, word_columns
from manifold.clouds.sheet import Sheet, distinct, unnamed
from manifold.clouds.spec import SUFFIXES, table_cloud, write_file
from manifold.text import brief, explain, literal, say

FEWEST = 3
"""Points of a map."""

_MOST_COLUMNS = 20_000
_MOST_OFFERED = 1_000  # columns in a menu
_SAID = 3  # of the columns that are left out
_MOST_NUMBERS = 10_000_000  # of a cloud that methods copy several times
_REPLACED = 10.0  # seconds within which a file that comes takes the place of the one that went
TABLES = (*SUFFIXES, ".gz")
"""Ends of names of files of numbers."""


@dataclass(frozen=True)
class Upload:
    """A visitor's file, and how it is read.

    Attributes
    ----------
    name : str
    digest : str
        Of its content, for which it stands in the keys of caches.
    content : bytes
    columns : tuple of int or None
        Columns to take, as `manifold.read_points` counts them.
    color : str or None
        The column that colours.
    reading : Reading
    """

    name: str
    digest: str
    content: bytes = field(repr=False)
    columns: tuple[int, ...] | None = None
    color: str | None = None
    reading: Reading = AUTOMATIC

    @classmethod
    def of(cls, name: str, content: bytes) -> Upload:
        """A file as it came."""
        return cls(name, hashlib.sha256(content).hexdigest(), content)

    @property
    def options(self) -> dict[str, Any]:
        """Options of `read_points` that differ from its defaults."""
        chosen = {"columns": self.columns, "color": self.color, "decimal": self.reading.decimal, "raw": self.reading.raw}
        return {key: value for key, value in chosen.items() if value}

    @property
    def spec(self) -> str:
        """The file, saved under its name, as `manifold.make_cloud` reads it; the colour apart, whose name may hold commas."""
        return write_file(self.name, {key: value for key, value in self.options.items() if key != "color" and value != (0, 1)})

    def file(self) -> io.BytesIO:
        """The content, to be read, with its name."""
        file = io.BytesIO(self.content)
        file.name = self.name
        return file


@dataclass(frozen=True, eq=False)
class OwnCloud:
    """Points of a visitor's file: the rows that it has, the words of the column that colours, the points."""

    total: int
    words: tuple[str, ...]
    cloud: PointCloud


HASHED: dict[Any, Callable[[Any], object]] = {Upload: lambda upload: repr(upload)}
"""How cached functions tell uploads apart: by digest. Streamlit itself looks at a sample of the numbers of a large array."""


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASHED)
def read_upload(upload: Upload, max_points: int, fewest: int = 2) -> OwnCloud:
    """At most `max_points` of the points, fitted to the unit disc, or ball; ValueError if there are not `fewest`."""
    table = read_table(
        upload.file(),
        name=upload.name,
        label=upload.color,
        columns=upload.columns,
        max_rows=max_points,
        reading=upload.reading,
    )
    if fewest > len(table.numbers):
        raise ValueError(say("upload.too-few", file=brief(upload.name), count=len(table.numbers), fewest=fewest))
    if table.numbers.shape[1] < 2:
        raise ValueError(say("upload.one-column", file=brief(upload.name)))
    return OwnCloud(table.total, table.words, fit_unit_disc(table_cloud(table)))


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASHED)
def _look(upload: Upload) -> tuple[Sheet, tuple[str, ...]]:
    """Some rows of a file as they are written, and which columns are words."""
    sheet = read_sheet(upload.file(), name=upload.name, max_rows=100, reading=upload.reading)
    if len(sheet.names) > _MOST_COLUMNS:
        raise ValueError(say("upload.wide", file=brief(upload.name), count=len(sheet.names), most=_MOST_COLUMNS))
    return sheet, word_columns(sheet)


def sent_before(kept: str) -> Upload | None:
    """The file that the session has as `kept`; that it has none is said, where a setting beside asks for it."""
    upload: Upload | None = st.session_state.get(kept)
    if upload is None:
        st.info(say("compare.no-file"))
    return upload


def upload_plane(max_points: int) -> Upload | None:
    """Show the upload and the choice of two columns; the last file that could be read, or None."""
    shown = _upload("plane", "", _choose_two, lambda upload: (upload, read_upload(upload, max_points)))
    return shown[0] if shown else None


def upload_cloud(max_points: int) -> tuple[Upload, OwnCloud] | None:
    """Show the upload and the choice of a column to colour by; the last file that could be read and its points, or None.

    Of very many columns fewer points are taken.
    """

    def read(upload: Upload) -> tuple[Upload, OwnCloud]:
        most = min(max_points, _MOST_NUMBERS // len(_look(upload)[0].names))
        return upload, read_upload(upload, most, FEWEST)

    return _upload("cloud", ".roll", _choose_color, read)


def _upload(
    key: str, default: str, choose: Callable[[Upload], Upload], read: Callable[[Upload], tuple[Upload, OwnCloud]]
) -> tuple[Upload, OwnCloud] | None:
    """A file that cannot be read is refused with its reason, and the one before stays; one that is taken away is gone."""
    kept = f"uploaded-{key}"
    sent, before = ask_for_file(
        kept, say("upload.title"), types=TABLES, describe=say("upload.help"), missing=say(f"upload.none{default}")
    )
    if sent is None:
        return None
    try:
        upload, own = read(choose(_choose_reading(sent)))
    except ValueError as error:
        st.error(literal(say(f"upload.refused{'.before' if before else default}", reason=explain(error))))
        return read(before) if before else None
    st.session_state[kept] = upload
    if own.total > len(own.cloud.points):
        st.info(literal(say("upload.sampled", file=brief(upload.name), total=own.total, count=len(own.cloud.points))))
    return upload, own


def ask_for_file(
    kept: str, title: str, *, types: Sequence[str], describe: str, missing: str = "", most: int | None = None
) -> tuple[Upload | None, Upload | None]:
    """Show where a file can be given; the one that is given now or was before, and the one that the session has as `kept`.

    One that is taken away is forgotten, unless another takes its place; without any, `missing` is said. `most` are the MB
    that it may have.
    """
    widget = f"own-{kept}"

    def change() -> None:
        _change(kept, given=st.session_state.get(widget) is not None)

    file = st.file_uploader(title, type=types, help=describe, key=widget, on_change=change, max_upload_size=most)
    before: Upload | None = st.session_state.get(kept)
    sent = before if file is None else Upload.of(file.name, file.getvalue())
    if sent is None:
        if missing:
            st.info(missing)
    elif file is None:  # the page was left, and came back with an empty widget
        st.caption(literal(say("upload.kept", file=brief(sent.name))))
        st.button(say("upload.away"), on_click=change, icon=":material/close:")
    return sent, before


def _change(kept: str, *, given: bool) -> None:
    """Forget the file of the session, or have it back: before a browser sends another in its place, it takes it away."""
    if not given and kept in st.session_state:
        st.session_state[f"{kept}:gone"] = (time.monotonic(), st.session_state.pop(kept))
    elif given and (gone := st.session_state.pop(f"{kept}:gone", None)) and time.monotonic() - gone[0] < _REPLACED:
        st.session_state[kept] = gone[1]


def choose_numbers(upload: Upload) -> Upload:
    """How a file of numbers is read where it leaves a choice; columns of words are left out, and said."""
    told = _choose_reading(upload)
    sheet, words = _look(told)
    _say_words(words)
    numbers = tuple(place for place, name in enumerate(sheet.names) if name not in words)
    return replace(told, columns=numbers if words and numbers else None)


def _choose_reading(upload: Upload) -> Upload:
    """The decimal sign where the file leaves it open, and whether row numbers and counted columns are numbers too."""
    key, before, told = f"own:{upload.digest[:16]}", upload.reading, replace(upload, reading=AUTOMATIC)
    try:
        _look(told)
    except DecimalError:
        signs = {".": say("upload.decimal.point"), ",": say("upload.decimal.comma")}
        sign = st.segmented_control(
            say("upload.decimal"), list(signs), format_func=signs.__getitem__, default=before.decimal, key=f"{key}:decimal"
        )
        told = replace(upload, reading=Reading(decimal=sign))
    sheet, _ = _look(told)
    if not sheet.left_out and not sheet.numbered:
        return told
    for column in sheet.left_out:
        st.caption(literal(say("upload.left-out", column=brief(column))))
    if sheet.numbered:
        st.caption(say("upload.numbered"))
    raw = st.toggle(say("upload.raw"), value=before.raw, key=f"{key}:raw")
    return replace(told, reading=replace(told.reading, raw=raw))


def _titles(sheet: Sheet) -> tuple[str, ...]:
    """Names of columns as menus show them; those of the columns that have none come from the texts."""
    names = enumerate(sheet.names)
    return distinct([say("upload.column", number=k + 1) if name == unnamed(k) else brief(name) for k, name in names])


def _choose_two(upload: Upload) -> Upload:
    """Which columns of numbers are across and up."""
    sheet, words = _look(upload)
    titles = _titles(sheet)
    numbers = [place for place, name in enumerate(sheet.names) if name not in words]
    if len(numbers) < 2:
        return replace(upload, columns=(0, 1))
    _say_words(words)
    chosen = upload.columns or tuple(numbers[:2])
    if len(numbers) > 2:
        offered = numbers[:_MOST_OFFERED]
        places = [offered.index(place) if place in offered else 0 for place in chosen]
        labels = (say("upload.across"), say("upload.up"))
        chosen = tuple(
            column.selectbox(label, offered, index, format_func=titles.__getitem__, key=f"own:{upload.digest[:16]}:{axis}")
            for axis, (column, label, index) in enumerate(zip(st.columns(2), labels, places, strict=True))
        )
    return replace(upload, columns=chosen)


def _choose_color(upload: Upload) -> Upload:
    """Which column colours: a single one of words, unless the visitor says otherwise; others of words are left out."""
    sheet, words = _look(upload)
    titles = dict(zip(sheet.names, _titles(sheet), strict=True))
    options = [None, *sheet.names[:_MOST_OFFERED]]
    proposed = upload.color or (words[0] if len(words) == 1 and words[0] in options else None)
    color = st.selectbox(
        say("upload.color"),
        options,
        options.index(proposed),
        format_func=lambda name: say("upload.color.position") if name is None else titles[name],
        key=f"own:{upload.digest[:16]}:color",
    )
    left_out = [name for name in words if name != color]
    _say_words(left_out)
    others = [name for name in sheet.names if name != color]
    columns = tuple(place for place, name in enumerate(others) if name not in left_out) if left_out else None
    return replace(upload, color=color, columns=columns)


def _say_words(words: Sequence[str]) -> None:
    """Which columns are not among the coordinates because they are words."""
    for name in words[:_SAID]:
        st.caption(literal(say("upload.words", column=brief(name))))
    if len(words) > _SAID:
        st.caption(say("upload.words.more", count=len(words) - _SAID))
