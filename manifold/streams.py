"""Random streams: one seed, any number of independent draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from manifold.checks import check_count

_WORD = 0xFFFFFFFF
_MULTIPLIER_A, _INITIAL_A = 0x931E8875, 0x43B0D7E5
_MULTIPLIER_B, _INITIAL_B = 0x58F38DED, 0x8B51F9DD
_MIX_LEFT, _MIX_RIGHT = 0xCA01F9DD, 0x4973F715


def random_stream(seed: int, draw: int = 0, *branch: int) -> np.random.Generator:
    """Generator of draw number `draw` under `seed`.

    Streams of different (seed, draw) are independent, and a draw never depends on how many others are made: NumPy's
    `SeedSequence` spawns it by key. (Arithmetic such as ``seed + draw`` would make seed 0, draw 1 equal seed 1, draw 0.)

    Parameters
    ----------
    seed : int
        At least 0.
    draw : int, default=0
        At least 0.
    *branch : int
        Numbers of at least 0 for another, independent stream of the same draw.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        If a number is no integer, or is negative.
    """
    key = tuple(check_count(number, "draw", minimum=0, maximum=None) for number in (draw, *branch))
    return np.random.default_rng(np.random.SeedSequence(check_count(seed, "seed", minimum=0, maximum=None), spawn_key=key))


def random_streams(seed: int, draws: Sequence[int]) -> list[np.random.Generator]:
    """`[random_stream(seed, draw) for draw in draws]`, several times as fast: what seeds them is hashed for all at once.

    The hash is that of NumPy's `SeedSequence` (O'Neill 2015, randutils); NumPy itself does the part before the draw's number.
    """
    seed = check_count(seed, "seed", minimum=0, maximum=None)
    if not all(0 <= draw <= _WORD for draw in (min(draws), max(draws))):
        return [random_stream(seed, draw) for draw in draws]
    from numpy.random.bit_generator import ISeedSequence  # NumPy loads it when it is first asked for

    ISeedSequence.register(_Seeded)
    words = max(4, -(-seed.bit_length() // 32))
    constant = _INITIAL_A * pow(_MULTIPLIER_A, 16 + 4 * (words - 4), _WORD + 1) & _WORD  # after four words, and those beyond
    keys = np.asarray(draws, dtype=np.uint32)
    pool = []
    for word in np.random.SeedSequence(seed).pool:
        hashed, constant = _hash(keys, constant, _MULTIPLIER_A)
        mixed = np.uint32(int(word) * _MIX_LEFT & _WORD) - hashed * np.uint32(_MIX_RIGHT)
        pool.append(mixed ^ mixed >> np.uint32(16))
    constant, state = _INITIAL_B, np.empty((len(keys), 8), dtype="<u4")
    for place in range(8):
        state[:, place], constant = _hash(pool[place % 4], constant, _MULTIPLIER_B)
    return [
        np.random.Generator(np.random.PCG64(cast("np.random.SeedSequence", _Seeded(row))))
        for row in state.view("<u8").astype(np.uint64)
    ]


class _Seeded:
    """A seed sequence that has been hashed."""

    def __init__(self, state: NDArray[np.uint64]) -> None:
        self._state = state

    def generate_state(self, n_words: int, dtype: object = np.uint32) -> NDArray[np.uint64]:
        return self._state


def _hash(values: NDArray[np.uint32], constant: int, multiplier: int) -> tuple[NDArray[np.uint32], int]:
    """A step of the hash, and the constant of the next."""
    following = constant * multiplier & _WORD
    hashed = (values ^ np.uint32(constant)) * np.uint32(following)
    return hashed ^ hashed >> np.uint32(16), following
