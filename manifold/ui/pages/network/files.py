"""A visitor's own picture: read as the page asks, kept for the session, refused in one sentence."""

from __future__ import annotations

import streamlit as st

from manifold import picture_views, random_stream, read_picture
from manifold.text import explain, literal, say
from manifold.ui.upload import HASHED, Upload, ask_for_file

_KINDS = ("jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "gif")
_KEPT = "real:picture"


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=HASHED)
def check_picture(upload: Upload, size: int) -> bool:
    """True where views of so many pixels can be made of a picture; what stands in the way is a ValueError."""
    picture_views(read_picture(upload.file(), name=upload.name), count=2, size=size, rng=random_stream(0))
    return True


def own_picture(size: int) -> Upload | None:
    """Show the upload; the last picture that could be read, or None. One that is refused leaves the one before."""
    sent, before = ask_for_file(
        _KEPT, say("real.own"), types=_KINDS, describe=say("real.own.help"), missing=say("real.own.none")
    )
    if sent is None:
        return None
    try:
        check_picture(sent, size)
    except ValueError as error:
        usable = before is not None and before != sent
        st.error(literal(say(f"real.refused{'.before' if usable else ''}", reason=explain(error))))
        return before if usable else None
    st.session_state[_KEPT] = sent
    return sent
