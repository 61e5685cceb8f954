"""What a notebook shows of a result: its figure where there is one."""

import numpy as np
import pytest

import manifold
from manifold import EMBEDDINGS, Layer, make_cloud, random_stream, recover, recover_with, sectors
from manifold.plots import Page, color_ramp, figure_bytes, figure_recovery, notebook
from manifold.text import say
from tests.experiments.boxes import faults


@pytest.fixture
def figure_of(monkeypatch):
    """Function: the figure whose SVG a result is in a notebook."""
    drawn = []
    monkeypatch.setattr(notebook, "figure_bytes", lambda figure, kind: drawn.append(figure) or figure_bytes(figure, kind))

    def figure_of(result):
        assert result._repr_html_().startswith("<svg")
        return drawn[-1]

    return figure_of


@pytest.mark.parametrize("law", ["gaussian", "padded-orthogonal", ""])
def test_a_recovery_of_the_plane_is_the_figure_of_its_panels_coloured_along_the_list_in_units_of_the_points(law):
    """Also by a matrix of no known law, whose inverse has no other name."""
    points = 4.0 * make_cloud("spiral", 60, rng=random_stream(0)).points
    named = recover(points, width=5, embedding=law or "gaussian", rng=random_stream(0))
    recovery = named if law else recover_with(points, Layer(named.matrix))
    symbol = EMBEDDINGS[law].symbol if law else "T⁻¹"
    expected = figure_recovery(recovery, color_ramp(np.linspace(0.0, 1.0, 60)), symbol=symbol, scale=np.abs(points).max())
    assert figure_bytes(expected, "svg").decode().endswith(recovery._repr_html_())


def test_a_single_point_has_a_figure_too():
    assert recover_with([[3.0, 1.0]], Layer(np.eye(2)))._repr_html_().startswith("<svg")


@pytest.mark.parametrize("points", [np.zeros((2, 2)), np.ones((3, 2)), np.array([[1e-69, 0.0]]), np.array([[1e69, 1.0]])])
@pytest.mark.parametrize("matrix", [np.eye(2), np.zeros((2, 2)), np.ones((3, 2))])
def test_what_has_no_figure_is_no_error(points, matrix):
    for result in (recovery := recover_with(points, Layer(matrix, np.linalg.pinv(matrix)))), recovery.layer:
        assert (result._repr_html_() or "<svg").startswith("<svg")
    assert recover_with(np.zeros((2, 2)), Layer(np.eye(2)))._repr_html_() is None


@pytest.mark.parametrize("name", ["spiral", "swiss roll"])
def test_a_cloud_in_the_plane_or_in_space_is_its_points_in_the_colours_of_its_chart(name, figure_of):
    cloud = make_cloud(name, 50, rng=random_stream(0))
    (ax,) = figure_of(cloud).axes
    (dots,) = ax.collections
    shown = np.column_stack(dots._offsets3d) if ax.name == "3d" else dots.get_offsets()
    order = np.argsort(cloud.points[:, 0])
    np.testing.assert_allclose(shown[np.argsort(shown[:, 0])], cloud.points[order])
    assert len(np.unique(dots.get_facecolor()[:, :3], axis=0)) > 40  # the chart's colour changes from point to point
    assert ax.get_aspect() == ("equal" if ax.name == "3d" else 1.0)


def test_a_layer_of_the_plane_is_its_sectors_and_says_what_their_colours_mean(figure_of, rng):
    layer = Layer(rng.standard_normal((4, 2)))
    figure = figure_of(layer)
    (edges,) = figure.axes[0].collections
    ends = np.array(edges.get_segments())[:, 1]
    assert np.arctan2(ends[:, 1], ends[:, 0]) % (2.0 * np.pi) == pytest.approx(sectors(layer.matrix).start)
    assert {text.get_text() for text in figure.legends[0].texts} == {say(f"figure.plane.rows.{rank}") for rank in range(3)}
    assert faults(figure, page=Page(width=2.6)) == []


def test_what_has_no_figure_is_its_line():
    recovery = recover(np.eye(3), width=4, rng=random_stream(0))
    assert recovery._repr_html_() is None
    assert recovery.layer._repr_html_() is None
    assert make_cloud("ball,dim=5", 9, rng=random_stream(0))._repr_html_() is None
    assert manifold.METRICS["nmse"]._repr_html_() is None
