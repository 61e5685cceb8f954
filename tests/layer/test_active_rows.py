"""The equations of the active rows: exact where they determine the point, else the shortest solution, as LAPACK finds it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from manifold import Layer, random_stream, recover, recover_with
from manifold.layer.active_rows import ActiveRows, pseudo_inverses, row_spaces

EPS = np.finfo(np.float64).eps


def decode(points, matrix, activation="relu"):
    """By `active-rows`, which never looks at the inverse."""
    return recover_with(points, Layer(matrix, np.zeros(matrix.T.shape)), activation=activation, decoder="active-rows")


def one_by_one(result):
    """Ranks (N,) and shortest solutions (N, d) from one call of NumPy's lstsq per point."""
    hidden, matrix = result.hidden, result.matrix
    solved = [np.linalg.lstsq(matrix[a], y[a], rcond=None) for a, y in zip(result.rows.active, hidden, strict=True)]
    return np.array([s[2] for s in solved]), np.array([s[0] for s in solved])


@pytest.mark.parametrize("width", [2, 3, 5, 15, 30])
def test_a_point_is_found_to_1e_7_wherever_the_rank_is_full(width):
    """1000 draws of 40 points in the plane; the others have rank 0 and decode to 0, or rank 1 and to their shadow on a line."""
    shares = []
    for draw in range(1000):
        points = random_stream(1, draw).uniform(-1, 1, (40, 2))
        result = recover(points, width=width, decoder="active-rows", rng=random_stream(2, draw))
        miss = np.linalg.norm(result.recovered - points, axis=1)
        assert miss[result.rank == 2].max(initial=0.0) < 1e-7
        assert (result.recovered[result.rank == 0] == 0.0).all()
        shadow = (result.recovered * (points - result.recovered)).sum(axis=1)
        assert np.abs(shadow[result.rank == 1]).max(initial=0.0) < 1e-12
        shares.append((result.rank == 2).mean())
    assert np.mean(shares) > 0.2


@pytest.mark.parametrize("dim", [1, 2, 3, 8])
@pytest.mark.parametrize("extra", [0, 1, 3, 12])
def test_rank_and_solution_are_those_of_lstsq_point_by_point(dim, extra):
    for draw in range(10):
        rng = random_stream(3, draw)
        points = rng.standard_normal((60, dim))
        result = recover(points, width=dim + extra, decoder="active-rows", rng=rng)
        rank, solution = one_by_one(result)
        np.testing.assert_array_equal(result.rank, rank)
        np.testing.assert_allclose(result.recovered, solution, atol=1e-7)
        full = rank == dim
        np.testing.assert_allclose(result.recovered[full], points[full], atol=1e-7)


small_integers = npst.arrays(np.int64, st.tuples(st.integers(1, 7), st.integers(1, 4)), elements=st.integers(-2, 2))


@given(small_integers, st.integers(0, 2**32))
def test_ties_duplicates_and_dependent_rows_are_no_exception(matrix, seed):
    """Rows of zeros, repeated, opposite and dependent; also points on a boundary, where a row is inactive."""
    rng = random_stream(seed)
    points = np.vstack([rng.standard_normal((12, matrix.shape[1])), rng.integers(-2, 3, (12, matrix.shape[1]))])
    for activation in ("relu", "linear"):
        result = decode(points, matrix.astype(float), activation)
        rank, solution = one_by_one(result)
        np.testing.assert_array_equal(result.rank, rank)
        np.testing.assert_array_equal(result.rank, [np.linalg.matrix_rank(matrix[a]) for a in result.rows.active])
        np.testing.assert_allclose(result.recovered, solution, atol=1e-9)


@given(small_integers)
def test_every_active_set_is_solved_as_by_its_pseudo_inverse(matrix):
    n = len(matrix)
    active = (np.arange(2**n)[:, None] >> np.arange(n)) % 2 == 1  # every active set there is
    values = np.where(active, np.arange(1.0, n + 1.0), 0.0)
    solved = ActiveRows(active, matrix.astype(float)).solve(values)
    stacked = ActiveRows(active, np.tile(matrix.astype(float), (2**n, 1, 1))).solve(values)
    for i, rows in enumerate(active):
        expected = np.linalg.pinv(matrix[rows].astype(float)) @ values[i, rows]
        np.testing.assert_allclose(solved[i], expected, atol=1e-8)
        np.testing.assert_allclose(stacked[i], expected, atol=1e-8)


@pytest.mark.parametrize("dim", [2, 3, 8])
@pytest.mark.parametrize("sine", [1e-2, 1e-3, 1e-4, 1e-5, 1e-8, 1e-11])
def test_nearly_parallel_rows_cost_no_more_accuracy_than_their_angle(dim, sine, rng):
    """Solving with rows that differ by `sine` multiplies the rounding of the output, about 1e-16, by 1/sine at least."""
    for _ in range(50):
        matrix = rng.standard_normal((dim, dim))
        matrix[1] = matrix[0] + sine * np.linalg.norm(matrix[0]) * rng.standard_normal(dim)
        points = rng.standard_normal((20, dim))
        signs = np.sign(matrix @ points[0])[:, None]  # all rows active at the first point
        result = decode(points, signs * matrix)
        singular = np.linalg.svd(matrix, compute_uv=False)
        assert result.rank[0] == dim
        bound = 1e-8 + 30 * EPS * singular[0] / singular[-1] * np.linalg.norm(points, axis=1)
        full = result.rank == dim
        assert (np.linalg.norm(result.recovered - points, axis=1) < bound)[full].all()


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("factor", [1.0, 3.0, 1 / 3, 1e-6])
def test_copies_of_a_row_determine_no_more_than_the_row(dim, factor, rng):
    row = rng.standard_normal(dim)
    points = rng.standard_normal((50, dim))
    result = decode(points, np.array([row, factor * row, row]))
    seen = points @ row > 0
    np.testing.assert_array_equal(result.rank, seen)
    shadow = (points @ row / (row @ row))[:, None] * row
    np.testing.assert_allclose(result.recovered, np.where(seen[:, None], shadow, 0.0), atol=1e-12)


@pytest.mark.parametrize("activation", ["linear", "leaky_relu", "elu", "tanh"])
def test_a_row_of_zeros_determines_nothing_though_its_output_is_known(activation):
    result = decode([[1.0, 2.0]], np.zeros((1, 2)), activation)
    assert result.rank == 0
    np.testing.assert_array_equal(result.recovered, [[0.0, 0.0]])


@pytest.mark.parametrize("scale", [1e-60, 1e-9, 1e9, 1e60])
@pytest.mark.parametrize("dim", [2, 3])
def test_neither_rank_nor_solution_depends_on_the_unit_of_the_layer(scale, dim, rng):
    points, matrix = rng.standard_normal((50, dim)), rng.standard_normal((4, dim))
    plain, scaled = decode(points, matrix), decode(points, scale * matrix)
    np.testing.assert_array_equal(scaled.rank, plain.rank)
    np.testing.assert_allclose(scaled.recovered, plain.recovered, rtol=1e-6, atol=1e-9)


def test_a_tiny_row_among_others_is_solved_like_any_other():
    """Powers of its length leave float64; no warning is given, and nothing is lost."""
    result = decode([[1.0, -2.0], [1.0, 2.0]], np.array([[0.0, 1.0], [1e-80, 0.0]]))
    np.testing.assert_array_equal(result.rank, [1, 1])
    np.testing.assert_allclose(result.recovered, [[1.0, 0.0], [0.0, 2.0]], atol=1e-12)


@pytest.mark.parametrize("dim", [2, 3])
def test_many_points_are_solved_like_few(dim, rng):
    """However many of them are worked on at a time."""
    points, matrix = rng.standard_normal((9000, dim)), rng.standard_normal((4, dim))
    together = decode(points, matrix)
    for start in (0, 1999, 4001, 8990):
        alone = decode(points[start : start + 10], matrix)
        np.testing.assert_array_equal(together.rank[start : start + 10], alone.rank)
        np.testing.assert_allclose(together.recovered[start : start + 10], alone.recovered, rtol=1e-9, atol=1e-12)


def test_the_solution_depends_on_the_active_values_alone(rng):
    matrix, points = rng.standard_normal((5, 3)), rng.standard_normal((30, 3))
    active = points @ matrix.T > 0
    rows = ActiveRows(active, matrix)
    np.testing.assert_allclose(
        rows.solve(np.where(active, points @ matrix.T, 0.0)),
        [np.linalg.pinv(matrix[a]) @ (matrix[a] @ x) for a, x in zip(active, points, strict=True)],
        atol=1e-8,
    )


@pytest.mark.parametrize("dim", [2, 4])
def test_projections_by_singular_values_are_the_solutions_of_the_equations(dim, rng):
    """A T for each of 200 points, none to all of its rows active; the form that blocks of a network share."""
    matrix, points = rng.standard_normal((200, 5, dim)), rng.standard_normal((200, dim))
    active = rng.random((200, 5)) < 0.4
    rows = np.where(active[:, :, None], matrix, 0.0)
    values = (rows @ points[:, :, None])[:, :, 0]
    projected = (row_spaces(rows, flat=1e-9) @ points[:, :, None])[:, :, 0]
    np.testing.assert_allclose(ActiveRows(active, matrix).solve(values), projected, atol=1e-8)
    np.testing.assert_array_equal(ActiveRows(active, matrix).rank, np.minimum(active.sum(axis=1), dim))


@pytest.mark.parametrize("dim", [2, 3])
def test_pseudo_inverses_of_a_stack_are_those_of_numpy_one_by_one(dim, rng):
    """Of random columns, of two that differ by a millionth, and of two that are the same, each in a stack with all others.

    Rounding is multiplied by the condition, 1e6 at most where the columns differ: to 1e-9 of the largest entry.
    """
    matrices = rng.standard_normal((9, 6, dim))
    matrices[3:, :, 1] = matrices[3:, :, 0]
    matrices[3:6, :, 1] += 1e-6 * rng.standard_normal((3, 6))
    for found, matrix in zip(pseudo_inverses(matrices), matrices, strict=True):
        expected = np.linalg.pinv(matrix)
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-9 * np.abs(expected).max())
    np.testing.assert_allclose(pseudo_inverses(matrices[:3]), [np.linalg.pinv(matrix) for matrix in matrices[:3]], atol=1e-12)
