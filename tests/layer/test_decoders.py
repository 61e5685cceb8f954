"""Five answers to "what was x?": which are exact where, and which is the best guess where x is lost."""

import math

import numpy as np
import pytest

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS, Layer, random_stream, recover, recover_with, redecode
from manifold.layer.decoders import observe

every_decoder = pytest.mark.parametrize("decoder", DECODERS)
every_law = pytest.mark.parametrize("embedding", EMBEDDINGS)
RECTIFIERS = [name for name, f in ACTIVATIONS.items() if math.isfinite(f.low) and f.only_side_elsewhere]


def own(matrix):
    """A layer of one's own rows with its pseudo-inverse."""
    return Layer(np.array(matrix, dtype=float), np.linalg.pinv(matrix))


def uniform_disc(count, rng):
    angle = rng.uniform(0, 2 * math.pi, count)
    points = np.sqrt(rng.uniform(0, 1, (count, 1))) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points[0] = [1.0, 0.0]  # so that the radius of the disc is known to the decoder
    return points


def turn(angle):
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


@every_law
@pytest.mark.parametrize(("dim", "width"), [(1, 1), (2, 2), (2, 5), (3, 4), (8, 15)])
def test_the_inverse_of_relu_is_half_the_point_and_half_the_image_of_its_absolute_value(embedding, dim, width, rng):
    points = rng.standard_normal((100, dim))
    result = recover(points, width=width, embedding=embedding, rng=rng)
    even = np.abs(points @ result.matrix.T) @ result.inverse.T
    np.testing.assert_allclose(result.recovered, points / 2 + even / 2, atol=1e-9 * np.abs(result.inverse).max())


@pytest.mark.parametrize(("dim", "rows"), [(1, 1), (2, 2), (2, 5), (3, 3), (8, 10)])
def test_a_layer_of_opposite_rows_returns_exactly_half_the_point(dim, rows, rng):
    """T = [A; -A] with ReLU; doubled it returns the point, and active-rows does so without being told."""
    points, half = rng.standard_normal((100, dim)), rng.standard_normal((rows, dim))
    result = recover_with(points, own(np.vstack([half, -half])))
    np.testing.assert_allclose(result.recovered, points / 2, atol=1e-11)
    np.testing.assert_allclose(redecode(result, "doubled").recovered, points, atol=1e-11)
    np.testing.assert_allclose(redecode(result, "active-rows").recovered, points, atol=1e-7)


@every_decoder
@every_law
@pytest.mark.parametrize("width", [2, 3, 15])
def test_without_activation_nothing_is_lost(decoder, embedding, width, rng):
    """Every decoder returns the point, but for `doubled`, which returns it twice as far."""
    points = rng.standard_normal((50, 2))
    result = recover(points, width=width, embedding=embedding, activation="linear", decoder=decoder, rng=rng)
    np.testing.assert_allclose(result.recovered, (2.0 if decoder == "doubled" else 1.0) * points, atol=1e-8)


@pytest.mark.parametrize("activation", [n for n, f in ACTIVATIONS.items() if math.isinf(f.low) and math.isinf(f.high)])
def test_an_activation_that_is_one_to_one_loses_nothing(activation, rng):
    """As long as float64 tells its outputs apart."""
    points = rng.uniform(-1, 1, (200, 2))
    result = recover(points, width=3, activation=activation, decoder="active-rows", rng=rng)
    assert (result.rank == 2).all()
    np.testing.assert_allclose(result.recovered, points, atol=1e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("decoder", ["active-rows", "posterior"])
def test_active_rows_find_the_point_behind_every_activation(activation, decoder, rng):
    points = 3 * uniform_disc(400, rng)
    result = recover(points, width=6, activation=activation, decoder=decoder, rng=rng)
    found = result.rank == 2
    assert found.mean() > 0.5
    np.testing.assert_allclose(result.recovered[found], points[found], atol=1e-6)


@pytest.mark.parametrize("activation", [name for name, f in ACTIVATIONS.items() if math.isfinite(f.low)])
def test_the_posterior_is_the_mean_of_the_points_that_look_the_same(activation, z_scores):
    """Uniform points of the disc, grouped by the state (below, active, above) of every row, in 24 layers of 1 to 4 rows.

    On a line the error must have mean 0 and be uncorrelated with the answer; in a cell both coordinates must have mean 0. Rows
    are so long that ReLU6 saturates.
    """
    z = np.array(
        [z for width in (1, 2, 3, 4) for draw in range(6) for z in posterior_errors(activation, width, draw, z_scores)]
    )
    assert len(z) >= (250 if activation == "relu6" else 120)
    assert np.abs(z).max() < 4


def posterior_errors(activation, width, draw, z_scores):
    """z of the mean error of the posterior in every group of at least 200 points that look the same up to their values."""
    rng = random_stream(11, draw)
    points = uniform_disc(30_000, rng)
    matrix = 10.0 * rng.standard_normal((width, 2))
    result = recover_with(points, own(matrix), activation=activation, decoder="posterior")
    f, z = ACTIVATIONS[activation], points @ matrix.T
    state = (z > f.low).astype(int) + (z >= f.high)
    for pattern in np.unique(state, axis=0):
        group = (state == pattern).all(axis=1)
        active = pattern == 1
        if group.sum() < 200 or np.linalg.matrix_rank(matrix[active]) == 2:
            continue
        error, answer = points[group] - result.recovered[group], result.recovered[group]
        if active.any():
            along = turn(math.pi / 2) @ matrix[active][0] / np.linalg.norm(matrix[active][0])
            yield from z_scores((error @ along)[:, None] * np.column_stack([np.ones(len(answer)), answer @ along]), 0.0)
        else:
            yield from z_scores(error, 0.0)


@pytest.mark.parametrize("activation", RECTIFIERS)
@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_the_posterior_cannot_be_told_from_the_point_by_the_layer(activation, width, rng):
    """It lies in the disc, and has the same output; for ReLU that is Sandler's polyhedron {T_A x = z_A, T_I x <= 0}."""
    points = uniform_disc(500, rng)
    for matrix in 8.0 * rng.standard_normal((10, width, 2)):
        result = recover_with(points, own(matrix), activation=activation, decoder="posterior")
        again = ACTIVATIONS[activation](result.recovered @ matrix.T)
        np.testing.assert_allclose(again, result.hidden, atol=1e-6)
        assert np.linalg.norm(result.recovered, axis=1).max() < 1 + 1e-6


def test_a_relu_cell_is_answered_by_the_closed_form_of_a_cone(rng):
    """No active row: with rows at right angles the cell is a quarter of the disc, whose centroid is 4 sqrt(2) R / 3 pi away."""
    points = -2.5 * np.abs(uniform_disc(50, rng))
    result = recover_with(points, own(np.eye(2)), decoder="posterior")
    np.testing.assert_allclose(result.recovered, np.full((50, 2), -4 * 2.5 / (3 * math.pi)), atol=1e-6)


def test_one_active_row_is_answered_by_the_middle_of_its_chord():
    points = np.array([[0.6, -0.3], [0.6, 0.1], [-1.0, 0.0]])
    result = recover_with(points, own([[2.0, 0.0], [-1.0, 0.0]]), decoder="posterior")
    np.testing.assert_allclose(result.recovered, [[0.6, 0.0], [0.6, 0.0], [-1.0, 0.0]], atol=1e-12)


@pytest.mark.parametrize("activation", ["linear", "elu"])
def test_a_row_of_zeros_does_not_disturb_the_posterior(activation):
    result = recover_with([[0.6, -0.3], [0.0, 1.0]], own([[0.0, 0.0], [2.0, 0.0]]), activation=activation, decoder="posterior")
    np.testing.assert_array_equal(result.rank, [1, 1])
    np.testing.assert_allclose(result.recovered, [[0.6, 0.0], [0.0, 0.0]], atol=1e-9)


def test_opposite_rows_that_saturate_leave_a_segment_of_the_disc():
    """ReLU6 and T = [B; -B]: of x >= 6/9 both rows of the first pair speak, and only the tighter limit counts."""
    points = np.array([[1.0, 0.0], [0.8, 0.0]])
    result = recover_with(points, own([[9.0, 0.0], [-9.0, 0.0]]), activation="relu6", decoder="posterior")
    a = 2 * math.acos(6 / 9)
    centre = 4 * math.sin(a / 2) ** 3 / (3 * (a - math.sin(a)))
    np.testing.assert_allclose(result.recovered, [[centre, 0.0]] * 2, atol=1e-12)


@pytest.mark.parametrize("matrix", [[[1.0, 0.0], [-1.0, 1.0], [-1.0, -1.0]], [[1.0, 2.0], [-1.0, -2.0]], np.eye(2)])
def test_at_the_origin_the_posterior_is_finite_and_looks_the_same(matrix):
    result = recover_with([[0.0, 0.0], [1.0, 1.0]], own(matrix), decoder="posterior")
    assert (np.array(matrix) @ result.recovered[0] <= 1e-9).all()


@pytest.mark.parametrize("activation", ["relu", "relu6"])
def test_no_decoder_but_the_one_fitted_to_the_truth_beats_the_posterior_on_uniform_points(activation, rng):
    """One claim: the mean of the points that look the same has the least squared error, by more than a tenth here."""
    points = uniform_disc(20_000, rng)
    for matrix in 3.0 * rng.standard_normal((10, 3, 2)):
        result = recover_with(points, own(matrix), activation=activation)
        error = {
            d: ((redecode(result, d).recovered - points) ** 2).sum() for d in ("inverse", "doubled", "active-rows", "posterior")
        }
        assert error["posterior"] < 0.9 * min(e for d, e in error.items() if d != "posterior")


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_affine_readout_is_the_best_one(activation, dim, rng):
    """Its error is orthogonal to every output and to 1, which says that no other readout A y + b is closer."""
    points = rng.standard_normal((200, dim))
    result = recover(points, width=dim + 2, activation=activation, decoder="affine", rng=rng)
    columns = np.column_stack([result.hidden, np.ones(200)])
    np.testing.assert_allclose(columns.T @ (result.recovered - points), 0.0, atol=1e-9)
    fit = np.linalg.lstsq(columns, result.recovered, rcond=None)[0]
    np.testing.assert_allclose(columns @ fit, result.recovered, atol=1e-9)


@every_decoder
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_turning_the_points_with_their_layer_turns_the_answer(decoder, activation, rng):
    """(T Q^T)(Q x) = T x: the layer sees the same."""
    points, pair, q = 3 * rng.standard_normal((60, 2)), EMBEDDINGS["gaussian"](4, 2, rng=rng), turn(1.0)
    plain = recover_with(points, pair, activation=activation, decoder=decoder).recovered
    turned = recover_with(points @ q.T, Layer(pair.matrix @ q.T, q @ pair.inverse), activation=activation, decoder=decoder)
    np.testing.assert_allclose(turned.recovered, plain @ q.T, atol=1e-6)


@every_decoder
@pytest.mark.parametrize("size", [1e-3, 7.0, 1e4])
def test_behind_a_relu_the_answer_grows_with_the_points(decoder, size, rng):
    points, pair = rng.standard_normal((60, 2)), EMBEDDINGS["gaussian"](3, 2, rng=rng)
    plain, larger = (recover_with(c * points, pair, decoder=decoder).recovered for c in (1.0, size))
    np.testing.assert_allclose(larger, size * plain, rtol=1e-6, atol=1e-7 * size)


@every_decoder
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_answer_at_a_point_does_not_depend_on_the_order(decoder, activation, rng):
    points, pair = 3 * rng.standard_normal((60, 2)), EMBEDDINGS["uniform"](3, 2, rng=rng)
    order = rng.permutation(60)
    plain, mixed = (recover_with(p, pair, activation=activation, decoder=decoder).recovered for p in (points, points[order]))
    np.testing.assert_allclose(mixed, plain[order], atol=1e-8)


@pytest.mark.parametrize("dim", [1, 3])
def test_the_posterior_is_for_the_plane(dim, rng):
    with pytest.raises(ValueError, match=f"decoder 'posterior' needs points of dimension 2, got {dim}; use 'active-rows'"):
        recover(rng.standard_normal((9, dim)), width=4, decoder="posterior", rng=rng)


@pytest.mark.parametrize(
    ("points", "matrix", "inverse", "error", "message"),
    [
        (np.ones(2), np.eye(2), np.eye(2), ValueError, r"points must have shape \(N, d\) .*got \(2,\)"),
        ([["a"]], np.eye(2), np.eye(2), TypeError, r"points must be an array of numbers of shape \(N, d\)"),
        ([[np.nan, 1]], np.eye(2), np.eye(2), ValueError, r"points must be finite, got nan at index \(0, 0\)"),
        (np.ones((3, 2)), [[np.inf, 1]], np.ones((2, 1)), ValueError, r"matrix must be finite, got inf at index \(0, 0\)"),
        (np.ones((3, 2)), np.eye(2), [[1, np.nan], [0, 0]], ValueError, r"inverse must be finite, got nan at index \(0, 1\)"),
        (np.ones((3, 2)), np.ones(2), np.eye(2), ValueError, r"matrix must have shape \(n, d\)"),
        (
            1e80 * np.ones((3, 2)),
            np.eye(2),
            np.eye(2),
            ValueError,
            r"points must be of a size between 1e-70 and 1e70, got 1e\+80",
        ),
        (
            np.ones((3, 2)),
            1e-80 * np.eye(2),
            np.eye(2),
            ValueError,
            "matrix must be of a size between 1e-70 and 1e70, got 1e-80",
        ),
        (np.ones((3, 2)), np.ones((4, 3)), np.ones((3, 4)), ValueError, r"must agree, got \(3, 2\) and \(4, 3\)"),
        (np.ones((3, 2)), np.ones((4, 2)), np.ones((4, 2)), ValueError, r"must agree, got \(4, 2\) and \(4, 2\)"),
    ],
)
def test_a_layer_that_does_not_fit_its_points_is_refused(points, matrix, inverse, error, message):
    with pytest.raises(error, match=message):
        observe(points, Layer(matrix, inverse))


def test_an_unknown_activation_is_told_the_nearest():
    with pytest.raises(ValueError, match=r"unknown activation 'rleu'\. Did you mean 'relu'\?"):
        Layer(np.eye(2), activation="rleu")
