"""Closed forms against simulation, against exhaustive enumeration, and against SciPy.

Simulations draw layers from streams of fixed seeds; each mean must lie within 4 of its standard errors from the formula.
"""

import math
from fractions import Fraction
from functools import partial
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, entropy, norm

from manifold import (
    EMBEDDINGS,
    METRICS,
    Layer,
    random_stream,
    recover,
    recover_with,
    redecode,
    theory,
)
from manifold.theory import (
    PAPER_EXPANSION,
    collapsed_fraction,
    cone_centroid,
    errors,
    expected_entropy_loss,
    expected_information_share,
    expected_lost_regions,
    expected_nmse,
    half_plane_probability,
    information,
    injective_probability,
    injectivity,
    least_injective_width,
    least_unique_width,
    limit_nmse,
    log2_collapsed_fraction,
    paper_bound,
    paper_bound_holds,
    paper_bound_threshold,
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


@given(st.integers(1, 300), st.integers(1, 60))
def test_the_logarithm_is_that_of_the_fraction_and_goes_on_where_the_fraction_is_0(width, dim):
    assert log2_collapsed_fraction(width, dim) == pytest.approx(math.log2(collapsed_fraction(width, dim)), abs=1e-12)
    assert collapsed_fraction(2000, 2) == 0.0
    assert log2_collapsed_fraction(1000 * dim, 2) == math.log2(1000 * dim + 1) - 1000 * dim


@pytest.mark.parametrize(("dim", "width"), [(16, 96), (24, 144), (320, 1920), (100, 1500)])
def test_the_logarithm_is_that_of_scipys_tail(dim, width):
    assert log2_collapsed_fraction(width, dim) == pytest.approx(binom.logcdf(dim - 1, width, 0.5) / math.log(2), rel=1e-9)


@pytest.mark.parametrize("width", range(1, 13))
@pytest.mark.parametrize("dim", DIMS)
def test_the_papers_bound_holds_where_patterns_counted_one_by_one_say_so(width, dim):
    """In fractions: (lost patterns / 2^n)^2 against 2^-n."""
    lost = Fraction(sum(pattern.bit_count() < dim for pattern in range(2**width)), 2**width)
    assert paper_bound_holds(width, dim) == (lost**2 <= Fraction(1, 2**width))


def test_the_papers_bound_is_compared_also_far_below_the_range_of_float64():
    assert paper_bound_holds(10_000, 800)
    assert not paper_bound_holds(10_000, 1200)


@pytest.mark.parametrize("dim", [2, 3, 4, 8, 16])
def test_once_wide_enough_for_the_papers_bound_all_wider_layers_are(dim):
    holds = [paper_bound_holds(width, dim) for width in range(1, 12 * dim)]
    assert holds == sorted(holds)
    assert holds[-1]
    assert not holds[0]


def test_the_papers_bound_needs_more_rows_per_dimension_the_more_dimensions_there_are_and_9_09_in_the_limit():
    needed = [next(n for n in range(d, 10 * d) if paper_bound_holds(n, d)) / d for d in (2, 4, 8, 16, 32, 64)]
    assert needed == sorted(needed)
    assert needed[0] == 3.0
    assert needed[-1] < paper_bound_threshold()
    for d in (400, 1000):
        assert paper_bound_holds(math.ceil(paper_bound_threshold() * d), d)
        assert not paper_bound_holds(math.floor(0.99 * paper_bound_threshold() * d), d)


def test_the_threshold_halves_the_binary_entropy():
    p = 1 / paper_bound_threshold()
    assert entropy([p, 1 - p], base=2) == pytest.approx(0.5, abs=1e-14)
    assert p < 0.5


# Where no row is active


@pytest.mark.parametrize("radius", [0.3, 1.0, 7.0])
@pytest.mark.parametrize("half_angle", [0.01, 0.5, 1.0, math.pi / 2, 2.5, 3.1])
def test_the_centroid_of_a_sector_is_the_mean_of_points_in_it(half_angle, radius, rng, z_scores):
    """20,000 points drawn uniformly from each of 18 sectors."""
    angle = rng.uniform(-half_angle, half_angle, 20_000)
    along = radius * np.sqrt(rng.uniform(0, 1, 20_000)) * np.cos(angle)
    assert np.abs(z_scores(along, cone_centroid(half_angle, radius))) < 4


@pytest.mark.parametrize("half_angle", [0.05, 0.4, 1.0, 1.5])
def test_it_is_the_posterior_mean_of_a_point_at_which_no_row_is_active(half_angle):
    """Two rows whose inactive half-planes meet in the cone around the axis (1, 0)."""
    matrix = np.array([[-math.sin(half_angle), sign * math.cos(half_angle)] for sign in (1, -1)])
    points = np.array([[0.2, 0.001], [0.0, 2.0]])  # the second sets the radius of the disc
    found = recover_with(points, Layer(matrix, np.linalg.pinv(matrix)), decoder="posterior").recovered[0]
    np.testing.assert_allclose(found, [cone_centroid(half_angle, 2.0), 0.0], atol=1e-9)


def test_a_closing_cone_leaves_two_thirds_of_the_radius_and_the_whole_disc_nothing():
    assert cone_centroid(1e-9, 3.0) == pytest.approx(2.0)
    assert cone_centroid(math.pi) == pytest.approx(0.0, abs=1e-16)
    assert cone_centroid(math.pi / 2) == pytest.approx(4 / (3 * math.pi))


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


@pytest.mark.parametrize("decoder", ["inverse", "doubled"])
@pytest.mark.parametrize("embedding", CLOSED_FORM)
def test_the_limit_is_what_the_error_tends_to(embedding, decoder):
    for dim in DIMS:
        errors = [expected_nmse(width, dim, embedding=embedding, decoder=decoder) for width in (10**3, 10**6, 10**9)]
        distances = np.array(errors) - limit_nmse(decoder)
        np.testing.assert_allclose(distances[1:] * 1000, distances[:-1], rtol=0.05)  # falls as 1 / n
    assert limit_nmse("inverse") == 0.25
    assert limit_nmse("doubled") == 0.0


@given(st.integers(1, 20), st.integers(0, 50))
def test_orthonormal_columns_beat_gaussian_ones_but_on_a_line_where_both_are_the_same(dim, extra):
    orthonormal, gaussian = (expected_nmse(dim + extra, dim, embedding=name) for name in ("orthonormal", "gaussian"))
    assert orthonormal == gaussian if dim == 1 else orthonormal < gaussian
    assert expected_nmse(dim + extra, dim, embedding="padded-orthogonal") == orthonormal


# Errors

OF_WIDTH_AND_DIM = (
    collapsed_fraction,
    recoverable_fraction,
    recoverable_patterns,
    expected_nmse,
    log2_collapsed_fraction,
    paper_bound_holds,
    expected_lost_regions,
)


@pytest.mark.parametrize(
    "function",
    [
        *OF_WIDTH_AND_DIM,
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


@pytest.mark.parametrize(
    "function",
    [
        *OF_WIDTH_AND_DIM,
        expected_entropy_loss,
        lambda _, dim: least_injective_width(dim),
        lambda _, dim: least_unique_width("silu", dim),
        lambda _, dim: expected_information_share("relu", dim=dim),
    ],
)
def test_a_dimension_is_a_positive_integer(function):
    with pytest.raises(ValueError, match="dim must be >= 1, got 0"):
        function(3, 0)
    with pytest.raises(TypeError, match=r"dim must be an integer, got 1\.5"):
        function(3, 1.5)


@pytest.mark.parametrize("active", [0.0, 1.0, -0.1, 2, math.nan, math.inf])
@pytest.mark.parametrize("function", [collapsed_fraction, recoverable_fraction])
def test_a_probability_lies_between_0_and_1(function, active):
    with pytest.raises(ValueError, match="active must be finite and > 0 and < 1, got"):
        function(3, 2, active=active)


@pytest.mark.parametrize(
    ("half_angle", "message"),
    [
        (0.0, "half_angle must be finite and > 0, got 0"),
        (-1.0, "half_angle must be finite and > 0, got -1"),
        (90.0, "half_angle must be at most pi, half of a whole turn in radians, got 90"),
        (math.nan, "half_angle must be finite and > 0, got nan"),
    ],
)
def test_half_an_opening_is_an_angle_of_half_a_turn_or_less(half_angle, message):
    with pytest.raises(ValueError, match=message):
        cone_centroid(half_angle)
    with pytest.raises(ValueError, match=r"radius must be finite and > 0, got -1"):
        cone_centroid(1.0, -1.0)


@pytest.mark.parametrize(("radius", "error"), [(0.0, ValueError), (-1, ValueError), (math.nan, ValueError), ("far", TypeError)])
def test_a_radius_is_a_positive_number(radius, error):
    with pytest.raises(error, match="radius must be"):
        relu6_active_probability(radius)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 1}, "width must be >= dim, got width 1 and dim 2"),
        ({"embedding": "gausian"}, r"unknown embedding 'gausian'\. Did you mean 'gaussian'\?"),
        (
            {"embedding": "uniform"},
            r"no closed form is known for embedding 'uniform'; choose one of: gaussian, orthonormal, ",
        ),
        ({"decoder": "double"}, r"unknown decoder 'double'\. Did you mean 'doubled'\?"),
        ({"decoder": "posterior"}, r"no closed form is known for decoder 'posterior'; choose one of: inverse, doubled$"),
    ],
)
def test_where_no_closed_form_is_known_the_choice_is_listed(options, message):
    with pytest.raises(ValueError, match=message):
        expected_nmse(**({"width": 3, "dim": 2} | options))


def test_a_limit_is_known_for_the_decoders_with_a_closed_form():
    with pytest.raises(ValueError, match=r"unknown decoder 'double'\. Did you mean 'doubled'\?"):
        limit_nmse("double")


@pytest.mark.parametrize("module", [errors, information, injectivity])
def test_theory_offers_what_its_files_hold(module):
    own = {name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    public = {name for name in own if not name.startswith("_")}
    assert public | {"INJECTIVITY_THRESHOLDS", "LIPSCHITZ_LIMITS"} <= set(theory.__all__)
    assert all(getattr(theory, name) is getattr(module, name) for name in public)
