"""Tables of named things, in the order a menu should show them, that a script may add to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

Entry = TypeVar("Entry")


class UnknownNameError(KeyError, ValueError):
    """A name that is not among those known; the message suggests the nearest one."""

    def __str__(self) -> str:
        return str(self.args[0])


def choose(name: Any, options: Iterable[str], kind: str) -> str:
    """`name`, if it is one of the options; else `UnknownNameError`, in which `kind` says what it is a name of."""
    known = list(options)
    if isinstance(name, str) and name in known:
        return name
    import difflib  # only here

    nearest = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    raise UnknownNameError(f"unknown {kind} {name!r}.{hint} Choose one of: {', '.join(known)}.")


class Registry(Mapping[str, Entry]):
    """Read-only mapping from a name to its entry; `add` and `register` fill it, also from your own script.

    Parameters
    ----------
    kind : str
        What the entries are, in the singular: it opens every error message.
    entry : type, optional
        Class of the entries. What is added that is no instance of it, as a bare function, is passed to it first. If it has a
        field "name", it gets the name.
    """

    def __init__(self, kind: str, entry: Callable[..., Entry] | None = None) -> None:
        self.kind = kind
        self._entry = entry
        self._entries: dict[str, Entry] = {}

    def add(self, name: str, entry: Any) -> Entry:
        """Enter `entry` under `name`, and return it as it was entered; the order of entry is the order of menus."""
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered already; choose another name")
        if isinstance(self._entry, type) and not isinstance(entry, self._entry):
            entry = self._entry(entry)
        if dataclasses.is_dataclass(entry) and not isinstance(entry, type) and hasattr(entry, "name"):
            entry = dataclasses.replace(entry, name=name)
        self._entries[name] = cast("Entry", entry)
        return self._entries[name]

    def register(self, name: str, **fields: Any) -> Callable[[Any], Any]:
        """Decorator form of `add`, which leaves the function as it is; `fields` are those of its entry."""

        def enter(function: Any) -> Any:
            self.add(name, self._entry(function, **fields) if fields and self._entry else function)
            return function

        return enter

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name if isinstance(name, str) and name in self._entries else choose(name, self, self.kind)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{self.kind}: {', '.join(self)}>"
