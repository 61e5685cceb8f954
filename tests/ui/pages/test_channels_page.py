"""The page How many channels: what its controls change, its numbers against the library, and whether its words are true."""

import base64
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.__main__ import main
from manifold import ACTIVATIONS, sweep, theory
from manifold.sweeps.curves import expansion_widths
from manifold.text import say, small_share
from manifold.ui.pages.channels.controls import CHANNEL_FIELDS, DIMENSIONS
from manifold.ui.pages.channels.share import channel_command, channel_script, channel_table
from manifold.ui.pages.channels.views import ChannelSetting, draw_channels
from manifold.ui.pages.channels.words import advice_words, bottleneck_words, bound_words, lost_words, one_to_one
from manifold.ui.presets import presets

PLANE = ChannelSetting(2, "gaussian", "relu", "inverse", 1.0, seed=0)


def setting(**changes):
    return ChannelSetting(**{**vars(PLANE), **changes})


def of_preset(name):
    values = {key: CHANNEL_FIELDS[key].parse(text) for key, text in presets("channels")[name].values.items()}
    n = values.pop("n")
    dim = int(values.pop("dimension", "2"))
    return setting(dim=dim, **values), n


def cards(app):
    return {metric.label: metric.value for metric in app.metric}


def named(elements, label):
    return next(element for element in elements if element.label == label)


def verdict(app):
    return next(element.value for element in app.markdown if "**Lost.**" in element.value)


# -- what the controls change


@pytest.mark.parametrize("dim", DIMENSIONS)
def test_every_dimension_can_be_chosen_and_keeps_the_expansion(visit, dim):
    app = visit("channels", n="12")  # six times two
    named(app.get("button_group"), say("channels.dimensions")).set_value(dim).run() if dim != "2" else None
    assert not app.exception
    assert app.session_state["channels"]["n"] == 6 * int(dim)
    assert cards(app)[say("channels.number.lost")] == small_share(theory.collapsed_fraction(6 * int(dim), int(dim)))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("decoder", CHANNEL_FIELDS["decoder"].choices)
def test_every_activation_and_decoder_can_be_chosen(visit, activation, decoder):
    app = visit("channels", activation=activation, decoder=decoder, dimension="3", n="6")
    assert not app.exception
    assert not app.warning
    assert len(app.get("plotly_chart")) == 2
    assert (say("control.show") in {group.label for group in app.get("button_group")}) == (activation == "relu")


def test_the_slider_moves_the_mark_and_the_words_and_measures_nothing_again(visit, charts):
    app = visit("channels")
    before, words = charts(app), verdict(app)
    app.select_slider[0].set_value(5).run()
    after = charts(app)
    assert [chart["data"] for chart in after] == [chart["data"] for chart in before]
    assert {chart["layout"]["shapes"][0]["x0"] for chart in after} == {5}
    assert verdict(app) != words
    assert cards(app)[say("channels.number.lost")] == "19%"  # 6/32


def test_a_width_that_is_not_measured_gives_way_to_the_nearest_and_says_so(visit):
    app = visit("channels", dimension="8", n="17")
    assert app.info[0].value == say("channels.not-measured", dim=8, wanted=17, shown=16)
    assert app.session_state["channels"]["n"] == 16


def test_a_narrower_layer_than_dimensions_becomes_the_narrowest(visit):
    app = visit("channels", dimension="8", n="3")
    assert app.session_state["channels"]["n"] == 8


# -- its numbers are the library's


@pytest.mark.parametrize("changes", [{}, {"dim": 8, "activation": "relu6", "scale": 9.0}, {"dim": 3, "decoder": "active-rows"}])
def test_the_curves_are_those_of_a_sweep(changes):
    chosen = setting(**changes)
    shown = draw_channels(chosen)
    rows = sweep(**chosen.grid, metrics=["nmse", "lost"], draws=1000, seed=0)
    assert shown.curves.draws == 1000
    by_width = rows.groupby("width")
    np.testing.assert_allclose(shown.curves.median, by_width["nmse"].median())
    np.testing.assert_allclose(shown.curves.lost, by_width["lost"].mean())


def test_where_every_point_must_be_solved_for_fewer_draws_are_made_and_counted(visit, charts):
    app = visit("channels", activation="gelu", decoder="active-rows")
    assert any("mean of 100 draws" in str(trace.get("name")) for trace in charts(app)[0]["data"])
    assert "In 100 draws" in verdict(app)


@pytest.mark.parametrize(
    "changes", [{}, {"dim": 4, "activation": "relu6", "scale": 20.0}, {"dim": 3, "embedding": "orthonormal"}]
)
def test_measured_shares_are_near_their_formula(changes):
    shown = draw_channels(setting(**changes))
    known = shown.curves.margin > 0.0
    z = np.abs(shown.curves.lost - shown.losses)[known] / (shown.curves.margin[known] / 1.96)
    assert z.max() < 4.5  # of some 20 cells, of points of one draw together


def test_the_script_prints_the_curves_and_the_command_writes_them(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chosen = setting(dim=3, decoder="doubled", seed=2)
    shown = draw_channels(chosen)
    exec(channel_script(chosen, 12), {})
    assert f"{shown.curves.median[0]:.6f}"[:7] in capsys.readouterr().out
    assert main([*shlex.split(channel_command(chosen))[3:], "--format", "svg"]) == 0
    rows = pd.read_parquet(Path("figures") / "channels" / "rows.parquet")
    np.testing.assert_allclose(rows.groupby("width")["lost"].mean(), shown.curves.lost)


def test_the_table_has_a_line_for_every_width():
    header, *lines = channel_table(draw_channels(PLANE)).splitlines()
    assert header.split(",")[:4] == ["channels", "lost_mean", "lost_margin", "lost_formula"]
    assert [int(float(line.split(",")[0])) for line in lines] == expansion_widths(2)


def traces(chart):
    return {trace["name"] if trace.get("showlegend", True) else None: trace for trace in chart["data"]}


def numbers(values):
    """What Plotly sends: a list, or a packed array."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
    return np.array(values, dtype=float)


def test_the_charts_show_the_curves_their_band_and_the_bound_where_it_holds(visit, charts):
    lost, error = map(traces, charts(visit("channels", dimension="4", n="24")))
    (bound,) = map(traces, charts(visit("channels", dimension="4", n="24", view="bound")))
    curves = draw_channels(setting(dim=4)).curves
    np.testing.assert_allclose(numbers(lost[say("channels.line.mean", activation="ReLU", count=1000)]["y"]), curves.lost)
    np.testing.assert_allclose(numbers(error[say("channels.line.band")]["y"]), curves.low)
    np.testing.assert_allclose(numbers(error[None]["y"]), curves.high)
    np.testing.assert_allclose(numbers(error[say("channels.line.median")]["y"]), curves.median)
    line = bound[say("channels.line.bound")]
    widths = numbers(line["x"])
    np.testing.assert_allclose(numbers(line["y"]), widths / 2.0)
    holds, fails = (np.isfinite(numbers(bound[say(f"channels.line.{name}")]["y"])) for name in ("holds", "fails"))
    expected = [theory.paper_bound_holds(int(width), 4) for width in widths]
    assert holds.tolist() == expected
    assert (holds ^ fails).all()


# -- its words are true


@pytest.mark.parametrize(
    ("chosen", "width", "answer", "reason"),
    [
        (PLANE, 5, "6%", say("channels.one-to-one.plane", chance="6%", width=5)),
        (setting(dim=8), 15, say("number.no"), say("channels.one-to-one.narrow", dim=8, least=16)),
        (setting(dim=8), 20, say("number.no"), say("channels.known.never", here="2.5", dim=8, ratio=3.4)),
        (setting(dim=8), 48, say("channels.answer.hardly"), say("channels.known.hardly", here="6", dim=8, ratio=6.7)),
        (setting(dim=8), 56, say("channels.answer.likely"), say("channels.regions", regions="1.8")),
        (setting(dim=8), 64, say("channels.answer.likely"), say("channels.known.always", here="8", dim=8, ratio=7.65)),
        (
            setting(dim=8),
            96,
            say("number.yes"),
            say("channels.one-to-one.few", share=small_share(theory.expected_lost_regions(96, 8))),
        ),
        (setting(activation="relu6"), 24, say("number.no"), say("channels.one-to-one.ends", activation="ReLU6")),
        (setting(activation="gelu"), 24, say("number.open"), say("channels.one-to-one.origins", activation="GELU")),
        (setting(activation="tanh"), 2, say("number.yes"), say("channels.one-to-one.all", activation="tanh", dim=2)),
    ],
)
def test_one_to_one_is_answered_with_the_number_behind_it(chosen, width, answer, reason):
    word, sentence = one_to_one(chosen, width)
    assert word == answer
    assert reason in sentence


@pytest.mark.parametrize(
    ("width", "advice", "channels"),
    [
        (2, "much", "channels"),
        (9, "much", "channels"),
        (12, "little", "enough"),
        (24, "little", "enough"),
    ],
)
def test_the_advice_follows_the_share_lost(width, advice, channels):
    shown = draw_channels(PLANE)
    slots = {"activation": "ReLU", "share": small_share(shown.lost(width)), "dim": 2}
    assert say(f"channels.bottleneck.{advice}", **slots) in bottleneck_words(PLANE, shown, width)
    assert advice_words(PLANE, shown, width) == say(f"channels.advice.{channels}", some=11, few=25)


def test_where_nothing_is_lost_nothing_is_advised():
    chosen = setting(activation="leaky_relu")
    shown = draw_channels(chosen)
    assert lost_words(chosen, shown, 2) == say("channels.lost.nothing")
    assert bottleneck_words(chosen, shown, 2) == say("channels.bottleneck.nothing", activation="leaky ReLU")
    assert advice_words(chosen, shown, 2) == say("channels.advice.nothing")


def test_large_values_are_to_be_made_smaller_where_no_width_helps():
    chosen = setting(activation="relu6", scale=30.0)
    assert advice_words(chosen, draw_channels(chosen), 12) == say("channels.advice.smaller")
    wide = setting(dim=16)
    shown = draw_channels(wide)
    spared = say("channels.bottleneck.none", share=small_share(shown.lost(96)))
    assert spared in bottleneck_words(wide, shown, 96)
    assert advice_words(wide, shown, 96) == say("channels.advice.plenty")


def test_the_bound_fails_where_the_paper_uses_it_and_holds_for_the_plane():
    assert bound_words(96, 16) == say("channels.bound.fails", width=96, dim=16, lost="38.9", bound="48")
    assert "$2^{38.9}$" in bound_words(96, 16)
    assert bound_words(12, 2) == say("channels.bound.holds", width=12, dim=2, lost="8.3", bound="6")


def test_what_the_presets_claim():
    chosen, n = of_preset("misread")
    shown = draw_channels(chosen)
    assert f"error of {shown.curves.median[shown.place(n)]:.2f}" in presets("channels")["misread"].sentence
    assert 0.025 < shown.lost(n) < 0.035
    chosen, n = of_preset("half")
    assert draw_channels(chosen).lost(n) == 0.5
    chosen, n = of_preset("exact")
    curves = draw_channels(chosen).curves
    assert curves.median[10] < 1e-12 < 1e-4 < curves.mean[10]
    assert curves.widths[10] == n
    chosen, n = of_preset("doubled")
    curves = draw_channels(chosen).curves
    assert 0.4 < curves.median[22] / curves.median[10] < 0.6  # twice as many channels, half the error
    chosen, n = of_preset("relu6-large")
    assert draw_channels(chosen).lost(n) > 0.2
    chosen, n = of_preset("leaky")
    leaky, relu = (draw_channels(s).curves.median for s in (chosen, PLANE))
    np.testing.assert_allclose(leaky[4:], relu[4:], rtol=0.1)
