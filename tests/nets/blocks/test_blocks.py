"""Every block against its formula written with torch's functions, and what its shortcut, hooks and errors do."""

import copy
import math

import numpy as np
import pytest
import torch
import torch.fx
from torch import nn
from torch.nn import functional

from manifold.nets import (
    ConvNorm,
    DenseBlock,
    DenseLayer,
    DenseStage,
    DepthwiseSeparable,
    InvertedResidual,
    InvertedResidualV3,
    PlainPair,
    ReducedBranch,
    ResidualBasic,
    ResidualBottleneck,
    Sandglass,
    SqueezeExcite,
    Transition,
    stochastic_depth,
)

relu, relu6, hardswish = functional.relu, functional.relu6, functional.hardswish


def identity(x):
    return x


class Parts:
    """Convolutions and batch norms by their keys in a state_dict, from F.conv2d and (x - m) / sqrt(v + eps) g + b."""

    def __init__(self, block, eps=1e-5):
        self.weights, self.eps = block.state_dict(), eps

    def conv(self, x, key, stride=1, padding=0, groups=1):
        weight = self.weights[f"{key}.weight"]
        return functional.conv2d(x, weight, self.weights.get(f"{key}.bias"), stride, padding, groups=groups)

    def norm(self, x, key):
        leaves = ("running_mean", "running_var", "weight", "bias")
        m, v, g, b = (self.weights[f"{key}.{leaf}"][:, None, None] for leaf in leaves)
        return (x - m) / torch.sqrt(v + self.eps) * g + b

    def conv_norm(self, x, key, stride=1, padding=0, groups=1):
        return self.norm(self.conv(x, f"{key}.0", stride, padding, groups), f"{key}.1")


def plain_pair(w, x):
    return relu(w.conv_norm(relu(w.conv_norm(x, "conv.0", 2, 1)), "conv.1", 1, 1))


def reduced_branch(w, x):
    return relu(w.conv_norm(relu(w.conv_norm(x, "conv.0")), "conv.1", 2, 2))


def depthwise_separable(w, x):
    return relu(w.conv_norm(relu(w.conv_norm(x, "conv.0", 2, 1, groups=8)), "conv.1"))


def xception(w, x):
    return relu(w.conv_norm(w.conv_norm(x, "conv.0", 1, 1, groups=8), "conv.1"))


def residual_basic(w, x):
    inner = relu(w.norm(w.conv(x, "conv1", 1, 1), "bn1"))
    return relu(x + w.norm(w.conv(inner, "conv2", 1, 1), "bn2"))


def residual_basic_projected(w, x):
    inner = relu(w.norm(w.conv(x, "conv1", 2, 1), "bn1"))
    return relu(w.conv_norm(x, "downsample", 2) + w.norm(w.conv(inner, "conv2", 1, 1), "bn2"))


def residual_bottleneck(w, x):
    """With two groups in the middle (ResNeXt)."""
    first = relu(w.norm(w.conv(x, "conv1"), "bn1"))
    second = relu(w.norm(w.conv(first, "conv2", 1, 1, groups=2), "bn2"))
    return relu(x + w.norm(w.conv(second, "conv3"), "bn3"))


def residual_bottleneck_projected(w, x):
    first = relu(w.norm(w.conv(x, "conv1"), "bn1"))
    second = relu(w.norm(w.conv(first, "conv2", 2, 1), "bn2"))
    return relu(w.conv_norm(x, "downsample", 2) + w.norm(w.conv(second, "conv3"), "bn3"))


def inverted(w, x, stride=1, add=True):
    """t = 6: expand, filter, project."""
    wide = relu6(w.conv_norm(x, "conv.0"))
    wide = relu6(w.conv_norm(wide, "conv.1", stride, 1, groups=48))
    narrow = w.norm(w.conv(wide, "conv.2"), "conv.3")
    return x + narrow if add else narrow


def inverted_narrowing(w, x):
    return inverted(w, x, stride=2, add=False)


def inverted_without_shortcut(w, x):
    return inverted(w, x, add=False)


def inverted_with_activation(w, x):
    return x + relu6(inverted(w, x, add=False))


def inverted_between_expansions(w, x):
    wide = relu6(w.conv_norm(x, "conv.0"))
    wide = wide + relu6(w.conv_norm(wide, "conv.1", 1, 1, groups=48))
    return w.norm(w.conv(wide, "conv.2"), "conv.3")


def inverted_unexpanded(w, x):
    """t = 1: no expansion, and so other keys."""
    filtered = relu6(w.conv_norm(x, "conv.0", 1, 1, groups=8))
    return x + w.norm(w.conv(filtered, "conv.1"), "conv.2")


def gate(w, x, key):
    """hsigmoid(z) = relu6(z + 3) / 6 of two fully connected layers on the mean."""
    squeezed = relu(w.conv(x.mean((2, 3), keepdim=True), f"{key}.fc1"))
    return x * relu6(w.conv(squeezed, f"{key}.fc2") + 3) / 6


def inverted_v3(w, x):
    wide = hardswish(w.conv_norm(x, "block.0"))
    wide = hardswish(w.conv_norm(wide, "block.1", 1, 2, groups=48))
    return x + w.conv_norm(gate(w, wide, "block.2"), "block.3")


def inverted_v3_without_gate(w, x):
    wide = relu(w.conv_norm(x, "block.0"))
    return w.conv_norm(relu(w.conv_norm(wide, "block.1", 2, 1, groups=48)), "block.2")


def inverted_v3_unexpanded(w, x):
    filtered = hardswish(w.conv_norm(x, "block.0", 1, 1, groups=8))
    return x + w.conv_norm(gate(w, filtered, "block.1"), "block.2")


def sandglass(w, x):
    filtered = relu6(w.conv_norm(x, "conv.0", 1, 1, groups=8))
    wide = relu6(w.conv_norm(w.conv_norm(filtered, "conv.1"), "conv.2"))
    return x + w.conv_norm(wide, "conv.3", 1, 1, groups=8)


def sandglass_narrowing(w, x):
    filtered = relu6(w.conv_norm(x, "conv.0", 1, 1, groups=8))
    wide = relu6(w.conv_norm(w.conv_norm(filtered, "conv.1"), "conv.2"))
    return w.conv_norm(wide, "conv.3", 2, 1, groups=12)


def dense_layer(w, x, key=""):
    inner = w.conv(relu(w.norm(x, f"{key}norm1")), f"{key}conv1")
    return w.conv(relu(w.norm(inner, f"{key}norm2")), f"{key}conv2", 1, 1)


def dense_layer_plain(w, x):
    return w.conv(relu(w.norm(x, "norm1")), "conv1", 1, 1)


def dense_block(w, x, key=""):
    """x_l = H_l([x_0, ..., x_(l-1)]), and all of them in the end."""
    for place in (1, 2, 3):
        x = torch.cat([x, dense_layer(w, x, f"{key}denselayer{place}.")], 1)
    return x


def transition(w, x, key=""):
    return functional.avg_pool2d(w.conv(relu(w.norm(x, f"{key}norm")), f"{key}conv"), 2)


def dense_stage(w, x):
    return transition(w, dense_block(w, x, "dense."), "transition.")


def transition_unpooled(w, x):
    return w.conv(relu(w.norm(x, "norm")), "conv")


FORMULAS = [
    (plain_pair, lambda: PlainPair(8, 12, 2)),
    (reduced_branch, lambda: ReducedBranch(8, 12, 2, 0.5)),
    (depthwise_separable, lambda: DepthwiseSeparable(8, 12, 2)),
    (xception, lambda: DepthwiseSeparable(8, 12, inner_activation="linear")),
    (residual_basic, lambda: ResidualBasic(8, 8)),
    (residual_basic_projected, lambda: ResidualBasic(8, 12, 2)),
    (residual_bottleneck, lambda: ResidualBottleneck(8, 8, expand_ratio=0.5, groups=2)),
    (residual_bottleneck_projected, lambda: ResidualBottleneck(8, 12, 2)),
    (inverted, lambda: InvertedResidual(8, 8)),
    (inverted_narrowing, lambda: InvertedResidual(8, 12, 2)),
    (inverted_without_shortcut, lambda: InvertedResidual(8, 8, shortcut="none")),
    (inverted_without_shortcut, lambda: InvertedResidual(8, 12)),
    (inverted_with_activation, lambda: InvertedResidual(8, 8, bottleneck_activation="relu6")),
    (inverted_between_expansions, lambda: InvertedResidual(8, 12, shortcut="expansion")),
    (inverted_narrowing, lambda: InvertedResidual(8, 12, 2, shortcut="expansion")),
    (inverted_unexpanded, lambda: InvertedResidual(8, 8, 1, 1)),
    (inverted_v3, lambda: InvertedResidualV3(8, 8, kernel=5)),
    (inverted_v3_without_gate, lambda: InvertedResidualV3(8, 12, 2, squeeze_excite=False, activation="relu")),
    (inverted_v3_unexpanded, lambda: InvertedResidualV3(8, 8, 1, 1)),
    (sandglass, lambda: Sandglass(8, 8, expand_ratio=0.5)),
    (sandglass_narrowing, lambda: Sandglass(8, 12, 2, 0.5)),
    (dense_layer, lambda: DenseLayer(8, 3)),
    (dense_layer_plain, lambda: DenseLayer(8, 3, 0)),
    (dense_block, lambda: DenseBlock(8, 3, 3)),
    (transition, lambda: Transition(8, 4)),
    (transition_unpooled, lambda: Transition(8, 4, 1)),
    (dense_stage, lambda: DenseStage(8, 6, 2, layers=3)),
]
NAMES = [formula.__name__ for formula, _ in FORMULAS]
EVERY = pytest.mark.parametrize("make", [make for _, make in FORMULAS], ids=NAMES)


@pytest.mark.parametrize(("formula", "make"), FORMULAS, ids=NAMES)
def test_a_block_computes_its_formula(formula, make, fill, noise):
    block, x = fill(make()), noise(7, (2, 8, 7, 10)) * 4
    before = x.clone()
    with torch.no_grad():
        y = block(x)
    assert torch.equal(x, before)
    torch.testing.assert_close(y, formula(Parts(block), x), rtol=1e-10, atol=1e-10)


def test_the_quoted_block_of_most_tutorials_gives_its_outputs_from_its_own_weights(golden, fill_state, noise):
    for expected in golden("inverted_residual_quoted"):
        block = InvertedResidual(expected["inp"], expected["oup"], expected["stride"], expected["expand_ratio"])
        assert block.adds_input == expected["use_res_connect"]
        flat = {key: torch.zeros(shape, dtype=torch.float if shape else torch.long) for key, shape in expected["state_dict"]}
        block.load_state_dict(fill_state(flat))
        with torch.no_grad():
            y = block.double().eval()(noise(10000, expected["input_shape"]))
        assert list(y.shape) == expected["output_shape"]
        np.testing.assert_allclose(y.flatten()[:20], expected["output_first_20"], rtol=1e-6)
        np.testing.assert_allclose([y.sum(), y.abs().max()], [expected["output_sum"], expected["output_abs_max"]], rtol=1e-6)


STRIDED = [
    PlainPair,
    ReducedBranch,
    ResidualBasic,
    ResidualBottleneck,
    DepthwiseSeparable,
    InvertedResidual,
    InvertedResidualV3,
    Sandglass,
]


@pytest.mark.parametrize("kind", STRIDED)
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("oup", [12, 16])
@pytest.mark.parametrize("size", [(8, 8), (7, 9), (1, 2)])
def test_stride_divides_height_and_width_rounding_up(kind, stride, oup, size):
    block = kind(12, oup, stride).eval()
    assert block(torch.zeros(3, 12, *size)).shape == (3, oup, *(-(-side // stride) for side in size))


@pytest.mark.parametrize("kind", [ReducedBranch, DepthwiseSeparable, InvertedResidual, InvertedResidualV3, Sandglass])
@pytest.mark.parametrize("kernel", [1, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_any_odd_kernel_keeps_the_size(kind, kernel, stride):
    block = kind(12, 12, stride, kernel=kernel).eval()
    assert block(torch.zeros(1, 12, 5, 6)).shape == (1, 12, -(-5 // stride), 6 // stride)
    sizes = {layer.kernel_size for layer in block.modules() if isinstance(layer, nn.Conv2d)}
    assert sizes == {(1, 1), (kernel, kernel)}


@pytest.mark.parametrize("size", [(8, 8), (7, 9), (3, 2)])
def test_a_dense_block_keeps_the_size_and_a_transition_halves_it_rounding_down(size):
    x = torch.zeros(2, 8, *size)
    assert DenseLayer(8, 3).eval()(x).shape == (2, 3, *size)
    assert DenseBlock(8, 3, 4).eval()(x).shape == (2, 20, *size)
    assert Transition(8, 4).eval()(x).shape == (2, 4, *(side // 2 for side in size))
    assert Transition(8, 4, 1).eval()(x).shape == (2, 4, *size)


@pytest.mark.parametrize("kind", [InvertedResidual, InvertedResidualV3, Sandglass])
def test_an_activation_in_the_bottleneck_adds_no_parameter_but_changes_the_output(kind, fill, noise):
    linear, bent = fill(kind(12, 16)), fill(kind(12, 16, bottleneck_activation="relu6"))
    assert [p.shape for p in linear.parameters()] == [p.shape for p in bent.parameters()]
    x = noise(1, (2, 12, 6, 6))
    assert not torch.allclose(linear(x), bent(x), rtol=0.01)
    if kind is not Sandglass:
        torch.testing.assert_close(bent(x), relu6(linear(x)))


def test_shortcuts_need_stride_1_and_the_bottlenecks_one_as_many_channels():
    for stride, oup in [(1, 8), (1, 12), (2, 8), (2, 12)]:
        blocks = {
            shortcut: InvertedResidual(8, oup, stride, shortcut=shortcut) for shortcut in ("bottleneck", "expansion", "none")
        }
        assert blocks["bottleneck"].adds_input == (stride == 1 and oup == 8)
        assert blocks["expansion"].adds_expansion == (stride == 1)
        assert not blocks["none"].adds_input | blocks["none"].adds_expansion | blocks["expansion"].adds_input


AFFINE = [
    lambda: PlainPair(8, 8, activation="linear"),
    lambda: ReducedBranch(8, 8, 2, 0.5, activation="linear"),
    lambda: DepthwiseSeparable(8, 8, 2, activation="linear", inner_activation="linear"),
    lambda: InvertedResidual(8, 8, activation="linear", shortcut="none"),
    lambda: InvertedResidual(8, 8, activation="linear"),
    lambda: InvertedResidual(8, 8, activation="linear", shortcut="expansion"),
    lambda: InvertedResidualV3(8, 12, 2, activation="linear", squeeze_excite=False),
    lambda: Sandglass(8, 8, activation="linear", expand_ratio=0.5),
    lambda: ResidualBasic(8, 12, 2, activation="linear"),
    lambda: ResidualBottleneck(8, 8, activation="linear", survival=0.5),
]


@pytest.mark.parametrize("make", AFFINE)
def test_without_activations_a_block_in_evaluation_is_affine(make, fill, noise):
    """f(a + b) = f(a) + f(b) - f(0), with a shortcut too."""
    f, a, b = fill(make()), noise(1, (2, 8, 6, 7)), noise(2, (2, 8, 6, 7))
    torch.testing.assert_close(f(a + b), f(a) + f(b) - f(torch.zeros_like(a)), rtol=1e-10, atol=1e-10)


@EVERY
def test_an_activation_or_a_gate_makes_every_block_more_than_affine(make, fill, noise):
    f, a, b = fill(make()), noise(1, (2, 8, 6, 7)), noise(2, (2, 8, 6, 7))
    assert not torch.allclose(f(a + b), f(a) + f(b) - f(torch.zeros_like(a)), rtol=0.01, atol=0.01)


@EVERY
def test_images_of_a_batch_do_not_see_each_other_in_evaluation(make, fill, noise):
    block, x = fill(make()), noise(4, (3, 8, 6, 6))
    torch.testing.assert_close(block(x[[2, 0, 1]]), block(x)[[2, 0, 1]])
    torch.testing.assert_close(block(x[:1]), block(x)[:1])


@EVERY
def test_moving_the_image_moves_the_output_away_from_the_border(make, fill, noise):
    """By two pixels, which is one at stride 2; the gate alone sees the whole image, and so is left open here."""
    block = fill(make())
    for module in block.modules():
        if isinstance(module, SqueezeExcite):
            module.fc2.weight.data.zero_()
    big = noise(5, (1, 8, 36, 36))
    here, there = block(big[..., :-2, :-2]), block(big[..., 2:, 2:])
    step = 2 * here.shape[-1] // 34
    inside = here[..., 6 + step : -6 + step or None, 6 + step : -6 + step or None]
    moved = there[..., 6:-6, 6:-6]
    torch.testing.assert_close(inside, moved)


def leaves(block):
    return [module for module in block.modules() if not list(module.children())]


def gradients(block, x):
    """The output, and gradients of a weighed sum of it by the input and all parameters."""
    x = x.clone().requires_grad_()
    y = block(x)
    weights = torch.linspace(-1, 2, y.numel(), dtype=y.dtype).reshape(y.shape)
    return y.detach(), torch.autograd.grad((y * weights).sum(), [x, *block.parameters()])


@EVERY
@pytest.mark.parametrize("training", [False, True])
def test_what_hooks_store_stays_what_it_was_and_they_change_nothing(make, training, fill, noise):
    block, x = fill(make()).train(training), noise(6, (4, 8, 6, 6)) * 4
    unhooked, stored = copy.deepcopy(block), []

    def store(module, arguments, output):
        stored.append((arguments[0], arguments[0].clone(), output, output.clone()))

    for module in leaves(block):
        module.register_forward_hook(store)
    expected, plain = gradients(unhooked, x)
    y, seen = gradients(block, x)
    assert torch.equal(y, expected)
    assert all(map(torch.equal, seen, plain))
    assert len(stored) >= 3
    for read, read_then, written, written_then in stored:
        assert torch.equal(read, read_then)
        assert torch.equal(written, written_then)


@EVERY
def test_the_hooks_see_both_signs_where_an_activation_will_cut(make, fill, noise):
    block, signs = fill(make()), []
    for module in leaves(block):
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(lambda module, arguments, output: signs.append(output))
    block(noise(6, (4, 8, 6, 6)) * 4)
    assert len(signs) >= 1
    assert all(output.min() < 0 < output.max() for output in signs)


@pytest.mark.parametrize("register", ["register_full_backward_hook", "register_full_backward_pre_hook"])
@EVERY
def test_backward_hooks_leave_the_gradients_as_they_are(make, register, fill, noise):
    block, x, calls = fill(make()), noise(6, (2, 8, 6, 6)), []
    expected, plain = gradients(block, x)
    for module in leaves(block):
        getattr(module, register)(lambda module, *gradients: calls.append(module))
    y, seen = gradients(block, x)
    assert torch.equal(y, expected)
    assert all(map(torch.equal, seen, plain))
    assert set(calls) == set(leaves(block))


def test_the_gate_scales_channels_and_lies_between_0_and_1(fill, noise):
    layer, x = fill(SqueezeExcite(8, 4)), noise(1, (2, 8, 5, 5)).abs() + 1
    ratio = layer(x) / x
    assert torch.allclose(ratio, ratio[..., :1, :1])
    assert ((ratio >= 0) & (ratio <= 1)).all()
    torch.testing.assert_close(layer(x), gate(Parts(nn.Sequential(layer)), x, "0"))


SURVIVING = [
    lambda survival: InvertedResidual(8, 8, survival=survival),
    lambda survival: InvertedResidualV3(8, 8, survival=survival),
    lambda survival: Sandglass(8, 8, expand_ratio=0.5, survival=survival),
    lambda survival: ResidualBasic(8, 8, survival=survival),
    lambda survival: ResidualBasic(8, 12, 2, survival=survival),
    lambda survival: ResidualBottleneck(8, 8, survival=survival),
    lambda survival: DenseLayer(8, 3, survival=survival),
]


def with_branch(block, x, amount):
    """What the block is with its branch times `amount`: its branch's output is found from its own parts."""
    if isinstance(block, DenseLayer):
        return amount * block.branch(x)
    if isinstance(block, ResidualBasic | ResidualBottleneck):
        return relu(block.downsample(x) + amount * block.branch(x))
    return x + amount * (block.block if isinstance(block, InvertedResidualV3) else block.conv)(x)


@pytest.mark.parametrize("make", SURVIVING)
def test_in_evaluation_the_branch_is_weighed_by_its_chance(make, fill, noise, seed):
    block, x = fill(make(0.7)), noise(1, (2, 8, 6, 6))
    seed(0)
    state = torch.get_rng_state()
    torch.testing.assert_close(block(x), with_branch(block, x, 0.7))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("make", SURVIVING)
def test_in_training_the_branch_is_there_as_it_is_or_not_at_all(make, fill, noise, seed):
    """Of 40 coins of 0.5 all alike: chance 2^-39, and these are seeded."""
    block, x = fill(make(0.5)), noise(1, (2, 8, 6, 6))
    block.train()
    for norm in block.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.eval()  # so that the branch is one and the same function
    whole, alone = with_branch(block, x, 1.0), with_branch(block, x, 0.0)
    assert not torch.allclose(whole, alone)
    seed(1)
    outputs = [block(x) for _ in range(40)]
    kept = [torch.allclose(y, whole) for y in outputs]
    assert [torch.allclose(y, alone) for y in outputs] == [not k for k in kept]
    assert 0 < sum(kept) < 40


def test_a_certain_branch_draws_no_coin(seed, fill, noise):
    block, x = fill(InvertedResidual(8, 8)).train(), noise(1, (2, 8, 6, 6))
    seed(3)
    state = torch.get_rng_state()
    block(x)
    assert torch.equal(torch.get_rng_state(), state)
    assert stochastic_depth(torch.exp, x, survival=1.0, training=True).shape == x.shape


def test_a_branch_left_out_gives_its_weights_no_gradient(seed):
    seed(4)
    block, x = InvertedResidual(4, 4, survival=1e-9).train(), torch.ones(2, 4, 3, 3, requires_grad=True)
    y = block(x)
    y.sum().backward()
    assert torch.equal(y, x)
    assert torch.equal(x.grad, torch.ones_like(x))
    assert all(parameter.grad is None for parameter in block.parameters())


def test_inner_channels_are_the_nearest_whole_number_but_never_none():
    assert ReducedBranch(4, 8).inner == Sandglass(2, 2).inner == ResidualBottleneck(1, 8).inner == 1
    assert InvertedResidual(5, 5, expand_ratio=2.3).inner == 12
    assert Sandglass(40, 40).inner == 7
    assert ReducedBranch(192, 32).inner == 16
    assert ResidualBottleneck(256, 256).inner == 64
    assert InvertedResidualV3(16, 24, 2, 72 / 16).inner == 72
    assert InvertedResidualV3(16, 24, 2, 72 / 16).squeezed == 24
    assert DenseLayer(8, 12).inner == 48
    assert DenseLayer(8, 12, 0).inner == 0


def test_an_expansion_to_the_same_number_of_channels_is_left_out():
    for kind, name in [(InvertedResidual, "conv"), (InvertedResidualV3, "block")]:
        places = {ratio: len(getattr(kind(8, 8, 1, ratio), name)) for ratio in (1, 1.01, 2)}
        assert places[1] == places[1.01] == places[2] - 1


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: InvertedResidual(8, 12, 2), "InvertedResidual( 8, 12, stride=2, kernel=3, activation='relu6'"),
        (
            lambda: ResidualBottleneck(8, 8, groups=2),
            "ResidualBottleneck( 8, 8, stride=1, groups=2, activation='relu', survival=1.0",
        ),
        (lambda: Transition(8, 4), "Transition( 8, 4, stride=2"),
    ],
)
def test_repr_shows_what_a_block_was_made_with(make, words):
    assert " ".join(repr(make()).split()).startswith(words)


WRONG = [
    (lambda: InvertedResidual(8, 8, 3), ValueError, "stride must be 1 or 2, got 3"),
    (lambda: PlainPair(8, 8, 0), ValueError, "stride must be 1 or 2, got 0"),
    (lambda: Sandglass(8, 8, "2"), ValueError, "stride must be 1 or 2, got '2'"),
    (lambda: Transition(8, 8, 4), ValueError, "stride must be 1 or 2, got 4"),
    (lambda: InvertedResidual(8, 8, kernel=4), ValueError, "kernel must be odd, got 4"),
    (lambda: DepthwiseSeparable(8, 8, kernel=0), ValueError, "kernel must be >= 1, got 0"),
    (lambda: ReducedBranch(24, 8, kernel=2.5), TypeError, "kernel must be an integer, got 2.5"),
    (lambda: ConvNorm(8, 8, groups=3), ValueError, "groups must divide the channels in and out, got 3 groups for 8 -> 8"),
    (lambda: ConvNorm(8, 12, groups=8), ValueError, "groups must divide the channels in and out, got 8 groups for 8 -> 12"),
    (lambda: ConvNorm(8, 8, groups=0), ValueError, "groups must be >= 1, got 0"),
    (lambda: ResidualBottleneck(16, 8, groups=3), ValueError, "groups must divide .* got 3 groups for 4 -> 4"),
    (lambda: InvertedResidual(8, 8, activation="rleu"), ValueError, "unknown activation 'rleu'. Did you mean 'relu'"),
    (lambda: ResidualBasic(8, 8, activation="Gelu"), ValueError, "unknown activation 'Gelu'. Did you mean 'gelu'"),
    (lambda: Sandglass(8, 8, bottleneck_activation="lin"), ValueError, "unknown activation 'lin'. Did you mean 'linear'"),
    (lambda: InvertedResidual(8, 8, shortcut="expand"), ValueError, "unknown shortcut 'expand'. Did you mean 'expansion'"),
    (lambda: InvertedResidual(8, 8, padding="sam"), ValueError, "unknown padding 'sam'. Did you mean 'same'"),
    (lambda: InvertedResidual(8, 8, 2, survival=0.5), ValueError, "beside a shortcut, and this block has none; got 0.5"),
    (lambda: InvertedResidual(8, 8, shortcut="none", survival=0.5), ValueError, "this block has none; got 0.5"),
    (lambda: InvertedResidual(8, 8, shortcut="expansion", survival=0.5), ValueError, "this block has none; got 0.5"),
    (lambda: InvertedResidualV3(8, 12, survival=0.5), ValueError, "this block has none; got 0.5"),
    (lambda: Sandglass(8, 12, survival=0.5), ValueError, "this block has none; got 0.5"),
    (lambda: ResidualBasic(8, 8, survival=0), ValueError, "survival must be finite and > 0, got 0"),
    (lambda: DenseLayer(8, 8, survival=1.5), ValueError, "survival must be <= 1, got 1.5"),
    (lambda: ResidualBottleneck(8, 8, survival="half"), TypeError, "survival must be a number, got 'half'"),
    (lambda: InvertedResidual(8, 8, expand_ratio=0), ValueError, "expand_ratio must be finite and > 0, got 0"),
    (lambda: Sandglass(8, 8, expand_ratio=math.inf), ValueError, "expand_ratio must be finite and > 0, got inf"),
    (lambda: ReducedBranch(4, 8, expand_ratio=-1), ValueError, "expand_ratio must be finite and > 0, got -1"),
    (lambda: DenseLayer(8, 8, 1.5), TypeError, "expand_ratio must be an integer, got 1.5"),
    (lambda: DenseLayer(8, 8, -1), ValueError, "expand_ratio must be >= 0, got -1"),
    (lambda: InvertedResidual(0, 8), ValueError, "inp must be >= 1, got 0"),
    (lambda: PlainPair(8, 0), ValueError, "oup must be >= 1, got 0"),
    (lambda: ResidualBasic(8.0, 8), TypeError, "inp must be an integer, got 8.0"),
    (lambda: DenseBlock(8, 0, 2), ValueError, "growth must be >= 1, got 0"),
    (lambda: DenseBlock(8, 4, 0), ValueError, "layers must be >= 1, got 0"),
    (lambda: DenseBlock(8, 4, True), TypeError, "layers must be an integer, got True"),
]


@pytest.mark.parametrize(("make", "error", "message"), WRONG)
def test_numbers_and_names_that_make_no_block_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@EVERY
def test_what_is_no_batch_of_the_blocks_images_is_refused_in_one_sentence(make):
    block = make()
    name, x = type(block).__name__, torch.zeros(2, 8, 6, 6)
    for wrong, error, message in [
        (x[:, :7], ValueError, r"takes \(N, 8, H, W\), got \(2, 7, 6, 6\)"),
        (x[0], ValueError, r"takes \(N, 8, H, W\), got \(8, 6, 6\)"),
        (x[:, :, :0], ValueError, r"takes at least one image of at least 1 x 1 pixels, got \(2, 8, 0, 6\)"),
        (
            x.double(),
            TypeError,
            r"has weights of type torch.float32, got input of type torch.float64; pass x.to\(torch.float32\)",
        ),
        (x.byte(), TypeError, r"has weights of type torch.float32, got input of type torch.uint8"),
        (x.numpy(), TypeError, r"takes a torch.Tensor of shape \(N, 8, H, W\), got ndarray"),
    ]:
        with pytest.raises(error, match=f"^{name} {message}"):
            block(wrong)


def test_autocast_may_take_another_type():
    block = InvertedResidual(8, 8).eval()
    with torch.autocast("cpu", torch.bfloat16):
        assert block(torch.zeros(1, 8, 4, 4, dtype=torch.bfloat16)).shape == (1, 8, 4, 4)


@pytest.mark.parametrize("register", ["register_module_full_backward_hook", "register_module_full_backward_pre_hook"])
@EVERY
def test_backward_hooks_on_all_modules_leave_the_gradients_as_they_are(make, register, fill, noise):
    block, x, calls = fill(make()), noise(6, (2, 8, 6, 6)), []
    expected, plain = gradients(block, x)
    handle = getattr(torch.nn.modules.module, register)(lambda module, *gradients: calls.append(module))
    try:
        y, seen = gradients(block, x)
    finally:
        handle.remove()
    assert torch.equal(y, expected)
    assert all(map(torch.equal, seen, plain))
    assert set(leaves(block)) <= set(calls)


def test_the_image_can_be_given_by_name(noise):
    x = noise(0, (2, 4, 5, 5)).float()
    block = InvertedResidual(4, 4).eval()
    assert torch.equal(block(x=x), block(x))
    with pytest.raises(ValueError, match=r"InvertedResidual takes \(N, 4, H, W\), got \(2, 3, 5, 5\)"):
        block(x=x[:, :3])


@EVERY
@pytest.mark.parametrize("training", [False, True])
def test_torch_fx_traces_every_block_to_the_same_function(make, training, fill, noise):
    """At other sizes of image too; the weights keep their names."""
    block = fill(make()).train(training)
    traced = torch.fx.symbolic_trace(copy.deepcopy(block))
    for shape in [(2, 8, 6, 7), (4, 8, 9, 8)]:
        x = noise(6, shape)
        assert torch.equal(traced(x), block(x))
    assert set(traced.state_dict()) == set(block.state_dict())


def test_a_traced_block_can_be_set_to_training_and_back(fill, noise):
    block, x = fill(InvertedResidual(8, 8)), noise(6, (4, 8, 6, 6))
    traced = torch.fx.symbolic_trace(copy.deepcopy(block))
    assert torch.equal(traced.train()(x), block.train()(x))
    assert torch.equal(traced.eval()(x), block.eval()(x))
    assert not torch.equal(block.eval()(x), block.train()(x))


@pytest.mark.parametrize("make", SURVIVING)
def test_a_coin_cannot_be_traced_and_in_evaluation_there_is_none(make, fill, noise):
    """Traced, it would be tossed once and for all."""
    block, x = fill(make(0.5)), noise(1, (2, 8, 6, 6))
    assert torch.equal(torch.fx.symbolic_trace(block)(x), block(x))
    with pytest.raises(ValueError, match=r"a coin for every mini-batch, which torch.fx cannot trace; call eval\(\) first"):
        torch.fx.symbolic_trace(block.train())


def test_what_cannot_be_traced_in_a_block_is_said_in_the_tracers_own_words():
    class Choosing(PlainPair):
        def forward(self, x):
            return super().forward(x) if x.sum() > 0 else x

    with pytest.raises(torch.fx.proxy.TraceError, match="control flow"):
        torch.fx.symbolic_trace(nn.Sequential(Choosing(8, 8)))
