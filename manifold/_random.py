"""Random streams: one seed, any number of independent draws."""

from __future__ import annotations

import numpy as np

from manifold._validation import check_count


def random_stream(seed: int, draw: int = 0) -> np.random.Generator:
    """Generator of draw number `draw` under `seed`.

    Streams of different (seed, draw) are independent, and a draw never depends on how many others are made: NumPy's
    `SeedSequence` spawns it by key. (Arithmetic such as ``seed + draw`` would make seed 0, draw 1 equal seed 1, draw 0.)

    Parameters
    ----------
    seed : int
        At least 0.
    draw : int, default=0
        At least 0.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        If a number is no integer, or is negative.
    """
    key = check_count(draw, "draw", minimum=0)
    return np.random.default_rng(np.random.SeedSequence(check_count(seed, "seed", minimum=0), spawn_key=(key,)))
