"""What a figure shows that its rows do not hold: nested arrays, numbers and words, and the one file they are kept in."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

Drawn = Mapping[str, Any]
"""By name arrays, numbers and texts, and lists and mappings of them."""

_LIST = "[]"  # ends the path of an entry of a list: drawn["maps"][0] has the path maps/0[]


def pack(drawn: Drawn) -> bytes:
    """As an NPZ file, which holds arrays by path and no code."""
    buffer = io.BytesIO()
    arrays: Any = {path: np.asarray(value) for path, value in _paths(drawn)}
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def unpack(content: bytes) -> Drawn:
    """What `pack` was given; a single number or text is an array of no dimension, a list a list."""
    result: dict[str, Any] = {}
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        for path in arrays.files:
            *folders, name = path.split("/")
            inside = result
            for folder in folders:
                inside = inside.setdefault(folder, {})
            inside[name] = arrays[path]
    return {name: _restored(value) for name, value in result.items()}


def _paths(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All arrays inside, by path."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _paths(each, f"{path}/{name}" if path else name)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, each in enumerate(value):
            yield from _paths(each, f"{path}/{place}{_LIST}")
    else:
        yield path, value


def _restored(value: Any) -> Any:
    """Mappings whose keys are places become lists again, arrays without dimension the number or text they hold."""
    if not isinstance(value, dict):
        return value if value.ndim else value.item()
    restored = {name: _restored(each) for name, each in value.items()}
    return list(restored.values()) if all(name.endswith(_LIST) for name in restored) else restored
