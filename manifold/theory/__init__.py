"""Closed forms: what a layer y = f(T x) keeps of a point, of all points and near one, and how a trained one fires."""

from manifold.theory.capacity import ball_capacity
from manifold.theory.errors import cone_centroid, expected_nmse, limit_nmse
from manifold.theory.expansion import decode_expansion, variance_lost
from manifold.theory.firing import common_correlation, count_law, count_moments, firing_rate, orthant_probability
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
    "ball_capacity",
    "collapsed_fraction",
    "common_correlation",
    "cone_centroid",
    "count_law",
    "count_moments",
    "decode_expansion",
    "expected_entropy_loss",
    "expected_information_share",
    "expected_lost_regions",
    "expected_nmse",
    "firing_rate",
    "half_plane_probability",
    "injective_probability",
    "leaky_lower_bound",
    "least_injective_width",
    "least_unique_width",
    "limit_nmse",
    "linear_noise_nmse",
    "log2_collapsed_fraction",
    "orthant_probability",
    "paper_bound",
    "paper_bound_holds",
    "paper_bound_threshold",
    "recoverable_fraction",
    "recoverable_patterns",
    "relu6_active_probability",
    "sufficient_width",
    "variance_lost",
]
