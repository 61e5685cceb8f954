"""What the curves' claims name stands in their pictures: a reader of the picture alone can say what the claim is."""

import numpy as np
import pytest
from matplotlib.legend import Legend
from matplotlib.text import Text

from experiments.layer import length
from experiments.runner.experiment import find_experiments
from manifold.plots import PAPER, styled

THRESHOLDS = {
    "3.40, Puthawala et al. 2022",
    "6.70, Maillard et al. 2023",
    "7.65, Maillard et al. 2023",
    "9.09, mean of lost regions → 0",
    "10.50, Puthawala et al. 2022",
}
SHOWN = {
    "channels": {"2d − 1: 1 in 2", "6d: 1 in 3.2 · 10⁶", "1 in 250", "T⁻¹, as in the paper"},
    "width": {"n = 10: 1 in 93", "T⁻¹, as in the paper", "exact, else mean"},
    "dimension": {"half, at n = 2d − 1", "n = 6d", "d = 2: 1 in 320", "d = 4: 1 in 7,200"},
    "rank": {"ReLU, ReLU6", "effective rank / outputs", "GELU", "tanh", "leaky ReLU"},
    "noise": {"ELU", "SiLU", "GELU", "leaky ReLU", "linear"},
    "misprint": {"holds at n = 6d: d ≤ 5", "fails at n = 6d: d > 5", "n = 6d", "d → ∞"},
    "injective": {*THRESHOLDS, "n = 6d", "d = 16: 1 in 5.0 · 10¹¹"},
    "length": {"ReLU, s = 1", "tanh, s = 1", "1.00 (1.00)"},
}
"""Words of the figure of a quick run: numbers of closed forms, and names."""


@pytest.fixture(params=SHOWN)
def drawn_figure(request):
    experiment = find_experiments()[request.param]()
    parameters = experiment.Parameters(**{key: value for key, value in experiment.QUICK.items() if key != "draws"})
    rows = experiment.measure(range(4), seed=0, parameters=parameters)
    drawn = experiment.drawn(rows, seed=0, parameters=parameters) if hasattr(experiment, "drawn") else {}
    return request.param, styled(experiment.figure)(rows, drawn, parameters=parameters, page=PAPER)


def test_what_a_claim_names_stands_in_its_picture(drawn_figure):
    name, figure = drawn_figure
    assert {text.get_text() for text in figure.findobj(Text)} >= SHOWN[name]
    assert figure.findobj(Legend)


def test_the_circle_that_is_shown_is_that_of_its_draw_and_its_lengths_are_near_the_medians():
    """Of 40 draws the nearest is within half of the range of the middle half, which is e^.2 to e^.4 here."""
    parameters = length.Parameters(n_points=50, depth=10, scales=[1.0], widths=[30])
    rows = length.measure(range(40), seed=0, parameters=parameters)
    drawn = length.drawn(rows, seed=0, parameters=parameters)
    assert drawn["layers"] == [0, 1, 3, 10]
    assert np.abs(np.log(drawn["lengths"] / drawn["medians"])).max() < 0.2
    first = rows[(rows["activation"] == "relu") & rows["layer"].isin(drawn["layers"])]
    lengths = first.pivot(index="draw", columns="layer", values="length")
    assert np.isclose(lengths, drawn["lengths"][0], rtol=1e-9).all(axis=1).any()
    np.testing.assert_allclose(drawn["medians"][0], lengths.median())
    (circle, *_), _ = drawn["curves"].values()
    np.testing.assert_allclose(np.linalg.norm(circle, axis=1), 1.0, atol=1e-6)
