"""Capacity of balls: known limits, the planar cone by its angle, and normal vectors projected onto the cone one by one."""

import math

import numpy as np
import pytest

from manifold import random_stream
from manifold.theory import ball_capacity


@pytest.mark.parametrize("radius", [1e-3, 0.2, 1.0, 7.0, 1e4])
def test_a_segment_needs_a_half_and_what_its_angle_adds(radius):
    """A planar cone of angle a holds a normal vector with probability a / 2 pi, and an edge is nearest with 1/2."""
    assert 1.0 / ball_capacity(1, radius) == pytest.approx(0.5 + 2.0 / math.pi * math.atan(radius), rel=1e-10)


@pytest.mark.parametrize("dimension", [1, 3, 40, 2500])
def test_points_have_two_and_huge_balls_leave_a_half_space(dimension):
    assert ball_capacity(dimension, 0.0) == 2.0
    assert ball_capacity(dimension, 1e-8) == pytest.approx(2.0, abs=1e-5)
    assert 1.0 / ball_capacity(dimension, 1e8) == pytest.approx(dimension + 0.5, rel=1e-6)
    capacities = [ball_capacity(dimension, radius) for radius in (0.0, 0.1, 0.5, 1.0, 3.0)]
    assert capacities == sorted(capacities, reverse=True)


@pytest.mark.parametrize(("dimension", "radius"), [(2, 1.0), (5, 0.3), (20, 2.0)])
def test_it_is_the_mean_square_of_what_the_cone_catches_of_a_normal_vector(dimension, radius, z_scores):
    """The nearest point of the cone is sought along rays: |p|^2 = max over the cone's unit vectors u of (t . u)_+^2."""
    vectors = random_stream(70, dimension).standard_normal((5_000, dimension + 1))
    angles = np.linspace(0.0, math.atan(radius), 200)  # of u from the axis, towards t
    along = np.linalg.norm(vectors[:, 1:], axis=1)[:, None] * np.sin(angles) + vectors[:, :1] * np.cos(angles)
    caught = np.maximum(along.max(axis=1), 0.0) ** 2
    assert abs(z_scores(caught, 1.0 / ball_capacity(dimension, radius))) < 4.0


@pytest.mark.parametrize(
    ("dimension", "radius", "error", "message"),
    [
        (0, 1.0, ValueError, "dimension must be >= 1, got 0"),
        (1.5, 1.0, TypeError, r"dimension must be an integer, got 1\.5"),
        (2, -1.0, ValueError, "radius must be finite and >= 0, got -1"),
        (2, math.inf, ValueError, "radius must be finite and >= 0, got inf"),
    ],
)
def test_a_ball_has_a_dimension_and_a_radius(dimension, radius, error, message):
    with pytest.raises(error, match=message):
        ball_capacity(dimension, radius)
