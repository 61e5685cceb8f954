"""A visitor's own points: read once, kept for the session, refused in one sentence."""

from __future__ import annotations

import io
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from manifold import PointCloud, fit_unit_disc, read_points
from manifold.clouds.files import column_names, read_table
from manifold.clouds.spec import SUFFIXES, table_cloud
from manifold.text import explain, literal, say

_KEY = "uploaded-points"
_CLOUD = "uploaded-cloud"
_FEWEST = 3  # points of a map
_KINDS = (*SUFFIXES, ".gz")


@st.cache_data(max_entries=32, show_spinner=False)
def read_upload(name: str, content: bytes, max_points: int) -> PointCloud:
    """First two columns of an uploaded file, at most `max_points` of its rows, fitted to the unit disc."""
    return fit_unit_disc(read_points(io.BytesIO(content), name=name, columns=(0, 1), max_points=max_points))


def upload_points(max_points: int) -> tuple[str, bytes] | None:
    """Show the upload; name and content of the last file that could be read, or None.

    A file that cannot be read is refused with its reason, and the one before stays.
    """
    file = st.file_uploader(say("upload.title"), type=_KINDS, help=say("upload.help"))
    if file is None and _KEY not in st.session_state:
        st.info(say("upload.none"))
    if file is not None:
        try:
            read_upload(file.name, file.getvalue(), max_points)
            st.session_state[_KEY] = (file.name, file.getvalue())
        except ValueError as error:
            told = "upload.refused.before" if _KEY in st.session_state else "upload.refused"
            st.error(literal(say(told, reason=explain(error))))
    return st.session_state.get(_KEY)


@dataclass(frozen=True, eq=False)
class OwnCloud:
    """A visitor's points in any dimension: the name of the file, its rows, the column that colours, and that column's words."""

    name: str
    total: int
    color: str | None
    words: tuple[str, ...]
    cloud: PointCloud


def upload_cloud(max_points: int) -> OwnCloud | None:
    """Show the upload and the choice of a column to colour by; the last file that could be read, or None.

    A file is read once, and again when the column or the number of points changes; a refused one leaves the one before.
    """
    file = st.file_uploader(say("upload.title"), type=_KINDS, help=say("upload.help"), key="own-cloud")
    own: OwnCloud | None = st.session_state.get(_CLOUD)
    if file is not None:
        try:
            color = st.selectbox(say("upload.color"), [None, *_columns(file)], format_func=_column_title)
            wanted = (file.file_id, color, max_points)
            if st.session_state.get(f"{_CLOUD}:wanted") != wanted:
                own = st.session_state[_CLOUD] = _read_cloud(file, color, max_points)
                st.session_state[f"{_CLOUD}:wanted"] = wanted
        except ValueError as error:
            st.error(literal(_refusal(error, shown_before=own is not None)))
    if own is None and file is None:
        st.info(say("upload.none.roll"))
    elif own is not None and own.total > len(own.cloud.points):
        st.info(literal(say("upload.sampled", file=own.name, total=own.total, count=len(own.cloud.points))))
    return own


def _refusal(error: ValueError, *, shown_before: bool) -> str:
    """Why a file is not shown, what to do where words are the reason, and what is shown instead."""
    words = "not a number" in str(error) and "has ''," not in str(error)
    if shown_before:
        return say("upload.refused.words.before" if words else "upload.refused.before", reason=explain(error))
    return say("upload.refused.words" if words else "upload.refused.roll", reason=explain(error))


def _column_title(name: str | None) -> str:
    return name or say("upload.color.position")


def _columns(file: UploadedFile) -> tuple[str, ...]:
    """Names of the file's columns, found once."""
    key = f"{_CLOUD}:columns"
    if st.session_state.get(key, ("",))[0] != file.file_id:
        st.session_state[key] = (file.file_id, column_names(io.BytesIO(file.getvalue()), name=file.name))
    names: tuple[str, ...] = st.session_state[key][1]
    return names


def _read_cloud(file: UploadedFile, color: str | None, max_points: int) -> OwnCloud:
    table = read_table(io.BytesIO(file.getvalue()), name=file.name, label=color, max_rows=max_points)
    if len(table.numbers) < _FEWEST:
        raise ValueError(say("upload.too-few", file=file.name, count=len(table.numbers), fewest=_FEWEST))
    if table.numbers.shape[1] < 2:
        raise ValueError(say("upload.one-column", file=file.name))
    return OwnCloud(file.name, table.total, color, table.words, fit_unit_disc(table_cloud(table)))
