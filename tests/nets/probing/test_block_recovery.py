"""What blocks keep of known points: against the real blocks, against one layer's recovery, and against closed forms."""

import copy
import functools

import numpy as np
import pytest
import torch
from torch import nn

import manifold
from manifold.metrics import lost_share, nmse, worst_error
from manifold.nets import (
    BLOCKS,
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
    initialise,
    recover_block,
)
from manifold.nets.blocks.layers import activation_module
from manifold.theory import collapsed_fraction

ACTIVATIONS = tuple({type(activation_module(name)) for name in manifold.ACTIVATIONS if name != "linear"})
EVERY = pytest.mark.parametrize("name", BLOCKS)
NORMALISE = pytest.mark.parametrize("normalise", [True, False])


@pytest.fixture
def points():
    """Forty of the spiral, off the origin."""
    return manifold.make_cloud("spiral", 40, rng=manifold.random_stream(1)).points + 0.1


def embed(width, dim=2, law="gaussian", stream=3):
    return manifold.EMBEDDINGS[law](width, dim, rng=manifold.random_stream(stream))


def as_images(rows):
    return torch.from_numpy(np.ascontiguousarray(rows))[:, :, None, None]


def settled(block, images, normalise):
    """The real block as it is evaluated: with statistics of these images, or with its own."""
    block = copy.deepcopy(block).double().eval()
    norms = [layer for layer in block.modules() if isinstance(layer, nn.BatchNorm2d)]
    if normalise:
        for norm in norms:
            norm.train().momentum = 1.0
        with torch.no_grad():
            block(images)
    return block.eval()


def watch(block, images):
    """Outputs of its norms, activations and gates, inputs of activations that are none of those, and its own output."""
    inside = {part for gate in block.modules() if isinstance(gate, SqueezeExcite) for part in gate.children()}
    kept = [images]

    def note(layer, arguments, output):
        if isinstance(layer, ACTIVATIONS) and arguments[0] is not kept[-1]:
            kept.append(arguments[0])
        kept.append(output)

    for layer in block.modules():
        if isinstance(layer, (nn.BatchNorm2d, SqueezeExcite, *ACTIVATIONS)) and layer not in inside:
            layer.register_forward_hook(note)
    with torch.no_grad():
        output = block(images)
    return kept if output is kept[-1] else [*kept, output]


@NORMALISE
@pytest.mark.parametrize(
    ("name", "oup", "stride"),
    [(name, *form) for name in BLOCKS for form in [(8, 1), (12, 1), (12, 2)] if (name, form[1]) != ("dense", 2)],
)
def test_the_signals_are_what_stands_in_the_real_block(name, oup, stride, normalise, points, fill):
    block, pair = fill(BLOCKS[name](8, oup, stride)), embed(8)
    signals = recover_block(block, points, pair, normalise=normalise)
    images = as_images(points @ pair.matrix.T)
    kept = watch(settled(block, images, normalise), images)
    assert len(signals) == len(kept)
    for signal, tensor in zip(signals, kept, strict=True):
        np.testing.assert_allclose(signal.hidden, tensor.flatten(1), rtol=1e-9, atol=1e-9, err_msg=signal.place)
        assert signal.jacobian.shape == (*signal.hidden.shape, 2)
        assert signal.points.shape == (40, 2)


@EVERY
def test_the_last_signal_is_the_output_of_the_block(name, points, fill):
    block, pair = fill(BLOCKS[name](8, 8)), embed(8)
    signals = recover_block(block, points, pair, normalise=False)
    with torch.no_grad():
        np.testing.assert_allclose(signals[-1].hidden, block(as_images(points @ pair.matrix.T)).flatten(1), atol=1e-9)


@pytest.mark.parametrize(
    "make",
    [
        lambda: InvertedResidual(8, 8, kernel=5, padding="same", stride=2),
        lambda: InvertedResidual(8, 8, shortcut="expansion"),
        lambda: InvertedResidual(8, 8, survival=0.5),
        lambda: ResidualBottleneck(8, 8, 2, 2, groups=4),
        lambda: InvertedResidualV3(8, 8, kernel=5, squeeze_excite=False),
        lambda: Transition(8, 6, 1),
        lambda: PlainPair(8, 8, activation="tanh").float(),
    ],
)
@NORMALISE
def test_the_output_of_blocks_with_options_is_the_real_ones_too(make, normalise, points, fill):
    block, pair = fill(make()), embed(8)
    images = as_images(points @ pair.matrix.T)
    with torch.no_grad():
        expected = settled(block, images, normalise)(images).flatten(1)
    np.testing.assert_allclose(recover_block(block, points, pair, normalise=normalise)[-1].hidden, expected, atol=1e-9)


def test_the_places_are_named_as_readers_know_them(points):
    def named(block):
        return [signal.place for signal in recover_block(block, points, embed(8))]

    inverted = ["input", "1×1 to 48", "1×1 to 48, relu6", "3×3 depthwise", "3×3 depthwise, relu6", "1×1 to 8", "output"]
    assert named(InvertedResidual(8, 8)) == inverted
    assert named(InvertedResidual(8, 8, shortcut="none")) == inverted[:-1]
    assert named(InvertedResidualV3(8, 12))[-3:] == ["3×3 depthwise, hardswish", "gate", "1×1 to 12"]
    assert named(ResidualBasic(8, 8))[-3:] == ["3×3 to 8", "sum", "sum, relu"]
    assert named(ResidualBasic(8, 12))[-4:] == ["3×3 to 12", "1×1 to 12", "sum", "sum, relu"]
    assert named(BLOCKS["dense"](8, 8))[-3:] == ["all maps", "all maps, relu", "output"]


@pytest.mark.parametrize("inner", [2, 3, 5, 12])
@pytest.mark.parametrize("activation", ["relu", "relu6", "leaky_relu", "linear"])
def test_the_first_layer_is_the_one_layer_recovery(inner, activation, points, rng):
    """T = W1 E / sqrt(1 + eps): batch norm as new divides by sqrt(1 + eps)."""
    block, pair = InvertedResidual(4, 4, 1, inner / 4, activation=activation).double(), embed(4)
    initialise(block, rng=rng)
    weight, norm = block.conv[0][0].weight.detach()[:, :, 0, 0].numpy(), block.conv[0][1]
    layer = weight @ pair.matrix / np.sqrt(1 + norm.eps)
    expected = manifold.recover_with(
        points * 4, manifold.Layer(layer, np.linalg.pinv(layer)), activation=activation, decoder="active-rows"
    )
    signals = recover_block(block, points * 4, pair, normalise=False)
    signal = signals[1 if activation == "linear" else 2]
    np.testing.assert_allclose(signal.hidden, expected.hidden, atol=1e-9)
    np.testing.assert_array_equal(signal.rank, expected.rank)
    np.testing.assert_allclose(signal.read("exact").recovered, expected.recovered, atol=1e-9)
    slope = np.where(signal.hidden < 0, 0.01, 1.0) * expected.rows.active  # below 0 of leaky ReLU alone
    slope = slope if activation == "leaky_relu" else expected.rows.active
    np.testing.assert_allclose(signal.jacobian, slope[:, :, None] * layer, atol=1e-9)
    for metric in (nmse, lost_share, worst_error):
        assert metric(signal.read("exact")) == pytest.approx(metric(expected), abs=1e-9)
    affine = manifold.redecode(expected, "affine")
    np.testing.assert_allclose(signal.read("affine").recovered, affine.recovered, atol=1e-7)


def test_an_activation_added_later_is_watched_under_its_name(points, fill, monkeypatch):
    monkeypatch.setitem(manifold.ACTIVATIONS._entries, "mish", manifold.Activation(np.tanh, module=nn.Mish))
    signals = {
        signal.place: signal.hidden for signal in recover_block(fill(PlainPair(8, 8, activation="mish")), points, embed(8))
    }
    assert list(signals)[-2:] == ["3×3 to 8", "3×3 to 8, mish"]
    values = torch.from_numpy(signals["3×3 to 8"])
    np.testing.assert_allclose(signals["3×3 to 8, mish"], nn.functional.mish(values), atol=1e-12)


def check_derivatives(block, points):
    """Central differences at the points on whose both sides the derivative is the same to 1e-3, away from kinks."""
    step, look = 1e-5, functools.partial(recover_block, block, embedding=embed(8), normalise=False)
    signals = look(points)
    for k, offset in enumerate(step * np.eye(2)):
        for signal, before, after in zip(signals, look(points - offset), look(points + offset), strict=True):
            smooth = np.isclose(before.jacobian, after.jacobian, atol=1e-3).all(axis=(1, 2))
            assert smooth.mean() > 0.9
            quotient = (after.hidden - before.hidden) / (2 * step)
            np.testing.assert_allclose(signal.jacobian[smooth, :, k], quotient[smooth], atol=1e-6, err_msg=signal.place)


@EVERY
def test_the_jacobian_is_the_quotient_of_small_differences(name, points, fill):
    check_derivatives(fill(BLOCKS[name](8, 8)), points)
    check_derivatives(fill(BLOCKS[name](8, 12)), points)


@pytest.mark.parametrize("activation", manifold.ACTIVATIONS)
def test_the_jacobian_of_every_activation_is_the_quotient_of_small_differences(activation, points, fill):
    check_derivatives(fill(InvertedResidual(8, 8, activation=activation, bottleneck_activation=activation)), points)


@EVERY
def test_batch_norm_of_the_points_gives_mean_0_and_variance_1_before_the_first_activation(name, points, rng):
    """Of N points the variance is that of N - 1 degrees of freedom, as batch norm's running variance."""
    signal = recover_block(initialise(BLOCKS[name](8, 8), rng=rng), 100 * points, embed(8))[1]
    np.testing.assert_allclose(signal.hidden.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(signal.hidden.var(axis=0, ddof=1), 1, atol=1e-2)


def test_the_input_is_the_embedded_cloud(points):
    for dim in (1, 2, 3):
        pair, cloud = embed(6, dim), np.column_stack([points, points[:, 0] ** 2])[:, :dim]
        signal = recover_block(PlainPair(6, 4), cloud, pair)[0]
        np.testing.assert_array_equal(signal.hidden, cloud @ pair.matrix.T)
        np.testing.assert_array_equal(signal.jacobian, np.broadcast_to(pair.matrix, (40, 6, dim)))
        assert (signal.rank == dim).all()
        assert nmse(signal.read("exact")) < 1e-20


LINEAR = [
    lambda: InvertedResidual(8, 8, activation="linear"),
    lambda: InvertedResidual(8, 4, 2, activation="linear", shortcut="none"),
    lambda: InvertedResidualV3(8, 8, squeeze_excite=False, activation="linear"),
    lambda: Sandglass(8, 8, 1, 0.5, activation="linear"),
    lambda: PlainPair(8, 8, activation="linear"),
    lambda: ReducedBranch(8, 8, 1, 0.5, activation="linear"),
    lambda: ResidualBasic(8, 6, activation="linear"),
    lambda: ResidualBottleneck(8, 8, activation="linear"),
    lambda: DepthwiseSeparable(8, 8, activation="linear", inner_activation="linear"),
]


@NORMALISE
@pytest.mark.parametrize("make", LINEAR)
def test_a_block_of_linear_activations_loses_nothing(make, normalise, points, rng):
    for signal in recover_block(initialise(make(), rng=rng), points, embed(8), normalise=normalise):
        assert lost_share(signal.read("exact")) == 0
        assert nmse(signal.read("exact")) < 1e-18
        assert nmse(signal.read("affine")) < 1e-16


CHAINS = [
    lambda end: InvertedResidual(2, 2, 1, 2, shortcut="none", bottleneck_activation=end),
    lambda end: InvertedResidual(3, 4, 2, 1.5, activation="relu", bottleneck_activation=end),
    lambda end: InvertedResidual(4, 3, 1, 1, bottleneck_activation=end),
    lambda end: InvertedResidualV3(4, 3, 1, 1, squeeze_excite=False, activation="relu", bottleneck_activation=end),
    lambda end: Sandglass(4, 3, 1, 0.5, bottleneck_activation=end),
]


@NORMALISE
@pytest.mark.parametrize("make", [*CHAINS, lambda end: PlainPair(4, 3), lambda end: DepthwiseSeparable(4, 3)])
def test_what_is_lost_along_a_chain_without_shortcut_never_comes_back(make, normalise, points):
    fallen = 0
    for draw in range(10):
        block = initialise(make("linear"), rng=manifold.random_stream(7, draw))
        ranks = np.array([signal.rank for signal in recover_block(block, points, embed(block.inp), normalise=normalise)])
        assert (np.diff(ranks, axis=0) <= 0).all()
        fallen += (np.diff(ranks, axis=0) < 0).sum()
    assert fallen > 0


@pytest.mark.parametrize("make", CHAINS[:-1])  # a sandglass's narrow place is not its end
def test_relu6_at_the_narrow_place_loses_at_least_what_linear_loses(make, points):
    more = 0
    for draw in range(10):
        linear, relu6 = (initialise(make(end), rng=manifold.random_stream(8, draw)) for end in ("linear", "relu6"))
        assert all(map(torch.equal, linear.state_dict().values(), relu6.state_dict().values()))
        signals = [recover_block(block, points, embed(linear.inp), normalise=False)[-1] for block in (linear, relu6)]
        assert (signals[1].rank <= signals[0].rank).all()
        lost = [lost_share(signal.read("exact")) for signal in signals]
        more += lost[1] > lost[0]
    assert more > 0


@pytest.mark.parametrize("width", [2, 3, 4, 8])
def test_at_initialisation_the_expansion_loses_the_share_of_the_closed_form(width, z_scores):
    """(n + 1) / 2^n of 2D points after n rows of ReLU: W1 E / sqrt(1 + eps) has rows of a symmetric law. 300 draws."""
    cloud, block = manifold.random_stream(5).normal(size=(24, 2)), InvertedResidual(4, 4, 1, width / 4, activation="relu")
    if width == 4:
        block = PlainPair(4, 4)  # without an expansion; its first convolution has as many channels
    shares = []
    for draw in range(300):
        rng = manifold.random_stream(90 + width, draw)
        initialise(block, rng=rng)
        signal = recover_block(block, cloud, manifold.EMBEDDINGS["gaussian"](4, 2, rng=rng), normalise=False)[2]
        assert signal.hidden.shape == (24, width)
        shares.append(lost_share(signal.read("exact")))
    assert abs(z_scores(shares, collapsed_fraction(width, 2))[0]) < 4


@NORMALISE
@EVERY
def test_the_block_stays_as_it_is(name, normalise, points, fill):
    block = fill(BLOCKS[name](8, 8)).float().train()
    before, parts = copy.deepcopy(block.state_dict()), list(block.modules())
    hooks = [len(part._forward_hooks) + len(part._forward_pre_hooks) for part in parts]
    image = as_images(points @ embed(8).matrix.T).float()
    cloud = points.copy()
    recover_block(block, points, embed(8), normalise=normalise)
    assert list(block.modules()) == parts
    assert [len(part._forward_hooks) + len(part._forward_pre_hooks) for part in parts] == hooks
    assert all(part.training for part in parts)
    assert all(value.dtype == before[key].dtype for key, value in block.state_dict().items())
    assert all(torch.equal(value, before[key]) for key, value in block.state_dict().items())
    assert np.array_equal(points, cloud)
    assert block(image).shape == (40, 8, 1, 1)


@EVERY
def test_the_same_call_gives_the_same_signals(name, points, rng):
    block = initialise(BLOCKS[name](8, 8), rng=rng)
    for first, second in zip(recover_block(block, points, embed(8)), recover_block(block, points, embed(8)), strict=True):
        assert first.place == second.place
        assert np.array_equal(first.hidden, second.hidden)
        assert np.array_equal(first.jacobian, second.jacobian)


WRONG = [
    (lambda points: points[:5], 4, ValueError, "points must be at least 6, got 5"),
    (lambda points: points[0], 4, ValueError, r"points must have shape \(N, d\)"),
    (lambda points: np.where(points > points.min(), points, np.nan), 4, ValueError, "points must be finite, got nan"),
    (lambda points: [["a", "b"]] * 6, 4, TypeError, "points must be an array of numbers"),
    (lambda points: points, 5, ValueError, r"the embedding's matrix must have shape \(inp, d\) = \(4, 2\), got \(5, 2\)"),
    (lambda points: points[:, :1], 4, ValueError, r"must have shape \(inp, d\) = \(4, 1\), got \(4, 2\)"),
    (lambda points: 1e80 * points, 4, ValueError, "points must be of a size between"),
]


@pytest.mark.parametrize(("change", "width", "error", "message"), WRONG)
def test_what_is_no_cloud_for_the_block_is_refused(change, width, error, message, points):
    with pytest.raises(error, match=message):
        recover_block(InvertedResidual(4, 4), change(points), embed(width))


def test_six_points_are_enough(points):
    signals = recover_block(InvertedResidual(4, 4), points[:6], embed(4))
    np.testing.assert_allclose(signals[0].read("neighbours").recovered, (points[:6].sum(axis=0) - points[:6]) / 5)


def test_the_mean_of_equal_pixels_is_that_pixel(points):
    """A transition of stride 2, which a single pixel is too small for, against real images of 2 x 2 equal pixels."""
    block, layer = Transition(4, 3), embed(4)
    images = torch.from_numpy(points @ layer.matrix.T)[:, :, None, None].expand(-1, -1, 2, 2)
    found = recover_block(block, points, layer, normalise=False)[-1].hidden
    np.testing.assert_allclose(found, block.double().eval()(images).detach().flatten(1), atol=1e-12)


def test_a_norm_without_statistics_is_refused(points):
    norm = functools.partial(nn.BatchNorm2d, track_running_stats=False)
    with pytest.raises(ValueError, match="without running statistics cannot be evaluated point by point"):
        recover_block(InvertedResidual(4, 4, norm=norm), points, embed(4))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_does_not_matter_whether_gradients_are_on(mode):
    rng = manifold.random_stream(1)
    block = initialise(InvertedResidual(4, 4), rng=rng)
    points, layer = rng.normal(size=(20, 2)), manifold.EMBEDDINGS["gaussian"](4, 2, rng=rng)
    expected = recover_block(block, points, layer)
    with mode():
        found = recover_block(block, points, layer)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one.jacobian, other.jacobian)
