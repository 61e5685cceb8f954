"""A tour of the channels: frames are orthonormal, ways between stops are geodesics, and the browser's are the same."""

import json
from pathlib import Path

import numpy as np
import pytest

from manifold import EMBEDDINGS, random_stream
from manifold.layer.tour import draw_tour, seen_share, tour_frame

SAMPLE = json.loads((Path(__file__).parents[1] / "planes" / "tour.json").read_text())
PLACES = np.linspace(0.0, 3.0, 31)


def tour_of(width, *, legs=3, seed=0):
    matrix = EMBEDDINGS["gaussian"](width, 2, rng=random_stream(seed)).matrix
    return matrix, draw_tour(matrix, legs=legs, rng=random_stream(seed, 0, 1))


def principal_angles(frame, other):
    return np.arccos(np.clip(np.linalg.svd(frame.T @ other, compute_uv=False), 0.0, 1.0))


@pytest.mark.parametrize("width", [3, 4, 7, 40])
def test_frames_are_orthonormal_everywhere_on_the_way(width):
    _, stops = tour_of(width)
    for at in PLACES:
        frame = tour_frame(stops, at)
        np.testing.assert_allclose(frame.T @ frame, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("width", [3, 4, 7, 40])
def test_a_share_of_the_way_is_that_share_of_both_principal_angles(width):
    _, stops = tour_of(width)
    whole = principal_angles(stops[1], stops[2])
    for share in (0.25, 0.5, 0.9):
        np.testing.assert_allclose(principal_angles(stops[1], tour_frame(stops, 1.0 + share)), share * whole, atol=1e-7)


def test_the_way_goes_through_the_stops_and_does_not_turn_within_the_plane():
    _, stops = tour_of(6)
    for stop in range(4):
        np.testing.assert_allclose(tour_frame(stops, stop), stops[stop], atol=1e-12)
        np.testing.assert_allclose(tour_frame(stops, max(0.0, stop - 1e-9)), stops[stop], atol=1e-7)
    step = 1e-6
    for at in (0.3, 1.5, 2.8):
        frame, speed = tour_frame(stops, at), (tour_frame(stops, at + step) - tour_frame(stops, at - step)) / (2.0 * step)
        np.testing.assert_allclose(frame.T @ speed, 0.0, atol=1e-7)


def test_it_starts_in_the_plane_of_t_where_all_of_t_x_is_seen():
    matrix, stops = tour_of(9)
    points = random_stream(1).standard_normal((50, 2))
    assert seen_share(points @ matrix.T, stops[0]) == pytest.approx(1.0)
    assert seen_share(points @ matrix.T, stops[1]) < 0.9
    flat = points @ matrix.T @ stops[0]
    np.testing.assert_allclose(np.linalg.norm(flat, axis=1), np.linalg.norm(points @ matrix.T, axis=1))


def test_two_channels_have_one_plane_and_the_same_seed_gives_the_same_tour():
    assert tour_of(2)[1].shape == (1, 2, 2)
    np.testing.assert_array_equal(tour_frame(tour_of(2)[1], 0.0), tour_of(2)[1][0])
    np.testing.assert_array_equal(tour_of(5)[1], tour_of(5)[1])


def test_a_sample_is_what_the_browsers_test_finds_too():
    stops = np.array(SAMPLE["stops"]).reshape(-1, SAMPLE["width"], 2)
    np.testing.assert_allclose(stops, tour_of(SAMPLE["width"])[1], atol=1e-9)
    for at, frame in zip(SAMPLE["at"], SAMPLE["frames"], strict=True):
        np.testing.assert_allclose(tour_frame(stops, at).ravel(), frame, atol=1e-8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda rng: draw_tour(np.ones((1, 2)), rng=rng),
            r"matrix must have shape \(n, 2\) with n >= 2 for a tour, got \(1, 2\)",
        ),
        (lambda rng: draw_tour(np.ones((4, 3)), rng=rng), r"matrix must have shape \(n, 2\) with n >= 2"),
        (lambda rng: draw_tour(np.ones((4, 2)), legs=0, rng=rng), "legs must be >= 1, got 0"),
        (lambda rng: tour_frame(draw_tour(np.eye(4, 2), legs=2, rng=rng), 2.5), "at must be <= 2, the last stop, got 2.5"),
        (lambda rng: tour_frame(draw_tour(np.eye(4, 2), legs=2, rng=rng), -1), "at must be finite and >= 0, got -1"),
    ],
)
def test_what_is_no_tour_is_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call(random_stream(0))
