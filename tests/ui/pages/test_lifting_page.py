"""The page Lifting: what its controls change, what it gives to take away, and whether its words are true in numbers."""

import base64
import json
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.__main__ import main
from manifold.learning import separate
from manifold.text import percent, say, section
from manifold.ui.pages.lifting.controls import BEFORE, CHOICES, LIFTING_FIELDS, SHAPES
from manifold.ui.pages.lifting.views import TRAINED, UNITS, LiftSetting, lift_points, separability
from manifold.ui.presets import presets

RINGS = LiftSetting("two rings", "none", units=3, before=32, activation="relu", seed=0, draw=1)
DRAWS = range(20)
DIMENSIONS, RIGHT_SIDE, SEPARATED = (say(f"lifting.number.{name}") for name in ("dimensions", "right-side", "separated"))


def cards(app):
    return {metric.label: metric.value for metric in app.metric}


def named(elements, label):
    return next(element for element in elements if element.label == label)


def code_of(app, language):
    return next(code.value for code in app.code if code.language == language)


def says(answer):
    return say("number.yes") if answer else say("number.no")


def accuracy(setting, **changes):
    return lift_points(replace(setting, **changes))[3][-1].separation.accuracy


def names(chart):
    return [trace.get("name") for trace in chart["data"]]


# -- what the controls change


@pytest.mark.parametrize(
    ("shape", "lift"),
    [*(("two rings", lift) for lift in CHOICES), *((shape, "relu") for shape in SHAPES if shape != "two rings")],
)
def test_every_shape_can_be_lifted_and_every_lift_taken(visit, charts, shape, lift):
    app = visit("lifting", dataset=shape, lift=lift)
    assert not app.exception
    assert not app.warning
    setting = replace(RINGS, dataset=shape, lift=lift)
    cloud, _, _, moments = lift_points(setting)
    dimensions = {DIMENSIONS: f"2 → {moments[-1].features.shape[1]}"}
    numbers = {RIGHT_SIDE: percent(accuracy(setting)), SEPARATED: says(moments[-1].separation.correct.all())}
    assert cards(app) == (dimensions if lift == TRAINED else dimensions | numbers)  # of a training beside its slider
    wrong = int((~moments[-1].separation.correct).sum())
    rings = [line for line in charts(app)[0]["data"] if line.get("name") == say("lifting.wrong", count=wrong)]
    assert any(line.get("showlegend", True) for line in rings) == (wrong > 0)
    assert len(cloud.points) == 300


def test_the_width_of_the_layer_is_the_number_of_dimensions(visit, charts):
    app = visit("lifting", lift="relu", n="3")
    before, level = charts(app), section("lifting", "level")
    assert cards(app)[DIMENSIONS] == "2 → 3"
    assert level not in [caption.value for caption in app.caption]
    named(app.slider, say("lifting.units")).set_value(20).run()
    assert cards(app)[DIMENSIONS] == "2 → 20"
    assert cards(app)[SEPARATED] == say("number.yes")
    assert level in [caption.value for caption in app.caption]
    assert charts(app)[1]["data"] != before[1]["data"]


def test_the_place_of_the_layer_is_marked_on_the_curve_of_random_layers_alone(visit, charts):
    marked, unmarked = (charts(visit("lifting", lift=lift))[2] for lift in ("relu", "bowl"))
    assert [shape["x0"] for shape in marked["layout"]["shapes"]] == [3]
    assert not unmarked["layout"].get("shapes")
    assert marked["data"] == unmarked["data"]


@pytest.mark.parametrize(
    ("activation", "before"),
    [
        *(("relu", before) for before in BEFORE),
        *((name, "8") for name in LIFTING_FIELDS["activation"].choices if name != "relu"),
    ],
)
def test_every_network_can_be_linked_to(visit, charts, activation, before):
    app = visit("lifting", lift=TRAINED, activation=activation, before=before)
    assert not app.exception
    assert cards(app)[DIMENSIONS] == "2 → 3"
    setting = replace(RINGS, lift=TRAINED, activation=activation, before=int(before))
    assert SEPARATED not in cards(app)  # it stands beside the slider, with the moment
    assert percent(accuracy(setting)) in charts(app)[0]["layout"]["sliders"][0]["steps"][-1]["label"]


def test_a_training_is_played_back_moment_by_moment_and_ends_with_what_is_shown(visit, charts):
    chart, _ = charts(visit("lifting", lift=TRAINED))
    _, _, epochs, moments = lift_points(replace(RINGS, lift=TRAINED))
    expected = [
        say("lifting.moment", step=epoch, share=percent(m.separation.accuracy), separated=says(m.separation.correct.all()))
        for epoch, m in zip(epochs, moments, strict=True)
    ]
    assert [frame["name"] for frame in chart["frames"]] == expected
    assert [step["label"] for step in chart["layout"]["sliders"][0]["steps"]] == expected
    assert chart["layout"]["sliders"][0]["active"] == len(expected) - 1
    assert chart["frames"][-1]["data"] == chart["data"]
    assert {trace["type"] for trace in chart["data"]} == {"contour", "scatter", "scatter3d", "mesh3d"}  # both pictures
    assert len(expected) > 5


def test_other_lifts_have_no_playback(visit, charts):
    chart = charts(visit("lifting", lift="bowl"))[1]
    assert not chart.get("frames")
    assert not chart["layout"].get("sliders")


def test_the_plane_is_painted_where_every_place_has_features(visit, charts):
    for lift in CHOICES:
        kinds = [trace["type"] for trace in charts(visit("lifting", lift=lift))[0]["data"]]
        assert ("contour" in kinds) == (lift != "thread")


def test_noise_reaches_the_points(visit, charts):
    app = visit("lifting")
    before = charts(app)[0]["data"]
    named(app.slider, say("control.noise")).set_value(0.1).run()
    assert charts(app)[0]["data"] != before
    assert "make_cloud('two rings,noise=0.1', 300" in code_of(app, "python")


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ({"lift": "bowl"}, False),
        ({"lift": "none", "dataset": "spiral"}, False),
        ({"lift": "bowl", "noise": "0.05"}, True),
        ({"lift": "none", "dataset": "thread"}, True),
        ({"lift": "relu"}, True),
        ({"lift": TRAINED}, True),
    ],
)
def test_a_draw_is_offered_where_points_or_weights_are_drawn(visit, charts, query, offered):
    app = visit("lifting", **query)
    assert any(number.label == say("control.draw") for number in app.number_input) == offered
    assert any(button.label.startswith("Draw") for button in app.button) == offered
    assert any(number.label == say("control.seed") for number in app.number_input)  # of the curve
    picture, other = charts(app), charts(visit("lifting", **query, draw="4"))
    assert (picture[:-1] != other[:-1]) == offered
    assert picture[-1] == other[-1] != charts(visit("lifting", **query, seed="4"))[-1]


# -- taking it away


@pytest.mark.parametrize("query", [{}, {"dataset": "two moons", "noise": "0.05", "seed": "3", "lift": TRAINED}])
def test_the_curve_has_a_command_that_writes_its_numbers(visit, charts, monkeypatch, tmp_path, query):
    monkeypatch.chdir(tmp_path)
    app = visit("lifting", **query)
    _, command = (code.value for code in app.code if code.language == "bash")
    assert main([*shlex.split(command)[3:], "--format", "svg"]) == 0
    headline = json.loads(Path("figures/lift/run.json").read_text())["headline"]
    (median,) = (line for line in charts(app)[-1]["data"] if line.get("name") == say("lifting.line.median"))
    dataset = app.session_state["lifting"]["dataset"] + (",noise=0.05" if query else "")
    shares = np.frombuffer(base64.b64decode(median["y"]["bdata"]), dtype=median["y"]["dtype"])
    assert shares.tolist() == [headline[f"median_accuracy_{dataset}_units={units}"] for units in UNITS]


# -- what the page says, in numbers


def test_the_presets_are_those_that_are_checked_here():
    values = {name: preset.values for name, preset in presets("lifting").items()}
    assert values["three-units"] == {"lift": "relu", "n": "3"}
    assert values["twenty-units"] == {"lift": "relu", "n": "20"}
    flat, lifted = values["thread"], values["thread-lifted"]
    assert (flat["dataset"], flat["lift"], lifted["lift"]) == ("thread", "none", "thread")
    assert flat["draw"] == lifted["draw"]
    assert values["learned-linear"] == {"lift": TRAINED, "activation": "linear"}
    assert values["learned-three"] == {"lift": TRAINED, "before": "0"}


def test_a_bowl_separates_the_rings_and_no_line_does():
    assert accuracy(RINGS, lift="bowl") == 1.0
    assert accuracy(RINGS) < 0.6


def test_three_random_units_are_rarely_enough_for_the_rings_and_luck_matters():
    found = [accuracy(RINGS, lift="relu", units=3, draw=draw) for draw in DRAWS]
    assert np.mean(np.equal(found, 1.0)) < 0.2
    assert np.ptp(found) > 0.2


def test_twenty_random_units_separate_the_rings_in_every_draw():
    assert all(accuracy(RINGS, lift="relu", units=20, draw=draw) == 1.0 for draw in DRAWS)


def test_three_kinks_can_be_enough_for_the_rings_because_some_draw_is_lucky():
    assert max(accuracy(RINGS, lift="relu", units=3, draw=draw) for draw in DRAWS) == 1.0


def test_the_halves_of_the_thread_part_when_one_end_is_held_up():
    thread = replace(RINGS, dataset="thread", draw=int(presets("lifting")["thread"].values["draw"]))
    assert accuracy(thread) < 0.98
    assert accuracy(thread, lift="thread") == 1.0


def test_twenty_random_units_are_not_enough_for_two_spirals_and_sixty_are():
    spirals = replace(RINGS, dataset="two spirals", lift="relu")
    few, many = ([accuracy(spirals, units=units, draw=draw) for draw in DRAWS] for units in (20, 60))
    assert np.median(few) < 0.95
    assert np.median(many) == 1.0


def test_a_network_learns_to_pull_the_rings_apart():
    _, _, _, moments = lift_points(replace(RINGS, lift=TRAINED))
    assert moments[0].separation.accuracy < 0.8
    assert moments[-1].separation.accuracy == 1.0


def steps_until_right(dataset, draw):
    """Steps of the training after which all points are on their side for the first time; infinite if there are none."""
    _, _, epochs, moments = lift_points(replace(RINGS, lift=TRAINED, dataset=dataset, draw=draw))
    return min((step for step, m in zip(epochs, moments, strict=True) if m.separation.accuracy == 1.0), default=np.inf)


def test_two_spirals_are_the_harder_task_for_the_same_network():
    rings, spirals = steps_until_right("two rings", 1), steps_until_right("two spirals", 0)
    assert rings < 60
    assert 5 * rings < spirals < np.inf


def test_with_other_weights_the_network_often_gets_stuck_at_two_spirals():
    assert sum(steps_until_right("two spirals", draw) == np.inf for draw in (1, 2, 3)) >= 2


@pytest.mark.parametrize("draw", [1, 2])
def test_without_an_activation_the_units_stay_a_flat_sheet_that_nothing_separates(draw):
    moments = lift_points(replace(RINGS, lift=TRAINED, activation="linear", draw=draw))[3]
    for moment in moments:
        centred = moment.features - moment.features.mean(axis=0)
        sizes = np.linalg.svd(centred, compute_uv=False)
        assert sizes[2] < 1e-5 * sizes[0]
    assert moments[-1].separation.accuracy < 0.65


def test_three_trained_units_alone_separate_the_rings_in_some_draws_only():
    found = [accuracy(RINGS, lift=TRAINED, before=0, draw=draw) for draw in range(1, 6)]
    assert max(found) == 1.0
    assert min(found) < 0.9


@pytest.mark.parametrize("dataset", ["two rings", "two spirals"])
def test_a_linear_lift_of_any_size_separates_no_better(dataset, rng):
    cloud, labels, _, moments = lift_points(replace(RINGS, dataset=dataset))
    for width in (3, 20, 60):
        lifted = cloud.points @ rng.normal(size=(2, width)) + rng.uniform(-1.0, 1.0, width)
        assert separate(lifted, labels).accuracy == pytest.approx(moments[-1].separation.accuracy, abs=0.02)


@pytest.mark.parametrize("dataset", ["two rings", "spiral", "two moons", "two spirals"])
def test_the_curve_rises_to_all_points(dataset):
    median = np.median(separability(dataset, 0), axis=0)
    assert len(median) == len(UNITS)
    assert median[-1] == 1.0
    assert median[0] < 0.75
    assert np.diff(median).min() > -0.03


def test_a_spiral_needs_more_units_than_the_rings():
    enough = {
        dataset: np.argmax(np.median(separability(dataset, 0), axis=0) == 1.0) for dataset in ("two rings", "two spirals")
    }
    assert UNITS[enough["two spirals"]] >= 3 * UNITS[enough["two rings"]]
