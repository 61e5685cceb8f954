"""Manifold learning: unrolling points, and how good an unrolling is."""

from manifold.learning.isomap import DisconnectedGraphError, LandmarkIsomap
from manifold.learning.quality import continuity, trustworthiness

__all__ = ["DisconnectedGraphError", "LandmarkIsomap", "continuity", "trustworthiness"]
