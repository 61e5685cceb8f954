"""The tensors of a file or mapping by name: found in what a checkpoint holds, and freed of the names of wrappers."""

from __future__ import annotations

import os
import pickle
import re
import struct
import warnings
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from manifold.checks import fault, one_line

Source = str | Path | BinaryIO | Mapping[str, Any]

_USUAL = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params")
"""Names under which checkpoints keep a network; an earlier one is preferred."""

_WRAPPERS = ("module.", "_orig_mod.", "model.")
"""What DataParallel and averaging, torch.compile, and trainers write before the names of the network that they hold."""

_UNREADABLE = (
    *(RuntimeError, EOFError, LookupError, ValueError, TypeError, AttributeError, AssertionError, OSError, MemoryError),
    *(OverflowError, struct.error),
)
"""What torch raises on damaged files."""

_AVERAGED = "n_averaged"
_DEEPEST = 3
_SHOWN = 3


def find_weights(source: Source) -> tuple[OrderedDict[str, Tensor], str]:
    """The tensors of a file or mapping by name, as they are there, and what messages call it; errors as for `load_weights`."""
    if isinstance(source, Mapping):
        return _choose_state(source, "the mapping"), "the mapping"
    if not isinstance(source, str | Path) and not hasattr(source, "read"):
        sentence = "weights must be 'imagenet', a file, or a mapping from names to tensors, got an object of type {type_name}"
        raise fault(TypeError, sentence, type_name=type(source).__name__)
    file = _find_file(source) if isinstance(source, str | Path) else source
    name = one_line(file if isinstance(file, Path) else getattr(file, "name", "the file"))
    if damaged := _find_damage(file):
        raise fault(ValueError, "{name} is damaged: {damaged}; copy or download it again", name=name, damaged=damaged)
    if not isinstance(file, Path):
        file.seek(0)
    kind = Path(str(getattr(file, "name", ""))).suffix
    content = _read_safetensors(file, name) if kind == ".safetensors" else _read_torch(file, name)
    return _choose_state(content, name), name


def _find_file(source: str | Path) -> Path:
    path = Path(os.path.expanduser(source))  # noqa: PTH111 - Path's own raises for an unknown user
    if not os.path.isfile(path):  # noqa: PTH113 - and for a name too long
        sentence = "{name}: there is no such file; pass the path of a file of weights, or 'imagenet'"
        raise fault(FileNotFoundError, sentence, name=one_line(path))
    return path


def read_weights(source: Source) -> OrderedDict[str, Tensor]:
    """The tensors of a file or mapping by name, without wrappers, with the record that torch keeps of the modules."""
    return unwrapped(find_weights(source)[0])


def unwrapped(state: Mapping[str, Tensor], prefix: str = "") -> OrderedDict[str, Tensor]:
    """The same tensors with `prefix` before their names in place of the names of wrappers."""
    theirs = wrappers(state)
    names = {key: prefix + key.removeprefix(theirs) for key in state if not (theirs and _is_counter(key))}
    renamed = OrderedDict((name, state[key]) for key, name in names.items())
    records = getattr(state, "_metadata", {}).items()
    modules = {(prefix + f"{name}.".removeprefix(theirs)).rstrip("."): record for name, record in records}
    renamed._metadata = modules  # type: ignore[attr-defined]
    return renamed


def wrappers(names: Iterable[str]) -> str:
    """The names of wrappers with which all these begin: "module._orig_mod." of a compiled network in DataParallel."""
    prefix, inside = "", [name for name in names if not _is_counter(name)]
    while inside and (wrapper := [each for each in _WRAPPERS if all(name.startswith(prefix + each) for name in inside)]):
        prefix += wrapper[0]
    return prefix


def _is_counter(name: str) -> bool:
    return name.rpartition(".")[2] == _AVERAGED  # of the networks whose mean this is


def _choose_state(content: Any, source: str) -> OrderedDict[str, Tensor]:
    """The one mapping of names to tensors in a checkpoint, or the one with the most usual name."""
    states = list(_find_states(content, ()))
    states = [(place, state) for place, state in states if state] or states
    ranks = {place: _USUAL.index(place[-1]) for place, _ in states if place and place[-1] in _USUAL}
    if len(states) > 1 and ranks:
        states = [(place, state) for place, state in states if ranks.get(place) == min(ranks.values())]
    if len(states) > 1:
        sentence = "{source} holds several mappings from names to tensors, {places}; pass the mapping itself, as content{first}"
        places = ["".join(f"[{one_line(key)!r}]" for key in place) for place, _ in states]
        raise fault(ValueError, sentence, source=source, places=first_of(places), first=places[0])
    if not states:
        raise fault(
            ValueError,
            "{source} holds no state_dict, a mapping from names to dense real tensors, but {type_name}{keys}",
            source=source,
            type_name=type(content).__name__,
            keys=f" with the keys {first_of([repr(key) for key in content])}" if isinstance(content, Mapping) else "",
        )
    state = OrderedDict(states[0][1])
    state._metadata = _check_records(getattr(states[0][1], "_metadata", {}), source)  # type: ignore[attr-defined]
    return state


def _find_states(content: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Tensor]]]:
    """Place and mapping of every mapping from names to tensors, which are not looked into any further."""
    if not isinstance(content, Mapping) or len(place) > _DEEPEST:
        return
    if all(isinstance(key, str) and _is_dense(content[key]) for key in content):
        yield place, content
        return
    for key, value in content.items():
        if isinstance(key, str):
            yield from _find_states(value, (*place, key))


def _is_dense(value: object) -> bool:
    odd = not isinstance(value, Tensor) or value.is_quantized or value.is_complex() or value.is_meta
    return not odd and value.layout == torch.strided  # type: ignore[attr-defined]


def _check_records(records: Any, source: str) -> Mapping[str, Mapping[str, Any]]:
    """What torch keeps of the modules, if it is a mapping from their paths to mappings, and options are plain values."""
    fine = isinstance(records, Mapping) and all(
        isinstance(path, str)
        and isinstance(record, Mapping)
        and isinstance(options := record.get("options", {}), Mapping)
        and all(isinstance(leaf, str | int | float | None) for leaf in tree_leaves(dict(options)))
        for path, record in records.items()
    )
    if not fine:
        sentence = "{source} keeps a record of its modules, _metadata, that torch did not write; save dict(state_dict) instead"
        raise fault(ValueError, sentence, source=source)
    return records  # type: ignore[no-any-return]


def _find_damage(file: Path | BinaryIO) -> str:
    """Which part of a zip file, as torch writes it, does not have its checksum, which torch does not look at; or nothing.

    Parts but TorchScript's code are not packed: unpacked, those of a small file could fill the memory.
    """
    try:
        if not zipfile.is_zipfile(file):
            return ""
        with zipfile.ZipFile(file) as archive:
            sizes = [part.file_size for part in archive.infolist() if "/code/" not in part.filename]
            if sum(sizes) > archive.fp.seek(0, os.SEEK_END):  # type: ignore[union-attr]
                return "its parts are packed, as torch does not write them"
            part = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, struct.error) as error:
        return one_line(error)
    return f"{one_line(part)} does not have its checksum" if part else ""


def _read_torch(file: Path | BinaryIO, name: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of old pickles that it then refuses
            return torch.load(file, map_location="cpu", weights_only=True)
    except PermissionError:
        raise
    except pickle.UnpicklingError as error:
        if not re.search("unsupported (global|class)", str(error), re.IGNORECASE):
            raise fault(ValueError, "{name} is no file of weights, or is truncated", name=name) from None
        raise fault(
            ValueError,
            "{name} holds Python objects beside its tensors, which could run code, and is not loaded; save the "
            "state_dict alone: torch.save(network.state_dict(), path)",
            name=name,
        ) from None
    except _UNREADABLE as error:
        if "TorchScript" in str(error):
            sentence = (
                "{name} is TorchScript, a program with its weights, and is not loaded; save the weights alone: "
                "torch.save(torch.jit.load(path).state_dict(), other_path)"
            )
            raise fault(ValueError, sentence, name=name) from None
        raise fault(ValueError, "{name} is no file of weights, or is truncated", name=name) from None


def _read_safetensors(file: Path | BinaryIO, name: str) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load, load_file

    try:
        return load_file(file) if isinstance(file, Path) else load(file.read())
    except SafetensorError as error:
        sentence = "{name} is no file of weights, or is truncated ({error})"
        raise fault(ValueError, sentence, name=name, error=one_line(error)) from None


def first_of(texts: list[str]) -> str:
    """The first of these, each on one line, and how many more there are."""
    rest = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(map(one_line, texts[:_SHOWN])) + rest
