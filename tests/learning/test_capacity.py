"""Capacity of manifolds: points by Cover's theorem, balls by the closed form, clouds by trying, programs by other solvers."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from manifold import random_stream
from manifold.learning import manifold_capacity, simulated_capacity
from manifold.learning.capacity import _anchor, is_separable
from manifold.theory import ball_capacity

P = 40


def circle(count):
    angle = 2.0 * math.pi * np.arange(count) / count
    return np.column_stack([np.cos(angle), np.sin(angle)])


def sphere(count):
    """Points on a spiral from pole to pole, evenly apart."""
    height = 1.0 - (2.0 * np.arange(count) + 1.0) / count
    angle = math.pi * (1.0 + math.sqrt(5.0)) * np.arange(count)
    rim = np.sqrt(1.0 - height**2)
    points = np.column_stack([rim * np.cos(angle), rim * np.sin(angle), height])
    return points - points.mean(axis=0)


SHAPES = {"segment": np.array([[1.0], [-1.0]]), "circle": circle(32), "sphere": sphere(150)}


def on_a_simplex(shape, radius):
    """P copies of a shape, at right angles to their centres, which lie at distance 1 from their mean and equally far apart."""
    size = math.sqrt(1.0 - 1.0 / P)
    return [np.hstack([np.tile(centre / size, (len(shape), 1)), radius * shape]) for centre in np.eye(P)]


@pytest.mark.parametrize("radius", [0.3, 1.5])
@pytest.mark.parametrize("shape", SHAPES)
def test_balls_have_the_capacity_of_the_closed_form_and_their_radius_and_dimension(shape, radius, z_scores):
    """P manifolds have t of their own: as many samples of 1 / alpha. The polygon and the 150 points miss less than
    a hundredth of their balls' 1 / alpha, which four standard errors hide.

    Points s - c lie along t for every ball; s is on its rim unless t lies in the cone, as few do at radius 0.3.
    """
    dimension = SHAPES[shape].shape[1]
    found = manifold_capacity(on_a_simplex(SHAPES[shape], radius), draws=30, rng=random_stream(71))
    assert found.common == 0
    assert found.centre_correlation == pytest.approx(1.0 / (P - 1))
    assert abs(z_scores(found.weights, 1.0 / ball_capacity(dimension, radius))) < 4.0
    assert abs(z_scores(found.dimensions, dimension)) < 4.0
    assert found.capacity == pytest.approx(1.0 / found.weights.mean())
    assert (found.radius, found.dimension) == (found.radii.mean(), found.dimensions.mean())
    assert found.radius <= radius * 1.01
    if radius < 1.0:
        assert found.radius > 0.9 * radius


def test_points_need_half_a_weight_each_and_by_trying_as_many_as_cover_says(z_scores):
    """1 + Binomial(P - 1, 1/2): its mean, and its variance by the squares about that mean."""
    points = random_stream(72).standard_normal((P, 1, 200))
    found = manifold_capacity(points, draws=60, rng=random_stream(73))
    assert abs(z_scores(found.weights, 0.5)) < 4.0
    assert found.radius == found.dimension == 0.0
    tried = simulated_capacity(points, dichotomies=60, rng=random_stream(74))
    assert abs(z_scores(tried.weights, (P + 1) / 2.0)) < 4.0
    assert abs(z_scores((tried.weights - (P + 1) / 2.0) ** 2, (P - 1) / 4.0)) < 4.0
    assert tried.capacity == P / np.median(tried.weights) != P / tried.weights.mean()


def test_two_points_of_one_class_need_the_offset_alone_and_of_two_classes_a_number_too():
    weights = simulated_capacity(np.eye(2)[:, None], dichotomies=20, rng=random_stream(80)).weights
    assert set(weights) == {1.0, 2.0}


def test_an_anchor_point_in_the_cone_of_minus_t_is_that_of_the_hull_which_t_likes_best():
    """At the centre (1, 0) of (1, 2), (1, -1), (1, -1): t makes -4.8 and -5.1 of them, and the cone's nearest point is 0."""
    t = SimpleNamespace(standard_normal=lambda shape: np.array([[-5.0, 0.1]]))
    assert _anchor(np.array([[1.0, 2.0], [1.0, -1.0], [1.0, -1.0]]), 1, t) == pytest.approx((0.0, 2.0, 0.01))


@pytest.mark.parametrize(("size", "dimension"), [(0.3, 4), (0.8, 6)])
def test_gaussian_clouds_have_by_trying_the_capacity_of_the_theory(size, dimension):
    """As P grows; at this P points need half a weight more than the theory says. Four standard errors and one weight."""
    rng = random_stream(75, dimension)
    clouds = []
    for _ in range(20):
        axes = np.linalg.qr(rng.standard_normal((200, dimension + 1)))[0].T
        clouds.append(axes[0] + size / math.sqrt(dimension) * rng.standard_normal((12, dimension)) @ axes[1:])
    weights = simulated_capacity(clouds, dichotomies=12, rng=rng).weights
    expected = 20 / manifold_capacity(clouds, draws=200, rng=rng).capacity
    assert abs(weights.mean() - expected) < 1.0 + 4.0 * weights.std() / math.sqrt(12)


def test_the_program_is_that_of_the_theory():
    """min |v - t|^2 over v . x_j >= 0 by sequential quadratic programming, for -t: both have the same law."""
    rng = random_stream(76)
    for _ in range(20):
        points = rng.standard_normal((9, 4)) + 3.0 * np.eye(4)[0]
        stream = rng.spawn(1)[0]
        t = -np.random.Generator(type(stream.bit_generator)(stream.bit_generator.seed_seq)).standard_normal(4)
        within = {"type": "ineq", "fun": lambda v, points=points: points @ v, "jac": lambda v, points=points: points}
        best = minimize(
            lambda v, t=t: (v - t) @ (v - t), [1.0, 0.0, 0.0, 0.0], jac=lambda v, t=t: 2.0 * (v - t), constraints=within
        )
        length, _, _ = _anchor(points, 1, stream)
        assert length == pytest.approx(best.fun, abs=1e-5)


def test_what_centres_have_in_common_is_taken_away():
    """Two directions, ten times as long as the centres, at random: correlation rises, and capacity is as without them."""
    rng = random_stream(77)
    clouds = rng.standard_normal((P, 1, 300)) + 0.5 * rng.standard_normal((P, 8, 300))
    common = np.linalg.qr(rng.standard_normal((300, 2)))[0].T
    shifted = clouds + 10.0 * math.sqrt(300.0) * rng.standard_normal((P, 1, 2)) @ common
    plain, moved = (manifold_capacity(each, draws=40, rng=random_stream(78)) for each in (clouds, shifted))
    assert (plain.common, moved.common) == (0, 2)
    assert moved.centre_correlation > 5.0 * plain.centre_correlation
    assert moved.capacity == pytest.approx(plain.capacity, rel=0.02)


def test_neither_where_all_manifolds_lie_nor_the_size_of_each_about_that_place_matters():
    """Opposite manifolds, of sizes from 1 to 100, leave the mean of all where it is; most centres share two directions."""
    rng = random_stream(81)
    half = rng.standard_normal((P // 2, 1, 60)) + 0.5 * rng.standard_normal((P // 2, 4, 60))
    half[:, :, :2] += 30.0 * rng.standard_normal((P // 2, 1, 2))
    sizes = 10.0 ** rng.uniform(0.0, 2.0, (P // 2, 1, 1))
    plain, sized = (np.concatenate([each, -each]) for each in (half, sizes * half))
    one, other = (manifold_capacity(each, draws=5, rng=random_stream(82)) for each in (plain, sized + 1e4))
    assert one.common == other.common == 2
    np.testing.assert_allclose(other.weights, one.weights, rtol=1e-6)
    np.testing.assert_allclose(other.radii, one.radii, rtol=1e-6)
    points = half[:, :1]
    near, far = (simulated_capacity(each, dichotomies=9, rng=random_stream(83)).weights for each in (points, points + 1e8))
    assert near.max() <= P // 2
    np.testing.assert_array_equal(far, near)


def test_a_plane_is_found_if_and_only_if_linear_programming_finds_one():
    seen = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        points = rng.standard_normal((int(rng.integers(4, 80)), int(rng.integers(1, 12))))
        signs = np.where(
            points @ rng.standard_normal(points.shape[1]) + seed % 3 * 0.5 * rng.standard_normal(len(points)) > 0, 1.0, -1.0
        )
        rows = signs[:, None] * np.column_stack([points, np.ones(len(points))])
        possible = linprog(np.zeros(rows.shape[1]), A_ub=-rows, b_ub=-np.ones(len(rows)), bounds=(None, None)).status == 0
        assert is_separable(points, signs) == possible
        seen.append(possible)
    assert 12 < sum(seen) < 48


def test_manifolds_inside_each_other_have_no_capacity():
    nested = [[[-size], [size]] for size in range(1, 9)]
    found = simulated_capacity(nested, dichotomies=9, rng=random_stream(79))
    assert found.capacity == 0.0
    assert np.isinf(np.median(found.weights))


@pytest.mark.parametrize(
    ("manifolds", "message"),
    [
        ([np.eye(3)], r"manifolds must be two or more arrays of points of one width, got 1 of widths \[3\]"),
        ([np.eye(3), np.eye(2)], r"manifolds must be two or more arrays .*, got 2 of widths \[2, 3\]"),
        ([np.eye(3), [1.0, 2.0, 3.0]], r"manifolds must have shape \(M, N\)"),
        ([np.eye(2), [[np.nan, 1.0]]], r"manifolds must be finite, got nan at index \(0, 0\)"),
    ],
)
@pytest.mark.parametrize("measure", [manifold_capacity, simulated_capacity])
def test_what_are_no_manifolds_is_refused(manifolds, message, measure):
    with pytest.raises(ValueError, match=message):
        measure(manifolds, rng=random_stream(0))


def test_a_centre_in_the_middle_of_all_and_wrong_numbers_are_refused():
    with pytest.raises(ValueError, match="manifolds must have centres that differ from the mean of all, but number 1 has not"):
        manifold_capacity([[[-1.0, 2.0]], [[0.0, 2.0]], [[1.0, 2.0]]], rng=random_stream(0))
    with pytest.raises(ValueError, match="draws must be >= 1, got 0"):
        manifold_capacity([np.eye(2), np.ones((1, 2))], draws=0, rng=random_stream(0))
    with pytest.raises(ValueError, match="dichotomies must be >= 1, got 0"):
        simulated_capacity([np.eye(2), np.ones((1, 2))], dichotomies=0, rng=random_stream(0))
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
        manifold_capacity([np.eye(2), np.ones((1, 2))], rng=0)
