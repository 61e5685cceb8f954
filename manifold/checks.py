"""Checks of what a caller passes: each returns the clean value or says in one sentence what to write instead."""

from __future__ import annotations

import math
import operator
import reprlib
import sys
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Fault = TypeVar("Fault", bound=Exception)
Kind = TypeVar("Kind")

_LONG = 10**40  # an integer that is told by its number of digits


class _Abridged(reprlib.Repr):
    """What a value looks like, its middle left out where it is long."""

    def __init__(self) -> None:
        super().__init__()
        self.maxother = self.maxstring = 120

    def repr_int(self, value: int, level: int) -> str:
        if abs(value) < _LONG:
            return repr(value)
        return f"an integer of {math.ceil(value.bit_length() * math.log10(2.0))} digits"


MOST_COUNT = 10**8
"""The most of anything that is counted, unless its check says otherwise: what is beyond fits no memory."""

WELL_CONDITIONED = 1e-5
"""Least ratio of the eigenvalues of a matrix G = R^T R whose inverse is taken as it is.

Rounding changes the entries of G by about eps = 2.2e-16 of the largest eigenvalue, and so a solution by eps over the ratio of
the smallest to the largest (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, section 20.4): 2e-11 at 1e-5. What
is conditioned worse goes through singular values of R, whose ratio is the square root of that.
"""


def fault(kind: type[Fault], sentence: str, **parts: Any) -> Fault:
    """An error whose message is `sentence` with its slots filled.

    It keeps both, as attributes `sentence` and `parts`, so that whoever shows it can say it in another language. Integers of
    hundreds of digits are told by their length.
    """
    parts = {name: abridge(part) if isinstance(part, int) and abs(part) >= _LONG else part for name, part in parts.items()}
    error = kind(sentence.format(**parts))
    vars(error).update(sentence=sentence, parts=parts)
    return error


class Sentence(str):
    """A text that keeps what it is made of, as errors do: an English `sentence` with named slots, and their values, `parts`."""

    sentence: str
    parts: dict[str, Any]

    def __new__(cls, sentence: str, **parts: Any) -> Sentence:
        """`sentence` with its slots filled."""
        text = super().__new__(cls, sentence.format(**parts))
        text.sentence, text.parts = sentence, parts
        return text

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """How a copy is made."""
        return (self.sentence,), self.parts


def check_count(value: Any, name: str, *, minimum: int, maximum: int | None = MOST_COUNT, reason: str = "") -> int:
    """`value` as an int of at least `minimum`, at most `maximum`."""
    try:
        if isinstance(value, bool | np.bool_) or _masked_places(value):
            raise TypeError
        count = operator.index(value)
    except TypeError:
        raise fault(TypeError, "{name} must be an integer, got {value}", name=name, value=abridge(value)) from None
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
        if not isinstance(value, int | float | str) and (value is None or isinstance(value, Sequence) or np.ndim(value)):
            raise TypeError
        number = float(value if isinstance(value, int | float | str) else check_real(value, name))
    except OverflowError:
        raise fault(ValueError, "{name} must be within +-1.8e308, got {value}", name=name, value=abridge(value)) from None
    except (TypeError, ValueError):
        raise fault(TypeError, "{name} must be a number, got {value}", name=name, value=abridge(value)) from None
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


def check_real(values: ArrayLike, name: str, *, shape: str = "") -> Floats:
    """`values` as float64, in any shape and order in memory, NaN and infinities included; `shape` is told where it fails.

    Nothing is lost on the way: a masked entry, an imaginary part and a gradient are refused.
    """
    if type(values) is np.ndarray and values.dtype == np.float64:
        return values
    check_unmasked(values, name)
    if isinstance(values, Sequence) and len(values) > MOST_COUNT:
        raise fault(
            ValueError,
            "{name} must have at most {most:,} entries, got {values}",
            name=name,
            most=MOST_COUNT,
            values=abridge(values),
        )
    try:
        array = np.asarray(values)
        if values is None or array.dtype.kind in "mM":  # which NumPy would take for NaN, and times for numbers
            raise TypeError
        if array.dtype.kind != "c":
            with np.errstate(over="ignore"):  # of longer floats, which become infinite
                return array.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        too_large = isinstance(error, OverflowError)
        raise fault(
            ValueError if too_large else TypeError,
            "{name} must be an array of numbers{shape}{range}, got {values}{hint}",
            name=name,
            shape=f" of shape {shape}" if shape else "",
            range=" within +-1.8e308" if too_large else "",
            values=abridge(values),
            hint=f"; give {name}.detach().cpu().double().numpy()" if hasattr(values, "detach") else "",
        ) from None
    raise fault(TypeError, "{name} must be real numbers, got complex ones; take .real, .imag or abs() of them", name=name)


def check_unmasked(values: Any, name: str) -> None:
    """ValueError if an entry of an array, or of arrays in a sequence, is masked."""
    if masked := _masked_places(values):
        raise fault(
            ValueError,
            "{name} must have no masked entries, got {count}; drop or fill such rows first, as by .filled(0)",
            name=name,
            count=masked,
        )


def check_array(values: ArrayLike, name: str, *, shape: str = "(n, d)", order: Literal["C", "K"] = "C") -> Floats:
    """`values` as a finite float64 array with as many axes as `shape` names, none of length 0.

    They lie row by row in memory, so that sums run in one order, to the last bit; with `order` "K" as they came.
    """
    array = np.asarray(check_real(values, name, shape=shape), order=order)
    axes = shape.count(",") + (not shape.endswith(",)"))
    if array.ndim != axes or 0 in array.shape:
        raise fault(
            ValueError,
            "{name} must have shape {shape} with at least one entry on each axis, got {other_shape}",
            name=name,
            shape=shape,
            other_shape=array.shape,
        )
    return check_finite(array, name)


def check_finite(array: Floats, name: str) -> Floats:
    """`array` itself, if no entry is infinite or NaN."""
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
            TypeError, "rng must be a numpy.random.Generator such as numpy.random.default_rng(0), got {rng}", rng=abridge(rng)
        )
    return rng


def check_kind(value: Any, name: str, kind: type[Kind]) -> Kind:
    """`value` itself, if it is of this type."""
    if not isinstance(value, kind):
        raise fault(
            TypeError, "{name} must be of type {wanted}, got {value}", name=name, wanted=kind.__name__, value=abridge(value)
        )
    return value


def abridge(value: object) -> str:
    """What was given, on one line of at most 60 characters, however large it is."""
    text = " ".join(_Abridged().repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _masked_places(values: Any) -> int:
    """Masked entries of a masked array, or of a sequence of such."""
    masked = sys.modules.get("numpy.ma")  # without it there are none
    if masked is None or isinstance(values, str | bytes):
        return 0
    arrays = values if isinstance(values, list | tuple) else [values]
    return sum(int(np.sum(masked.getmaskarray(each))) for each in arrays if isinstance(each, masked.MaskedArray))


def one_line(text: object) -> str:
    """The first line of a text, cut to 120 signs, for a message."""
    line = str(text).partition("\n")[0]
    return line if len(line) <= 120 else f"{line[:117]}..."


def slices(count: int, step: int) -> list[slice]:
    """0 .. count cut into slices of `step`, at least 1."""
    step = max(1, step)
    return [slice(first, min(first + step, count)) for first in range(0, count, step)]
