"""The plane under a ReLU layer x -> relu(T x), d = 2: its sectors of one active set each, and exact answers about all of it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cmp_to_key

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, Integers, Mask, check_array, check_kind, fault
from manifold.layer.active_rows import ActiveRows
from manifold.results import Result

_SAME_ANGLE = 1e-12  # radians; boundaries closer than this are one

Row = tuple[float, float]


@dataclass(frozen=True, eq=False, repr=False)
class Sectors(Result):
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
    return Sectors(edges, stop, active, ActiveRows(active, rows).rank)


def rank_shares(plane: Sectors) -> Floats:
    """Shares (3,) of all directions whose active rows have rank 0, 1 and 2; the first two add up to what is lost."""
    check_kind(plane, "plane", Sectors)
    return np.bincount(plane.rank, weights=plane.stop - plane.start, minlength=3) / (2.0 * math.pi)


@dataclass(frozen=True, eq=False, repr=False)
class LipschitzBounds(Result):
    """Bounds on |relu(T x) - relu(T y)| / |x - y| over all pairs x, y of the plane.

    Attributes
    ----------
    lower : float
        local / 2: no pair is brought closer than that.
    local : float
        Least ratio of pairs within one sector, so at least the least of all. 0 if a sector is lost.
    upper : float
        Greatest ratio of all pairs.
    """

    lower: float
    local: float
    upper: float


def lipschitz_bounds(matrix: ArrayLike) -> LipschitzBounds:
    """How much closer or farther apart ReLU after T brings two points of the plane.

    local = min over sectors of sigma_min(T_A), upper = max over sectors of sigma_max(T_A), A the active rows.

    Along the segment from x to y a row is active on one part, which has an end of it. If t.z >= 0 at the middle z, that part is
    half or more, so relu(t.x) and relu(t.y) differ by at least |t.(x - y)| / 2. Among such rows are all active ones of a sector
    at z, which together give local |x - y| / 2. So local / 2 <= least ratio <= local, for every T. For wide Gaussian layers the
    least ratio, that of x and -x, is local / sqrt(2): see `theory.LIPSCHITZ_LIMITS`.

    Parameters
    ----------
    matrix : array-like of shape (n, 2)
        T.

    Returns
    -------
    LipschitzBounds

    Raises
    ------
    TypeError, ValueError
        If `matrix` is not a finite (n, 2) array.
    """
    rows = np.vstack([_check_planar(matrix), np.zeros(2)])  # two singular values for a single row, too
    plane = sectors(rows)
    values = np.linalg.svd(plane.active[:, :, None] * rows, compute_uv=False)  # (S, 2), descending
    local = float(values[:, 1].min()) if (plane.rank == 2).all() else 0.0
    return LipschitzBounds(local / 2.0, local, float(values[:, 0].max()))


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
    distinct, _ = _directions(_check_planar(matrix))
    if len(distinct) < 4:  # three steps of two make two turns, so one of them is more than half a turn
        return False
    return all(_within_half_turn(row, distinct[(i + 2) % len(distinct)]) for i, row in enumerate(distinct))


def least_active_rows(matrix: ArrayLike) -> int:
    """Fewest rows with t_i.x >= 0 over all x != 0, that is in a closed half-plane through 0, counted without rounding error.

    A half-plane that turns counter-clockwise has fewest rows just after one has left it, and then holds those from that row,
    exclusive, to half a turn on, inclusive. O(n log n), as `is_injective`; its chance is `theory.half_plane_probability`.

    Parameters
    ----------
    matrix : array-like of shape (n, 2)
        T; rows of zeros do not count.

    Returns
    -------
    int
        At most n / 2. If all directions differ, relu(T x) is one-to-one iff it is 2 or more.

    Raises
    ------
    TypeError, ValueError
        If `matrix` is not a finite (n, 2) array.
    """
    distinct, counts = _directions(_check_planar(matrix))
    if not distinct:
        return 0
    before = np.concatenate([[0], np.cumsum(counts * 2)])  # rows of the first k directions, twice round
    fewest, stop = sum(counts), 0
    for i, row in enumerate(distinct):
        stop = max(stop, i + 1)
        while stop < i + len(distinct) and _within_half_turn(row, distinct[stop % len(distinct)]):
            stop += 1
        fewest = min(fewest, int(before[stop] - before[i + 1]))
    return fewest


def _directions(matrix: Floats) -> tuple[list[Row], list[int]]:
    """One row for each direction, counter-clockwise from angle 0, and how many rows have it; none for rows of zeros."""
    rows = [(float(x), float(y)) for x, y in matrix if x or y]
    rows.sort(key=cmp_to_key(_compare_angles))
    groups = [list(group) for _, group in itertools.groupby(rows, key=cmp_to_key(_compare_angles))]
    return [group[0] for group in groups], [len(group) for group in groups]


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
    from fractions import Fraction  # needed once in a million times

    exact = Fraction(a[0]) * Fraction(b[1]) - Fraction(a[1]) * Fraction(b[0])
    return (exact > 0) - (exact < 0)


def _check_planar(matrix: ArrayLike) -> Floats:
    rows = check_array(matrix, "matrix", shape="(n, 2)")
    if rows.shape[1] != 2:
        raise fault(
            ValueError, "matrix must have shape (n, 2), got {shape}: sectors and this test are for the plane", shape=rows.shape
        )
    return rows
