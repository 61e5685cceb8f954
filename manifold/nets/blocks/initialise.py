"""Weights as before any training."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from manifold.checks import check_kind, check_rng
from manifold.nets.blocks.layers import Network


def initialise(block: Network, *, rng: np.random.Generator) -> Network:
    """Draw the block's weights anew, in place, as before any training.

    Convolutions are Gaussian of variance 2 / fan-out, the fan-out within a group (He et al. 2015, arXiv 1502.01852, equation
    14), fully connected layers Gaussian of standard deviation 0.01, offsets 0, batch norms as new.

    Parameters
    ----------
    block : Module
    rng : numpy.random.Generator

    Returns
    -------
    Module
        The same block.
    """
    check_kind(block, "block", nn.Module)
    check_rng(rng)
    with torch.no_grad():
        for module in block.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.weight.copy_(torch.from_numpy(rng.normal(0.0, _deviation(module), tuple(module.weight.shape))))
                if module.bias is not None:
                    module.bias.zero_()
    return block


def _deviation(layer: nn.Conv2d | nn.Linear) -> float:
    """Standard deviation of a layer's new weights."""
    if isinstance(layer, nn.Linear):
        return 0.01
    fan_out = layer.weight[0, 0].numel() * layer.out_channels // layer.groups
    return float(np.sqrt(2.0 / fan_out))


def take_statistics(network: Network, images: Tensor) -> Network:
    """Let every batch norm take the mean and variance of these images, in place, as in the first step of a training.

    A network as it was initialised has means of 0 and variances of 1 instead, and in evaluation norms nothing.

    Parameters
    ----------
    network : Module
    images : Tensor
        One batch of what the network takes.

    Returns
    -------
    Module
        The same network; nothing but the norms' means and variances has changed.
    """
    check_kind(network, "network", nn.Module)
    check_kind(images, "images", Tensor)
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    modes = [(module, module.training) for module in network.modules()]
    momenta = [norm.momentum for norm in norms]
    network.eval()
    try:
        for norm in norms:
            norm.train().momentum = 1.0
        with torch.no_grad():
            network(images)
    finally:
        for module, training in modes:
            module.training = training
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
    return network
