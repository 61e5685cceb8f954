"""An inverted residual in slices of its inner channels: the same output and MACs, and the memory that the formula says."""

import copy
import functools
import itertools

import pytest
import torch
import torch.fx
from hypothesis import given
from hypothesis import strategies as st

from experiments.speed.memory_split import allocated_peak
from manifold.nets import InvertedResidual, SplitInvertedResidual, measure_cost, split_memory

CONFIGURATIONS = {
    "shortcut": {},
    "other-width": {"oup": 6},
    "t=1": {"expand_ratio": 1},
    "t=1-stride-2": {"expand_ratio": 1, "oup": 6, "stride": 2},
    "stride-2": {"stride": 2},
    "kernel-5": {"kernel": 5},
    "kernel-5-stride-2": {"kernel": 5, "stride": 2},
    "bottleneck-relu6": {"bottleneck_activation": "relu6"},
    "no-shortcut": {"shortcut": "none"},
    "narrower": {"expand_ratio": 0.5},
    "hardswish": {"activation": "hardswish", "bottleneck_activation": "tanh"},
    "linear": {"activation": "linear"},
    "same-padding": {"padding": "same", "kernel": 5},
    "same-padding-stride-2": {"padding": "same", "stride": 2},
    "expansion-asked-but-none": {"shortcut": "expansion", "stride": 2},
}
EVERY = pytest.mark.parametrize("options", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
SHAPES = [(8, 8), (7, 5), (1, 2)]


def make(options):
    return InvertedResidual(4, **{"oup": 4, "expand_ratio": 2, **options})


def difference(found, expected):
    """Max |found - expected| / max |expected|."""
    return float(((found - expected).abs().max() / expected.abs().max()).detach())


@EVERY
@pytest.mark.parametrize("size", [(6, 6), (7, 5), (1, 1)])
def test_any_number_of_slices_gives_the_blocks_output(options, size, fill, noise):
    """And not by being 0."""
    block, x = fill(make(options)), noise(1, (3, 4, *size)) * 3
    expected = block(x)
    assert expected.std() > 0.05
    for slices in range(1, block.inner + 1):
        assert difference(SplitInvertedResidual(block, slices)(x), expected) < 1e-12


@EVERY
def test_in_float32_they_agree_to_its_own_precision(options, fill, noise):
    block, x = fill(make(options)).float(), noise(1, (3, 4, 7, 6)).float()
    for slices in (1, 2, block.inner):
        found = SplitInvertedResidual(block, slices)(x)
        assert found.dtype == torch.float32
        assert difference(found, block(x)) < 1e-6


def test_a_large_block_in_four_slices_gives_its_output_in_float32(fill, noise):
    block, x = fill(InvertedResidual(32, 32)).float(), noise(1, (2, 32, 14, 14)).float()
    assert difference(SplitInvertedResidual(block, 4)(x), block(x)) < 1e-6


def test_each_slice_adds_its_own_part(fill, noise):
    """The parts of two halves add up to the part of the whole, which is the output without shortcut and offset."""
    block, x = fill(make({})), noise(1, (2, 4, 5, 5))
    split = SplitInvertedResidual(block, 2)
    assert split.bounds == [0, 4, 8]
    first, second, whole = split.part(x, 0, 4), split.part(x, 4, 8), split.part(x, 0, 8)
    torch.testing.assert_close(first + second, whole)
    assert difference(first, whole) > 0.1
    torch.testing.assert_close(x + whole + split.offsets[-1][:, None, None], block(x))


@given(st.integers(1, 40), st.data())
def test_the_slices_cover_every_channel_once_and_are_as_equal_as_can_be(inner, data):
    slices = data.draw(st.integers(1, inner))
    split = SplitInvertedResidual(InvertedResidual(1, 1, 1, inner), slices)
    widths = [stop - start for start, stop in itertools.pairwise(split.bounds)]
    assert (len(widths), sum(widths), split.bounds[0]) == (slices, inner, 0)
    assert 1 <= min(widths) <= max(widths) <= min(widths) + 1


@EVERY
def test_slices_cost_no_multiplication_and_the_memory_of_the_formula(options):
    """ReLU inside, if the options name no other: it costs what ReLU6 does, which torch takes ten times as long to record."""
    block = make({"activation": "relu", **options})
    for size in SHAPES:
        whole = measure_cost(block, (4, *size))
        for slices in range(1, block.inner + 1):
            found = measure_cost(SplitInvertedResidual(block, slices), (4, *size))
            assert (found.macs, found.output) == (whole.macs, whole.output)
            assert found.memory == split_memory(block, (4, *size), slices), f"{slices} slices of {size}"


@EVERY
def test_one_slice_needs_what_the_block_needs(options):
    block = make(options)
    for size in SHAPES:
        assert split_memory(block, (4, *size), 1) == measure_cost(block, (4, *size)).memory


def test_memory_counted_by_hand():
    """On one pixel, 2 -> 4 -> 4 -> 1: while filtering the first half of 2 channels the input stays, for the second the sum."""
    block = InvertedResidual(2, 1, 1, 2)
    assert split_memory(block, (2, 1, 1), 1) == 4 + 4
    assert split_memory(block, (2, 1, 1), 2) == 2 + 2 + 2
    assert split_memory(block, (2, 1, 1), 4) == 2 + 1 + 1 + 1
    beside = InvertedResidual(2, 2, 1, 2)
    assert split_memory(beside, (2, 1, 1), 1) == 2 + 4 + 4
    assert split_memory(beside, (2, 1, 1), 2) == 2 + 2 + 2 + 2


@given(st.integers(1, 6), st.integers(1, 6), st.sampled_from([1, 2]), st.sampled_from([1, 2, 6]), st.integers(1, 9))
def test_the_finest_slices_need_no_more_than_the_whole_and_never_less_than_the_ends(inp, oup, stride, ratio, side):
    block = InvertedResidual(inp, oup, stride, ratio)
    shape, out = (inp, side, side), oup * (-(-side // stride)) ** 2
    finest, whole = split_memory(block, shape, block.inner), split_memory(block, shape, 1)
    assert finest >= max(inp * side**2, out)
    assert finest <= whole + 2 * out  # beside a slice stand the sum and what is added to it


def test_four_slices_of_mobilenet_v2s_widest_block_need_less_than_six_tenths_of_its_memory():
    """While a later slice is filtered: the image, the slice before and after, and the sum so far; 0.43 of 1,505,280 values."""
    block, shape = InvertedResidual(16, 24, 2, 6), (16, 112, 112)
    assert split_memory(block, shape, 1) == 96 * 112**2 + 96 * 56**2 == 1_505_280
    assert (
        split_memory(block, shape, 4) == 16 * 112**2 + 24 * 112**2 + 24 * 56**2 + 24 * 56**2
    )  # 24 of 96 inner channels, 24 out
    assert split_memory(block, shape, 4) < 0.6 * split_memory(block, shape, 1)


def test_torch_allocates_at_most_six_tenths_with_four_slices(fill, noise):
    """Measured 0.32, the copies that convolutions make for themselves included."""
    block, image = fill(InvertedResidual(16, 24, 2, 6)).float(), noise(1, (1, 16, 112, 112)).float()
    whole, sliced = (allocated_peak(functools.partial(SplitInvertedResidual(block, k), image)) for k in (1, 4))
    assert sliced <= 0.6 * whole
    assert whole >= 4 * (1_505_280 - 16 * 112**2)  # float32; the image itself is made outside


def test_the_block_stays_as_it_is_and_the_slices_hold_copies(fill, noise):
    block, x = fill(make({})).train(), noise(1, (2, 4, 5, 5))
    before = copy.deepcopy(block.state_dict())
    split = SplitInvertedResidual(block, 3)
    y = split(x)
    with torch.no_grad():
        for weight in split.parameters():
            weight.zero_()
    assert block.training
    assert all(torch.equal(value, before[key]) for key, value in block.state_dict().items())
    assert torch.equal(split(x), x)
    torch.testing.assert_close(y, block.eval()(x))


def test_the_image_stays_as_it_is(fill, noise):
    for options in CONFIGURATIONS.values():
        x = noise(1, (2, 4, 5, 5))
        SplitInvertedResidual(fill(make(options)), 2)(x)
        assert torch.equal(x, noise(1, (2, 4, 5, 5)))


@pytest.mark.parametrize(
    ("options", "slices", "error", "message"),
    [
        ({}, 0, ValueError, "slices must be >= 1, got 0"),
        ({}, -3, ValueError, "slices must be >= 1, got -3"),
        ({}, 9, ValueError, "slices must be <= the block's 8 inner channels, got 9"),
        ({"expand_ratio": 1}, 5, ValueError, "slices must be <= the block's 4 inner channels, got 5"),
        ({}, 2.0, TypeError, r"slices must be an integer, got 2\.0"),
        ({}, "2", TypeError, "slices must be an integer, got '2'"),
        ({}, True, TypeError, "slices must be an integer, got True"),
        ({"shortcut": "expansion"}, 2, ValueError, "shortcut='expansion' cannot be split; use 'bottleneck' or 'none'"),
    ],
)
def test_what_cannot_be_split_is_refused(options, slices, error, message):
    with pytest.raises(error, match=message):
        SplitInvertedResidual(make(options), slices)


@pytest.mark.parametrize("slices", [1, 3])
def test_a_branch_of_uncertain_survival_is_scaled_as_in_its_block(slices, fill, noise):
    block = fill(InvertedResidual(4, 4, 1, 2, survival=0.5))
    x = noise(1, (2, 4, 5, 5))
    torch.testing.assert_close(SplitInvertedResidual(block, slices)(x), block(x))


def test_an_image_of_other_channels_is_refused():
    with pytest.raises(ValueError, match=r"SplitInvertedResidual takes \(N, 4, H, W\), got \(1, 9, 5, 5\)"):
        SplitInvertedResidual(InvertedResidual(4, 6, 1, 1), 2)(torch.zeros(1, 9, 5, 5))


@EVERY
def test_torch_fx_traces_the_slices_to_the_same_function(options, fill, noise):
    split, x = SplitInvertedResidual(fill(make(options)), 2), noise(1, (2, 4, 6, 5))
    assert torch.equal(torch.fx.symbolic_trace(split)(x), split(x))


def test_a_block_with_hooks_inside_is_refused():
    """Its norms are not folded, and it would have no offsets."""
    block = make({})
    block.conv[1][0].register_forward_hook(lambda module, arguments, output: output * 2)
    with pytest.raises(ValueError, match="a block cannot be split while it holds hooks, or norms that `fold_norms` leaves"):
        SplitInvertedResidual(block, 2)
