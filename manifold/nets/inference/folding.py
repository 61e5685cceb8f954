"""A copy made for inference: batch norms folded into convolutions, activations written over what they read."""

from __future__ import annotations

import copy
import operator
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.fx import Graph, Node, Tracer
from torch.fx.proxy import TraceError
from torch.nn.utils.fusion import fuse_conv_bn_eval

from manifold.checks import fault, one_line
from manifold.nets.blocks.layers import Network, SameConv2d
from manifold.nets.cost.formula import check_module

_CONVOLUTIONS = (nn.Conv2d, SameConv2d)
_FRESH_LAYERS = (*_CONVOLUTIONS, nn.BatchNorm2d, nn.Linear)
_FRESH_FUNCTIONS = (operator.add, operator.mul, torch.cat)
"""What these return is new memory, which no one else holds."""

_UNTRACEABLE = (TraceError, TypeError, RuntimeError, AttributeError, NameError, ValueError, LookupError, AssertionError)


def fold_norms(network: Network) -> Network:
    """A copy in evaluation mode that computes the same in less time. It is made to run, not to be looked at.

    Its convolutions do the work of the batch norms behind them: with running mean m, variance v, scale g and offset b, weights
    w become w g / sqrt(v + eps), and the convolution gets the offset b - m g / sqrt(v + eps). A batch norm before its
    convolution, as in DenseNet's first of each layer, stays, and so do layers of classes of your own, layers with hooks, and
    those whose weights are read elsewhere. An activation writes over the values that it reads where nothing else reads them, so
    that a hook in the copy may find them changed.

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
    TypeError, ValueError
        If it is no network, cannot be copied, or torch.fx cannot trace it.
    """
    original = check_module(network)
    try:
        network = copy.deepcopy(network).eval()
    except (RuntimeError, TypeError, ValueError) as error:
        raise _refusal("{type_name} cannot be copied, and so not folded: {error}", original, error) from None
    graph = _trace(network)
    calls = _calls(graph)
    folded = [name for name, nodes in calls.items() if _fold(network, name, nodes, calls, graph)]
    for name, nodes in calls.items():
        if all(_is_free(network, node.all_input_nodes[0]) for node in nodes):
            work_in_place(network.get_submodule(name))
    if folded:
        _trace(network)  # which refuses a batch norm that the network still finds, as in a list beside its parts
    return network


def _fold(network: nn.Module, name: str, nodes: list[Node], calls: dict[str, list[Node]], graph: Graph) -> bool:
    """Let the convolution before the layer of that name do its work too, if that is safe, and say so."""
    norm, source = network.get_submodule(name), nodes[0].all_input_nodes[0]
    path = str(source.target)
    if source.op != "call_module" or not len(nodes) == len(calls.get(path, ())) == len(source.users) == 1:
        return False
    convolution = network.get_submodule(path)
    if not (isinstance(convolution, nn.Conv2d) and type(convolution) in _CONVOLUTIONS and type(norm) is nn.BatchNorm2d):
        return False  # what computes something else than its parent
    changed = [network.get_submodule(part) for part in _parts(name) ^ _parts(path)]
    read = {id(operator.attrgetter(str(node.target))(network)) for node in graph.nodes if node.op == "get_attr"}
    own = {id(tensor) for layer in (convolution, norm) for tensor in (*layer.parameters(), *layer.buffers())}
    if norm.running_mean is None or norm.training or own & read or not all(map(_is_plain, changed)):
        return False
    fused = fuse_conv_bn_eval(convolution, norm)
    convolution.weight, convolution.bias = fused.weight, fused.bias
    for other, module in list(network.named_modules(remove_duplicate=False)):
        if module is norm:
            network.set_submodule(other, nn.Identity())
    return True


def _parts(path: str) -> set[str]:
    """The path, and those of all modules that this one is inside of."""
    names = path.split(".")
    return {".".join(names[: k + 1]) for k in range(len(names))}


def _is_plain(module: nn.Module) -> bool:
    """Whether a module has no hooks and computes what its class says."""
    return not (module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module))


def work_in_place(layer: nn.Module) -> nn.Module:
    """Let an activation of torch write over what it reads, if it has that form; any other module stays as it is."""
    if hasattr(layer, "inplace") and type(layer).__module__.startswith("torch.nn."):
        setattr(layer, "inplace", True)  # noqa: B010 - the type of a module does not know it
    return layer


class _LayerTracer(Tracer):
    """Follows an image down to the modules without parts, past all hooks."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return next(m.children(), None) is None or super().is_leaf_module(m, module_qualified_name)

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return super().call_module(m, m.forward, args, kwargs)


def _trace(network: nn.Module) -> Graph:
    try:
        return _LayerTracer().trace(network)
    except _UNTRACEABLE as error:
        raise _refusal("{type_name} cannot be traced by torch.fx, and so not folded: {error}", network, error) from None


def _calls(graph: Graph) -> dict[str, list[Node]]:
    """The calls of every module without parts, by its path."""
    calls = defaultdict(list)
    for node in graph.nodes:
        if node.op == "call_module" and node.all_input_nodes:
            calls[str(node.target)].append(node)
    return dict(calls)


def _refusal(sentence: str, network: nn.Module, error: object = "") -> ValueError:
    return fault(ValueError, sentence, type_name=type(network).__name__, error=one_line(error))


def _is_free(network: nn.Module, node: Node) -> bool:
    """Whether what a node returns is new memory that only the next one reads."""
    if len(node.users) != 1:
        return False
    if node.op != "call_module":
        return node.target in _FRESH_FUNCTIONS
    layer = network.get_submodule(str(node.target))
    if not _is_plain(layer):
        return False
    if type(layer) in (nn.Identity, nn.Dropout):  # returns what it was given
        return _is_free(network, node.all_input_nodes[0])
    return type(layer) in _FRESH_LAYERS
