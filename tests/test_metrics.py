"""How far the recovered points are from the true ones: exact values, invariances, and an order among the metrics."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

from manifold import ACTIVATIONS, METRICS, Layer, random_stream, recover, recover_with, redecode
from manifold.metrics import avoidable_share
from manifold.theory import collapsed_fraction

POSITIONS = ["nmse", "scale-aligned", "affine-aligned", "worst"]  # those that look at the recovered points alone


def recovery(seed=0, dim=2, decoder="inverse", activation="relu", width=None):
    rng = random_stream(21, seed)
    points = rng.standard_normal((60, dim)) + 0.3
    return recover(points, width=width or dim + 1, activation=activation, decoder=decoder, rng=rng)


def answered(result, guess):
    """The same layer with another answer."""
    return replace(result, recovered=np.asarray(guess, dtype=float))


seeds = st.integers(0, 10**6)


def test_two_points_are_scored_as_by_hand():
    """x = (3, 0), (0, 4), answer (3, 0), (0, 2): errors 0 and 2, sizes 9 and 16; scaled by s, s = 17/13 is best."""
    result = answered(recover_with([[3.0, 0.0], [0.0, 4.0]], Layer(np.eye(2), np.eye(2))), [[3.0, 0.0], [0.0, 2.0]])
    assert METRICS["nmse"](result) == pytest.approx(4 / 25)
    assert METRICS["scale-aligned"](result) == pytest.approx(((3 - 51 / 13) ** 2 + (4 - 34 / 13) ** 2) / 25)
    assert METRICS["affine-aligned"](result) == pytest.approx(0.0, abs=1e-12)
    assert METRICS["worst"](result) == pytest.approx(2 / math.sqrt(25 / 2))
    assert METRICS["lost"](result) == 1.0


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("name", POSITIONS)
def test_the_true_points_score_0(name, dim):
    result = recovery(dim=dim)
    assert METRICS[name](answered(result, result.points)) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_answering_0_everywhere_scores_1(dim):
    """But the affine metric forgives the offset too, and leaves the variance over the mean square."""
    result = recovery(dim=dim)
    nothing = answered(result, np.zeros_like(result.points))
    assert METRICS["nmse"](nothing) == pytest.approx(1.0)
    assert METRICS["scale-aligned"](nothing) == pytest.approx(1.0)
    spread = result.points.var(axis=0).sum() / (result.points**2).sum(axis=1).mean()
    assert METRICS["affine-aligned"](nothing) == pytest.approx(spread)


@given(seeds)
def test_the_scale_metric_is_the_least_nmse_over_all_scales(seed):
    result = recovery(seed)
    best = minimize_scalar(lambda s: METRICS["nmse"](answered(result, s * result.recovered)))
    assert METRICS["scale-aligned"](result) == pytest.approx(best.fun, rel=1e-6)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_affine_metric_is_the_least_nmse_over_all_affine_maps(dim):
    result = recovery(5, dim=dim)

    def nmse_after(parameters):
        a, b = parameters[:-dim].reshape(dim, dim), parameters[-dim:]
        return METRICS["nmse"](answered(result, result.recovered @ a.T + b))

    best = minimize(nmse_after, np.append(np.eye(dim).ravel(), np.zeros(dim)), method="BFGS")
    assert METRICS["affine-aligned"](result) == pytest.approx(best.fun, rel=1e-5)


@given(seeds, st.floats(-9, 9).filter(lambda s: abs(s) > 1e-3))
def test_the_scale_metric_ignores_the_size_of_the_answer(seed, scale):
    result = recovery(seed)
    scaled = answered(result, scale * result.recovered)
    assert METRICS["scale-aligned"](scaled) == pytest.approx(METRICS["scale-aligned"](result), rel=1e-9)


@given(seeds, seeds)
def test_the_affine_metric_ignores_position_size_rotation_and_shear(seed, other):
    result, rng = recovery(seed), random_stream(other)
    a, b = rng.standard_normal((2, 2)), rng.standard_normal(2)
    assume(np.linalg.cond(a) < 1e4)
    moved = answered(result, result.recovered @ a.T + b)
    assert METRICS["affine-aligned"](moved) == pytest.approx(METRICS["affine-aligned"](result), rel=1e-6)


@pytest.mark.parametrize("decoder", ["inverse", "doubled", "active-rows"])
@given(seed=seeds)
def test_what_is_forgiven_lowers_the_score(decoder, seed):
    result = recovery(seed, decoder=decoder)
    affine, scale, plain = (METRICS[name](result) for name in ("affine-aligned", "scale-aligned", "nmse"))
    assert 0.0 <= affine <= scale + 1e-12
    assert scale <= min(plain, 1.0) + 1e-12
    assert METRICS["worst"](result) >= math.sqrt(plain) - 1e-12


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("size", [1e-3, 1e3])
def test_no_metric_depends_on_the_unit_of_length(name, size):
    """Behind a ReLU, where the answer grows with the points."""
    result = recovery()
    larger = recover_with(size * result.points, result.layer)
    assert METRICS[name](larger) == pytest.approx(METRICS[name](result), rel=1e-6)


@pytest.mark.parametrize("name", METRICS)
def test_no_metric_depends_on_the_order_of_the_points(name, rng):
    result = recovery()
    mixed = recover_with(result.points[rng.permutation(60)], result.layer)
    assert METRICS[name](mixed) == pytest.approx(METRICS[name](result), rel=1e-9)


@pytest.mark.parametrize("decoder", ["inverse", "affine", "posterior"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_metric_is_a_finite_float(decoder, activation):
    for metric in METRICS.values():
        value = metric(recovery(decoder=decoder, activation=activation))
        assert type(value) is float
        assert math.isfinite(value)


def test_the_affine_decoder_leaves_nothing_to_align():
    result = recovery(decoder="affine")
    assert METRICS["nmse"](result) == pytest.approx(METRICS["affine-aligned"](result))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_lost_is_the_share_of_points_without_full_rank(dim, z_scores):
    """On average over layers it is the closed form: 3 cells."""
    results = [recovery(seed, dim=dim) for seed in range(300)]
    for result in results[:20]:
        ranks = [np.linalg.matrix_rank(result.matrix[z > 0]) if (z > 0).any() else 0 for z in result.points @ result.matrix.T]
        assert METRICS["lost"](result) == np.mean(np.array(ranks) < dim)
    assert abs(z_scores([METRICS["lost"](r) for r in results], collapsed_fraction(dim + 1, dim))) < 4


@pytest.mark.parametrize(("dim", "best"), [(1, "active-rows"), (2, "posterior"), (3, "active-rows")])
def test_the_decoders_share_is_what_the_best_one_would_save(dim, best):
    result = recovery(3, dim=dim, decoder="doubled")
    saved = METRICS["nmse"](result) - METRICS["nmse"](redecode(result, best))
    assert METRICS["decoder-share"](result) == pytest.approx(saved / METRICS["nmse"](result))
    assert METRICS["decoder-share"](redecode(result, best)) == pytest.approx(0.0, abs=1e-12)


def test_the_decoders_share_is_0_where_nothing_is_wrong():
    result = recovery()
    assert METRICS["decoder-share"](answered(result, result.points)) == 0.0


def test_the_avoidable_share_is_1_minus_the_ratio_and_0_where_all_is_rounding():
    assert avoidable_share(0.5, 0.1) == pytest.approx(0.8)
    assert avoidable_share(0.1, 0.5) == pytest.approx(-4.0)
    assert avoidable_share(1e-30, 1e-31) == avoidable_share(0.0, 0.0) == 0.0


def test_the_decoders_share_is_below_0_for_a_readout_fitted_to_the_truth():
    """Three points nearly on a line, all lost to the layer: the fitted line is far nearer than the mean of what looks alike."""
    points = np.array([[1.0, -3.0], [2.0, -2.0], [3.0, -1.1]])
    result = recover_with(points, Layer(np.eye(2), np.eye(2)), decoder="affine")
    assert METRICS["lost"](result) == 1.0
    assert METRICS["decoder-share"](result) < -1.0


def test_nearly_all_of_the_papers_loss_is_the_decoders_at_width_15():
    """One claim: over 50 draws, at least 99 % of the mean NMSE of T+ is not a loss of information."""
    results = [recovery(seed, width=15) for seed in range(50)]
    assert np.mean([METRICS["decoder-share"](r) for r in results]) > 0.99
    assert np.mean([METRICS["nmse"](r) for r in results]) > 0.25


@pytest.mark.parametrize("name", [name for name in METRICS if name != "lost"])
def test_points_without_a_size_cannot_be_scored(name, rng):
    result = recover(np.zeros((3, 2)), width=3, rng=rng)
    with pytest.raises(
        ValueError, match="points are all 0, so there is no size to compare an error with; move them off the origin"
    ):
        METRICS[name](result)


def test_at_the_origin_every_point_is_lost(rng):
    assert METRICS["lost"](recover(np.zeros((3, 2)), width=30, rng=rng)) == 1.0


def test_an_unknown_metric_is_told_the_nearest():
    with pytest.raises(ValueError, match=r"unknown metric 'mse'\. Did you mean 'nmse'\?"):
        METRICS["mse"]
