"""The published networks by name, and with the weights of a file."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from manifold.checks import fault
from manifold.nets.networks.checkpoints import Source, find_weights
from manifold.nets.networks.densenet import densenet121, densenet169, densenet201
from manifold.nets.networks.mobilenet import efficientnet_lite0, mobilenet_v2, mobilenet_v3_large, mobilenet_v3_small
from manifold.registry import Registry

NETWORKS: Registry[Callable[..., nn.Module]] = Registry("network")

for _make in (
    mobilenet_v2,
    mobilenet_v3_small,
    mobilenet_v3_large,
    efficientnet_lite0,
    densenet121,
    densenet169,
    densenet201,
):
    NETWORKS.add(_make.__name__, _make)

_MOST_CLASSES = 22_000  # about as many as the whole of ImageNet has


def load_network(name: str, weights: Source) -> nn.Module:
    """A network in evaluation mode with the weights of a file, and as many classes as these tell apart.

    Parameters
    ----------
    name : str
        In `NETWORKS`.
    weights : str, Path, binary file or mapping
        See `load_weights`, also for the errors. The last matrix has a row for each class.

    Returns
    -------
    Module
    """
    make = NETWORKS[name]
    state, source = find_weights(weights)
    matrices = [tensor for tensor in state.values() if tensor.ndim == 2]
    classes = len(matrices[-1]) if matrices else 1000
    if not 0 < classes <= _MOST_CLASSES:
        sentence = "{source} does not fit: its last matrix has {classes} rows, for classes, of which there may be 1 to {most}"
        raise fault(ValueError, sentence, source=source, classes=classes, most=_MOST_CLASSES)
    return make(classes=classes, weights=weights).eval()
