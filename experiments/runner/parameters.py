"""Parameters of an experiment: a frozen dataclass whose fields say what they are, so that `--set` and `show` follow from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, field, fields, replace
from typing import Any

from manifold import Registry


def parameter(default: Any, meaning: str, *, unit: str = "") -> Any:
    """A field of the frozen dataclass `Parameters` of an experiment."""
    about = {"meaning": f"{meaning} ({unit})" if unit else meaning}
    if isinstance(default, list):
        return field(default_factory=default.copy, metadata=about)
    return field(default=default, metadata=about)


def meanings(parameters: Any) -> dict[str, str]:
    """What each parameter is."""
    return {known.name: known.metadata["meaning"] for known in fields(parameters)}


def set_values(parameters: Any, texts: Sequence[str]) -> Any:
    """The parameters with values given as KEY=VALUE."""
    defaults: Registry[Any] = Registry("parameter")
    for key, default in asdict(type(parameters)()).items():
        defaults.add(key, default)
    values = {}
    for text in texts:
        key, separator, value = text.partition("=")
        if not separator:
            key = next(iter(defaults))
            raise ValueError(f"--set takes KEY=VALUE, got {text!r}; for example --set {key}={defaults[key]}")
        values[key] = _parse_value(value, like=defaults[key])
    return replace(parameters, **values)


def _parse_value(text: str, *, like: Any) -> Any:
    """`text` as JSON, or as itself; numbers or words with commas where the default is a list of them."""
    try:
        value = json.loads(f"[{text}]") if isinstance(like, list) and not text.startswith("[") else json.loads(text)
    except json.JSONDecodeError:
        words = isinstance(like, list) and like and isinstance(like[0], str)
        value = text.split(",") if words else text
    if isinstance(like, list | int | float) and not isinstance(value, type(like) | int):
        raise ValueError(f"a value like {json.dumps(like)} is needed, got {text!r}")
    return value
