"""One table of named things, in the order a menu should show them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

Entry = TypeVar("Entry")


class UnknownNameError(KeyError, ValueError):
    """A name that is in no registry; the message suggests the nearest one."""

    def __str__(self) -> str:
        return str(self.args[0])


class Registry(Mapping[str, Entry]):
    """Read-only mapping from a name to its entry, filled by decorators.

    Parameters
    ----------
    kind : str
        What the entries are, in the singular: it opens every error message.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}

    def add(self, name: str, entry: Entry) -> Entry:
        """Enter `entry` under `name`; the order of entry is the order of menus."""
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered already; choose another name")
        self._entries[name] = entry
        return entry

    def register(self, name: str) -> Callable[[Entry], Entry]:
        """Decorator form of `add`."""
        return lambda entry: self.add(name, entry)

    def __getitem__(self, name: str) -> Entry:
        try:
            return self._entries[name]
        except (KeyError, TypeError):
            raise UnknownNameError(self._unknown(name)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{self.kind}: {', '.join(self)}>"

    def _unknown(self, name: object) -> str:
        nearest = difflib.get_close_matches(str(name).lower(), self._entries, n=1, cutoff=0.5)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        return f"unknown {self.kind} {name!r}.{hint} Choose one of: {', '.join(self)}."
