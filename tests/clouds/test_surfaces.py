"""Surfaces and curves in space: their formulas, and charts that say what `truth` says they do."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.spatial import KDTree
from scipy.spatial.distance import pdist
from scipy.stats import kstest

from manifold import DATASETS, random_stream
from manifold.clouds.surfaces import helix, s_curve, severed_sphere, swiss_roll, toroidal_spiral, twin_peaks

LENGTHS = [swiss_roll, s_curve, helix, toroidal_spiral]
SHEETS = [swiss_roll, s_curve]
PLACES = [severed_sphere, twin_peaks]
DRAWN = [*SHEETS, *PLACES]  # with random places; those of the lines are regular
LINES = [helix, toroidal_spiral]
SURFACES = [*LENGTHS, *PLACES]
START, END = 1.5 * math.pi, 4.5 * math.pi  # of the roll's angle


def over(datasets):
    return pytest.mark.parametrize("dataset", datasets, ids=lambda dataset: dataset.__name__)


def roll_length(t):
    """Arc length of (t cos t, t sin t) from the origin, the integral of sqrt(1 + t^2)."""
    return (t * np.sqrt(1.0 + t**2) + np.arcsinh(t)) / 2.0


def roll_frame():
    """Middle of the roll's box, and the scale by which the farthest corner of the sheet 21 wide has norm 1."""
    t = np.linspace(START, END, 300_001)
    trace = np.column_stack([t * np.cos(t), t * np.sin(t)])
    middle = (trace.max(axis=0) + trace.min(axis=0)) / 2.0
    return middle, 1.0 / math.hypot(np.linalg.norm(trace - middle, axis=1).max(), 10.5)


def sides(dataset):
    """Length and width of a sheet."""
    if dataset is s_curve:  # two three-quarter circles of radius 1, 2 wide, in a ball of radius sqrt(2^2 + 1^2)
        return np.array([3.0 * math.pi, 2.0]) / math.sqrt(5.0)
    return roll_frame()[1] * np.array([roll_length(END) - roll_length(START), 21.0])


def box(dataset):
    """First corner and sides of the rectangle that the chart fills."""
    if dataset is severed_sphere:
        return np.array([0.0, -3.0 * math.pi / 8.0]), np.array([2.0 * math.pi - 0.55, 3.0 * math.pi / 4.0])
    if dataset is twin_peaks:
        return np.full(2, -1.0 / math.sqrt(3.0)), np.full(2, 2.0 / math.sqrt(3.0))
    return np.zeros(2), sides(dataset)


def unit_square(dataset, cloud):
    """The chart as shares of its rectangle, by area: on a sphere this is the height (Archimedes)."""
    corner, side = box(dataset)
    u, v = ((cloud.chart - corner) / side).T
    if dataset is severed_sphere:
        v = (np.sin(cloud.chart[:, 1]) / math.cos(math.pi / 8.0) + 1.0) / 2.0
    return u, v


def length_ratios(cloud, reach=0.03):
    """Distance in space over distance in the chart, for all pairs closer than `reach` in the chart."""
    first, second = KDTree(cloud.chart).query_pairs(reach, output_type="ndarray").T
    straight = np.linalg.norm(cloud.points[first] - cloud.points[second], axis=1)
    return straight / np.linalg.norm(cloud.chart[first] - cloud.chart[second], axis=1)


# Equations


def test_the_swiss_rolls_chart_is_its_arc_length_and_height(rng):
    """Inverting the closed form of the length, chart to angle, gives back every point."""
    cloud = swiss_roll(300, rng=rng)
    middle, scale = roll_frame()
    t = np.array([brentq(lambda t, s=s: roll_length(t) - roll_length(START) - s / scale, 4.0, 15.0) for s in cloud.chart[:, 0]])
    x, z = t * np.cos(t) - middle[0], t * np.sin(t) - middle[1]
    expected = scale * np.column_stack([x, cloud.chart[:, 1] / scale - 10.5, z])
    np.testing.assert_allclose(cloud.points, expected, atol=1e-5)


def test_the_s_curve_is_two_three_quarter_circles(rng):
    """One above the other, met where they touch: a point is where the arc of radius 1 is of the chart's length."""
    cloud = s_curve(300, rng=rng)
    s, y = (math.sqrt(5.0) * cloud.chart).T
    points = math.sqrt(5.0) * cloud.points
    upper = s < 1.5 * math.pi
    centre = np.where(upper, 1.0, -1.0)
    np.testing.assert_allclose(np.hypot(points[:, 0], points[:, 2] - centre), 1.0, rtol=1e-6)
    angle = s - 1.5 * math.pi  # from the middle, on both circles
    np.testing.assert_allclose(points[:, 0], np.sin(angle), atol=1e-5)
    np.testing.assert_allclose(points[:, 2], centre * (1.0 - np.cos(angle)), atol=1e-5)
    np.testing.assert_allclose(points[:, 1], y - 1.0, atol=1e-6)


def test_the_severed_sphere_is_a_sphere_without_its_caps_and_a_slice(rng):
    cloud = severed_sphere(5000, rng=rng)
    x, y, z = cloud.points.T
    longitude = np.arctan2(y, x) % (2.0 * math.pi)
    np.testing.assert_allclose(np.linalg.norm(cloud.points, axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(cloud.chart, np.column_stack([longitude, np.arctan2(z, np.hypot(x, y))]), atol=1e-12)
    assert np.arccos(np.abs(z)).min() == pytest.approx(math.pi / 8.0, abs=0.01)
    assert np.arccos(np.abs(z)).min() > math.pi / 8.0
    assert longitude.max() == pytest.approx(2.0 * math.pi - 0.55, abs=0.01)
    assert longitude.max() < 2.0 * math.pi - 0.55


def test_the_twin_peaks_are_their_formula_above_the_chart(rng):
    cloud = twin_peaks(500, rng=rng)
    x, y, z = math.sqrt(3.0) * cloud.points.T
    np.testing.assert_allclose(z, np.sin(math.pi * x) * np.tanh(3.0 * y), atol=1e-12)
    np.testing.assert_array_equal(cloud.chart, cloud.points[:, :2])


@pytest.mark.parametrize("turns", [0.5, 3.0, 49.0])
def test_the_helix_rises_evenly_as_it_turns(turns, rng):
    """Its length is that of the hypotenuse over the unrolled cylinder, sqrt((2 pi turns)^2 + 2^2)."""
    cloud = helix(2000, turns=turns, rng=rng)
    x, y, z = math.sqrt(2.0) * cloud.points.T
    np.testing.assert_allclose(np.hypot(x, y), 1.0, rtol=1e-5)
    np.testing.assert_allclose(z, np.linspace(-1.0, 1.0, 2000), atol=1e-6)
    np.testing.assert_allclose(np.unwrap(np.arctan2(y, x)), math.pi * turns * (z + 1.0), atol=1e-3)
    length = math.hypot(2.0 * math.pi * turns, 2.0) / math.sqrt(2.0)
    np.testing.assert_allclose(cloud.chart[:, 0], np.linspace(0.0, length, 2000), rtol=1e-3)


@pytest.mark.parametrize("windings", [1, 8, 20])
def test_the_toroidal_spiral_winds_on_a_torus(windings, rng):
    cloud = toroidal_spiral(4000, windings=windings, rng=rng)
    x, y, z = 3.0 * cloud.points.T
    around, across = np.unwrap(np.arctan2(y, x)), np.unwrap(np.arctan2(z, np.hypot(x, y) - 2.0))
    np.testing.assert_allclose(np.hypot(np.hypot(x, y) - 2.0, z), 1.0, atol=1e-4)
    np.testing.assert_allclose(across, windings * around, atol=2e-3 * windings)
    assert around[-1] < 2.0 * math.pi < around[-1] + 0.01


@pytest.mark.parametrize("windings", [1, 8, 20])
def test_the_toroidal_spirals_chart_is_a_circle_of_its_length(windings, rng):
    """Its length is the integral of sqrt(w^2 + (2 + cos w a)^2) / 3 for a from 0 to 2 pi."""
    a = np.linspace(0.0, 2.0 * math.pi, 4001)[:-1]  # of a periodic function the mean over even steps is its integral
    length = 2.0 * math.pi * np.sqrt(windings**2 + (2.0 + np.cos(a)) ** 2).mean() / 3.0
    cloud = toroidal_spiral(4000, windings=windings, rng=rng)
    steps = np.linalg.norm(np.roll(cloud.points, -1, axis=0) - cloud.points, axis=1)
    assert cloud.chart.shape == (4000, 2)
    np.testing.assert_allclose(2.0 * math.pi * np.linalg.norm(cloud.chart, axis=1), length, rtol=1e-4)
    np.testing.assert_allclose(steps, length / 4000, rtol=1e-3)  # the last to the first, so it is closed
    angle = np.unwrap(np.arctan2(cloud.chart[:, 1], cloud.chart[:, 0]))
    np.testing.assert_allclose(angle, 2.0 * math.pi * np.arange(4000) / 4000, atol=1e-9)


# What the chart says


@over(LENGTHS)
def test_a_chart_of_lengths_is_isometric(dataset, rng):
    cloud = dataset(3000, rng=rng)
    ratios = length_ratios(cloud)
    assert cloud.truth == "lengths"
    assert len(ratios) > 1000
    np.testing.assert_allclose(ratios, 1.0, rtol=1e-3)


@over(PLACES)
def test_a_chart_of_places_is_one_to_one_and_not_isometric(dataset, rng):
    cloud = dataset(3000, rng=rng)
    ratios = length_ratios(cloud)
    assert cloud.truth == "places"
    assert ratios.min() > 0.3
    assert ratios.max() > 2.0 * ratios.min()


@over(LENGTHS)
def test_no_way_on_the_manifold_is_shorter_than_the_straight_one(dataset, rng):
    cloud = dataset(500, rng=rng)
    assert (pdist(cloud.chart) > pdist(cloud.points) * (1.0 - 1e-4)).all()


@over(SURFACES)
def test_it_is_one_piece_of_a_surface_in_space(dataset, rng):
    cloud = dataset(rng=rng)
    assert cloud.points.shape == (1000, 3)
    assert cloud.chart.shape == (1000, 1 if dataset is helix else 2)
    np.testing.assert_array_equal(cloud.component, np.zeros(1000))


@over(SURFACES)
def test_it_fits_the_unit_ball_and_fills_most_of_it(dataset, rng):
    reach = np.linalg.norm(dataset(5000, rng=rng).points, axis=1).max()
    assert 0.85 < reach < 1.0 + 1e-9


@over(SURFACES)
def test_it_is_registered_under_its_name(dataset):
    assert DATASETS["s-curve" if dataset is s_curve else dataset.__name__.replace("_", " ")].make is dataset


# Where the points lie


@over(DRAWN)
def test_places_are_even_by_area(dataset, rng):
    """Of twin peaks by area seen from above."""
    u, v = unit_square(dataset, dataset(20_000, rng=rng))
    for places in (u, v, (u + v) % 1.0, (u - v) % 1.0):  # the last two are even only if u and v are independent
        assert kstest(places, "uniform").pvalue > 1e-4


@over(DRAWN)
@pytest.mark.parametrize("density", [0.2, 5.0, 100.0])
def test_the_start_is_so_many_times_as_dense_as_the_end(dataset, density, z_scores):
    """The density falls as density^-u along the first coordinate, which its integral over any part then follows."""
    u, v = unit_square(dataset, dataset(20_000, density=density, rng=random_stream(7)))
    parts = np.array([0.0, 0.05, 0.3, 0.5, 0.9, 1.0])
    shares = np.diff(density**-parts) / (1.0 / density - 1.0)
    inside = (u[:, None] >= parts[:-1]) & (u[:, None] < parts[1:])
    assert np.abs(z_scores(inside, shares)).max() < 4
    assert kstest(v, "uniform").pvalue > 1e-4


@over(DRAWN)
def test_counts_at_both_ends_have_the_ratio_asked(dataset):
    """Up to the width 1/50 of the ends, which takes 2 %, and to four standard errors of the logarithm of the ratio."""
    u, _ = unit_square(dataset, dataset(100_000, density=6.0, rng=random_stream(8)))
    first, last = (u < 0.02).sum(), (u > 0.98).sum()
    assert abs(math.log(first / last) - math.log(6.0) * 0.98) < 4.0 * math.sqrt(1.0 / first + 1.0 / last)


@over(LINES)
@pytest.mark.parametrize("density", [0.25, 1.0, 9.0])
def test_points_of_a_line_lie_closer_where_it_is_denser(dataset, density, rng):
    points = dataset(5000, density=density, rng=rng).points
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    way = np.cumsum(steps) - steps / 2.0
    slope = (np.log(steps[-1]) - np.log(steps[0])) / (way[-1] - way[0])
    assert slope * steps.sum() == pytest.approx(math.log(density), abs=0.01)


@over(SHEETS)
@pytest.mark.parametrize("density", [1.0, 4.0])
@pytest.mark.parametrize("hole", [0.2, 0.5, 0.89])
def test_a_hole_is_a_window_without_points_and_the_rest_is_as_dense_as_before(dataset, hole, density, z_scores):
    cloud = dataset(5000, hole=hole, density=density, rng=random_stream(9))
    u, v = unit_square(dataset, cloud)
    assert len(cloud.points) == len(cloud.chart) == 5000
    assert not ((np.abs(u - 0.5) < hole / 2) & (np.abs(v - 0.5) < hole / 2)).any()
    before, after = 0.5 - hole / 2, 0.5 + hole / 2

    def mass(left, right):
        """Share of the whole sheet's points between two places."""
        return right - left if density == 1.0 else (density**-left - density**-right) / (1.0 - 1.0 / density)

    rest = 1.0 - hole * mass(before, after)
    pieces = np.column_stack([u < before, u > after, (u > before) & (u < after) & (v < 0.5)])
    expected = np.array([mass(0.0, before), mass(after, 1.0), mass(before, after) * (1.0 - hole) / 2.0]) / rest
    assert np.abs(z_scores(pieces, expected)).max() < 4


@over(SHEETS)
def test_a_hole_leaves_points_right_up_to_its_edge(dataset):
    u, v = unit_square(dataset, dataset(20_000, hole=0.5, rng=random_stream(9)))
    edge = np.maximum(np.abs(u - 0.5), np.abs(v - 0.5))
    assert edge.min() == pytest.approx(0.25, abs=1e-3)


# Randomness and noise


@over(SURFACES)
def test_noise_has_the_standard_deviation_asked_for_and_leaves_the_chart(dataset, z_scores):
    for sd in (0.02, 0.3):
        clean = dataset(4000, rng=random_stream(1, round(100 * sd)))
        noisy = dataset(4000, noise=sd, rng=random_stream(1, round(100 * sd)))
        noise = noisy.points - clean.points
        np.testing.assert_array_equal(noisy.chart, clean.chart)
        z = [z_scores(noise, 0.0), z_scores(noise**2, sd**2), z_scores(noise * np.roll(noise, 1, axis=1), 0.0)]
        assert np.abs(z).max() < 4


@over(SURFACES)
def test_the_same_stream_gives_the_same_cloud(dataset):
    first, again, other = (dataset(50, noise=0.1, rng=random_stream(3, draw)) for draw in (0, 0, 1))
    np.testing.assert_array_equal(first.points, again.points)
    np.testing.assert_array_equal(first.chart, again.chart)
    assert np.abs(first.points - other.points).max() > 0.1
    assert (first.chart == other.chart).all() == (dataset in LINES)


@over(SURFACES)
def test_only_places_and_noise_are_drawn(dataset):
    rng = random_stream(1)
    dataset(100, rng=rng)
    assert (rng.bit_generator.state == random_stream(1).bit_generator.state) == (dataset in LINES)


# Error messages


@over(SURFACES)
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_points": 1}, ValueError, "^n_points must be >= 2, got 1$"),
        ({"n_points": 9.0}, TypeError, r"^n_points must be an integer, got 9\.0$"),
        ({"density": 0}, ValueError, "^density must be finite and > 0.001 and < 1000, got 0$"),
        ({"density": 1000}, ValueError, "^density must be finite and > 0.001 and < 1000, got 1000$"),
        ({"density": math.nan}, ValueError, "^density must be finite and > 0.001 and < 1000, got nan$"),
        ({"density": "high"}, TypeError, "^density must be a number, got 'high'$"),
        ({"noise": -1}, ValueError, "^noise must be finite and >= 0, got -1$"),
        ({"noise": math.inf}, ValueError, "^noise must be finite and >= 0, got inf$"),
        ({"rng": 0}, TypeError, r"^rng must be a numpy\.random\.Generator such as numpy\.random\.default_rng\(0\), got 0$"),
    ],
)
def test_what_all_have_is_checked(dataset, options, error, message, rng):
    with pytest.raises(error, match=message):
        dataset(**{"rng": rng, **options})


@pytest.mark.parametrize(
    ("dataset", "options", "error", "message"),
    [
        *[
            (sheet, {"hole": value}, ValueError, f"^hole must be finite and >= 0 and < 0.9, got {value}$")
            for sheet in SHEETS
            for value in (-0.1, 0.9, math.nan)
        ],
        (swiss_roll, {"hole": "big"}, TypeError, "^hole must be a number, got 'big'$"),
        (helix, {"turns": 0}, ValueError, "^turns must be finite and > 0 and < 50, got 0$"),
        (helix, {"turns": 50}, ValueError, "^turns must be finite and > 0 and < 50, got 50$"),
        (toroidal_spiral, {"windings": 0}, ValueError, "^windings must be >= 1, got 0$"),
        (toroidal_spiral, {"windings": 2.5}, TypeError, r"^windings must be an integer, got 2\.5$"),
    ],
)
def test_an_option_out_of_range_is_told_the_range(dataset, options, error, message, rng):
    with pytest.raises(error, match=message):
        dataset(**options, rng=rng)


def test_a_line_that_winds_too_often_for_its_table_is_refused(rng):
    with pytest.raises(ValueError, match=r"^windings must be <= 50, got 51$"):
        toroidal_spiral(100, windings=51, rng=rng)
    with pytest.raises(ValueError, match=r"^waves must be <= 200, got 201$"):
        DATASETS["thread"](100, waves=201, rng=rng)
