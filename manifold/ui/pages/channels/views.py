"""What the page How many channels shows: a sweep over widths, cached, and its closed forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from manifold import ACTIVATIONS
from manifold.checks import Floats
from manifold.layer.decoders import DECODERS
from manifold.sweeps import measure_cells
from manifold.sweeps.curves import WidthCurves, expansion_widths, expected_errors, expected_losses, width_curves
from manifold.sweeps.grid import first_cloud, make_grid
from manifold.ui.prose import working

_DRAWS, _FEW_DRAWS = 1000, 100
_POINTS = 96  # of a draw times d, so that every dimension takes as long
_MANY_POINTS = 500  # where their number costs nothing


@dataclass(frozen=True)
class ChannelSetting:
    """All that the curves depend on.

    Attributes
    ----------
    dim : int
        d, dimensions of the points.
    embedding, activation, decoder : str
        Names in the registries.
    scale : float
        Size of the points.
    seed : int
        Which draws.
    """

    dim: int
    embedding: str
    activation: str
    decoder: str
    scale: float
    seed: int

    @property
    def grid(self) -> dict[str, Any]:
        """The axes, as `manifold.sweep` takes them; in the plane the spiral, else points all over a ball, new in each draw."""
        return {
            "dataset": "spiral" if self.dim == 2 else "ball",
            "n_points": _MANY_POINTS
            if self.dim == 2 and ACTIVATIONS[self.activation].halves == (0.0, 1.0)
            else _POINTS // self.dim,
            "dimension": self.dim,
            "width": expansion_widths(self.dim),
            "embedding": self.embedding,
            "activation": self.activation,
            "decoder": self.decoder,
            "scale": self.scale,
        }

    @property
    def draws(self) -> int:
        """A thousand, or fewer where every point of every draw has to be solved for."""
        solved = DECODERS[self.decoder].exact and not ACTIVATIONS[self.activation].keeps_values
        return _FEW_DRAWS if solved else _DRAWS


@dataclass(frozen=True, eq=False)
class Channels:
    """Curves, and the expected share lost and the expected error (W,) at their widths; NaN where there is no closed form."""

    curves: WidthCurves
    losses: Floats
    errors: Floats

    def place(self, width: int) -> int:
        """Where a width stands in the curves."""
        return int(np.flatnonzero(self.curves.widths == width)[0])

    def lost(self, width: int) -> float:
        """The expected share of points lost at a width; the measured one where there is no closed form."""
        place = self.place(width)
        expected = self.losses[place]
        return float(expected if np.isfinite(expected) else self.curves.lost[place])

    def median(self, width: int) -> float:
        """The error of the middle draw at a width."""
        return float(self.curves.median[self.place(width)])


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={ChannelSetting: repr})
@working("channels.drawing")
def draw_channels(setting: ChannelSetting) -> Channels:
    """The sweep of a setting."""
    grid = setting.grid
    rows = measure_cells(make_grid(**grid), range(setting.draws), seed=setting.seed, metrics=["nmse", "lost"])
    points = setting.scale * first_cloud(grid["dataset"], 1000, setting.dim).points
    law = {"embedding": setting.embedding, "activation": setting.activation}
    return Channels(
        width_curves(rows),
        expected_losses(grid["width"], points, **law),
        expected_errors(grid["width"], setting.dim, decoder=setting.decoder, **law),
    )
