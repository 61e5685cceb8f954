"""Maps of a network as the browser takes them."""

import numpy as np

from manifold.planes.traces import PlaceMaps, trace_data
from manifold.plots import EXTENT
from manifold.text import say


def test_every_map_fills_its_panel_and_the_ends_of_the_chart_have_the_ends_of_the_colours(rng):
    maps = np.stack([5.0 * rng.normal(size=(30, 2)), 0.01 * rng.normal(size=(30, 2))])
    chart = np.column_stack([np.radians(rng.permutation(np.linspace(-15.0, 14.0, 30))), rng.normal(size=30)])
    scores = (np.array([0.98, -0.2]), np.array([2.5, 41.0]))
    network = PlaceMaps(["input", "features.1"], maps, np.array([False, True]), *scores)
    data = trace_data({"a": network}, chart, kind="rotation-zoom", step=1)
    assert (data["widths"], data["width"], data["steps"]) == ([0, 1], 1, ["pixels", "block 1"])
    assert "journey" not in data  # no view is followed whose neighbours an earlier run has not kept
    truth, shown = data["panels"]  # beside where the camera was, as there is one network alone
    assert (truth["title"], shown["title"]) == (say("real.truth"), "a")
    assert (truth["points"]["shape"], shown["points"]["shape"]) == ([1, 30, 2], [2, 30, 2])
    assert shown["captions"] == ["R² 0.98, dimension 2.5", "R² −0.20, dimension 41, by PCA"]
    for panel in data["panels"]:
        assert panel["points"]["scale"] * 32767 == np.float64(0.95 * EXTENT)
    inks = data["colors"]["light"]
    assert inks[int(chart[:, 0].argmin())] != inks[int(chart[:, 0].argmax())]
    assert [entry["label"] for entry in shown["legend"]] == ["−15°", "14°"]
    two = trace_data({"a": network, "b": network}, chart, kind="rotation-zoom", step=0)
    assert [panel["title"] for panel in two["panels"]] == ["a", "b"]
