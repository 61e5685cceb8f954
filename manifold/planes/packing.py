"""Arrays on their way to the browser: numbers as int16, flags as bits, counts as bytes."""

from __future__ import annotations

import base64
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import fault

_LARGEST = 32767
_MISSING = -32768


class Packed(TypedDict):
    """An array on its way to the browser: ``scale`` times the integers in ``data``, in C order.

    Attributes
    ----------
    data : str
        Base64 of little-endian int16 values (`pack`), or of bits, the lowest first (`pack_bits`).
    scale : float
        Value of one unit.
    shape : list of int
        Shape of the array.
    """

    data: str
    scale: float
    shape: list[int]


def pack(array: ArrayLike, *, limit: float | None = None) -> Packed:
    """Quantise an array to int16, which is exact within half of ``scale = limit / 32767``.

    Parameters
    ----------
    array : array-like
        Numbers; a NaN is sent as -32768 and not drawn.
    limit : float, optional
        Values beyond ``[-limit, limit]`` are clipped to it. A few panel widths spare the resolution from points that
        nobody sees. By default the largest finite magnitude.

    Returns
    -------
    Packed
        Quantised array.

    Raises
    ------
    ValueError
        If `limit` is not a positive number.
    """
    values = np.asarray(array, dtype=np.float64)
    if limit is None:
        limit = float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
    if not 0.0 < limit < np.inf:
        raise fault(ValueError, "limit must be a positive number, got {limit}; leave it out to fit the data", limit=limit)
    scale = limit / _LARGEST
    units = np.rint(np.clip(values, -limit, limit) / scale)
    codes = np.where(np.isnan(units), _MISSING, units).astype("<i2")
    return {"data": _base64(codes), "scale": scale, "shape": list(values.shape)}


def pack_bits(array: ArrayLike) -> Packed:
    """Pack an array of booleans, eight to a byte.

    Parameters
    ----------
    array : array-like of bool
        Flags.

    Returns
    -------
    Packed
        Packed array, with ``scale`` 1.
    """
    flags = np.asarray(array, dtype=np.bool_)
    return {"data": _base64(np.packbits(flags, bitorder="little")), "scale": 1.0, "shape": list(flags.shape)}


def pack_counts(array: ArrayLike) -> str:
    """Whole numbers from 0 to 65,535 as base64: a byte each where all fit, else two, little-endian."""
    counts = np.asarray(array)
    return _base64(counts.astype("u1" if counts.max(initial=0) < 256 else "<u2"))


def _base64(array: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")
