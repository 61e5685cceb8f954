"""Weights as before any training."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from manifold.checks import check_kind, check_rng
from manifold.nets.blocks.layers import Network


def initialise(block: Network, *, rng: np.random.Generator) -> Network:
    """Draw the block's weights anew, in place, as before any training.

    Convolutions are Gaussian of variance 2 / fan-out, the fan-out within a group (He et al. 2015, arXiv 1502.01852, equation
    14), offsets 0, batch norms as new.

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
            if isinstance(module, nn.Conv2d):
                fan_out = module.weight[0, 0].numel() * module.out_channels // module.groups
                drawn = rng.normal(0.0, np.sqrt(2.0 / fan_out), tuple(module.weight.shape))
                module.weight.copy_(torch.from_numpy(drawn))
                if module.bias is not None:
                    module.bias.zero_()
    return block
