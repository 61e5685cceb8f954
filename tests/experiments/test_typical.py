"""Which draw a figure shows."""

import pandas as pd
import pytest

from experiments.layer._recoveries import typical_draw


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
