"""Which draw a figure shows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.blocks import block_recovery
from experiments.maps import swiss_roll, topology
from experiments.networks import trace
from experiments.runner.drawn import pack
from experiments.runner.typical import typical_draw
from manifold.ui.controls import TYPICAL_DRAW


def test_the_typical_draw_is_near_every_median_and_not_only_one():
    """Draw 7 has the median error and is the worst in what is lost; draw 9 is a little off in both."""
    numbers = pd.DataFrame({"nmse": [0.1, 0.2, 0.3, 0.4, 0.31], "lost": [0.0, 0.2, 0.9, 0.4, 0.21]}, index=[5, 6, 7, 8, 9])
    assert typical_draw(numbers) == 9
    assert typical_draw(numbers[["nmse"]]) == 7
    assert typical_draw(numbers * 1000.0) == 9  # whatever the unit


@pytest.mark.parametrize("draw", [3, 4])
def test_a_number_that_is_the_same_in_all_draws_decides_nothing(draw):
    numbers = pd.DataFrame({"lost": 0.0, "nmse": [1.0, 3.0, 2.0]}, index=[1, 2, draw])
    assert typical_draw(numbers) == draw


def test_what_is_too_small_to_be_printed_decides_nothing():
    """By its rounding draw 7 would be the farthest, on one machine and not on the next."""
    numbers = pd.DataFrame({"lost": [0.1, 0.2, 0.3], "nmse": [3e-32, 9e-32, 4e-32]}, index=[1, 7, 2])
    assert typical_draw(numbers) == 7


@pytest.mark.parametrize(("shown", "draw"), [("median", 3), (1, 1)])
def test_maps_show_the_typical_draw_whatever_time_they_took(shown, draw):
    numbers = {"method": "pca", "draw": range(5), "trustworthiness": [0.1, 0.2, 0.9, 0.31, 0.4], "continuity": 0.5}
    rows = pd.DataFrame(numbers).assign(seconds=[3.0, 2.0, 3.0, 9.0, 4.0], procrustes_error=0.0, affine_error=0.0)
    parameters = swiss_roll.Parameters(n_points=40, methods=["pca"], shown=shown)
    assert swiss_roll.played(rows, seed=0, parameters=parameters)["draw"] == draw


@pytest.mark.parametrize(("shown", "draw"), [("median", 1), (2, 2)])
def test_maps_of_a_network_are_those_of_a_draw_that_is_typical_behind_the_blocks_shown(shown, draw):
    """Of the places that are not drawn all are as in draw 0."""
    numbers = {"features.10": [0.1, 0.5, 0.9], "features.11": [0.5, 0.1, 0.9]}
    rows = pd.DataFrame(
        {"weights": "trained", "draw": draw, "place": place, "knn_r2": score, "ridge_r2": 0.5, "trustworthiness": 0.5}
        for place, scores in numbers.items()
        for draw, score in enumerate(scores)
    )
    assert trace._shown(rows, trace.Parameters(shown=shown)) == draw


def test_layers_are_those_of_a_draw_that_is_typical_among_those_that_learned():
    """Draw 2 is the median of all, but one of its networks has a point on the wrong side."""
    rows = pd.DataFrame(
        {"activation": name, "draw": draw, "trained": True, "layer": 1, "parts": 1, "holes": holes, "accuracy": right}
        for draw, holes, right in [(0, 0, 1.0), (1, 5, 1.0), (2, 3, 0.9), (3, 4, 1.0)]
        for name, right in (("relu", 1.0), ("tanh", right))
    )
    assert topology._draw_of(rows, "median") == 3
    assert topology._draw_of(rows.assign(accuracy=0.9), "median") == 2
    assert topology._draw_of(rows, 0) == 0


# -- the figure of a block, and the page

QUICK = block_recovery.Parameters(n_points=30)
PLACES = ("Inside", "Narrow, linear", "Narrow, ReLU6", "Output, linear", "Output, ReLU6")


def block_rows(numbers):
    """Rows of draws from a list of (draw, lost, nmse), at the narrow place with ReLU6; the same everywhere else."""
    at = {"Narrow, ReLU6": lambda lost, nmse: {"lost": lost, "nmse": nmse}}
    return pd.DataFrame(
        {"place": place, "draw": draw, "lost": 0.0, "nmse": 0.0} | at.get(place, lambda *_: {})(lost, nmse)
        for draw, lost, nmse in numbers
        for place in PLACES
    )


def test_the_figure_of_a_block_shows_the_draw_that_is_typical_in_all_printed_numbers():
    """Draw 2 has the median loss and an error like no other's; draw 3 is near both medians."""
    rows = block_rows([(0, 0.1, 0.1), (1, 0.2, 0.2), (2, 0.3, 9.0), (3, 0.31, 0.31), (4, 0.4, 0.4)])
    typical, third, second = (
        pack(block_recovery.drawn(rows, seed=0, parameters=replace(QUICK, shown=shown))) for shown in ("median", 3, 2)
    )
    assert typical == third != second


def test_the_draw_that_the_page_blocks_starts_with_is_typical():
    """All that is printed of it lies in the middle half of draws, without and with ReLU6 at the narrow place."""
    rows = block_recovery.measure(range(20), seed=0, parameters=block_recovery.Parameters(n_points=60))
    for column in ("lost", "nmse"):
        table = rows.pivot_table(index="draw", columns="place", values=column)
        low, high = table.quantile(0.25), table.quantile(0.75)
        own = table.loc[TYPICAL_DRAW]
        assert np.all((own >= low - 1e-9) & (own <= high + 1e-9)), column
