"""Parameters of an experiment: a frozen dataclass whose fields say what they are, so that `--set` and `show` follow from it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from manifold import Registry
from manifold.checks import check_count, check_number, fault
from manifold.registry import choose


@dataclass(frozen=True)
class Check:
    """What a parameter may be: in words, and as a function that gives a value as it counts, or ValueError or TypeError."""

    words: str
    apply: Callable[[Any, str], Any]  # of the value given, or of each of a list, and the parameter's name

    def __call__(self, value: Any, name: str) -> Any:
        """The value as it counts."""
        return self.apply(value, name)


_SHOWN = 60  # characters of a wrong value in a message


def whole(least: int = 1, most: int = 1_000_000) -> Check:
    """A whole number from `least` to `most`."""
    return Check(f"{least} to {most:,}", lambda value, name: check_count(value, name, minimum=least, maximum=most))


def real(above: float = 0.0, below: float = math.inf, *, inclusive: bool = False) -> Check:
    """A number above `above`, or `above` itself if `inclusive`, and below `below`."""

    def check(value: Any, name: str) -> Any:
        check_number(value, name, above=above, below=below, inclusive=inclusive)
        return value  # 2 stays 2, as it is printed

    bounds = [f"{'at least' if inclusive else 'above'} {above:g}"] + ([f"below {below:g}"] if below < math.inf else [])
    return Check(", ".join(bounds), check)


def one_of(options: Iterable[str]) -> Check:
    """One of these names, those that a script adds included."""
    return Check(", ".join(options), lambda value, name: choose(value, options, getattr(options, "kind", name)))


def _draw_or_median(value: Any, name: str) -> Any:
    """The number of a draw, or "median"."""
    if value == "median":
        return value
    if not (str(value).isascii() and str(value).isdecimal() and len(str(value)) < 10):
        raise fault(
            ValueError, "{name} must be the number of a draw, or median, got {given!r}", name=name, given=str(value)[:_SHOWN]
        )
    return int(value)


draw_or_median = Check("a number of a draw, or median", _draw_or_median)
_USUAL = {int: whole(), float: real(), str: Check("", lambda value, name: value)}


def parameter(default: Any, meaning: str, *, unit: str = "", check: Check | None = None) -> Any:
    """A field of the frozen dataclass `Parameters` of an experiment.

    Unless `check` says otherwise, whole numbers are counts from 1 to a million, other numbers above 0, and texts any. It looks
    at each value of a list, whose values all differ.
    """
    kind = type(default[0] if isinstance(default, list) else default)
    about = {"meaning": f"{meaning} ({unit})" if unit else meaning, "check": check or _USUAL[kind]}
    if isinstance(default, list):
        return field(default_factory=default.copy, metadata=about)
    return field(default=default, metadata=about)


def meanings(parameters: Any) -> dict[str, str]:
    """What each parameter is, and what it may be."""
    words = {known.name: (known.metadata["meaning"], known.metadata["check"].words) for known in fields(parameters)}
    return {name: f"{meaning}: {allowed}" if allowed else meaning for name, (meaning, allowed) in words.items()}


def set_values(parameters: Any, texts: Sequence[str]) -> Any:
    """The parameters with values given as KEY=VALUE, each checked."""
    defaults: Registry[Any] = Registry("parameter")
    for key, default in asdict(type(parameters)()).items():
        defaults.add(key, default)
    checks = {known.name: known.metadata["check"] for known in fields(parameters)}
    values = {}
    for text in texts:
        key, separator, given = text.partition("=")
        if not separator:
            key = next(iter(defaults))
            raise ValueError(f"--set takes KEY=VALUE, got {text[:_SHOWN]!r}; for example --set {key}={defaults[key]}")
        value = _parse_value(given, like=defaults[key], name=key)
        values[key] = _check_list(value, key, checks[key]) if isinstance(value, list) else checks[key](value, key)
    return replace(parameters, **values)


def _parse_value(text: str, *, like: Any, name: str) -> Any:
    """`text` itself where the default is a text; else numbers as in JSON, and a list with commas, or as in JSON, too."""
    first = like[0] if isinstance(like, list) else like
    if isinstance(like, str):
        return text
    if isinstance(first, str) and not text.startswith("["):
        return text.split(",")
    try:
        value = json.loads(f"[{text}]") if isinstance(like, list) and not text.startswith("[") else json.loads(text)
    except (ValueError, RecursionError):  # ValueError: no JSON, or a number of thousands of digits
        value = None
    several = value if isinstance(value, list) and isinstance(like, list) else [value]
    if not all(_is_like(each, first) for each in several):
        raise fault(
            ValueError,
            "{name} must be a value like {like}, got {given!r}",
            name=name,
            like=json.dumps(like),
            given=text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}...",
        )
    return value


def _is_like(value: Any, first: Any) -> bool:
    """Whether a value from JSON may stand where `first` stands; a whole number may where a number does."""
    return isinstance(value, str) if isinstance(first, str) else isinstance(value, int | float) and not isinstance(value, bool)


def _check_list(values: Sequence[Any], name: str, check: Check) -> list[Any]:
    if not values:
        raise fault(ValueError, "{name} must name at least one value, got none", name=name)
    checked = [check(value, name) for value in values]
    if len(set(checked)) < len(checked):
        twice = next(value for place, value in enumerate(checked) if value in checked[:place])
        raise fault(ValueError, "{name} must name every value once, got {twice!r} twice", name=name, twice=twice)
    return checked
