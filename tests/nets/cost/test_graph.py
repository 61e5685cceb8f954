"""What is recorded of a network while it runs: operations in order, tensors, modules; and that the network stays as it was."""

import copy
import math
from collections import Counter

import pytest
import torch
from torch import nn
from torch.nn import functional

from manifold import ACTIVATIONS
from manifold.nets import (
    BLOCKS,
    ConvNorm,
    DenseBlock,
    InvertedResidual,
    InvertedResidualV3,
    ResidualBasic,
    Transition,
    densenet_cifar,
    mobilenet_v2,
    record,
)
from manifold.nets.blocks.layers import activation_module

EVERY = pytest.mark.parametrize("name", BLOCKS)
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class Reusing(nn.Module):
    """F.relu twice, and one nn.ReLU twice."""

    def __init__(self):
        super().__init__()
        self.conv, self.relu = nn.Conv2d(3, 4, 1), nn.ReLU()

    def forward(self, x):
        x = functional.relu(functional.relu(self.conv(x)))
        return self.relu(self.relu(x))


class Viewing(nn.Module):
    """Everything that changes how a tensor is looked at, and not a value."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(12, 5)

    def forward(self, x):
        x = x.reshape(len(x), 3, 4, 1).permute(0, 2, 1, 3).transpose(1, 2)[:, :, :, None].squeeze(3)
        return self.linear(x.flatten(1))


class Rewriting(nn.Module):
    """Four ways to work in place, on a tensor that is read again."""

    def __init__(self):
        super().__init__()
        self.conv, self.relu = nn.Conv2d(3, 4, 1), nn.ReLU(inplace=True)

    def forward(self, x):
        y, other = self.conv(x), self.conv(x)
        z = self.relu(y)
        z += 1
        z += other
        return torch.relu_(z) + y


class Splitting(nn.Module):
    """Halves of the channels, one of them filtered, put together again."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, padding=1)

    def forward(self, x):
        first, second = x[:, :2], x[:, 2:]
        return torch.cat([first, self.conv(second)], 1)


def kinds(graph):
    return [operation.kind for operation in graph.operations]


def places(graph):
    return [(operation.inputs, operation.output) for operation in graph.operations]


def test_the_operations_of_an_inverted_residual_in_their_order():
    graph = record(InvertedResidual(8, 8), (8, 6, 5))
    expected = ["convolution", "native_batch_norm", "hardtanh"] * 2 + ["convolution", "native_batch_norm", "add"]
    assert kinds(graph) == expected
    modules = [operation.module for operation in graph.operations]
    assert modules[:3] == ["conv.0.0", "conv.0.1", "conv.0.2"]
    assert modules[-3:] == ["conv.2", "conv.3", ""]
    assert graph.operations[-1].inputs[0] == 0
    assert graph.shapes[0] == (8, 6, 5)
    assert set(graph.shapes) == {(8, 6, 5), (48, 6, 5)}


def test_a_chain_reads_what_was_written_before():
    graph = record(InvertedResidual(8, 12, 2), (8, 6, 5))
    written = 0
    for operation in graph.operations:
        assert operation.inputs == (written,)
        written = operation.output
    assert graph.shapes[written] == (12, 3, 3)


def test_reused_and_functional_activations_are_seen():
    graph = record(Reusing(), (3, 2, 2))
    assert kinds(graph) == ["convolution", "relu", "relu", "relu", "relu"]
    assert [operation.module for operation in graph.operations] == ["conv", "", "", "relu", "relu"]
    assert places(graph) == [((k,), k + 1) for k in range(5)]


def test_views_are_no_operations():
    graph = record(Viewing(), (3, 2, 2))
    assert kinds(graph)[-1] == "addmm"
    assert set(kinds(graph)) <= {"addmm", "clone", "_reshape_copy"}  # flattening a permuted tensor copies it
    assert graph.shapes[-1] == (5,)
    flat = record(nn.Sequential(nn.Flatten(), nn.Unflatten(1, (4, 3)), nn.Flatten(), nn.Linear(12, 2)), (3, 2, 2))
    assert kinds(flat) == ["addmm"]
    assert places(flat) == [((0,), 1)]


def test_padding_is_no_operation():
    graph = record(ConvNorm(3, 4, 3, 2, padding="same", activation="linear"), (3, 6, 6))
    assert kinds(graph) == ["convolution", "native_batch_norm"]
    assert graph.shapes == ((3, 6, 6), (4, 3, 3), (4, 3, 3))


def test_parts_of_a_tensor_are_that_tensor():
    graph = record(Splitting(), (4, 2, 2))
    assert kinds(graph) == ["convolution", "cat"]
    assert places(graph) == [((0,), 1), ((0, 1), 2)]
    assert graph.shapes == ((4, 2, 2), (3, 2, 2), (5, 2, 2))


def test_work_in_place_writes_into_the_tensor_that_it_reads_first():
    graph = record(Rewriting(), (3, 2, 2))
    assert kinds(graph) == ["convolution", "convolution", "relu", "add", "add", "relu", "add"]
    assert places(graph) == [((0,), 1), ((0,), 2), ((1,), 1), ((1,), 1), ((1, 2), 1), ((1,), 1), ((1, 1), 3)]
    assert graph.shapes == ((3, 2, 2), (4, 2, 2), (4, 2, 2), (4, 2, 2))


def test_a_dense_block_reads_all_maps_before():
    graph = record(DenseBlock(2, 1, 3, 0), (2, 4, 4))
    joins = [operation for operation in graph.operations if operation.kind == "cat"]
    new = [operation.output for operation in graph.operations if operation.kind == "convolution"]
    assert [operation.inputs for operation in joins] == [(0,), (0, *new[:1]), (0, *new[:2]), (0, *new)]
    assert [graph.shapes[operation.output][0] for operation in joins] == [2, 3, 4, 5]


def test_a_gate_reads_the_tensor_that_it_weighs():
    graph = record(InvertedResidualV3(8, 12), (8, 4, 4))
    [weighing] = [operation for operation in graph.operations if operation.kind == "mul"]
    assert [graph.shapes[tensor] for tensor in weighing.inputs] == [(48, 4, 4), (48, 1, 1)]
    assert {"mean", "hardsigmoid"} <= set(kinds(graph))
    assert sum(weighing.inputs[0] in operation.inputs for operation in graph.operations) == 2


@EVERY
def test_there_are_as_many_convolutions_as_modules_and_every_tensor_is_made_once_before_it_is_read(name):
    block = BLOCKS[name](8, 12, 2)
    graph = record(block, (8, 6, 6))
    named = {key for key, module in block.named_modules() if isinstance(module, nn.Conv2d)}
    assert Counter(operation.module for operation in graph.operations if operation.kind == "convolution") == Counter(named)
    known = {0}
    for operation in graph.operations:
        assert set(operation.inputs) <= known
        known.add(operation.output)
    assert known == set(range(len(graph.shapes)))
    assert set(graph.modules) == {key for key, _ in block.named_modules()}
    assert all(operation.module in graph.modules for operation in graph.operations)


@EVERY
def test_the_recorded_output_has_the_shape_of_the_output(name):
    block = BLOCKS[name](8, 12, 2)
    graph = record(block, (8, 7, 6))
    assert (1, *graph.shapes[graph.operations[-1].output]) == block(torch.zeros(2, 8, 7, 6))[:1].shape


@pytest.mark.parametrize(
    ("module", "pointwise"),
    [(activation_module(name), True) for name in ACTIVATIONS if name != "linear"]
    + [(nn.BatchNorm2d(4), True), (nn.Mish(), True), (nn.Hardsigmoid(), True), (nn.ReLU6(inplace=True), True)]
    + [(nn.Conv2d(4, 4, 1), False), (nn.AvgPool2d(1), False), (nn.Softmax(1), False), (nn.AdaptiveAvgPool2d(1), False)],
)
def test_an_operation_is_pointwise_where_each_value_changes_by_itself(module, pointwise):
    assert [operation.pointwise for operation in record(module, (4, 2, 2)).operations] == [pointwise]


def test_macs_are_those_counted_by_hand():
    assert record(nn.Conv2d(3, 4, 3, padding=1), (3, 5, 6)).macs == 9 * 3 * 4 * 30
    assert record(nn.Conv2d(4, 4, 3, 2, 1, groups=2), (4, 5, 6)).macs == 9 * 2 * 4 * 9
    assert record(Viewing(), (3, 2, 2)).macs == 12 * 5
    assert record(Reusing(), (3, 2, 2)).macs == 3 * 4 * 4
    assert record(InvertedResidual(8, 12, 2, 3), (8, 6, 6)).macs == 8 * 24 * 36 + 9 * 24 * 9 + 24 * 12 * 9
    assert record(Transition(8, 4), (8, 6, 6)).macs == 8 * 4 * 36
    assert record(nn.BatchNorm2d(3), (3, 5, 5)).macs == 0
    gated = record(InvertedResidualV3(8, 12), (8, 5, 5)).macs
    assert gated == 25 * (8 * 48 + 9 * 48 + 48 * 12) + 2 * 48 * 16


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("make", [*BLOCKS.values(), lambda *_: mobilenet_v2(width_mult=0.1, classes=3), lambda *_: Rewriting()])
def test_a_network_that_was_recorded_is_what_it_was(make, training):
    network = make(8, 8).train(training)
    network_modes = [module.training for module in network.modules()]
    weights = copy.deepcopy(network.state_dict())
    identities = {key: (id(value), value.device, value.requires_grad) for key, value in network.named_parameters()}
    hooks = [[dict(getattr(module, kind)) for kind in HOOKS] for module in network.modules()]
    record(network, (8 if hasattr(network, "inp") else 3, 32, 32))
    assert [module.training for module in network.modules()] == network_modes
    assert all(torch.equal(value, weights[key]) for key, value in network.state_dict().items())
    assert {key: (id(value), value.device, value.requires_grad) for key, value in network.named_parameters()} == identities
    assert [[dict(getattr(module, kind)) for kind in HOOKS] for module in network.modules()] == hooks
    assert all(parameter.grad is None for parameter in network.parameters())


def test_recording_twice_gives_the_same():
    network = densenet_cifar(10, 4)
    first, second = record(network, (3, 16, 16)), record(network, (3, 16, 16))
    assert places(first) == places(second)
    assert kinds(first) == kinds(second)
    assert (first.shapes, first.macs) == (second.shapes, second.macs)


def test_a_network_is_recorded_in_evaluation_and_in_its_own_type():
    """In training a dropped branch and dropout would come and go."""
    block = ResidualBasic(8, 8, survival=1e-9).double().train()
    assert kinds(record(block, (8, 4, 4))).count("convolution") == 2
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Dropout(0.5)).half()
    assert kinds(record(network, (3, 2, 2))) == ["convolution"]


def test_an_image_may_be_far_larger_than_memory():
    side = 10**6
    graph = record(InvertedResidual(8, 8), (8, side, side))
    assert graph.macs == side**2 * 48 * (8 + 9 + 8)
    assert math.prod(graph.shapes[1]) == 48 * side**2


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((7, 5, 5), r"^InvertedResidual takes \(N, 8, H, W\), got \(1, 7, 5, 5\)"),
        ((8, 5), r"^InvertedResidual takes \(N, 8, H, W\), got \(1, 8, 5\)"),
        ((8, 0, 5), r"^InvertedResidual takes at least one image of at least 1 x 1 pixels, got \(1, 8, 0, 5\)"),
    ],
)
def test_an_image_of_another_shape_is_refused_in_the_blocks_own_words(shape, message):
    with pytest.raises(ValueError, match=message):
        record(InvertedResidual(8, 8), shape)


def test_after_a_refused_image_the_block_can_be_recorded():
    block = InvertedResidual(8, 8)
    with pytest.raises(ValueError, match="takes"):
        record(block, (7, 5, 5))
    assert len(record(block, (8, 5, 5)).operations) == 9
    assert not torch.utils._python_dispatch._get_current_dispatch_mode_stack()


class Halves(nn.Module):
    """Half of the channels go through a convolution."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 1)

    def forward(self, x):
        first, second = x.chunk(2, 1)
        return torch.cat([first, self.conv(second)], 1)


def test_all_parts_of_a_tensor_are_followed():
    graph = record(Halves(), (4, 3, 3))
    assert [(operation.kind, operation.inputs) for operation in graph.operations] == [("convolution", (0,)), ("cat", (0, 1))]


def test_a_module_without_parameters_can_be_recorded():
    assert kinds(record(nn.ReLU(), (1, 2, 2))) == ["relu"]
