"""Which calls count as activations, with which interval, and what each makes of rows of channels."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from manifold import ACTIVATIONS
from manifold.nets.blocks.layers import activation_module
from manifold.nets.probing.sites import SiteWatch

INF = np.inf
CALLS = {
    "relu": (lambda z: functional.relu(z), 0.0, INF),
    "relu ": (lambda z: z.relu_(), 0.0, INF),
    "relu  ": (lambda z: torch.relu_(z), 0.0, INF),
    "relu6": (lambda z: functional.relu6(z, inplace=True), 0.0, 6.0),
    "relu6 ": (lambda z: nn.ReLU6(inplace=True)(z), 0.0, 6.0),
    "relu6  ": (lambda z: functional.hardtanh(z, 0.0, 6.0), 0.0, 6.0),
    "hardtanh": (lambda z: functional.hardtanh_(z), -1.0, 1.0),
    "hardtanh ": (lambda z: functional.hardtanh(z, max_val=0.5), -1.0, 0.5),
    "clamp": (lambda z: torch.clamp(z, 0.1, 0.7), 0.1, 0.7),
    "clamp ": (lambda z: z.clamp_(max=0.7), -INF, 0.7),
    "clamp  ": (lambda z: z.clamp(min=torch.tensor(0.3)), 0.3, INF),
    "clamp   ": (lambda z: z.clamp_min(0), 0.0, INF),
    "clamp    ": (lambda z: torch.clip(z, max=2), -INF, 2.0),
    "threshold": (lambda z: functional.threshold(z, 0.2, -1.0), 0.2, INF),
    "threshold ": (lambda z: nn.Threshold(0.2, -1.0, inplace=True)(z), 0.2, INF),
    "leaky_relu": (lambda z: functional.leaky_relu_(z, 0.2), -INF, INF),
    "sigmoid": (lambda z: torch.special.expit(z), -INF, INF),
    "sigmoid ": (lambda z: z.sigmoid_(), -INF, INF),
    "logsigmoid": (lambda z: functional.logsigmoid(z), -INF, INF),
    "softplus": (lambda z: functional.softplus(z, 2.0, 10.0), -INF, INF),
    "hardsigmoid": (lambda z: functional.hardsigmoid(z, inplace=True), -3.0, 3.0),
    "mish": (lambda z: functional.mish(z), 0.0, INF),
    "prelu": (lambda z: functional.prelu(z, torch.tensor([0.1, 0.2, 0.3])), -INF, INF),
    "gelu": (lambda z: functional.gelu(z, approximate="tanh"), 0.0, INF),
}


def heard(call, z):
    """Operation and a copy of the pre-activations of every activation in a call."""
    notes = []
    with (
        torch.no_grad(),
        SiteWatch(nn.Identity(), lambda site, operation, value, origin: notes.append((operation, value.clone()))),
    ):
        result = call(z)
    return notes, result


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_heard_before_it_acts_with_its_interval_and_can_be_repeated(name):
    call, low, high = CALLS[name]
    z = 3.0 * torch.randn(50, 3)
    before = z.clone()
    [(operation, seen)], result = heard(call, z)
    assert (operation.name, operation.low, operation.high) == (name.strip(), pytest.approx(low), pytest.approx(high))
    assert torch.equal(seen, before)
    assert torch.equal(operation.function(before), result)
    assert torch.equal(seen, before)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "linear"])
def test_every_activation_with_a_module_is_heard_with_its_own_interval(name):
    [(operation, _)], _ = heard(activation_module(name), torch.randn(5, 3))
    assert operation.name == name
    assert (operation.low, operation.high) == (ACTIVATIONS[name].low, ACTIVATIONS[name].high)


@pytest.mark.parametrize(
    "call",
    [
        lambda z: torch.softmax(z, -1),
        lambda z: z.clamp(torch.zeros(3), torch.ones(3)),
        lambda z: torch.relu(torch.arange(3)),
        lambda z: torch.relu(nn.Parameter(z)),
        lambda z: torch.relu(torch.tensor(1.0)),
        lambda z: z.abs() + z.exp(),
    ],
)
def test_what_acts_on_no_channel_alone_or_on_no_data_is_not(call):
    assert heard(call, torch.randn(4, 3))[0] == []
