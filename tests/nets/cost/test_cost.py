"""Costs by formula against costs by running, against published numbers, and against counts by hand."""

import functools
import itertools
import math
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from manifold import ACTIVATIONS
from manifold.nets import (
    BLOCKS,
    NETWORKS,
    Block,
    ConvNorm,
    DenseBlock,
    DenseLayer,
    DepthwiseSeparable,
    Graph,
    InvertedResidual,
    InvertedResidualV3,
    MobileNet,
    Operation,
    ReducedBranch,
    ResidualBasic,
    ResidualBottleneck,
    Sandglass,
    SqueezeExcite,
    Transition,
    densenet_cifar,
    fold_norms,
    formula_cost,
    measure_cost,
    mobilenet_v2,
    record,
)
from manifold.nets.blocks.layers import conv
from manifold.nets.cost.formula import Cost
from manifold.nets.cost.measured import peak_memory

PAIRS = [(8, 8), (8, 12), (3, 5)]
SIZES = [(8, 8), (7, 5), (2, 3)]
PIXELS = [(1, 1)]  # too small for the dense block's mean of 2 x 2
STRIDES = pytest.mark.parametrize("stride", [1, 2])
EVERY = pytest.mark.parametrize("name", BLOCKS)
ONE_BY_ONE = ["add", "mul", "relu", "hardtanh", "native_batch_norm", "hardswish", "silu"]


@pytest.fixture
def both():
    """Function: the cost of a module by formula, which must be that of running it."""

    def both(module, shape):
        cost = formula_cost(module, shape)
        assert cost == measure_cost(module, shape), f"{module} on {shape}"
        return cost

    return both


@STRIDES
@EVERY
def test_every_block_costs_what_its_formula_says(name, stride, both):
    sizes = SIZES if name == "dense" and stride == 2 else SIZES + PIXELS
    for (inp, oup), size in itertools.product(PAIRS, sizes):
        cost = both(BLOCKS[name](inp, oup, stride), (inp, *size))
        assert cost.output[0] == oup
        assert all(isinstance(number, int) for number in (cost.parameters, cost.macs, cost.memory, *cost.output))


@STRIDES
@pytest.mark.parametrize("shortcut", ["bottleneck", "expansion", "none"])
@pytest.mark.parametrize("ratio", [1, 3, 6])
@pytest.mark.parametrize("kernel", [3, 5])
def test_all_options_of_the_inverted_residual_are_in_its_formula(ratio, kernel, shortcut, stride, both):
    """With ReLU, which costs what ReLU6 does and is recorded in a tenth of the time."""
    ends, paddings = ["linear", "relu6"], ["symmetric", "same"]
    for oup, end, padding in itertools.product([8, 12], ends, paddings):
        options = {"kernel": kernel, "shortcut": shortcut, "bottleneck_activation": end, "padding": padding}
        options["activation"] = "relu"
        both(InvertedResidual(8, oup, stride, ratio, **options), (8, 7, 6))


@STRIDES
@pytest.mark.parametrize("ratio", [1, 6])
@pytest.mark.parametrize("squeeze_excite", [True, False])
def test_the_gate_of_v3_is_in_its_formula(squeeze_excite, ratio, stride, both):
    for oup, kernel, size in itertools.product([8, 12], [3, 5], [(6, 5), (1, 1)]):
        block = InvertedResidualV3(8, oup, stride, ratio, kernel=kernel, squeeze_excite=squeeze_excite)
        both(block, (8, *size))


@pytest.mark.parametrize(
    "block",
    [
        DepthwiseSeparable(8, 12, 2, kernel=5, inner_activation="linear"),
        Sandglass(8, 8, 1, 0.5, kernel=5, bottleneck_activation="relu6"),
        Sandglass(8, 12, 2, 3),
        ReducedBranch(8, 8, kernel=7),
        ResidualBottleneck(8, 8, 2, 2, groups=4),
        ResidualBottleneck(8, 64, 1, 1),
        ResidualBasic(8, 2, 2),
        Transition(8, 4, 2),
        Transition(8, 30, 1),
        ConvNorm(8, 12, 7, 2, groups=4, padding="same"),
    ],
    ids=lambda block: type(block).__name__,
)
def test_options_of_other_blocks_are_in_their_formulas(block, both):
    both(block, (8, 9, 6))
    both(block, (8, 2, 2))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_activation_costs_neither_multiplications_nor_memory(activation, both):
    block = InvertedResidual(8, 8, activation=activation, bottleneck_activation=activation)
    assert both(block, (8, 5, 5)) == both(InvertedResidual(8, 8, activation="linear"), (8, 5, 5))


@pytest.mark.parametrize("activation", [nn.Mish, nn.Softplus, nn.Sigmoid, nn.SELU, nn.Hardsigmoid, nn.CELU])
def test_an_activation_that_is_not_in_the_registry_costs_neither(activation):
    cost = measure_cost(nn.Sequential(nn.Conv2d(3, 8, 1), activation(), nn.Conv2d(8, 3, 1)), (3, 5, 5))
    assert cost == measure_cost(nn.Sequential(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 3, 1)), (3, 5, 5))


@pytest.mark.parametrize("expand_ratio", [0, 1, 4])
def test_dense_layers_and_blocks_cost_what_their_formulas_say(expand_ratio, both):
    for inp, growth in itertools.product([1, 8], [1, 3, 16]):
        both(DenseLayer(inp, growth, expand_ratio), (inp, 5, 6))
        for layers in (1, 4):
            both(DenseBlock(inp, growth, layers, expand_ratio), (inp, 5, 6))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_costs_what_its_formula_says(name, both):
    assert both(NETWORKS[name](), (3, 224, 224)).output == (1000,)


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: mobilenet_v2(width_mult=0.5), (3, 224, 224)),
        (lambda: mobilenet_v2(width_mult=1.4, shortcut="expansion"), (3, 193, 130)),
        (lambda: mobilenet_v2(bottleneck_activation="relu6", shortcut="none", classes=7), (3, 96, 97)),
        (lambda: densenet_cifar(40, 12), (3, 32, 32)),
        (lambda: densenet_cifar(100, 12, compressed=True), (3, 32, 32)),
        (NETWORKS["densenet121"], (3, 225, 193)),
    ],
)
def test_networks_of_other_widths_and_images_cost_what_their_formulas_say(make, shape, both):
    both(make(), shape)


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("mobilenet_v2", 3_504_872, 300_774_272),
        ("mobilenet_v3_large", 5_483_032, 216_589_760),
        ("mobilenet_v3_small", 2_542_856, 56_510_400),
        ("densenet121", 7_978_856, 2_834_161_664),
    ],
)
def test_the_published_numbers_are_found(name, parameters, macs):
    cost = measure_cost(NETWORKS[name](), (3, 224, 224))
    assert (cost.parameters, cost.macs) == (parameters, macs)


@given(
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(1, 8),
    st.sampled_from([1, 3, 5]),
)
def test_the_papers_formula_of_the_inverted_residual(height, width, inp, oup, t, kernel):
    """H w d' t (d' + k^2 + d'') multiplications at stride 1; without expansion its d' term is left out."""
    block = InvertedResidual(inp, oup, 1, t, kernel=kernel)
    expected = height * width * inp * t * (inp * (t > 1) + kernel**2 + oup)
    assert formula_cost(block, (inp, height, width)).macs == expected


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 30), st.integers(1, 30), st.sampled_from([1, 3, 5]))
def test_the_papers_formula_of_the_depthwise_separable_convolution(height, width, inp, oup, kernel):
    """H w d_i (k^2 + d_j), against h w d_i d_j k^2 of a full convolution."""
    separable = formula_cost(DepthwiseSeparable(inp, oup, kernel=kernel), (inp, height, width))
    full = formula_cost(ConvNorm(inp, oup, kernel), (inp, height, width))
    assert separable.macs == height * width * inp * (kernel**2 + oup)
    assert full.macs == height * width * inp * oup * kernel**2
    assert separable.macs * oup * kernel**2 == full.macs * (kernel**2 + oup)


PARAMETERS_BY_HAND = {
    "plain": 9 * 8 * 12 + 9 * 12 * 12 + 2 * (12 + 12),
    "reduced": 8 * 2 + 25 * 2 * 12 + 2 * (2 + 12),
    "residual": 9 * 8 * 12 + 9 * 12 * 12 + 8 * 12 + 2 * (12 + 12 + 12),
    "bottleneck": 8 * 2 + 9 * 2 * 2 + 2 * 12 + 8 * 12 + 2 * (2 + 2 + 12 + 12),
    "grouped": 8 * 4 + 4 * 9 + 4 * 12 + 8 * 12 + 2 * (4 + 4 + 12 + 12),  # four groups of one channel
    "separable": 9 * 8 + 8 * 12 + 2 * (8 + 12),
    "inverted": 8 * 48 + 9 * 48 + 48 * 12 + 2 * (48 + 48 + 12),
    "inverted-v3": 8 * 48 + 9 * 48 + (48 * 16 + 16) + (16 * 48 + 48) + 48 * 12 + 2 * (48 + 48 + 12),
    "sandglass": 9 * 8 + 8 * 1 + 1 * 12 + 9 * 12 + 2 * (8 + 1 + 12 + 12),
    "dense": sum(2 * c + 8 * c + 2 * 8 + 9 * 8 * 2 for c in (8, 10, 12, 14)) + 2 * 16 + 16 * 12,
}


@EVERY
def test_parameters_are_those_counted_by_hand(name):
    block = BLOCKS[name](8, 12)
    assert formula_cost(block, (8, 4, 4)).parameters == PARAMETERS_BY_HAND[name]
    assert sum(weight.numel() for weight in block.parameters()) == PARAMETERS_BY_HAND[name]


def test_mobilenet_v2_keeps_half_of_what_it_expands_to():
    """The largest |in| + |out| of a block is 32 and 16 channels of 112 x 112; the widest tensor has 96 channels there."""
    network = mobilenet_v2()
    graph = record(network, (3, 224, 224))
    shape, ends = (32, 112, 112), []
    for block in list(network.features)[1:18]:
        ends.append((shape, formula_cost(block, shape).output))
        shape = ends[-1][1]
    assert max(math.prod(before) + math.prod(after) for before, after in ends) == 602_112
    assert {shape for pair in ends for shape in pair} <= set(graph.shapes)
    assert max(map(math.prod, graph.shapes)) == 1_204_224 == 96 * 112 * 112


def test_memory_of_small_blocks_counted_by_hand():
    """On one pixel a tensor has as many values as channels."""
    assert measure_cost(InvertedResidual(1, 1, 1, 2), (1, 1, 1)).memory == 1 + 2 + 2  # input kept, filtered from expanded
    assert measure_cost(InvertedResidual(1, 1, 1, 2, shortcut="none"), (1, 1, 1)).memory == 2 + 2
    assert measure_cost(DenseBlock(2, 1, 1, 0), (2, 1, 1)).memory == 2 + 1 + 3  # all maps, and their copy side by side
    assert measure_cost(DenseBlock(2, 1, 1, 9), (2, 1, 1)).memory == 2 + 2 + 9  # all maps, their copy, nine inside
    assert measure_cost(ResidualBasic(2, 5), (2, 1, 1)).memory == 2 + 5 + 5  # branch's end, input, input projected
    assert measure_cost(InvertedResidual(16, 24, 2), (16, 112, 112)).memory == 96 * 112**2 + 96 * 56**2
    assert measure_cost(nn.Sequential(ConvNorm(2, 4), SqueezeExcite(4, 3)), (2, 3, 3)).memory == 9 * 2 + 9 * 4


def graph_of(operations, sizes):
    return Graph(
        tuple(Operation(kind, "", tuple(read), to, kind in ONE_BY_ONE) for kind, read, to in operations),
        tuple((s,) for s in sizes),
        {},
        0,
    )


@pytest.mark.parametrize(
    ("operations", "sizes", "memory"),
    [
        ([("convolution", [0], 1)], [3, 5], 8),
        ([("convolution", [0], 1), ("relu", [1], 2)], [3, 5, 5], 8),
        ([("convolution", [0], 1), ("convolution", [1], 2)], [3, 5, 5], 10),
        ([("convolution", [0], 1), ("relu", [1], 2), ("add", [1, 2], 3)], [3, 5, 5, 5], 10),
        ([("convolution", [0], 1), ("mean", [1], 2), ("mul", [2, 1], 3)], [3, 5, 1, 5], 8),
        ([("convolution", [0], 1), ("mul", [1, 1], 2)], [3, 5, 5], 8),
        ([("convolution", [0], 1), ("add", [0, 1], 2)], [1, 5, 5], 6),
        ([("convolution", [0], 1), ("convolution", [1], 2), ("cat", [0, 1, 2], 3)], [1, 5, 2, 8], 16),
        ([("convolution", [0], 1), ("relu", [1], 1), ("convolution", [1], 2)], [3, 5, 4], 9),
        ([("convolution", [0], 1), ("relu", [0], 0), ("add", [0, 1], 2)], [5, 5, 5], 10),
        ([("convolution", [0], 1)], [50, 1], 51),
    ],
)
def test_peak_memory_of_graphs_counted_by_hand(operations, sizes, memory):
    assert peak_memory(graph_of(operations, sizes)) == memory


@st.composite
def graphs(draw):
    """Operations that read the last tensor written, so that none is without use, and others; some write in place."""
    sizes, operations, last = [draw(st.integers(1, 4))], [], 0
    for _ in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from([*ONE_BY_ONE, "convolution", "cat", "mean"]))
        others = draw(st.lists(st.integers(0, len(sizes) - 1), max_size=2))
        read = draw(st.permutations([last, *others]))
        if kind in ONE_BY_ONE and draw(st.booleans()):
            last = read[0]
        else:
            last = len(sizes)
            sizes.append(draw(st.integers(1, 4)))
        operations.append((kind, read, last))
    return graph_of(operations, sizes)


def memory_by_intervals(graph):
    """A tensor lives from the operation that first writes it to the last that reads it; none of a rewritten one is new."""
    made, read = {0: -1}, {}
    for k, operation in enumerate(graph.operations):
        made.setdefault(operation.output, k)
        read |= dict.fromkeys(operation.inputs, k)
    read[graph.operations[-1].output] = len(graph.operations)
    held = []
    for k, operation in enumerate(graph.operations):
        living = [graph.shapes[t][0] for t in made if made[t] <= k <= read[t]]
        dying = [graph.shapes[t] for t in operation.inputs if read[t] == k]
        rewrites = operation.pointwise and made[operation.output] == k and graph.shapes[operation.output] in dying
        held.append(sum(living) - graph.shapes[operation.output][0] * rewrites)
    return max(held)


@given(graphs())
def test_peak_memory_is_that_of_the_tensors_lives(graph):
    memory = peak_memory(graph)
    assert memory == memory_by_intervals(graph)
    largest = max(sum(graph.shapes[t][0] for t in set(operation.inputs)) for operation in graph.operations)
    assert largest <= memory <= sum(size for (size,) in graph.shapes)


@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_small", "densenet121"])
def test_peak_memory_of_networks_is_that_of_the_tensors_lives(name):
    graph = record(NETWORKS[name](), (3, 64, 64))
    flat = Graph(graph.operations, tuple((math.prod(shape),) for shape in graph.shapes), {}, 0)
    assert peak_memory(graph) == memory_by_intervals(flat)


FEW = settings(max_examples=20)  # of each block
WITHOUT_GATE = pytest.mark.parametrize("name", [name for name in BLOCKS if name != "inverted-v3"])


@WITHOUT_GATE
@FEW
@given(inp=st.integers(2, 20), oup=st.integers(1, 20), height=st.integers(1, 12), width=st.integers(1, 12))
def test_at_stride_1_macs_and_memory_are_proportional_to_the_places(name, inp, oup, height, width):
    block = BLOCKS[name](inp, oup)
    pixel, image = formula_cost(block, (inp, 1, 1)), formula_cost(block, (inp, height, width))
    assert image == Cost(pixel.parameters, pixel.macs * height * width, pixel.memory * height * width, (oup, height, width))


@WITHOUT_GATE
@FEW
@given(inp=st.integers(2, 20), oup=st.integers(1, 20), height=st.integers(1, 12), width=st.integers(1, 12))
def test_at_stride_2_twice_the_sides_are_four_times_the_macs_and_memory(name, inp, oup, height, width):
    block = BLOCKS[name](inp, oup, 2)
    small, large = (formula_cost(block, (inp, k * height, k * width)) for k in (2, 4))
    assert (large.parameters, large.macs, large.memory) == (small.parameters, 4 * small.macs, 4 * small.memory)


@given(inp=st.integers(1, 20), oup=st.integers(1, 20), height=st.integers(1, 12), width=st.integers(1, 12))
def test_a_gate_costs_the_same_on_every_image(inp, oup, height, width):
    gated, plain = (InvertedResidualV3(inp, oup, squeeze_excite=gate) for gate in (True, False))
    with_gate, without = (formula_cost(block, (inp, height, width)) for block in (gated, plain))
    assert with_gate.macs - without.macs == 2 * gated.inner * gated.squeezed
    assert with_gate.parameters - without.parameters == 2 * gated.inner * gated.squeezed + gated.inner + gated.squeezed


@EVERY
@FEW
@given(inp=st.integers(2, 20), oup=st.integers(1, 20), stride=st.sampled_from([1, 2]))
def test_no_block_holds_less_than_its_input_and_its_output(name, inp, oup, stride):
    cost = formula_cost(BLOCKS[name](inp, oup, stride), (inp, 6, 8))
    assert cost.output == (oup, 6 // stride, 8 // stride)
    assert cost.memory >= max(inp * 48, math.prod(cost.output))
    assert cost.macs > 0


class Doubled(Block):
    """A block as a user adds it: a 3x3 convolution, and its output once more."""

    def __init__(self, inp, oup):
        super().__init__(inp, oup)
        self.conv = ConvNorm(inp, oup // 2, 3, activation="relu")

    def forward(self, x):
        return torch.cat([self.conv(x)] * 2, 1)

    def cost(self, shape):
        convolution = formula_cost(self.conv, shape)
        output = (self.oup, *shape[1:])
        memory = max(convolution.memory, math.prod(convolution.output) + math.prod(output))
        return Cost(convolution.parameters, convolution.macs, memory, output)


def test_a_block_of_the_users_own_brings_its_formula(both):
    """Alone, among others, and inside a network."""
    cost = both(Doubled(3, 8), (3, 5, 6))
    assert cost.macs == 30 * 9 * 3 * 4
    assert both(nn.Sequential(Doubled(3, 8), InvertedResidual(8, 8)), (3, 5, 6)).macs > cost.macs
    both(MobileNet([Doubled(3, 8)], [nn.Linear(8, 2)]), (3, 5, 6))
    with pytest.raises(ValueError, match=r"Doubled takes \(3, H, W\), got \(4, 5, 5\)"):
        formula_cost(Doubled(3, 8), (4, 5, 5))


def test_a_block_without_a_formula_is_refused_but_can_be_run():
    class Silent(Block):
        def forward(self, x):
            return x

    with pytest.raises(TypeError, match=r"no formula for Silent; use measure_cost, or give it a method cost\(shape\)"):
        formula_cost(Silent(3, 3), (3, 5, 5))


def test_a_gate_alone_costs_what_its_formula_says(both):
    both(nn.Sequential(ConvNorm(2, 4), SqueezeExcite(4, 3)), (2, 3, 3))
    both(nn.Sequential(conv(2, 4, 3, 2, padding="same")), (2, 7, 6))


def test_what_is_not_of_this_package_has_no_formula_but_can_be_run():
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.PixelShuffle(2))
    with pytest.raises(TypeError, match="there is no formula for PixelShuffle; use measure_cost"):
        formula_cost(module, (3, 5, 5))
    with pytest.raises(TypeError, match="there is no formula for LSTM; use measure_cost"):
        formula_cost(nn.LSTM(3, 3), (3, 5, 5))
    assert measure_cost(module, (3, 5, 5)).output == (1, 10, 10)


def test_running_refuses_what_the_block_refuses():
    with pytest.raises(ValueError, match=r"^InvertedResidual takes \(N, 8, H, W\), got \(1, 7, 5, 5\)"):
        measure_cost(InvertedResidual(8, 8), (7, 5, 5))


WINDOWS = {"kernel": st.integers(1, 4), "stride": st.integers(1, 3), "dilation": st.integers(1, 3)}
SIDES = st.tuples(st.integers(10, 14), st.integers(10, 14))


@given(**WINDOWS, padding=st.integers(0, 3), groups=st.sampled_from([1, 2]), sides=SIDES)
def test_a_convolution_costs_what_its_windows_hold(kernel, stride, dilation, padding, groups, sides):
    """Torch cuts an image into windows of inp kernel^2 values; each output is a sum over those of its group."""
    windows = nn.functional.unfold(torch.zeros(1, 4, *sides), kernel, dilation, padding, stride)
    layer = nn.Conv2d(4, 6, kernel, stride, padding, dilation, groups)
    cost = formula_cost(layer, (4, *sides))
    assert cost == measure_cost(layer, (4, *sides))
    assert cost.macs == windows.numel() * 6 // groups
    assert cost.output == layer(torch.zeros(1, 4, *sides)).shape[1:]


def test_the_convolution_with_holes_of_the_issue():
    """3 x 3 taps two apart span 5 of 10 places and leave 6: 6 * 6 * 8 outputs of 27 products each."""
    cost = formula_cost(nn.Conv2d(3, 8, 3, dilation=2), (3, 10, 10))
    assert (cost.macs, cost.output) == (7_776, (8, 6, 6))


@given(**WINDOWS, ceil_mode=st.booleans(), sides=SIDES, data=st.data())
def test_pooling_leaves_what_it_leaves(kernel, stride, dilation, ceil_mode, sides, data):
    padding = data.draw(st.integers(0, kernel // 2))
    layers = (
        nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil_mode),
        nn.AvgPool2d(kernel, stride, padding, ceil_mode),
    )
    for layer in layers:
        assert formula_cost(layer, (3, *sides)) == measure_cost(layer, (3, *sides))


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(3, 8, (3, 1), (2, 1), (1, 0), (1, 2)),
        nn.Conv2d(3, 8, 4, padding="same", dilation=2, bias=False),
        nn.Conv2d(3, 8, (3, 5), padding="valid"),
        nn.Sequential(nn.Conv2d(3, 8, 1), nn.BatchNorm2d(8, affine=False), nn.Identity(), nn.ReLU()),
        nn.Sequential(nn.Linear(8, 5), nn.Linear(5, 2, bias=False)),  # of every row of the image
        nn.Sequential(),
    ],
)
def test_other_settings_of_plain_layers_are_in_their_formulas(layer, both):
    both(layer, (3, 9, 8))


def test_a_norm_without_scale_and_offset_has_no_parameters(both):
    assert both(nn.BatchNorm2d(3, affine=False), (3, 4, 4)).parameters == 0
    assert both(ConvNorm(3, 8, norm=functools.partial(nn.BatchNorm2d, affine=False)), (3, 4, 4)).parameters == 24


@pytest.mark.parametrize("shape", [(4, 9, 9), (3, 9), (3,), (1, 3, 9, 9)])
@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Conv2d(3, 8, 1),
        lambda: nn.BatchNorm2d(3),
        lambda: ConvNorm(3, 8),
        lambda: conv(3, 8, 3, 2, padding="same"),
        lambda: SqueezeExcite(3, 2),
        lambda: InvertedResidual(3, 8),
        lambda: mobilenet_v2(width_mult=0.1),
        lambda: densenet_cifar(10, 4),
    ],
)
def test_an_image_of_other_channels_or_axes_is_refused(make, shape):
    with pytest.raises(ValueError, match=rf"^\w+ takes \(3, H, W\), got {re.escape(str(shape))}$"):
        formula_cost(make(), shape)


@pytest.mark.parametrize("shape", [5, None, "abc", (), 2.5])
def test_what_is_no_shape_is_refused(shape):
    for count in (formula_cost, measure_cost):
        with pytest.raises(TypeError, match=r"^shape must be \(channels, height, width\), got an object of type \w+$"):
            count(nn.ReLU(), shape)


@pytest.mark.parametrize("shape", [(3, 2.5, 4), (3, -1, 4), (3, "a", 4), (True, 4, 4)])
def test_a_side_that_is_no_number_of_pixels_is_refused(shape):
    for count in (formula_cost, measure_cost):
        with pytest.raises((TypeError, ValueError), match=r"^a side of the image must be "):
            count(nn.ReLU(), shape)


@pytest.mark.parametrize("network", ["relu", None, nn.ReLU, torch.zeros(2)])
def test_what_is_no_network_is_refused(network):
    for count in (formula_cost, measure_cost):
        with pytest.raises(TypeError, match=r"^a network must be a torch.nn.Module, got an object of type \w+$"):
            count(network, (3, 4, 4))


class Twice(nn.Conv2d):
    def forward(self, x):
        return super().forward(super().forward(x))


class Longer(InvertedResidual):
    def forward(self, x):
        return super().forward(super().forward(x))


class Beside(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


@pytest.mark.parametrize("module", [Twice(3, 3, 1), Longer(3, 3), Beside(nn.Conv2d(3, 3, 1))])
def test_a_class_that_computes_something_else_has_not_the_formula_of_its_parent(module):
    with pytest.raises(TypeError, match=f"^there is no formula for {type(module).__name__}; use measure_cost"):
        formula_cost(module, (3, 4, 4))
    assert measure_cost(module, (3, 4, 4)).output == (3, 4, 4)


class Named(InvertedResidual):
    """Computes what its parent does."""


def test_a_class_that_computes_what_its_parent_does_has_its_formula(both):
    assert both(Named(3, 3), (3, 4, 4)) == formula_cost(InvertedResidual(3, 3), (3, 4, 4))


SHARED = nn.Conv2d(3, 3, 1)


@pytest.mark.parametrize(
    ("module", "numbers"),
    [
        (fold_norms(InvertedResidual(3, 3)), "counts 348 parameters, but it holds 309"),
        (nn.Sequential(SHARED, SHARED), "counts 24 parameters, but it holds 12"),
        (nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 1)), "counts 16 parameters, but it holds 20"),
    ],
)
def test_a_formula_that_counts_other_parameters_is_not_used(module, numbers):
    with pytest.raises(ValueError, match=f"^the formula of {type(module).__name__} {numbers}; use measure_cost$"):
        formula_cost(module, (3, 4, 4))


def test_sizes_that_come_with_the_first_image_have_no_formula():
    with pytest.raises(ValueError, match="LazyConv2d takes its sizes from its first image; run it on one before"):
        formula_cost(nn.LazyConv2d(4, 3), (3, 8, 8))


def test_a_fully_connected_layer_without_offset_has_none():
    assert formula_cost(nn.Linear(3, 4, bias=False), (3,)).parameters == 12


def test_a_formula_refuses_what_its_block_refuses():
    with pytest.raises(ValueError, match=r"InvertedResidual takes \(8, H, W\), got \(7, 5, 5\)"):
        formula_cost(InvertedResidual(8, 8), (7, 5, 5))
    with pytest.raises(ValueError, match=r"leaves nothing of an image of \(16, 1, 1\); take a larger one"):
        formula_cost(BLOCKS["dense"](8, 8, 2), (8, 1, 1))


def test_a_single_channel_has_a_single_group():
    assert BLOCKS["grouped"](1, 1).options["groups"] == 1
