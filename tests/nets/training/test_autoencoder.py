"""The autoencoder against PCA, and what it promises about its codes, losses and random numbers."""

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from torch import nn

from manifold import make_cloud, random_stream
from manifold.nets import Autoencoder, learn_chart
from manifold.nets.training.stack import draw_weights, stack


def roll(count=120):
    return make_cloud("swiss roll", count, rng=random_stream(2)).points


def learn(points, code=2, *, seed=0, **options):
    return learn_chart(points, code, rng=np.random.default_rng(seed), **{"epochs": 30, **options})


def pca(points, code):
    """Mean square of what PCA leaves, and its axes (code, d); points in units of their spread."""
    there = (points - points.mean(axis=0)) / points.std()
    _, size, axes = np.linalg.svd(there, full_matrices=False)
    return (size[code:] ** 2).sum() / there.size, axes[:code]


@pytest.mark.parametrize("code", [1, 2])
def test_a_linear_autoencoder_loses_what_pca_loses(rng, code):
    """The least loss of two matrices is PCA's residual, and their plane is PCA's (Baldi, Hornik 1989)."""
    points = rng.normal(size=(150, 4)) * [3.0, 2.0, 0.5, 0.2] @ np.linalg.qr(rng.normal(size=(4, 4)))[0]
    residual, axes = pca(points, code)
    found = learn(points, code, activation="linear", epochs=1000)
    assert residual * (1.0 - 1e-6) <= found.losses[-1] < 1.01 * residual
    drawn = found.network.decoder[0].weight.detach().numpy()
    assert subspace_angles(drawn, axes.T).max() < 0.02


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh"])
def test_no_narrow_middle_draws_the_points_better_than_pca_unless_it_bends(activation):
    points = roll(200)
    residual = pca(points, 2)[0]
    loss = learn(points, activation=activation, epochs=600, seed=1).losses[-1]
    assert (loss < 0.7 * residual) == (activation != "linear")


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh", "elu"])
@pytest.mark.parametrize("code", [1, 3])
def test_a_learned_chart_has_the_shapes_of_its_points(activation, code):
    points = roll()
    before = points.copy()
    found = learn(points, code, activation=activation, hidden=(9,))
    assert found.codes.shape == (120, code)
    assert found.decoded.shape == (120, 3)
    assert found.losses.shape == (30,)
    assert all(np.isfinite(values).all() for values in (found.codes, found.decoded, found.losses))
    np.testing.assert_array_equal(points, before)


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh"])
@pytest.mark.parametrize("seed", range(3))
def test_losses_fall(activation, seed):
    losses = learn(roll(), activation=activation, seed=seed, epochs=200).losses
    assert losses[-1] < 0.7 * losses[0]
    assert losses[-20:].mean() < losses[:20].mean()


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_codes_decode_to_the_points_drawn_again(activation):
    """And the last loss, of the step before the last, is nearly the mean squared distance between these and the points."""
    points = 7.0 * roll() + 40.0
    found = learn(points, activation=activation, epochs=200)
    with torch.no_grad():
        drawn = found.network.decoder(torch.from_numpy(found.codes).float()).double().numpy()
    np.testing.assert_allclose(drawn * points.std() + points.mean(axis=0), found.decoded, atol=1e-4)
    error = ((found.decoded - points) ** 2).mean() / points.var()
    assert found.losses[-1] == pytest.approx(error, rel=0.01)


def test_losses_begin_with_that_of_the_drawn_weights(rng):
    """An untrained network from the same stream has the first loss, and training has changed every weight."""
    points = rng.normal(size=(40, 3))
    found = learn(points, hidden=(8,), epochs=5, seed=3)
    fresh = Autoencoder(3, 2, hidden=(8,))
    draw_weights(fresh, rng=np.random.default_rng(3))
    centred = points - points.mean(axis=0)
    x = torch.from_numpy(centred / centred.std()).float()
    with torch.no_grad():
        assert found.losses[0] == pytest.approx(float(((fresh(x) - x) ** 2).mean()), rel=1e-6)
    pairs = zip(found.network.parameters(), fresh.parameters(), strict=True)
    assert all(not torch.equal(one, other) for one, other in pairs)


def test_the_same_stream_gives_the_same_chart_to_the_last_bit():
    one, other, third = (learn(roll(), seed=seed) for seed in (4, 4, 5))
    for field in ("codes", "decoded", "losses"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))
        assert not np.array_equal(getattr(one, field), getattr(third, field))


def test_torchs_and_numpys_global_random_states_play_no_part(seed):
    charts = []
    for number in (0, 1):
        seed(number)
        before = np.random.get_state()  # noqa: NPY002
        charts.append(learn(roll()).codes)
        np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    np.testing.assert_array_equal(*charts)


def test_torchs_global_random_state_is_untouched(seed):
    seed(0)
    before = torch.get_rng_state()
    learn(roll())
    assert torch.equal(torch.get_rng_state(), before)


def test_drawn_weights_have_their_variance_and_offsets_their_range(z_scores):
    layer = nn.Linear(200, 300)
    draw_weights(nn.Sequential(layer), rng=np.random.default_rng(0))
    weights, offsets = layer.weight.detach().numpy().ravel(), layer.bias.detach().numpy()
    assert abs(z_scores(weights, 0.0)).max() < 4.0
    assert abs(z_scores(weights.astype(np.float64) ** 2, 2.0 / 200)).max() < 4.0
    assert abs(z_scores(offsets, 0.0)).max() < 4.0
    assert 0.9 / np.sqrt(200) < np.abs(offsets).max() <= 1.0 / np.sqrt(200)


def test_encoder_and_decoder_are_mirror_images():
    network = Autoencoder(5, 2, hidden=(7, 4), activation="tanh")
    widths = [[(m.in_features, m.out_features) for m in part if isinstance(m, nn.Linear)] for part in network.children()]
    assert widths == [[(5, 7), (7, 4), (4, 2)], [(2, 4), (4, 7), (7, 5)]]
    assert [type(m) for m in network.encoder] == [nn.Linear, nn.Tanh, nn.Linear, nn.Tanh, nn.Linear]
    assert network(torch.zeros(3, 5)).shape == (3, 5)
    assert len(stack((3, 2), "relu")) == 1


def test_linear_means_one_matrix_down_and_one_back():
    found = learn(roll(), activation="linear", hidden=(50, 50), epochs=2).network
    assert [tuple(p.shape) for p in found.parameters()] == [(2, 3), (2,), (3, 2), (3,)]


@pytest.mark.parametrize(
    "shift",
    [
        5.0,
        [3.0, 0.0, -200.0],
    ],
)
def test_where_the_points_lie_does_not_matter(shift):
    """Points are taken in units of their spread; the offsets of their columns from each other are no spread."""
    one, other = learn(roll(), epochs=5), learn(roll() + shift, epochs=5)
    np.testing.assert_allclose(other.codes, one.codes, atol=1e-3)
    np.testing.assert_allclose(other.losses, one.losses, rtol=1e-3)


@pytest.mark.parametrize("size", [1e-9, 1e9])
def test_the_unit_of_the_points_does_not_matter(size):
    one, other = learn(roll(), epochs=5), learn(size * roll(), epochs=5)
    np.testing.assert_allclose(other.codes, one.codes, atol=1e-3)
    np.testing.assert_allclose(other.decoded / size, one.decoded, atol=1e-3)


def test_points_that_are_all_the_same_are_drawn_where_they_are():
    found = learn(np.full((6, 3), 4.0), epochs=200)
    np.testing.assert_allclose(found.decoded, 4.0, atol=0.1)


@pytest.mark.parametrize(("epochs", "calls"), [(1, 1), (7, 7), (100, 100), (250, 100)])
def test_progress_rises_to_one_in_a_hundred_calls_at_most(epochs, calls):
    shares = []
    learn(roll(20), epochs=epochs, hidden=(4,), progress=shares.append)
    assert len(shares) == calls
    assert (np.diff(shares) > 0.0).all()
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    ("points", "options", "error", "message"),
    [
        ([[0.0, 1.0]] * 3, {"code": 3}, ValueError, "n_components must be at most the number of coordinates, 2, got 3"),
        ([[0.0, 1.0]] * 3, {"code": 0}, ValueError, "n_components must be >= 1, got 0"),
        ([[0.0, 1.0]] * 3, {"epochs": 0}, ValueError, "epochs must be >= 1, got 0"),
        ([[0.0, 1.0]] * 3, {"epochs": 1.5}, TypeError, r"epochs must be an integer, got 1\.5"),
        ([[0.0, 1.0]] * 3, {"activation": "rleu"}, ValueError, "unknown activation 'rleu'. Did you mean 'relu'"),
        ([0.0, 1.0], {}, ValueError, r"points must have shape \(N, d\)"),
        ([[0.0, np.inf]], {}, ValueError, r"points must be finite, got inf at index \(0, 1\)"),
    ],
)
def test_what_cannot_be_learnt_is_refused(points, options, error, message):
    with pytest.raises(error, match=message):
        learn(points, **options)


def test_the_stream_is_a_generator():
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
        learn_chart([[0.0, 1.0]] * 3, 1, rng=0)
