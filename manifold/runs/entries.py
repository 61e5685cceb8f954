"""Entries that a user's script has added to registries: what they are, told in a digest, and how they reach other processes."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import json
import pickle
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from manifold.checks import fault
from manifold.registry import all_registries
from manifold.runs.digests import digest
from manifold.runs.parts import PartError

Entries = Mapping[str, Mapping[str, Any]]
"""Entries by the address of their registry and by name."""

_LENDING = threading.Lock()
_UNTELLABLE = (
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
    pickle.PicklingError,
)  # what pickle says of a lock


def added_entries(asked: Mapping[str, Any]) -> Entries:
    """Entries that do not come with this package and whose names stand anywhere in what is asked."""
    words = json.dumps(asked, default=str)
    entries = {
        address: {name: entry for name, entry in registry.added().items() if json.dumps(name)[1:-1] in words}
        for address, registry in all_registries().items()
    }
    return {address: named for address, named in entries.items() if named}


def entry_digests(entries: Entries) -> dict[str, dict[str, str]]:
    """Digest of every entry; `TypeError` names the one that holds something of which none can be made."""
    digests: dict[str, dict[str, str]] = {}
    for address, name, entry in _flat(entries):
        try:
            digests.setdefault(address, {})[name] = digest(_unadorned(entry))
        except _UNTELLABLE as error:
            raise fault(
                TypeError,
                "whether {title} is the same as before cannot be told ({error}); leave out folder, or let its "
                "functions use nothing but functions, numbers, texts and arrays",
                title=_title(address, name),
                error=error,
            ) from error
    return digests


def _unadorned(entry: Any) -> Any:
    """The entry without its colour and mark, which depend on what else is entered, and of which no row does."""
    if not dataclasses.is_dataclass(entry) or isinstance(entry, type):
        return entry
    return dataclasses.replace(entry, **{name: "" for name in ("color", "mark") if hasattr(entry, name)})


def pack_entries(entries: Entries) -> bytes:
    """Entries as bytes for other processes; `TypeError` names the one that cannot be sent."""
    from joblib import wrap_non_picklable_objects

    packed = []
    for address, name, entry in _flat(entries):
        try:
            content = pickle.dumps(wrap_non_picklable_objects(entry, keep_wrapper=False))
            packed.append((address, name, content, digest(entry)))
        except _UNTELLABLE as error:
            raise fault(
                TypeError,
                "{title} cannot be sent to other processes ({error}); leave out workers and scheduler, or let its "
                "functions use nothing but functions, numbers, texts and arrays",
                title=_title(address, name),
                error=error,
            ) from error
    return pickle.dumps(packed) if packed else b""


@contextlib.contextmanager
def lent_entries(packed: bytes) -> Iterator[None]:
    """Have the registries of this process hold packed entries for a while, one such run at a time."""
    if not packed:
        yield
        return
    entries = _unpack(packed)
    with _LENDING, contextlib.ExitStack() as stack:
        for address, named in entries.items():
            module, _, name = address.partition(":")
            stack.enter_context(getattr(importlib.import_module(module), name).lend(named))
        yield


@functools.lru_cache(maxsize=1)
def _unpack(packed: bytes) -> Entries:
    """Entries that were packed; `PartError` if one is not here what it was there."""
    entries: dict[str, dict[str, Any]] = {}
    for address, name, content, expected in pickle.loads(packed):
        try:
            entry = pickle.loads(content)
        except (ImportError, AttributeError) as error:
            raise fault(
                PartError,
                "a worker cannot load {title} ({error}); put its file where workers start, or define it in the "
                "script that is run",
                title=_title(address, name),
                error=error,
            ) from error
        if digest(entry) != expected:
            raise fault(
                PartError, "a worker has another version of {title}; start the workers again", title=_title(address, name)
            )
        entries.setdefault(address, {})[name] = entry
    return entries


def _flat(entries: Entries) -> Iterator[tuple[str, str, Any]]:
    return ((address, name, entry) for address, named in entries.items() for name, entry in named.items())


def _title(address: str, name: str) -> str:
    """What a user calls an entry."""
    module, _, variable = address.partition(":")
    return f"the {getattr(importlib.import_module(module), variable).kind} {name!r}"
