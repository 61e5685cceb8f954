"""A visitor's own picture, weights and activations: read as the page asks, kept for the session, refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from manifold import picture_views, random_stream, read_picture
from manifold.checks import Floats, check_array
from manifold.clouds.files import read_table
from manifold.nets import load_network
from manifold.text import brief, explain, literal, say
from manifold.ui.upload import HASHED, TABLES, Upload, ask_for_file, choose_numbers

MOST_WEIGHTS = 100
"""MB of a file of weights."""

MOST_NUMBERS = 5_000_000
"""Of a file of activations; of a longer one, rows that are evenly spaced."""

_PICTURES = ("jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "gif")
_WEIGHTS = ("pth", "pt", "safetensors", "tar", "ckpt", "bin")


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=HASHED)
def check_picture(upload: Upload, size: int) -> None:
    """What stands in the way of views of so many pixels is a ValueError."""
    picture_views(read_picture(upload.file(), name=upload.name), count=2, size=size, rng=random_stream(0))


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=HASHED)
def check_weights(upload: Upload, network: str) -> None:
    """What stands in the way of filling a network of `NETWORKS` with a file is a ValueError."""
    if len(upload.content) > MOST_WEIGHTS * 1_000_000:
        raise ValueError(say("real.file.large", file=brief(upload.name), most=MOST_WEIGHTS))
    load_network(network, upload.file())


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=HASHED)
def read_numbers(upload: Upload) -> tuple[Floats, int]:
    """Values of a file, (N, C), at most `MOST_NUMBERS`, and how many rows the file has; ValueError if some are not finite."""
    read = partial(read_table, name=upload.name, columns=upload.columns, reading=upload.reading)
    columns = len(read(upload.file(), max_rows=1).names)
    table = read(upload.file(), max_rows=max(1, MOST_NUMBERS // columns))
    return check_array(table.numbers, brief(upload.name), shape="(N, C)"), table.total


def own_picture(size: int) -> Upload | None:
    """Show the upload; the last picture that could be read, or None."""

    def read(sent: Upload) -> Upload:
        check_picture(sent, size)
        return sent

    return _own("picture", say("real.own"), _PICTURES, read, describe=say("real.own.help"), missing=say("real.own.none"))


def own_weights(network: str) -> Upload | None:
    """Show the upload; the last file that fills the network, or None."""

    def read(sent: Upload) -> Upload:
        check_weights(sent, network)
        return sent

    words = {"describe": say("real.file.help"), "missing": say("real.file.none")}
    return _own("weights", say("real.file"), _WEIGHTS, read, **words, most=MOST_WEIGHTS)


def own_values(key: str, title: str) -> Upload | None:
    """Show the upload of activations; the last file that could be read, or None."""

    def read(sent: Upload) -> Upload:
        upload = choose_numbers(sent)
        numbers, total = read_numbers(upload)
        if total > len(numbers):
            st.caption(literal(say("upload.sampled", file=brief(upload.name), total=total, count=len(numbers))))
        return upload

    return _own(key, title, TABLES, read, describe=say("real.values.help"))


def _own(
    key: str,
    title: str,
    types: Sequence[str],
    read: Callable[[Upload], Upload],
    *,
    describe: str,
    missing: str = "",
    most: int | None = None,
) -> Upload | None:
    """A file that can be read. One that is refused leaves the one before, if that can be read still."""
    kept = f"real:{key}"
    sent, before = ask_for_file(kept, title, types=types, describe=describe, missing=missing, most=most)
    if sent is None:
        return None
    try:
        st.session_state[kept] = upload = read(sent)
    except ValueError as error:
        reason, usable = explain(error), None if before is None or before.digest == sent.digest else _still(before, read)
        st.error(literal(say("real.refused.before", reason=reason) if usable else say("real.refused", reason=reason)))
        return usable
    return upload


def _still(before: Upload, read: Callable[[Upload], Upload]) -> Upload | None:
    """The file before, if it can be read."""
    try:
        return read(before)
    except ValueError:
        return None
