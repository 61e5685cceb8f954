"""Closed forms against simulation, against exhaustive enumeration, and against SciPy.

Simulations draw layers from streams of fixed seeds; each mean must lie within 4 of its standard errors from the formula.
"""

import math
from functools import partial
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from manifold import EMBEDDINGS, METRICS, is_injective, random_stream, recover, redecode
from manifold.theory import (
    PAPER_EXPANSION,
    collapsed_fraction,
    expected_nmse,
    half_plane_probability,
    injective_probability,
    paper_bound,
    recoverable_fraction,
    recoverable_patterns,
    relu6_active_probability,
)

every_law = pytest.mark.parametrize("embedding", EMBEDDINGS)
CLOSED_FORM = ["orthonormal", "padded-orthogonal", "gaussian"]
DIMS = [1, 2, 3, 4, 8]
widths = st.integers(1, 60)


def sphere(count, dim, rng):
    x = rng.standard_normal((count, dim))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


# How much is lost at a random point


@every_law
@pytest.mark.parametrize("dim", DIMS)
def test_a_random_point_is_lost_as_often_as_sandlers_theorem_1_says(embedding, dim, z_scores):
    """Widths d, 2d - 1, 2d and 3d, 300 layers each, 20 points a layer: 19 cells a law, 95 in all."""
    for width in sorted({dim, 2 * dim - 1, 2 * dim, 3 * dim}):
        lost = []
        for draw in range(300):
            rng = random_stream(31, draw)
            lost.append(METRICS["lost"](recover(sphere(20, dim, rng), width=width, embedding=embedding, rng=rng)))
        assert np.abs(z_scores(lost, collapsed_fraction(width, dim))) < 4


@pytest.mark.parametrize("radius", [0.5, 3.0, 6.0, 20.0, 100.0])
@pytest.mark.parametrize(("dim", "width"), [(1, 2), (2, 5), (3, 12)])
def test_relu6_loses_rows_at_both_ends(radius, dim, width, z_scores):
    """Gaussian rows, |x| = r, each active with probability Phi(6/r) - 1/2: 2 cells at each of 15 settings."""
    p = relu6_active_probability(radius)
    lost, active = [], []
    for draw in range(500):
        rng = random_stream(32, draw)
        result = recover(radius * sphere(10, dim, rng), width=width, activation="relu6", rng=rng)
        lost.append(METRICS["lost"](result))
        active.append(result.active.mean() / width)
    assert np.abs(z_scores(active, p)) < 4
    assert np.abs(z_scores(lost, collapsed_fraction(width, dim, active=p))) < 4


@pytest.mark.parametrize("radius", [1e-300, 0.1, 1.0, 6.0, 1e3, 1e300])
def test_the_share_of_rows_that_relu6_keeps_is_a_normal_probability(radius):
    assert relu6_active_probability(radius) == pytest.approx(norm.cdf(6 / radius) - 0.5, rel=1e-12, abs=1e-16)


@pytest.mark.parametrize("width", range(1, 13))
@pytest.mark.parametrize("dim", DIMS)
def test_recoverable_patterns_are_counted_one_by_one(width, dim):
    kept = sum(pattern.bit_count() >= dim for pattern in range(2**width))
    assert recoverable_patterns(width, dim) == kept
    assert recoverable_fraction(width, dim) == kept / 2**width
    assert collapsed_fraction(width, dim) == 1 - kept / 2**width


@given(widths, st.integers(1, 20), st.floats(0.001, 0.999))
def test_both_fractions_are_tails_of_a_binomial(width, dim, p):
    assert collapsed_fraction(width, dim, active=p) == pytest.approx(binom.cdf(dim - 1, width, p), rel=1e-9)
    assert recoverable_fraction(width, dim, active=p) == pytest.approx(binom.sf(dim - 1, width, p), rel=1e-6, abs=1e-15)


@given(st.integers(1, 40))
def test_exactly_half_survives_at_width_2_d_minus_1(dim):
    assert recoverable_fraction(2 * dim - 1, dim) == collapsed_fraction(2 * dim - 1, dim) == 0.5


@given(st.integers(1, 200))
def test_in_the_plane_the_share_lost_is_n_plus_1_over_2_to_the_n(width):
    assert collapsed_fraction(width, 2) == (width + 1) / 2**width


@given(st.integers(1, 10), st.integers(1, 10), st.floats(0.001, 0.999))
def test_below_width_d_everything_is_lost(width, more, p):
    assert recoverable_fraction(width, width + more, active=p) == 0.0
    assert collapsed_fraction(width, width + more, active=p) == 1.0
    assert recoverable_patterns(width, width + more) == 0


def test_very_wide_layers_overflow_nothing():
    assert collapsed_fraction(2000, 520, active=0.25) == pytest.approx(binom.cdf(519, 2000, 0.25), rel=1e-9)
    assert 0 < collapsed_fraction(1000, 2) < 1e-290
    assert paper_bound(5000) == 1.0
    assert injective_probability(5000) == half_plane_probability(5000, 1) == 1.0


def test_the_papers_bound_fails_at_its_own_expansion_and_holds_for_wider_layers():
    """Sandler's 1 - 2^(-n/2) at the blocks of 16 channels; asymptotically it needs n/d > 9.09."""
    assert collapsed_fraction(16 * PAPER_EXPANSION, 16) > 100 * 2.0 ** (-16 * PAPER_EXPANSION / 2)
    assert recoverable_fraction(16 * PAPER_EXPANSION, 16) < paper_bound(16 * PAPER_EXPANSION)
    assert collapsed_fraction(160, 16) < 2.0**-80


@given(st.integers(1, 1100))
def test_the_papers_bound_is_what_it_is(width):
    assert 1 - paper_bound(width) == pytest.approx(math.exp(-width / 2 * math.log(2)), rel=1e-9, abs=1e-16)


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
        assert np.abs(z_scores(fewest >= rows, half_plane_probability(width, rows))) < 4


# The error of the paper's decoder


@pytest.mark.parametrize("embedding", CLOSED_FORM)
@pytest.mark.parametrize("dim", [1, 2, 3, 8])
def test_the_mean_error_over_layers_is_the_closed_form(embedding, dim, rng, z_scores):
    """Widths d + 4, 2d + 3, 5d + 5 and, where columns are orthonormal, d and d + 1; both decoders: 98 cells of 700 layers.

    Gaussian layers begin at d + 4, where the variance of the error becomes finite; a mean without one cannot be tested so.
    """
    points = rng.standard_normal((10, dim)) + 0.5
    for width in {dim + 4, 2 * dim + 3, 5 * dim + 5} | (set() if embedding == "gaussian" else {dim, dim + 1}):
        errors = []
        for draw in range(700):
            result = recover(points, width=width, embedding=embedding, rng=random_stream(35, draw))
            errors.append([METRICS["nmse"](result), METRICS["nmse"](redecode(result, "doubled"))])
        expected = [expected_nmse(width, dim, embedding=embedding, decoder=decoder) for decoder in ("inverse", "doubled")]
        assert np.abs(z_scores(errors, expected)).max() < 4


@pytest.mark.parametrize(("dim", "width"), [(2, 6), (2, 10), (3, 7), (3, 12), (5, 9)])
def test_the_mean_error_of_gaussian_layers_is_the_closed_form_to_three_digits(dim, width, rng, z_scores):
    """5 cells of 200,000 layers, simulated without the code of the package: x = e_1, and q the mean square of T^+ |T x|."""
    t = rng.standard_normal((200_000, width, dim))
    tt = t.transpose(0, 2, 1)
    image = np.linalg.solve(tt @ t, tt @ np.abs(t[:, :, :1]))
    assert np.abs(z_scores((image**2).sum(axis=(1, 2)), expected_nmse(width, dim, decoder="doubled"))) < 4


@pytest.mark.parametrize(("embedding", "width"), [("gaussian", 1), ("gaussian", 2), ("gaussian", 3), ("padded-gaussian", 1)])
def test_on_a_line_the_error_is_bounded_and_its_mean_finite_at_every_width(embedding, width, z_scores):
    """x_hat lies between 0 and x when d = 1, but for rows that were padded: 4 cells."""
    errors = [
        METRICS["nmse"](recover([[1.3]], width=width, embedding=embedding, rng=random_stream(36, k))) for k in range(4000)
    ]
    assert max(errors) <= 1 + 1e-12
    assert np.abs(z_scores(errors, expected_nmse(width, 1, embedding=embedding))) < 4


@pytest.mark.parametrize(
    ("embedding", "dim", "width", "index"),
    [
        ("gaussian", 2, 2, 1 / 2),
        ("gaussian", 2, 3, 1),
        ("gaussian", 3, 3, 1 / 2),
        ("gaussian", 3, 4, 1),
        ("gaussian", 2, 4, 3 / 2),
        ("gaussian", 3, 5, 3 / 2),
        ("padded-gaussian", 2, 2, 1 / 2),
        ("padded-gaussian", 2, 8, 1 / 2),
        ("padded-gaussian", 1, 4, 1 / 2),
    ],
)
def test_the_mean_is_infinite_where_the_tail_says_so(embedding, dim, width, index):
    """A mean that does not exist cannot be simulated, but its tail can: P(NMSE > t) ~ t^-index, with a mean iff index > 1.

    The smallest singular value s of n x d Gaussian numbers has P(s < e) ~ e^(n - d + 1) and the error goes as s^-2, so the
    index is (n - d + 1)/2; padding leaves d x d numbers to invert. Hill's estimate from the k largest errors has the standard
    error index / sqrt(k): 9 cells.
    """
    for decoder in ("inverse", "doubled"):
        assert math.isinf(expected_nmse(width, dim, embedding=embedding, decoder=decoder)) == (index <= 1)
    point, k = np.eye(dim)[:1], 60
    draws = [recover(point, width=width, embedding=embedding, rng=random_stream(37, draw)) for draw in range(4000)]
    largest = np.sort([METRICS["nmse"](result) for result in draws])[: -k - 2 : -1]
    hill = 1 / np.log(largest[:k] / largest[k]).mean()
    assert abs(hill / index - 1) * math.sqrt(k) < 4


def test_the_padded_gaussian_reading_does_not_improve_with_width(rng):
    """Its mean being infinite, quantiles: 5, 25, 50, 75 and 95 % agree between widths 16, 32 and 64: 15 cells of 1000 layers.

    The square inverse leaves H^-1 U^T relu(.) with a d x d Gaussian H at every width. The pseudo-inverse does improve.
    """
    points = rng.standard_normal((10, 2))

    def errors(embedding, width):
        draws = [recover(points, width=width, embedding=embedding, rng=random_stream(38 + width, k)) for k in range(1000)]
        return np.array([METRICS["nmse"](result) for result in draws])

    samples = {width: errors("padded-gaussian", width) for width in (16, 32, 64)}
    for a, b in combinations(samples.values(), 2):
        for share in (0.05, 0.25, 0.5, 0.75, 0.95):
            level = np.quantile(np.concatenate([a, b]), share)
            difference = (a < level).mean() - (b < level).mean()
            assert abs(difference) / math.sqrt(2 * share * (1 - share) / 1000) < 4
    assert np.median(samples[64]) > 2 * np.median(errors("gaussian", 64))


@given(st.integers(2, 20), st.integers(0, 500))
def test_the_error_falls_to_a_quarter_and_never_below(dim, extra):
    """The picture tends to the right shape at half its size."""
    for embedding in CLOSED_FORM:
        nmse = partial(expected_nmse, embedding=embedding)
        assert 0.25 < nmse(dim + extra + 1, dim) <= nmse(dim + extra, dim)
        assert nmse(10**9, dim) == pytest.approx(0.25, abs=1e-6)
        assert nmse(10**9, dim, decoder="doubled") == pytest.approx(0.0, abs=1e-6)


@given(st.integers(1, 20), st.integers(0, 50))
def test_orthonormal_columns_beat_gaussian_ones_but_on_a_line_where_both_are_the_same(dim, extra):
    orthonormal, gaussian = (expected_nmse(dim + extra, dim, embedding=name) for name in ("orthonormal", "gaussian"))
    assert orthonormal == gaussian if dim == 1 else orthonormal < gaussian
    assert expected_nmse(dim + extra, dim, embedding="padded-orthogonal") == orthonormal


# Errors


@pytest.mark.parametrize(
    "function",
    [
        collapsed_fraction,
        recoverable_fraction,
        recoverable_patterns,
        expected_nmse,
        half_plane_probability,
        lambda width, _: injective_probability(width),
        lambda width, _: paper_bound(width),
    ],
)
@pytest.mark.parametrize(
    ("width", "error", "message"),
    [
        (0, ValueError, "width must be >= 1, got 0"),
        (-5, ValueError, "width must be >= 1, got -5"),
        (3.0, TypeError, r"width must be an integer, got 3\.0"),
        (True, TypeError, "width must be an integer, got True"),
        ("3", TypeError, "width must be an integer, got '3'"),
    ],
)
def test_a_width_is_a_positive_integer(function, width, error, message):
    with pytest.raises(error, match=message):
        function(width, 1)


@pytest.mark.parametrize("function", [collapsed_fraction, recoverable_fraction, recoverable_patterns, expected_nmse])
def test_a_dimension_is_a_positive_integer(function):
    with pytest.raises(ValueError, match="dim must be >= 1, got 0"):
        function(3, 0)
    with pytest.raises(TypeError, match=r"dim must be an integer, got 1\.5"):
        function(3, 1.5)


def test_a_number_of_rows_is_a_positive_integer():
    with pytest.raises(ValueError, match="rows must be >= 1, got 0"):
        half_plane_probability(3, 0)
    with pytest.raises(TypeError, match="rows must be an integer, got None"):
        half_plane_probability(3, None)


@pytest.mark.parametrize("active", [0.0, 1.0, -0.1, 2, math.nan, math.inf])
@pytest.mark.parametrize("function", [collapsed_fraction, recoverable_fraction])
def test_a_probability_lies_between_0_and_1(function, active):
    with pytest.raises(ValueError, match="active must be finite and > 0 and < 1, got"):
        function(3, 2, active=active)


@pytest.mark.parametrize(("radius", "error"), [(0.0, ValueError), (-1, ValueError), (math.nan, ValueError), ("far", TypeError)])
def test_a_radius_is_a_positive_number(radius, error):
    with pytest.raises(error, match="radius must be"):
        relu6_active_probability(radius)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 1}, "width must be >= dim, got width 1 and dim 2"),
        ({"embedding": "gausian"}, r"unknown embedding with a closed form 'gausian'\. Did you mean 'gaussian'\?"),
        (
            {"embedding": "uniform"},
            r"unknown embedding with a closed form 'uniform'\..* Choose one of: gaussian, orthonormal, ",
        ),
        ({"decoder": "double"}, r"unknown decoder with a closed form 'double'\. Did you mean 'doubled'\?"),
        ({"decoder": "posterior"}, r"unknown decoder with a closed form 'posterior'\..* Choose one of: inverse, doubled\."),
    ],
)
def test_where_no_closed_form_is_known_the_choice_is_listed(options, message):
    with pytest.raises(ValueError, match=message):
        expected_nmse(**({"width": 3, "dim": 2} | options))
