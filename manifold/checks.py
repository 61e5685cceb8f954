"""Checks of what a caller passes: each returns the clean value or says in one sentence what to write instead."""

from __future__ import annotations

import math
import operator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Fault = TypeVar("Fault", bound=Exception)

WELL_CONDITIONED = 1e-5
"""Least ratio of the eigenvalues of a matrix G = R^T R whose inverse is taken as it is.

Rounding changes the entries of G by about eps = 2.2e-16 of the largest eigenvalue, and so a solution by eps over the ratio of
the smallest to the largest (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, section 20.4): 2e-11 at 1e-5. What
is conditioned worse goes through singular values of R, whose ratio is the square root of that.
"""


def fault(kind: type[Fault], sentence: str, **parts: Any) -> Fault:
    """An error whose message is `sentence` with its slots filled.

    It keeps both, as attributes `sentence` and `parts`, so that whoever shows it can say it in another language.
    """
    error = kind(sentence.format(**parts))
    vars(error).update(sentence=sentence, parts=parts)
    return error


def check_count(value: Any, name: str, *, minimum: int, maximum: int | None = None, reason: str = "") -> int:
    """`value` as an int of at least `minimum`, at most `maximum`."""
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        count = operator.index(value)
    except TypeError:
        raise fault(TypeError, "{name} must be an integer, got {value}", name=name, value=_short(value)) from None
    if count < minimum:
        raise fault(
            ValueError,
            "{name} must be >= {minimum}{reason}, got {count}",
            name=name,
            minimum=minimum,
            reason=reason,
            count=count,
        )
    if maximum is not None and count > maximum:
        raise fault(ValueError, "{name} must be <= {maximum}, got {count}", name=name, maximum=maximum, count=count)
    return count


def check_number(value: Any, name: str, *, above: float = -math.inf, below: float = math.inf, inclusive: bool = False) -> float:
    """`value` as a finite float between `above` and `below`; `inclusive` allows `above` itself."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise fault(TypeError, "{name} must be a number, got {value}", name=name, value=_short(value)) from None
    too_low = number < above if inclusive else number <= above
    if not math.isfinite(number) or too_low or number >= below:
        bounds = [f"{'>=' if inclusive else '>'} {above:g}"] if above > -math.inf else []
        bounds += [f"< {below:g}"] if below < math.inf else []
        raise fault(
            ValueError,
            "{name} must be finite{names}, got {number:g}",
            name=name,
            names="".join(f" and {bound}" for bound in bounds),
            number=number,
        )
    return number


def check_array(values: ArrayLike, name: str, *, shape: str = "(n, d)") -> Floats:
    """`values` as a finite float64 array with as many axes as `shape` names, none of length 0."""
    try:
        if np.iscomplexobj(values):
            raise TypeError
        array = np.asarray(values, dtype=np.float64, order="C")  # sums then run in one order, to the last bit
    except (TypeError, ValueError, OverflowError):
        raise fault(
            TypeError,
            "{name} must be an array of numbers of shape {shape}, got {values}",
            name=name,
            shape=shape,
            values=_short(values),
        ) from None
    except RuntimeError:  # torch's, whose tensors NumPy reads otherwise
        raise fault(
            TypeError,
            "{name} must be an array of numbers of shape {shape}, got a tensor that requires grad; pass its detach()",
            name=name,
            shape=shape,
        ) from None
    axes = shape.count(",") + (not shape.endswith(",)"))
    if array.ndim != axes or 0 in array.shape:
        raise fault(
            ValueError,
            "{name} must have shape {shape} with at least one entry on each axis, got {other_shape}",
            name=name,
            shape=shape,
            other_shape=array.shape,
        )
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise fault(
            ValueError,
            "{name} must be finite, got {array} at index {place}; drop or fill such rows first",
            name=name,
            array=array[place],
            place=place,
        )
    return array


def check_size(array: Floats, name: str) -> Floats:
    """`array` itself, if the fourth power of its largest entry neither overflows nor, unless it is 0, vanishes."""
    largest = float(np.abs(array).max())
    if largest and not 1e-70 < largest < 1e70:
        raise fault(
            ValueError,
            "{name} must be of a size between 1e-70 and 1e70, got {largest:g}; scale them first",
            name=name,
            largest=largest,
        )
    return array


def check_rng(rng: Any) -> np.random.Generator:
    """`rng` itself, if it is a NumPy generator."""
    if not isinstance(rng, np.random.Generator):
        raise fault(
            TypeError, "rng must be a numpy.random.Generator such as numpy.random.default_rng(0), got {rng}", rng=_short(rng)
        )
    return rng


def _short(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def one_line(text: object) -> str:
    """The first line of a text, cut to 120 signs, for a message."""
    line = str(text).partition("\n")[0]
    return line if len(line) <= 120 else f"{line[:117]}..."


def slices(count: int, step: int) -> list[slice]:
    """0 .. count cut into slices of `step`, at least 1."""
    step = max(1, step)
    return [slice(first, min(first + step, count)) for first in range(0, count, step)]
