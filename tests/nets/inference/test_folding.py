"""Batch norms folded into the convolutions before them: the same function in evaluation with fewer layers."""

import copy
import warnings

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from manifold.nets import (
    BLOCKS,
    ConvNorm,
    DenseLayer,
    InvertedResidual,
    InvertedResidualV3,
    densenet_cifar,
    efficientnet_lite0,
    fold_norms,
    mobilenet_v2,
    mobilenet_v3_small,
)

EVERY = pytest.mark.parametrize("name", BLOCKS)
NETWORKS = {
    "mobilenet_v2": lambda: mobilenet_v2(width_mult=0.1, classes=5),
    "mobilenet_v2-ablations": lambda: mobilenet_v2(
        width_mult=0.1, bottleneck_activation="relu6", shortcut="expansion", classes=5
    ),
    "densenet_cifar": lambda: densenet_cifar(10, 4),
    "densenet_cifar-bc": lambda: densenet_cifar(16, 4, compressed=True),
}


def difference(found, expected):
    """Max |found - expected| / max |expected|."""
    return float(((found - expected).abs().max() / expected.abs().max()).detach())


def norms(module):
    return [name for name, part in module.named_modules() if isinstance(part, nn.BatchNorm2d)]


def test_weight_and_offset_are_those_of_the_formula(fill):
    """W g / sqrt(v + eps) and b - m g / sqrt(v + eps)."""
    layer = fill(ConvNorm(3, 5, 3))
    convolution, norm = layer[0], layer[1]
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    folded = fold_norms(layer)
    torch.testing.assert_close(folded[0].weight, convolution.weight * scale[:, None, None, None])
    torch.testing.assert_close(folded[0].bias, norm.bias - norm.running_mean * scale)
    assert isinstance(folded[1], nn.Identity)


def test_an_offset_that_is_there_already_is_scaled_too(fill, noise):
    layer, x = fill(nn.Sequential(nn.Conv2d(3, 5, 1), nn.BatchNorm2d(5))), noise(1, (2, 3, 4, 4))
    assert layer[0].bias.abs().max() > 0
    assert difference(fold_norms(layer)(x), layer(x)) < 1e-12


@EVERY
@pytest.mark.parametrize(("dtype", "limit"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
@pytest.mark.parametrize(("oup", "stride"), [(8, 1), (12, 1), (12, 2)])
def test_every_block_computes_what_it_computed(name, oup, stride, dtype, limit, fill, noise):
    block, x = fill(BLOCKS[name](8, oup, stride)).to(dtype), noise(1, (2, 8, 7, 6)).to(dtype)
    folded = fold_norms(block)
    assert folded(x).dtype == dtype
    assert difference(folded(x), block(x)) < limit


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("dtype", "limit"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_networks_compute_what_they_computed(name, dtype, limit, fill, noise):
    network, x = fill(NETWORKS[name]()).to(dtype), noise(1, (2, 3, 32, 32)).to(dtype)
    expected = network(x)
    assert expected.std(0).max() > 0.001  # the images are told apart
    assert difference(fold_norms(network)(x), expected) < limit


@pytest.mark.parametrize("make", [mobilenet_v3_small, efficientnet_lite0])
def test_other_eps_and_paddings_are_kept(make, fill, noise):
    network, x = fill(make(classes=5)), noise(1, (1, 3, 64, 64))
    assert difference(fold_norms(network)(x), network(x)) < 1e-11


@EVERY
def test_no_norm_is_left_but_those_before_their_convolution(name):
    left = norms(fold_norms(BLOCKS[name](8, 12)))
    expected = [f"dense.denselayer{k}.norm1" for k in (1, 2, 3, 4)] + ["transition.norm"] if name == "dense" else []
    assert left == expected


def test_of_a_densenet_the_norms_before_convolutions_stay():
    network = densenet_cifar(16, 4, compressed=True)
    left = norms(fold_norms(network))
    assert left == [name for name in norms(network) if not name.endswith("norm2")]
    assert "features.norm5" in left
    assert norms(fold_norms(mobilenet_v2(width_mult=0.1))) == []
    assert norms(fold_norms(DenseLayer(8, 4, 0))) == ["norm1"]


@EVERY
def test_the_original_stays_as_it_is(name, fill):
    block = fill(BLOCKS[name](8, 12)).train()
    before, parts = copy.deepcopy(block.state_dict()), list(block.modules())
    folded = fold_norms(block)
    assert list(block.modules()) == parts
    assert all(part.training for part in block.modules())
    assert list(block.state_dict()) == list(before)
    assert all(torch.equal(value, before[key]) for key, value in block.state_dict().items())
    assert not {id(weight) for weight in block.parameters()} & {id(weight) for weight in folded.parameters()}


@EVERY
def test_the_copy_is_in_evaluation_and_has_one_number_less_per_channel(name):
    """Of scale and offset only the offset remains."""
    block = BLOCKS[name](8, 12)
    folded = fold_norms(block)
    assert not any(part.training for part in folded.modules() if not isinstance(part, nn.Identity))
    channels = [part.num_features for part in block.modules() if isinstance(part, nn.BatchNorm2d)]
    left = [part.num_features for part in folded.modules() if isinstance(part, nn.BatchNorm2d)]
    count = [sum(weight.numel() for weight in module.parameters()) for module in (block, folded)]
    assert count[0] - count[1] == sum(channels) - sum(left)


@EVERY
def test_folding_twice_changes_nothing(name, fill, noise):
    block, x = fold_norms(fill(BLOCKS[name](8, 12))), noise(1, (2, 8, 5, 5))
    assert torch.equal(fold_norms(block)(x), block(x))


def test_a_convolution_and_a_norm_that_are_no_neighbours_are_left_alone(fill, noise):
    layer, x = fill(nn.Sequential(nn.Conv2d(3, 5, 1), nn.ReLU(), nn.BatchNorm2d(5))), noise(1, (2, 3, 4, 4))
    assert norms(fold_norms(layer)) == ["2"]
    assert torch.equal(fold_norms(layer)(x), layer(x))


def test_the_shortcut_and_the_gate_survive(fill, noise):
    x = noise(1, (2, 8, 5, 5))
    for block in (InvertedResidual(8, 8), InvertedResidualV3(8, 8), InvertedResidual(8, 8, shortcut="expansion")):
        fill(block)
        with torch.no_grad():
            folded = fold_norms(block)
            assert difference(folded(x), block(x)) < 1e-12
            assert type(folded) is type(block)


def activations(network):
    """Paths of all activations that torch could compute in place, and whether they do."""
    kinds = {nn.ReLU, nn.ReLU6, nn.Hardswish, nn.Hardsigmoid}
    return {name: part.inplace for name, part in network.named_modules() if type(part) in kinds}


@EVERY
@pytest.mark.parametrize("oup", [8, 12])
def test_every_activation_of_a_copy_works_in_place_and_none_of_the_original(name, oup, fill):
    block = fill(BLOCKS[name](8, oup))
    folded = fold_norms(block)
    assert activations(block)
    assert not any(activations(block).values())
    assert all(activations(folded).values())


@pytest.mark.parametrize("make", [*NETWORKS.values(), mobilenet_v3_small, efficientnet_lite0])
def test_every_activation_of_a_copy_of_a_network_works_in_place_and_none_of_the_original(make, fill):
    network = fill(make())
    folded = fold_norms(network)
    assert len(activations(folded)) >= 9
    assert not any(activations(network).values())
    assert all(activations(folded).values())


class Keeping(nn.Module):
    """Reads what its convolution made a second time, after the activation."""

    def __init__(self):
        super().__init__()
        self.conv, self.relu = nn.Conv2d(3, 3, 1), nn.ReLU()

    def forward(self, x):
        y = self.conv(x)
        return y + self.relu(y)


class First(nn.Module):
    """An activation of the image itself, of a part of what a convolution made, and of its own output."""

    def __init__(self):
        super().__init__()
        self.relu, self.conv, self.part, self.twice = nn.ReLU(), nn.Conv2d(3, 4, 1), nn.ReLU(), nn.ReLU6()

    def forward(self, x):
        wide = self.conv(self.relu(x))
        return self.twice(self.twice(wide[:, :2].clone()) + self.part(wide[:, :2]))


class Shared(nn.Module):
    """A convolution whose output goes through its batch norm, and beside it; one that is used twice; a norm that is."""

    def __init__(self):
        super().__init__()
        self.conv, self.again, self.left, self.right = (nn.Conv2d(3, 3, 1) for _ in range(4))
        self.bn, self.bn2, self.bn3 = (nn.BatchNorm2d(3) for _ in range(3))

    def forward(self, x):
        y = self.conv(x)
        return self.bn(y) + y + self.bn2(self.again(self.again(x))) + self.bn3(self.left(x)) + self.bn3(self.right(x))


@pytest.mark.parametrize("make", [Keeping, First, Shared])
def test_what_is_read_again_is_neither_folded_nor_written_over(make, fill, noise):
    network, x = fill(make()), noise(1, (2, 3, 4, 4))
    before, expected, folded = x.clone(), network(x), fold_norms(network)
    assert torch.equal(folded(x), expected)
    assert torch.equal(x, before)
    assert not any(activations(folded).values())
    assert norms(folded) == norms(network)


@EVERY
def test_the_copy_leaves_its_image_as_it_is_and_has_the_gradients_of_the_original(name, fill, noise):
    block, x = fill(BLOCKS[name](8, 8)), noise(1, (2, 8, 5, 5)).requires_grad_()
    before, folded = x.detach().clone(), fold_norms(block)
    (expected,) = torch.autograd.grad((block(x) ** 2).sum(), x)
    (gradient,) = torch.autograd.grad((folded(x) ** 2).sum(), x)
    assert torch.equal(x, before)
    assert difference(gradient, expected) < 1e-11


def test_a_norm_of_each_batch_is_not_folded(fill, noise):
    layer, x = fill(nn.Sequential(nn.Conv2d(3, 5, 1), nn.BatchNorm2d(5, track_running_stats=False))), noise(1, (2, 3, 4, 4))
    assert norms(fold_norms(layer)) == ["1"]
    assert torch.equal(fold_norms(layer)(x), layer(x))


def test_hooks_of_the_original_are_not_called_while_it_is_folded(fill, noise):
    block, calls = fill(InvertedResidual(8, 8)), []
    for part in block.modules():
        part.register_forward_hook(lambda *call: calls.append(call))
    folded = fold_norms(block)
    assert not calls
    folded(noise(1, (2, 8, 5, 5)))
    assert calls


def test_what_cannot_be_traced_is_refused():
    class Choosing(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    with pytest.raises(ValueError, match=r"^Choosing cannot be traced by torch\.fx, and so not folded: .*control flow"):
        fold_norms(Choosing())


class Weighing(nn.Conv2d):
    """Weight standardisation: another convolution than its parent's."""

    def forward(self, x):
        return self._conv_forward(x, self.weight - self.weight.mean((1, 2, 3), keepdim=True), self.bias)


class Halving(nn.BatchNorm2d):
    def forward(self, x):
        return super().forward(x) / 2


def always_in_training():
    """A norm of each batch in evaluation too, as where a few images are all there is."""
    norm = nn.BatchNorm2d(3)
    norm.train = lambda mode=True: norm
    return norm


class Reading(nn.Module):
    """Uses the weights of its convolution, or the scale of its norm, a second time."""

    def __init__(self, name):
        super().__init__()
        self.conv, self.bn, self.name = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), name

    def forward(self, x):
        weight = self.conv.weight if self.name == "conv" else self.bn.weight.diag()[:, :, None, None]
        return self.bn(self.conv(x)) + nn.functional.conv2d(x, weight)


class Tied(nn.Module):
    """Reads by another name the weights of the convolution before its norm."""

    def __init__(self):
        super().__init__()
        self.other, self.conv, self.bn = nn.Conv2d(3, 3, 1, bias=False), nn.Conv2d(3, 3, 1, bias=False), nn.BatchNorm2d(3)
        self.conv.weight = self.other.weight

    def forward(self, x):
        return self.bn(self.conv(x)) + nn.functional.conv2d(x, self.conv.weight)


class Named(nn.Module):
    """Its layers have two names each, and are called by the second."""

    def __init__(self):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)
        self.also_conv, self.also_bn = self.conv, self.bn

    def forward(self, x):
        return self.also_bn(self.also_conv(x))


class Doubling(nn.Module):
    """A container whose output is twice that of its part."""

    def __init__(self, part):
        super().__init__()
        self.part = part

    def forward(self, x):
        return self.part(x) * 2


def pair(convolution=None, norm=None):
    return nn.Sequential(convolution or nn.Conv2d(3, 3, 1), norm or nn.BatchNorm2d(3), nn.ReLU())


def hooked(place, kind="register_forward_hook"):
    """A pair with a hook that doubles what comes out of, or goes into, the module at that place."""
    network = nn.Sequential(nn.Sequential(nn.Conv2d(3, 3, 1)), nn.Sequential(nn.BatchNorm2d(3)))
    double = (
        (lambda module, arguments, output: output * 2) if kind == "register_forward_hook" else (lambda module, x: (x[0] * 2,))
    )
    getattr(network.get_submodule(place), kind)(double)
    return network


def replaced(place):
    network = pair()
    layer = network[place]
    layer.forward = lambda x, forward=layer.forward: forward(x) * 2
    return network


UNKNOWN = {
    "convolution of another class": lambda: pair(Weighing(3, 3, 1)),
    "norm of another class": lambda: pair(norm=Halving(3)),
    "norm that stays in training": lambda: pair(norm=always_in_training()),
    "spectral norm": lambda: pair(nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 3, 1))),
    "weight norm": lambda: pair(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 3, 1))),
    "weights read again": lambda: Reading("conv"),
    "scale read again": lambda: Reading("bn"),
    "tied": Tied,
    "replaced convolution": lambda: replaced(0),
    "replaced norm": lambda: replaced(1),
    **{f"hook on {place}": lambda place=place: hooked(place) for place in ("0", "0.0", "1.0")},
    **{f"hook before {place}": lambda place=place: hooked(place, "register_forward_pre_hook") for place in ("0.0", "1", "1.0")},
}


def kinds(network):
    return [type(part) for part in network.modules()]


@pytest.mark.parametrize("kind", UNKNOWN)
def test_what_it_does_not_know_is_left_as_it_is(kind, noise):
    network, x = UNKNOWN[kind]().double(), noise(1, (2, 3, 4, 4))
    for parameter in network.parameters():
        parameter.data += 0.5
    network(x)  # running means and variances that are no longer 0 and 1
    network.eval()
    folded = fold_norms(network)
    assert kinds(folded) == kinds(network)
    torch.testing.assert_close(folded(x), network(x), rtol=0.0, atol=1e-12)


KNOWN = {
    "two names": Named,
    "around both": lambda: nn.Sequential(Doubling(pair())),
    "around each": lambda: nn.Sequential(Doubling(nn.Conv2d(3, 3, 1)), Doubling(nn.BatchNorm2d(3))),
    "hook around both": lambda: hooked(""),
    "without scale": lambda: pair(norm=nn.BatchNorm2d(3, affine=False)),
    "reflecting": lambda: pair(nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect", dilation=1)),
}


@pytest.mark.parametrize("kind", KNOWN)
def test_other_orders_of_plain_layers_compute_what_they_computed(kind, fill, noise):
    network, x = fill(KNOWN[kind]()), noise(1, (2, 3, 4, 4))
    folded = fold_norms(network)
    assert bool(norms(folded)) == (kind == "around each")
    assert difference(folded(x), network(x)) < 1e-12


class Listing(nn.Module):
    """Goes through its layers in a list that torch does not see."""

    def __init__(self):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)
        self.layers = [self.conv, self.bn]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Counting(nn.Module):
    def forward(self, x):
        return x.view(len(x), -1)


class Knowing(nn.Module):
    def forward(self, x):
        assert x.shape[1] == 3
        return {"sizes": [3]}["other"]


@pytest.mark.parametrize("make", [Listing, Counting, Knowing])
def test_what_it_cannot_follow_is_refused(make):
    with pytest.raises(ValueError, match=rf"^{make.__name__} cannot be traced by torch\.fx, and so not folded: .+$"):
        fold_norms(make())


@pytest.mark.parametrize("change", [nn.utils.weight_norm, lambda layer: prune.l1_unstructured(layer, "weight", 4)])
def test_what_cannot_be_copied_is_refused(change):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch has a newer weight norm
        network = change(nn.Conv2d(3, 3, 1))
    with pytest.raises(ValueError, match=r"^Conv2d cannot be copied, and so not folded: Only Tensors created explicitly"):
        fold_norms(network)


@pytest.mark.parametrize("network", ["net", None, nn.ReLU])
def test_what_is_no_network_is_refused(network):
    with pytest.raises(TypeError, match=r"^a network must be a torch\.nn\.Module, got an object of type \w+$"):
        fold_norms(network)


class Rewriting(nn.Module):
    """An activation of a user whose `inplace` means something else."""

    def __init__(self):
        super().__init__()
        self.inplace = False

    def forward(self, x):
        return x + self.inplace


class Remembering(nn.Conv2d):
    """Holds what it returned."""

    def forward(self, x):
        self.last = super().forward(x)
        return self.last


def test_what_is_not_torchs_is_not_written_in_place(fill, noise):
    network, x = fill(nn.Sequential(nn.Conv2d(3, 3, 1), Rewriting())), noise(1, (2, 3, 4, 4))
    assert torch.equal(fold_norms(network)(x), network(x))


def test_what_a_class_of_its_own_returns_is_not_written_over(fill, noise):
    """It may still hold it."""
    network = fill(nn.Sequential(Remembering(3, 3, 1), nn.ReLU()))
    assert not any(activations(fold_norms(network)).values())
