"""A model, and torch's random numbers, left as they were, whatever was run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn


@contextmanager
def left_unchanged(model: nn.Module, *, seed: int) -> Iterator[list[str]]:
    """Run without gradients and from `seed`; put back weights, buffers, modes, hooks and attributes of every module.

    Yields a list that names, once the context is over, what weights and buffers had changed. What torch compiles runs as it was
    written, for as long as the context lasts.
    """
    values = {name: _copy(tensor) for name, tensor in _tensors(model)}
    before = [(table, dict(table)) for table in _tables(model)]
    devices = {tensor.device for _, tensor in _tensors(model) if tensor.device.type != "cpu"}
    changed: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng([device for device in devices if device.type == "cuda"]))
        stack.enter_context(torch.no_grad())
        if "torch._dynamo" in sys.modules:  # without which nothing is compiled
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        stack.callback(_put_back, model, before, values, changed)
        _seed(devices, seed)
        yield changed


def _seed(devices: set[torch.device], seed: int) -> None:
    torch.set_rng_state(torch.Generator().manual_seed(seed).get_state())
    for device in devices:
        if device.type == "cuda":
            torch.cuda.set_rng_state(torch.Generator(device).manual_seed(seed).get_state(), device)


def _put_back(
    model: nn.Module, before: list[tuple[dict[str, Any], dict[str, Any]]], values: dict[str, Tensor], changed: list[str]
) -> None:
    for table, entries in before:
        if _identities(table) != _identities(entries):  # else others may run the model at this moment
            table.clear()
            table.update(entries)
    for name, tensor in _tensors(model):
        if not _same(tensor, values[name]):
            tensor.copy_(values[name])
            changed.append(name)


def _tables(model: nn.Module) -> Iterator[dict[str, Any]]:
    """Attributes of every module, and its tables of parts, weights, buffers and hooks; of scripted ones there are none."""
    for module in model.modules():
        if not isinstance(module, torch.jit.ScriptModule):
            yield vars(module)
            yield from (table for table in vars(module).values() if isinstance(table, dict))


def _identities(table: dict[str, Any]) -> list[tuple[str, int]]:
    return [(name, id(entry)) for name, entry in table.items()]


def _tensors(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Weights and buffers by name, each once."""
    yield from model.named_parameters()
    yield from model.named_buffers()


def _copy(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True)


def _same(tensor: Tensor, value: Tensor) -> bool:
    """Whether all entries are the same; NaN is the same as NaN."""
    now = tensor.detach().to("cpu")
    return torch.equal(now, value) or bool(((now == value) | ((now != now) & (value != value))).all())
