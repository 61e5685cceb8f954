"""Integers of few bits in place of floats."""

import numpy as np
import pytest
import torch
from torch import nn

from manifold import PointCloud
from manifold.nets import InvertedResidual, probe, trace
from manifold.nets.blocks.layers import SameConv2d
from manifold.nets.compression.errors import layer_errors
from manifold.nets.compression.levels import Levels
from manifold.nets.compression.quantise import quantise

GENERATOR = torch.Generator().manual_seed(0)


def normal(*shape):
    return torch.randn(*shape, generator=GENERATOR)


def drawn(network):
    """All parameters and statistics drawn at random, in double precision."""
    for name, values in [*network.named_parameters(), *network.named_buffers()]:
        if values.is_floating_point():
            values.data.copy_(normal(*values.shape).abs() + 0.5 if "var" in name else 0.5 * normal(*values.shape))
    return network.double().eval()


LAYERS = {
    "conv": (nn.Conv2d(3, 5, 3, padding=1), (3, 6, 7)),
    "depthwise": (nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False), (4, 5, 6)),
    "pointwise": (nn.Conv2d(6, 4, 1), (6, 4, 4)),
    "linear": (nn.Linear(10, 3), (10,)),
    "strided": (nn.Conv2d(4, 6, 5, stride=2, padding=2, groups=2), (4, 9, 8)),
}


def integer_sums(whole, weights, layer):
    """Sums of products of whole numbers, (N, O, H, W) of int64, tap by tap; `whole` has z taken away already."""
    if isinstance(layer, nn.Linear):
        return np.einsum("ni,oi->no", whole, weights)
    pad, stride, groups = layer.padding[0], layer.stride[0], layer.groups
    padded = np.pad(whole, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kernel, each = weights.shape[2], weights.shape[0] // groups
    rows, columns = ((size + 2 * pad - kernel) // stride + 1 for size in whole.shape[2:])
    sums = np.zeros((len(whole), len(weights), rows, columns), dtype=np.int64)
    for channel in range(len(weights)):
        reads = padded[:, channel // each * weights.shape[1] :][:, : weights.shape[1]]
        for i in range(rows):
            for j in range(columns):
                window = reads[:, :, i * stride : i * stride + kernel, j * stride : j * stride + kernel]
                sums[:, channel, i, j] = (window * weights[channel]).sum((1, 2, 3))
    return sums


@pytest.mark.parametrize("per", ["channel", "tensor"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_equal_an_integer_implementation(name, per):
    """acc = sum (q_x - z) q_w in int64, y = s_x s_w acc + b in float64, ranges and scales worked out in NumPy."""
    layer, shape = LAYERS[name]
    layer = drawn(layer)
    images, others = 2.0 * normal(5, *shape).double() + 0.3, 3.0 * normal(4, *shape).double()  # which go beyond the range
    quantised = quantise(nn.Sequential(layer), images, weights=4, activations=5, per=per)
    x, w = others.numpy(), layer.weight.detach().numpy()
    low, high = min(images.min().item(), 0.0), max(images.max().item(), 0.0)
    step = (high - low) / 31
    zero = int(np.rint(-low / step))
    whole = np.clip(np.rint(x / step).astype(np.int64) + zero, 0, 31)
    assert {0, 31} <= set(whole.ravel())
    largest = np.abs(w).reshape(len(w), -1).max(1) if per == "channel" else np.full(len(w), np.abs(w).max())
    scale = largest / 7
    weights = np.rint(w / scale.reshape(-1, *[1] * (w.ndim - 1))).astype(np.int64)
    assert np.abs(weights).max() == 7
    across = (1, -1, *[1] * (w.ndim - 2))
    expected = integer_sums(whole - zero, weights, layer) * step * scale.reshape(across)
    if layer.bias is not None:
        expected = expected + layer.bias.detach().numpy().reshape(across)
    with torch.no_grad():
        np.testing.assert_allclose(quantised.after(others).numpy(), expected, rtol=0.0, atol=1e-12 * np.abs(expected).max())


def test_zero_is_a_level_and_no_number_within_moves_by_more_than_half_a_step():
    for low, high in ((-1.3, 2.0), (0.0, 6.0), (0.4, 1.0), (-2.0, -1.0)):
        levels = Levels.over(low, high, 3)
        assert levels(torch.zeros(1)).item() == 0.0
        x = torch.linspace(min(low, 0.0), max(high, 0.0), 999, dtype=torch.float64)
        assert (levels(x) - x).abs().max() <= levels.scale * 0.5 + 1e-12
        assert len(levels(x).unique()) == 8


@pytest.fixture(scope="module")
def network():
    """Stem with a norm, a block with a shortcut and one without, classifier."""
    parts = [nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(), InvertedResidual(8, 8)]
    return drawn(nn.Sequential(*parts, InvertedResidual(8, 12, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Linear(12, 4)))


@pytest.fixture(scope="module")
def images():
    return normal(12, 3, 8, 8).double()


def test_norms_are_folded_and_every_layer_and_shortcut_is_told(network, images):
    quantised = quantise(network, images, weights=8, activations=8)
    with torch.no_grad():
        torch.testing.assert_close(quantised.before(images), network(images))
    assert quantised.table["kind"].tolist() == [
        *("conv", "shortcut", "pointwise", "depthwise", "pointwise", "pointwise", "depthwise", "pointwise", "linear")
    ]
    assert not [layer for layer in quantised.after.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert quantised.damage(images).cosine.min() > 0.99
    assert not quantised.after.get_submodule("0").weight.requires_grad


def test_what_a_shortcut_carries_is_rounded_too(network, images):
    block, x = quantise(network, images, weights=None, activations=2).after[3], normal(2, 8, 8, 8).double()
    with torch.no_grad():
        carried = block(x.clone()) - block.branch(x.clone())
    assert len(carried.mul(1e6).round().unique()) <= 4


def test_sizes_count_bits(network):
    """A weight takes its bits, an offset and a scale 32; norms are folded into offsets."""
    quantised = quantise(network, weights=4, activations=None)
    table = quantised.table
    offsets = sum(each.offsets for each in quantised.layers)
    assert offsets == 8 + (48 + 48 + 8) + (48 + 48 + 12) + 4
    assert quantised.megabytes * 1e6 == pytest.approx(table["weights"].sum() / 2 + 4 * (offsets + table["scales"].sum()))
    assert table["megabytes"].sum() == pytest.approx(quantised.megabytes)


def sides(quantised):
    return quantised.before, quantised.after


def test_sites_choose_by_path_kind_and_pattern(network, images):
    for sites, count in (("depthwise", 2), (["3", "7"], 2), ("4.conv.*", 3), (["linear", "shortcut"], 2)):
        quantised = quantise(network, images, weights=2, activations=2, sites=sites)
        assert len(quantised.layers) == count
        weights = [{path: each for path, each in net.named_parameters() if "bias" not in path} for net in sides(quantised)]
        changed = {path.removesuffix(".weight") for path, each in weights[0].items() if not each.equal(weights[1][path])}
        assert changed == {each.path for each in quantised.layers if each.weights}


def test_errors_are_those_of_running_layers_by_hand(network, images):
    quantised = quantise(network, images, weights=4, activations=4)
    others = 1.5 * normal(6, 3, 8, 8).double()
    errors = layer_errors(quantised, others).set_index("path")
    first, rounding = quantised.before[0], quantised.layers[0].levels
    with torch.no_grad():
        y, changed = first(others), quantised.after[0](others)
    expected = (changed - y).square().mean() / y.var((0, 2, 3), correction=0).mean()
    assert errors.loc["0", ["own_error", "error"]].tolist() == pytest.approx([expected.item()] * 2)
    outside = (others < -rounding.scale * (rounding.zero + 0.5)) | (others > rounding.scale * (15.5 - rounding.zero))
    assert errors.loc["0", "clipped"] == pytest.approx(outside.double().mean().item())
    assert errors.loc["0", "clipped"] > 0.0
    assert errors.loc["7", "error"] > errors.loc["7", "own_error"]
    assert layer_errors(quantised, images).loc[0, "clipped"] == 0.0


def test_the_mean_of_ranges_is_narrower_and_clips(network, images):
    wide, narrow = (quantise(network, images, weights=None, ranges=ranges) for ranges in ("widest", "mean"))
    assert (narrow.table["step"] <= wide.table["step"]).all()
    expected = images.flatten(1).amax(1).mean() - images.flatten(1).amin(1).mean()
    assert narrow.table["step"][0] * 255 == pytest.approx(expected.item())


def test_probe_and_trace_tell_both_sides(network, images):
    quantised = quantise(network.float(), images.float(), weights=3, activations=3)
    network.double()
    told = quantised.probe([images.float()])
    assert told["before"].shape == told["after"].shape
    alone = probe(quantised.after, [images.float()]).table.set_index("site")
    assert told["after"].equals(alone)
    assert not told["before"].equals(told["after"])
    chart = np.linspace(0.0, 1.0, 24)[:, None]
    points = np.concatenate([np.cos(3 * chart), np.sin(3 * chart)], axis=1) @ normal(2, 192).numpy()

    class Pictures(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            return self.inner(x.reshape(-1, 3, 8, 8))

    cloud = PointCloud(points.astype(np.float64), chart, np.zeros(24, dtype=np.int64))
    wrapped = quantise(Pictures(network.float()), torch.from_numpy(points).float(), weights=2, activations=2)
    network.double()
    said = wrapped.trace(cloud)
    assert said["after"]["knn_r2"].tolist() == trace(wrapped.after, cloud).table["knn_r2"].tolist()
    assert said["before"]["knn_r2"].iloc[-1] != said["after"]["knn_r2"].iloc[-1]


def test_padding_of_tensorflow_is_kept():
    layer = drawn(SameConv2d(3, 4, 3, 2, bias=False))
    images = normal(4, 3, 8, 8).double()
    quantised = quantise(nn.Sequential(layer), images)
    assert quantised.damage(images).after.shape == (4, 4, 4, 4)
    assert isinstance(quantised.after[0], SameConv2d)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": 1}, "weights must have from 2 to 8 bits, got 1; None leaves floats"),
        ({"activations": 9}, "activations must have from 2 to 8 bits, got 9; None leaves floats"),
        ({"weights": None, "activations": None}, "weights or activations must have bits, got None for both; write weights=8"),
        ({"per": "row"}, "unknown per 'row'. Choose one of: channel, tensor."),
        ({"ranges": "all"}, "unknown ranges 'all'. Choose one of: widest, mean."),
        ({"sites": "2"}, "'2' is of type ReLU6, which cannot have integers; write the path of a layer that is one of conv,"),
        ({"sites": ["0", "stem"]}, "no layer is called 'stem'; write its path, or one of conv, depthwise, pointwise, linear,"),
        ({"images": 0}, "images must be at least 2 to calibrate ranges, got 0; 32 do well"),
        ({"images": None}, "images must be at least 2 to calibrate ranges, got 0; 32 do well"),
        ({"images": 1}, "images must be at least 2 to calibrate ranges, got 1; 32 do well"),
    ],
)
def test_bad_input_gets_a_sentence(network, images, options, message):
    options = dict(options)
    count = options.pop("images", 2)
    some = None if count is None else images[:count]
    with pytest.raises(ValueError, match="^" + message.replace(".", r"\.")):
        quantise(network, some, **options)


def test_networks_that_cannot_have_integers_get_a_sentence(images):
    with pytest.raises(ValueError, match="Sequential has no convolution and no linear layer that could have integers; give"):
        quantise(nn.Sequential(nn.ReLU()), images)
    with pytest.raises(TypeError, match=r"images must be a tensor of shape \(N, \.\.\.\), got \[\]"):
        quantise(nn.Sequential(nn.Linear(3, 3)), [])
    broken = nn.Sequential(nn.Linear(3, 3))
    broken[0].weight.data[0, 0] = float("nan")
    with pytest.raises(ValueError, match="weights of 0 must be finite; look at the network"):
        quantise(broken, torch.ones(2, 3))
    with pytest.raises(ValueError, match="what 0 reads must be finite; look at the images and the weights"):
        quantise(nn.Sequential(nn.Linear(3, 3)), torch.full((2, 3), float("inf")))

    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.idle = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x):
            return self.used(x)

    with pytest.raises(ValueError, match="idle does not run on the images, so that it cannot be calibrated; leave it out"):
        quantise(Idle(), torch.ones(2, 3))
