"""Maps of a network as the browser takes them."""

import numpy as np

from manifold.planes.traces import MapRow, trace_data
from manifold.plots import EXTENT


def test_every_map_fills_its_panel_and_the_ends_of_the_chart_have_the_ends_of_the_colours(rng):
    maps = [5.0 * rng.normal(size=(30, 2)), 0.01 * rng.normal(size=(30, 2))]
    along = rng.normal(size=30)
    rows = {"a": MapRow(maps, ["one", "two"]), "b": MapRow(maps[:1], ["one"])}
    data = trace_data(rows, ["pixels", "block 1"], along, ("low", "high"), step=1)
    assert (data["widths"], data["width"], data["steps"]) == ([0, 1], 1, ["pixels", "block 1"])
    assert [panel["points"]["shape"] for panel in data["panels"]] == [[2, 30, 2], [1, 30, 2]]
    for panel in data["panels"]:
        assert panel["points"]["scale"] * 32767 == np.float64(0.95 * EXTENT)
    inks = data["colors"]["light"]
    assert inks[int(along.argmin())] != inks[int(along.argmax())]
    assert [entry["label"] for entry in data["panels"][0]["legend"]] == ["low", "high"]
