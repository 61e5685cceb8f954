"""Two arms trained in turns: each is the training that it would be alone, one that fails leaves the other."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from manifold.nets.training.arms import Arm, difference, guesses, on_an_axis, watch_pair, widest_plane
from manifold.nets.training.data import OwnImages, digits
from manifold.nets.training.kept import kept_pairs, write_pairs
from manifold.nets.training.loop import one_thread

LINEAR = Arm(steps=4, depth=2)
RELU6 = replace(LINEAR, activation="relu6")


@pytest.fixture(scope="module")
def seen():
    return list(watch_pair((LINEAR, RELU6)))[-1]


def test_each_arm_is_the_training_that_it_would_be_alone(seen):
    for arm, watched in zip((LINEAR, RELU6), seen, strict=True):
        split = arm.split()
        training = arm.begin(split).run()
        assert watched.steps.tolist() == [0, 1, 2, 3, 4]
        assert watched.accuracy[-1] == watched.right.mean() == training.look()["test"]["accuracy"]
        np.testing.assert_array_equal(watched.losses, training.losses)


def test_arms_of_one_draw_begin_alike_and_learn_from_the_same_pictures(seen):
    one, other = (arm.network(arm.split()).state_dict() for arm in (LINEAR, RELU6))
    assert all((one[name] == other[name]).all() for name in one)
    np.testing.assert_array_equal(seen[0].labels, seen[1].labels)
    assert seen[0].macs == seen[1].macs


def test_without_a_shortcut_what_relu6_hands_on_lies_between_its_ends_and_on_its_edges(seen):
    linear, relu6 = (watched.places for watched in seen)
    assert relu6.min() == 0.0
    assert relu6.max() <= 6.0
    assert linear.min() < 0.0
    assert on_an_axis(linear).max() == 0.0
    assert on_an_axis(relu6)[-1] == np.mean([0.0 in place for place in relu6[-1]])


def test_an_arm_that_diverges_says_at_which_step_and_the_other_goes_on(seen):
    wild, tame = list(watch_pair((replace(LINEAR, rate=1e30), RELU6)))[-1]
    assert f"diverged at step {len(wild.losses)}" in str(wild.failed)
    np.testing.assert_array_equal(tame.accuracy, seen[1].accuracy)
    assert np.isfinite(widest_plane(tame.places)).all()


def test_a_difference_is_that_of_mcnemar(seen):
    right = np.array([True] * 7 + [False] * 3), np.array([True] * 4 + [False] * 5 + [True])
    one, other = (replace(seen[0], right=each) for each in right)
    b, c, count = 3, 1, 10
    assert difference(one, other) == pytest.approx(((b - c) / count, 2.0 * np.sqrt(b + c - (b - c) ** 2 / count) / count))
    assert difference(one, one) == (0.0, 0.0)


def test_what_guessing_gets_is_not_called_learned(seen):
    arm = replace(seen[0], most=None, right=np.arange(1000) < 118)  # 100 of them by guessing, with a standard error of 9.5
    assert guesses(replace(arm, accuracy=np.array([0.118])))
    assert not guesses(replace(arm, accuracy=np.array([0.12])))
    assert guesses(replace(arm, accuracy=np.array([0.5]), most=0.5))  # half of the pictures are of one class


def test_the_widest_plane_holds_the_most_variance_that_two_directions_can(rng):
    places = rng.standard_normal((3, 50, 5)) * np.array([3.0, 1.0, 0.5, 0.2, 0.1])
    spectrum = np.linalg.eigvalsh(np.cov(places[-1].T))[::-1]
    np.testing.assert_allclose(np.cov(widest_plane(places)[-1].T), np.diag(spectrum[:2]), atol=1e-9)


def test_trainings_are_read_as_they_were_written(seen, tmp_path):
    write_pairs({(LINEAR, RELU6): seen}, tmp_path / "pairs.npz")
    ((pair, read),) = kept_pairs(tmp_path / "pairs.npz").items()
    assert pair == (LINEAR, RELU6)
    for one, other in zip(read, seen, strict=True):
        np.testing.assert_array_equal(one.right, other.right)
        np.testing.assert_array_equal(one.accuracy, other.accuracy)
        np.testing.assert_allclose(one.places, other.places, rtol=1e-3, atol=1e-6)
        assert (one.names, one.parameters) == (other.names, other.parameters)


@one_thread()
def test_what_comes_with_the_package_is_what_its_arms_give():
    """Their first steps: later ones grow apart with the last bits of another processor."""
    pair, kept = next(iter(kept_pairs().items()))
    *_, again = itertools.islice(watch_pair(pair), kept[0].steps[1] + 1)
    for one, other in zip(kept, again, strict=True):
        np.testing.assert_allclose(one.losses[:1], other.losses[:1], rtol=1e-4)
        np.testing.assert_allclose(one.places[:1], other.places[:1], rtol=1e-2, atol=1e-3)


def test_arms_on_own_pictures_are_equal_where_the_files_are(seen):
    """And learn from these pictures."""
    some = digits().take(np.arange(60))
    one, same, other = (replace(LINEAR, own=OwnImages(name, digest, some)) for name, digest in zip("abc", "xxy", strict=True))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != LINEAR
    assert sum(len(part) for part, _ in [one.split().train.examples, *one.split().held.values()]) == 60
