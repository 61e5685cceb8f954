"""A network that learns to lift: its records belong together, and with an activation it does what none can without."""

import numpy as np
import pytest
import torch

from manifold import make_cloud, random_stream
from manifold.learning import separate, two_classes
from manifold.nets import train_lift


def rings(count=90):
    cloud = make_cloud("two rings", count, rng=random_stream(1))
    return cloud.points, two_classes(cloud)


def run(*, seed=0, **options):
    return train_lift(*rings(), rng=np.random.default_rng(seed), **{"epochs": 40, "moments": 8, **options})


def test_relu_learns_to_separate_rings_and_a_linear_layer_cannot():
    """Without an activation all is one linear map of the plane, in which the outer ring surrounds the inner one."""
    accuracy = {
        kind: [run(seed=seed, activation=kind, epochs=300, moments=2).accuracy[-1] for seed in range(5)]
        for kind in ("relu", "linear")
    }
    assert sum(share == 1.0 for share in accuracy["relu"]) >= 4
    assert max(accuracy["linear"]) < 0.7


def test_linear_units_lie_in_a_plane_and_relu_units_need_not():
    """The least of the three sizes, before and after; a ReLU unit may die, so that this is 0, but not in every network."""
    least = {}
    for kind in ("linear", "relu"):
        units = [there for seed in range(4) for there in run(seed=seed, activation=kind, moments=2).hidden]
        least[kind] = max(np.linalg.svd(there - there.mean(axis=0))[1][2] for there in units)
        assert all(there.min() >= 0.0 for there in units) == (kind == "relu")
    assert least["linear"] < 1e-4
    assert least["relu"] > 0.1


def test_what_a_linear_network_paints_has_one_straight_edge_or_none(rng):
    """Its answer hardly differs from 0 anywhere on rings, but rounding must not paint speckles."""
    places = rng.uniform(-1.2, 1.2, size=(3000, 2))
    found = run(activation="linear", hidden=(32,), epochs=800, places=places)
    design = np.column_stack([places, np.ones(3000)])
    for heights in found.heights:
        straight = design @ np.linalg.lstsq(design, heights)[0]
        assert ((heights > 0.0) == (straight > 0.0)).mean() > 0.999
    assert np.abs(found.heights[-1]).max() < 1e-4


def test_a_trained_lift_can_be_separated_by_another_plane_too():
    found = run(epochs=300)
    assert found.accuracy[-1] == 1.0
    assert separate(found.hidden[-1], rings()[1]).accuracy == 1.0


@pytest.mark.parametrize("hidden", [(), (8,), (6, 5)])
@pytest.mark.parametrize("asked", [None, 17])
def test_a_training_has_the_shapes_of_its_points_and_moments(rng, hidden, asked):
    places = None if asked is None else rng.normal(size=(asked, 2))
    found = run(hidden=hidden, places=places)
    count = len(found.epochs)
    assert 2 < count <= 8
    assert found.hidden.shape == (count, 90, 3)
    assert found.weights.shape == (count, 3)
    assert found.offsets.shape == found.accuracy.shape == (count,)
    assert found.heights.shape == (count, asked or 0)
    assert found.losses.shape == (40,)


@pytest.mark.parametrize("activation", ["relu", "linear", "tanh"])
def test_hidden_weights_and_offsets_give_accuracy_and_heights(activation):
    """At every moment: the plane is the network's last layer, and its answer at the points themselves the same."""
    points, labels = rings()
    found = run(activation=activation, places=points, epochs=120)
    heights = (found.hidden @ found.weights[:, :, None])[:, :, 0] + found.offsets[:, None]
    np.testing.assert_allclose(found.heights, heights, atol=1e-5)
    correct = (heights > 0.0) == (labels == 1)
    shares = (correct[:, labels == 0].mean(axis=1) + correct[:, labels == 1].mean(axis=1)) / 2.0
    unsure = (np.abs(heights) < 1e-5).any(axis=1)
    np.testing.assert_allclose(found.accuracy[~unsure], shares[~unsure], atol=1e-12)
    assert (~unsure).sum() > 2


def test_losses_are_the_weighted_cross_entropy_of_the_heights():
    """Each class weighs as many as the first one has points, so that both count alike; the mean is over all points."""
    points, labels = rings()
    found = run(places=points)
    ratio = (labels == 0).sum() / (labels == 1).sum()
    each = np.where(labels == 1, ratio * np.logaddexp(0.0, -found.heights), np.logaddexp(0.0, found.heights)).mean(axis=1)
    np.testing.assert_allclose(found.losses[found.epochs[:-1]], each[:-1], rtol=1e-4)
    assert ratio > 1.5


@pytest.mark.parametrize("seed", range(3))
def test_losses_fall(seed):
    losses = run(seed=seed, epochs=150).losses
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("epochs", [1, 2, 5, 40, 200])
@pytest.mark.parametrize("moments", [2, 3, 8, 100])
def test_moments_begin_at_the_start_and_end_at_the_end(epochs, moments):
    found = run(epochs=epochs, moments=moments, hidden=(4,))
    assert found.epochs[0] == 0
    assert found.epochs[-1] == epochs
    assert (np.diff(found.epochs) > 0).all()
    assert len(found.epochs) <= moments
    assert len(found.hidden) == len(found.epochs)


def test_moments_lie_closer_together_at_the_start():
    steps = np.diff(run(epochs=200, moments=20, hidden=(4,)).epochs)
    assert steps[:5].max() < steps[-5:].min()


def test_what_is_recorded_does_not_depend_on_how_often():
    few, many = (run(moments=moments, places=rings()[0][:4]) for moments in (2, 30))
    np.testing.assert_array_equal(few.losses, many.losses)
    for field in ("hidden", "weights", "offsets", "heights", "accuracy"):
        np.testing.assert_array_equal(getattr(few, field)[[0, -1]], getattr(many, field)[[0, -1]])
    assert not np.array_equal(many.weights[0], many.weights[-1])


def test_the_same_stream_gives_the_same_training_to_the_last_bit():
    one, other, third = (run(seed=seed, places=[[0.0, 0.0]]) for seed in (4, 4, 5))
    for field in ("epochs", "hidden", "weights", "offsets", "heights", "accuracy", "losses"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))
    assert not np.array_equal(one.losses, third.losses)


def test_torchs_global_random_state_plays_no_part(seed):
    losses = []
    for number in (0, 1):
        seed(number)
        losses.append(run().losses)
    np.testing.assert_array_equal(*losses)


def test_torchs_global_random_state_is_untouched(seed):
    seed(0)
    before = torch.get_rng_state()
    run()
    assert torch.equal(torch.get_rng_state(), before)


def test_points_stay_as_they_are_and_progress_rises_to_one():
    points, labels = rings()
    before, shares = (points.copy(), labels.copy()), []
    train_lift(points, labels, epochs=50, rng=np.random.default_rng(0), progress=shares.append)
    np.testing.assert_array_equal(points, before[0])
    np.testing.assert_array_equal(labels, before[1])
    assert (np.diff(shares) > 0.0).all()
    assert shares[-1] == 1.0


@pytest.mark.parametrize("labels", [[0, 1], [0, 0, 0], [0, 1, 2], [0.5, 0, 1], [1, 1, 1]])
def test_labels_are_two_classes_for_the_points(labels):
    message = "labels must be 0 or 1 for each of the 3 points, and both must occur"
    with pytest.raises(ValueError, match=message):
        train_lift(np.eye(3), labels, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs must be >= 1, got 0"),
        ({"moments": 1}, ValueError, "moments must be >= 2, got 1"),
        ({"moments": 2.5}, TypeError, r"moments must be an integer, got 2\.5"),
        ({"activation": "rleu"}, ValueError, "unknown activation 'rleu'. Did you mean 'relu'"),
        ({"places": [0.0, 1.0]}, ValueError, r"places must have shape \(M, d\)"),
        ({"rng": 0}, TypeError, r"rng must be a numpy\.random\.Generator"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        train_lift(*rings(), **{"rng": np.random.default_rng(0), "epochs": 5, **options})


def test_points_are_an_array(rng):
    with pytest.raises(ValueError, match=r"points must have shape \(N, d\)"):
        train_lift([0.0, 1.0], [0, 1], rng=rng)
