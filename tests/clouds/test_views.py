"""Views of a photograph: what each pixel sees is known by a formula."""

import math

import numpy as np
import pytest

from manifold import VIEWS, picture_views, random_stream
from manifold.clouds.pictures import central_square, palace

SIZE, MANY = 12, 60
SQUARE = math.ceil(math.sqrt(2.0) * SIZE)
PICTURE = random_stream(3).integers(0, 256, (SQUARE, SQUARE + 8, 3), dtype=np.uint8)


def ramp(width=240):
    """A picture whose red rises to the right, whose green rises downwards, and whose blue is 100 everywhere."""
    rise = np.broadcast_to(np.arange(width, dtype=np.uint8), (width, width))
    return np.dstack([rise, rise.T, np.full_like(rise, 100)])


def camera(chart, size=SIZE):
    """What the middles of the pixels of a window see, as complex places in a square of side 2, (N, size, size)."""
    middles = ((np.arange(size) + 0.5) / size * 2.0 - 1.0) * math.sqrt(0.5)
    return (middles + 1j * middles[:, None]) * np.exp(1j * chart[:, 0] - chart[:, 1])[:, None, None]


def test_a_turned_and_zoomed_ramp_shows_places():
    """Linear between pixels, so that bilinear reading is exact; a value v of 0 .. 239 lies at (2 v + 1) / 240 - 1."""
    views = picture_views(ramp(), size=SIZE, mean=119.5, scale=120.0, count=MANY, rng=random_stream(1))
    red, green, blue = np.moveaxis(views.points.reshape(MANY, *views.shape), 1, 0)
    places = camera(views.chart)
    # parts of the square are whole pixels of different number: a part's mean is that of its middle, half a pixel off at most
    np.testing.assert_allclose(red, places.real, atol=1.0 / SQUARE)
    np.testing.assert_allclose(green, places.imag, atol=1.0 / SQUARE)
    np.testing.assert_allclose(blue, (100.0 - 119.5) / 120.0, atol=1e-12)


def test_a_moved_and_darkened_ramp_shows_shift_and_brightness():
    views = picture_views(
        ramp(), kind="translation-brightness", size=SIZE, mean=0.0, scale=1.0, count=MANY, rng=random_stream(1)
    )
    red, green, blue = np.moveaxis(views.points.reshape(MANY, *views.shape), 1, 0)
    shift, light = views.chart.T
    np.testing.assert_allclose(blue, np.broadcast_to((100.0 * light)[:, None, None], blue.shape), atol=1e-9)
    np.testing.assert_allclose(red.mean(axis=(1, 2)) / light, 119.5 + 120.0 * shift, atol=120.0 / SQUARE)
    assert np.ptp(green / light[:, None, None], axis=0).max() < 1e-9


@pytest.mark.parametrize("kind", VIEWS)
def test_the_camera_stays_inside_and_moves_over_its_whole_range(kind):
    """Of 400 uniform numbers the farthest are within 5 % of each end, but for a chance of 4 exp(-20)."""
    views = picture_views(PICTURE, kind=kind, size=SIZE, mean=0.0, scale=1.0, count=400, rng=random_stream(2))
    low, high = np.array(VIEWS[kind].low), np.array(VIEWS[kind].high)
    assert ((views.chart >= low) & (views.chart <= high)).all()
    assert (views.chart.min(axis=0) < low + 0.05 * (high - low)).all()
    assert (views.chart.max(axis=0) > high - 0.05 * (high - low)).all()
    assert views.points.min() >= 0.0
    assert views.points.max() <= 255.0
    assert (views.shape, views.truth, len(views.coordinates)) == ((3, SIZE, SIZE), "places", 2)


def test_without_turn_and_zoom_a_window_at_the_middle_is_seen():
    still = VIEWS["rotation-zoom"].look(np.zeros((1, 2)), np.array([0.3]), np.array([-0.2]))
    assert [float(part.item()) for part in still] == [0.3, -0.2, 1.0]


def test_the_default_is_the_palace_and_the_stream_draws_the_places():
    one = picture_views(count=3, size=16, rng=random_stream(5))
    np.testing.assert_array_equal(one.points, picture_views(palace(), count=3, size=16, rng=random_stream(5)).points)
    assert not np.array_equal(one.chart, picture_views(count=3, size=16, rng=random_stream(6)).chart)


def test_a_square_is_made_of_means():
    values = np.arange(24.0).reshape(4, 6)
    np.testing.assert_array_equal(central_square(values, 2), [[4.5, 6.5], [16.5, 18.5]])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"image": PICTURE[:10]},
            ValueError,
            r"^image must be at least 17 x 17 pixels, sqrt\(2\) times `size`",
        ),
        ({"image": np.full((30, 30, 3), 7, np.uint8)}, ValueError, r"^image must show something in its middle, but all of it"),
        ({"image": np.zeros((30, 30))}, ValueError, r"^image must be uint8 of shape \(H, W, 3\), got float64"),
        ({"kind": "rotation"}, ValueError, r"^unknown kind of views 'rotation'. Did you mean 'rotation-zoom'"),
        ({"size": 4}, ValueError, r"^size must be >= 8, got 4$"),
        ({"count": 1}, ValueError, r"^count must be >= 2, got 1$"),
        ({"scale": 0.0}, ValueError, r"^scale must be finite and > 0, got 0$"),
        ({"mean": "x"}, TypeError, r"^mean must be a number, got 'x'$"),
        ({"rng": 3}, TypeError, r"^rng must be a numpy.random.Generator"),
    ],
)
def test_wrong_calls_end_in_a_sentence(options, error, message):
    with pytest.raises(error, match=message):
        picture_views(**{"image": PICTURE, "size": SIZE, "count": 3, "rng": random_stream(0)} | options)
