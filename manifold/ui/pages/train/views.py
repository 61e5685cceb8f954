"""What the page Train it shows: trainings that visitors share, and those that come with the app."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from manifold.nets.training.arms import Arm, Pair, Watched, shown_pictures, watch, watch_pair
from manifold.nets.training.kept import kept_pairs
from manifold.planes.journeys import picture_sheet
from manifold.planes.trainings import training_data
from manifold.ui.live import SharedRuns, Sight

Seen = tuple[Watched, Watched]

_SOON = 0.5
"""Seconds that a page waits for the first look at a training, so that it shows it at once."""

_STOPPED = "train:stopped"
"""Key of the pair that this visitor has stopped."""


@st.cache_resource(show_spinner=False)
def trainings() -> SharedRuns[Pair, Seen]:
    """The one table of all visitors."""
    return SharedRuns(watch_pair)


@st.cache_resource(show_spinner=False)
def prepare() -> threading.Thread:
    """Take one step that nobody looks at, while visitors do: with its first optimiser torch loads for a second."""
    thread = threading.Thread(target=lambda: deque(watch(Arm(steps=1)), maxlen=0), daemon=True)
    thread.start()
    return thread


def visitor() -> str:
    """A name for this visitor, by which runs count who watches them."""
    return str(st.session_state.setdefault("visitor", secrets.token_hex(8)))


def go_on(pair: Pair) -> None:
    """Train a pair, from where it stopped if it did, and see it begin. ValueError if too many are waiting."""
    st.session_state.pop(_STOPPED, None)
    trainings().want(pair, visitor())
    since = time.monotonic()
    while shown_of(trainings().look(pair)) is None and time.monotonic() < since + _SOON:
        time.sleep(0.02)


def stop(pair: Pair) -> None:
    """Leave a pair as it is, unless others watch it."""
    st.session_state[_STOPPED] = pair
    trainings().leave(visitor())


def look(pair: Pair) -> Sight[Seen] | None:
    """A pair as it is; one that comes with the app is done; else None."""
    if (sight := trainings().look(pair)) is not None:
        return sight
    kept = kept_pairs().get(pair)
    return None if kept is None else Sight("done", kept)


def follow(pair: Pair) -> Sight[Seen] | None:
    """`look`, with word that this visitor is still there."""
    table, sight = trainings(), look(pair)
    if sight is None:
        return None
    if sight.goes_on and st.session_state.get(_STOPPED) == pair:
        return Sight("stopped", sight.seen, watchers=sight.watchers)
    if sight.goes_on:
        table.want(pair, visitor())
    return sight


def planes_data(pair: Pair, seen: Seen, titles: Sequence[str]) -> dict[str, Any]:
    """Both arms as `planes` takes them, with the pictures where both arms have the same."""
    first = pair[0]
    shared = first.draw == pair[1].draw
    sheet = _sheet(Arm(dataset=first.dataset, seed=first.seed, draw=first.draw, own=first.own)) if shared else None
    return training_data(seen, titles, sheet=sheet)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs={Arm: repr})
def _sheet(arm: Arm) -> dict[str, Any]:
    """The test pictures whose places are shown, in one."""
    test = arm.split().test
    pictures = test.images[shown_pictures(len(test.images))].permute(0, 2, 3, 1).numpy()
    return picture_sheet(pictures.squeeze(3) if pictures.shape[3] == 1 else pictures, smooth=pictures.shape[3] > 1)


def shown_of(sight: Sight[Seen] | None) -> Seen | None:
    """What there is to see, once both arms were looked at."""
    seen = None if sight is None else sight.seen
    return seen if seen is not None and all(len(arm.steps) for arm in seen) else None


def is_kept(pair: Pair) -> bool:
    """Whether a pair is shown as it came with the app."""
    return trainings().look(pair) is None and pair in kept_pairs()


def others(pair: Pair) -> dict[int, Seen]:
    """The same comparison under other draws, as far as it is done, by draw."""
    ended = {**kept_pairs(), **trainings().ended()}
    return {key[0].draw: seen for key, seen in sorted(ended.items(), key=lambda item: item[0][0].draw) if _alike(key, pair)}


def _alike(one: Pair, other: Pair) -> bool:
    """Whether two pairs differ in nothing but the draw."""
    return all(replace(a, draw=0) == replace(b, draw=0) for a, b in zip(one, other, strict=True)) and (
        one[1].draw - one[0].draw == other[1].draw - other[0].draw
    )
