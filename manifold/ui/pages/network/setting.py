"""What the page Real network depends on: which network, which views of which picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from manifold import PHOTOGRAPHS, Views, picture_views, random_stream, read_picture
from manifold.clouds.picture_files import Pixels
from manifold.nets import NETWORKS, initialise, take_statistics
from manifold.ui.upload import Upload

TRAINED = "efficientnet_lite0"
"""The network whose trained weights come with a package."""

_PART = 54  # views that set the norms of random weights


@dataclass(frozen=True)
class NetworkSetting:
    """All that the page depends on, but for what is only looked at.

    Attributes
    ----------
    network : str
        A name in `NETWORKS`.
    weights : str
        Of the network that is looked at: "trained" or "random".
    photo : str
        A name in `PHOTOGRAPHS`, or of the visitor's file.
    own : Upload or None
        That file.
    kind : str
        A name in `VIEWS`.
    count, size : int
        Number of views, and pixels of a side.
    seed, draw : int
        Which views and random weights, see `manifold.random_stream`.
    """

    network: str
    weights: str
    photo: str
    own: Upload | None
    kind: str
    count: int
    size: int
    seed: int
    draw: int

    @property
    def arms(self) -> tuple[str, ...]:
        """The network that is looked at, and the one it is held against, where there is one."""
        if self.network != TRAINED:
            return ("random",)
        return (self.weights, "random" if self.weights == "trained" else "trained")

    def pixels(self) -> Pixels:
        """The picture (H, W, 3)."""
        if self.own is None:
            return PHOTOGRAPHS[self.photo]()
        return read_picture(self.own.file(), name=self.own.name)

    def views(self, count: int | None = None) -> Views:
        """The views, or the first few of them."""
        rng = random_stream(self.seed, self.draw)
        return picture_views(self.pixels(), kind=self.kind, count=count or self.count, size=self.size, rng=rng)

    def model(self, arm: str, images: Tensor) -> nn.Module:
        """The network with the weights of an arm; some of the images set the norms of random ones."""
        if arm == "trained":
            return NETWORKS[self.network](weights="imagenet").eval()
        drawn = initialise(NETWORKS[self.network](), rng=random_stream(self.seed, self.draw, 1)).eval()
        return take_statistics(drawn, images[:: -(-len(images) // _PART)])

    def of(self, arm: str) -> NetworkSetting:
        """The same with the weights of an arm."""
        return replace(self, weights=arm)


def as_images(views: Views) -> Tensor:
    """Views as the network takes them, (N, 3, size, size)."""
    return torch.from_numpy(views.points.astype(np.float32)).reshape(-1, *views.shape)
