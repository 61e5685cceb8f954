"""The plane under a ReLU layer x -> relu(T x), d = 2: sectors of one active set each, and the exact test of injectivity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key

import numpy as np
from numpy.typing import ArrayLike

from manifold._active_rows import find_active_rows
from manifold._validation import Floats, Integers, Mask, check_array

_SAME_ANGLE = 1e-12  # radians; boundaries closer than this are one

Row = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Sectors:
    """The angular sectors of the plane, counter-clockwise, at most 2 n of them.

    Attributes
    ----------
    start, stop : ndarray of shape (S,)
        Angles in radians; start < stop, stop of the last is start of the first + 2 pi.
    active : ndarray of bool, shape (S, n)
        Rows with t_i.x > 0 inside the sector.
    rank : ndarray of int, shape (S,)
        Rank of the active rows. 2: the layer is linear and one-to-one there. 1: it presses the sector onto a line (a ray).
        0: onto a point.
    """

    start: Floats
    stop: Floats
    active: Mask
    rank: Integers


def sectors(matrix: ArrayLike) -> Sectors:
    """Cut the plane along the lines t_i.x = 0.

    Parameters
    ----------
    matrix : array-like of shape (n, 2)
        T. Rows of zeros are allowed; they are active nowhere.

    Returns
    -------
    Sectors

    Raises
    ------
    TypeError, ValueError
        If `matrix` is not a finite (n, 2) array.
    """
    rows = _check_planar(matrix)
    normals = rows[np.any(rows != 0.0, axis=1)]
    edges = np.arctan2(normals[:, 0], -normals[:, 1])  # direction of the line t.x = 0
    edges = np.sort(np.concatenate([edges, edges + math.pi]) % (2.0 * math.pi))
    edges = edges[np.diff(edges, append=edges[:1] + 2.0 * math.pi) > _SAME_ANGLE] if len(edges) else np.zeros(1)
    stop = np.append(edges[1:], edges[0] + 2.0 * math.pi)
    middle = (edges + stop) / 2.0
    active = np.stack([np.cos(middle), np.sin(middle)], axis=1) @ rows.T > 0.0
    return Sectors(edges, stop, active, find_active_rows(active, rows).rank)


def rank_shares(plane: Sectors) -> Floats:
    """Shares (3,) of all directions whose active rows have rank 0, 1 and 2; the first two add up to what is lost."""
    return np.bincount(plane.rank, weights=plane.stop - plane.start, minlength=3) / (2.0 * math.pi)


def is_injective(matrix: ArrayLike) -> bool:
    """Whether x -> relu(T x) is one-to-one on the whole plane, decided without rounding error.

    It is iff for every x the rows with t_i.x >= 0 span the plane (Puthawala et al. 2022, arXiv 2006.08464, Theorem 2). With the
    distinct directions of the rows sorted by angle, that is: from any of them to the next but one is at most half a turn.
    O(n log n); signs of determinants too close to call in float64 are taken from exact fractions.

    Parameters
    ----------
    matrix : array-like of shape (n, 2)
        T; rows of zeros do not count.

    Returns
    -------
    bool

    Raises
    ------
    TypeError, ValueError
        If `matrix` is not a finite (n, 2) array.
    """
    rows = [(float(x), float(y)) for x, y in _check_planar(matrix) if x or y]
    rows.sort(key=cmp_to_key(_compare_angles))
    distinct = [row for i, row in enumerate(rows) if i == 0 or _compare_angles(rows[i - 1], row)]
    if len(distinct) < 4:  # three steps of two make two turns, so one of them is more than half a turn
        return False
    return all(_within_half_turn(row, distinct[(i + 2) % len(distinct)]) for i, row in enumerate(distinct))


def _within_half_turn(a: Row, b: Row) -> bool:
    """Whether turning counter-clockwise from a reaches b within half a turn; the two differ in direction."""
    return _turn(a, b) >= 0


def _compare_angles(a: Row, b: Row) -> int:
    """-1, 0 or 1 as the angle of a in [0, 2 pi) is below, at or above that of b."""
    upper_a, upper_b = _is_upper(a), _is_upper(b)
    return -_turn(a, b) if upper_a == upper_b else (-1 if upper_a else 1)


def _is_upper(row: Row) -> bool:
    return row[1] > 0.0 or (row[1] == 0.0 and row[0] > 0.0)


def _turn(a: Row, b: Row) -> int:
    """Sign of a x b = a_0 b_1 - a_1 b_0, exact."""
    left, right = a[0] * b[1], a[1] * b[0]
    if abs(left - right) > 1e-15 * (abs(left) + abs(right)):
        return 1 if left > right else -1
    exact = Fraction(a[0]) * Fraction(b[1]) - Fraction(a[1]) * Fraction(b[0])
    return (exact > 0) - (exact < 0)


def _check_planar(matrix: ArrayLike) -> Floats:
    rows = check_array(matrix, "matrix", shape="(n, 2)")
    if rows.shape[1] != 2:
        raise ValueError(f"matrix must have shape (n, 2), got {rows.shape}: sectors and this test are for the plane")
    return rows
