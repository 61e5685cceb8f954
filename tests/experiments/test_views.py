"""What the figures of recoveries keep of them: enough to be drawn again as they were, in the colours of their own draws."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.layer import spiral
from experiments.layer._recoveries import Setting, draw_recoveries, keep_view, views_of
from experiments.runner.drawn import pack, unpack
from manifold import DECODERS, make_cloud, random_stream
from manifold.plots import chart_colors, chart_shares, figure_bytes, figure_recovery, figure_views

SETTING = Setting("spiral", 60, 8.0, [4], "gaussian", "relu", "inverse")


@pytest.mark.parametrize("activation", ["relu", "relu6", "silu"])
@pytest.mark.parametrize("decoder", DECODERS)
def test_what_is_kept_gives_the_figure_of_the_recovery_itself(activation, decoder):
    cloud, recoveries = draw_recoveries(3, replace(SETTING, activation=activation, decoder=decoder), seed=0)
    rows = spiral.measure([3], seed=0, parameters=spiral.Parameters(n_points=60, widths=[4]))
    (kept,) = unpack(pack({"views": [keep_view(cloud, recoveries, 8.0)]}))["views"]
    again = figure_views(views_of([kept], rows, ["nmse"]))
    first = figure_recovery(recoveries[0], chart_colors(cloud), symbol="T⁺", scale=8.0)
    assert figure_bytes(again, "svg") == figure_bytes(first, "svg")


def test_points_have_the_colours_of_their_own_draw():
    """Points drawn at random, at two widths of which each shows another draw."""
    parameters = replace(spiral.Parameters(), dataset="thread", n_points=40, widths=[2, 6])
    rows = spiral.measure(range(9), seed=0, parameters=parameters)
    views = spiral.drawn(rows, seed=0, parameters=parameters)["views"]
    clouds = [make_cloud(parameters.dataset, 40, rng=random_stream(0, draw)) for draw in range(9)]
    shown = [
        next(k for k, cloud in enumerate(clouds) if np.allclose(cloud.points, view["points"], atol=2e-3)) for view in views
    ]
    assert shown[0] != shown[1]
    for view, draw in zip(views, shown, strict=True):
        np.testing.assert_allclose(view["colors"], chart_shares(clouds[draw]), atol=1e-6)
