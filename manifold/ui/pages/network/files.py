"""A visitor's own picture and weights: read as the page asks, kept for the session, refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from manifold import picture_views, random_stream, read_picture
from manifold.nets import load_network
from manifold.text import brief, explain, literal, say
from manifold.ui.upload import HASHED, Upload, ask_for_file

MOST_WEIGHTS = 100
"""MB of a file of weights."""

_PICTURES = ("jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "gif")
_WEIGHTS = ("pth", "pt", "safetensors", "tar", "ckpt", "bin")


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=HASHED)
def check_picture(upload: Upload, size: int) -> bool:
    """True where views of so many pixels can be made of a picture; what stands in the way is a ValueError."""
    picture_views(read_picture(upload.file(), name=upload.name), count=2, size=size, rng=random_stream(0))
    return True


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=HASHED)
def check_weights(upload: Upload, network: str) -> bool:
    """True where a file fills a network of `NETWORKS`; what stands in the way is a ValueError."""
    if len(upload.content) > MOST_WEIGHTS * 1_000_000:
        raise ValueError(say("real.file.large", file=brief(upload.name), most=MOST_WEIGHTS))
    load_network(network, upload.file())
    return True


def own_picture(size: int) -> Upload | None:
    """Show the upload; the last picture that could be read, or None."""
    return _own("own", say("real.own"), _PICTURES, lambda sent: check_picture(sent, size))


def own_weights(network: str) -> Upload | None:
    """Show the upload; the last file that fills the network, or None."""
    return _own("file", say("real.file"), _WEIGHTS, lambda sent: check_weights(sent, network), most=MOST_WEIGHTS)


def _own(
    name: str, title: str, types: Sequence[str], check: Callable[[Upload], bool], *, most: int | None = None
) -> Upload | None:
    """A file that passes a check. One that is refused leaves the one before, if that passes still."""
    kept, words = f"real:{name}", {"describe": say(f"real.{name}.help"), "missing": say(f"real.{name}.none")}
    sent, before = ask_for_file(kept, title, types=types, most=most, **words)
    if sent is None:
        return None
    if refused := _refusal(sent, check):
        usable = before is not None and before != sent and not _refusal(before, check)
        told = say(f"real.{name}.refused.before", reason=refused) if usable else say(f"real.{name}.refused", reason=refused)
        st.error(literal(told))
        return before if usable else None
    st.session_state[kept] = sent
    return sent


def _refusal(upload: Upload, check: Callable[[Upload], bool]) -> str:
    """Why a file does not pass a check, or nothing."""
    try:
        check(upload)
    except ValueError as error:
        return explain(error)
    return ""
