"""ResNet-26 as it is usually written: ReLU modules in place, each called three times, and a function at the end."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from manifold.nets import ConvNorm


class _Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 to four times the channels, and the shortcut: (N, inp, H, W) -> (N, 4 inner, H / stride, W / stride)."""

    def __init__(self, inp: int, inner: int, stride: int) -> None:
        super().__init__()
        self.reduce = ConvNorm(inp, inner, activation="linear")
        self.spatial = ConvNorm(inner, inner, 3, stride, activation="linear")
        self.expand = ConvNorm(inner, 4 * inner, activation="linear")
        same = stride == 1 and inp == 4 * inner
        self.shortcut = nn.Identity() if same else ConvNorm(inp, 4 * inner, 1, stride, activation="linear")
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.spatial(self.relu(self.reduce(x))))
        result: Tensor = self.relu(self.expand(y) + self.shortcut(x))
        return result


class ResNet26(nn.Module):
    """He et al. 2016, arXiv 1512.03385, two bottleneck blocks a stage: (N, 3, H, W) -> (N, classes)."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.stem = ConvNorm(3, 64, 7, 2, activation="linear")
        self.relu = nn.ReLU(inplace=True)
        widths = [(64, 64, 1), (256, 64, 1), (256, 128, 2), (512, 128, 1), (512, 256, 2), (1024, 256, 1), (1024, 512, 2)]
        self.blocks = nn.Sequential(*(_Bottleneck(*row) for row in [*widths, (2048, 512, 1)]))
        self.classifier = nn.Linear(2048, classes)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.max_pool2d(self.relu(self.stem(x)), 3, 2, 1)
        result: Tensor = self.classifier(functional.relu(self.blocks(y).mean((2, 3)), inplace=True))
        return result
