"""The networks against the published ones: names, counts and outputs, photographs, and what they refuse."""

import functools

import numpy as np
import pytest
import torch
import torch.fx
from matplotlib.cbook import get_sample_data
from PIL import Image
from sklearn.datasets import load_sample_images

from manifold.nets import (
    NETWORKS,
    DenseNet,
    MobileNet,
    densenet121,
    densenet169,
    densenet201,
    densenet_cifar,
    efficientnet_lite0,
    load_network,
    mobilenet_v2,
    mobilenet_v3_large,
    mobilenet_v3_small,
)
from manifold.nets.blocks.layers import round_channels

PUBLISHED = {
    "mobilenet_v2": mobilenet_v2,
    "mobilenet_v2_x0.5": functools.partial(mobilenet_v2, width_mult=0.5),
    "mobilenet_v3_small": mobilenet_v3_small,
    "mobilenet_v3_large": mobilenet_v3_large,
    "densenet121": densenet121,
}
IMAGE = torch.zeros(1, 3, 32, 32)


def on_meta(make, *args, **options):
    """The network without numbers: names and shapes alone."""
    with torch.device("meta"):
        return make(*args, **options)


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def names_and_shapes(network):
    return [[key, list(value.shape)] for key, value in network.state_dict().items()]


@pytest.mark.parametrize("name", PUBLISHED)
def test_names_shapes_and_their_order_are_the_published_ones(name, golden):
    network, expected = on_meta(PUBLISHED[name]), golden(name)
    assert names_and_shapes(network) == expected["state_dict"]
    assert parameters(network) == expected["params"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_same_weights_give_the_published_networks_outputs(name, golden, fill, noise):
    network, expected = fill(PUBLISHED[name]()), golden(name)
    image = noise(10000, expected["input_shape"])
    before = image.clone()
    with torch.no_grad():
        logits = network(image)
    assert torch.equal(image, before)
    assert logits.shape == (len(image), 1000)
    np.testing.assert_allclose(logits[:, :10], expected["logits_first_10"], rtol=1e-6)
    np.testing.assert_allclose(logits.sum(1), expected["logits_sum"], rtol=1e-6)
    np.testing.assert_allclose(logits.abs().amax(1), expected["logits_abs_max"], rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "count"), [(densenet169, 14_149_480), (densenet201, 20_013_928), (efficientnet_lite0, 4_652_008)]
)
def test_other_imagenet_networks_have_the_published_number_of_parameters(make, count):
    assert parameters(on_meta(make)) == count


@pytest.mark.parametrize(
    ("depth", "growth", "compressed", "count"),
    [
        (40, 12, False, 1_019_722),
        (100, 12, False, 6_979_642),
        (100, 24, False, 27_249_082),
        (100, 12, True, 769_162),
        (250, 24, True, 15_324_406),
        (190, 40, True, 25_624_430),
    ],
)
def test_densenets_for_cifar_have_the_sizes_of_the_papers_table_2(depth, growth, compressed, count):
    network = on_meta(densenet_cifar, depth, growth, compressed=compressed)
    assert parameters(network) == count
    assert network(IMAGE.to("meta")).shape == (1, 10)


@pytest.mark.parametrize(("depth", "compressed"), [(40, False), (100, True)])
def test_depth_counts_the_convolutions_and_the_classifier(depth, compressed):
    """The convolutions are those of the three blocks, the stem, and the two transitions."""
    network = on_meta(densenet_cifar, depth, 12, compressed=compressed)
    assert sum(isinstance(module, torch.nn.Conv2d) for module in network.modules()) + 1 == depth


def test_the_packages_weights_lie_in_our_networks_order(golden, fill_state):
    """Every tensor of the package's layout, filled with noise of its own, arrives in the same place of the order."""
    listed = golden("efficientnet_lite0")["state_dict"]
    theirs = fill_state({key: torch.zeros(shape, dtype=torch.float if shape else torch.long) for key, shape in listed})
    network = efficientnet_lite0()
    network.load_state_dict(theirs)
    for (key, own), (name, their) in zip(network.state_dict().items(), theirs.items(), strict=True):
        assert torch.equal(own, their), f"{key} is not {name}"


@pytest.fixture(scope="module")
def photographs():
    """Centre squares of three photographs, 224 x 224 pixels, as the network takes them: (3, 3, 224, 224)."""
    bundle = load_sample_images()
    names = [name.rpartition("/")[2] for name in bundle.filenames]
    images = dict(zip(names, map(Image.fromarray, bundle.images), strict=True))
    images["grace_hopper.jpg"] = Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False))
    return {name: (torch.from_numpy(centre_square(image)) - 127) / 128 for name, image in images.items()}


def centre_square(image):
    """Pixels of the largest square in the middle, scaled to 224 x 224: (3, 224, 224)."""
    side = min(image.size)
    left, top = ((length - side) // 2 for length in image.size)
    small = image.convert("RGB").crop((left, top, left + side, top + side)).resize((224, 224), Image.Resampling.BICUBIC)
    return np.asarray(small, dtype=np.float32).transpose(2, 0, 1)


def test_efficientnet_lite0_sees_a_palace_a_daisy_and_a_uniform(golden, photographs):
    """The five most probable classes and their probabilities are another implementation's."""
    network, expected = efficientnet_lite0(weights="imagenet").eval(), golden("efficientnet_lite0")["top5"]
    assert {name: answer["classes"][0] for name, answer in expected.items()} == {
        "china.jpg": 698,  # palace
        "flower.jpg": 985,  # daisy
        "grace_hopper.jpg": 652,  # military uniform
    }
    for name, answer in expected.items():
        with torch.no_grad():
            top = network(photographs[name][None]).softmax(1).topk(5)
        assert top.indices[0].tolist() == answer["classes"]
        np.testing.assert_allclose(top.values[0], answer["probabilities"], atol=1e-4)


@pytest.mark.parametrize("width", [0.25, 0.35, 0.75, 1.0, 1.4])
def test_width_scales_every_layer_of_mobilenet_v2_but_no_last_one_below_1280(width):
    network = on_meta(mobilenet_v2, width_mult=width)
    channels = [block.oup for block in network.features if hasattr(block, "oup")]
    full = [block.oup for block in on_meta(mobilenet_v2).features if hasattr(block, "oup")]
    assert channels == [round_channels(width * c) for c in full]
    assert network.classifier[1].in_features == max(1280, round_channels(1280 * width))


@pytest.mark.parametrize("divisor", [1, 4, 8])
def test_rounded_channels_are_the_nearest_multiple_but_never_a_tenth_too_few(divisor):
    for channels in np.arange(0.5, 200, 0.25):
        rounded = round_channels(channels, divisor)
        assert rounded % divisor == 0
        assert rounded >= max(divisor, 0.9 * channels)
        nearest = abs(rounded - channels) <= divisor / 2
        assert nearest or rounded == divisor or rounded - divisor < 0.9 * channels


@pytest.mark.parametrize("make", [mobilenet_v2, mobilenet_v3_small, mobilenet_v3_large, efficientnet_lite0])
@pytest.mark.parametrize("size", [(1, 1), (33, 65)])
def test_mobilenets_divide_any_size_by_32_rounding_up(make, size):
    network = on_meta(make, classes=7).eval()
    image = torch.empty(2, 3, *size, device="meta")
    assert network.features(image).shape[2:] == tuple(-(-side // 32) for side in size)
    assert network(image).shape == (2, 7)


def test_the_ablations_of_mobilenet_v2_have_the_same_weights_and_another_function(fill, noise):
    image = noise(0, (2, 3, 64, 64))
    plain = fill(mobilenet_v2(width_mult=0.25))
    for options in [{"bottleneck_activation": "relu6"}, {"shortcut": "none"}, {"shortcut": "expansion"}]:
        other = fill(mobilenet_v2(width_mult=0.25, **options))
        assert names_and_shapes(other) == names_and_shapes(plain)
        with torch.no_grad():
            assert not torch.allclose(other(image), plain(image), rtol=0.01)


def test_a_densenet_with_layers_left_out_still_has_an_output_of_the_same_shape(seed, fill, noise):
    seed(0)
    network = fill(DenseNet([2, 2], 4, 6, imagenet=False, classes=5, survival=0.5)).train()
    outputs = [network(noise(0, (3, 3, 8, 8))) for _ in range(10)]
    assert {tuple(output.shape) for output in outputs} == {(3, 5)}
    assert len({tuple(output.flatten().tolist()) for output in outputs}) > 1


SMALL = {
    "MobileNet": (functools.partial(mobilenet_v2, width_mult=0.1, classes=4), MobileNet),
    "DenseNet": (functools.partial(DenseNet, [1, 1], 2, 4, classes=4), DenseNet),
}


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (IMAGE[:, :2], ValueError, r"takes \(N, 3, H, W\), got \(1, 2, 32, 32\)"),
        (IMAGE[0], ValueError, r"takes \(N, 3, H, W\), got \(3, 32, 32\)"),
        (IMAGE[:0], ValueError, r"at least one image of at least \d+ x \d+ pixels, got \(0, 3, 32, 32\)"),
        (IMAGE[..., :0], ValueError, r"at least one image of at least \d+ x \d+ pixels, got \(1, 3, 32, 0\)"),
        (IMAGE.byte(), TypeError, r"weights of type torch.float32, got input of type torch.uint8; pass x.to\(torch.float32\)"),
        (IMAGE.double(), TypeError, r"got input of type torch.float64; pass x.to\(torch.float32\)"),
        (IMAGE.numpy(), TypeError, r"takes a torch.Tensor of shape \(N, 3, H, W\), got ndarray"),
        ([[0.0]], TypeError, r"takes a torch.Tensor of shape \(N, 3, H, W\), got list"),
    ],
    ids=["channels", "dims", "empty", "width 0", "uint8", "float64", "ndarray", "list"],
)
def test_what_is_no_batch_of_images_is_refused_in_one_sentence(name, image, error, message):
    make, kind = SMALL[name]
    network = make().eval()
    assert isinstance(network, kind)
    with pytest.raises(error, match=f"^{name} .*{message}"):
        network(image)


@pytest.mark.parametrize(
    ("network", "side"),
    [
        (lambda: DenseNet([1, 1, 1, 1], 2, 4), 32),
        (lambda: DenseNet([1, 1], 2, 4), 8),
        (lambda: densenet_cifar(7, 2), 4),
    ],
)
def test_a_densenet_refuses_images_that_would_vanish(network, side):
    network = on_meta(network).eval()
    network(torch.empty(1, 3, side, side, device="meta"))
    message = rf"^DenseNet takes at least one image of at least {side} x {side} pixels, got \(1, 3, {side}, {side - 1}\)"
    with pytest.raises(ValueError, match=message):
        network(torch.empty(1, 3, side, side - 1, device="meta"))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: densenet_cifar(41, 12), ValueError, "depth must be 3 times the layers of a block plus 4, got 41; write 40"),
        (lambda: densenet_cifar(99, 12, compressed=True), ValueError, "depth must be 6 times .* got 99; write 94"),
        (lambda: densenet_cifar(4, 12), ValueError, "depth must be >= 7, got 4"),
        (lambda: densenet_cifar(7, 12, compressed=True), ValueError, "depth must be >= 10, got 7"),
        (lambda: densenet_cifar(40.0, 12), TypeError, "depth must be an integer, got 40.0"),
        (lambda: densenet_cifar(40, 0), ValueError, "growth must be >= 1, got 0"),
        (lambda: densenet_cifar(7, 2, classes=0), ValueError, "classes must be >= 1, got 0"),
        (lambda: DenseNet([1, 1], 2, 4, compression=0), ValueError, "compression must be finite and > 0"),
        (lambda: DenseNet([1, 1], 2, 4, compression=1.5), ValueError, "compression must be <= 1, got 1.5"),
        (lambda: mobilenet_v2(classes=-1), ValueError, "classes must be >= 1, got -1"),
        (lambda: mobilenet_v2(width_mult=0), ValueError, "width_mult must be finite and > 0, got 0"),
        (lambda: mobilenet_v2(width_mult="wide"), TypeError, "width_mult must be a number, got 'wide'"),
        (lambda: mobilenet_v2(shortcut="bottle"), ValueError, "unknown shortcut 'bottle'. Did you mean 'bottleneck'"),
        (lambda: mobilenet_v2(bottleneck_activation="rleu"), ValueError, "unknown activation 'rleu'. Did you mean 'relu'"),
        (lambda: mobilenet_v3_small(classes=0), ValueError, "classes must be >= 1, got 0"),
        (lambda: efficientnet_lite0(classes=2.5), TypeError, "classes must be an integer, got 2.5"),
    ],
)
def test_numbers_that_make_no_network_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        on_meta(make)


def test_a_network_has_as_many_classes_as_its_weights_tell_apart_within_reason():
    state = dict(mobilenet_v3_small(classes=5).state_dict())
    network = load_network("mobilenet_v3_small", state)
    assert (network.classifier[-1].out_features, network.training) == (5, False)
    state["classifier.3.weight"] = torch.zeros(1, 1).expand(10**9, 1024)  # of which the file holds one number
    with pytest.raises(ValueError, match="last matrix has 1000000000 rows, for classes, of which there may be 1 to 22000"):
        load_network("mobilenet_v3_small", state)


@pytest.mark.parametrize("name", NETWORKS)
def test_torch_fx_traces_every_network_to_the_same_function(name, fill, noise):
    network, image = fill(NETWORKS[name](classes=5)), noise(1, (2, 3, 65, 64))
    traced = torch.fx.symbolic_trace(network)
    with torch.no_grad():
        assert torch.equal(traced(image), network(image))
        assert torch.equal(traced(image[..., :50, :33]), network(image[..., :50, :33]))
    assert set(traced.state_dict()) == set(network.state_dict())
