"""Pictures as points: digits as scikit-learn has them, and a photograph whose every pixel is known by a formula."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import kstest
from sklearn.datasets import load_digits, load_sample_image

from manifold import random_stream
from manifold.clouds.pictures import digits, photograph

SIZE = 10  # of the pictures in these tests; a pixel of the square is the mean of one part in 40 x 40
MANY = 200


def plane(height, width, squares=4 * SIZE):
    """Coordinates (x, y) of an image's pixels; in its central square they are -1 and 1 at the middles of the outer parts."""
    reach = 1.0 + 1.0 / (squares - 1)
    unit = 2.0 * reach / min(height, width)
    y, x = np.indices((height, width))
    return unit * (x - (width - 1) / 2.0), unit * (y - (height - 1) / 2.0)


def seen(chart, size=SIZE):
    """Places (x, y), each (N, size^2), that a picture shows: the square's middle, turned and zoomed."""
    middles = ((np.arange(size) + 0.5) / size * 2.0 - 1.0) * math.sqrt(0.5)
    place = middles + 1j * middles[:, None]
    turned = place.ravel() * np.exp(1j * chart[:, :1] - chart[:, 1:])
    return turned.real, turned.imag


def hills(x, y):
    """From 0 to 1 in the square of side 2, with slopes below 3/4 and second derivatives below 9/4."""
    return 0.5 + 0.25 * np.sin(3.0 * x) + 0.25 * np.sin(2.5 * y + 0.5)


# Digits


def test_the_digits_are_scikit_learns_with_their_labels(rng):
    pictures, label = load_digits(return_X_y=True)
    cloud = digits(rng=rng)
    assert cloud.points.shape == (1797, 64)
    np.testing.assert_array_equal(16.0 * cloud.points, pictures)
    np.testing.assert_array_equal(cloud.component, label)
    np.testing.assert_array_equal(cloud.chart, label[:, None])
    assert (cloud.points.min(), cloud.points.max()) == (0.0, 1.0)
    assert cloud.truth == "colour"


def test_some_digits_are_different_ones_in_their_order_with_their_labels(rng):
    pictures, label = load_digits(return_X_y=True)
    place = {picture.tobytes(): k for k, picture in enumerate(pictures)}
    assert len(place) == 1797, "two digits are the same"
    cloud = digits(300, rng=rng)
    kept = [place[picture.tobytes()] for picture in 16.0 * cloud.points]
    assert len(kept) == 300
    assert (np.diff(kept) > 0).all()
    np.testing.assert_array_equal(cloud.component, label[kept])
    np.testing.assert_array_equal(cloud.chart, label[kept, None])


def test_every_digit_is_as_likely_to_be_drawn(z_scores):
    """First, middle and last third of the file, 20 draws of 100."""
    pictures, _ = load_digits(return_X_y=True)
    place = {picture.tobytes(): k for k, picture in enumerate(pictures)}
    drawn = [digits(100, rng=random_stream(5, draw)) for draw in range(20)]
    thirds = np.array([place[picture.tobytes()] // 599 for cloud in drawn for picture in 16.0 * cloud.points])
    assert np.abs(z_scores(thirds[:, None] == [0, 1, 2], 1.0 / 3.0)).max() < 4


@pytest.mark.parametrize("n_points", [1797, 5000])
def test_where_all_digits_are_taken_none_is_drawn(n_points):
    rng = random_stream(1)
    assert digits(n_points, rng=rng).points.shape == (1797, 64)
    assert rng.bit_generator.state == random_stream(1).bit_generator.state


# The photograph


@pytest.mark.parametrize("slope", [(1.0, 0.0), (0.0, 1.0), (2.0, -1.0)])
def test_a_ramp_is_seen_exactly(slope, rng):
    """Means and bilinear values of a linear function are exact, so each pixel is known to the last digits."""
    a, b = slope
    x, y = plane(120, 120)
    cloud = photograph(MANY, image=a * x + b * y, size=SIZE, turn=360, zoom=5, rng=rng)
    across, down = seen(cloud.chart)
    expected = 0.5 + (a * across + b * down) / (abs(a) + abs(b)) / 2.0
    np.testing.assert_allclose(cloud.points, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "error"), [((400, 400), 0.003), ((400, 600), 0.003), ((611, 400), 0.003), ((437, 437), 0.01)]
)
def test_a_smooth_image_is_turned_and_zoomed_about_its_middle(shape, error, rng):
    """Between steps of 2/39 a bilinear value is off by (2/39)^2 / 8 times the second derivatives, 0.0013; parts that cannot
    be equal are moved by up to one pixel of 437, 0.75 * 2/437 = 0.0035 each way."""
    cloud = photograph(MANY, image=hills(*plane(*shape)), size=SIZE, turn=200, zoom=4, rng=rng)
    np.testing.assert_allclose(cloud.points, hills(*seen(cloud.chart)), atol=error)


def test_neither_turned_nor_zoomed_it_shows_the_middle_of_the_square(rng):
    """The inner 1/sqrt(2) of each side, the largest square that stays inside however it is turned."""
    cloud = photograph(5, image=hills(*plane(400, 600)), size=SIZE, turn=1e-9, zoom=1 + 1e-9, rng=rng)
    x, y = plane(400, 600)
    inside = (np.abs(x) < math.sqrt(0.5)) & (np.abs(y) < math.sqrt(0.5))
    middle = hills(x, y)[inside].reshape(math.isqrt(inside.sum()), -1)
    edges = pairwise(np.linspace(0, len(middle), SIZE + 1).round().astype(int))
    parts = [slice(*edge) for edge in edges]
    means = [middle[rows, columns].mean() for rows in parts for columns in parts]
    np.testing.assert_allclose(cloud.points, np.tile(means, (5, 1)), atol=0.01)


def test_a_picture_turns_anticlockwise_as_its_angle_grows(rng):
    """A bright spot at the right goes up, by as much."""
    x, y = plane(400, 400)
    cloud = photograph(MANY, image=np.exp(-20.0 * ((x - 0.5) ** 2 + y**2)), size=SIZE, turn=100, zoom=1.0001, rng=rng)
    middle = np.arange(SIZE) - (SIZE - 1) / 2.0
    right, up = np.tile(middle, SIZE), -np.repeat(middle, SIZE)
    angle = np.arctan2(cloud.points @ up, cloud.points @ right)
    np.testing.assert_allclose(angle, cloud.chart[:, 0], atol=0.02)


def test_turning_a_round_image_changes_nothing(rng):
    x, y = plane(400, 400)
    round_image = np.cos(1.5 * np.hypot(x, y))
    cloud = photograph(MANY, image=round_image, size=SIZE, turn=360, zoom=1 + 1e-9, rng=rng)
    assert np.ptp(cloud.chart[:, 0]) > 6.0
    assert np.ptp(cloud.points, axis=0).max() < 0.005
    assert np.ptp(cloud.points, axis=1).min() > 0.3


@pytest.mark.parametrize("image", [None, np.random.default_rng(1).random((100, 130))])
@pytest.mark.parametrize("size", [4, 24])
def test_a_picture_has_size_squared_pixels_from_0_to_1(image, size, rng):
    cloud = photograph(50, image=image, size=size, turn=360, rng=rng)
    assert cloud.points.shape == (50, size**2)
    assert cloud.points.min() >= 0.0
    assert cloud.points.max() <= 1.0
    assert cloud.truth == "places"
    np.testing.assert_array_equal(cloud.component, np.zeros(50))


def test_the_photograph_is_the_palace_unless_another_is_given():
    given, default = (photograph(20, image=image, rng=random_stream(1)) for image in (load_sample_image("china.jpg"), None))
    assert default.points.shape == (20, 576)
    np.testing.assert_array_equal(default.points, given.points)


def test_only_the_central_square_counts(rng):
    image = rng.random((40, 100))
    framed = image.copy()
    framed[:, :30] = framed[:, 70:] = 99.0
    for wide, other in ((image, framed), (image.T, framed.T)):
        first, second = (photograph(20, image=picture, size=SIZE, rng=random_stream(1)) for picture in (wide, other))
        np.testing.assert_array_equal(first.points, second.points)


@pytest.mark.parametrize("unit", [lambda image: 255.0 * image + 7.0, lambda image: image.tolist(), lambda image: 1e-9 * image])
def test_the_unit_of_an_image_does_not_matter(unit, rng):
    image = rng.random((40, 40))
    first, second = (photograph(20, image=picture, size=SIZE, rng=random_stream(1)) for picture in (image, unit(image)))
    np.testing.assert_allclose(first.points, second.points, atol=1e-9)


@pytest.mark.parametrize("kind", [np.array, lambda image: (255 * image).astype(np.uint8), lambda image: image.tolist()])
def test_colours_count_in_grey_as_the_eye_sees_them(kind, rng):
    colour = kind(rng.random((40, 40, 3)))
    red, green, blue = np.moveaxis(np.asarray(colour, dtype=float), -1, 0)
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    first, second = (photograph(20, image=image, size=SIZE, rng=random_stream(1)) for image in (colour, grey))
    np.testing.assert_allclose(first.points, second.points, atol=1e-12)


def test_angles_and_logarithms_of_the_zoom_are_even_over_their_ranges(rng):
    cloud = photograph(3000, size=4, turn=90, zoom=3, rng=rng)
    u, v = (cloud.chart / [math.radians(90), math.log(3)] + [0.5, 0.0]).T
    for places in (u, v, (u + v) % 1.0, (u - v) % 1.0):
        assert kstest(places, "uniform").pvalue > 1e-4


def test_density_crowds_the_first_angles_and_no_zoom(rng):
    """A share of (1 - 9^(-1/2)) / (1 - 1/9) = 3/4 lies in the first half."""
    cloud = photograph(3000, size=4, density=9, rng=rng)
    assert (cloud.chart[:, 0] < 0).mean() == pytest.approx(0.75, abs=4 * math.sqrt(0.75 * 0.25 / 3000))
    assert kstest(cloud.chart[:, 1] / math.log(2), "uniform").pvalue > 1e-4


# Both


@pytest.mark.parametrize("dataset", [digits, photograph])
def test_noise_has_the_standard_deviation_asked_for_and_leaves_the_chart(dataset, z_scores):
    clean, noisy = (dataset(100, noise=noise, rng=random_stream(1)) for noise in (0.0, 0.1))
    noise = (noisy.points - clean.points).ravel()
    np.testing.assert_array_equal(noisy.chart, clean.chart)
    assert np.abs([z_scores(noise, 0.0), z_scores(noise**2, 0.01), z_scores(noise * np.roll(noise, 1), 0.0)]).max() < 4


@pytest.mark.parametrize("dataset", [digits, photograph])
def test_the_same_stream_gives_the_same_cloud(dataset):
    first, again, other = (dataset(50, noise=0.1, rng=random_stream(3, draw)) for draw in (0, 0, 1))
    np.testing.assert_array_equal(first.points, again.points)
    np.testing.assert_array_equal(first.chart, again.chart)
    assert np.abs(first.chart - other.chart).max() > 0.1


@pytest.mark.parametrize("dataset", [digits, photograph])
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_points": 1}, ValueError, "^n_points must be >= 2, got 1$"),
        ({"n_points": 9.0}, TypeError, r"^n_points must be an integer, got 9\.0$"),
        ({"noise": -1}, ValueError, "^noise must be finite and >= 0, got -1$"),
        ({"rng": 0}, TypeError, r"^rng must be a numpy\.random\.Generator"),
        ({"rng": 0, "n_points": 10}, TypeError, r"^rng must be a numpy\.random\.Generator"),
    ],
)
def test_what_both_have_is_checked(dataset, options, error, message, rng):
    with pytest.raises(error, match=message):
        dataset(**{"rng": rng, **options})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"size": 3}, ValueError, "^size must be >= 4, got 3$"),
        ({"size": 8.0}, TypeError, r"^size must be an integer, got 8\.0$"),
        ({"turn": 0}, ValueError, "^turn must be finite and > 0, got 0$"),
        ({"turn": 361}, ValueError, "^turn must be at most 360 degrees, got 361$"),
        ({"zoom": 1}, ValueError, "^zoom must be finite and > 1 and < 20, got 1$"),
        ({"zoom": 20}, ValueError, "^zoom must be finite and > 1 and < 20, got 20$"),
        ({"density": 0}, ValueError, "^density must be finite and > 0.001 and < 1000, got 0$"),
        (
            {"image": np.eye(39, 80), "size": 10},
            ValueError,
            r"^image must be at least 40 x 40 pixels, four times `size`, got \(39, 80\); lower size$",
        ),
        ({"size": 200}, ValueError, r"^image must be at least 800 x 800 pixels, .*, got \(427, 640\); lower size$"),
        ({"image": np.ones((99, 99))}, ValueError, "^image must show something in its middle"),
        ({"image": np.full((99, 99), np.nan)}, ValueError, r"^image must be finite, got nan at index \(0, 0\)"),
        ({"image": np.full((99, 99, 3), np.inf)}, ValueError, r"^image must be finite, got inf at index"),
        ({"image": np.arange(9.0)}, ValueError, r"^image must have shape .*, got \(9,\)$"),
        ({"image": np.zeros((99, 99, 3, 1))}, ValueError, r"^image must have shape .*, got \(99, 99, 3, 1\)$"),
        ({"image": "palace.jpg"}, TypeError, "^image must be an array of numbers .*, got 'palace.jpg'$"),
    ],
)
def test_an_option_out_of_range_is_told_the_range(options, error, message, rng):
    with pytest.raises(error, match=message):
        photograph(**options, rng=rng)


@pytest.mark.parametrize("image", [np.indices((160, 160)).sum(axis=0) % 2, np.pad(np.ones((100, 20)), ((0, 0), (0, 280)))])
def test_an_image_whose_middle_shows_nothing_is_refused(image, rng):
    with pytest.raises(ValueError, match=r"^image must show something in its middle"):
        photograph(5, image=image, size=20, rng=rng)


def test_an_image_with_a_fourth_colour_is_refused(rng):
    with pytest.raises(
        ValueError, match=r"^image must have shape \(H, W\) or \(H, W, 3\), got \(99, 99, 4\); drop what is not"
    ):
        photograph(5, image=rng.random((99, 99, 4)), rng=rng)
