"""What experiments on the trained network claim, and what they show it."""

import numpy as np
import pandas as pd
import pytest
import torch

from experiments.networks import dimension_by_layer, object_manifolds, probe_cost, trace
from experiments.networks._networks import ARMS, crops, make_network, photographs
from manifold import random_stream

SMALL = {key: value for key, value in trace.QUICK.items() if key != "draws"}


@pytest.fixture(scope="module")
def rows():
    """Forty small views, seen once by each arm."""
    parameters = trace.Parameters(**SMALL | {"count": 40, "weights": ARMS})
    return trace.measure([0], seed=0, parameters=parameters)


def behind(rows, arm, score):
    return rows[(rows["weights"] == arm) & (rows["place"] == "features.16")][score].item()


def test_a_trained_network_keeps_what_random_weights_scramble_once_norms_are_set(rows):
    """Of 160 views neighbours tell .98 behind the last block, and .0 with random weights (least .97, most .2 of five draws).

    Forty views lie twice as far apart, so that a mean of five of them misses four times as much, .08 instead of .02. Half of
    the gap in between is the margin.
    """
    middle = (0.92 + 0.2) / 2.0
    assert behind(rows, "trained", "knn_r2") > middle > behind(rows, "normed", "knn_r2")
    assert behind(rows, "new", "knn_r2") > middle
    assert behind(rows, "trained", "two_nn") < 10.0 < behind(rows, "normed", "two_nn")


def test_no_activation_of_the_trained_network_loses_it(rows):
    """The mean change over its 33 activations is below a hundredth; with set norms every one loses more in the mean."""
    change = trace.headline(rows, trace.Parameters())
    assert abs(change["mean_change_knn_r2_weights=trained"]) < 0.01
    assert change["mean_change_knn_r2_weights=normed"] < -0.01


def test_places_are_the_same_for_every_arm(rows):
    places = {arm: list(part["place"]) for arm, part in rows.groupby("weights")}
    assert places["trained"] == places["normed"] == places["new"]
    kinds = rows[rows["weights"] == "trained"]["side"].value_counts()
    assert dict(kinds) == {"before": 33, "after": 33, "block": 16, "input": 1, "output": 1}


def test_positions_and_views_of_a_trained_network_have_few_dimensions():
    parameters = dimension_by_layer.Parameters(**{k: v for k, v in dimension_by_layer.QUICK.items() if k != "draws"})
    numbers = dimension_by_layer.headline(dimension_by_layer.measure([0], seed=0, parameters=parameters), parameters)
    expected = {size: numbers[f"expected_two_nn_dimension={size}"] for size in dimension_by_layer.DIMENSIONS}
    assert sorted(expected.values()) == list(expected.values())
    for seen in dimension_by_layer.SEEN:
        few = numbers[f"median_two_nn_weights=trained_seen={seen}"]
        assert few < expected[10] < numbers[f"largest_two_nn_weights=normed_seen={seen}"]


def test_manifolds_of_objects_stay_small_in_a_trained_network_and_grow_in_a_random_one():
    """Their radius behind the last activation is .6 and 1.4 in a first look; the middle is the margin."""
    parameters = object_manifolds.Parameters(**{k: v for k, v in object_manifolds.QUICK.items() if k != "draws"})
    rows = object_manifolds.measure([0], seed=0, parameters=parameters)
    trained, normed = (part for _, part in rows.groupby("weights", sort=False))
    assert trained["capacity"].iloc[0] == normed["capacity"].iloc[0]
    assert trained["manifold_radius"].iloc[-1] < 1.0 < normed["manifold_radius"].iloc[-1]
    assert rows["simulated_capacity"].notna().sum() == 4
    counts = object_manifolds.changes(trained)["place"].value_counts()
    assert dict(counts) == {"expansion": 15, "depthwise": 16, "bottleneck": 16, "plain": 2}


def test_what_a_layer_changes_is_its_end_over_its_beginning():
    """An activation from 2 to 1, and the linear layer behind it from 1 to 4."""
    places = {"place": ["input", *["expansion"] * 2, "bottleneck"], "side": ["input", "before", "after", "block"]}
    measures = dict.fromkeys(("capacity", "manifold_radius", "manifold_dimension"), (8.0, 2.0, 1.0, 4.0))
    changed = object_manifolds.changes(pd.DataFrame({**places, "block": 1, "draw": 0, **measures}))
    assert changed["place"].tolist() == ["expansion", "bottleneck"]
    for name in measures:
        assert changed[name].tolist() == [0.5, 4.0]


def test_weights_and_crops_come_from_their_stream():
    images = crops(4, 48, rng=random_stream(1))
    assert torch.equal(images, crops(4, 48, rng=random_stream(1)))
    assert images.shape == (4, 3, 48, 48)
    assert [picture.shape[2] for picture in photographs()] == [3, 3, 3]
    states = [make_network("normed", images, rng=random_stream(2)).state_dict() for _ in range(2)]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
    trained, new = (make_network(arm, images, rng=random_stream(2)) for arm in ("trained", "new"))
    assert not np.allclose(trained.classifier[1].weight.detach(), new.classifier[1].weight.detach())


def test_a_picture_that_is_too_small_is_told_before_anything_is_measured(tmp_path):
    from PIL import Image

    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / "small.png")
    with pytest.raises(ValueError, match=r"^image must be at least 182 x 182 pixels"):
        trace.check(trace.Parameters(picture=str(tmp_path / "small.png")))


def test_a_probe_sees_every_activation_and_its_memory_does_not_grow_with_the_batches():
    """ResNet-26 makes 26 calls through 9 modules and a function; from the second batch on the peak is the same to the byte."""
    small = {key: value for key, value in probe_cost.QUICK.items() if key != "draws"}
    parameters = probe_cost.Parameters(**small | {"networks": ["mobilenet_v2", "resnet26"], "size": 32})
    numbers = probe_cost.headline(probe_cost.measure([0], seed=0, parameters=parameters), parameters)
    for name, sites in (("mobilenet_v2", 35), ("resnet26", 26)):
        assert numbers[f"total_sites_network={name}"] == sites
        assert numbers[f"ratio_bytes_many_over_two_network={name}"] == 1.0
        assert numbers[f"ratio_bytes_many_over_one_network={name}"] > 1.0
