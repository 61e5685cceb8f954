"""The published networks by name."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

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
