"""A visitor's own labelled pictures: read once, kept for the session, refused in one sentence."""

from __future__ import annotations

import streamlit as st

from manifold import random_stream
from manifold.nets.training.data import LabelledImages, OwnImages, split_images
from manifold.nets.training.own import read_images
from manifold.text import brief, explain, literal, say
from manifold.ui.upload import HASHED, Upload, ask_for_file

MOST_MB = 40
MOST_PIXELS = 1_500_000
LONGEST_SIDE = 64
MOST_CLASSES = 20

KEPT = "train:pictures"
"""The session's file."""


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=HASHED)
def read_own(upload: Upload) -> OwnImages:
    """The pictures of a file, if a few seconds of training can make something of them; else ValueError."""
    name = brief(upload.name)
    if len(upload.content) > MOST_MB * 1_000_000:
        raise ValueError(say("train.own.large", file=name, most=MOST_MB))
    data = read_images(upload.file(), name=name, most_pixels=MOST_PIXELS)
    if max(data.images.shape[2:]) > LONGEST_SIDE:
        raise ValueError(say("train.own.wide", file=name, side=max(data.images.shape[2:]), most=LONGEST_SIDE))
    if len(data.names) > MOST_CLASSES:
        raise ValueError(say("train.own.classes", file=name, count=len(data.names), most=MOST_CLASSES))
    split_images(data, rng=random_stream(0))
    return OwnImages(upload.name, upload.digest, LabelledImages(data.images, data.labels, tuple(map(brief, data.names))))


def own_images() -> OwnImages | None:
    """Show the upload; the last pictures that could be read, or None. A file that is refused leaves the one before."""
    words = {"describe": say("train.own.help"), "missing": say("train.own.none")}
    sent, before = ask_for_file(KEPT, say("train.own"), types=("npz", "zip"), **words, most=MOST_MB)
    if sent is None:
        return None
    try:
        own = read_own(sent)
    except ValueError as error:
        usable = before is not None and before != sent
        st.error(literal(say(f"train.own.refused{'.before' if usable else ''}", reason=explain(error))))
        return read_own(before) if before is not None and usable else None
    st.session_state[KEPT] = sent
    count, _, height, width = own.data.images.shape
    st.caption(say("train.own.read", count=count, classes=len(own.data.names), height=height, width=width))
    return own
