"""DenseNet: dense blocks with transitions between them (Huang et al. 2017, arXiv 1608.06993)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from manifold.checks import check_count, fault
from manifold.nets.blocks.block import check_images
from manifold.nets.blocks.dense import DenseBlock, Transition
from manifold.nets.blocks.layers import Chain, check_share, conv
from manifold.nets.cost.formula import Cost, Shape, classifier_cost
from manifold.nets.networks.weights import Weights, load_weights


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
        for number, count in enumerate(layers, 1):
            block = DenseBlock(channels, growth, count, expand_ratio, survival=survival)
            self.features.add_module(f"denseblock{number}", block)
            channels = block.oup
            if number < len(layers):
                thinned = int(compression * channels)
                self.features.add_module(f"transition{number}", Transition(channels, thinned))
                channels = thinned
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

    def cost(self, shape: Shape) -> Cost:
        """Features, their mean, classifier."""
        return classifier_cost(self.features, self.classifier, shape)


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
    depth: int, growth: int, *, compressed: bool = False, classes: int = 10, weights: Weights = None
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
    weights : str, Path or mapping, optional
        As for `load_weights`; none are published.

    Raises
    ------
    ValueError
        If `depth` does not fit.
    """
    per_layer = 6 if compressed else 3
    layers, rest = divmod(check_count(depth, "depth", minimum=per_layer + 4) - 4, per_layer)
    if rest:
        raise fault(
            ValueError,
            "depth must be {per_layer} times the layers of a block plus 4, got {depth}; write {nearest}",
            per_layer=per_layer,
            depth=depth,
            nearest=depth - rest,
        )
    check_count(growth, "growth", minimum=1)
    if compressed:
        network = DenseNet([layers] * 3, growth, 2 * growth, imagenet=False, classes=classes)
    else:
        network = DenseNet([layers] * 3, growth, 16, expand_ratio=0, compression=1.0, imagenet=False, classes=classes)
    return load_weights(network, weights)
