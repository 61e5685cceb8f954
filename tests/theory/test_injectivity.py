"""One-to-one everywhere: closed forms against exact enumeration and simulation, and what is known of wide layers.

Simulations draw layers from streams of fixed seeds; each mean must lie within 4 of its standard errors from the formula.
"""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from manifold import ACTIVATIONS, EMBEDDINGS, is_injective, least_active_rows, random_stream
from manifold.theory import (
    INJECTIVITY_THRESHOLDS,
    PAPER_EXPANSION,
    expected_lost_regions,
    half_plane_probability,
    injective_probability,
    least_injective_width,
    least_unique_width,
    paper_bound_threshold,
)

every_law = pytest.mark.parametrize("embedding", EMBEDDINGS)


# One-to-one everywhere


def fewest_rows(width, rng):
    """Over all 2^n sign flips of n directions in general position, the fewest rows that a closed half-plane holds.

    Which rows a half-plane holds changes at 2n directions; in general position it suffices to look between them.
    """
    angle = rng.uniform(0, math.pi, width)
    edges = np.sort(np.concatenate([angle + math.pi / 2, angle - math.pi / 2]))
    between = (edges + np.append(edges[1:], edges[0] + 2 * math.pi)) / 2
    side = np.sign(np.cos(angle[:, None] - between[None, :]))  # (n, 2n): on which side of the half-plane's edge a row lies
    signs = 1 - 2 * ((np.arange(2**width)[:, None] >> np.arange(width)) & 1)  # (2^n, n)
    return ((width + signs @ side) / 2).min(axis=1).round().astype(int)


@pytest.mark.parametrize("width", range(1, 11))
def test_half_plane_probabilities_are_exactly_the_shares_of_sign_patterns(width, rng):
    """The law being free of the distribution of directions, any fixed ones give it exactly: 5 cells a width, no tolerance."""
    fewest = fewest_rows(width, rng)
    np.testing.assert_array_equal(fewest_rows(width, rng).mean(), fewest.mean())  # other directions
    for m in range(1, 6):
        assert half_plane_probability(width, m) == (fewest >= m).mean()
    assert injective_probability(width) == (fewest >= 2).mean()


@given(st.integers(1, 100))
def test_one_row_in_every_half_plane_is_wendels_theorem(width):
    """0 lies inside the convex hull of n points of the plane with probability 1 - n / 2^(n - 1)."""
    assert half_plane_probability(width, 1) == 1 - width / 2 ** (width - 1)


@given(st.integers(1, 100))
def test_two_rows_in_every_half_plane_make_the_layer_injective(width):
    assert half_plane_probability(width, 2) == injective_probability(width)


@given(st.integers(1, 80), st.integers(1, 30))
def test_more_rows_are_rarer_and_wider_layers_have_them_more_often(width, rows):
    p = half_plane_probability(width, rows)
    assert 0.0 <= half_plane_probability(width, rows + 1) <= p <= half_plane_probability(width + 1, rows) <= 1.0
    assert (p > 0.0) == (width > 2 * rows)


@every_law
@pytest.mark.parametrize("width", [4, 5, 6, 8, 12])
def test_layers_are_injective_as_often_as_predicted(embedding, width, z_scores):
    """25 cells of 800 layers."""
    found = [is_injective(EMBEDDINGS[embedding](width, 2, rng=random_stream(33, k)).matrix) for k in range(800)]
    assert np.abs(z_scores(found, injective_probability(width))) < 4


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
def test_half_planes_hold_as_many_random_rows_as_predicted(rows, z_scores):
    """4 widths each, 16 cells of 4000 layers of directions on a square, which are not uniform."""
    for width in (2 * rows, 2 * rows + 1, 4 * rows + 1, 6 * rows):
        x = random_stream(34, width).uniform(-1, 1, (4000, width, 2))
        angle = np.sort(np.arctan2(x[..., 1], x[..., 0]), axis=1)
        # the half-plane that begins just after a row, counter-clockwise, holds fewest; its end is half a turn on
        ahead = (angle[:, None, :] - angle[:, :, None]) % (2 * math.pi)
        fewest = ((ahead > 0) & (ahead < math.pi)).sum(axis=2).min(axis=1)
        assert [least_active_rows(layer) for layer in x[:200]] == fewest[:200].tolist()
        assert np.abs(z_scores(fewest >= rows, half_plane_probability(width, rows))) < 4


# Lost regions


def regions(normals):
    """Sign vectors (R, n) of the regions that planes with `normals` (n, d) in general position cut R^d into, d = 2 or 3.

    Every region touches a corner ray, where d - 1 of the planes meet; around it those have all 2^(d - 1) signs.
    """
    n, d = normals.shape
    found = set()
    for chosen in itertools.combinations(range(n), d - 1):
        ray = np.linalg.svd(normals[list(chosen)])[2][-1]
        for end in (ray, -ray):
            side = np.sign(normals @ end)
            for signs in itertools.product([-1, 1], repeat=d - 1):
                side[list(chosen)] = signs
                found.add(tuple(side.astype(int)))
    return np.array(sorted(found))


@pytest.mark.parametrize(("width", "dim"), [(2, 2), (3, 2), (5, 2), (8, 2), (10, 2), (3, 3), (4, 3), (6, 3), (8, 3)])
def test_lost_regions_are_exactly_counted_over_all_sign_patterns(width, dim, rng):
    """Any fixed directions give the mean exactly: their regions, with all 2^n flips of rows."""
    side = regions(rng.standard_normal((width, dim)))
    flips = 1 - 2 * ((np.arange(2**width)[:, None] >> np.arange(width)) & 1)
    active = (width + flips @ side.T) // 2  # (2^n, R)
    assert expected_lost_regions(width, dim) == (active < dim).sum() / 2**width


@given(st.integers(1, 200))
def test_on_a_line_a_side_is_lost_if_all_rows_point_to_the_other_and_in_the_plane_there_are_2_n_sectors(width):
    assert expected_lost_regions(width, 1) == 2 / 2**width
    if width > 1:
        assert expected_lost_regions(width, 2) == width * (width + 1) / 2 ** (width - 1)


@given(st.integers(1, 12), st.integers(1, 12))
def test_of_fewer_rows_than_dimensions_every_sign_pattern_is_a_lost_region(width, more):
    assert expected_lost_regions(width, width + more) == 2**width


@given(st.integers(2, 200))
def test_layers_fail_to_be_injective_no_more_often_than_the_mean_number_of_lost_regions(width):
    assert 1 - injective_probability(width) <= expected_lost_regions(width, 2) + 1e-12


def test_the_mean_number_of_lost_regions_turns_from_growing_to_vanishing_at_the_first_moment_bound():
    ratio = paper_bound_threshold()
    below, above = ([expected_lost_regions(round(factor * ratio * d), d) for d in (50, 100, 200)] for factor in (0.9, 1.1))
    assert 1e3 < below[0] < below[1] < below[2]
    assert 1e-3 > above[0] > above[1] > above[2] > 0


def test_at_mobilenetv2s_expansion_almost_no_point_is_lost_and_yet_half_a_million_regions_are():
    """16 channels, 96 rows."""
    assert expected_lost_regions(16 * PAPER_EXPANSION, 16) > 500_000


def test_more_regions_than_float64_can_count_are_infinitely_many():
    assert expected_lost_regions(3000, 1400) == math.inf


# The least width and the ratios n/d


@pytest.mark.parametrize("dim", [1, 2, 3, 5, 8])
def test_with_fewer_rows_than_twice_d_x_or_minus_x_is_lost_and_opposite_rows_attain_it(dim, rng):
    least = least_injective_width(dim)
    points = rng.standard_normal((200, dim))
    for _ in range(20):
        active = points @ rng.standard_normal((least - 1, dim)).T > 0
        assert (np.minimum(active.sum(axis=1), (~active).sum(axis=1)) < dim).all()
        half = rng.standard_normal((dim, dim))
        both = np.vstack([half, -half])
        assert len(both) == least
        edges = np.linalg.inv(half).T[np.arange(200) % dim]  # each across all rows of B but one
        for x in (points, edges):
            assert all(np.linalg.matrix_rank(both[held]) == dim for held in x @ both.T > -1e-9)


def test_the_ratios_ascend_from_what_is_excluded_over_what_is_expected_to_what_is_proved():
    ratios = [entry.ratio for entry in INJECTIVITY_THRESHOLDS]
    kinds = [entry.kind for entry in INJECTIVITY_THRESHOLDS]
    assert ratios == sorted(ratios)
    assert kinds == ["lower bound", "prediction", "upper bound", "upper bound", "upper bound"]
    assert least_injective_width(100) / 100 < ratios[0] < PAPER_EXPANSION < ratios[1]
    assert ratios[3] == round(paper_bound_threshold(), 4)


def test_the_replica_symmetric_ratio_is_where_as_many_rows_stay_active_as_there_are_dimensions():
    z = brentq(lambda z: 2 * norm.sf(z) + z * norm.pdf(z) - 0.5, 0.1, 5)
    assert INJECTIVITY_THRESHOLDS[2].ratio == pytest.approx(1 / norm.sf(z), abs=5e-5)


def test_the_ratios_are_those_that_the_papers_state():
    """To the digits of their abstracts and theorems; 7.65 and 9.09 are computed above."""
    assert [f"{entry.ratio:.3g}" for entry in INJECTIVITY_THRESHOLDS] == ["3.4", "6.7", "7.65", "9.09", "10.5"]
    assert all("arXiv" in entry.source for entry in INJECTIVITY_THRESHOLDS if entry.ratio != round(paper_bound_threshold(), 4))


# One x at a time


def distance_of_other_origins(activation, width, dim, rng):
    """Distances from the range of T of all other z with the output of a random T x, in units of |T x|."""
    f, t = ACTIVATIONS[activation], rng.standard_normal((width, dim))
    z = t @ rng.standard_normal(dim)
    grid = np.linspace(-3, 0, 30_001)
    bottom = grid[np.argmin(f(grid))]
    ends = [(bottom, 0.0) if value < bottom else (-40.0, bottom) for value in z]
    other = [brentq(lambda w, v=v: float(f(w) - f(v)), *end) if v < 0 else v for v, end in zip(z, ends, strict=True)]
    negative = np.flatnonzero(z < 0)
    found = []
    for moved in itertools.chain.from_iterable(itertools.combinations(negative, k) for k in range(1, len(negative) + 1)):
        candidate = z.copy()
        candidate[list(moved)] = np.array(other)[list(moved)]
        found.append(np.linalg.norm(candidate - t @ (np.linalg.pinv(t) @ candidate)) / np.linalg.norm(z))
    return found


@pytest.mark.parametrize("activation", ["silu", "gelu"])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_negative_output_of_a_smooth_activation_has_two_origins_that_one_row_more_than_d_tells_apart(activation, dim, rng):
    """At n = d every other origin of the outputs comes from some x; at n = d + 1, in 100 layers, none does."""
    least = least_unique_width(activation, dim)
    square = [distance_of_other_origins(activation, least - 1, dim, rng) for _ in range(30)]
    assert max(itertools.chain(*square)) < 1e-9
    assert any(square)
    wider = list(itertools.chain(*(distance_of_other_origins(activation, least, dim, rng) for _ in range(100))))
    assert len(wider) > 50
    assert min(wider) > 1e-7


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_one_to_one_activations_need_d_rows_and_flat_ones_cannot_promise_anything(dim):
    for name, f in ACTIVATIONS.items():
        z = np.linspace(-8.0, 8.0, 1601)
        steps = np.diff(f(z))
        flat, rising = (steps == 0.0).any(), (steps > 0.0).all()
        assert least_unique_width(name, dim) == (None if flat else dim if rising else dim + 1)


def test_an_entry_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError, match="ratio"):
        INJECTIVITY_THRESHOLDS[0].ratio = 2.0


# Errors


def test_a_number_of_rows_is_a_positive_integer():
    with pytest.raises(ValueError, match="rows must be >= 1, got 0"):
        half_plane_probability(3, 0)
    with pytest.raises(TypeError, match="rows must be an integer, got None"):
        half_plane_probability(3, None)
