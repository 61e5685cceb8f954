"""Figures: what is drawn, on which scale, and that the same result gives the same file in any thread."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Wedge

from manifold import ACTIVATIONS, make_cloud, random_stream, recover, recover_widths, redecode, sectors
from manifold.metrics import lost_share, nmse
from manifold.plots import (
    EXTENT,
    FORMATS,
    LOST_COLOR,
    RANK_COLORS,
    RANK_COLORS_ON_DARK,
    Page,
    View,
    chart_colors,
    draw_cloud,
    draw_plane,
    error_beside,
    figure_bytes,
    figure_planes,
    figure_recoveries,
    figure_recovery,
    muted,
    with_median,
)
from manifold.text import percent, say

WIDTHS = [2, 3, 8]
FINE = 6e-4  # half a unit of half precision, below 2


@pytest.fixture
def cloud():
    return make_cloud("spiral", 60, rng=random_stream(0))


@pytest.fixture
def recoveries(cloud):
    return recover_widths(cloud.points, widths=WIDTHS, rng=random_stream(0, 1))


def panel_axes(figure):
    return [ax for ax in figure.axes if ax.axison]


def offsets(ax):
    return np.concatenate([collection.get_offsets() for collection in ax.collections])


def test_all_panels_have_equal_axes_on_one_scale(cloud, recoveries):
    figure = figure_recoveries(recoveries, chart_colors(cloud), symbol="T⁺")
    panels = panel_axes(figure)
    assert len(panels) == 1 + 3 * len(WIDTHS)
    for ax in panels:
        assert ax.get_aspect() == 1.0
        assert ax.get_xlim() == ax.get_ylim() == (-EXTENT, EXTENT)


def test_the_rows_show_decoded_and_exact_points_and_the_plane_after_the_input(cloud, recoveries):
    *panels, first = panel_axes(figure_recoveries(recoveries, chart_colors(cloud), symbol="T⁺"))
    np.testing.assert_allclose(offsets(first), cloud.points, atol=FINE)
    for column, recovery in enumerate(recoveries):
        decoded, exact, plane = (panels[row * len(WIDTHS) + column] for row in range(3))
        np.testing.assert_allclose(offsets(decoded), recovery.recovered, atol=FINE)
        best = redecode(recovery, "posterior").recovered
        order = np.argsort(recovery.rank >= 2, kind="stable")  # lost points are drawn first
        np.testing.assert_allclose(offsets(exact), best[order], atol=FINE)
        np.testing.assert_allclose(plane.collections[-1].get_offsets(), cloud.points, atol=FINE)


def test_a_scaled_cloud_is_shown_at_the_same_size():
    large = make_cloud("spiral", 60, scale=7.0, rng=random_stream(0))
    result = recover(large.points, width=8, activation="relu6", rng=random_stream(0, 1))
    figure = figure_recovery(result, chart_colors(large), symbol="T⁺", scale=7.0)
    np.testing.assert_allclose(offsets(panel_axes(figure)[0]), large.points / 7.0, atol=FINE)


@pytest.mark.parametrize("width", [3.35, 7.16])
def test_widths_stand_side_by_side_where_there_is_room_and_one_below_the_other_where_not(cloud, recoveries, width):
    figure = figure_recoveries(recoveries * 2, chart_colors(cloud), symbol="T⁺", page=Page(width=width))
    titled = {ax.get_title() for ax in panel_axes(figure)} - {"", say("figure.views.input")}
    labelled = {ax.get_ylabel() for ax in panel_axes(figure)} - {""}
    widths = {f"n = {n}" for n in WIDTHS}
    assert (labelled if width < 4.0 else titled) == widths
    assert len(titled if width < 4.0 else labelled) == 3


def test_a_page_too_low_for_the_panels_is_refused(recoveries):
    with pytest.raises(ValueError, match="a figure must have room for its words, got 7 x 1 in; make it larger"):
        figure_planes(recoveries, page=Page(width=7.0, height=1.0))


def test_the_bar_is_the_error_and_its_red_part_what_no_decoder_avoids(cloud, recoveries):
    decoded = panel_axes(figure_recoveries(recoveries, chart_colors(cloud), symbol="T⁺"))[0]
    error, least = decoded.patches
    assert error.get_width() == pytest.approx(nmse(recoveries[0]))
    assert least.get_width() == pytest.approx(nmse(recoveries[0].best))
    assert to_hex(least.get_facecolor()) == LOST_COLOR


def test_a_bound_is_drawn_and_said_as_one(cloud):
    for activation, color, sign in (("relu", LOST_COLOR, "lost "), ("silu", to_hex(muted()), "lost ≤ ")):
        result = recover(cloud.points, width=3, activation=activation, rng=random_stream(0, 1))
        *_, exact, plane = panel_axes(figure_recovery(result, chart_colors(cloud), symbol="T⁺"))
        assert {to_hex(each) for each in exact.collections[0].get_facecolors()} == {color}
        assert plane.get_xlabel() == f"{sign}{percent(lost_share(result))}"


def test_medians_stand_in_brackets_beside_the_numbers_that_have_one(cloud, recoveries):
    view = replace(View.of(recoveries[0], chart_colors(cloud)), medians={"nmse": 0.456, "lost": 0.2})
    assert with_median(view, "lost", percent).endswith("% (20%)")
    assert error_beside(view, "nmse", 2.0).endswith(" (0.46)")
    assert "(" not in error_beside(view, "best_nmse", 2.0)


def test_lost_points_are_red_and_smaller(cloud, recoveries):
    lost = recoveries[0].rank < 2
    assert 0 < lost.sum() < len(lost)
    gone, full = draw_cloud(Figure().subplots(), cloud.points, chart_colors(cloud), lost=lost).collections
    assert len(gone.get_offsets()) == lost.sum()
    assert {to_hex(color) for color in gone.get_facecolors()} == {LOST_COLOR}
    assert gone.get_sizes()[0] < full.get_sizes()[0]


def test_points_out_of_view_are_counted():
    points = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, -9.0], [0.5, 0.5]])
    ax = draw_cloud(Figure().subplots(), points, np.ones((4, 4)))
    assert [text.get_text() for text in ax.texts] == ["50% outside"]


def test_every_sector_has_the_colour_of_its_rank(recoveries):
    """Neighbours of the same rank are one wedge; the wedges go once around."""
    plane, ax = sectors(recoveries[1].matrix), draw_plane(Figure().subplots(), recoveries[1].layer)
    wedges = [patch for patch in ax.patches if isinstance(patch, Wedge)]
    assert len(wedges) < len(plane.rank) == len(ax.collections[0].get_segments())
    assert sum(wedge.theta2 - wedge.theta1 for wedge in wedges) == pytest.approx(360.0)
    for middle, rank in zip(np.degrees(plane.start + plane.stop) / 2.0, plane.rank, strict=True):
        (wedge,) = (w for w in wedges if (middle - w.theta1) % 360.0 < w.theta2 - w.theta1)
        assert to_rgb(wedge.get_facecolor()) == to_rgb(RANK_COLORS[rank])


def test_edges_of_many_sectors_leave_the_centre_free(cloud):
    """60 edges start on a circle of length 3, a twentieth from each other in the mean, and four from the centre."""
    (wide,) = recover_widths(cloud.points, widths=[30], rng=random_stream(0, 1))
    segments = np.array(draw_plane(Figure().subplots(), wide.layer).collections[0].get_segments())
    inner = np.linalg.norm(segments[:, 0], axis=1)
    assert len(inner) == 60
    assert 2.0 * np.pi * inner.min() / 60 > 0.05


def test_the_painted_grid_of_another_activation_agrees_with_the_sectors_of_relu(recoveries):
    """ReLU6 of an input far below 6 is ReLU, so both ways of painting must show the same ranks."""
    matrix = recoveries[1].matrix
    image = draw_plane(Figure().subplots(), recoveries[1].layer.with_activation("relu6"), scale=1e-3).images[0].get_array()
    side = len(image)
    places = np.linspace(-EXTENT, EXTENT, side)
    angle = np.arctan2(places[:, None], places[None, :])
    plane = sectors(matrix)
    sector = np.searchsorted(plane.start, (angle - plane.start[0]) % (2 * np.pi) + plane.start[0], side="right") - 1
    assert (plane.rank[sector] == image).mean() > 0.999


def test_planes_are_wrapped_five_to_a_row(cloud):
    many = recover_widths(cloud.points, widths=range(2, 9), rng=random_stream(0, 1))
    figure = figure_planes(many)
    titles = [ax.get_title() for ax in panel_axes(figure)]
    assert titles == [f"n = {n}" for n in range(2, 9)]


def test_the_same_result_gives_the_same_bytes_in_eight_threads(cloud):
    """Two draws in each format, twice, all formats at the same time."""

    def make(asked):
        draw, kind = asked
        result = recover(cloud.points, width=3, rng=random_stream(0, draw))
        return figure_bytes(figure_recovery(result, chart_colors(cloud), symbol="T⁺"), kind)

    every = [(draw, kind) for draw in (0, 1) for kind in FORMATS]
    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(make, every * 2))
    assert files[: len(every)] == files[len(every) :]
    assert len(set(files)) == len(every)


def test_styling_leaves_no_trace_in_the_settings_of_matplotlib(cloud, recoveries):
    before = dict(matplotlib.rcParams)
    figure_bytes(figure_recoveries(recoveries, chart_colors(cloud), symbol="T⁺"), "png")
    assert dict(matplotlib.rcParams) == before


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="format must be one of svg, pdf, png, got 'jpg'"):
        figure_bytes(Figure(), "jpg")


def test_every_activation_has_its_own_colour_and_title():
    assert len({f.color for f in ACTIVATIONS.values()}) == len({f.mark for f in ACTIVATIONS.values()}) == len(ACTIVATIONS)


def contrast(a, b):
    def luminance(color):
        channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
        return float(np.dot([0.2126, 0.7152, 0.0722], channels))

    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("background", ["white", "#171614"])
def test_activation_colours_stand_out_on_light_and_dark(background):
    assert min(contrast(color, background) for color in (f.color for f in ACTIVATIONS.values())) > 2.5


def test_rank_colours_differ_in_lightness():
    for colors in (RANK_COLORS, RANK_COLORS_ON_DARK):
        assert contrast(colors[0], colors[2]) > 1.15
        assert contrast(colors[0], colors[1]) > 1.15


def test_colours_follow_the_chart(cloud):
    colors = chart_colors(cloud)
    assert colors.shape == (60, 4)
    luminance = colors[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > 0.0).all()
