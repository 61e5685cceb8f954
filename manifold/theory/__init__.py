"""Closed forms: what a random layer y = f(T x) keeps of a point, of all points at once, and of the surroundings of one."""

from manifold.theory.errors import cone_centroid, expected_nmse, limit_nmse
from manifold.theory.information import (
    LIPSCHITZ_LIMITS,
    expected_entropy_loss,
    expected_information_share,
    leaky_lower_bound,
    linear_noise_nmse,
)
from manifold.theory.injectivity import (
    INJECTIVITY_THRESHOLDS,
    InjectivityThreshold,
    expected_lost_regions,
    half_plane_probability,
    injective_probability,
    least_injective_width,
    least_unique_width,
)
from manifold.theory.paper_bound import paper_bound, paper_bound_holds, paper_bound_threshold
from manifold.theory.points import (
    PAPER_EXPANSION,
    active_probability,
    collapsed_fraction,
    log2_collapsed_fraction,
    recoverable_fraction,
    recoverable_patterns,
    relu6_active_probability,
    sufficient_width,
)

__all__ = [
    "INJECTIVITY_THRESHOLDS",
    "LIPSCHITZ_LIMITS",
    "PAPER_EXPANSION",
    "InjectivityThreshold",
    "active_probability",
    "collapsed_fraction",
    "cone_centroid",
    "expected_entropy_loss",
    "expected_information_share",
    "expected_lost_regions",
    "expected_nmse",
    "half_plane_probability",
    "injective_probability",
    "leaky_lower_bound",
    "least_injective_width",
    "least_unique_width",
    "limit_nmse",
    "linear_noise_nmse",
    "log2_collapsed_fraction",
    "paper_bound",
    "paper_bound_holds",
    "paper_bound_threshold",
    "recoverable_fraction",
    "recoverable_patterns",
    "relu6_active_probability",
    "sufficient_width",
]
