"""Hidden channels taken away: those worth least, and the dead."""

import numpy as np
import pytest
import torch
from torch import nn

from manifold.nets import InvertedResidual, SmallNet, fold_norms
from manifold.nets.compression.dead import hidden_ends, remove_dead
from manifold.nets.compression.prune import prunable, prune
from manifold.nets.compression.worth import NOISE, decoder_order, norm_product

GENERATOR = torch.Generator().manual_seed(0)


def normal(*shape):
    return torch.randn(*shape, generator=GENERATOR)


@pytest.fixture
def network():
    """Three blocks of 12 hidden channels, the first without expansion, drawn at random in double precision."""
    blocks = [InvertedResidual(4, 3, 1, 1), InvertedResidual(3, 3, 1, 4), InvertedResidual(3, 3, 2, 4)]
    made = SmallNet(1, 5, blocks, head=8)
    for name, values in [*made.named_parameters(), *made.named_buffers()]:
        if values.is_floating_point():
            values.data.copy_(normal(*values.shape).abs() + 0.5 if "var" in name else normal(*values.shape))
    return made.double().eval()


@pytest.fixture(scope="module")
def images():
    return normal(10, 1, 8, 8).double()


def say_nothing(block, channel):
    """Let a hidden channel be 0 at every position, whatever comes."""
    block.conv[1][1].weight.data[channel] = 0.0
    block.conv[1][1].bias.data[channel] = -1.0


def say_one_number(block, channel, number):
    block.conv[1][1].weight.data[channel] = 0.0
    block.conv[1][1].bias.data[channel] = number


@pytest.mark.parametrize("fold", [False, True])
def test_dead_channels_go_for_nothing_also_those_that_always_say_the_same(network, images, fold):
    first, second = network.blocks[1], network.blocks[2]
    say_nothing(first, 2)
    say_one_number(first, 5, 0.7)
    say_one_number(second, 11, 9.0)  # which ReLU6 makes 6
    whole = fold_norms(network) if fold else network
    pruned = remove_dead(whole, images)
    assert {path: len(kept) for path, kept in pruned.kept.items()} == {
        path: int((high > low).sum()) for path, (low, high) in hidden_ends(network, images).items()
    }
    assert not {2, 5} & set(pruned.kept["blocks.1"].tolist())
    assert 11 not in pruned.kept["blocks.2"]
    with torch.no_grad():
        torch.testing.assert_close(pruned.network(images), network(images), rtol=1e-9, atol=1e-9)
    assert pruned.after.macs < pruned.before.macs


def test_what_is_left_computes_what_it_did(network, images):
    """Pruning is the same as zeroing the projection's columns of the channels that go."""
    pruned = prune(network, images, share=0.5, by="random", seed=3)
    for path, block in prunable(network).items():
        gone = sorted({*range(12)} - {*pruned.kept[path].tolist()})
        assert len(gone) == 6
        block.conv[2].weight.data[:, gone] = 0.0
    with torch.no_grad():
        torch.testing.assert_close(pruned.network(images), network(images))
    assert pruned.network.blocks[1].cost((3, 8, 8)).macs == 64 * (3 * 6 + 9 * 6 + 6 * 3)
    assert pruned.network.cost((1, 8, 8)).macs == pruned.after.macs
    assert pruned.table["kept"].tolist() == [6, 6]


def test_a_block_never_gets_as_many_hidden_channels_as_it_reads_and_never_none(network, images):
    assert [len(kept) for kept in prune(network, images, share=0.75).kept.values()] == [4, 4]
    assert [len(kept) for kept in prune(network, images, share=0.99).kept.values()] == [1, 1]


def test_weight_keeps_what_scales_leave_and_firing_what_fires(network, images):
    block = network.blocks[1]
    before = norm_product(block)
    block.conv[1][0].weight.data[4] *= 10.0
    block.conv[2].weight.data[:, 4] /= 10.0
    torch.testing.assert_close(norm_product(block), before)
    torch.testing.assert_close(norm_product(fold_norms(network).blocks[1]), before)
    pruned = prune(network, images, by="weight")
    assert pruned.kept["blocks.1"].tolist() == sorted(before.argsort(descending=True)[:6].tolist())
    block.conv[0][1].weight.data[6:], block.conv[0][1].bias.data[6:] = 0.01, 3.0
    block.conv[0][1].bias.data[:3] = -1e3  # never above 0
    block.conv[0][1].bias.data[3:6] = 1e3  # always above 6
    assert prune(network, images, by="firing").kept["blocks.1"].tolist() == [6, 7, 8, 9, 10, 11]


def posterior_loss(values, active, left, rank):
    """tr(S_u|A) summed over the principal directions, by an inverse for each position."""
    squares, vectors = np.linalg.eigh(np.cov(values, rowvar=False))
    loadings = (vectors * np.sqrt(np.maximum(squares, 0.0)))[:, -rank:]
    noise = NOISE * (loadings**2).sum(1).mean()
    total = 0.0
    for known in active:
        chosen = loadings[known & left]
        total += np.diag(np.linalg.inv(np.eye(rank) + chosen.T @ chosen / noise)) @ squares[-rank:]
    return total / len(active)


def test_the_decoders_order_is_that_of_trying_each():
    """Greedy elimination with an inverse for each position and channel, against rank-one changes."""
    values = (normal(60, 3) @ normal(3, 7)).double().numpy() + 0.2
    active = values > 0.0
    left, order = np.ones(7, dtype=bool), []
    while left.any():
        losses = {i: posterior_loss(values, active, left & (np.arange(7) != i), 3) for i in np.flatnonzero(left)}
        order.append(min(losses, key=losses.get))
        left[order[-1]] = False
    assert decoder_order(values, active, inputs=3).tolist() == order[::-1]


def test_a_copy_of_a_channel_is_not_missed():
    """The decoder lets one of two equal channels go before any that says something new, and keeps what says most."""
    values = (normal(200, 3) @ torch.tensor([[1.0, 0, 0, 1.0], [0, 1.0, 0, 0], [0, 0, 3.0, 0]])).double().numpy()
    order = decoder_order(values, np.ones_like(values, dtype=bool), inputs=3)
    assert order[-1] in (0, 3)
    assert order[0] == 2


def test_the_network_itself_stays(network, images):
    before = {name: values.clone() for name, values in network.state_dict().items()}
    prune(network, images, by="decoder")
    remove_dead(network, images)
    assert all(values.equal(before[name]) for name, values in network.state_dict().items())
    assert network.blocks[1].inner == 12


def test_bad_input_gets_a_sentence(network, images):
    message = "Sequential has no channels to prune; give a network with an InvertedResidual whose expand_ratio is above 1"
    for bare in (nn.Sequential(nn.Conv2d(1, 2, 3)), nn.Sequential(InvertedResidual(4, 4, 1, 1))):
        with pytest.raises(ValueError, match=message):
            prune(bare, images)
        with pytest.raises(ValueError, match=message):
            remove_dead(bare, images)
    with pytest.raises(ValueError, match=r"unknown worth 'size'\. Choose one of: weight, firing, decoder, random"):
        prune(network, images, by="size")
    with pytest.raises(ValueError, match="share must be finite and > 0 and < 1, got 1"):
        prune(network, images, share=1)
