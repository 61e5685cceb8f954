"""A copy made for inference: batch norms folded into convolutions, activations written over what they read."""

from __future__ import annotations

import copy
import operator
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.fx import Node, Tracer
from torch.fx.proxy import TraceError
from torch.nn.utils.fusion import fuse_conv_bn_eval

from manifold.checks import fault
from manifold.nets.blocks.layers import Network

_FRESH_LAYERS = (nn.Conv2d, nn.BatchNorm2d, nn.Linear)
_FRESH_FUNCTIONS = (operator.add, operator.mul, torch.cat)
"""What these return is new memory, which no one else holds."""


def fold_norms(network: Network) -> Network:
    """A copy in evaluation mode that computes the same in less time. It is made to run, not to be looked at.

    Its convolutions do the work of the batch norms behind them: with running mean m, variance v, scale g and offset b, weights
    w become w g / sqrt(v + eps), and the convolution gets the offset b - m g / sqrt(v + eps). A batch norm before its
    convolution, as in DenseNet's first of each layer, stays. An activation writes over the values that it reads where nothing
    else reads them, so that a hook in the copy may find them changed.

    Parameters
    ----------
    network : Module
        That torch.fx can trace, as it can all blocks and networks of this package.

    Returns
    -------
    Module
        Of the same class.

    Raises
    ------
    ValueError
        If torch.fx cannot trace it.
    """
    network = copy.deepcopy(network).eval()
    calls = _trace_calls(network)
    for name, nodes in calls.items():
        norm, source = network.get_submodule(name), nodes[0].all_input_nodes[0]
        convolution = network.get_submodule(str(source.target)) if source.op == "call_module" else None
        once = len(nodes) == len(calls.get(source.target, ())) == len(source.users) == 1
        if once and isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d) and norm.running_mean is not None:
            network.set_submodule(str(source.target), fuse_conv_bn_eval(convolution, norm))
            network.set_submodule(name, nn.Identity())
    for name, nodes in calls.items():
        if all(_is_free(network, node.all_input_nodes[0]) for node in nodes):
            work_in_place(network.get_submodule(name))
    return network


def work_in_place(layer: nn.Module) -> nn.Module:
    """Let an activation write over what it reads, if torch has it in that form; any other module stays as it is."""
    if hasattr(layer, "inplace"):
        setattr(layer, "inplace", True)  # noqa: B010 - the type of a module does not know it
    return layer


class _LayerTracer(Tracer):
    """Follows an image down to the modules without parts, past all hooks."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return next(m.children(), None) is None or super().is_leaf_module(m, module_qualified_name)

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return super().call_module(m, m.forward, args, kwargs)


def _trace_calls(network: nn.Module) -> dict[Any, list[Node]]:
    """The calls of every module without parts, by its path."""
    try:
        graph = _LayerTracer().trace(network)
    except (TraceError, TypeError, RuntimeError) as error:
        raise fault(
            ValueError,
            "{type_name} cannot be traced by torch.fx, and so not folded: {error}",
            type_name=type(network).__name__,
            error=error,
        ) from None
    calls = defaultdict(list)
    for node in graph.nodes:
        if node.op == "call_module" and node.all_input_nodes:
            calls[node.target].append(node)
    return dict(calls)


def _is_free(network: nn.Module, node: Node) -> bool:
    """Whether what a node returns is new memory that only the next one reads."""
    if len(node.users) != 1:
        return False
    if node.op != "call_module":
        return node.target in _FRESH_FUNCTIONS
    layer = network.get_submodule(str(node.target))
    if isinstance(layer, nn.Identity | nn.Dropout):  # returns what it was given
        return _is_free(network, node.all_input_nodes[0])
    return isinstance(layer, _FRESH_LAYERS)
