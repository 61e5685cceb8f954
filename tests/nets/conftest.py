"""Weights, inputs and reference outputs that anyone can rebuild, and torch's generator from a seed."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def one_thread():
    """Tensors are small here, and threads that wait for each other on a busy machine take longer than the work."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def golden():
    """Function: what other implementations compute, by the name of the file."""
    return lambda name: json.loads((GOLDEN / f"{name}.json").read_text())


@pytest.fixture
def noise():
    """Function: float64 tensor number `place` of `shape`, mean 0 and variance 1, the same on every machine.

    s = sin(12.9898 (i + 1) + 78.233 (place + 1)) 43758.5453 at flat position i, and (2 (s - floor(s)) - 1) sqrt(3).
    """
    return _noise


def _noise(place, shape):
    s = np.sin(12.9898 * np.arange(1, math.prod(shape) + 1) + 78.233 * (place + 1)) * 43758.5453
    return torch.from_numpy(((2 * (s - np.floor(s)) - 1) * math.sqrt(3)).reshape(shape))


@pytest.fixture
def fill():
    """Function: the module with noise for weights, rounded to its own type, then in float64 and in evaluation mode."""

    def fill(module):
        module.load_state_dict(filled(module.state_dict()))
        return module.double().eval()

    return fill


@pytest.fixture
def fill_state():
    """Function: a state_dict with the same names, filled with noise."""
    return filled


def filled(state):
    """Variances 1 + |noise| / 2, kernels noise sqrt(2 / elements per output), other weights 1 + noise / 10, else noise / 10."""
    floats = [key for key, value in state.items() if value.is_floating_point()]
    full = dict(state)
    for place, key in enumerate(floats):
        values, shape = _noise(place, state[key].shape), state[key].shape
        if key.endswith("running_var"):
            values = 1 + values.abs() / 2
        elif len(shape) > 1:
            values = values * math.sqrt(2 / math.prod(shape[1:]))
        elif key.endswith("weight"):
            values = 1 + values / 10
        else:
            values = values / 10
        full[key] = values.to(state[key].dtype)
    return full


@pytest.fixture
def seed():
    """Function: torch's own generator begins anew from a seed; after the test it goes on as if there had been none."""
    with torch.random.fork_rng(devices=[]):
        yield lambda number: torch.set_rng_state(torch.Generator().manual_seed(number).get_state())
