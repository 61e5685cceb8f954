"""Hyper-parameters as a sweep: the grid, and rows that are the same however the sweep was stopped or cut."""

import pandas as pd
import pytest

from manifold import random_stream
from manifold.nets import Recipe, Training, initialise, split_images
from manifold.nets.compression.recipes import RecipeCell, measure_recipes, recipe_grid, sweep_recipes
from manifold.nets.training.data import digits

FEW = {"steps": 3, "batch": 16}
AXES = {"rate": [0.02, 0.05], "decay": [0.0, 5.0], "width": 3}


@pytest.fixture(scope="module")
def table():
    return sweep_recipes(draws=2, seed=4, **FEW, **AXES)


def test_a_grid_has_every_combination_the_last_axis_fastest():
    cells = recipe_grid(rate=[0.1, 0.2], decay=0.5, width=[4, 8])
    assert cells == [RecipeCell(rate, 0.5, width) for rate in (0.1, 0.2) for width in (4, 8)]
    assert len({cell.widths() for cell in cells}) == 2


def test_a_row_is_a_training_with_its_recipe_from_the_stream_of_its_draw(table):
    split = split_images(digits(), rng=random_stream(4, 1, 0))
    network = initialise(RecipeCell(0.05, 5.0, 3).widths().network((1, 8, 8), 10), rng=random_stream(4, 1, 1))
    recipe = Recipe(3, 16, rate=0.05, decay=5.0, seed=int(random_stream(4, 1, 2).integers(2**31)))
    seen = Training(network, split.train.examples, recipe, held=split.held).run().look()
    (row,) = table.query("draw == 1 and rate == 0.05 and decay == 5.0").itertuples()
    assert (row.accuracy, row.validation_accuracy) == (seen["test"]["accuracy"], seen["validation"]["accuracy"])
    assert len(table) == 8
    assert table["accuracy"].nunique() > 2


def test_a_sweep_that_was_stopped_goes_on_with_the_draws_that_are_missing(table, tmp_path, monkeypatch):
    def stop(done, draws):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep_recipes(draws=2, seed=4, folder=tmp_path, progress=stop, **FEW, **AXES)
    asked = []

    def measure(cells, draws, **options):
        asked.extend(draws)
        return measure_recipes(cells, draws, **options)

    monkeypatch.setattr("manifold.nets.compression.recipes.measure_recipes", measure)
    again = sweep_recipes(draws=2, seed=4, folder=tmp_path, **FEW, **AXES)
    assert asked == [1]
    pd.testing.assert_frame_equal(again, table, check_exact=True)


def test_what_is_no_grid_is_told():
    with pytest.raises(ValueError, match="rate must be finite and > 0, got 0"):
        recipe_grid(rate=0.0)
    with pytest.raises(ValueError, match=r"decay must name every value once, got 0\.1 twice"):
        recipe_grid(decay=[0.1, 0.1])
    with pytest.raises(ValueError, match="width must be >= 2, got 1"):
        recipe_grid(width=1)
    with pytest.raises(KeyError, match=r"unknown set of pictures 'digit'\. Did you mean 'digits'"):
        sweep_recipes(dataset="digit")
