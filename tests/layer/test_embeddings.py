"""Random matrices: what each law promises, and its reading of T^-1."""

import numpy as np
import pytest

from manifold import EMBEDDINGS, random_stream

CELLS = [(1, 1), (1, 3), (2, 2), (2, 3), (2, 30), (3, 5), (8, 8), (8, 20)]
PSEUDO_INVERSES = {"gaussian", "orthonormal", "uniform"}

every_law = pytest.mark.parametrize("law", EMBEDDINGS.values(), ids=list(EMBEDDINGS))
every_shape = pytest.mark.parametrize(("dim", "width"), CELLS)


def draws(name, width, dim, count):
    return np.stack([EMBEDDINGS[name](width, dim, rng=random_stream(3, k)).matrix for k in range(count)])


@every_law
@every_shape
def test_the_inverse_reads_t_back(law, dim, width, rng):
    for _ in range(20):
        pair = law(width, dim, rng=rng)
        assert pair.matrix.shape == (width, dim)
        assert pair.inverse.shape == (dim, width)
        size = np.linalg.norm(pair.inverse) * np.linalg.norm(pair.matrix)  # what rounding errors are relative to
        np.testing.assert_allclose(pair.inverse @ pair.matrix, np.eye(dim), rtol=0, atol=1e-14 * size**2)


@pytest.mark.parametrize("name", sorted(PSEUDO_INVERSES))
@every_shape
def test_a_pseudo_inverse_projects_onto_the_columns(name, dim, width, rng):
    """With inverse @ T = 1 this is the last of Moore and Penrose's four conditions."""
    pair = EMBEDDINGS[name](width, dim, rng=rng)
    projection = pair.matrix @ pair.inverse
    np.testing.assert_allclose(projection, projection.T, atol=1e-10)


@pytest.mark.parametrize("name", ["orthonormal", "padded-orthogonal"])
@every_shape
def test_orthogonal_laws_have_orthonormal_columns_and_the_transpose(name, dim, width, rng):
    pair = EMBEDDINGS[name](width, dim, rng=rng)
    np.testing.assert_allclose(pair.matrix.T @ pair.matrix, np.eye(dim), atol=1e-13)
    np.testing.assert_array_equal(pair.inverse, pair.matrix.T)


def test_padding_keeps_the_first_columns_of_a_square_and_the_first_rows_of_its_inverse():
    pair = EMBEDDINGS["padded-gaussian"](6, 2, rng=random_stream(0))
    square = random_stream(0).standard_normal((6, 6))
    np.testing.assert_array_equal(pair.matrix, square[:, :2])
    np.testing.assert_allclose(pair.inverse, np.linalg.solve(square.T, np.eye(6)[:, :2]).T, rtol=1e-9)


def test_the_padded_inverse_is_not_the_pseudo_inverse(rng):
    pair = EMBEDDINGS["padded-gaussian"](6, 2, rng=rng)
    assert np.abs(pair.inverse - np.linalg.pinv(pair.matrix)).max() > 0.1


@pytest.mark.parametrize(
    ("name", "variance", "fourth"),  # of one entry of a 5 x 2 matrix
    [
        ("gaussian", 1.0, 3.0),
        ("padded-gaussian", 1.0, 3.0),
        ("uniform", 1 / 3, 1 / 5),
        ("orthonormal", 1 / 5, 3 / 35),
        ("padded-orthogonal", 1 / 5, 3 / 35),
    ],
)
def test_moments_of_the_entries_are_those_of_the_law(name, variance, fourth, z_scores):
    """30 cells a law. For a coordinate of a uniform unit vector of R^n: E q^2 = 1/n, E q^4 = 3/(n (n + 2))."""
    entries = draws(name, 5, 2, 3000).reshape(3000, -1)
    z = np.concatenate([z_scores(entries, 0.0), z_scores(entries**2, variance), z_scores(entries**4, fourth)])
    assert len(z) == 30
    assert np.abs(z).max() < 4


@every_law
def test_flipping_the_sign_of_a_row_changes_nothing(law, z_scores):
    """20 cells a law: odd moments vanish, also those mixed with another row. Signs of a QR that are left as they come fail."""
    draw = np.stack([law(3, 2, rng=random_stream(4, k)).matrix for k in range(3000)])
    odd = [draw[:, 0, :], draw[:, 0, :] ** 3, draw[:, 0, :] * draw[:, 1, :] ** 2, draw[:, 0, :] * draw[:, 1, ::-1]]
    odd += [draw[:, i, :] * np.abs(draw[:, j, :]) for i in range(3) for j in range(3) if i != j]
    z = z_scores(np.concatenate(odd, axis=1), 0.0)
    assert len(z) == 20
    assert np.abs(z).max() < 4


@pytest.mark.parametrize("name", ["gaussian", "uniform"])
def test_a_stream_begins_with_the_same_rows_at_every_width(name):
    wide = EMBEDDINGS[name](30, 3, rng=random_stream(5)).matrix
    for width in (3, 4, 15):
        np.testing.assert_array_equal(EMBEDDINGS[name](width, 3, rng=random_stream(5)).matrix, wide[:width])


@every_law
def test_the_stream_is_the_only_source_of_randomness(law):
    same = [law(5, 2, rng=random_stream(6)).matrix for _ in range(2)]
    np.testing.assert_array_equal(*same)
    assert not np.array_equal(same[0], law(5, 2, rng=random_stream(6, 1)).matrix)


@every_law
@pytest.mark.parametrize(
    ("width", "dim", "error", "message"),
    [
        (1, 2, ValueError, r"width must be >= 2 \(the dimension of the points, 2\), got 1"),
        (-3, 2, ValueError, r"width must be >= 2 .*got -3"),
        (3, 0, ValueError, "dim must be >= 1, got 0"),
        (3.0, 2, TypeError, r"width must be an integer, got 3\.0"),
        (True, 1, TypeError, "width must be an integer, got True"),
        (3, "2", TypeError, "dim must be an integer, got '2'"),
    ],
)
def test_a_shape_no_linear_map_could_read_back_is_refused(law, width, dim, error, message, rng):
    with pytest.raises(error, match=message):
        law(width, dim, rng=rng)


@every_law
@pytest.mark.parametrize("wrong", [0, None, np.random])
def test_a_seed_is_no_source_of_randomness(law, wrong):
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
        law(3, 2, rng=wrong)
