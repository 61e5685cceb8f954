"""The plane under a ReLU layer: sectors against pointwise ranks, injectivity and half-planes against exact enumeration."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from manifold import (
    EMBEDDINGS,
    Layer,
    is_injective,
    least_active_rows,
    lipschitz_bounds,
    random_stream,
    rank_shares,
    recover_with,
    sectors,
)
from manifold.theory import LIPSCHITZ_LIMITS, collapsed_fraction

small_integers = npst.arrays(np.int64, st.tuples(st.integers(1, 8), st.just(2)), elements=st.integers(-3, 3))


def directions(angle):
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def ranks_at(points, matrix):
    """Rank of the active rows at each point, from the recovery of the points themselves."""
    return recover_with(points, Layer(matrix, np.zeros(matrix.T.shape))).rank


# Sectors


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("width", [2, 3, 5, 15, 30])
def test_a_random_layer_cuts_the_plane_into_2_n_sectors(embedding, width, rng):
    plane = sectors(EMBEDDINGS[embedding](width, 2, rng=rng).matrix)
    assert len(plane.start) == len(plane.stop) == len(plane.active) == len(plane.rank) == 2 * width
    np.testing.assert_array_equal((plane.active != np.roll(plane.active, 1, axis=0)).sum(axis=1), 1)  # one row turns on or off
    np.testing.assert_array_equal(plane.active[width:], ~plane.active[:width])  # at -x the other rows are active


@given(small_integers)
def test_sectors_go_round_once_without_gap_and_neighbours_differ(matrix):
    plane = sectors(matrix)
    assert len(plane.start) <= max(2 * len(matrix), 1)
    assert (plane.start < plane.stop).all()
    np.testing.assert_array_equal(plane.start[1:], plane.stop[:-1])
    assert plane.stop[-1] - plane.start[0] == pytest.approx(2 * math.pi)
    if matrix.any():
        assert (plane.active != np.roll(plane.active, 1, axis=0)).any(axis=1).all()


@given(small_integers, st.integers(0, 2**32))
def test_inside_a_sector_every_point_has_its_active_rows_and_rank(matrix, seed):
    """Also with rows of zeros, parallel, opposite and repeated rows."""
    plane, rng = sectors(matrix), random_stream(seed)
    share = rng.uniform(0.01, 0.99, (20, 1))
    points = directions(plane.start + share * (plane.stop - plane.start)) * rng.uniform(0.1, 10, (20, 1, 1))  # (20, S, 2)
    for s in range(len(plane.start)):
        active = points[:, s] @ matrix.T > 0
        assert (active == plane.active[s]).all()
        assert plane.rank[s] == np.linalg.matrix_rank(matrix[plane.active[s]])
        assert (ranks_at(points[:, s], matrix.astype(float)) == plane.rank[s]).all()


@pytest.mark.parametrize("width", [1, 2, 3, 5, 15])
def test_the_sector_a_random_point_falls_into_has_its_rank(width, rng):
    for matrix in rng.standard_normal((50, width, 2)):
        plane, angle = sectors(matrix), rng.uniform(0, 2 * math.pi, 100)
        turned = plane.start[0] + (angle - plane.start[0]) % (2 * math.pi)
        which = np.searchsorted(plane.start, turned, side="right") - 1
        np.testing.assert_array_equal(plane.rank[which], ranks_at(directions(angle), matrix))


@given(small_integers)
def test_rank_shares_add_up_to_1(matrix):
    shares = rank_shares(sectors(matrix))
    assert shares.shape == (3,)
    assert (shares >= 0).all()
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("width", [2, 3, 5, 8])
def test_the_share_lost_is_n_plus_1_over_2_to_the_n_on_average(embedding, width, z_scores):
    """Of it 2^-n has rank 0 and n 2^-n rank 1: 3 cells at each of 4 widths and 5 laws, 60 in all, 500 layers each."""
    layers = [EMBEDDINGS[embedding](width, 2, rng=random_stream(41, k)).matrix for k in range(500)]
    expected = np.array([1, width, 2**width - width - 1]) / 2**width
    assert expected[:2].sum() == collapsed_fraction(width, 2)
    assert np.abs(z_scores([rank_shares(sectors(layer)) for layer in layers], expected)).max() < 4


def test_two_rows_at_an_angle_lose_a_known_share():
    """Rows 60 degrees apart: no row is active over 120 of 360 degrees, both over 120, one over the rest."""
    shares = rank_shares(sectors(directions(np.array([0.2, 0.2 + math.pi / 3]))))
    np.testing.assert_allclose(shares, [1 / 3, 1 / 3, 1 / 3], atol=1e-12)


def test_edges_that_differ_by_rounding_are_one_also_at_the_angle_0():
    for tiny in (1e-16, -1e-16):
        plane = sectors([[0.0, -1.0], [tiny, -1.0]])
        np.testing.assert_allclose(rank_shares(plane), [0.5, 0.5, 0.0], atol=1e-12)
        assert len(plane.start) == 2


def test_a_layer_of_zeros_is_one_sector_of_rank_0():
    plane = sectors(np.zeros((3, 2)))
    np.testing.assert_array_equal(plane.active, [[False, False, False]])
    np.testing.assert_array_equal(rank_shares(plane), [1.0, 0.0, 0.0])


@given(small_integers, st.floats(0.1, 6.0), st.lists(st.floats(1e-3, 1e3), min_size=8, max_size=8))
def test_rank_shares_ignore_rotations_and_the_lengths_of_rows(matrix, angle, lengths):
    turn = np.array([directions(angle), directions(angle + math.pi / 2)])
    other = np.array(lengths)[: len(matrix), None] * matrix @ turn
    np.testing.assert_allclose(rank_shares(sectors(other)), rank_shares(sectors(matrix)), atol=1e-9)


# Injectivity


def everywhere():
    """Points (X, 2) on all lines t.x = 0 of rows of integers within -3 .. 3, and between any two that are neighbours.

    Between two such lines lies an x whose coordinates are at most 6, the sum of a direction of either.
    """
    x = np.stack(np.meshgrid(*[np.arange(-7, 8)] * 2), axis=-1).reshape(-1, 2)
    return x[x.any(axis=1)]


def enumerated(matrix):
    """Whether the rows with t.x >= 0 span the plane for each x, for rows of integers within -3 .. 3, in integers."""
    x = everywhere()
    held = (x @ matrix.T >= 0).astype(int)  # (X, n)
    cross = matrix[:, :1] * matrix[:, 1] - matrix[:, 1:] * matrix[:, 0]  # (n, n): not 0 where two rows span the plane
    return bool((((held @ (cross != 0)) * held).sum(axis=1) > 0).all())


def test_is_injective_agrees_with_exact_enumeration_on_5000_integer_matrices(rng):
    """1 to 10 rows with repeated, opposite, parallel rows and rows of zeros: no mismatch, and both answers are common."""
    answers = []
    for _ in range(5000):
        matrix = rng.integers(-3, 4, (rng.integers(1, 7), 2))
        copies = matrix[rng.integers(0, len(matrix), rng.integers(0, 5))]
        matrix = rng.permutation(np.vstack([matrix, copies * rng.choice([-1, 0, 1], (len(copies), 1))]))
        answers.append(is_injective(matrix))
        assert answers[-1] == enumerated(matrix), matrix
    assert 500 < sum(answers) < 4500


@given(small_integers)
def test_is_injective_agrees_with_exact_enumeration_wherever_hypothesis_looks(matrix):
    assert is_injective(matrix) == enumerated(matrix)


def test_is_injective_agrees_with_the_ranks_of_all_sectors_of_gaussian_layers(rng):
    """In general position every half-plane is as good as a sector: injective iff no sector has rank below 2."""
    answers = []
    for _ in range(1500):
        matrix = rng.standard_normal((rng.integers(1, 13), 2))
        answers.append(is_injective(matrix))
        assert answers[-1] == (sectors(matrix).rank == 2).all()
    assert 200 < sum(answers) < 1300


@given(npst.arrays(np.float64, st.tuples(st.integers(2, 6), st.just(2)), elements=st.floats(-1e6, 1e6)))
def test_opposite_rows_are_injective_if_they_span_the_plane(half):
    """[B; -B] attains the least width there is, n = 2 d, though half-planes hold exactly two rows."""
    a, b = ([Fraction(float(v)) for v in column] for column in half.T)
    spans = any(a[i] * b[j] != a[j] * b[i] for i in range(len(half)) for j in range(i))
    assert is_injective(np.vstack([half, -half])) == spans


def test_of_four_rows_none_can_be_spared(rng):
    for _ in range(200):
        half = rng.standard_normal((2, 2))
        four = np.vstack([half, -half])
        assert is_injective(four)
        for row in range(4):
            assert not is_injective(np.delete(four, row, axis=0))


@pytest.mark.parametrize("toward", [-np.inf, np.inf])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("size", [1e-200, 1e-3, 1.0, 1e5, 1e200])
def test_one_unit_in_the_last_place_decides(toward, axis, size):
    """Five rows whose only wide gap is from a to c = -a; c is then turned by the least amount that float64 can hold.

    Whether half a turn is exceeded is known beforehand from the sign of a x c, a product of one coordinate and the change.
    """
    answers = []
    for draw in range(100):
        turned = random_stream(42, draw).uniform(0, 2 * math.pi)
        rows = size * directions(turned + np.radians([0.0, 70.0, 180.0, 240.0, 300.0]))
        rows[2] = -rows[0]
        assert is_injective(rows)
        rows[2, axis] = np.nextafter(rows[2, axis], toward)
        a, c = [[Fraction(float(v)) for v in rows[i]] for i in (0, 2)]
        answers.append(is_injective(rows))
        assert answers[-1] == (a[0] * c[1] - a[1] * c[0] >= 0)
    assert 20 < sum(answers) < 80


@pytest.mark.parametrize("factor", [1.0, 3.0, 1 / 3, 1e-150])
def test_nearly_parallel_rows_are_told_apart(factor):
    """Rows a, b one unit in the last place apart, -a and -b: half-planes along a hold two directions because they differ."""
    for draw in range(100):
        a = random_stream(43, draw).standard_normal(2)
        b = np.array([a[0], np.nextafter(a[1], np.inf)])
        assert is_injective(np.vstack([a, b, -a, -b]) * factor) == (exact_turn(a * factor, b * factor) != 0)
        assert not is_injective(np.vstack([a, a, -a, -a]) * factor)


def exact_turn(a, b):
    return Fraction(float(a[0])) * Fraction(float(b[1])) - Fraction(float(a[1])) * Fraction(float(b[0]))


@given(small_integers, st.sampled_from([1, 300]), st.integers(0, 2**32))
def test_neither_length_order_nor_repetition_of_rows_matters(matrix, power, seed):
    rng = random_stream(seed)
    scaled = np.ldexp(matrix.astype(float), rng.integers(-power, power + 1, (len(matrix), 1)))
    mixed = np.vstack([rng.permutation(scaled), np.zeros((1, 2)), scaled[:2]])
    assert is_injective(mixed) == is_injective(matrix)


@given(small_integers)
def test_more_rows_never_hurt(matrix):
    assert is_injective(np.vstack([matrix, [[1, 2]]])) or not is_injective(matrix)


def test_products_beyond_the_range_of_float64_are_compared_all_the_same():
    half = np.array([[1e308, 1e-308], [-1e308, 1e308]])
    assert is_injective(np.vstack([half, -half])) is True


# Rows in a half-plane


@given(small_integers)
def test_the_fewest_active_rows_agree_with_exact_enumeration(matrix):
    """Also with parallel, opposite and repeated rows; rows of zeros do not count."""
    rows = matrix[matrix.any(axis=1)]
    assert least_active_rows(matrix) == (everywhere() @ rows.T >= 0).sum(axis=1).min()


def test_they_agree_with_the_sectors_of_gaussian_layers_and_two_make_the_layer_injective(rng):
    found = []
    for _ in range(500):
        matrix = rng.standard_normal((rng.integers(1, 30), 2))
        found.append(least_active_rows(matrix))
        assert found[-1] == sectors(matrix).active.sum(axis=1).min()
        assert is_injective(matrix) == (found[-1] >= 2)
    assert set(range(6)) <= set(found)


@given(small_integers)
def test_two_different_directions_in_every_half_plane_are_two_rows_of_which_none_repeats(matrix):
    distinct = np.unique(np.sign(matrix) * (np.abs(matrix) // np.maximum(np.gcd(*matrix.T), 1)[:, None]), axis=0)
    assert is_injective(matrix) == (least_active_rows(distinct) >= 2)


@given(small_integers, st.integers(1, 4))
def test_repeating_every_row_multiplies_them_and_rows_of_zeros_add_none(matrix, times):
    repeated = np.vstack([np.repeat(matrix, times, axis=0), np.zeros((1, 2))])
    assert least_active_rows(repeated) == times * least_active_rows(matrix)


@given(npst.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(2)), elements=st.floats(-1e6, 1e6)))
def test_of_opposite_rows_every_half_plane_holds_half(half):
    assert least_active_rows(np.vstack([half, -half])) == half.any(axis=1).sum()


@pytest.mark.parametrize("toward", [-np.inf, np.inf])
def test_one_unit_in_the_last_place_moves_a_row_into_a_half_plane(toward):
    """Rows a, b, -b and c = -a, the latter then turned by the least amount: past -a, the half-plane after a holds b alone.

    Rows come in numbers that leave the other half-planes at least two, which is what the one after -b holds.
    """
    answers = []
    for draw in range(100):
        a, b = directions(random_stream(44, draw).uniform(0, 2 * math.pi) + np.radians([0.0, 70.0]))
        c = np.array([-a[0], np.nextafter(-a[1], toward)])
        rows = np.vstack([a, b, c, c, c, -b, -b])
        answers.append(least_active_rows(rows))
        assert answers[-1] == (2 if exact_turn(a, c) >= 0 else 1)
    assert 20 < answers.count(1) < 80


# Distances


@given(small_integers)
def test_the_bounds_are_singular_values_of_the_active_rows_at_some_point(matrix):
    """Over all places of integer layers, boundaries aside, from NumPy's norm of order -2 and 2."""
    active = [matrix[matrix @ x > 0] for x in everywhere() if (matrix[matrix.any(axis=1)] @ x).all()]
    padded = [np.vstack([rows, np.zeros((2, 2))]) for rows in active]
    found = lipschitz_bounds(matrix)
    assert found.local == pytest.approx(min(np.linalg.norm(rows, -2) for rows in padded), abs=1e-7)
    assert found.upper == pytest.approx(max(np.linalg.norm(rows, 2) for rows in padded), abs=1e-12)
    assert found.lower == found.local / 2
    assert (found.local > 0.0) == (sectors(matrix).rank == 2).all()


@pytest.mark.parametrize("width", [1, 3, 5, 8, 20])
def test_no_pair_of_points_comes_closer_or_farther_than_the_bounds(width, rng):
    """20 layers, 20,000 pairs each, near and far, and opposite ones; pairs within sectors come near to `local` and `upper`."""
    for matrix in rng.standard_normal((20, width, 2)):
        bounds = lipschitz_bounds(matrix)
        x = directions(rng.uniform(0, 2 * math.pi, 20_000))
        y = x * rng.uniform(-2, 1, (20_000, 1))
        y[::2] = x[::2] + 1e-4 * directions(rng.uniform(0, 2 * math.pi, 10_000))
        images = [np.maximum(p @ matrix.T, 0.0) for p in (x, y)]
        ratios = np.linalg.norm(images[0] - images[1], axis=1) / np.linalg.norm(x - y, axis=1)
        assert bounds.lower * (1 - 1e-9) <= ratios.min()
        assert ratios.max() <= bounds.upper * (1 + 1e-9)
        assert ratios.max() > 0.8 * bounds.upper
        assert ratios.min() < 1.2 * bounds.local + 0.1


def test_of_the_identity_and_its_negative_every_sector_is_an_isometry_and_opposite_points_come_closest():
    bounds = lipschitz_bounds(np.vstack([np.eye(2), -np.eye(2)]))
    assert (bounds.lower, bounds.local, bounds.upper) == (0.5, 1.0, 1.0)


def test_where_all_rows_are_on_one_line_but_for_rounding_points_meet(rng):
    for angle in rng.uniform(0, math.pi, 20):
        bounds = lipschitz_bounds(np.outer(rng.uniform(0.1, 3.0, 6) * [1, 1, 1, -1, -1, -1], directions(angle)))
        assert bounds.lower == bounds.local == 0.0
        assert bounds.upper > 0.0


@given(small_integers, st.floats(0.1, 6.0), st.floats(1e-3, 1e3))
def test_the_bounds_ignore_rotations_and_grow_with_the_rows(matrix, angle, factor):
    turn = np.array([directions(angle), directions(angle + math.pi / 2)])
    turned, found = lipschitz_bounds(factor * matrix @ turn), lipschitz_bounds(matrix)
    assert turned.local == pytest.approx(factor * found.local, abs=1e-7 * factor)
    assert turned.upper == pytest.approx(factor * found.upper, rel=1e-9)


def test_wide_layers_tend_to_the_limits(rng):
    """Slowly: the mean distance over 20 layers falls from width 30 to 120 to 480."""
    limit, above, below = LIPSCHITZ_LIMITS[1], [], []
    for width in (30, 120, 480):
        bounds = [lipschitz_bounds(layer / math.sqrt(width)) for layer in rng.standard_normal((20, width, 2))]
        above.append(np.mean([b.upper for b in bounds]) - limit)
        below.append(limit - np.mean([b.local for b in bounds]))
    assert above[0] > above[1] > above[2] > 0
    assert below[0] > below[1] > below[2] > 0


@pytest.mark.parametrize("function", [sectors, is_injective, least_active_rows, lipschitz_bounds])
@pytest.mark.parametrize(
    ("matrix", "error", "message"),
    [
        (
            np.ones((4, 3)),
            ValueError,
            r"matrix must have shape \(n, 2\), got \(4, 3\): sectors and this test are for the plane",
        ),
        (np.ones((4, 1)), ValueError, r"matrix must have shape \(n, 2\), got \(4, 1\)"),
        (np.ones(2), ValueError, r"matrix must have shape \(n, 2\) with at least one entry on each axis, got \(2,\)"),
        (np.ones((0, 2)), ValueError, r"matrix must have shape \(n, 2\) with at least one entry on each axis, got \(0, 2\)"),
        ([[1.0, math.nan]], ValueError, r"matrix must be finite, got nan at index \(0, 1\)"),
        ([[1.0, 2.0], [math.inf, 1.0]], ValueError, r"matrix must be finite, got inf at index \(1, 0\)"),
        ("abc", TypeError, r"matrix must be an array of numbers of shape \(n, 2\), got 'abc'"),
        ([[1], [2, 3]], TypeError, r"matrix must be an array of numbers"),
    ],
)
def test_what_is_no_planar_layer_is_refused(function, matrix, error, message):
    with pytest.raises(error, match=message):
        function(matrix)
