"""Arms of the trainings: each network is what its row calls it, and what is read of it is what it says; a few steps each."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from experiments.training import (
    activations_trained,
    attention_gate,
    dense_training,
    early_exits,
    linear_bottleneck,
    shortcuts,
    stochastic_depth,
    what_explains_the_gap,
)
from experiments.training._bottlenecks import arm_cost
from experiments.training._pairs import draw_split
from manifold.nets import DenseBlock, InvertedResidual, Sandglass, exit_net, take_statistics
from manifold.nets.training.arms import Arm
from manifold.nets.training.deep import deep_net, layers_of
from manifold.nets.training.family import MATCHED
from manifold.nets.training.loop import one_thread


@pytest.fixture(scope="module")
def split():
    return draw_split("digits", 0, 0)


def few(experiment, **changes):
    return replace(experiment.Parameters(), **changes)


def within(costs, of):
    return max(costs) <= (1.0 + of) * min(costs)


@one_thread()
def test_a_row_of_linear_bottlenecks_is_what_the_page_trains_of_the_arm_that_it_names():
    """To the last picture: the page shows its run among the draws of the experiment."""
    parameters = few(linear_bottleneck, datasets=["digits"], widths=[3], depth=3, steps=30)
    rows = linear_bottleneck.measure([1], seed=0, parameters=parameters)
    for row in rows.itertuples():
        arm = Arm(width=3, depth=3, activation=row.activation, shortcut=row.shortcut, steps=30, draw=1)
        seen = arm.begin(arm.split()).run().look()
        assert (row.accuracy, row.train_accuracy) == (seen["test"]["accuracy"], seen["train"]["accuracy"])
    assert rows["train_accuracy"].nunique() == 4


def test_arms_of_shortcuts_have_them_where_they_say_and_cost_the_same(split):
    parameters = shortcuts.Parameters()
    networks = {arm: shortcuts.make_network(arm, split, parameters) for arm in shortcuts.ARMS}
    kinds = {arm: {type(block) for block in network.blocks} for arm, network in networks.items()}
    assert kinds == {arm: {Sandglass if arm == "sandglass" else InvertedResidual} for arm in shortcuts.ARMS}
    for arm in ("bottleneck", "expansion", "none"):
        assert {block.options["shortcut"] for block in networks[arm].blocks} == {arm}
    costs = [arm_cost(network, split) for network in networks.values()]
    for what in ("parameters", "macs"):
        assert within([cost[what] for cost in costs], MATCHED)


def test_an_activation_stands_in_the_part_of_the_network_that_its_row_names(split):
    parameters = activations_trained.Parameters()
    for activation, part in activations_trained.ARMS:
        network = activations_trained._make_network(activation, part, split, parameters)
        names = [block.options["activation"] for block in network.blocks]
        assert names == [*[activation if part == "whole" else "relu"] * 3, *[activation] * 3]


def test_gates_stand_in_every_block_or_in_none_and_macs_are_the_same(split):
    gated, plain = (attention_gate.make_network(arm, split, attention_gate.Parameters()) for arm in ("gate", "none"))
    assert all(block.squeezed for block in gated.blocks)
    assert not any(block.squeezed for block in plain.blocks)
    assert within([arm_cost(network, split)["macs"] for network in (gated, plain)], MATCHED)
    assert gated.blocks[-1].inner < plain.blocks[-1].inner


@one_thread()
def test_dense_networks_forget_the_half_that_the_column_names_before_norms_are_set_anew(split, monkeypatch):
    """Where forgetting the older half takes all that is read, and forgetting the younger one nothing."""

    def forget(block, *, older):
        for weights in block.parameters() if older else ():
            weights.data.zero_()

    monkeypatch.setattr(dense_training, "forget_sources", forget)
    parameters = few(dense_training, networks=["dense"], steps=8)
    row = dense_training.measure([0], seed=0, parameters=parameters).iloc[0]
    training, network = dense_training._begin("dense", split, seed=0, draw=0, parameters=parameters)
    training.run()
    right = take_statistics(copy.deepcopy(network).eval(), split.train.images)(split.test.images).argmax(1) == split.test.labels
    assert row["without_younger"] == right.double().mean().item() != row["accuracy"]
    assert row["without_older"] < 0.15 < row["without_younger"]


def test_weights_of_older_over_younger_sources(split):
    """Two of what enters a block, one of all else."""
    network = deep_net("dense", (1, 8, 8), 10)
    for block in network.blocks:
        for number, layer in enumerate(layers_of(block) if isinstance(block, DenseBlock) else ()):
            with torch.no_grad():
                layer.conv1.weight.fill_(1.0)[:, : layer.conv1.weight.shape[1] - number * block.growth] = -2.0
    assert dense_training._weight_ratio(network) == pytest.approx(2.0)


@pytest.fixture(scope="module")
def exits():
    parameters = few(early_exits, networks=["dense"], steps=60, growth=2, thresholds=[0.2, 0.3])
    return early_exits.measure([0], seed=0, parameters=parameters)


def test_rows_of_early_exits_add_up(exits):
    """Pictures leave at one of three exits; what is overthought and rescued makes the last exit of the first."""
    rows = exits[exits["exits"] == 3].set_index("threshold")
    macs = np.array([cost.macs for cost in exit_net("dense", (1, 8, 8), 10, growth=2).costs((1, 8, 8))])
    left = np.column_stack([rows["left_first"], rows["left_second"], 1.0 - rows["left_first"] - rows["left_second"]])
    np.testing.assert_allclose(rows["macs"], left @ macs)
    assert left[[0, -1]].tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    assert (left[1:-1, :2] > 0.0).any(axis=0).all()
    assert rows["accuracy"][0.0] == rows["accuracy_first"][0.0]
    last = rows.loc[1.0]
    assert last["accuracy"] - last["accuracy_first"] == pytest.approx(last["rescued"] - last["overthought"])
    assert last["rescued"] > last["overthought"]
    assert rows["validation_accuracy"].nunique() > 1
    digits = draw_split("digits", 0, 0).test.labels
    counts = np.bincount(digits) / len(digits)
    np.testing.assert_allclose(rows[[f"exit_{digit}" for digit in range(10)]] @ counts, left @ [1.0, 2.0, 3.0])


def test_a_network_of_one_exit_has_one(exits):
    (alone,) = exits[exits["exits"] == 1].itertuples()
    assert np.isnan(alone.left_first)
    assert alone.threshold == 1.0
    assert alone.parameters < exits["parameters"].max()


def test_blocks_that_survive_are_counted_a_step(split):
    """All of them where the last one is sure to survive; else L - (1 - p) (L + 1) / 2 within 4 standard deviations of coins."""
    parameters = few(stochastic_depth, depth=4, width=4, survivals=[1.0, 0.2], steps=[2, 40])
    rows = stochastic_depth.measure([0], seed=0, parameters=parameters).set_index(["steps", "survival"])
    assert (rows["mean_depth"].xs(1.0, level="survival") == 4.0).all()
    assert rows["expected_depth"].xs(0.2, level="survival").to_numpy() == pytest.approx(4.0 - 0.8 * 5.0 / 2.0)
    assert abs(rows["mean_depth"][40, 0.2] - 2.0) < 4.0 * np.sqrt(4.0 / 4.0 / 40.0)
    assert rows["mean_depth"][2, 0.2] % 0.5 == 0.0


def test_survivals_without_one_that_leaves_nothing_out_are_refused():
    for survivals in ([0.5, 0.2], [1.0]):
        with pytest.raises(ValueError, match=r"survivals must hold 1 and another, got \["):
            stochastic_depth.check(few(stochastic_depth, survivals=survivals))


def test_a_gap_that_is_explained_is_that_of_its_pair_and_read_while_it_is_trained():
    settings = {"widths": [4], "depth": 2, "steps": 40}
    gaps = linear_bottleneck.measure([0], seed=0, parameters=few(linear_bottleneck, datasets=["digits"], **settings))
    parameters = few(what_explains_the_gap, moments=[0.1, 1.0], pictures=20, positions=50, **settings)
    rows = what_explains_the_gap.measure([0], seed=0, parameters=parameters)
    both = rows.merge(linear_bottleneck.gains(gaps), on=["shortcut", "width", "draw"])
    assert (both["gap"] == both["gain"]).all()
    assert (both["gap"] != 0.0).all()
    assert not np.intersect1d(*(part["zeros"] for _, part in rows.groupby("progress"))).size
