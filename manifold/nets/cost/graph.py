"""What a network does to one image, recorded while it runs: its operations in order, and what each reads and writes."""

from __future__ import annotations

import copy
import functools
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from manifold.results import Result

_UNTAGGED = {"native_batch_norm", "hardswish"}
"""Pointwise operations that lack torch's own tag."""


@dataclass(frozen=True, eq=False, repr=False)
class Operation(Result):
    """One operation.

    Attributes
    ----------
    kind : str
        torch's name of it: "convolution", "relu6", "add" ...
    module : str
        Path of the innermost module that called it, "" for the network itself.
    inputs : tuple of int
        Tensors it reads, by their index in `Graph.shapes`; weights are left out.
    output : int
        The tensor it writes.
    pointwise : bool
        Whether it changes each value by itself: an activation, a sum, batch norm.
    """

    kind: str
    module: str
    inputs: tuple[int, ...]
    output: int
    pointwise: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Graph(Result):
    """A network's operations on one image.

    Attributes
    ----------
    operations : tuple of Operation
        In the order in which they ran.
    shapes : tuple of tuple of int
        Shape (channels, height, width) or (channels,) of every tensor; the first is the image, the last written the output.
    modules : dict
        The modules by path, as they were run.
    macs : int
        Multiplications with additions in convolutions and fully connected layers: half of what `torch.utils.flop_counter`
        counts.
    """

    operations: tuple[Operation, ...]
    shapes: tuple[tuple[int, ...], ...]
    modules: dict[str, nn.Module]
    macs: int


def record(network: nn.Module, shape: tuple[int, int, int]) -> Graph:
    """Run a copy of the network, in evaluation mode and without numbers, on one image of `shape` (channels, height, width).

    Views, padding and work in place write into the tensor that they read. ValueError or TypeError where the network refuses the
    image.
    """
    network = copy.deepcopy(network).eval().to("meta")
    dtype = next((parameter.dtype for parameter in network.parameters()), torch.float32)
    image = torch.empty(1, *shape, device="meta", dtype=dtype)
    recorder, counter = _Recorder(network, image), FlopCounterMode(display=False)
    with torch.no_grad(), counter, recorder:
        network(image)
    shapes = tuple(tuple(tensor.shape[1:]) for tensor in recorder.tensors)
    return Graph(tuple(recorder.operations), shapes, dict(network.named_modules()), counter.get_total_flops() // 2)


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes down every operation on tensors that descend from the image."""

    def __init__(self, network: nn.Module, image: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.tensors: list[Tensor] = [image]
        self.index = {id(image): 0}  # in `tensors`, of a tensor and of all views of it
        self.outputs: list[Tensor] = []  # held, so that no identity is used twice
        self.operations: list[Operation] = []
        self.path: list[str] = [""]
        for name, module in network.named_modules():
            module.register_forward_pre_hook(functools.partial(self._enter, name))
            module.register_forward_hook(self._leave)

    def _enter(self, name: str, *call: object) -> None:
        self.path.append(name)

    def _leave(self, *call: object) -> None:
        self.path.pop()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        read = [self.index[id(leaf)] for leaf in tree_leaves((args, kwargs)) if id(leaf) in self.index]
        if read:
            self._note(func, read, [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)])
        return output

    def _note(self, func: Any, read: list[int], outputs: list[Tensor]) -> None:
        kind = func.overloadpacket.__name__
        self.outputs += outputs
        if func.is_view or kind in ("constant_pad_nd", "_unsafe_view", "expand"):
            self.index |= {id(view): read[0] for view in outputs}
            return
        written = outputs[0]
        index = read[0] if func._schema.is_mutable else len(self.tensors)
        if index == len(self.tensors):
            self.tensors.append(written)
        self.index[id(written)] = index
        kind = kind.rstrip("_")
        pointwise = torch.Tag.pointwise in func.tags or kind in _UNTAGGED
        self.operations.append(Operation(kind, self.path[-1], tuple(read), index, pointwise))
