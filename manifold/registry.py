"""Tables of named things, in the order a menu should show them, that a script may add to."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from manifold.checks import abridge, fault

Entry = TypeVar("Entry")

_PACKAGE = __name__.partition(".")[0]


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

    nearest = difflib.get_close_matches(name.lower() if isinstance(name, str) else "", known, n=1, cutoff=0.5)
    told = {"what": kind, "name": abridge(name), "known": ", ".join(known)}
    if nearest:
        sentence = "unknown {what} {name}. Did you mean {nearest!r}? Choose one of: {known}."
        raise fault(UnknownNameError, sentence, nearest=nearest[0], **told)
    raise fault(UnknownNameError, "unknown {what} {name}. Choose one of: {known}.", **told)


class Registry(Mapping[str, Entry]):
    """Read-only mapping from a name to its entry; `add` and `register` fill it, also from your own script.

    Parameters
    ----------
    kind : str
        What the entries are, in the singular: it opens every error message.
    entry : type, optional
        Class of the entries. What is added that is no instance of it, as a bare function, is passed to it first. If it has a
        field "name", it gets the name.
    looks : sequence of (str, str), default=()
        Colours and marks; an entry that leaves its `color` or `mark` empty gets the next one that is free.
    """

    def __init__(self, kind: str, entry: Callable[..., Entry] | None = None, *, looks: Sequence[tuple[str, str]] = ()) -> None:
        self.kind = kind
        self.looks = tuple(looks)
        self._entry = entry
        self._entries: dict[str, Entry] = {}
        self._added: dict[str, str] = {}  # names, and the module whose code has added each

    def add(self, name: str, entry: Any) -> Entry:
        """Enter `entry` under `name`, and return it as it was entered; the order of entry is the order of menus."""
        if name in self._entries:
            raise fault(
                ValueError, "{type_name} {name!r} is registered already; choose another name", type_name=self.kind, name=name
            )
        if isinstance(self._entry, type) and not isinstance(entry, self._entry):
            entry = self._entry(entry)
        if dataclasses.is_dataclass(entry) and not isinstance(entry, type) and hasattr(entry, "name"):
            entry = dataclasses.replace(entry, name=name)
        self._entries[name] = self._with_look(entry)
        module = _calling_module()
        if module is not None:
            self._added[name] = module
        return self._entries[name]

    def _with_look(self, entry: Any) -> Entry:
        """The entry, with the first look that no other has where it brings none; when all are taken they come again."""
        if self.looks:
            taken = {cast("Any", other).color for other in self._entries.values()}
            again = self.looks[len(self) % len(self.looks)]
            color, mark = next((look for look in self.looks if look[0] not in taken), again)
            entry = dataclasses.replace(entry, color=entry.color or color, mark=entry.mark or mark)
        return cast("Entry", entry)

    def register(self, name: str, **fields: Any) -> Callable[[Any], Any]:
        """Decorator form of `add`, which leaves the function as it is; `fields` are those of its entry."""

        def enter(function: Any) -> Any:
            self.add(name, self._entry(function, **fields) if fields and self._entry else function)
            return function

        return enter

    def added(self) -> dict[str, Entry]:
        """Entries that do not come with this package: a user's script has added them."""
        return {name: entry for name, entry in self.items() if name in self._added}

    def added_by(self) -> dict[str, str]:
        """For each added entry the module that added it; "" if it is lent."""
        return dict(self._added)

    @contextlib.contextmanager
    def lend(self, entries: Mapping[str, Entry]) -> Iterator[None]:
        """Hold these entries too, in place of any of the same name, until the context ends."""
        before = self._entries, self._added
        self._entries, self._added = dict(self._entries), {**self._added, **dict.fromkeys(entries, "")}
        for name, entry in entries.items():
            self._entries[name] = self._with_look(entry)
        try:
            yield
        finally:
            self._entries, self._added = before

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name if isinstance(name, str) and name in self._entries else choose(name, self, self.kind)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{self.kind}: {', '.join(self)}>"


def all_registries() -> dict[str, Registry[Any]]:
    """Every registry of the loaded modules of this package, by its address MODULE:NAME."""
    return dict(_find_registries(len(sys.modules)))


@functools.lru_cache(maxsize=1)
def _find_registries(modules: int) -> dict[str, Registry[Any]]:
    """The search through all names; `modules` is their number, so that it is made again when more are loaded."""
    registries: dict[str, Registry[Any]] = {}
    for module_name, module in list(sys.modules.items()):
        if _in_package(module_name):
            for name, value in list(vars(module).items()):
                if isinstance(value, Registry) and not any(value is other for other in registries.values()):
                    registries[f"{module_name}:{name}"] = value
    return registries


def _calling_module() -> str | None:
    """The module outside this package that adds an entry, be it by a function of ours; None while this package is imported."""
    frame = sys._getframe(1)
    while frame.f_back and _in_package(str(frame.f_globals.get("__name__", ""))):
        if frame.f_code.co_name == "<module>":
            return None
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", ""))


def _in_package(module_name: str) -> bool:
    return module_name == _PACKAGE or module_name.startswith(f"{_PACKAGE}.")
