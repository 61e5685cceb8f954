"""A layer y = f(T x): its activation f, the laws of T, the equations that its active rows hold, and how x is read back."""

from manifold.layer.activations import ACTIVATIONS, Activation, Slope
from manifold.layer.decoders import DECODERS, Decoder, Observation, best_decoder, observe
from manifold.layer.embeddings import EMBEDDINGS, EmbeddingLaw
from manifold.layer.layer import Layer
from manifold.layer.plane import (
    LipschitzBounds,
    Sectors,
    is_injective,
    least_active_rows,
    lipschitz_bounds,
    rank_shares,
    sectors,
)
from manifold.layer.recovery import Recovery, recover, recover_widths, recover_with, redecode

__all__ = [
    "ACTIVATIONS",
    "DECODERS",
    "EMBEDDINGS",
    "Activation",
    "Decoder",
    "EmbeddingLaw",
    "Layer",
    "LipschitzBounds",
    "Observation",
    "Recovery",
    "Sectors",
    "Slope",
    "best_decoder",
    "is_injective",
    "least_active_rows",
    "lipschitz_bounds",
    "observe",
    "rank_shares",
    "recover",
    "recover_widths",
    "recover_with",
    "redecode",
    "sectors",
]
