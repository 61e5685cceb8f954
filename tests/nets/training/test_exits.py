"""Networks with early exits: their cost, their scores, and who leaves where."""

import numpy as np
import pytest
import torch

from manifold.nets import exit_net, formula_cost, leave, measure_cost
from manifold.nets.training.exits import ALL_EXITS, STAGES
from manifold.nets.training.family import MATCHED

SHAPE = (1, 8, 8)


@pytest.mark.parametrize("kind", STAGES)
def test_exits_cost_a_sixth_a_half_and_all_by_formula_and_by_running(kind):
    network = exit_net(kind, SHAPE, 10)
    formula, measured = formula_cost(network, SHAPE), measure_cost(network, SHAPE)
    assert (formula.parameters, formula.macs, formula.output) == (measured.parameters, measured.macs, measured.output)
    assert formula.memory == pytest.approx(measured.memory, rel=0.02)
    shares = [cost.macs / formula.macs for cost in network.costs(SHAPE)]
    np.testing.assert_allclose(shares, [1 / 6, 1 / 2, 1.0], atol=0.015)


@pytest.mark.parametrize("growth", [2, 4, 6])
def test_all_kinds_cost_the_same(growth):
    counts = [formula_cost(exit_net(kind, SHAPE, 10, growth=growth), SHAPE).macs for kind in STAGES]
    assert max(counts) - min(counts) <= MATCHED * max(counts)


@pytest.mark.parametrize("kind", STAGES)
def test_without_early_exits_the_body_is_the_same(kind):
    three, one = (exit_net(kind, SHAPE, 10, exits=exits) for exits in (3, 1))
    shapes = [[tuple(weights.shape) for weights in (*net.stem.parameters(), *net.stages.parameters())] for net in (three, one)]
    assert shapes[0] == shapes[1]
    assert one.eval()(torch.rand(2, *SHAPE)).shape == (2, 1, 10)


def test_the_loss_is_the_sum_over_exits_and_the_last_one_counts_as_right():
    scores = torch.tensor([[[9.0, 0.0], [0.0, 9.0], [0.0, 9.0]], [[0.0, 9.0], [0.0, 9.0], [9.0, 0.0]]])
    labels = torch.tensor([1, 1])
    each = [torch.nn.functional.cross_entropy(scores[:, exit], labels) for exit in range(3)]
    torch.testing.assert_close(ALL_EXITS.loss(scores, labels), sum(each))
    assert float(ALL_EXITS.accuracy(scores, labels)) == 0.5


def test_a_picture_leaves_at_the_first_exit_that_is_sure(rng):
    """Against a loop over pictures and exits, with torch's softmax."""
    scores = 3.0 * rng.normal(size=(50, 3, 4))
    probabilities = torch.softmax(torch.from_numpy(scores), 2).amax(2).tolist()
    for threshold in (0.0, 0.5, 0.9, 1.0):
        expected = [next((at for at, sure in enumerate(row[:-1]) if sure > threshold), 2) for row in probabilities]
        assert leave(scores, threshold).tolist() == expected
    assert set(leave(scores, 0.0)) == {0}
    assert set(leave(1e3 * scores, 1.0)) == {2}


def test_wrong_exits_are_refused():
    with pytest.raises(ValueError, match="growth must be even, got 3"):
        exit_net("dense", SHAPE, 10, growth=3)
    with pytest.raises(ValueError, match="exits must be 1 or 3, got 2"):
        exit_net("dense", SHAPE, 10, exits=2)
    with pytest.raises(ValueError, match=r"threshold must be <= 1, got 1\.5"):
        leave(np.zeros((1, 3, 2)), 1.5)
