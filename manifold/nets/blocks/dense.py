"""DenseNet: layers that read all that came before them and add a little (Huang et al. 2017, arXiv 1608.06993)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from manifold._validation import check_count
from manifold.nets.blocks.layers import (
    Block,
    Chain,
    check_images,
    check_share,
    check_survival,
    conv,
    inner_channels,
    run,
    stochastic_depth,
)
from manifold.nets.networks.weights import Weights, load_weights


class DenseLayer(Block):
    """H of the paper, the maps that one layer adds: BN, ReLU, 1x1 to expand_ratio oup, BN, ReLU, 3x3 to oup.

    (N, inp, H, W) -> (N, oup, H, W). Section 3, "Bottleneck layers"; with expand_ratio 0 the plain form BN, ReLU, 3x3.

    Parameters
    ----------
    inp, oup : int
        Maps that are there, and maps that are added: oup is the growth rate k.
    expand_ratio : int, default=4
        Width of the 1x1 in units of `oup`; 0 leaves it out.
    survival : float, default=1.0
        Probability that the layer takes part in a mini-batch of training; left out, its maps are 0. See `stochastic_depth`.
    """

    def __init__(self, inp: int, oup: int, expand_ratio: int = 4, *, survival: float = 1.0) -> None:
        super().__init__(inp, oup, survival=check_survival(survival, shortcut=True))
        inner = check_count(expand_ratio, "expand_ratio", minimum=0) * oup
        self.survival, self.inner = survival, inner
        self.norm1, self.relu1 = nn.BatchNorm2d(inp), nn.ReLU()
        self.conv1 = conv(inp, inner) if inner else conv(inp, oup, 3)
        if inner:
            self.norm2, self.relu2, self.conv2 = nn.BatchNorm2d(inner), nn.ReLU(), conv(inner, oup, 3)

    def rename_older(self, state: dict[str, Tensor], prefix: str) -> None:
        """Names of published files, norm.1, relu.1, conv.1."""
        for key in [key for key in state if key.startswith(prefix)]:
            state[prefix + re.sub(r"^(norm|conv)\.([12])\.", r"\1\2.", key.removeprefix(prefix))] = state.pop(key)

    def branch(self, x: Tensor) -> Tensor:
        """H(x)."""
        return run(tuple(self.children()), x)

    def forward(self, x: Tensor) -> Tensor:
        """The new maps alone."""
        new = stochastic_depth(self.branch, x, survival=self.survival, training=self.training)
        return new.expand(len(x), self.oup, *x.shape[2:])


class DenseBlock(Block):
    """Dense layers in a row, each reading all maps before it: (N, inp, H, W) -> (N, inp + layers growth, H, W).

    Equation 2: x_l = H_l([x_0, ..., x_(l-1)]).

    Parameters
    ----------
    inp, growth : int
        Maps that come in, and maps that each layer adds.
    layers : int
    expand_ratio : int, default=4
    survival : float, default=1.0
        Both of every layer, see `DenseLayer`.
    """

    def __init__(self, inp: int, growth: int, layers: int, expand_ratio: int = 4, *, survival: float = 1.0) -> None:
        layers = check_count(layers, "layers", minimum=1)
        super().__init__(inp, inp + layers * check_count(growth, "growth", minimum=1))
        self.growth = growth
        for place in range(layers):
            layer = DenseLayer(inp + place * growth, growth, expand_ratio, survival=survival)
            self.add_module(f"denselayer{place + 1}", layer)

    def forward(self, x: Tensor) -> Tensor:
        """Everything that came in, and everything that was added."""
        maps = [x]
        for layer in self.children():
            maps.append(layer(torch.cat(maps, 1)))
        return torch.cat(maps, 1)


class Transition(Block):
    """Between dense blocks: BN, ReLU, 1x1, average of 2x2. (N, inp, H, W) -> (N, oup, H // stride, W // stride).

    Section 3, "Pooling layers".

    Parameters
    ----------
    inp, oup : int
        The paper's -C nets keep oup = inp // 2.
    stride : {1, 2}, default=2
        Side of the squares that are averaged; at 1 none are.
    """

    def __init__(self, inp: int, oup: int, stride: int = 2) -> None:
        super().__init__(inp, oup, stride)
        self.norm, self.relu = nn.BatchNorm2d(inp), nn.ReLU()
        self.conv, self.pool = conv(inp, oup), nn.AvgPool2d(stride) if stride > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Fewer maps, half the height and width."""
        return run((self.norm, self.relu, self.conv, self.pool), x)


class DenseStage(Block):
    """A dense block and the transition behind it, so that it has as many channels out as asked for.

    (N, inp, H, W) -> (N, oup, H // stride, W // stride). Huang et al. 2017 (DenseNet), arXiv 1608.06993, Figure 2.

    Parameters
    ----------
    inp, oup : int
    stride : {1, 2}, default=1
    expand_ratio : float, default=1/4
        Growth rate in units of `inp`.
    layers : int, default=4
    """

    def __init__(self, inp: int, oup: int, stride: int = 1, expand_ratio: float = 1 / 4, *, layers: int = 4) -> None:
        super().__init__(inp, oup, stride)
        self.dense = DenseBlock(inp, inner_channels(inp, expand_ratio), layers)
        self.transition = Transition(self.dense.oup, oup, stride)

    def forward(self, x: Tensor) -> Tensor:
        """All maps, then fewer."""
        return self.transition(self.dense(x))  # type: ignore[no-any-return]


class DenseNet(nn.Module):
    """Dense blocks with transitions between them: (N, 3, H, W) -> (N, classes).

    Table 1 for ImageNet (a 7x7 stem that divides height and width by 4), section 3 for CIFAR (a 3x3 stem).

    Parameters
    ----------
    layers : sequence of int
        Layers of each block.
    growth : int
        Growth rate k.
    stem : int
        Channels of the first convolution.
    expand_ratio : int, default=4
        See `DenseLayer`; 0 for nets without -B.
    compression : float, default=0.5
        theta: the share of maps that a transition keeps; 1 for nets without -C.
    imagenet : bool, default=True
        Which stem.
    classes : int, default=1000
    survival : float, default=1.0
        Of every layer, see `DenseLayer`.
    """

    def __init__(
        self,
        layers: Sequence[int],
        growth: int,
        stem: int,
        *,
        expand_ratio: int = 4,
        compression: float = 0.5,
        imagenet: bool = True,
        classes: int = 1000,
        survival: float = 1.0,
    ) -> None:
        super().__init__()
        check_share(compression, "compression")
        if not layers:
            raise ValueError("layers must name at least one block, got none")
        self.smallest = 2 ** (len(layers) - 1) * (4 if imagenet else 1)
        self.features = Chain()
        if imagenet:
            self.features.conv0, self.features.norm0 = nn.Conv2d(3, stem, 7, 2, 3, bias=False), nn.BatchNorm2d(stem)
            self.features.relu0, self.features.pool0 = nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        else:
            self.features.conv0 = conv(3, stem, 3)
        channels = stem
        for place, count in enumerate(layers, 1):
            block = DenseBlock(channels, growth, count, expand_ratio, survival=survival)
            self.features.add_module(f"denseblock{place}", block)
            channels = block.oup
            if place < len(layers):
                kept = int(compression * channels)
                self.features.add_module(f"transition{place}", Transition(channels, kept))
                channels = kept
        self.features.add_module("norm5", nn.BatchNorm2d(channels))
        self.relu, self.avgpool = nn.ReLU(), nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(channels, check_count(classes, "classes", minimum=1))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        check_images(x, self, channels=3, smallest=self.smallest)
        maps = self.relu(self.features(x))  # (N, C, h, w)
        return self.classifier(self.avgpool(maps).flatten(1))  # type: ignore[no-any-return]


def densenet121(*, classes: int = 1000, weights: Weights = None) -> DenseNet:
    """DenseNet-121 of Table 1, 7,978,856 parameters at 1000 classes; `weights` as for `load_weights`."""
    return _imagenet_densenet((6, 12, 24, 16), classes, weights, "densenet121-a639ec97.pth")


def densenet169(*, classes: int = 1000, weights: Weights = None) -> DenseNet:
    """DenseNet-169 of Table 1, 14,149,480 parameters at 1000 classes; `weights` as for `load_weights`."""
    return _imagenet_densenet((6, 12, 32, 32), classes, weights, "densenet169-b2777c0a.pth")


def densenet201(*, classes: int = 1000, weights: Weights = None) -> DenseNet:
    """DenseNet-201 of Table 1, 20,013,928 parameters at 1000 classes; `weights` as for `load_weights`."""
    return _imagenet_densenet((6, 12, 48, 32), classes, weights, "densenet201-c1103571.pth")


def _imagenet_densenet(layers: Sequence[int], classes: int, weights: Weights, published: str) -> DenseNet:
    network = DenseNet(layers, 32, 64, classes=classes)
    return load_weights(network, weights, published=published)


def densenet_cifar(
    depth: int, growth: int, *, compressed: bool = False, classes: int = 10, weights: str | Path | None = None
) -> DenseNet:
    """The nets of Table 2 for images of 32 x 32: three equal blocks, `depth` counting the first convolution and the classifier.

    Parameters
    ----------
    depth : int
        L: three times the layers of a block plus 4; with `compressed`, where a layer is two convolutions, six times plus 4.
    growth : int
        k.
    compressed : bool, default=False
        The -BC form: 1x1 convolutions to 4k, transitions keep half, first convolution to 2k channels instead of 16.
    classes : int, default=10
    weights : str or Path, optional
        A file of weights, as for `load_weights`.

    Raises
    ------
    ValueError
        If `depth` does not fit.
    """
    per_layer = 6 if compressed else 3
    layers, rest = divmod(check_count(depth, "depth", minimum=per_layer + 4) - 4, per_layer)
    if rest:
        raise ValueError(f"depth must be {per_layer} times the layers of a block plus 4, got {depth}; write {depth - rest}")
    check_count(growth, "growth", minimum=1)
    if compressed:
        network = DenseNet([layers] * 3, growth, 2 * growth, imagenet=False, classes=classes)
    else:
        network = DenseNet([layers] * 3, growth, 16, expand_ratio=0, compression=1.0, imagenet=False, classes=classes)
    return load_weights(network, weights)
