"""The page Unrolling: what its controls change, what it says of bad points, and whether its words are true in numbers."""

import shlex
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from experiments.__main__ import main
from manifold import make_cloud, random_stream
from manifold.learning import (
    METHODS,
    DisconnectedGraphError,
    LandmarkIsomap,
    affine_error,
    neighbour_overlap,
    procrustes_error,
    residual_variance,
    short_circuits,
    unroll,
)
from manifold.learning.neighbours import nearest
from manifold.learning.quality import distances_from
from manifold.plots import GROUP_COLORS, color_ramp
from manifold.text import map_error, named, say, section
from manifold.ui.pages.unrolling.charts import Coloring
from manifold.ui.pages.unrolling.controls import COLORS, SHAPES, VIEWS
from manifold.ui.pages.unrolling.views import Parts
from manifold.ui.pages.unrolling.words import on_paper, part_coloring
from manifold.ui.presets import presets

SEEN = [shape for shape in SHAPES if shape != "your file"]
CARDS = {
    "trustworthiness": say("unrolling.score.trustworthiness"),
    "continuity": say("unrolling.score.continuity"),
    "neighbour_overlap": say("unrolling.score.overlap"),
    "procrustes_error": say("unrolling.score.procrustes"),
    "affine_error": say("unrolling.score.affine"),
}


def cards(app):
    return {metric.label: metric.value for metric in app.metric}


def labelled(elements, label):
    return next(element for element in elements if element.label == label)


def said(app):
    return " ".join(element.value for element in app.markdown).replace("\\", "")


def traces(charts, app, place):
    return {trace["name"]: trace for trace in charts(app)[place]["data"]}


# -- what the controls change


def test_k_changes_the_map_and_the_scores_and_leaves_the_points(visit, charts):
    app = visit("unrolling", points="400", view="points")
    shown, scores = charts(app), cards(app)
    labelled(app.slider, say("unrolling.neighbours")).set_value(20).run()
    assert charts(app)[0]["data"] == shown[0]["data"]
    assert charts(app)[1]["data"] != shown[1]["data"]
    assert cards(app) != scores


def test_too_small_a_k_is_explained_and_mended_by_one_button(visit, charts):
    app = visit("unrolling", k="3", points="400")
    (warning,) = (element.value.replace("\\", "") for element in app.warning)
    (button,) = (button for button in app.button if button.label.startswith("Take k = "))
    enough = int(button.label.removeprefix("Take k = "))
    assert "Landmark Isomap draws no map: with k = 3 the points fall into" in warning
    assert f"the smallest k that connects them is {enough}" in warning
    assert enough > 3
    before = len(charts(app))
    button.click().run()
    assert not app.warning
    assert app.session_state["unrolling"]["k"] == enough
    assert len(charts(app)) > before
    assert not [button for button in app.button if button.label.startswith("Take k")]


def test_the_smallest_k_is_the_smallest():
    points = make_cloud("swiss roll", 400, rng=random_stream(0)).points
    with pytest.raises(DisconnectedGraphError, match="the smallest n_neighbors that connects them") as caught:
        LandmarkIsomap(n_neighbors=2).fit(points)
    with pytest.raises(DisconnectedGraphError, match="the points fall into"):
        LandmarkIsomap(n_neighbors=caught.value.smallest_k - 1).fit(points)
    LandmarkIsomap(n_neighbors=caught.value.smallest_k).fit(points)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_can_be_linked_to_and_says_what_it_keeps(visit, charts, method):
    app = visit("unrolling", method=method, points="300")
    assert not app.exception
    assert not app.warning
    assert named(METHODS, method, "keeps") in [caption.value for caption in app.caption]
    assert f"**{say('unrolling.picture.map', method=METHODS[method].title)}**" in [element.value for element in app.markdown]
    (dots,) = [trace for trace in charts(app)[1]["data"] if trace["mode"] == "markers"]
    assert dots["name"] == say("unrolling.points")
    assert set(CARDS.values()) <= set(cards(app))


@pytest.mark.parametrize("shape", SEEN)
def test_every_shape_can_be_chosen(visit, charts, shape):
    app = visit("unrolling", dataset=shape, points="300")
    assert not app.exception
    assert not app.warning
    assert labelled(app.selectbox, "Shape").value == shape
    known = shape != "digits" and make_cloud(shape, 300, rng=random_stream(0)).chart.shape[1] == 2
    assert (f"**{say('unrolling.picture.truth')}**" in [element.value for element in app.markdown]) == known
    assert (CARDS["procrustes_error"] in cards(app)) == (shape != "digits")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_what_it_is_called_after(visit, charts, view):
    app = visit("unrolling", view=view, points="300")
    for place in (0, 1):
        names = set(traces(charts, app, place)) - {say("unrolling.points")}
        expected = {"way": {say("unrolling.ant")}, "lines": {say("unrolling.joined")}, "points": set()}[view]
        assert expected <= names
        assert expected or not names


def test_short_circuits_are_counted_in_the_picture(visit, charts):
    app = visit("unrolling", k="40", view="lines")
    cloud, model = mapped("swiss roll", 2000, 40)
    assert say("unrolling.short", count=shorts(cloud, model)) in traces(charts, app, 0)
    assert "**Not unrolled.**" in said(app)


def test_every_colour_can_be_chosen_and_is_another(visit, charts):
    app = visit("unrolling", points="300", view="points")
    seen = []
    for color in COLORS:
        labelled(app.selectbox, say("unrolling.color")).select(color).run()
        assert not app.exception
        seen.append(charts(app)[0]["data"][0]["marker"]["color"])
    assert all(one != other for place, one in enumerate(seen) for other in seen[:place])


def test_digits_have_no_second_coordinate_and_no_truth_to_colour_by(visit):
    app = visit("unrolling", dataset="digits", points="300", color="procrustes")
    options = labelled(app.selectbox, say("unrolling.color")).options
    assert say("unrolling.color.own") in options
    assert not {say("unrolling.color.procrustes"), say("unrolling.color.second")} & set(options)


@pytest.mark.parametrize(
    ("label", "value", "dataset"),
    [
        ("control.noise", 0.05, "swiss roll,noise=0.05"),
        ("unrolling.density", 5.0, "swiss roll,density=5"),
        ("unrolling.hole", 0.4, "swiss roll,hole=0.4"),
    ],
)
def test_the_options_of_a_shape_reach_its_points(visit, charts, label, value, dataset):
    app = visit("unrolling", points="300", view="points")
    before = charts(app)[0]["data"]
    labelled(app.slider, say(label)).set_value(value).run()
    assert charts(app)[0]["data"] != before
    assert f"make_cloud({dataset!r}, 300" in script_of(app)


def test_a_slow_method_is_given_fewer_points_and_the_page_says_so(visit):
    method = min(METHODS, key=lambda name: METHODS[name].most)
    most = METHODS[method].most
    assert most < 5000, "the page offers no more points, and need say nothing"
    app = visit("unrolling", method=method, points=str(most + 100), dataset="thread")
    assert say("unrolling.slow", method=METHODS[method].title, count=most) in [info.value for info in app.info]


# -- a visitor's own points


def table(rows):
    roll = make_cloud("swiss roll", rows, rng=random_stream(0))
    lines = (f"{x:.6f},{y:.6f},{z:.6f},{'outer' if s > 0 else 'inner'}" for (x, y, z), (s, _) in parts(roll))
    return "\n".join(["x,y,z,side", *lines]).encode()


def parts(roll):
    middle = np.median(roll.chart, axis=0)
    return zip(roll.points, roll.chart - middle, strict=True)


def uploaded(visit, content, name="own.csv", **query):
    app = visit("unrolling", dataset="your file", **{"points": "300", **query})
    app.get("file_uploader")[0].upload(name, content, "text/csv").run()
    return app


def test_until_a_file_is_sent_the_roll_is_shown(visit):
    app = visit("unrolling", dataset="your file", points="300")
    assert say("upload.none.roll") in [info.value for info in app.info]
    assert say("unrolling.columns") in [caption.value for caption in app.caption]


def test_a_column_of_words_colours_the_points(visit, charts):
    app = uploaded(visit, table(300))
    assert labelled(app.selectbox, say("upload.color")).value == "side"  # the only one that cannot be a coordinate
    assert not app.error
    assert not app.exception
    classes = traces(charts, app, 0)
    assert {"inner", "outer"} <= set(classes)
    assert [len(b64decode(classes[name]["x"]["bdata"])) // 4 for name in ("inner", "outer")] == [150, 150]  # float32


def test_of_two_columns_of_words_none_is_a_coordinate_and_either_may_colour(visit, charts):
    content = table(300).replace(b"side", b"side,twice").replace(b"er\n", b"er,a b\n") + b",a b"
    app = uploaded(visit, content)
    assert not app.error
    told = [caption.value.replace("\\", "") for caption in app.caption]
    assert {say("upload.words", column=name) for name in ("side", "twice")} <= set(told)
    assert f"**{say('unrolling.picture.space', count=300)}**" in [element.value for element in app.markdown]
    labelled(app.selectbox, say("upload.color")).select("side").run()
    assert {"inner", "outer"} <= set(traces(charts, app, 0))
    assert "columns=(0, 1, 2), color='side'" in script_of(app)


def test_words_are_shown_as_they_are_and_no_longer_than_a_line(visit, charts):
    words = ("<a href='http://x'>$a$</a>", "&amp;", "w" * 140_000, "w" * 140_000 + "v")
    lines = (f"{x},{y},{words[k % 4]}" for k, (x, y) in enumerate(np.random.default_rng(0).random((300, 2)).tolist()))
    app = uploaded(visit, "\n".join(["x,y,kind", *lines]).encode())
    assert not app.exception
    names = [trace["name"] for trace in charts(app)[0]["data"] if trace["mode"] == "markers"]
    assert "&lt;a href='http://x'&gt;&#36;a&#36;&lt;/a&gt;" in names
    assert "&amp;amp;" in names
    assert len(set(names)) == 4
    assert max(map(len, names)) < 80


@pytest.mark.parametrize("query", [{"k": "2", "method": "pca", "dataset": "thread", "points": "300", "noise": "0.1"}])
def test_two_parts_of_equal_size_are_told_apart(visit, query):
    app = visit("unrolling", **query)
    parts = part_coloring(Parts(np.repeat([0, 1], 150), 9))
    inks, names, _ = on_paper(parts)
    assert parts.groups == tuple(say("unrolling.part", number=number, count=150) for number in (1, 2))
    assert len(names) == len(set(inks)) == 2
    assert not app.exception


def test_a_long_file_is_sampled_and_the_page_says_so(visit):
    content = "\n".join(f"{x:.6f},{y:.6f},{z:.6f}" for x, y, z in make_cloud("swiss roll", 900, rng=random_stream(0)).points)
    app = uploaded(visit, content.encode())
    sampled = say("upload.sampled", file="own.csv", total=900, count=300)
    assert sampled in [info.value.replace("\\", "") for info in app.info]
    assert f"**{say('unrolling.picture.space', count=300)}**" in [element.value for element in app.markdown]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "bad.csv is empty"),
        (b"1,2,3\n3,1\n", "line 2 of bad.csv has 2 values, the first row has 3"),
        (b"1\n2\n3\n", "one column of coordinates; a map of two dimensions needs at least two"),
        (b"1,2\n3,nan\n2,2\n", "points of the file must be finite, but row 2 of numbers has nan in 'column 2'"),
        (
            b"x,y\n1,2\n3,\n2,2\n",
            "line 3 of bad.csv has '', which is not a number; mend it, or take that line out. The swiss roll",
        ),
        (b"1,2,3\n", "bad.csv has only 1 of the 3 points that a map needs; add rows"),
        (b"1,2,3\n4,5,7\n", "bad.csv has only 2 of the 3 points that a map needs; add rows"),
        (b"5,5\n5,5\n5,5\n", "points must differ"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(visit, charts, content, sentence):
    app = visit("unrolling", dataset="your file", points="300")
    before = charts(app)
    app.get("file_uploader")[0].upload("bad.csv", content, "text/csv").run()
    assert not app.exception
    (error,) = (element.value.replace("\\", "") for element in app.error)
    assert sentence in error
    assert error.endswith("The swiss roll is shown instead.")
    assert not app.info  # which would say it again
    assert charts(app) == before


def test_parts_that_no_k_on_the_slider_joins_are_told_what_else_to_do(visit):
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.random((150, 3)), rng.random((150, 3)) + 50.0])
    app = uploaded(visit, "\n".join(f"{x},{y},{z}" for x, y, z in points).encode())
    assert "the smallest k that connects them is 150" in app.warning[0].value.replace("\\", "")
    assert not [button for button in app.button if button.label.startswith("Take k")]
    assert section("unrolling", "apart") in [caption.value for caption in app.caption]


def test_points_of_many_dimensions_are_not_said_to_be_in_space(visit):
    app = visit("unrolling", dataset="digits", points="300")
    assert f"**{say('unrolling.picture.dimensions', count=300, dim=64)}**" in [element.value for element in app.markdown]


# -- the verdict


def test_short_circuits_are_blamed_where_the_method_goes_along_lines_and_nowhere_else(visit):
    blamed = "are short circuits: they jump between places far apart on the surface"
    assert blamed in said(visit("unrolling", k="60", points="1000"))
    for method in ("pca", "t-sne"):
        words = said(visit("unrolling", k="60", points="300", method=method))
        assert "**Not unrolled.** Even with the best stretching the error is" in words
        assert blamed not in words


def test_errors_that_are_as_good_as_nothing_are_not_written_in_powers_of_ten(visit):
    app = visit("unrolling", dataset="thread,dim=3", draw="3", points="500")
    assert cards(app)[CARDS["procrustes_error"]] == cards(app)[say("unrolling.score.residual-variance")] == "< 0.0001"
    assert "the error is < 0.0001." in said(app)


# -- taking it away


def test_colours_on_paper_are_those_of_the_picture_and_say_what_they_mean():
    values = np.array([1.0, 0.0, 1.0])
    inks, names, meaning = on_paper(Coloring(values, "", ("inner", "outer")))
    assert names == dict(zip(("inner", "outer"), GROUP_COLORS, strict=False))
    assert list(inks) == [names["outer"], names["inner"], names["outer"]]
    assert meaning == ""
    inks, names, meaning = on_paper(Coloring(values, "trustworthiness"))
    np.testing.assert_array_equal(inks, color_ramp(values))
    assert (names, meaning) == (None, say("unrolling.meaning.trustworthiness", low="0", high="1"))


def script_of(app):
    return next(code.value for code in app.code if code.language == "python")


def command_of(app):
    return next(code.value for code in app.code if code.language == "bash")


def printed(script, capsys):
    capsys.readouterr()
    exec(script, {})
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in capsys.readouterr().out.splitlines())}


def as_shown(numbers):
    """Numbers as the cards write them."""
    scores = {name: value for name, value in numbers.items() if name in CARDS}
    return {CARDS[name]: map_error(value) if "error" in name else f"{value:.3f}" for name, value in scores.items()}


LINKS = [
    {"points": "400"},
    {"points": "300", "dataset": "s-curve", "noise": "0.02", "hole": "0.3", "k": "8", "seed": "3", "draw": "2"},
]


@pytest.mark.parametrize("query", LINKS, ids=str)
def test_the_command_runs(visit, monkeypatch, tmp_path, query):
    app = visit("unrolling", **query)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command_of(app))
    assert words[:5] == ["python", "-m", "experiments", "run", "swiss_roll"]
    assert main([*words[3:], "--format", "svg"]) == 0
    assert b"<svg" in Path("figures/swiss_roll/figure.svg").read_bytes()


def test_script_and_command_read_the_visitors_file(visit, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    Path("own points.csv").write_bytes(table(300))
    app = uploaded(visit, table(300), "own points.csv")
    labelled(app.selectbox, say("upload.color")).select("side").run()
    script, command = script_of(app), command_of(app)
    assert as_shown(printed(script, capsys)).items() <= cards(app).items()
    assert main([*shlex.split(command)[3:], "--format", "svg"]) == 0
    assert b"<svg" in Path("figures/swiss_roll/figure.svg").read_bytes()


# -- what the page says, in numbers


def mapped(dataset, count, k, draw=0):
    cloud = make_cloud(dataset, count, rng=random_stream(0, draw))
    return cloud, LandmarkIsomap(n_neighbors=k).fit(cloud.points)


def shorts(cloud, model):
    lines = np.column_stack(model.graph_.nonzero())
    return int(short_circuits(lines[lines[:, 0] < lines[:, 1]], cloud.points, cloud.chart).sum())


def error_of(dataset, count, k, draw=0):
    cloud, model = mapped(dataset, count, k, draw)
    return procrustes_error(model.embedding_, cloud.chart)


def by_method(dataset, count, method, k=10):
    cloud = make_cloud(dataset, count, rng=random_stream(0))
    return cloud, unroll(cloud.points, method=method, n_neighbors=k, rng=random_stream(0))


def test_the_presets_are_those_that_are_checked_here():
    values = {name: preset.values for name, preset in presets("unrolling").items()}
    assert values["too-many"] == {"k": "40", "view": "lines"}
    assert values["noise"] == {"noise": "0.05", "view": "lines"}
    assert values["hole"] == {"hole": "0.4"}
    assert values["digits"] == {"dataset": "digits", "points": "1700", "view": "points"}
    for name, dataset in (("thread-table", "thread"), ("thread-space", "thread,dim=3")):
        assert values[name] == {"dataset": dataset, "view": "lines", "draw": "3", "points": "500"}


def test_the_roll_is_laid_flat_by_ways_and_left_rolled_up_by_pca():
    assert error_of("swiss roll", 2000, 10) < 0.002
    cloud, places = by_method("swiss roll", 2000, "pca")
    assert procrustes_error(places, cloud.chart) > 0.5
    assert affine_error(places, cloud.chart) > 0.5


@pytest.mark.parametrize("draw", range(3))
def test_a_few_short_circuits_ruin_the_map(draw):
    cloud, model = mapped("swiss roll", 2000, 40, draw)
    assert 0 < shorts(cloud, model) < 0.005 * model.graph_.nnz
    assert procrustes_error(model.embedding_, cloud.chart) > 0.1


def test_the_lines_that_jump_are_as_many_as_the_presets_say():
    cloud, model = mapped("swiss roll", 2000, 40)
    assert (shorts(cloud, model), model.graph_.nnz // 2 // 1000) == (13, 44)
    cloud, model = mapped("swiss roll,noise=0.05", 2000, 10)
    assert shorts(cloud, model) == 4


def test_at_thirty_neighbours_one_line_ruins_the_map_and_the_residual_variance_rises_too_late():
    cloud, model = mapped("swiss roll", 2000, 30)
    assert shorts(cloud, model) == 1
    error = procrustes_error(model.embedding_, cloud.chart)
    assert error > 0.1
    assert residual_variance(model.geodesics_, distances_from(model.embedding_, model.landmarks_)) < error / 5.0


@pytest.mark.parametrize("draw", range(3))
def test_from_five_to_twenty_eight_neighbours_the_map_is_right(draw):
    for k in (5, 10, 28):
        cloud, model = mapped("swiss roll", 2000, k, draw)
        assert shorts(cloud, model) == 0
        assert procrustes_error(model.embedding_, cloud.chart) < 0.006


def test_noise_breaks_the_map_that_the_same_k_drew_right():
    assert error_of("swiss roll", 2000, 10) < 0.002
    assert error_of("swiss roll,noise=0.05", 2000, 10) > 0.1


def test_a_hole_disturbs_isomap_and_not_hessian_lle():
    assert error_of("swiss roll,hole=0.4", 2000, 10) > 10.0 * error_of("swiss roll", 2000, 10)
    cloud, places = by_method("swiss roll,hole=0.4", 2000, "hessian-lle")
    assert affine_error(places, cloud.chart) < 0.002
    assert procrustes_error(places, cloud.chart) > 0.1  # the true lengths are lost


def test_t_sne_keeps_neighbours_and_not_distances():
    cloud, places = by_method("swiss roll", 1000, "t-sne")
    assert neighbour_overlap(cloud.points, places, n_neighbors=10) > 0.7
    assert affine_error(places, cloud.chart) > 0.05


def test_no_map_of_the_sphere_keeps_its_lengths():
    assert 0.02 < error_of("severed sphere", 1000, 10) < 0.2


@pytest.mark.parametrize("k", [2, 4, 10, 30])
def test_no_k_unrolls_the_thread_on_the_table(k):
    cloud, model = mapped("thread", 500, k, 3)
    assert shorts(cloud, model) > 0
    assert procrustes_error(model.embedding_, cloud.chart) > 0.1


def test_in_space_the_thread_is_unrolled():
    cloud, model = mapped("thread,dim=3", 500, 10, 3)
    assert shorts(cloud, model) == 0
    assert procrustes_error(model.embedding_, cloud.chart) < 1e-4


def test_most_digits_lie_beside_the_same_digit():
    cloud, model = mapped("digits", 1700, 10)
    beside = cloud.component[nearest(model.embedding_, 1)[:, 0]]
    assert (beside == cloud.component).mean() > 0.6


def test_the_map_of_the_photograph_finds_turning_and_zooming():
    assert error_of("photograph", 1000, 10) < 0.06


def test_the_residual_variance_of_the_crossing_thread_does_not_show_that_its_map_is_ruined():
    cloud, model = mapped("thread", 500, 10, 3)
    assert procrustes_error(model.embedding_, cloud.chart) > 0.3
    assert residual_variance(model.geodesics_, distances_from(model.embedding_, model.landmarks_)) < 0.05


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ({"dataset": "helix"}, False),
        ({"dataset": "helix", "method": "t-sne", "points": "200"}, True),
        ({"dataset": "s-curve"}, True),
    ],
)
def test_a_draw_is_offered_where_points_or_starts_are_drawn(visit, query, offered):
    app = visit("unrolling", **{"points": "300", **query})
    labels = {number.label for number in app.number_input}
    assert labels == ({say("control.seed"), say("control.draw")} if offered else set())
