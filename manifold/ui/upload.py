"""A visitor's own points: read once, kept for the session, refused in one sentence."""

from __future__ import annotations

import io

import streamlit as st

from manifold import PointCloud, fit_unit_disc, read_points
from manifold.ui.prose import literal

_KEY = "uploaded points"


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
