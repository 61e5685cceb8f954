"""What a network does to one image, recorded while it runs: its operations in order, and what each reads and writes."""

from __future__ import annotations

import copy
import functools
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, is_lazy
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.flop_counter import FlopCounterMode

from manifold.checks import fault, one_line
from manifold.nets.cost.formula import check_module, check_shape
from manifold.results import Result

_UNTAGGED = {"native_batch_norm", "hardswish"}
"""Pointwise operations that lack torch's own tag."""

LARGEST = 2**24
"""Values of an image up to which a network is run on numbers."""


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
    output : tuple of int
        Shape of what the network returns; where it returns a dict, tuple or list, this is one too, of shapes.
    returned : tuple of int
        Tensors that it returns, or returns a view of.
    """

    operations: tuple[Operation, ...]
    shapes: tuple[tuple[int, ...], ...]
    modules: dict[str, nn.Module]
    macs: int
    output: Any = None
    returned: tuple[int, ...] = ()


def record(network: nn.Module, shape: tuple[int, int, int]) -> Graph:
    """Run a copy of the network, in evaluation mode and without hooks, on one image of `shape` (channels, height, width).

    It runs without numbers where shapes alone tell what happens; else, as with a choice that depends on the image, on noise
    between 0 and 1 of at most `LARGEST` values. Views, padding and work in place write into the tensor that they read.

    Raises
    ------
    TypeError, ValueError
        Where the network refuses the image, returns no tensor, or needs numbers of too large an image.
    """
    shape = check_shape(shape)  # type: ignore[assignment]
    name = type(check_module(network)).__name__
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        try:
            return _run(network, torch.empty(1, *shape, device="meta"))
        except (RuntimeError, TypeError, AssertionError, IndexError) as error:
            if math.prod(shape) > LARGEST:
                sentence = "{name} needs numbers ({error}), and an image of {shape} is too large for that; take a smaller one"
                raise fault(ValueError, sentence, name=name, shape=shape, error=one_line(error)) from None
        try:
            return _run(network, torch.rand(1, *shape, generator=torch.Generator().manual_seed(0)))
        except RuntimeError as error:
            sentence = "{name} does not run on an image of {shape}: {error}"
            raise fault(ValueError, sentence, name=name, shape=shape, error=one_line(error)) from None


def _run(network: nn.Module, image: Tensor) -> Graph:
    """`record` on this image, on its device."""
    network = _copy_without_hooks(network).eval().to(image.device)
    floats = (parameter.dtype for parameter in network.parameters() if parameter.is_floating_point())
    image = image.to(next(floats, torch.float32))
    recorder, counter = _Recorder(network, image), FlopCounterMode(display=False)
    with counter, recorder:
        output = network(image)
    returned = [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)]
    if not returned:
        sentence = "{name} returned an object of type {type_name}, which holds no tensor"
        raise fault(TypeError, sentence, name=type(network).__name__, type_name=type(output).__name__)
    return Graph(
        tuple(recorder.operations),
        tuple(map(_without_batch, recorder.tensors)),
        dict(network.named_modules()),
        counter.get_total_flops() // 2,
        tree_map_only(Tensor, _without_batch, output),
        tuple(recorder.index[id(tensor)] for tensor in returned if id(tensor) in recorder.index),
    )


def _copy_without_hooks(network: nn.Module) -> nn.Module:
    """A copy with those hooks alone with which torch makes its own layers work, as for `weight_norm` and lazy ones.

    What torch itself cannot copy, values that have a history or no shape yet, is made anew.
    """
    memo: dict[int, Any] = {id(buffer): UninitializedBuffer() for buffer in network.buffers() if is_lazy(buffer)}
    for module in network.modules():
        memo |= {id(hooks): type(hooks)() for hooks in (module._forward_hooks, module._forward_pre_hooks)}
        made = [value for value in vars(module).values() if isinstance(value, Tensor) and not value.is_leaf]
        memo |= {id(value): value.detach().clone() for value in made}
    twin = copy.deepcopy(network, memo)
    for module, other in zip(network.modules(), twin.modules(), strict=True):
        hooks = module._forward_pre_hooks.items()
        own = {key: hook for key, hook in hooks if str(getattr(hook, "__module__", "")).startswith("torch.")}
        other._forward_pre_hooks.update(copy.deepcopy(own, memo))
    return twin


def _without_batch(tensor: Tensor) -> tuple[int, ...]:
    """The shape for one image; of what has lost its first axis, or has another there, the whole shape."""
    return tuple(tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape)


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
            if isinstance(module, torch.jit.ScriptModule):
                continue  # takes no hooks
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
        if not outputs:
            return  # a number, read from a tensor
        if func.is_view or kind in ("constant_pad_nd", "_unsafe_view", "expand"):
            self.index |= {id(view): read[0] for view in outputs}
            return
        written = outputs[0]
        index = read[0] if func._schema.is_mutable else len(self.tensors)
        if index == len(self.tensors):
            self.tensors.append(written)
        self.index |= {id(tensor): index for tensor in outputs}  # what comes beside the first is counted with it
        kind = kind.rstrip("_")
        pointwise = torch.Tag.pointwise in func.tags or kind in _UNTAGGED
        self.operations.append(Operation(kind, self.path[-1], tuple(read), index, pointwise))
