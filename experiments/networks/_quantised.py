"""What gets integers in an experiment on them, and what that does to answers."""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor, nn

from manifold.nets.compression.quantise import Quantised, quantise


class Arm(NamedTuple):
    """What gets integers.

    `what` is "activations" or "weights"; `part` of the layers is "activated" (those that read what an activation gave),
    "bottleneck" (those that read what a linear bottleneck gave, and shortcuts), "depthwise", "others", or "all"; `per` is of
    weights.
    """

    what: str
    part: str
    per: str = "channel"


ARMS = {
    "activated": Arm("activations", "activated"),
    "bottleneck": Arm("activations", "bottleneck"),
    "activations": Arm("activations", "all"),
    "channel": Arm("weights", "all"),
    "tensor": Arm("weights", "all", "tensor"),
    "depthwise": Arm("weights", "depthwise", "tensor"),
    "others": Arm("weights", "others", "tensor"),
}


def parts(network: nn.Module, images: Tensor) -> dict[str, list[str]]:
    """Paths of the layers of every part. What a layer reads came from an activation if it is never below 0."""
    layers = quantise(network, images, weights=None).layers
    first = layers[0].path  # which reads pictures
    signed = {each.path for each in layers if each.levels is not None and each.levels.zero > 0}
    named = [each for each in layers if each.path != first]
    return {
        "activated": [each.path for each in named if each.path not in signed],
        "bottleneck": [each.path for each in named if each.path in signed],
        "depthwise": [each.path for each in layers if each.kind == "depthwise"],
        "others": [each.path for each in layers if each.kind not in ("depthwise", "shortcut")],
        "all": [each.path for each in layers],
    }


def with_integers(network: nn.Module, images: Tensor, arm: str, bits: int, sites: dict[str, list[str]]) -> Quantised:
    """The network of an arm; `images` calibrate it."""
    what, part, per = ARMS[arm]
    chosen: dict[str, Any] = {"weights": None, "activations": None, what: bits, "per": per, "sites": sites[part]}
    return quantise(network, images, **chosen)
