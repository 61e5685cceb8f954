"""From a photograph to what a network takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from manifold.checks import fault


def prepare_image(image: ArrayLike, *, size: int = 224, mean: float = 127.0, scale: float = 128.0) -> Tensor:
    """A photograph's centre square, resized by bicubic interpolation, as (value - mean) / scale.

    Parameters
    ----------
    image : array-like of uint8, shape (H, W, 3)
        Red, green, blue from 0 to 255, as `sklearn.datasets.load_sample_image` or Pillow give it.
    size : int, default=224
        Height and width, in pixels.
    mean, scale : float, default=127, 128
        What `efficientnet_lite0` was trained with.

    Returns
    -------
    Tensor of shape (1, 3, size, size)

    Raises
    ------
    ValueError
        If it is not such an array.
    """
    from PIL import Image

    pixels: Any = np.asarray(image)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise fault(
            ValueError,
            "image must be uint8 of shape (H, W, 3), got {dtype} of shape {shape}",
            dtype=pixels.dtype,
            shape=pixels.shape,
        )
    height, width, _ = pixels.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(pixels[top : top + side, left : left + side])
    resized = np.array(square.resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32)
    return (torch.from_numpy(resized).permute(2, 0, 1)[None] - mean) / scale
