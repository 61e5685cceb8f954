"""The page Blocks: what it shows is what the library computes, and its script prints the same."""

from dataclasses import replace

import numpy as np
import pytest
from plotly.graph_objects import Figure

from manifold import EMBEDDINGS, make_cloud, metrics, random_stream
from manifold.nets import BLOCKS, InvertedResidual, formula_cost, initialise, recover_block, recover_kind
from manifold.nets.blocks.layers import inner_channels
from manifold.plots import BAR, COSTS, short_number
from manifold.plots.diagrams import find_boxes
from manifold.text import error_number, say
from manifold.ui.dense_stacks import Stacks, stacks_chart
from manifold.ui.pages.blocks.charts import cost_chart
from manifold.ui.pages.blocks.share import construction, source
from manifold.ui.pages.blocks.views import (
    N_POINTS,
    OUT,
    WIDTHS,
    BlockSetting,
    block_costs,
    block_graph,
    matched_blocks,
)


def named(elements, label):
    return next(element for element in elements if element.label.startswith(label))


EXPANSION = say("blocks.expansion", own="").split("(")[0]


def a_setting(kind, **changes):
    own = {"out": "same", "stride": 1, "size": 14, "bottleneck_activation": "linear", "readout": "exact", "seed": 0, "draw": 5}
    return BlockSetting(kind, expand_ratio=BLOCKS[kind].ratio, **(own | changes))


def test_the_picture_is_what_new_blocks_keep_at_every_width(visit, shown, unpack):
    data = shown(visit("blocks", readout="affine", seed="3", draw="2"))
    assert data["widths"] == list(WIDTHS)
    for step, width in enumerate(WIDTHS):
        rng = random_stream(3, 2)
        points = make_cloud("spiral", N_POINTS, rng=rng).points
        signals = recover_kind(BLOCKS["inverted"], width, width, points, EMBEDDINGS["gaussian"](width, 2, rng=rng), rng=rng)
        titles = list(signals)
        shown_at = ["Inside", "Narrow, linear", "Output, linear"]
        for panel, title in zip(data["panels"][1:], shown_at, strict=True):
            assert panel["title"] == say(f"blocks.place.{title}")
            reading = signals[title].read("affine")
            np.testing.assert_allclose(unpack(panel["points"])[step], np.clip(reading.recovered, -4.8, 4.8), atol=1e-4)
            np.testing.assert_array_equal(unpack(panel["lost"], bits=True)[step], reading.rank < 2)
        lost = [metrics.lost_share(signals[title].read("exact")) for title in titles]
        for number, share_lost in zip(data["numbers"], lost, strict=True):
            assert number["values"][step] == ("< 1%" if 0 < share_lost < 0.005 else f"{share_lost:.0%}")


def test_the_numbers_are_the_cost_of_the_block(visit):
    app = visit("blocks", n="24", stride="2", size="56", ratio="4", out="double")
    cost = formula_cost(InvertedResidual(24, 48, 2, 4.0), (24, 56, 56))
    assert [metric.value for metric in app.metric] == [f"{value:,}" for value in (cost.parameters, cost.macs, cost.memory)]


@pytest.mark.parametrize("kind", BLOCKS)
def test_every_block_can_be_chosen_and_the_switch_is_there_where_it_acts(visit, kind):
    app = visit("blocks", block=kind)
    assert not app.exception
    assert any(say("blocks.narrow") in group.label for group in app.button_group) == BLOCKS[kind].switches
    assert any(number.label.startswith(EXPANSION) for number in app.number_input) == (BLOCKS[kind].ratio is not None)


@pytest.mark.parametrize("kind", [name for name, kind in BLOCKS.items() if kind.switches])
def test_the_switch_puts_an_activation_into_the_diagram(kind):
    lines = {}
    for end in ("linear", "relu6"):
        boxes = find_boxes(block_graph(a_setting(kind, bottleneck_activation=end), 24))
        lines[end] = [" ".join(box.lines) for box in boxes]
    changed = [(before, after) for before, after in zip(lines["linear"], lines["relu6"], strict=True) if before != after]
    assert changed == [("1×1 BN", "1×1 BN, ReLU6")]


@pytest.mark.parametrize("kind", ["inverted", "residual", "dense"])
def test_with_a_stride_there_is_no_shortcut_to_help(shown, visit, kind):
    """The output has nothing that its last activation lost, if nothing is added behind it."""
    data = shown(visit("blocks", block=kind, stride="2", end="relu6"))
    lost = {number["label"]: number["values"] for number in data["numbers"]}
    if kind == "inverted":
        narrow, end, linear = (say(f"blocks.lost.{title}") for title in ("Narrow, ReLU6", "Output, ReLU6", "Output, linear"))
        assert lost[end] == lost[narrow] != lost[linear]
    else:
        assert lost[say("blocks.lost.Output")] == lost[say("blocks.lost.After the last activation")]


def test_the_switch_changes_what_is_shown(shown, visit):
    shown_by = {end: shown(visit("blocks", end=end))["panels"] for end in ("linear", "relu6")}
    assert [panel["title"] for panel in shown_by["relu6"][1:]] == [
        say(f"blocks.place.{title}") for title in ("Inside", "Narrow, ReLU6", "Output, ReLU6")
    ]
    assert shown_by["linear"][2]["points"] != shown_by["relu6"][2]["points"]
    assert shown_by["linear"][1] == shown_by["relu6"][1]


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize("out", OUT)
def test_the_construction_shown_makes_the_block(kind, out):
    setting = a_setting(kind, out=out, stride=2, bottleneck_activation="relu6" if BLOCKS[kind].switches else "linear")
    made = eval(construction(setting, 24), {cls.__name__: cls for cls in (type(setting.block(24)),)})
    assert repr(made) == repr(setting.block(24))
    assert source(setting).startswith(f"class {type(made).__name__}(")


def test_the_table_of_an_untouched_page_is_the_blocks_own(visit):
    rng = random_stream(0, 5)
    points = make_cloud("spiral", N_POINTS, rng=rng).points
    layer = EMBEDDINGS["gaussian"](4, 2, rng=rng)
    block = InvertedResidual(4, 4)
    initialise(block, rng=rng)
    signals = recover_block(block, points, layer)
    table = visit("blocks").dataframe[0].value
    assert list(table[say("blocks.column.channels")]) == [signal.hidden.shape[1] for signal in signals]
    errors = [error_number(metrics.nmse(signal.read("affine"))) for signal in signals]
    assert list(table[say("blocks.column.error", readout=say("readout.affine.inline"))]) == errors


def test_the_bars_are_the_costs_and_the_chosen_block_is_set_off():
    costs = block_costs(a_setting("dense"), 8)
    figure = Figure(cost_chart(costs, chosen=say("block.dense.title")))
    for bars, kind in zip(figure.data, COSTS, strict=True):
        assert dict(zip(bars.y, bars.x, strict=True)) == {title: getattr(cost, kind) for title, cost in costs.items()}
        odd = [title for title, color in zip(bars.y, bars.marker.color, strict=True) if color == BAR]
        assert odd == [say("block.dense.title")]


def macs_at(name, width, inner, setting):
    """MACs of a kind of block of `setting`'s shape with so many channels inside."""
    block = BLOCKS[name](width, setting.channels_out(width), setting.stride, inner / width)
    return formula_cost(block, (width, setting.size, setting.size)).macs


@pytest.mark.parametrize(("kind", "changes"), [("inverted", {}), ("dense", {"out": "double", "stride": 2, "size": 7})])
def test_at_equal_macs_no_other_inner_width_of_a_block_comes_nearer(kind, changes):
    setting = a_setting(kind, **changes)
    blocks = matched_blocks(setting, 8)
    wanted = block_costs(setting, 8)[say(f"block.{kind}.title")].macs
    for name, block in zip(BLOCKS, blocks.values(), strict=True):
        if name == kind:
            assert (block.macs, block.inner) == (wanted, inner_channels(8, setting.expand_ratio))
        elif BLOCKS[name].ratio is None:
            own = BLOCKS[name](8, setting.channels_out(8), setting.stride)
            assert (block.inner, block.macs) == (0, formula_cost(own, (8, setting.size, setting.size)).macs)
        else:
            assert block.macs == macs_at(name, 8, block.inner, setting)
            others = [macs_at(name, 8, inner, setting) for inner in (block.inner - 1, block.inner + 1) if inner]
            assert all(abs(block.macs - wanted) <= abs(macs - wanted) for macs in others), name


@pytest.mark.parametrize("end", ["linear", "relu6"])
def test_at_equal_macs_the_chosen_block_loses_what_its_panels_say_and_the_others_have_a_linear_end(shown, visit, charts, end):
    """Four channels, where ReLU6 at the narrow place loses a third."""
    app = visit("blocks", end=end)
    data, (inside, output) = shown(app), charts(app)[1]["data"]
    lost = {number["label"]: number["values"][data["widths"].index(4)] for number in data["numbers"]}
    last = say(f"blocks.lost.{'Narrow, ReLU6' if end == 'relu6' else 'Inside'}")
    own = list(BLOCKS).index("inverted")
    arm = {"linear": "linear", "relu6": "ReLU6"}[end]
    assert (inside["text"][own], output["text"][own]) == (lost[last], lost[say(f"blocks.lost.Output, {arm}")])
    colors = inside["marker"]["color"]
    assert colors == output["marker"]["color"]
    assert [place for place, color in enumerate(colors) if color != colors[own - 1]] == [own]
    blocks = matched_blocks(a_setting("inverted", bottleneck_activation=end, size=28), 4)
    for place, (title, block) in enumerate(blocks.items()):
        told = {"title": title, "macs": short_number(block.macs)}
        name = say("blocks.matched.name", inner=block.inner, **told) if block.inner else say("blocks.matched.fixed", **told)
        assert inside["y"][place] == output["y"][place] == name
        assert (inside["x"][place], output["x"][place]) == (block.inside, block.output)
    at_linear = list(matched_blocks(a_setting("inverted", size=28), 4).values())
    assert [block for place, block in enumerate(blocks.values()) if place != own] == at_linear[:own] + at_linear[own + 1 :]


@pytest.mark.parametrize(("name", "width", "ratio"), [("plain", 2, None), ("sandglass", 8, 1 / 6), ("inverted", 4, 1.0)])
def test_at_equal_macs_inside_is_where_an_activation_has_acted_last(name, width, ratio):
    """Nothing acts at a linear narrow place, which in a sandglass of eight channels holds one, and so loses all points."""
    setting = replace(a_setting(name), expand_ratio=ratio)
    found = lost(name, width, expand_ratio=ratio)
    places = ("After the last activation", "Output") if name == "plain" else ("Inside", "Output, linear")
    block = matched_blocks(setting, width)[say(f"block.{name}.title")]
    assert (block.inside, block.output) == tuple(found[place] for place in places)


def test_dense_layers_need_l_k_k_weights_and_plain_ones_c_c():
    rows = Stacks(12, 24, 304).rows
    assert rows["dense"] == [9 * (16 + 12 * layer) * 12 for layer in range(24)]
    assert rows["plain"] == [9 * (16 + 12 * 24) ** 2] * 24
    chart = Figure(stacks_chart(rows))
    assert [list(line.y) for line in chart.data] == [rows["plain"], rows["dense"]]


def test_the_dense_chart_follows_its_sliders(visit):
    app = visit("blocks")
    named(app.slider, say("stacks.growth")).set_value(24).run()
    assert not app.exception
    assert app.query_params["growth"] in ("24", ["24"])


def test_an_expansion_too_large_for_another_kind_becomes_that_kinds_own(visit):
    app = visit("blocks", ratio="8")
    named(app.selectbox, say("blocks.kind")).select("dense").run()
    assert not app.exception
    assert app.session_state["blocks"]["ratio"] == 0.0


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"block": "invertd"}, "Did you mean 'inverted'?"),
        ({"ratio": "99"}, "ratio=99: must be between 0 and 10"),
        ({"stride": "3"}, "stride=3: must be between 1 and 2"),
        ({"n": "65"}, "n=65: must be between 2 and 64"),
        ({"size": "0"}, "size=0: must be between 4 and 224"),
        ({"end": "rleu6"}, "Did you mean 'relu6'?"),
    ],
)
def test_a_mangled_link_is_explained(visit, query, sentence):
    app = visit("blocks", draw="7", **query)
    assert [sentence in warning.value.replace("\\", "") for warning in app.warning] == [True]
    assert app.session_state["blocks"]["draw"] == 7


def test_the_expansion_shown_is_the_blocks_own_until_another_is_chosen(visit):
    app = visit("blocks", block="sandglass")
    assert named(app.number_input, EXPANSION).value == pytest.approx(1 / 6)
    named(app.number_input, EXPANSION).set_value(0.5).run()
    assert app.query_params["ratio"] in ("0.5", ["0.5"])
    named(app.number_input, EXPANSION).set_value(1 / 6).run()
    assert "ratio" not in app.query_params


def lost(kind, width, **changes):
    """Shares lost in draw 5, the one the page starts with, by place."""
    rng = random_stream(0, 5)
    points = make_cloud("spiral", N_POINTS, rng=rng).points
    layer = EMBEDDINGS["gaussian"](width, 2, rng=rng)
    found = recover_kind(BLOCKS[kind], width, width, points, layer, rng=rng, **changes)
    return {title: metrics.lost_share(signal.read("exact")) for title, signal in found.items()}


def test_the_preset_of_four_channels_loses_a_third_that_only_the_shortcut_brings_back():
    found = lost("inverted", 4)
    assert found["Inside"] == found["Narrow, linear"] == found["Output, ReLU6"] == 0.0
    assert found["Narrow, ReLU6"] == pytest.approx(1 / 3, abs=0.05)
    assert lost("inverted", 4, stride=2)["Output, ReLU6"] == found["Narrow, ReLU6"]


def test_the_preset_of_sixteen_channels_loses_nothing():
    assert set(lost("inverted", 16).values()) == {0.0}


def test_the_preset_without_expansion_loses_before_the_narrow_place():
    assert lost("inverted", 4, expand_ratio=1.0)["Inside"] > 0.2


def test_the_preset_with_a_gate_loses_nothing_inside_where_relu6_loses():
    assert lost("inverted-v3", 2)["Inside"] == 0.0
    assert lost("inverted", 2)["Inside"] > 0.2


def test_the_preset_of_the_sandglass_loses_only_with_relu6():
    found = lost("sandglass", 24)
    assert found["Inside"] == found["Narrow, linear"] == 0.0
    assert found["Narrow, ReLU6"] > 0.2
    assert lost("sandglass", 8)["Narrow, linear"] == 1.0


def test_the_preset_of_resnets_block_loses_at_its_output():
    assert lost("residual", 4)["Output"] > 0.1


def test_the_preset_of_folds_is_seen_by_neighbours():
    rng = random_stream(0, 5)
    points = make_cloud("spiral", N_POINTS, rng=rng).points
    layer = EMBEDDINGS["gaussian"](2, 2, rng=rng)
    signal = recover_kind(BLOCKS["inverted"], 2, 2, points, layer, rng=rng)["Narrow, linear"]
    kept = signal.rank == 2
    miss = ((signal.read("neighbours").recovered - points) ** 2).sum(axis=1)
    assert miss[kept].sum() / (points[kept] ** 2).sum() > 0.05


def test_in_a_dense_block_no_relu_of_a_layer_is_final():
    """Every later layer's own maps are computed from maps that hold the input."""
    rng = random_stream(0, 5)
    points = make_cloud("spiral", N_POINTS, rng=rng).points
    layer = EMBEDDINGS["gaussian"](4, 2, rng=rng)
    block = BLOCKS["dense"](4, 4)
    initialise(block, rng=rng)
    signals = recover_block(block, points, layer)
    cut = [signal for signal in signals if signal.place == "all maps, relu"]
    whole = [signal for signal in signals if signal.place == "all maps"]
    assert metrics.lost_share(cut[0].read("exact")) > 0.1
    assert all(metrics.lost_share(signal.read("exact")) == 0.0 for signal in whole)


def test_plain_and_separable_blocks_lose_more_with_every_activation_and_nothing_at_sixteen():
    for kind in ("plain", "separable"):
        found = lost(kind, 3)
        assert found["After the first activation"] < found["Output"]
        assert lost(kind, 16)["Output"] == 0.0
