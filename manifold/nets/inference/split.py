"""MobileNetV2's block with a fraction of the memory: its inner channels a slice at a time (arXiv 1801.04381, section 5.1)."""

from __future__ import annotations

import itertools
import math

import torch.fx
from torch import Tensor, nn
from torch.nn import functional

from manifold.checks import check_count, check_kind, fault
from manifold.nets.blocks.block import check_images
from manifold.nets.blocks.layers import SameConv2d, activation_module, pad_same
from manifold.nets.blocks.separable import InvertedResidual
from manifold.nets.cost.formula import check_shape
from manifold.nets.inference.folding import fold_norms, work_in_place

torch.fx.wrap("pad_same")  # one step in this module too


class SplitInvertedResidual(nn.Module):
    """An inverted residual in evaluation, F(x) = sum_i A_i N B_i x over `slices` parts of its inner channels.

    (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)). Between the bottlenecks no channel reads another, so that
    the parts can be computed one after the other and added: the same output and MACs, and of the wide tensors only one part at
    a time. Batch norm is folded into the convolutions.

    Parameters
    ----------
    block : InvertedResidual
        Its weights are copied. The shortcut between expansions has no such form.
    slices : int
        From 1 to the number of inner channels.

    Raises
    ------
    ValueError
        If there are more slices than channels, or the block has its shortcut between expansions, hooks inside, or norms that
        cannot be folded.
    """

    def __init__(self, block: InvertedResidual, slices: int) -> None:
        super().__init__()
        check_kind(block, "block", InvertedResidual)
        if block.adds_expansion:
            raise ValueError("a block with shortcut='expansion' cannot be split; use 'bottleneck' or 'none'")
        if check_count(slices, "slices", minimum=1) > block.inner:
            raise fault(
                ValueError,
                "slices must be <= the block's {inner} inner channels, got {slices}",
                inner=block.inner,
                slices=slices,
            )
        convolutions = [layer for layer in fold_norms(block).modules() if isinstance(layer, nn.Conv2d)]
        if any(layer.bias is None for layer in convolutions):
            raise ValueError(
                "a block cannot be split while it holds hooks, or norms that `fold_norms` leaves; remove them first"
            )
        self.weights = nn.ParameterList([layer.weight for layer in convolutions])
        self.offsets = nn.ParameterList([layer.bias for layer in convolutions])
        self.kernel, self.stride = block.options["kernel"], block.stride
        self.pads_same = isinstance(block.conv[block.depthwise][0], SameConv2d)
        self.activation = work_in_place(activation_module(block.options["activation"]))
        self.bottleneck_activation = work_in_place(activation_module(block.options["bottleneck_activation"]))
        self.inp, self.adds_input, self.survival = block.inp, block.adds_input, block.survival
        self.bounds = [k * block.inner // slices for k in range(slices + 1)]

    def forward(self, x: Tensor) -> Tensor:
        """The sum over the slices, beside the shortcut where there is one."""
        check_images(x, self, channels=self.inp)
        total: Tensor = self.part(x, *self.bounds[:2])
        for start, stop in itertools.pairwise(self.bounds[1:]):
            total += self.part(x, start, stop)
        total += self.offsets[-1][:, None, None]
        total = self.bottleneck_activation(total)
        if not self.adds_input:
            return total
        return x + (total if self.survival == 1.0 else self.survival * total)

    def part(self, x: Tensor, start: int, stop: int) -> Tensor:
        """A_i N B_i x, for the inner channels from `start` to `stop`."""
        *expansion, depthwise, projection = self.weights
        if expansion:
            x = functional.conv2d(x, expansion[0][start:stop], self.offsets[0][start:stop])  # (N, stop - start, H, W)
            x = self.activation(x)
        else:
            x = x[:, start:stop]
        offset = self.offsets[-2][start:stop]
        x = pad_same(x, self.kernel, self.stride) if self.pads_same else x
        padding = 0 if self.pads_same else self.kernel // 2
        x = functional.conv2d(x, depthwise[start:stop], offset, self.stride, padding, groups=stop - start)
        return functional.conv2d(self.activation(x), projection[:, start:stop])


def split_memory(block: InvertedResidual, shape: tuple[int, int, int], slices: int) -> int:
    """M(G) of the block in slices, in values, for an image of `shape` (channels, height, width).

    The input stays until the last slice (to the end beside a shortcut), the sum from the first on, and between them one slice
    of the two inner tensors: about |in| + |out| + (|B x| + |N B x|) / slices.
    """
    check_kind(block, "block", InvertedResidual)
    check_count(slices, "slices", minimum=1, maximum=block.inner)
    image = check_shape(shape)
    pixels = math.prod(image[1:])
    pixels_out = math.prod(-(-side // block.stride) for side in image[1:])
    inp, oup, expands = math.prod(image), block.oup * pixels_out, block.inner != block.inp
    peak = 0
    for k in range(slices):
        channels = (k + 1) * block.inner // slices - k * block.inner // slices
        wide, narrow = channels * pixels * expands, channels * pixels_out
        total = oup if k else 0
        input_later = inp if k < slices - 1 or block.adds_input else 0
        expansion = inp + wide + total
        depthwise = (input_later if expands else inp) + wide + narrow + total
        peak = max(peak, expansion, depthwise, input_later + narrow + oup + total)
    return peak
