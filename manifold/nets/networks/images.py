"""From a photograph to what a network takes."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from manifold.checks import check_count, check_number
from manifold.clouds.picture_files import check_pixels

LARGEST = 8192
"""Pixels to a side of what a photograph is resized to."""


def prepare_image(image: ArrayLike, *, size: int = 224, mean: float = 127.0, scale: float = 128.0) -> Tensor:
    """A photograph's centre square, resized by bicubic interpolation, as (value - mean) / scale.

    Parameters
    ----------
    image : array-like of uint8, shape (H, W, 3)
        Red, green, blue from 0 to 255, as `sklearn.datasets.load_sample_image` or Pillow give it.
    size : int, default=224
        Height and width, in pixels, at most `LARGEST`.
    mean, scale : float, default=127, 128
        What `efficientnet_lite0` was trained with; the scale is positive.

    Returns
    -------
    Tensor of shape (1, 3, size, size)

    Raises
    ------
    TypeError, ValueError
        If it is not such an array, has no pixels or a mask, or a number is not finite or beyond its bounds.
    """
    from PIL import Image

    check_count(size, "size", minimum=1, maximum=LARGEST)
    check_number(mean, "mean")
    check_number(scale, "scale", above=0.0)
    pixels = check_pixels(image)
    height, width, _ = pixels.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(pixels[top : top + side, left : left + side])
    resized = np.array(square.resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32)
    return (torch.from_numpy(resized).permute(2, 0, 1)[None] - mean) / scale
