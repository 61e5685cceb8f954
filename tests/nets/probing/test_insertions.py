"""Activations put where a network has none, and their repairs."""

import numpy as np
import pytest
import torch
from torch import nn

from manifold.nets import (
    InvertedResidual,
    InvertedResidualV3,
    bottlenecks,
    fit_insertions,
    fit_repair,
    inserted,
    measure_damage,
    norms_before,
)

GENERATOR = torch.Generator().manual_seed(0)


def normal(*shape):
    return torch.randn(*shape, generator=GENERATOR)


def test_a_linear_repair_is_least_squares_with_an_offset():
    seen, wanted = normal(6, 4, 5, 5).relu(), normal(6, 4, 5, 5)
    repair = fit_repair(seen, wanted, kind="linear")
    rows, targets = (values.movedim(1, -1).reshape(-1, 4).double().numpy() for values in (seen, wanted))
    expected = np.linalg.lstsq(np.column_stack([rows, np.ones(len(rows))]), targets, rcond=None)[0]
    np.testing.assert_allclose(repair.weight[:, :, 0, 0].numpy(), expected[:4].T, atol=1e-6)
    np.testing.assert_allclose(repair.bias.numpy(), expected[4], atol=1e-6)


def test_an_affine_repair_fits_every_channel_by_itself_and_a_still_one_to_its_mean():
    seen, wanted = normal(6, 3, 5, 5), normal(6, 3, 5, 5)
    seen[:, 2] = 0.25
    repair = fit_repair(seen, wanted, kind="affine")
    for channel in (0, 1):
        slope, offset = np.polyfit(seen[:, channel].flatten().double(), wanted[:, channel].flatten().double(), 1)
        assert repair.weight[channel].item() == pytest.approx(slope, abs=1e-6)
        assert repair.bias[channel].item() == pytest.approx(offset, abs=1e-6)
    assert repair.weight[2].item() == 0.0
    assert repair.bias[2].item() == pytest.approx(wanted[:, 2].mean().item(), abs=1e-6)


def test_what_a_linear_layer_can_undo_is_undone():
    """Three channels and their negatives: relu keeps all of them, since x = relu(x) - relu(-x)."""
    x = normal(4, 3, 6, 6)
    pairs = torch.cat([x, -x], 1)
    repair = fit_repair(pairs.relu(), pairs, kind="linear")
    torch.testing.assert_close(repair(pairs.relu()), pairs, atol=1e-5, rtol=0.0)


def small_network():
    network = nn.Sequential(InvertedResidual(3, 4), InvertedResidual(4, 4), InvertedResidual(4, 4)).eval()
    for parameter in network.parameters():
        parameter.data.copy_(0.5 * normal(*parameter.shape))
    return network


def test_an_insertion_acts_where_the_block_would_and_leaves_with_the_context():
    network, images = small_network(), normal(2, 3, 8, 8)
    own = nn.Sequential(*(InvertedResidual(*channels, bottleneck_activation="relu6") for channels in ((3, 4), (4, 4), (4, 4))))
    for theirs, ours in zip(network.parameters(), own.eval().parameters(), strict=True):
        ours.data.copy_(theirs)
    plain = network(images)
    stages = fit_insertions(network, images, ["0.conv", "1.conv", "2.conv"], activation="relu6")
    with inserted(network, stages):
        torch.testing.assert_close(network(images), own(images))
    assert torch.equal(network(images), plain)
    assert not any(module._forward_hooks for module in network.modules())


def test_repairs_are_fitted_one_behind_the_other():
    """The second is fitted to what reaches it through the first: no other affine one leaves a smaller square."""
    network, images = small_network(), normal(8, 3, 8, 8)
    wanted = network[1](network[0](images))
    stages = fit_insertions(network, images, ["0", "1"], activation="relu", repair="affine")

    def missed():
        with inserted(network, stages):
            return float(((network[:2](images) - wanted) ** 2).sum().detach())

    least = missed()
    for change in (0.99, 1.01):
        stages["1"][1].weight.data *= change
        assert missed() > least
        stages["1"][1].weight.data /= change


def test_the_context_removes_its_hooks_when_the_model_fails():
    network = small_network()
    with pytest.raises(ValueError, match="takes"), inserted(network, {"0": torch.relu}):
        network(normal(2, 5, 8, 8))
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_repair(normal(1, 4, 3, 3), normal(1, 4, 3, 3), kind="linear"), r"^a linear repair of 4 channels needs at"),
        (lambda: fit_repair(normal(1, 4, 3, 3), normal(1, 4, 3, 3), kind="none"), r"repair"),
        (lambda: fit_insertions(small_network(), normal(1, 3, 8, 8), ["0"], activation="relu", repair="best"), r"repair"),
        (lambda: inserted(small_network(), {"0.convv": torch.relu}).__enter__(), r"module"),
    ],
)
def test_wrong_calls_end_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_damage_is_told_from_the_logits_before_and_after():
    network, images = nn.Sequential(nn.Linear(4, 3)), normal(5, 4)
    damage = measure_damage(network, images, {"0": lambda logits: -2.0 * logits})
    np.testing.assert_allclose(damage.before, network(images).detach().numpy(), atol=1e-6)
    np.testing.assert_allclose(damage.cosine, -1.0, atol=1e-6)
    assert not damage.kept.any()
    same = measure_damage(network, images, {"0": lambda logits: 3.0 * logits})
    np.testing.assert_allclose(same.cosine, 1.0, atol=1e-6)
    assert same.kept.all()


def test_bottlenecks_are_the_ends_of_branches_with_their_shortcuts():
    network = nn.Sequential(InvertedResidual(3, 4), InvertedResidualV3(4, 4), nn.ReLU())
    assert bottlenecks(network) == {"0.conv": False, "1.block": True}


def test_a_norm_belongs_to_the_module_right_behind_it():
    block = InvertedResidualV3(4, 4)
    found = norms_before(block)
    activations = [path for path, module in block.named_modules() if isinstance(module, nn.Hardswish)]
    assert set(activations) <= set(found)
    assert not any("fc" in path for path in found)
    assert norms_before(nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU(), nn.BatchNorm2d(1, affine=False), nn.ReLU())) == {}
