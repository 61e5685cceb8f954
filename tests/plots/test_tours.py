"""A moment of a tour as a figure: the picture in the plane, enlarged alike in both panels, with the axes of the channels."""

import numpy as np
import pytest

from manifold import make_cloud, random_stream, recover
from manifold.layer.tour import draw_tour, seen_share, tour_frame
from manifold.plots import chart_colors, figure_tour
from manifold.text import percent, say


def seen(width, at=0.4):
    rng = random_stream(0)
    cloud = make_cloud("spiral", 60, rng=rng)
    recovery = recover(cloud.points, width=width, rng=rng)
    frame = tour_frame(draw_tour(recovery.matrix, rng=random_stream(0, 0, 1)), at)
    return cloud, recovery, frame, figure_tour(recovery, frame, chart_colors(cloud))


@pytest.mark.parametrize("width", [3, 7])
def test_both_panels_show_the_picture_in_the_plane_on_one_scale(width):
    _, recovery, frame, figure = seen(width)
    zooms, reach = [], 0.0
    for ax, values in zip(figure.axes, (recovery.points @ recovery.matrix.T, recovery.hidden), strict=True):
        places = np.concatenate([dots.get_offsets() for dots in ax.collections])
        lost = recovery.rank < 2
        picture = np.concatenate([(values @ frame)[lost], (values @ frame)[~lost]])
        zooms.append((places * picture).sum() / (picture**2).sum())
        np.testing.assert_allclose(places, zooms[-1] * picture, atol=1e-9)
        share = percent(seen_share(values, frame)).removesuffix("%")
        assert ax.get_xlabel() == say("tour.seen", seen=share)
        assert {text.get_text() for text in ax.texts} <= {str(k + 1) for k in range(width)}
        reach = max(reach, np.linalg.norm(places, axis=1).max())
        ends = np.array([line.get_xydata()[1] for line in ax.lines])
        axes = frame[np.argsort(-np.linalg.norm(frame, axis=1), kind="stable")]
        np.testing.assert_allclose(ends[:, 0] * axes[:, 1], ends[:, 1] * axes[:, 0], atol=1e-9)
        assert len(ends) == width
        assert ((ends * axes).sum(axis=1) > 0).all()
    assert zooms[0] == pytest.approx(zooms[1])
    assert reach == pytest.approx(1.0)


def test_of_forty_channels_the_long_ones_have_names_apart():
    _, _, frame, figure = seen(40)
    ax = figure.axes[0]
    places = np.array([text.get_position() for text in ax.texts])
    assert 3 < len(places) < 40
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)[np.triu_indices(len(places), 1)]
    assert gaps.min() > 0.1
    axes = frame[[int(text.get_text()) - 1 for text in ax.texts]]
    np.testing.assert_allclose(places[:, 0] * axes[:, 1], places[:, 1] * axes[:, 0], atol=1e-9)
    lengths = np.linalg.norm(axes, axis=1)
    assert lengths.min() > 0.4 * np.linalg.norm(frame, axis=1).max()


def test_a_frame_of_another_layer_is_refused():
    cloud, recovery, _, _ = seen(5)
    with pytest.raises(ValueError, match=r"frame must have shape \(5, 2\), got \(4, 2\)"):
        figure_tour(recovery, np.eye(4, 2), chart_colors(cloud))
