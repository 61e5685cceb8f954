"""NetAdapt: each step saves enough in one layer, and the best of all proposals is taken."""

import functools
import itertools

import pytest

from manifold import random_stream
from manifold.nets import Recipe, Training, initialise, split_images
from manifold.nets.compression.latency import LatencyTable
from manifold.nets.compression.netadapt import Plan, adapt, proposed_widths
from manifold.nets.compression.widths import Widths, widths_of
from manifold.nets.training.data import digits

SHAPE = (1, 8, 8)
FIRST = Widths(8, 4, 6, (16, 16), 16)


@functools.cache
def cost(widths):
    return widths.macs(SHAPE, 10)


BUDGET = 0.75 * cost(FIRST)


@pytest.fixture(scope="module")
def split():
    return split_images(digits(), rng=random_stream(0))


@pytest.fixture(scope="module")
def network(split):
    made = initialise(FIRST.network(SHAPE, 10), rng=random_stream(0, 1))
    return Training(made, split.train.examples, Recipe(40, 32, rate=0.02)).run().network


@pytest.fixture(scope="module")
def steps(network, split):
    return list(adapt(network, split, BUDGET, cost=cost, plan=Plan(saved=0.1, tuning=2)))


def test_proposals_narrow_one_layer_each_by_no_more_than_it_takes():
    wanted = 0.9 * cost(FIRST)
    found = proposed_widths(FIRST, wanted, cost)
    assert len(found) > 2
    for layer, widths in found.items():
        assert cost(widths) <= wanted
        assert {name for name, width in widths.layers().items() if width != FIRST.layers()[name]} == {layer}
        wider = (FIRST.with_layer(layer, width) for width in range(widths.layers()[layer] + 1, FIRST.layers()[layer] + 1))
        assert cost(next(each for each in wider if each != widths)) > wanted


def test_where_no_layer_saves_enough_each_gives_all_that_it_can():
    found = proposed_widths(FIRST, 0.1 * cost(FIRST), cost)
    assert {layer: widths.layers()[layer] for layer, widths in found.items()} == dict.fromkeys(FIRST.layers(), 2)


def test_a_path_ends_at_the_budget_and_every_step_takes_the_best_change_of_accuracy_per_mac(steps):
    assert steps[0].chosen.widths == FIRST
    assert steps[-1].chosen.cost <= BUDGET < steps[-2].chosen.cost
    for before, step in itertools.pairwise(steps):
        old = before.chosen
        gains = {each.layer: (each.accuracy - old.accuracy) / (old.cost - each.cost) for each in step.proposals}
        assert len(gains) > 2
        assert gains[step.chosen.layer] == max(gains.values())
        assert step.chosen.cost <= max(BUDGET, 0.9 * old.cost)
        assert widths_of(step.chosen.network) == step.chosen.widths


def test_accuracy_is_that_of_the_validation_part_and_the_network_given_stays_as_it_is(steps, network, split):
    seen = Training(steps[-1].chosen.network, split.train.examples, Recipe(1), held=split.held).look()
    assert steps[-1].chosen.accuracy == seen["validation"]["accuracy"]
    assert steps[-1].chosen.loss == pytest.approx(seen["validation"]["loss"]) != seen["test"]["loss"]
    assert widths_of(network) == FIRST
    assert steps[0].chosen.network is network


def test_milliseconds_are_a_cost_as_well(network, split, monkeypatch):
    """With a clock that says how many weights a part has."""
    monkeypatch.setattr(
        "manifold.nets.compression.latency.milliseconds",
        lambda parts, **_: {name: float(sum(each.numel() for each in part.parameters())) for name, (part, _) in parts.items()},
    )
    slow = LatencyTable().cost_of(SHAPE, 10)
    assert slow(FIRST) == sum(each.numel() for each in network.parameters())
    *_, last = adapt(network, split, 0.85 * slow(FIRST), cost=slow, plan=Plan(saved=0.1, tuning=1))
    assert last.chosen.cost == sum(each.numel() for each in last.chosen.network.parameters()) <= 0.85 * slow(FIRST)


def test_a_budget_below_the_smallest_network_is_told_before_anything_is_tuned(network, split):
    least = cost(FIRST.scaled(0.0))
    with pytest.raises(ValueError, match=f"the budget of {least - 1} is below the smallest network, which costs {least}; take"):
        next(adapt(network, split, least - 1, cost=cost))
    with pytest.raises(ValueError, match="saved must be finite and > 0 and < 1, got 1"):
        Plan(saved=1.0)
