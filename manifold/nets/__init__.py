"""Blocks and networks of the papers in torch, weight-compatible with the published files."""

from manifold.nets.dense import (
    DenseBlock,
    DenseLayer,
    DenseNet,
    Transition,
    densenet121,
    densenet169,
    densenet201,
    densenet_cifar,
)
from manifold.nets.layers import ConvNorm, SqueezeExcite, stochastic_depth
from manifold.nets.mobilenet import MobileNet, efficientnet_lite0, mobilenet_v2, mobilenet_v3_large, mobilenet_v3_small
from manifold.nets.residual import PlainPair, ReducedBranch, ResidualBasic, ResidualBottleneck
from manifold.nets.separable import DepthwiseSeparable, InvertedResidual, InvertedResidualV3, Sandglass

__all__ = [
    "ConvNorm",
    "DenseBlock",
    "DenseLayer",
    "DenseNet",
    "DepthwiseSeparable",
    "InvertedResidual",
    "InvertedResidualV3",
    "MobileNet",
    "PlainPair",
    "ReducedBranch",
    "ResidualBasic",
    "ResidualBottleneck",
    "Sandglass",
    "SqueezeExcite",
    "Transition",
    "densenet121",
    "densenet169",
    "densenet201",
    "densenet_cifar",
    "efficientnet_lite0",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "stochastic_depth",
]
