"""The figure of a probe, and what a notebook shows of one."""

import numpy as np
import pytest
import torch
from torch import nn

from manifold.nets import probe
from manifold.plots import figure_bytes, figure_probe


@pytest.fixture(scope="module")
def report():
    with torch.random.fork_rng():
        model = nn.Sequential(nn.Linear(3, 9), nn.ReLU(), nn.Linear(9, 9), nn.ReLU6(), nn.Linear(9, 4), nn.Tanh())
        return probe(model, [torch.randn(120, 3)])


def test_each_line_is_a_column_of_the_table(report):
    axes = figure_probe(report).axes
    table = report.table
    shown = [[line.get_ydata() for line in ax.lines] for ax in axes]
    expected = [
        [table["firing_mean"], table["dead"] / table["channels"]],
        [table["active_mean"], table["active_least"]],
        [table["below_k"].where(table["k"] < table["channels"]), table["lost_variance"]],
        [table["dimension_before"], table["dimension_after"]],
    ]
    for lines, columns in zip(shown, expected, strict=True):
        for line, column in zip(lines, columns, strict=False):
            np.testing.assert_array_equal(line, column)
    assert len(figure_bytes(figure_probe(report), "svg")) > 1000


def test_a_notebook_shows_verdicts_figure_and_table_as_text(report):
    html = report._repr_html_()
    assert html.count("<li>") == len(report.verdicts) > 0
    assert html.count("<svg") == html.count("<table") == 1

    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.add_module("<b>", nn.ReLU())

        def forward(self, x):
            return self._modules["<b>"](x)

    html = probe(Odd(), [torch.full((60, 2), -1.0)])._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt; relu" in html
