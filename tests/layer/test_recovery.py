"""The paper's Figure 1 as a value: what `recover` keeps, and what it refuses."""

import copy

import numpy as np
import pytest

from manifold import (
    ACTIVATIONS,
    DATASETS,
    DECODERS,
    EMBEDDINGS,
    Layer,
    random_stream,
    recover,
    recover_widths,
    recover_with,
    redecode,
)

PLANE = np.array([[1.0, 2.0], [-0.5, 0.25], [3.0, -1.0]])


def test_a_line_seen_by_three_rows_is_decoded_as_by_hand():
    """T = (2, -1, 2), T+ = T/9, x = 3: relu(Tx) = (6, 0, 6), T+ relu(Tx) = 24/9; at x = -3 it is (0, 3, 0) and -3/9."""
    pair = Layer(np.array([[2.0], [-1.0], [2.0]]), np.array([[2.0, -1.0, 2.0]]) / 9)
    result = recover_with([[3.0], [-3.0]], pair)
    np.testing.assert_array_equal(result.hidden, [[6.0, 0.0, 6.0], [0.0, 3.0, 0.0]])
    np.testing.assert_allclose(result.recovered, [[24 / 9], [-3 / 9]])
    np.testing.assert_array_equal(result.active, [2, 1])
    np.testing.assert_array_equal(result.rank, [1, 1])
    np.testing.assert_allclose(redecode(result, "active-rows").recovered, [[3.0], [-3.0]])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("decoder", DECODERS)
def test_every_combination_gives_finite_arrays_of_the_promised_shapes(activation, embedding, decoder, rng):
    points = DATASETS["spiral"](40, rng=rng).points
    result = recover(points, width=5, embedding=embedding, activation=activation, decoder=decoder, rng=rng)
    assert result.matrix.shape == (5, 2)
    assert result.inverse.shape == (2, 5)
    assert result.hidden.shape == (40, 5)
    assert result.recovered.shape == (40, 2)
    assert result.active.shape == result.rank.shape == (40,)
    assert np.isfinite(result.recovered).all()
    assert (result.activation.name, result.decoder) == (activation, decoder)
    np.testing.assert_allclose(result.hidden, ACTIVATIONS[activation](points @ result.matrix.T), atol=1e-15)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_active_counts_the_rows_inside_the_interval_and_rank_their_rank(activation, dim, rng):
    f, points = ACTIVATIONS[activation], rng.uniform(-2, 2, (50, dim))
    result = recover(points, width=4, activation=activation, rng=rng)
    z = points @ result.matrix.T
    inside = (f.low < z) & (f.high > z)
    np.testing.assert_array_equal(result.active, inside.sum(axis=1))
    np.testing.assert_array_equal(result.rank, [np.linalg.matrix_rank(result.matrix[a]) if a.any() else 0 for a in inside])


def test_the_defaults_are_the_papers_figure():
    plain = recover(PLANE, width=4, rng=random_stream(0))
    named = recover(PLANE, width=4, embedding="gaussian", activation="relu", decoder="inverse", rng=random_stream(0))
    np.testing.assert_array_equal(plain.recovered, named.recovered)
    expected = np.maximum(PLANE @ plain.matrix.T, 0) @ np.linalg.pinv(plain.matrix).T
    np.testing.assert_allclose(plain.recovered, expected, atol=1e-12)


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_the_same_stream_gives_the_same_picture(embedding):
    first, second = (recover(PLANE, width=4, embedding=embedding, rng=random_stream(1)) for _ in range(2))
    np.testing.assert_array_equal(first.recovered, second.recovered)
    other = recover(PLANE, width=4, embedding=embedding, rng=random_stream(1, 1))
    assert not np.allclose(first.recovered, other.recovered)


@pytest.mark.parametrize("embedding", ["gaussian", "uniform"])
def test_a_wider_layer_adds_rows_to_the_same_ones(embedding):
    narrow, wide = (recover(PLANE, width=n, embedding=embedding, rng=random_stream(1)) for n in (3, 9))
    np.testing.assert_array_equal(wide.matrix[:3], narrow.matrix)
    np.testing.assert_allclose(wide.hidden[:, :3], narrow.hidden, rtol=1e-12)
    assert (wide.rank >= narrow.rank).all()


def test_recover_widths_is_recover_at_each_width_from_the_same_stream_which_it_leaves_alone():
    rng = random_stream(2)
    before = copy.deepcopy(rng.bit_generator.state)
    results = recover_widths(PLANE, widths=[2, 5, 3], activation="relu6", decoder="posterior", embedding="uniform", rng=rng)
    assert rng.bit_generator.state == before
    for n, result in zip([2, 5, 3], results, strict=True):
        alone = recover(PLANE, width=n, activation="relu6", decoder="posterior", embedding="uniform", rng=random_stream(2))
        np.testing.assert_array_equal(result.matrix, alone.matrix)
        np.testing.assert_array_equal(result.recovered, alone.recovered)


@pytest.mark.parametrize("decoder", DECODERS)
def test_redecode_reads_the_same_output_again(decoder):
    first = recover(PLANE, width=4, rng=random_stream(3))
    again = redecode(first, decoder)
    assert again.rows is first.rows
    assert again.decoder == decoder
    np.testing.assert_array_equal(again.recovered, recover(PLANE, width=4, decoder=decoder, rng=random_stream(3)).recovered)


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_arguments_are_left_alone(decoder, activation, rng):
    points, pair = PLANE.copy(), EMBEDDINGS["gaussian"](3, 2, rng=rng)
    matrix, inverse = pair.matrix.copy(), pair.inverse.copy()
    result = recover_with(points, pair, decoder=decoder, activation=activation)
    hidden = result.hidden.copy()
    redecode(result, decoder)
    for now, before in [(points, PLANE), (pair.matrix, matrix), (pair.inverse, inverse), (result.hidden, hidden)]:
        np.testing.assert_array_equal(now, before)


def test_lists_of_integers_are_points(rng):
    assert recover([[1, 2], [3, 4]], width=2, rng=rng).points.dtype == np.float64


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"points": [1.0, 2.0]}, ValueError, r"points must have shape \(N, d\) .*got \(2,\)"),
        ({"points": np.zeros((0, 2))}, ValueError, r"points must have shape \(N, d\) with at least one entry on each axis"),
        ({"points": [[1.0, np.nan]]}, ValueError, r"points must be finite, got nan at index \(0, 1\); drop or fill such rows"),
        ({"points": [[np.inf, 0.0]]}, ValueError, r"points must be finite, got inf at index \(0, 0\)"),
        ({"points": "abc"}, TypeError, r"points must be an array of numbers of shape \(N, d\), got 'abc'"),
        ({"points": [[1], [2, 3]]}, TypeError, r"points must be an array of numbers"),
        ({"width": 1}, ValueError, r"width must be >= 2 \(the dimension of the points, 2\), got 1"),
        ({"width": -4}, ValueError, r"width must be >= 2 .*got -4"),
        ({"width": 3.0}, TypeError, r"width must be an integer, got 3\.0"),
        ({"width": True}, TypeError, "width must be an integer, got True"),
        ({"width": None}, TypeError, "width must be an integer, got None"),
        ({"embedding": "gausian"}, ValueError, r"unknown embedding 'gausian'\. Did you mean 'gaussian'\?"),
        ({"activation": "rleu"}, ValueError, r"unknown activation 'rleu'\. Did you mean 'relu'\?"),
        ({"decoder": "active rows"}, ValueError, r"unknown decoder 'active rows'\. Did you mean 'active-rows'\?"),
        ({"rng": 0}, TypeError, r"rng must be a numpy\.random\.Generator such as numpy\.random\.default_rng\(0\), got 0"),
        ({"rng": None}, TypeError, r"rng must be a numpy\.random\.Generator"),
    ],
)
def test_what_cannot_be_recovered_is_told_why(change, error, message, rng):
    arguments = {"points": PLANE, "width": 3, "rng": rng} | change
    with pytest.raises(error, match=message):
        recover(arguments.pop("points"), **arguments)


@pytest.mark.parametrize("wrong", [{"activation": "rleu"}, {"decoder": "inverted"}, {"embedding": "normal"}, {"width": 1}])
def test_a_mistake_does_not_cost_a_draw(wrong):
    rng = random_stream(4)
    with pytest.raises(ValueError, match=r"^unknown|^width must be"):
        recover(PLANE, **({"width": 3} | wrong), rng=rng)
    assert rng.bit_generator.state == random_stream(4).bit_generator.state


def test_an_unknown_decoder_is_refused_wherever_it_is_named(rng):
    result = recover(PLANE, width=3, rng=rng)
    for call in (lambda: redecode(result, "affin"), lambda: recover_with(PLANE, result.layer, decoder="affin")):
        with pytest.raises(ValueError, match=r"unknown decoder 'affin'\. Did you mean 'affine'\?"):
            call()


def test_recover_widths_checks_its_stream_and_its_widths(rng):
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
        recover_widths(PLANE, widths=[], rng=0)
    with pytest.raises(ValueError, match="width must be >= 2"):
        recover_widths(PLANE, widths=[3, 1], rng=rng)
