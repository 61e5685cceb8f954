"""What half-planes leave of a disc: against closed forms, dense sampling and Monte Carlo."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifold.layer.disc import cell_centroids, clip_lines

ANGLE = st.floats(0.0, 2 * math.pi)
OFFSET = st.one_of(st.floats(-0.9, 1.2), st.just(0.0))
PLANES = st.lists(st.tuples(ANGLE, OFFSET), max_size=6)


def cell_centroid(normals, offsets, radius):
    """Of a single cell."""
    return cell_centroids(np.asarray(normals)[None], np.asarray(offsets)[None], np.array([radius]))[0]


def half_planes(planes):
    angles, offsets = (np.array([plane[i] for plane in planes], dtype=float) for i in range(2))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1), offsets


def uniform_disc(count, rng):
    return np.sqrt(rng.uniform(0, 1, (count, 1))) * unit(rng.uniform(0, 2 * math.pi, count))


def unit(angle):
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


@pytest.mark.parametrize("radius", [1.0, 2.5])
@pytest.mark.parametrize("half", [0.01, 0.3, math.pi / 4, 1.2, math.pi / 2])
@pytest.mark.parametrize("middle", [0.0, 1.0, 3.0, 6.2])
def test_the_centroid_of_a_cone_of_half_angle_a_is_2_r_sin_a_over_3_a(radius, half, middle):
    normals = unit(middle + np.array([1.0, -1.0]) * (half + math.pi / 2))
    expected = 2 * radius * math.sin(half) / (3 * half) * unit(middle)
    np.testing.assert_allclose(cell_centroid(normals, np.zeros(2), radius), expected, atol=1e-12 * radius)


@pytest.mark.parametrize("offset", [-0.9, -0.3, 0.0, 0.5, 0.99])
def test_the_centroid_of_a_segment_of_angle_a_is_4_r_sin3_over_3_a_minus_sin_a(offset):
    """a is the angle under which the segment's arc is seen, and sin3 the cube of the sine of a/2."""
    a = 2 * math.acos(-offset)
    expected = -4 * math.sin(a / 2) ** 3 / (3 * (a - math.sin(a)))
    np.testing.assert_allclose(cell_centroid(np.array([[3.0, 0.0]]), np.array([3 * offset]), 1.0), [expected, 0.0], atol=1e-12)


@given(st.lists(ANGLE, min_size=3, max_size=3), st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)))
def test_the_centroid_of_a_triangle_is_the_mean_of_its_corners(angles, centre):
    corners = np.array(centre) + 0.5 * unit(np.sort(angles))
    along = np.roll(corners, -1, axis=0) - corners
    if np.linalg.norm(along, axis=1).min() < 1e-2:
        return  # too thin to have an area
    normals = np.stack([along[:, 1], -along[:, 0]], axis=1)
    np.testing.assert_allclose(cell_centroid(normals, (normals * corners).sum(axis=1), 1.0), corners.mean(axis=0), atol=1e-9)


def test_the_whole_disc_has_its_centroid_at_0():
    np.testing.assert_allclose(cell_centroid(np.zeros((0, 2)), np.zeros(0), 3.0), [0.0, 0.0], atol=1e-12)


def test_centroids_of_random_cells_are_the_means_of_uniform_points(rng, z_scores):
    """Both coordinates of 60 cells cut by 1 to 6 half-planes, and 100,000 points: 120 cells compared."""
    points = uniform_disc(100_000, rng)
    z = []
    while len(z) < 60:
        normals = rng.standard_normal((rng.integers(1, 7), 2))
        offsets = rng.choice([0.0, 0.3, -0.3, 0.8, 2.0], len(normals)) * rng.uniform(0.5, 1.5, len(normals))
        inside = points[(points @ normals.T <= offsets).all(axis=1)]
        if len(inside) > 1000:
            z.append(z_scores(inside, cell_centroid(normals, offsets, 1.0)))
    assert np.abs(z).max() < 4


@pytest.mark.parametrize(
    ("angles", "offsets"),
    [
        ([0.0, 0.0], [0.5, 0.2]),  # one inside the other, in either order
        ([0.0, 0.0], [-0.5, -0.2]),
        ([1.0, 1.0, 2.0], [0.4, 0.1, 0.3]),
        ([0.0, math.pi], [0.5, 0.3]),  # a band
        ([0.0, math.pi], [0.5, -0.2]),
        ([0.0, math.pi, 0.0, math.pi, 1.5], [0.5, 0.5, 0.3, 0.4, 0.0]),
    ],
)
def test_parallel_half_planes_leave_what_the_tightest_leave(angles, offsets, rng, z_scores):
    """12 cells compared."""
    normals, offsets = unit(np.array(angles)), np.array(offsets)
    points = uniform_disc(200_000, rng)
    inside = points[(points @ normals.T <= offsets).all(axis=1)]
    assert np.abs(z_scores(inside, cell_centroid(normals, offsets, 1.0))).max() < 4


@pytest.mark.parametrize(
    ("angles", "offsets"),
    [
        ([0.0], [-1.0]),
        ([0.0], [-2.0]),
        ([0.0, math.pi], [-0.3, 0.2]),
        ([0.0, math.pi], [-0.3, -0.3]),
        ([0.0, 2.0, 4.0], [-0.1, -0.1, -0.1]),
        ([0.0, math.pi], [0.0, 0.0]),
    ],
)
def test_a_cell_without_area_has_no_centroid(angles, offsets):
    assert np.isnan(cell_centroid(unit(np.array(angles)), np.array(offsets), 1.0)).all()


@given(PLANES, ANGLE, st.floats(0.1, 10.0))
def test_the_centroid_turns_and_grows_with_its_cell(planes, angle, size):
    normals, offsets = half_planes(planes)
    centroid = cell_centroid(normals, offsets, 1.0)
    turn = np.array([unit(angle), unit(angle + math.pi / 2)])  # x @ turn is x turned by the angle
    turned = cell_centroid(normals @ turn, size * offsets, size)
    if not np.isnan([centroid, turned]).any() and area(normals, offsets) > 1e-3:
        np.testing.assert_allclose(turned, size * centroid @ turn, atol=1e-7 * size)


def area(normals, offsets):
    """Share of the disc, on a grid."""
    x = np.stack(np.meshgrid(*[np.linspace(-1, 1, 101)] * 2), axis=-1).reshape(-1, 2)
    x = x[(x**2).sum(axis=1) <= 1]
    return float((x @ normals.T <= offsets).all(axis=1).mean())


@given(PLANES, st.floats(0.1, 10.0))
def test_a_half_plane_counts_once_however_often_and_at_whatever_length_it_is_given(planes, factor):
    normals, offsets = half_planes(planes)
    if area(normals, offsets) > 1e-3:
        twice = cell_centroid(
            np.vstack([normals, factor * normals, [[0.0, 0.0]]]), np.append(offsets, [*factor * offsets, 0]), 1.0
        )
        np.testing.assert_allclose(twice, cell_centroid(normals, offsets, 1.0), atol=1e-9)


@given(PLANES, ANGLE, st.floats(-0.9, 0.9), st.floats(-3.0, 3.0))
def test_a_clipped_line_ends_where_dense_sampling_says(planes, angle, distance, shift):
    """The foot of the line may lie anywhere on it, also outside the disc."""
    normals, offsets = half_planes(planes)
    direction = unit(angle)
    point = distance * unit(angle + math.pi / 2) + shift * direction
    start, stop = clip_lines(point[None], direction[None], normals, offsets[None], 1.0)
    s = np.linspace(-4.0, 4.0, 8001)
    x = point + s[:, None] * direction
    inside = s[(np.linalg.norm(x, axis=1) <= 1) & (x @ normals.T <= offsets + 1e-12).all(axis=1)]
    if len(inside):
        assert start[0] == pytest.approx(inside[0], abs=1e-3 + 1e-9)
        assert stop[0] == pytest.approx(inside[-1], abs=1e-3 + 1e-9)
    else:
        assert stop[0] - start[0] <= 1e-3 + 1e-9


def test_a_half_plane_with_offset_infinity_does_not_count(rng):
    normals, points = rng.standard_normal((3, 2)), 0.1 * rng.standard_normal((5, 2))
    directions = unit(rng.uniform(0, 6, 5))
    offsets = np.tile([0.5, np.inf, 0.3], (5, 1))
    np.testing.assert_array_equal(
        clip_lines(points, directions, normals, offsets, 1.0),
        clip_lines(points, directions, normals[[0, 2]], offsets[:, [0, 2]], 1.0),
    )


@pytest.mark.parametrize(("x", "kept"), [(0.1, True), (0.2, True), (0.5, False)])
@pytest.mark.parametrize("y", [0.0, 0.9, -0.9])
@pytest.mark.parametrize("radius", [1.0, 1e-3, 1e3])
@pytest.mark.parametrize("length", [1.0, 1e-6, 1e6])
def test_a_line_parallel_to_a_half_plane_is_kept_inside_it_and_on_its_edge_and_dropped_outside(x, kept, y, radius, length):
    """x <= 0.2, at every size of the disc and of the normal, and wherever on the line its foot is; also but for rounding."""
    foot, upright = radius * np.array([[x, y]]), np.array([[0.0, 1.0]])
    for sine in (0.0, 1e-13, -1e-13):
        normal = length * np.array([[1.0, sine]])
        start, stop = clip_lines(foot, upright, normal, np.array([[0.2 * length * radius]]), radius)
        assert (stop > start)[0] == kept
        if kept:
            assert [start[0] / radius + y, stop[0] / radius + y] == pytest.approx(math.sqrt(1 - x**2) * np.array([-1, 1]))


@given(PLANES, st.floats(-0.9, 0.9), ANGLE, st.sampled_from([1e-7, 1e7]))
def test_the_length_of_a_normal_does_not_matter_to_a_line(planes, distance, angle, length):
    normals, offsets = half_planes(planes)
    line = distance * unit(angle + math.pi / 2)[None], unit(angle)[None]
    plain, scaled = (clip_lines(*line, c * normals, c * offsets[None], 1.0) for c in (1.0, length))
    np.testing.assert_allclose(scaled, plain, rtol=1e-9, atol=1e-9)


def test_cells_together_are_cells_one_by_one(rng):
    """Forty cells of up to five half-planes, some of which do not count; also of discs of different sizes."""
    normals, offsets = rng.standard_normal((40, 5, 2)), rng.uniform(-0.3, 1.0, (40, 5))
    offsets[rng.random((40, 5)) < 0.4] = np.inf
    radius = rng.uniform(0.5, 2.0, 40)
    alone = [cell_centroid(*cell) for cell in zip(normals, offsets, radius, strict=True)]
    np.testing.assert_allclose(cell_centroids(normals, offsets, radius), alone, atol=1e-12)


def test_lines_with_half_planes_of_their_own_are_lines_one_by_one(rng):
    points, angles = rng.uniform(-0.5, 0.5, (30, 2)), rng.uniform(0.0, 2 * math.pi, 30)
    normals, offsets, radius = rng.standard_normal((30, 4, 2)), rng.uniform(0.0, 1.0, (30, 4)), rng.uniform(0.8, 2.0, 30)
    along = unit(angles)
    together = clip_lines(points, along, normals, offsets, radius)
    for k in range(30):
        alone = clip_lines(points[k : k + 1], along[k : k + 1], normals[k], offsets[k : k + 1], radius[k])
        np.testing.assert_allclose([together[0][k], together[1][k]], np.ravel(alone), atol=1e-12)
