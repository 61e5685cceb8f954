"""Point clouds: they fit the unit disc, and their chart is arc length."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.integrate import quad

from manifold import DATASETS, PointCloud, fit_unit_disc, make_cloud, planar_datasets, random_stream, read_points
from manifold.clouds.curves import crowd

every_dataset = pytest.mark.parametrize("dataset", [DATASETS[name] for name in planar_datasets()], ids=planar_datasets())
SEEDED = {"thread"}  # random even without noise
MANY = 2000  # points at which every curve is dense


def chords(cloud):
    """Distances of consecutive points of the same component, and their difference in the chart."""
    same = np.diff(cloud.component) == 0
    steps = np.linalg.norm(np.diff(cloud.points, axis=0), axis=1)[same]
    return steps, np.linalg.norm(np.diff(cloud.chart, axis=0), axis=1)[same]


@every_dataset
@pytest.mark.parametrize("n_points", [36, 37, 100, 999, 1000])
def test_there_are_as_many_points_as_asked(dataset, n_points, rng):
    cloud = dataset(n_points, rng=rng)
    assert len(cloud.points) == len(cloud.chart) == len(cloud.component) == n_points
    assert cloud.chart.ndim == 2
    assert (np.diff(cloud.component) >= 0).all()
    assert set(cloud.component) == set(range(cloud.component.max() + 1))


@every_dataset
def test_there_are_1000_points_in_the_plane_unless_asked_otherwise(dataset, rng):
    assert dataset(rng=rng).points.shape == (1000, 2)


@pytest.mark.parametrize("name", ["circle", "two rings", "star", "letter"])
def test_a_closed_curve_ends_one_step_before_its_start(name, rng):
    cloud = DATASETS[name](MANY, rng=rng)
    for component in range(cloud.component.max() + 1):
        points = cloud.points[cloud.component == component]
        steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
        assert steps[-1] == pytest.approx(np.median(steps), rel=0.05)


def test_the_star_points_up(rng):
    np.testing.assert_allclose(DATASETS["star"](100, tips=5, rng=rng).points[0], [0.0, 1.0], atol=1e-12)


@every_dataset
def test_it_fits_the_unit_disc_and_touches_its_edge(dataset, rng):
    reach = np.linalg.norm(dataset(MANY, rng=rng).points, axis=1).max()
    assert 0.99 < reach < 1 + 1e-6


@every_dataset
def test_the_chart_is_isometric(dataset, rng):
    """A chord is never longer than its arc, and equal to it up to the curvature: but for corners, 1 % at 2000 points."""
    steps, arcs = chords(dataset(MANY, rng=rng))
    assert (steps < arcs * (1 + 1e-4)).all()
    assert np.quantile(steps / arcs, 0.05) > 0.99
    assert steps.sum() > 0.99 * arcs.sum()


@every_dataset
def test_points_are_evenly_spaced_along_all_curves_together(dataset, rng):
    """So that every stretch counts alike: one spacing up to a whole number of points on each curve."""
    _, arcs = chords(dataset(MANY, rng=rng))
    assert np.ptp(arcs) < 0.03 * arcs.mean()


@pytest.mark.parametrize("turns", [0.5, 2.0, 10.0])
@pytest.mark.parametrize("start", [0.05, 0.15, 0.9])
def test_the_spirals_length_is_its_closed_form(turns, start, rng):
    """With k = dtheta/dr the length is the integral of sqrt(1 + k^2 r^2), [k r sqrt(1 + k^2 r^2) + asinh(k r)] / 2k."""
    k = 2 * math.pi * turns / (1 - start)
    total = [(k * r * math.sqrt(1 + (k * r) ** 2) + math.asinh(k * r)) / (2 * k) for r in (start, 1.0)]
    cloud = DATASETS["spiral"](50, turns=turns, start=start, rng=rng)
    assert cloud.chart[0, 0] == 0.0
    assert cloud.chart[-1, 0] == pytest.approx(total[1] - total[0], rel=1e-5)


def test_the_spirals_chart_is_the_integral_of_its_speed(rng):
    cloud = DATASETS["spiral"](20, rng=rng)
    radius = np.linalg.norm(cloud.points, axis=1)
    k = 2 * math.pi * 2.0 / 0.85
    lengths = [quad(lambda r: math.sqrt(1 + (k * r) ** 2), 0.15, r)[0] for r in radius]
    np.testing.assert_allclose(cloud.chart[:, 0], lengths, rtol=1e-5, atol=1e-8)


def test_the_spirals_radius_grows_with_its_angle(rng):
    cloud = DATASETS["spiral"](500, turns=2.0, start=0.15, rng=rng)
    radius = np.linalg.norm(cloud.points, axis=1)
    angle = np.unwrap(np.arctan2(cloud.points[:, 1], cloud.points[:, 0]))
    assert radius[[0, -1]] == pytest.approx([0.15, 1.0])
    np.testing.assert_allclose(angle - math.pi / 2, 4 * math.pi * (radius - 0.15) / 0.85, atol=1e-9)


@pytest.mark.parametrize("turns", [0.5, 1.5, 6.0])
def test_two_spirals_are_one_arm_and_the_same_turned_by_half_a_circle(turns, rng):
    cloud = DATASETS["two spirals"](MANY, turns=turns, rng=rng)
    first, second = (cloud.points[cloud.component == arm] for arm in (0, 1))
    radius, angle = np.linalg.norm(first, axis=1), np.unwrap(np.arctan2(first[:, 1], first[:, 0]))
    assert radius[[0, -1]] == pytest.approx([0.1, 1.0])
    np.testing.assert_allclose(angle, 2 * math.pi * turns * (radius - 0.1) / 0.9, atol=1e-9)
    np.testing.assert_array_equal(second, -first)
    np.testing.assert_array_equal(cloud.chart[cloud.component == 0], cloud.chart[cloud.component == 1])


@pytest.mark.parametrize(
    ("name", "options", "length"),  # of each component in turn
    [
        ("circle", {}, [2 * math.pi]),
        ("two rings", {"inner": 0.25}, [2 * math.pi, math.pi / 2]),
        ("two moons", {}, [math.pi / math.hypot(1.5, 0.25)] * 2),
        ("grid", {"lines": 3}, [math.sqrt(2)] * 6),
        ("star", {"tips": 6}, [12 * math.sqrt(1 + 0.4**2 - 0.8 * math.cos(math.pi / 6))]),
        ("letter", {"name": "L"}, [20 / math.sqrt(13)]),
    ],
)
def test_the_length_of_each_curve_is_known_by_elementary_geometry(name, options, length, rng):
    cloud = DATASETS[name](MANY, **options, rng=rng)
    for component, expected in enumerate(length):
        points = cloud.points[cloud.component == component]
        if name not in ("two moons", "grid"):
            points = np.vstack([points, points[:1]])  # closed: the last point is one step before the first
        assert np.linalg.norm(np.diff(points, axis=0), axis=1).sum() == pytest.approx(expected, rel=5e-3)
    assert cloud.component.max() == len(length) - 1


def test_rings_and_moons_lie_on_their_circles(rng):
    rings = DATASETS["two rings"](300, inner=0.3, rng=rng)
    np.testing.assert_allclose(np.linalg.norm(rings.points, axis=1), np.where(rings.component == 0, 1.0, 0.3), rtol=1e-6)
    moons = DATASETS["two moons"](300, rng=rng)
    scale = math.hypot(1.5, 0.25)
    centre = np.where(moons.component[:, None] == 0, [-0.5, -0.25], [0.5, 0.25]) / scale
    np.testing.assert_allclose(np.linalg.norm(moons.points - centre, axis=1), 1 / scale, rtol=1e-6)
    assert (np.where(moons.component == 0, 1, -1) * (moons.points - centre)[:, 1] > -1e-9).all()


def test_the_grids_chart_is_the_point_without_its_noise(rng):
    clean, noisy = (DATASETS["grid"](200, lines=4, noise=noise, rng=rng) for noise in (0.0, 0.1))
    np.testing.assert_array_equal(noisy.chart, clean.points)
    assert set(clean.component) == set(range(8))
    upright = clean.points[clean.component < 4, 0]
    np.testing.assert_allclose(np.unique(upright.round(9)), np.linspace(-math.sqrt(0.5), math.sqrt(0.5), 4), atol=1e-9)


@pytest.mark.parametrize("name", "EFHLMNTVWXZ")
def test_a_letters_outline_never_crosses_itself_and_fills_its_box(name, rng):
    p = DATASETS["letter"](400, name=name, rng=rng).points
    q = np.roll(p, -1, axis=0)  # closed: the last point is followed by the first

    across = np.stack([p[:, 1] - q[:, 1], q[:, 0] - p[:, 0]], axis=1)

    def side(r):
        """Of every step (rows) the side on which every point of r (columns) lies."""
        return across @ r.T - (across * p).sum(axis=1)[:, None]

    apart = side(p) * side(q) < -1e-12
    assert not (apart & apart.T).any()
    np.testing.assert_allclose(p.max(axis=0), -p.min(axis=0), atol=0.05)


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_a_thread_lives_in_any_dimension(dim, rng):
    cloud = DATASETS["thread"](MANY, dim=dim, rng=rng)
    assert cloud.points.shape == (MANY, dim)
    np.testing.assert_allclose(cloud.points.max(axis=0), -cloud.points.min(axis=0), atol=5e-3)


@pytest.mark.parametrize(("dim", "waves"), [(2, 4), (3, 2)])
def test_a_thread_is_the_sum_of_cosines_it_is_said_to_be(dim, waves):
    """Every point lies on the curve computed from the same draws, its ends at those of the curve."""
    points = DATASETS["thread"](200, dim=dim, waves=waves, rng=random_stream(2)).points
    rng, k, u = random_stream(2), np.arange(1, waves + 1)[:, None], np.linspace(0, 1, 20_001)
    amplitude, phase = rng.standard_normal((waves, dim)) / k, rng.uniform(0, 2 * math.pi, (waves, dim))
    curve = (amplitude * np.cos(math.pi * k * u[:, None, None] + phase)).sum(axis=1)
    curve -= (curve.max(axis=0) + curve.min(axis=0)) / 2
    curve /= np.linalg.norm(curve, axis=1).max()
    np.testing.assert_allclose(points[[0, -1]], curve[[0, -1]], atol=1e-6)
    assert max(np.linalg.norm(curve - point, axis=1).min() for point in points) < 1e-3


def test_threads_differ_from_draw_to_draw_and_bend_with_their_waves():
    turns = []
    for waves in (1, 12):
        first, second = (DATASETS["thread"](MANY, dim=2, waves=waves, rng=random_stream(1, k)) for k in range(2))
        assert not np.allclose(first.points, second.points)
        steps = np.diff(first.points, axis=0)
        turns.append(np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))).sum())
    assert turns[1] > 2 * turns[0]


@pytest.mark.parametrize("density", [0.01, 0.5, 1.0, 3.0, 999.0])
def test_points_are_crowded_by_a_density_that_falls_geometrically(density):
    """The density is as density^-x, so its integral up to a place is the share of points before it."""
    shares = np.linspace(0.0, 1.0, 11)
    total = quad(lambda x: density**-x, 0.0, 1.0)[0]
    before = [quad(lambda x: density**-x, 0.0, place)[0] / total for place in crowd(shares, density)]
    np.testing.assert_allclose(before, shares, atol=1e-9)


@given(st.floats(0.002, 500.0), st.floats(0.0, 1.0))
def test_crowding_one_end_is_thinning_the_other(density, share):
    place = crowd(np.array([0.0, share, 1.0]), density)
    np.testing.assert_allclose(place[[0, 2]], [0.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(crowd(np.array([1.0 - share]), 1.0 / density), 1.0 - place[1], atol=1e-6)
    assert (place[1] - share) * (density - 1.0) <= 1e-9


@pytest.mark.parametrize("density", [1.0 - 1e-12, 1.0, 1.0 + 1e-12, 1.0 + 1e-6])
def test_a_density_near_1_leaves_places_alone(density):
    np.testing.assert_allclose(crowd(np.linspace(0.0, 1.0, 11), density), np.linspace(0.0, 1.0, 11), atol=1e-3)


@pytest.mark.parametrize("dim", [1, 2, 5])
@pytest.mark.parametrize("density", [0.2, 1.0, 10.0])
def test_a_threads_points_lie_as_dense_at_its_start_as_asked(dim, density):
    """The gap is one over the density: its logarithm grows evenly along the thread, by log density in all."""
    even, cloud = (DATASETS["thread"](MANY, dim=dim, density=value, rng=random_stream(4)) for value in (1.0, density))
    chart = cloud.chart[:, 0]
    place = (chart[1:] + chart[:-1]) / 2.0 / chart[-1]
    gaps = np.log(np.diff(chart)) - np.log(density) * place
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-5)
    np.testing.assert_allclose(cloud.points[[0, -1]], even.points[[0, -1]])
    assert chart[-1] == pytest.approx(even.chart[-1, 0])
    steps, arcs = chords(cloud)
    assert (steps < arcs * (1 + 1e-3)).all()
    assert np.quantile(steps / arcs, 0.05) > 0.99


@pytest.mark.parametrize("name", DATASETS)
def test_truth_says_what_the_chart_knows(name, rng):
    places, colour = {"severed sphere", "twin peaks", "photograph"}, {"digits"}
    expected = "places" if name in places else "colour" if name in colour else "lengths"
    assert DATASETS[name](40, rng=rng).truth == expected
    assert make_cloud(name, 40, scale=2.0, rng=rng).truth == expected
    assert fit_unit_disc(DATASETS[name](40, rng=rng)).truth == expected


def test_a_cloud_of_your_own_has_lengths_and_a_file_has_a_colour(tmp_path, rng):
    assert PointCloud(np.zeros((2, 1)), np.zeros((2, 1)), np.zeros(2, dtype=np.int64)).truth == "lengths"
    path = tmp_path / "points.csv"
    path.write_text("x,y\n1,2\n3,5\n")
    assert read_points(path).truth == read_points(path, color="x").truth == "colour"
    assert make_cloud(str(path), rng=rng).truth == "colour"


@every_dataset
def test_without_noise_the_stream_is_left_alone(dataset, request):
    rng = random_stream(1)
    dataset(100, rng=rng)
    untouched = rng.bit_generator.state == random_stream(1).bit_generator.state
    assert untouched != any(name in request.node.callspec.id for name in SEEDED)


@every_dataset
def test_noise_has_the_standard_deviation_asked_for_and_leaves_the_chart(dataset, z_scores):
    """8 cells a data set: mean 0, variance as asked, 68 % within it, coordinates uncorrelated, at sd .02 and .3."""
    for sd in (0.02, 0.3):
        clean = dataset(4000, rng=random_stream(1, round(100 * sd)))
        noisy = dataset(4000, noise=sd, rng=random_stream(1, round(100 * sd)))
        noise = noisy.points - clean.points
        np.testing.assert_array_equal(noisy.chart, clean.chart)
        z = [z_scores(noise.ravel(), 0.0), z_scores(noise.ravel() ** 2, sd**2), z_scores(noise[:, 0] * noise[:, 1], 0.0)]
        z += [z_scores(np.abs(noise.ravel()) < sd, math.erf(math.sqrt(0.5)))]
        assert np.abs(z).max() < 4


@given(npst.arrays(np.float64, st.tuples(st.integers(2, 9), st.integers(1, 4)), elements=st.integers(-(10**6), 10**6)))
def test_fit_unit_disc_centres_the_box_and_scales_the_farthest_point_to_1(points):
    cloud = PointCloud(points, np.arange(len(points))[:, None], np.zeros(len(points), dtype=np.int64))
    if np.ptp(points, axis=0).max() == 0.0:
        with pytest.raises(ValueError, match="points must differ to be scaled, but all"):
            fit_unit_disc(cloud)
        return
    fitted = fit_unit_disc(cloud)
    assert np.linalg.norm(fitted.points, axis=1).max() == pytest.approx(1.0)
    np.testing.assert_allclose(fitted.points.max(axis=0), -fitted.points.min(axis=0), atol=1e-9)
    shape = points - points[0]
    scale = np.linalg.norm(shape[-1] - shape[0]) * (fitted.points - fitted.points[0])
    np.testing.assert_allclose(scale, np.linalg.norm(fitted.points[-1] - fitted.points[0]) * shape, rtol=1e-6, atol=1e-6)
    assert fitted.chart is cloud.chart
    assert fitted.component is cloud.component


@pytest.mark.parametrize("size", [1e-250, 1.0, 1e250])
def test_fit_unit_disc_takes_any_size(size):
    cloud = PointCloud(size * np.array([[0.0, 1.0], [2.0, 1.0]]), np.zeros((2, 1)), np.zeros(2, dtype=np.int64))
    np.testing.assert_allclose(fit_unit_disc(cloud).points, [[-1.0, 0.0], [1.0, 0.0]])


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("spiral", {"n_points": 1}, ValueError, "n_points must be >= 2, got 1"),
        ("two rings", {"n_points": 3}, ValueError, "n_points must be >= 4, got 3"),
        ("grid", {"n_points": 35}, ValueError, "n_points must be >= 36, got 35"),
        ("circle", {"n_points": 10.0}, TypeError, r"n_points must be an integer, got 10\.0"),
        ("spiral", {"turns": 0}, ValueError, "turns must be finite and > 0 and < 50, got 0"),
        ("spiral", {"turns": 50}, ValueError, "turns must be finite and > 0 and < 50, got 50"),
        ("spiral", {"start": 0.0}, ValueError, "start must be finite and > 0 and < 1, got 0"),
        ("spiral", {"start": 1}, ValueError, "start must be finite and > 0 and < 1, got 1"),
        ("two rings", {"inner": 1.0}, ValueError, "inner must be finite and > 0 and < 1, got 1"),
        ("thread", {"dim": 0}, ValueError, "dim must be >= 1, got 0"),
        ("thread", {"waves": 0}, ValueError, "waves must be >= 1, got 0"),
        ("thread", {"density": 0}, ValueError, "^density must be finite and > 0.001 and < 1000, got 0$"),
        ("thread", {"density": 1000}, ValueError, "^density must be finite and > 0.001 and < 1000, got 1000$"),
        ("thread", {"density": "thick"}, TypeError, "^density must be a number, got 'thick'$"),
        ("two spirals", {"turns": 0}, ValueError, "turns must be finite and > 0 and < 50, got 0"),
        ("two spirals", {"turns": 50}, ValueError, "turns must be finite and > 0 and < 50, got 50"),
        ("two spirals", {"n_points": 3}, ValueError, "n_points must be >= 4, got 3"),
        ("grid", {"lines": 1}, ValueError, "lines must be >= 2, got 1"),
        ("star", {"tips": 2}, ValueError, "tips must be >= 3, got 2"),
        ("letter", {"name": "A"}, ValueError, "letter must be one of E F H L M N T V W X Z, got 'A'"),
    ],
)
def test_an_option_out_of_range_is_told_the_range(name, options, error, message, rng):
    with pytest.raises(error, match=message):
        DATASETS[name](**options, rng=rng)


@every_dataset
def test_noise_and_rng_are_checked(dataset, rng):
    with pytest.raises(ValueError, match="noise must be finite and >= 0, got -1"):
        dataset(noise=-1, rng=rng)
    with pytest.raises(ValueError, match="noise must be finite and >= 0, got nan"):
        dataset(noise=math.nan, rng=rng)
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
        dataset(rng=0)
