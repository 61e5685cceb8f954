"""One table of named things, in the order a menu should show them."""

from __future__ import annotations

import contextlib
import difflib
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

Entry = TypeVar("Entry")

_PACKAGE = __name__.partition(".")[0]


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
        self._added: set[str] = set()

    def add(self, name: str, entry: Entry) -> Entry:
        """Enter `entry` under `name`; the order of entry is the order of menus."""
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered already; choose another name")
        self._entries[name] = entry
        if not _package_is_loading():
            self._added.add(name)
        return entry

    def register(self, name: str) -> Callable[[Entry], Entry]:
        """Decorator form of `add`."""
        return lambda entry: self.add(name, entry)

    def added(self) -> dict[str, Entry]:
        """Entries that do not come with this package: a user's script has added them."""
        return {name: entry for name, entry in self.items() if name in self._added}

    @contextlib.contextmanager
    def lend(self, entries: Mapping[str, Entry]) -> Iterator[None]:
        """Hold these entries too, in place of any of the same name, until the context ends."""
        before = self._entries, self._added
        self._entries, self._added = {**self._entries, **entries}, {*self._added, *entries}
        try:
            yield
        finally:
            self._entries, self._added = before

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


def all_registries() -> dict[str, Registry[Any]]:
    """Every registry of the loaded modules of this package, by its address MODULE:NAME."""
    registries: dict[str, Registry[Any]] = {}
    for module_name, module in list(sys.modules.items()):
        if _in_package(module_name):
            for name, value in list(vars(module).items()):
                if isinstance(value, Registry) and not any(value is other for other in registries.values()):
                    registries[f"{module_name}:{name}"] = value
    return registries


def _package_is_loading() -> bool:
    """Whether a module of this package adds an entry while it is imported, and not a script, be it by a function of ours."""
    frame = sys._getframe(1)
    while frame.f_back and _in_package(frame.f_globals.get("__name__", "")):
        if frame.f_code.co_name == "<module>":
            return True
        frame = frame.f_back
    return False


def _in_package(module_name: str) -> bool:
    return module_name == _PACKAGE or module_name.startswith(f"{_PACKAGE}.")
