"""Networks measured by running them: what they return, what needs numbers, and what must not be run along."""

import warnings
from dataclasses import replace

import pytest
import torch
import torch.fx
from torch import nn
from torch.nn.utils import prune
from torch.utils._pytree import tree_map

from manifold.nets import BLOCKS, InvertedResidual, densenet_cifar, measure_cost, mobilenet_v2, record


class Returning(nn.Module):
    """Returns what a function makes of its one convolution."""

    def __init__(self, make):
        super().__init__()
        self.conv, self.make = nn.Conv2d(3, 4, 1), make

    def forward(self, x):
        return self.make(self.conv(x))


@pytest.mark.parametrize(
    "network",
    [
        nn.Identity(),
        nn.Sequential(nn.Conv2d(3, 4, 1), nn.Flatten()),
        nn.Sequential(nn.Conv2d(3, 4, 1), nn.Flatten(2), nn.LSTM(16, 3, batch_first=True)),
        nn.MaxPool2d(2, return_indices=True),
        Returning(lambda y: {"maps": y, "heads": [y.mean((2, 3)), (y.flatten(1), y[:, :2])]}),
        Returning(lambda y: (y, None, 3)),
        Returning(lambda y: y.mean((1, 2, 3))),
        Returning(lambda y: torch.var_mean(y, 1)[1]),
        Returning(torch.ones_like),
    ],
)
def test_the_output_is_what_the_network_returns(network):
    returned = network(torch.zeros(1, 3, 4, 4))
    shapes = tree_map(lambda leaf: tuple(leaf.shape[1:]) if isinstance(leaf, torch.Tensor) else leaf, returned)
    assert measure_cost(network, (3, 4, 4)).output == shapes


def test_after_flatten_of_a_64_vector():
    assert measure_cost(nn.Flatten(), (4, 4, 4)).output == (64,)
    assert measure_cost(nn.Flatten(0), (4, 4, 4)).output == (64,)  # without a batch there is none to leave out


class Halves(nn.Conv2d):
    """Halves of an image as a batch of two."""

    def forward(self, x):
        return super().forward(torch.cat(x.chunk(2, 2)))


def test_a_batch_of_parts_counts_whole():
    """48 values as two halves, then 3 to 4 channels on both."""
    cost = measure_cost(Halves(3, 4, 1), (3, 4, 4))
    assert (cost.memory, cost.output) == (48 + 64, (2, 4, 2, 4))


def test_what_is_returned_stays_alive():
    """On 16 pixels 3 channels become 4, kept, then 4 more and 4 more: 12 at once."""

    class Keeping(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.third = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)

        def forward(self, x):
            y = self.first(x)
            z = self.third(self.second(y))
            return (y, z) if self.both else z

    network = Keeping()
    for network.both, memory in [(False, 16 * (4 + 4)), (True, 16 * (4 + 4 + 4))]:
        assert measure_cost(network, (3, 4, 4)).memory == memory


def test_all_that_an_operation_makes_is_followed():
    graph = record(Returning(lambda y: torch.relu(torch.var_mean(y, 1)[1])), (3, 4, 4))
    kinds_and_places = [(operation.kind, operation.inputs, operation.output) for operation in graph.operations]
    assert kinds_and_places == [("convolution", (0,), 1), ("var_mean", (1,), 2), ("relu", (2,), 3)]


def test_what_returns_no_tensor_is_refused():
    with pytest.raises(TypeError, match=r"^Returning returned an object of type dict, which holds no tensor$"):
        measure_cost(Returning(lambda y: {"sides": 3}), (3, 4, 4))


class Ramp(nn.Sequential):
    """Takes a tensor of its own making beside the image."""

    def forward(self, x):
        return super().forward(x * torch.linspace(1.0, 2.0, x.shape[-1]))


class Choosing(nn.Sequential):
    def forward(self, x):
        return super().forward(x) if x.mean() >= 0 else x


def old_weight_norm(layer):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch has a newer one
        return nn.utils.weight_norm(layer)


def scripted(make):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch has a successor
        return make()


LAYERS = [nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 1)]


@pytest.mark.parametrize(
    ("network", "more"),
    [
        (Ramp(*LAYERS), 0),
        (Choosing(*LAYERS), 0),
        (nn.Sequential(old_weight_norm(nn.Conv2d(3, 4, 3)), *LAYERS[1:]), 4),
        (nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), *LAYERS[1:]), 4),
        (nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(affine=False), nn.ReLU(), nn.LazyConv2d(5, 1)), 0),
        (scripted(lambda: torch.jit.script(nn.Sequential(*LAYERS))), 0),
        (scripted(lambda: torch.jit.trace(nn.Sequential(*LAYERS), torch.zeros(1, 3, 8, 8))), 0),
        (torch.fx.symbolic_trace(nn.Sequential(*LAYERS)), 0),
        (prune.l1_unstructured(nn.Conv2d(3, 4, 3), "weight", 5), None),
    ],
    ids=["ramp", "choosing", "weight norm", "parametrized", "lazy", "scripted", "traced", "fx", "pruned"],
)
def test_networks_that_need_numbers_are_run_with_numbers(network, more):
    """A 3 x 3 convolution to 4 channels leaves 6 x 6 of 8 x 8 places; weight norm adds a length for each channel."""
    state, before = torch.get_rng_state(), list(network.state_dict())
    cost = measure_cost(network, (3, 8, 8))
    expected = measure_cost(nn.Sequential(*(LAYERS[:1] if more is None else LAYERS)), (3, 8, 8))
    assert cost == replace(expected, parameters=expected.parameters + (more or 0), memory=max(expected.memory, cost.memory))
    assert cost.memory <= expected.memory + 3 * 64 * isinstance(network, Ramp)  # the product stands beside the image
    assert torch.equal(torch.get_rng_state(), state)
    assert list(network.state_dict()) == before


@pytest.mark.parametrize("make", [*BLOCKS.values(), lambda *_: mobilenet_v2(width_mult=0.1), lambda *_: densenet_cifar(10, 4)])
def test_numbers_change_no_cost(make):
    block = make(8, 8)
    shape = (getattr(block, "inp", 3), 32, 32)
    assert measure_cost(Choosing(block), shape) == measure_cost(block, shape)


def test_numbers_are_not_made_of_an_image_that_is_too_large():
    message = r"^Choosing needs numbers \(.+\), and an image of \(3, 10000, 10000\) is too large for that; take a smaller one$"
    with pytest.raises(ValueError, match=message):
        measure_cost(Choosing(*LAYERS), (3, 10_000, 10_000))


def test_what_torch_refuses_is_told_in_one_line():
    with pytest.raises(ValueError, match=r"^Conv2d does not run on an image of \(4, 8, 8\): Given groups=1, .*$"):
        measure_cost(LAYERS[0], (4, 8, 8))


def test_hooks_are_neither_called_nor_copied():
    """Of a bound method a copy would take the object that it is bound to."""

    class Recording:
        def __init__(self):
            self.calls = []

        def note(self, *call):
            self.calls.append(call)

        def __deepcopy__(self, memo):
            raise RuntimeError("copied")

    network, recording = nn.Sequential(InvertedResidual(8, 8), Choosing(nn.Conv2d(8, 3, 1))), Recording()
    expected = measure_cost(network, (8, 4, 4))
    for module in network.modules():
        module.register_forward_hook(recording.note)
        module.register_forward_pre_hook(recording.note)
        module.register_forward_hook(lambda module, arguments, output: output * 2, always_call=True)
    assert measure_cost(network, (8, 4, 4)) == expected
    assert not recording.calls
    network(torch.zeros(1, 8, 4, 4))
    assert recording.calls
