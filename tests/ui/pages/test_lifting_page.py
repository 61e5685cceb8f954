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


def numbers(data):
    """The last values of the numbers below the panels, by label."""
    return {number["label"]: number["values"][-1] for number in data["numbers"]}


# -- what the controls change


@pytest.mark.parametrize(
    ("shape", "lift"),
    [*(("two rings", lift) for lift in CHOICES), *((shape, "relu") for shape in SHAPES if shape != "two rings")],
)
def test_every_shape_can_be_lifted_and_every_lift_taken(visit, shown, shape, lift):
    app = visit("lifting", dataset=shape, lift=lift)
    assert not app.exception
    assert not app.warning
    setting = replace(RINGS, dataset=shape, lift=lift)
    cloud, _, _, moments = lift_points(setting)
    last = moments[-1]
    assert numbers(shown(app)) == {
        DIMENSIONS: f"2 → {last.features.shape[1]}",
        RIGHT_SIDE: percent(accuracy(setting)),
        SEPARATED: says(last.separation.correct.all()),
    }
    wrong = int((~last.separation.correct).sum())
    assert shown(app)["panels"][0]["captions"][-1] == (say("lifting.wrong", count=wrong) if wrong else "")
    assert len(cloud.points) == 300


def test_the_width_of_the_layer_is_the_number_of_dimensions(visit, shown):
    app = visit("lifting", lift="relu", n="3")
    before, level = shown(app), section("lifting", "level")
    assert numbers(before)[DIMENSIONS] == "2 → 3"
    assert level not in [caption.value for caption in app.caption]
    named(app.slider, say("lifting.units")).set_value(20).run()
    assert numbers(shown(app))[DIMENSIONS] == "2 → 20"
    assert numbers(shown(app))[SEPARATED] == say("number.yes")
    assert level in [caption.value for caption in app.caption]
    assert shown(app)["panels"][1]["points"] != before["panels"][1]["points"]


def test_the_place_of_the_layer_is_marked_on_the_curve_of_random_layers_alone(visit, charts):
    marked, unmarked = (charts(visit("lifting", lift=lift))[0] for lift in ("relu", "bowl"))
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
def test_every_network_can_be_linked_to(visit, shown, activation, before):
    app = visit("lifting", lift=TRAINED, activation=activation, before=before)
    assert not app.exception
    setting = replace(RINGS, lift=TRAINED, activation=activation, before=int(before))
    assert numbers(shown(app))[DIMENSIONS] == "2 → 3"
    assert numbers(shown(app))[RIGHT_SIDE] == percent(accuracy(setting))


def test_a_training_is_played_back_moment_by_moment_and_ends_with_what_is_shown(visit, shown, unpack):
    data = shown(visit("lifting", lift=TRAINED))
    cloud, _, epochs, moments = lift_points(replace(RINGS, lift=TRAINED))
    assert (data["widths"], data["width"]) == (epochs, epochs[-1])
    assert data["steps"] == [say("lifting.step", step=epoch) for epoch in epochs]
    assert data["numbers"][1]["values"] == [percent(moment.separation.accuracy) for moment in moments]
    assert data["numbers"][2]["values"] == [says(moment.separation.correct.all()) for moment in moments]
    plane, space = data["panels"]
    np.testing.assert_array_equal(unpack(plane["wrong"], bits=True), [~moment.separation.correct for moment in moments])
    for sent, moment in zip(unpack(plane["sides"]), moments, strict=True):
        clear = np.abs(moment.heights) > 1e-4 * np.abs(moment.heights).max()  # of which one unit is a third
        np.testing.assert_array_equal(sent[clear] > 0.0, moment.heights[clear] > 0.0)
    assert unpack(space["points"]).shape == (len(epochs), len(cloud.points), 3)
    assert len(epochs) > 5


def test_lifted_points_lie_on_the_side_of_the_face_that_the_layer_says(visit, shown, unpack):
    for lift, n in (("relu", "3"), ("relu", "20"), ("bowl", "3"), (TRAINED, "3")):
        space = shown(visit("lifting", lift=lift, n=n))["panels"][1]
        points, face = unpack(space["points"])[-1], unpack(space["face"])[-1]
        normal = np.cross(face[1] - face[0], face[3] - face[0])
        heights = (points - face[0]) @ (normal / np.linalg.norm(normal))
        separation = lift_points(replace(RINGS, lift=lift, units=int(n)))[3][-1].separation
        cloud_labels = lift_points(replace(RINGS, lift=lift, units=int(n)))[1]
        above = np.where(separation.correct, cloud_labels, 1 - cloud_labels) == 1
        clear = np.abs(heights) > 1e-3
        assert len(set((heights > 0.0)[clear] == above[clear])) == 1, lift


def test_other_lifts_have_no_playback(visit, shown):
    assert len(shown(visit("lifting", lift="bowl"))["widths"]) == 1


def test_the_plane_is_painted_where_every_place_has_features(visit, shown):
    for lift in CHOICES:
        assert ("sides" in shown(visit("lifting", lift=lift))["panels"][0]) == (lift != "thread")


def test_noise_reaches_the_points(visit, shown):
    app = visit("lifting")
    before = shown(app)["panels"][0]["points"]
    named(app.slider, say("control.noise")).set_value(0.1).run()
    assert shown(app)["panels"][0]["points"] != before
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
def test_a_draw_is_offered_where_points_or_weights_are_drawn(visit, charts, shown, query, offered):
    app = visit("lifting", **query)
    assert any(number.label == say("control.draw") for number in app.number_input) == offered
    assert any(button.label.startswith("Draw") for button in app.button) == offered
    assert any(number.label == say("control.seed") for number in app.number_input)  # of the curve
    other = visit("lifting", **query, draw="4")
    assert (shown(app)["panels"] != shown(other)["panels"]) == offered
    assert charts(app) == charts(other) != charts(visit("lifting", **query, seed="4"))


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
    assert shares.tolist() == [headline[f"median_accuracy_dataset={dataset}_width={units}"] for units in UNITS]


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
