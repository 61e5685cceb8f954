"""Results: frozen values that say in one line what they are, and show their figure in a notebook."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import fields

import numpy as np

_LONGEST = 60  # characters of a value in a line


class Result:
    """A frozen dataclass, made with `eq=False, repr=False`, whose fields may hold arrays."""

    def __repr__(self) -> str:
        """Its name and its fields in one line: of an array the shape, of a function the name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        said = (f"{name} {short(value)}" for name, value in values.items() if field_is_said(value))
        return f"{type(self).__name__}: {', '.join(said)}"

    def _repr_html_(self) -> str | None:
        """The figure of what `manifold.plots` can draw; nothing for anything else, so that a notebook prints the line."""
        svg: str | None = importlib.import_module("manifold.plots.notebook").draw(self)  # above this room: loaded on demand
        return svg


def field_is_said(value: object) -> bool:
    """Whether a value says anything in a line."""
    return value is not None and not (isinstance(value, str | tuple | list | frozenset | Mapping) and not value)


def short(value: object) -> str:
    """A value in a few words, never an array's numbers or a function's address."""
    if isinstance(value, np.ndarray):
        return "×".join(map(str, value.shape)) or short(value[()])
    if isinstance(value, bool | np.bool_ | str):
        return str(value)
    if isinstance(value, float | np.floating):
        return f"{value:.3g}"
    if isinstance(value, Result):
        return getattr(value, "name", "") or type(value).__name__
    if isinstance(value, tuple | list | Mapping) and len(value) > 4:
        return f"{len(value)} entries"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(short, value))})"
    if isinstance(value, type) or (isinstance(value, Callable) and hasattr(value, "__name__")):  # type: ignore[arg-type]
        return str(value.__name__).replace("<lambda>", "function")
    text = " ".join(repr(value).split())
    return text if len(text) <= _LONGEST and " at 0x" not in text else type(value).__name__
