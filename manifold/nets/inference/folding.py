"""Batch norm folded into the convolution before it, for faster evaluation."""

from __future__ import annotations

import copy
import itertools

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from manifold.nets.blocks.layers import Network


def fold_norms(network: Network) -> Network:
    """A copy in evaluation mode whose convolutions do the work of the batch norms behind them.

    With running mean m, variance v, scale g and offset b, w becomes w g / sqrt(v + eps) and the convolution gets the offset
    b - m g / sqrt(v + eps). For blocks and networks of this package, whose children stand in the order in which they run. A
    batch norm before its convolution, as in DenseNet's first of each layer, stays.
    """
    network = copy.deepcopy(network).eval()
    for parent in network.modules():
        for (name, first), (next_name, second) in itertools.pairwise(list(parent.named_children())):
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(first, second))
                setattr(parent, next_name, nn.Identity())
    return network
