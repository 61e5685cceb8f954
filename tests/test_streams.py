"""One seed, any number of independent streams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifold import random_stream

SEEDS = st.integers(0, 2**64)
DRAWS = st.integers(0, 10**6)


def first(seed, draw):
    return tuple(random_stream(seed, draw).integers(0, 2**63, 2))


@pytest.mark.parametrize("seed", [0, 5, 2**40])
def test_draw_k_is_the_child_number_k_that_numpy_itself_spawns(seed):
    children = np.random.SeedSequence(seed).spawn(4)
    for draw, child in enumerate(children):
        assert first(seed, draw) == tuple(np.random.default_rng(child).integers(0, 2**63, 2))


@given(SEEDS, DRAWS)
def test_the_same_key_gives_the_same_numbers(seed, draw):
    assert first(seed, draw) == first(seed, draw)


def test_no_two_of_1600_keys_share_a_stream():
    """Among them all pairs with equal seed + draw, equal seed * draw, and (a, b) against (b, a)."""
    assert len({first(seed, draw) for seed in range(40) for draw in range(40)}) == 1600


def test_the_first_draw_is_not_the_bare_seed():
    """default_rng(5) also seeds the draws of others; draw 0 of seed 5 must not repeat it."""
    assert first(5, 0) != tuple(np.random.default_rng(5).integers(0, 2**63, 2))
    assert first(5, 0) != tuple(np.random.default_rng([5, 0]).integers(0, 2**63, 2))


def test_draw_is_0_unless_given():
    assert random_stream(3).random() == random_stream(3, 0).random()


def test_neighbouring_streams_are_uncorrelated(z_scores):
    """4 cells: neighbours in draw, in seed, on the diagonal, and swapped keys."""
    x = {key: random_stream(*key).standard_normal(20_000) for key in [(7, 0), (7, 1), (8, 0), (8, 1), (0, 7)]}
    pairs = [((7, 0), (7, 1)), ((7, 0), (8, 0)), ((7, 1), (8, 0)), ((7, 0), (0, 7))]
    products = np.stack([x[a] * x[b] for a, b in pairs], axis=1)
    assert np.abs(z_scores(products, 0.0)).max() < 4


def test_numpy_integers_are_integers():
    assert first(np.int64(3), np.uint8(2)) == first(3, 2)


@pytest.mark.parametrize(
    ("seed", "draw", "error", "message"),
    [
        (-1, 0, ValueError, r"seed must be >= 0, got -1"),
        (0, -2, ValueError, r"draw must be >= 0, got -2"),
        (1.0, 0, TypeError, r"seed must be an integer, got 1\.0"),
        (0, 1.5, TypeError, r"draw must be an integer, got 1\.5"),
        (True, 0, TypeError, r"seed must be an integer, got True"),
        (None, 0, TypeError, r"seed must be an integer, got None"),
        (0, "3", TypeError, r"draw must be an integer, got '3'"),
    ],
)
def test_a_key_that_is_no_count_is_refused(seed, draw, error, message):
    with pytest.raises(error, match=message):
        random_stream(seed, draw)
