"""What the figures of recoveries keep of them: enough to be drawn again as they were."""

from dataclasses import replace

import pytest

from experiments.layer import spiral
from experiments.layer._recoveries import Setting, draw_recoveries, keep_view, views_of
from experiments.runner.drawn import pack, unpack
from manifold import DECODERS
from manifold.plots import chart_colors, figure_bytes, figure_recovery, figure_views

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
