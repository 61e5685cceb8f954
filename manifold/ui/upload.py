"""A visitor's own points: read once, kept for the session, refused in one sentence."""

from __future__ import annotations

import io
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from manifold import PointCloud, fit_unit_disc, read_points
from manifold._files import column_names, read_table
from manifold.clouds import table_cloud
from manifold.text.prose import literal

_KEY = "uploaded points"
_CLOUD = "uploaded cloud"
_FEWEST = 3  # points of a map


@st.cache_data(max_entries=32, show_spinner=False)
def read_upload(name: str, content: bytes, max_points: int) -> PointCloud:
    """First two columns of an uploaded CSV or NPY file, at most `max_points` of its rows, fitted to the unit disc."""
    return fit_unit_disc(read_points(io.BytesIO(content), name=name, columns=(0, 1), max_points=max_points))


def upload_points(max_points: int) -> tuple[str, bytes] | None:
    """Show the upload; name and content of the last file that could be read, or None.

    A file that cannot be read is refused with its reason, and the one before stays.
    """
    file = st.file_uploader("Your points", type=["csv", "txt", "npy"], help="CSV or NPY, one row a point.")
    if file is None and _KEY not in st.session_state:
        st.info("Choose a file; until then the spiral is shown.")
    if file is not None:
        try:
            read_upload(file.name, file.getvalue(), max_points)
            st.session_state[_KEY] = (file.name, file.getvalue())
        except ValueError as error:
            kept = "The file before it is still shown." if _KEY in st.session_state else "The spiral is shown instead."
            st.error(literal(f"{error}. {kept}"))
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
    file = st.file_uploader("Your points", type=["csv", "txt", "npy"], help="CSV or NPY, one row a point.", key="own cloud")
    kept: OwnCloud | None = st.session_state.get(_CLOUD)
    if file is not None:
        try:
            color = st.selectbox("Colour by", [None, *_columns(file)], format_func=lambda name: name or "position in the file")
            wanted = (file.file_id, color, max_points)
            if st.session_state.get(f"{_CLOUD}: wanted") != wanted:
                kept = st.session_state[_CLOUD] = _read_cloud(file, color, max_points)
                st.session_state[f"{_CLOUD}: wanted"] = wanted
        except ValueError as error:
            shown = "The file before it is still shown." if kept else "The swiss roll is shown instead."
            words = "not a number" in str(error) and "has ''," not in str(error)
            hint = " A column of words is no coordinate; choose it under Colour by." if words else ""
            st.error(literal(f"{error}.{hint} {shown}"))
    if kept is None and file is None:
        st.info("Choose a file; until then the swiss roll is shown.")
    elif kept is not None and kept.total > len(kept.cloud.points):
        st.info(literal(f"{kept.name} has {kept.total:,} rows; {len(kept.cloud.points):,} of them, evenly spaced, are shown."))
    return kept


def _columns(file: UploadedFile) -> tuple[str, ...]:
    """Names of the file's columns, found once."""
    key = f"{_CLOUD}: columns"
    if st.session_state.get(key, ("",))[0] != file.file_id:
        st.session_state[key] = (file.file_id, column_names(io.BytesIO(file.getvalue()), name=file.name))
    names: tuple[str, ...] = st.session_state[key][1]
    return names


def _read_cloud(file: UploadedFile, color: str | None, max_points: int) -> OwnCloud:
    table = read_table(io.BytesIO(file.getvalue()), name=file.name, label=color, max_rows=max_points)
    if len(table.numbers) < _FEWEST:
        raise ValueError(f"{file.name} has only {len(table.numbers)} of the {_FEWEST} points that a map needs; add rows")
    if table.numbers.shape[1] < 2:
        raise ValueError(f"{file.name} has one column of coordinates; a map of two dimensions needs at least two")
    return OwnCloud(file.name, table.total, color, table.words, fit_unit_disc(table_cloud(table)))
