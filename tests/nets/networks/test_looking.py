"""Whoever looks into a network sees the values that stood there, in whatever way they look."""

import functools

import pytest
import torch
import torch.fx
from torch import nn

from manifold.nets import densenet121, mobilenet_v2

NETWORKS = pytest.mark.parametrize("make", [functools.partial(make, classes=3) for make in (mobilenet_v2, densenet121)])


class Store:
    """What was seen of tensors at one moment: the values then, and the same memory, to be read later."""

    def __init__(self):
        self.then, self.later = [], []

    def __call__(self, output):
        self.then.append(output.detach().clone())
        self.later.append(output.detach())


class StoringNorm(nn.BatchNorm2d):
    """A batch norm that stores what it returns."""

    def forward(self, x):
        output = super().forward(x)
        self.store(output)
        return output


class Storing(torch.fx.Interpreter):
    """Runs a traced network and stores what its batch norms return."""

    def __init__(self, traced, store):
        super().__init__(traced)
        self.store = store

    def call_module(self, target, args, kwargs):
        output = super().call_module(target, args, kwargs)
        if isinstance(self.fetch_attr(target), nn.BatchNorm2d):
            self.store(output)
        return output


def norms(network):
    return [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]


def by_hooks(network, store):
    for norm in norms(network):
        norm.register_forward_hook(lambda norm, arguments, output: store(output))
    return network


def by_replacing_forward(network, store):
    def watched(forward, x):
        output = forward(x)
        store(output)
        return output

    for norm in norms(network):
        norm.forward = functools.partial(watched, norm.forward)
    return network


def by_subclass(network, store):
    for norm in norms(network):
        norm.__class__, norm.store = StoringNorm, store
    return network


def by_torch_fx(network, store):
    return Storing(torch.fx.symbolic_trace(network), store).run


def by_patching_the_class(network, store):
    def patched(image):
        with pytest.MonkeyPatch.context() as patch:
            forward = nn.BatchNorm2d.forward
            patch.setattr(nn.BatchNorm2d, "forward", lambda norm, x: storing(forward(norm, x)))
            return network(image)

    def storing(output):
        store(output)
        return output

    return patched


@NETWORKS
@pytest.mark.parametrize("look", [by_hooks, by_replacing_forward, by_subclass, by_torch_fx, by_patching_the_class])
def test_what_was_stored_before_an_activation_is_what_stood_there(make, look, fill, noise):
    """With both signs, as a batch norm leaves them, and the logits are those of a network that nobody looks into."""
    network, image, store = fill(make()), noise(1, (1, 3, 64, 64)), Store()
    count = len(norms(network))
    with torch.no_grad():
        expected = network(image)
        assert torch.equal(look(network, store)(image), expected)
    assert len(store.later) == count
    assert all(map(torch.equal, store.later, store.then))
    assert all(values.min() < 0 for values in store.later)
