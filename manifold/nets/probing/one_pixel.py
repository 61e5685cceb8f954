"""A block for images of one pixel, in float64: every layer as what it does to a row of channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from manifold.checks import Floats
from manifold.nets.blocks.initialise import take_statistics


def reduce_to_pixel(block: nn.Module, images: Tensor, *, normalise: bool) -> None:
    """Change the block so that it does to images (N, n, 1, 1) what it did, point by point and twice differentiable.

    With `normalise` its batch norms first take the mean and variance of these images.
    """
    block.requires_grad_(requires_grad=False)
    _replace(block, nn.Conv2d, PixelConv)
    _replace(block, nn.Hardsigmoid, _Hardsigmoid)
    _replace(block, nn.AvgPool2d, lambda _: nn.Identity())  # the mean of a pixel
    if normalise:
        take_statistics(block, images)
    _replace(block, nn.BatchNorm2d, AffineNorm)


def as_images(channels: Floats) -> Tensor:
    """Rows (N, n) as images (N, n, 1, 1)."""
    return torch.from_numpy(np.ascontiguousarray(channels))[:, :, None, None]


class PixelConv(nn.Module):
    """What a convolution does to one pixel (N, n, 1, 1): its middle weights, as one product for all points.

    For float64 images of one pixel torch itself goes through them one by one, and through every channel of a depthwise
    convolution.
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.like = convolution
        rows, columns = (side // 2 for side in convolution.kernel_size)
        middle = convolution.weight[:, :, rows, columns]
        self.middle = middle.reshape(convolution.groups, -1, middle.shape[1])  # (groups, out, in)

    def forward(self, x: Tensor) -> Tensor:
        """(N, n) to (N, m), as images."""
        grouped = x.reshape(len(x), self.like.groups, -1)
        y = torch.einsum("ngi,goi->ngo", grouped, self.middle).flatten(1)
        y = y if self.like.bias is None else y + self.like.bias
        return y[:, :, None, None]


class _Hardsigmoid(nn.Module):
    """relu6(z + 3) / 6, of which torch has the second derivative that `block_recovery` asks for."""

    def __init__(self, like: nn.Hardsigmoid) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        """From 0 to 1."""
        return functional.relu6(x + 3.0) / 6.0


class AffineNorm(nn.Module):
    """What a batch norm with settled statistics does."""

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        if norm.running_mean is None or norm.running_var is None:
            raise ValueError("a batch norm without running statistics cannot be evaluated point by point")
        self.num_features = norm.num_features
        self.scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps))[:, None, None]
        self.shift = norm.bias[:, None, None] - norm.running_mean[:, None, None] * self.scale

    def forward(self, x: Tensor) -> Tensor:
        """Every channel scaled and shifted."""
        return x * self.scale + self.shift


def _replace(block: nn.Module, kind: type[nn.Module], make: Callable[[Any], nn.Module]) -> None:
    """Replace every layer of a kind by `make(layer)`."""
    for parent in list(block.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, kind):
                setattr(parent, name, make(layer))
