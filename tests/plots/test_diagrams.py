"""Diagrams of blocks: which boxes there are, what runs between them, and that everything is on the page; bars of costs."""

import re

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch, PathPatch
from torch import nn
from torch.nn import functional

from manifold import ACTIVATIONS, EMBEDDINGS, Activation, make_cloud, random_stream
from manifold.nets import (
    BLOCKS,
    DenseBlock,
    InvertedResidual,
    InvertedResidualV3,
    ResidualBottleneck,
    formula_cost,
    record,
    recover_kind,
)
from manifold.plots import (
    COSTS,
    Page,
    chart_colors,
    figure_block,
    figure_bytes,
    figure_costs,
    figure_diagram,
    find_boxes,
    ground,
    ink,
    lettered_boxes,
    short_number,
    styled,
)
from manifold.text import named, say

SHAPE = (8, 12, 10)
EVERY = pytest.mark.parametrize("name", BLOCKS)
ENDS = ("relu6", "linear")
MEDIANS = {"nmse": 0.5, "lost": 0.25}
FORMS = pytest.mark.parametrize(("oup", "stride"), [(8, 1), (12, 1), (8, 2), (12, 2)])
SHORTCUTS = {"residual", "bottleneck", "grouped"}  # of any shape; those below only where shapes agree
SHORTCUTS_WHERE_EQUAL = {"inverted", "inverted-v3", "sandglass"}
CONVOLUTION = re.compile(r"^(\d+)×\1( / 2)?$")


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def boxes_of(block):
    return find_boxes(record(block, SHAPE))


def convolutions(block):
    """Its convolutions, with shapes in and out, in the order in which they run on a real image."""
    run = []

    def note(layer, arguments, output):
        run.append((layer, tuple(arguments[0].shape[1:]), tuple(output.shape[1:])))

    handles = [layer.register_forward_hook(note) for layer in block.modules() if isinstance(layer, nn.Conv2d)]
    with torch.no_grad():
        block.eval()(torch.zeros(1, *SHAPE))
    for handle in handles:
        handle.remove()
    return run


def line_of(layer):
    return f"{layer.kernel_size[0]}×{layer.kernel_size[0]}" + (" / 2" if layer.stride[0] == 2 else "")


@EVERY
@FORMS
def test_there_is_a_line_for_every_convolution(name, oup, stride):
    block = BLOCKS[name](8, oup, stride)
    lines = [line for box in boxes_of(block) for line in box.lines if CONVOLUTION.match(line)]
    assert lines == [line_of(layer) for layer, _, _ in convolutions(block)]
    assert len(lines) == sum(isinstance(layer, nn.Conv2d) for layer in block.modules())


@EVERY
@FORMS
def test_a_sign_stands_where_a_shortcut_or_a_gate_joins_and_nowhere_else(name, oup, stride):
    signs = [box.lines[0] for box in boxes_of(BLOCKS[name](8, oup, stride)) if box.is_sign]
    adds = name in SHORTCUTS or (name in SHORTCUTS_WHERE_EQUAL and (oup, stride) == (8, 1))
    assert signs == ["×"] * (name == "inverted-v3") + ["+"] * adds


@pytest.mark.parametrize(
    ("block", "signs"),
    [
        (InvertedResidual(8, 8, shortcut="none"), []),
        (InvertedResidual(8, 12, shortcut="expansion"), ["+"]),
        (InvertedResidualV3(8, 8, squeeze_excite=False), ["+"]),
        (DenseBlock(8, 2, 2), []),
    ],
)
def test_options_that_take_a_shortcut_away_take_its_sign_away(block, signs):
    assert [box.lines[0] for box in boxes_of(block) if box.is_sign] == signs


@EVERY
@FORMS
def test_the_shapes_on_the_bands_are_those_of_the_real_tensors(name, oup, stride):
    """What a box reads, side by side, is what its first convolution reads; what it gives is what its last one returned."""
    block = BLOCKS[name](8, oup, stride)
    boxes, run = boxes_of(block), convolutions(block)
    for box in boxes:
        count = sum(bool(CONVOLUTION.match(line)) for line in box.lines)
        own, run = run[:count], run[count:]
        if own and "mean" not in box.lines:
            channels = sum(shape[0] for _, shape in box.sources)
            assert (channels, *box.sources[0][1][1:]) == own[0][1]
        if own and "mean of 2×2" not in box.lines:
            assert box.shape == own[-1][2]
        for source, shape in box.sources:
            assert shape == (SHAPE if source < 0 else boxes[source].shape)
    assert not run
    with torch.no_grad():
        assert boxes[-1].shape == block(torch.zeros(1, *SHAPE)).shape[1:]


@EVERY
@FORMS
def test_every_box_is_reached_from_the_image_and_reaches_the_output(name, oup, stride):
    boxes = boxes_of(BLOCKS[name](8, oup, stride))
    assert all(box.sources and box.lines for box in boxes)
    assert all(-1 <= source < k for k, box in enumerate(boxes) for source, _ in box.sources)
    used = {source for box in boxes for source, _ in box.sources}
    assert used == set(range(-1, len(boxes) - 1))


def test_the_boxes_of_an_inverted_residual():
    boxes = boxes_of(InvertedResidual(8, 8))
    assert [box.lines for box in boxes] == [["1×1", "BN, ReLU6"], ["3×3", "depthwise", "BN, ReLU6"], ["1×1", "BN"], ["+"]]
    assert [box.shape[0] for box in boxes] == [48, 48, 8, 8]
    assert sorted(boxes[-1].sources) == [(-1, SHAPE), (2, SHAPE)]


def test_a_gate_is_one_box_beside_the_tensor_that_it_weighs():
    boxes = boxes_of(InvertedResidualV3(8, 12))
    gate, sign = next((k, box) for k, box in enumerate(boxes) if "mean" in box.lines), boxes[3]
    assert gate[1].lines == ["mean", "1×1", "ReLU", "1×1", "h-sigmoid"]
    assert gate[1].shape == (48, 1, 1)
    assert sign.lines == ["×"]
    assert [source for source, _ in sign.sources] == [gate[0] - 1, gate[0]]


def test_a_dense_layer_is_one_box_that_reads_all_maps_before():
    boxes = boxes_of(DenseBlock(8, 2, 3))
    assert [[source for source, _ in box.sources] for box in boxes] == [[-1], [-1, 0], [-1, 0, 1]]
    assert all(box.lines == ["BN, ReLU", "1×1", "BN, ReLU", "3×3"] for box in boxes)


def test_groups_are_named():
    lines = [box.lines for box in boxes_of(ResidualBottleneck(8, 8, 1, 1, groups=2))]
    assert lines[1] == ["3×3", "2 groups", "BN, ReLU"]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_called_by_its_title(name):
    lines = boxes_of(InvertedResidual(8, 8, activation=name))[1].lines
    assert lines[-1] == ("BN" if name == "linear" else f"BN, {named(ACTIVATIONS, name)}")


class Steps(nn.Module):
    """Mish in three operations, one of which would be a sign."""

    def forward(self, x):
        return x * torch.tanh(functional.softplus(x))


@pytest.mark.parametrize("module", [nn.Mish, Steps])
def test_an_activation_added_later_stands_under_its_name(module, monkeypatch):
    """Whether torch knows it as one operation or as several."""
    expected = [box.lines for box in boxes_of(InvertedResidual(8, 8, activation="silu"))]
    monkeypatch.setitem(ACTIVATIONS._entries, "mish", Activation(np.tanh, module=module, title="mish"))
    boxes = boxes_of(InvertedResidual(8, 8, activation="mish"))
    assert [box.lines for box in boxes] == [[line.replace("SiLU", "mish") for line in lines] for lines in expected]


def test_what_is_no_activation_of_the_registry_stands_under_torchs_name():
    boxes = boxes_of(nn.Sequential(nn.Conv2d(8, 8, 1), nn.Softplus(), nn.PReLU()))
    assert [box.lines for box in boxes] == [["1×1", "softplus", "_prelu_kernel"]]


def rendered(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas.get_renderer()


@EVERY
@FORMS
def test_every_text_and_box_lies_inside_the_figure(name, oup, stride):
    figure = figure_diagram(record(BLOCKS[name](8, oup, stride), (8, 224, 224)))
    renderer, page = rendered(figure), figure.bbox
    artists = [*figure.axes[0].texts, *figure.axes[0].patches, *figure.axes[0].lines]
    assert len(artists) > 4
    for artist in artists:
        extent = artist.get_window_extent(renderer)
        assert page.x0 <= extent.x0 <= extent.x1 <= page.x1, artist
        assert page.y0 <= extent.y0 <= extent.y1 <= page.y1, artist


@EVERY
@FORMS
def test_the_words_of_a_box_fit_into_it_and_boxes_do_not_overlap(name, oup, stride):
    figure = figure_diagram(record(BLOCKS[name](8, oup, stride), SHAPE))
    renderer, ax = rendered(figure), figure.axes[0]
    frames = [patch.get_window_extent(renderer) for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    words = [text.get_window_extent(renderer) for text in ax.texts if text.get_va() == "center" and len(text.get_text()) > 1]
    assert len(frames) == len(words)
    for frame, word in zip(frames, words, strict=True):
        assert frame.y0 <= word.y0 <= word.y1 <= frame.y1
        assert frame.x0 <= word.x0 <= word.x1 <= frame.x1
    for k, frame in enumerate(frames):
        assert not any(frame.overlaps(other) for other in frames[k + 1 :])


@EVERY
@FORMS
def test_there_is_a_frame_for_every_box_and_a_circle_for_every_sign(name, oup, stride):
    graph = record(BLOCKS[name](8, oup, stride), SHAPE)
    boxes, ax = find_boxes(graph), figure_diagram(graph).axes[0]
    frames = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    assert len(frames) == sum(not box.is_sign for box in boxes)
    assert len(ax.lines) == sum(box.is_sign for box in boxes)
    bands = len(ax.collections) + sum(isinstance(patch, PathPatch) for patch in ax.patches)
    assert bands == 1 + sum(len(box.sources) for box in boxes)
    shown = [text.get_text() for text in ax.texts]
    assert all("\n".join(box.lines) in shown for box in boxes)


def test_a_band_is_as_wide_as_the_tensor_has_channels():
    ax = figure_diagram(record(InvertedResidual(8, 12), SHAPE)).axes[0]
    heights = [np.ptp(band.get_paths()[0].vertices[:, 1]) for band in ax.collections]
    np.testing.assert_allclose(np.array(heights) / heights[1], np.array([8, 48, 48, 12]) / 48)
    labels = [text.get_text() for text in ax.texts if text.get_va() == "top"]
    assert labels == ["12×10\n× 8", "12×10\n× 48", "12×10\n× 48", "12×10\n× 12"]


@EVERY
@pytest.mark.parametrize("stride", [1, 2])
def test_the_same_block_gives_the_same_file(name, stride):
    files = {figure_bytes(figure_diagram(record(BLOCKS[name](8, 8, stride), SHAPE)), "svg") for _ in range(2)}
    assert len(files) == 1
    assert files.pop().startswith(b"<?xml")


@EVERY
def test_on_a_dark_page_lines_are_light_and_boxes_dark(name):
    figure = figure_diagram(record(BLOCKS[name](8, 8), SHAPE), page=Page(dark=True))
    letters, paper = styled(lambda *, page: (ink(), ground()))(page=Page(dark=True))
    ax = figure.axes[0]
    assert {to_hex(text.get_color()) for text in ax.texts} == {letters}
    frames = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    assert {to_hex(frame.get_facecolor()) for frame in frames} == {paper}
    assert {to_hex(frame.get_edgecolor()) for frame in frames} == {letters}
    assert {to_hex(line.get_markerfacecolor()) for line in ax.lines} <= {paper}
    assert figure.get_facecolor()[3] == 0
    assert paper < "#2" < "#e" < letters


@pytest.fixture
def costs():
    return {named(BLOCKS, name): formula_cost(kind(16, 16), (16, 8, 8)) for name, kind in BLOCKS.items()}


def dots(ax):
    """Value and mark of the dot of every block, from above."""
    return {line.get_ydata()[0]: (line.get_xdata()[0], line.get_marker()) for line in ax.lines if line.get_marker() != "None"}


def test_the_dots_are_the_costs_and_the_cheapest_of_each_kind_is_marked(costs):
    figure = figure_costs(costs)
    assert [ax.get_title() for ax in figure.axes] == [say(f"cost.{column}") for column in COSTS]
    ordered = sorted(costs, key=lambda name: costs[name].parameters)
    for ax, column in zip(figure.axes, COSTS, strict=True):
        values = {name: getattr(costs[name], column) for name in ordered}
        assert {name: value for name, (value, _) in dots(ax).items()} == values
        assert {name for name, (_, mark) in dots(ax).items() if mark == "D"} == {
            name for name in values if values[name] == min(values.values())
        }
        assert [text.get_text() for text in ax.texts] == [short_number(value) for value in values.values()]
        assert ax.get_xscale() == "log"
        assert ax.get_xlim()[0] < min(values.values()) <= max(values.values()) < ax.get_xlim()[1]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ordered
    assert figure.axes[0].yaxis_inverted()


def test_the_figure_of_costs_says_for_which_numbers(costs):
    assert figure_costs(costs, title="64 to 64 channels").get_suptitle() == "64 to 64 channels"


def test_the_texts_of_the_bars_lie_inside_the_figure_and_the_file_is_always_the_same(costs):
    figure = figure_costs(costs)
    renderer = rendered(figure)
    for ax in figure.axes:
        for text in [*ax.texts, ax.title, *figure.axes[0].get_yticklabels()]:
            extent = text.get_window_extent(renderer)
            assert figure.bbox.x0 <= extent.x0 <= extent.x1 <= figure.bbox.x1
            assert figure.bbox.y0 <= extent.y0 <= extent.y1 <= figure.bbox.y1
    assert figure_bytes(figure_costs(costs), "svg") == figure_bytes(figure_costs(costs), "svg")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (1_000, "1.00 k"),
        (12_345, "12.3 k"),
        (300_774_272, "301 M"),
        (999_999, "1.00 M"),
        (99.96e6, "100 M"),
    ],
)
def test_numbers_are_shown_with_three_digits_and_a_unit(value, text):
    assert short_number(value) == text


def test_the_panels_below_a_diagram_show_what_was_read_and_what_is_lost():
    rng = random_stream(0, 5)
    cloud = make_cloud("spiral", 120, rng=rng)
    layer = EMBEDDINGS["gaussian"](4, 2, rng=rng)
    signals = recover_kind(BLOCKS["inverted"], 4, 4, cloud.points, layer, rng=rng)
    readings = {title: signals[title].read("exact") for title in ("Inside", "Narrow, ReLU6")}
    boxes, marks = lettered_boxes(*(record(InvertedResidual(4, 4, bottleneck_activation=end), (4, 8, 8)) for end in ENDS))
    figure = figure_block(boxes, marks, readings, chart_colors(cloud), medians=dict.fromkeys(readings, MEDIANS))
    assert [text.get_text() for text in figure.subfigs[0].axes[0].texts if text.get_weight() == "bold"] == list("ABCD")
    first, *panels = figure.subfigs[1].axes
    assert first.get_title().endswith("The points")
    for ax, (title, reading) in zip(panels, readings.items(), strict=True):
        pale, full = ax.collections
        assert ax.get_title().endswith(title)
        np.testing.assert_allclose(pale.get_offsets(), reading.recovered[reading.rank < 2])
        np.testing.assert_allclose(full.get_offsets(), reading.recovered[reading.rank == 2])
        assert f"lost {(reading.rank < 2).mean():.0%} (25%)" in ax.get_xlabel()
    assert (readings["Narrow, ReLU6"].rank == 1).sum() > 10


@pytest.mark.parametrize("name", [name for name, kind in BLOCKS.items() if kind.switches])
def test_letters_stand_where_the_panels_are_read(name):
    """Inside is what the narrow convolution reads, and its output the narrow place, in whatever order a block has them."""
    graphs = [record(BLOCKS[name](8, 8, bottleneck_activation=end), SHAPE) for end in ENDS]
    boxes, marks = lettered_boxes(*graphs)
    after = {letter: place for place, letter in marks.items()}
    assert (after["A"], after["D"]) == (-1, len(boxes) - 1)
    assert boxes[after["C"]].lines[-1].endswith("ReLU6")
    assert "ReLU6" not in find_boxes(graphs[1])[after["C"]].lines[-1]
    assert boxes[after["C"]].sources[0][0] == after["B"]
    assert boxes[after["C"]].shape[0] < boxes[after["C"]].sources[0][1][0]  # the place is narrow
    assert not lettered_boxes(graphs[0])[1]
