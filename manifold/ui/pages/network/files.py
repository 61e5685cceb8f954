"""A visitor's own picture: read as the page asks, kept for the session, refused in one sentence."""

from __future__ import annotations

import streamlit as st

from manifold import picture_views, random_stream, read_picture
from manifold.text import brief, explain, literal, say
from manifold.ui.upload import HASHED, Upload

_KINDS = ("jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "gif")
_KEPT, _WIDGET = "real:picture", "real:own-picture"


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=HASHED)
def check_picture(upload: Upload, size: int) -> bool:
    """True where views of so many pixels can be made of a picture; what stands in the way is a ValueError."""
    picture_views(read_picture(upload.file(), name=upload.name), count=2, size=size, rng=random_stream(0))
    return True


def own_picture(size: int) -> Upload | None:
    """Show the upload; the last picture that could be read, or None. One that is refused leaves the one before."""

    def forget() -> None:
        if st.session_state.get(_WIDGET) is None:
            st.session_state.pop(_KEPT, None)

    file = st.file_uploader(say("real.own"), type=_KINDS, help=say("real.own.help"), key=_WIDGET, on_change=forget)
    before: Upload | None = st.session_state.get(_KEPT)
    sent = before if file is None else Upload.of(file.name, file.getvalue())
    if sent is None:
        st.info(say("real.own.none"))
        return None
    if file is None:  # the page was left, and came back with an empty widget
        st.caption(literal(say("upload.kept", file=brief(sent.name))))
        st.button(say("upload.away"), on_click=forget, icon=":material/close:")
    try:
        check_picture(sent, size)
    except ValueError as error:
        usable = before is not None and before != sent
        st.error(literal(say(f"real.refused{'.before' if usable else ''}", reason=explain(error))))
        return before if usable else None
    st.session_state[_KEPT] = sent
    return sent
