"""Parts and holes: known shapes, another way to count them, and what must not matter."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from manifold.learning.topology import betti_numbers, clique_betti_numbers


def ring(count=60, centre=(0.0, 0.0), radius=1.0):
    angle = 2.0 * np.pi * np.arange(count) / count
    return np.column_stack([np.cos(angle), np.sin(angle)]) * radius + centre


def disc(rng, count=150):
    angle, radius = 2.0 * np.pi * rng.random(count), np.sqrt(rng.random(count))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def torus(count=12):
    """Of two rings, in four dimensions, where it is flat and all its holes are alike."""
    first, second = np.divmod(np.arange(count**2), count)
    return np.hstack([ring(count)[first], ring(count)[second]])


def graph(count, lines):
    joined = np.zeros((count, count), dtype=bool)
    for one, other in lines:
        joined[one, other] = joined[other, one] = True
    return joined


def cliques(joined, size):
    """All sets of `size` points that are all joined."""
    points = itertools.combinations(range(len(joined)), size)
    return [face for face in points if all(joined[pair] for pair in itertools.combinations(face, 2))]


def rank_modulo_2(matrix):
    rows, rank = matrix.copy() % 2, 0
    for column in range(rows.shape[1]):
        pivots = np.nonzero(rows[rank:, column])[0]
        if len(pivots):
            rows[[rank, rank + pivots[0]]] = rows[[rank + pivots[0], rank]]
            others = np.nonzero(rows[:, column])[0]
            rows[others[others != rank]] ^= rows[rank]
            rank += 1
    return rank


def plain_numbers(joined):
    """All Betti numbers of the clique complex, by the ranks of full boundary matrices, nothing taken away first."""
    faces = [cliques(joined, size) for size in range(1, len(joined) + 2)]
    ranks = [0]
    for smaller, larger in itertools.pairwise(faces):
        number = {face: place for place, face in enumerate(smaller)}
        boundary = np.zeros((len(smaller), len(larger)), dtype=np.int64)
        for place, face in enumerate(larger):
            for side in itertools.combinations(face, len(face) - 1):
                boundary[number[side], place] = 1
        ranks.append(rank_modulo_2(boundary))
    return [len(face) - below - above for face, (below, above) in zip(faces[:-1], itertools.pairwise(ranks), strict=True)]


@pytest.mark.parametrize(
    ("points", "numbers"),
    [
        (ring(), (1, 1)),
        (np.vstack([ring(), ring(centre=(5.0, 0.0))]), (2, 2)),
        (np.vstack([ring(), ring(centre=(2.0, 0.0))]), (1, 2)),
        (np.vstack([ring(), ring(radius=0.3)]), (2, 2)),
        (np.vstack([ring(), [[0.0, 0.0]]]), (2, 1)),
        (ring()[:50], (1, 0)),
        (np.zeros((5, 3)), (1, 0)),
        ([[0.0], [9.0], [18.0]], (3, 0)),
    ],
    ids=["ring", "two rings", "figure eight", "ring in ring", "ring and its centre", "open ring", "a place", "three places"],
)
def test_shapes_have_their_parts_and_holes(points, numbers):
    assert betti_numbers(points, scale=0.25) == numbers


def test_a_full_disc_has_no_hole_and_a_torus_two(rng):
    assert betti_numbers(disc(rng), scale=0.5) == (1, 0)
    assert betti_numbers(torus(), scale=0.8) == (1, 2)


def test_a_hole_closes_when_three_points_that_far_apart_go_round_it():
    """On a circle that takes chords of sqrt(3), and of n points joined in a ring, n / 3 lines."""
    for scale, holes in ((0.1, 0), (0.11, 1), (1.73, 1), (1.74, 0), (3.0, 0)):
        assert betti_numbers(ring(60), scale=scale)[1] == holes
    for lines, holes in ((1, 1), (19, 1), (20, 0), (30, 0)):
        assert betti_numbers(ring(60), scale=lines, n_neighbors=2) == (1, holes)


def test_the_ends_of_an_octahedron_close_its_loops_and_a_square_keeps_its_own():
    """Every point joined to all but the opposite one: 2, 4, 6 and 8 points are two places, a circle, a sphere, and one more."""
    for pairs, numbers in ((1, (2, 0)), (2, (1, 1)), (3, (1, 0)), (4, (1, 0))):
        opposite = np.kron(np.eye(pairs, dtype=bool), np.ones((2, 2), dtype=bool))
        assert clique_betti_numbers(~opposite) == numbers


def test_holes_are_counted_modulo_2():
    """Half an icosahedron, opposite points as one, every triangle cut in six: twice round its one hole is not round it."""
    faces = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 5, 1), (1, 2, 4), (2, 3, 5), (3, 4, 1), (4, 5, 2), (5, 1, 3)]
    parts = sorted({part for face in faces for size in (1, 2, 3) for part in itertools.combinations(sorted(face), size)})
    joined = [[one != other and (set(one) <= set(other) or set(other) <= set(one)) for one in parts] for other in parts]
    assert clique_betti_numbers(joined) == (1, 1)
    euler = sum((-1) ** (size + 1) * len(cliques(np.array(joined), size)) for size in (1, 2, 3))
    assert euler == 1


@given(st.integers(2, 9), st.integers(0, 10**6), st.floats(0.1, 0.9))
def test_every_graph_has_the_numbers_that_full_matrices_give(count, seed, share):
    upper = np.triu(np.random.default_rng(seed).random((count, count)) < share, 1)
    joined = upper | upper.T
    numbers = plain_numbers(joined)
    assert clique_betti_numbers(joined) == tuple(numbers[:2])
    sizes = [len(cliques(joined, size)) for size in range(1, count + 1)]
    signs = (-1) ** np.arange(count)
    assert signs @ sizes == signs @ numbers  # Euler's characteristic


@given(st.integers(0, 10**6))
def test_more_points_than_can_be_counted_plainly_have_the_euler_characteristic_of_their_plane_graph(seed):
    """In a strip of triangles with some left out, every hole is one of them or between lines: b0 - b1 = V - E + F."""
    rng = np.random.default_rng(seed)
    upper = np.zeros((40, 40), dtype=bool)
    upper[np.arange(39), np.arange(1, 40)] = rng.random(39) < 0.8
    upper[np.arange(38), np.arange(2, 40)] = rng.random(38) < 0.8
    joined = upper | upper.T
    parts = connected_components(joined, directed=False)[0]
    filled = (upper[np.arange(38), np.arange(1, 39)] & upper[np.arange(1, 39), np.arange(2, 40)]) & upper[
        np.arange(38), np.arange(2, 40)
    ]
    assert clique_betti_numbers(joined) == (parts, parts - 40 + upper.sum() - filled.sum())


@given(st.integers(0, 10**6))
def test_order_unit_turn_and_equal_points_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    points = np.vstack([ring(30), disc(rng, 20) * 0.3 + [1.5, 0.0]])
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0][:2]
    order = rng.permutation(len(points))
    for options in ({"scale": 0.3}, {"scale": 2, "n_neighbors": 4}):
        numbers = betti_numbers(points, **options)
        larger = {**options, "scale": 3.0 * options["scale"]} if "n_neighbors" not in options else options
        assert betti_numbers(points[order], **options) == numbers
        assert betti_numbers(3.0 * points @ turn + 7.0, **larger) == numbers
        assert betti_numbers(np.vstack([points, points[order[:25]]]), **options) == numbers


def test_counted_in_lines_a_stretched_ring_keeps_its_hole():
    stretched = ring(80) * [1.0, 0.2]
    assert betti_numbers(stretched, scale=0.45) == (1, 0)
    assert betti_numbers(stretched, scale=2, n_neighbors=4) == (1, 1)


def test_points_that_became_one_are_one(rng):
    """As behind a ReLU layer: most of the cloud in one place, or all of it."""
    gathered = np.vstack([ring(40), np.zeros((100, 2))])
    assert betti_numbers(gathered, scale=2, n_neighbors=4) == betti_numbers(gathered[:41], scale=2, n_neighbors=4)
    assert betti_numbers(np.zeros((50, 8)), scale=2, n_neighbors=10) == (1, 0)
    assert betti_numbers(np.repeat(rng.random((5, 2)), 10, axis=0), scale=1, n_neighbors=10) == (1, 0)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"scale": 0.0}, ValueError, "scale must be finite and > 0, got 0"),
        ({"scale": "far"}, TypeError, "scale must be a number, got 'far'"),
        ({"scale": 1.0, "n_neighbors": 0}, ValueError, "n_neighbors must be >= 1, got 0"),
        ({"scale": 1.0, "n_neighbors": 60}, ValueError, "n_neighbors must be less than the number of points, 60, got 60"),
        ({"scale": 1.0, "n_neighbors": 2.5}, TypeError, "n_neighbors must be an integer, got 2.5"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        betti_numbers(ring(60), **options)


@pytest.mark.parametrize(
    ("joined", "message"),
    [
        (np.ones((2, 3)), r"joined must be square, a row and a column for every point, got \(2, 3\)"),
        ([[0, 1], [0, 0]], r"joined must be symmetric, the same lines seen from both ends; try joined \| joined\.T"),
        ([0, 1], r"joined must have shape \(N, N\)"),
    ],
)
def test_what_is_no_graph_is_refused(joined, message):
    with pytest.raises(ValueError, match=message):
        clique_betti_numbers(joined)


def test_what_is_no_cloud_is_refused():
    with pytest.raises(ValueError, match=r"points must be finite, got nan at index \(0, 1\)"):
        betti_numbers([[0.0, np.nan]], scale=1.0)
