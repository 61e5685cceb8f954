"""Manifold learning: unrolling points, how good an unrolling is, and what a plane can separate."""

from manifold.learning.capacity import Capacity, SimulatedCapacity, manifold_capacity, simulated_capacity
from manifold.learning.graph import DisconnectedGraphError
from manifold.learning.isomap import LandmarkIsomap
from manifold.learning.methods import METHODS, unroll
from manifold.learning.quality import (
    affine_error,
    continuity,
    distance_error,
    neighbour_overlap,
    point_affine,
    point_continuity,
    point_neighbours,
    point_overlap,
    point_procrustes,
    point_trustworthiness,
    procrustes_error,
    residual_variance,
    short_circuits,
    trustworthiness,
)
from manifold.learning.separation import LIFTS, Lift, Separation, relu_layer, separate, two_classes
from manifold.learning.topology import betti_numbers, clique_betti_numbers
from manifold.learning.walk import Walk, walk_cloud

__all__ = [
    "LIFTS",
    "METHODS",
    "Capacity",
    "DisconnectedGraphError",
    "LandmarkIsomap",
    "Lift",
    "Separation",
    "SimulatedCapacity",
    "Walk",
    "affine_error",
    "betti_numbers",
    "clique_betti_numbers",
    "continuity",
    "distance_error",
    "manifold_capacity",
    "neighbour_overlap",
    "point_affine",
    "point_continuity",
    "point_neighbours",
    "point_overlap",
    "point_procrustes",
    "point_trustworthiness",
    "procrustes_error",
    "relu_layer",
    "residual_variance",
    "separate",
    "short_circuits",
    "simulated_capacity",
    "trustworthiness",
    "two_classes",
    "unroll",
    "walk_cloud",
]
