"""What the page Dense and early exits shows, computed once and cached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from manifold.checks import Floats, Integers
from manifold.nets.training.deep import source_weights
from manifold.nets.training.departures import Departures, depart
from manifold.nets.training.pretrained import read_kept
from manifold.planes.exits import exit_data
from manifold.text import LANGUAGE

THRESHOLDS = (
    *(0.0, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.825, 0.85, 0.875, 0.9, 0.91, 0.92, 0.93, 0.94),
    *(0.95, 0.96, 0.97, 0.975, 0.98, 0.985, 0.99, 0.992, 0.995, 0.998, 0.999, 1.0),
)
"""Places of the slider: closer to each other where more pictures change their exit."""


@dataclass(frozen=True, eq=False)
class Shown:
    """Test pictures (N, 8, 8) by their labels (N,), where they leave, what the validation part chooses, and parameters."""

    pixels: Floats
    labels: Integers
    departures: Departures
    chosen: int
    parameters: int


def nearest_step(threshold: float) -> int:
    """The place of the slider that is nearest to a threshold."""
    return int(np.abs(np.array(THRESHOLDS) - threshold).argmin())


@st.cache_data(max_entries=8, show_spinner=False)
def leaving(name: str) -> Shown:
    """The test pictures of a kept network, in the order of their labels."""
    network, split, _ = read_kept(name)
    test = split.test.take(np.argsort(split.test.labels.numpy(), kind="stable"))
    return Shown(
        test.images[:, 0].double().numpy(),
        test.labels.numpy(),
        depart(network, test, THRESHOLDS),
        depart(network, split.validation, THRESHOLDS).cheapest,
        sum(weights.numel() for weights in network.parameters()),
    )


def exit_panels(name: str, step: int) -> dict[str, Any]:
    """The pictures and the curve as `planes` takes them, with the slider at a place."""
    data = _panels(name, LANGUAGE.get())
    return {**data, "width": data["widths"][step]}


@st.cache_data(max_entries=8, show_spinner=False)
def _panels(name: str, language: str) -> dict[str, Any]:
    shown = leaving(name)
    return exit_data(shown.departures, shown.pixels, step=0)


@st.cache_data(max_entries=1, show_spinner=False)
def trained_map() -> tuple[Floats, float]:
    """Mean |weight| (readers, sources) of the kept dense network with one exit, and its accuracy on the test part."""
    network, split, _ = read_kept("dense-one-exit")
    return source_weights(network), float(depart(network, split.test, [1.0]).accuracy[0])
