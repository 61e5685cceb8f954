"""The charts: a layer of three channels in space, and numbers against the width and against the size of the input."""

import base64
import math

import numpy as np
import pytest
from plotly.graph_objects import Figure

from manifold import ACTIVATIONS, DATASETS, random_stream, recover
from manifold.metrics import lost_share
from manifold.text import named, say
from manifold.theory import collapsed_fraction, relu6_active_probability
from manifold.ui.pages.spiral.charts import space_charts, width_chart
from manifold.ui.pages.where.charts import scale_chart

BENT = {
    "relu": lambda z: np.maximum(z, 0.0),
    "relu6": lambda z: np.minimum(np.maximum(z, 0.0), 6.0),
    "tanh": np.tanh,
}


def in_space(trace):
    return np.stack([np.asarray(trace[axis], dtype=np.float64) for axis in "xyz"], axis=-1)


def charts_of(activation, scale):
    rng = random_stream(0)
    points = scale * DATASETS["spiral"](50, rng=rng).points
    recovery = recover(points, width=3, activation=activation, rng=rng)
    return recovery, tuple(map(Figure, space_charts(recovery, ["#000000"] * 50, scale)))


@pytest.mark.parametrize("scale", [1.0, 8.0])
@pytest.mark.parametrize("activation", BENT)
def test_the_sheet_is_flat_before_and_bent_by_the_activation_after(activation, scale):
    _, (before, after) = charts_of(activation, scale)
    flat, bent = in_space(before.data[0]), in_space(after.data[0])
    spread = np.linalg.svd(flat.reshape(-1, 3), compute_uv=False)
    assert spread[1] > 0.05 * spread[0]
    assert spread[2] < 1e-6 * spread[0]
    np.testing.assert_allclose(bent, BENT[activation](flat), rtol=1e-5, atol=1e-6)


def test_relu_presses_the_sheet_onto_the_walls_and_leaves_nothing_outside():
    _, (before, after) = charts_of("relu", 1.0)
    assert in_space(before.data[0]).min() < 0.0
    assert in_space(after.data[0]).min() == 0.0
    assert in_space(after.data[1]).min() == 0.0


@pytest.mark.parametrize("scale", [1.0, 8.0])
def test_the_sheet_is_the_square_around_the_points_under_t(scale):
    recovery, (before, _) = charts_of("relu", scale)
    corners = in_space(before.data[0])[[0, 0, -1, -1], [0, -1, 0, -1]]
    back = corners @ recovery.inverse.T
    np.testing.assert_allclose(back, scale * np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]]), rtol=1e-5)


def test_the_points_are_those_of_the_layer_in_the_colours_given():
    recovery, charts = charts_of("relu", 3.0)
    for chart, points in zip(charts, (recovery.points @ recovery.matrix.T, recovery.hidden), strict=True):
        np.testing.assert_allclose(in_space(chart.data[1]), points)
        assert chart.data[1].marker.color == ("#000000",) * 50


def test_both_views_have_one_scale_on_all_axes_and_hold_the_whole_sheet():
    _, (before, after) = charts_of("relu", 3.0)
    ranges = [tuple(chart.layout.scene[f"{axis}axis"].range) for chart in (before, after) for axis in "xyz"]
    assert len(set(ranges)) == 1
    low, high = ranges[0]
    assert low < in_space(before.data[0]).min()
    assert high > in_space(before.data[0]).max()


def test_the_width_chart_has_the_lines_it_is_given_and_marks_the_width():
    widths = [2, 3, 4]
    lines = {"one": (np.array([0.9, 0.5, 0.1]), "#112233", "dash"), "two": (np.array([0.3, 0.2, 0.1]), "#445566", "solid")}
    chart = Figure(width_chart(widths, lines, marked=3))
    assert [trace.name for trace in chart.data] == list(lines)
    for trace, (values, color, dash) in zip(chart.data, lines.values(), strict=True):
        assert list(trace.x) == widths
        np.testing.assert_array_equal(trace.y, values)
        assert (trace.line.color, trace.line.dash) == (color, dash)
    assert (chart.layout.shapes[0].x0, chart.layout.shapes[0].x1) == (3, 3)


BEYOND = {
    "readings": ("spiral", {"view": "readings"}),
    "law": ("spiral", {"embedding": "padded-gaussian"}),
    "sweep": ("channels", {"embedding": "padded-gaussian", "decoder": "doubled"}),
}


def values_in(array):
    """The numbers of a line, as Plotly sends them."""
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype=array["dtype"])


@pytest.mark.parametrize(("page", "query"), [*BEYOND.values(), ("spiral", {}), ("channels", {})], ids=[*BEYOND, "none", "none"])
def test_what_leaves_the_frame_of_a_chart_of_errors_is_said_below_it(visit, charts, page, query):
    """A square Gaussian matrix is nearly singular at any size: S⁻¹ misses by many times the points' size."""
    app = visit(page, **query)
    chart = charts(app)[1 if page == "channels" else -1]
    axis = chart["layout"]["yaxis"]
    top = 10.0 ** axis["range"][1] if axis.get("type") == "log" else axis["range"][1]
    above = [(line["name"], values_in(line["y"]) > top) for line in chart["data"]]
    told = [say("chart.outside", line=name, count=int(out.sum()), total=len(out)) for name, out in above if out.any()]
    assert bool(told) == bool(query)
    assert [caption.value for caption in app.caption if "frame" in caption.value] == told


@pytest.mark.parametrize("width", [2, 5, 12])
def test_the_scale_chart_is_the_binomial_of_the_active_rows(width):
    relu, relu6 = Figure(scale_chart(width, 4.0)).data
    assert [relu.name, relu6.name] == [named(ACTIVATIONS, name) for name in ("relu", "relu6")]
    np.testing.assert_allclose(relu.y, (width + 1) / 2**width)
    for radius, lost in zip(relu6.x, relu6.y, strict=True):
        active = 0.5 * math.erf(6.0 / radius / math.sqrt(2.0))
        assert lost == pytest.approx((1 - active) ** width + width * active * (1 - active) ** (width - 1))
        assert lost == collapsed_fraction(width, 2, active=relu6_active_probability(radius))


def test_the_scale_chart_agrees_with_layers_that_are_drawn(z_scores):
    chart = Figure(scale_chart(5, 1.0)).data[1]
    radius, expected = chart.x[45], chart.y[45]
    point = np.array([[radius, 0.0]])
    lost = [lost_share(recover(point, width=5, activation="relu6", rng=random_stream(1, draw))) for draw in range(2000)]
    assert abs(z_scores(lost, expected)[0]) < 4.0


def test_the_scale_chart_marks_the_size_of_the_input():
    assert Figure(scale_chart(5, 7.5)).layout.shapes[0].x0 == 7.5
