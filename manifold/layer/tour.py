"""A grand tour of the n channels: planes of R^n that turn one into the next, through which any n can be looked at.

The picture of y in a plane is y F, of shape (N, 2), where the columns of F (n, 2) are orthonormal. Asimov 1985, "The
grand tour", moves F through all planes; here it goes along geodesics between random ones, by their principal angles, so that it
never turns within the plane itself (Buja, Cook, Asimov, Hurley 2005, "Computational methods for high-dimensional rotations in
data visualization"). Li, Zhao, Scheidegger 2020 (Distill) look at networks so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, check_array, check_count, check_number, check_rng, fault

LEGS = 10
"""Ways from stop to stop of a tour."""

_STRAIGHT = 1e-9  # sine of an angle that is no turn


def draw_tour(matrix: ArrayLike, *, legs: int = LEGS, rng: np.random.Generator) -> Floats:
    """Planes of R^n at which a tour stops: first the one that T lays R^2 into, then random ones.

    Parameters
    ----------
    matrix : array-like of shape (n, 2)
        T, n at least 2.
    legs : int, default=10
        Random planes, at least 1. In R^2 there is but one plane, so that there the tour is its first stop alone.
    rng : numpy.random.Generator
        Draws them, each uniformly.

    Returns
    -------
    ndarray of shape (legs + 1, n, 2), or (1, 2, 2)
        A frame F of orthonormal columns for each; F^T G of two neighbours is symmetric and has no eigenvalue below 0, as the
        way between them ends in a plane and not in a frame of it.

    Raises
    ------
    TypeError, ValueError
        If the matrix is no finite (n, 2) array, or the legs are no positive integer.
    """
    rows = check_array(matrix, "matrix", shape="(n, 2)")
    legs, count = check_count(legs, "legs", minimum=1), len(rows)
    if rows.shape[1] != 2 or count < 2:
        raise fault(ValueError, "matrix must have shape (n, 2) with n >= 2 for a tour, got {shape}", shape=rows.shape)
    stops = [_nearest_frame(rows)]
    normals = check_rng(rng).standard_normal((legs if count > 2 else 0, count, 2))
    for plane in map(_nearest_frame, normals):
        stops.append(plane @ _nearest_frame(plane.T @ stops[-1]))
    return np.stack(stops)


def tour_frame(stops: ArrayLike, at: float) -> Floats:
    """The frame F (n, 2) of a tour after `at` legs of it: 2.5 is half-way from the third stop to the fourth.

    With F^T G = V cos(A) V^T between two stops F and G, A the diagonal of their principal angles, it is
    (F V cos(s A) + H sin(s A)) V^T after a share s of the way, H being what of G V is orthogonal to F V, of length 1.

    Parameters
    ----------
    stops : array-like of shape (K, n, 2)
        As `draw_tour` returns them.
    at : float
        From 0 to K - 1.
    """
    frames = check_array(stops, "stops", shape="(K, n, 2)")
    at = check_number(at, "at", above=0.0, inclusive=True)
    if at > len(frames) - 1:
        raise fault(ValueError, "at must be <= {last}, the last stop, got {at:g}", last=len(frames) - 1, at=at)
    leg = min(int(at), len(frames) - 2)
    if leg < 0:
        return np.array(frames[0])
    cosines, turn = np.linalg.eigh(frames[leg].T @ frames[leg + 1])
    start, end = frames[leg] @ turn, frames[leg + 1] @ turn
    angles, sines = np.arccos(np.clip(cosines, 0.0, 1.0)), np.sqrt(np.maximum(0.0, 1.0 - cosines**2))
    across = np.where(sines > _STRAIGHT, (end - cosines * start) / np.maximum(sines, _STRAIGHT), 0.0)
    share = (at - leg) * angles
    return np.asarray((start * np.cos(share) + across * np.sin(share)) @ turn.T)


def seen_share(values: ArrayLike, frame: ArrayLike) -> float:
    """The part of the squared length of values Y (N, n) that their picture in a plane has, |Y F|^2 / |Y|^2; 0 if all are 0."""
    y = check_array(values, "values", shape="(N, n)")
    plane = check_array(frame, "frame", shape="(n, 2)")
    whole = float((y**2).sum())
    return float(((y @ plane) ** 2).sum()) / whole if whole else 0.0


def _nearest_frame(matrix: Floats) -> Floats:
    """U V^T of a matrix (n, 2) = U S V^T: the nearest whose columns are orthonormal."""
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray(left @ right)
