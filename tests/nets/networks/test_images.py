"""Photographs as a network takes them, against Pillow's own steps."""

import numpy as np
import pytest
import torch
from PIL import Image

from manifold.nets import prepare_image


@pytest.mark.parametrize(("height", "width"), [(50, 80), (81, 40), (64, 64)])
def test_the_middle_square_is_resized_and_scaled(rng, height, width):
    pixels = rng.integers(0, 256, size=(height, width, 3), dtype=np.uint8)
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    square = Image.fromarray(pixels).crop((left, top, left + side, top + side))
    expected = np.asarray(square.resize((32, 32), Image.Resampling.BICUBIC), dtype=np.float64)
    found = prepare_image(pixels, size=32, mean=100.0, scale=50.0)
    assert found.shape == (1, 3, 32, 32)
    np.testing.assert_allclose(found[0].permute(1, 2, 0), (expected - 100.0) / 50.0, atol=1e-6)


def test_the_defaults_are_those_of_the_network_that_comes_with_weights():
    white = prepare_image(np.full((10, 20, 3), 255, dtype=np.uint8))
    assert torch.equal(white, torch.ones(1, 3, 224, 224))


@pytest.mark.parametrize(
    "image", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3)), np.zeros((5, 0, 3), np.uint8)]
)
def test_what_is_no_photograph_is_refused(image):
    with pytest.raises(ValueError, match=r"image must be uint8 of shape \(H, W, 3\), got \w+ of shape \(5, "):
        prepare_image(image)


@pytest.mark.parametrize("image", [torch.ones(5, 5, 3, requires_grad=True), [[1, 2], [3]], torch.empty(5, 5, 3, device="meta")])
def test_what_is_no_array_is_refused(image):
    with pytest.raises(TypeError, match=r"^image must be an array of uint8 .*, which NumPy makes of no \w+ like this$"):
        prepare_image(image)


def test_a_mask_is_not_lost():
    with pytest.raises(ValueError, match=r"^image must be an array without a mask; fill it first, as image\.filled\(0\)$"):
        prepare_image(np.ma.masked_less(np.ones((5, 5, 3), np.uint8), 2))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"scale": np.nan}, ValueError, r"^scale must be finite and > 0, got nan$"),
        ({"scale": 0.0}, ValueError, r"^scale must be finite and > 0, got 0$"),
        ({"scale": torch.ones(3, requires_grad=True)}, TypeError, r"^scale must be a number, got tensor"),
        ({"mean": np.inf}, ValueError, r"^mean must be finite, got inf$"),
        ({"mean": "127a"}, TypeError, r"^mean must be a number, got '127a'$"),
        ({"size": 0}, ValueError, r"^size must be >= 1, got 0$"),
        ({"size": 10**6}, ValueError, r"^size must be <= 8192, got 1000000$"),
        ({"size": 2.5}, TypeError, r"^size must be an integer, got 2\.5$"),
    ],
)
def test_sizes_and_scales_that_are_none_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        prepare_image(np.ones((5, 5, 3), np.uint8), **options)
