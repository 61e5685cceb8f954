"""What the page Real network depends on: which network, which views of which picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from manifold import PHOTOGRAPHS, Views, picture_views, random_stream, read_picture
from manifold.clouds.picture_files import Pixels
from manifold.nets import NETWORKS, initialise, load_network, take_statistics
from manifold.ui.upload import Upload

TRAINED = "efficientnet_lite0"
"""The network whose trained weights come with a package."""

UNIT = (127.0, 128.0)
IMAGENET = (115.0, 58.0)
"""What is taken from the values of pixels, and what they are divided by: for `TRAINED`; about, for what torchvision trained."""

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
    checkpoint : Upload or None
        The visitor's file of weights, which then are the trained ones.
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
    checkpoint: Upload | None
    kind: str
    count: int
    size: int
    seed: int
    draw: int

    @property
    def arms(self) -> tuple[str, ...]:
        """The network that is looked at, and the one it is held against, where there is one."""
        if self.network != TRAINED and self.checkpoint is None:
            return ("random",)
        return (self.weights, "random" if self.weights == "trained" else "trained")

    def pixels(self) -> Pixels:
        """The picture (H, W, 3)."""
        if self.own is None:
            return PHOTOGRAPHS[self.photo]()
        return read_picture(self.own.file(), name=self.own.name)

    @property
    def scaling(self) -> dict[str, float]:
        """How pixels go in: as the network's published weights take them."""
        mean, scale = UNIT if self.network == TRAINED or self.checkpoint is None else IMAGENET
        return {"mean": mean, "scale": scale}

    def views(self, mean: float, scale: float) -> Views:
        """The views, as the network takes them."""
        rng = random_stream(self.seed, self.draw)
        kind, count, size = self.kind, self.count, self.size
        return picture_views(self.pixels(), kind=kind, count=count, size=size, mean=mean, scale=scale, rng=rng)

    def model(self, arm: str, images: Tensor) -> nn.Module:
        """The network with the weights of an arm; some of the images set the norms of random ones."""
        if arm == "trained" and self.checkpoint is not None:
            return load_network(self.network, self.checkpoint.file())
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
