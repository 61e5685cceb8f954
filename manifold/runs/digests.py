"""Digests of what a user has written: a function by its instructions and all that they use, an object by what it holds."""

from __future__ import annotations

import dis
import functools
import hashlib
import json
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from manifold.registry import Registry

_PACKAGE = __name__.partition(".")[0]
_UNTOLD = {"__dict__", "__weakref__", "__module__", "__doc__", "__annotations__", "__slotnames__", "__match_args__"}
_UNTOLD |= {"__firstlineno__", "__static_attributes__"}  # of a class, and no part of what it does

Describe = Callable[[Any], Any]


def digest(value: Any) -> str:
    """The same wherever `value` does the same; another once a function, a constant or a number in it is another.

    What libraries and this package define counts by its name: versions and code are told apart elsewhere.
    """
    return hashlib.sha256(json.dumps(_describe(value, {})).encode()).hexdigest()


def _describe(value: Any, seen: dict[int, tuple[int, Any]]) -> Any:
    """`value` as lists and texts; a function, class or object that came before, as in one that calls itself, by its number."""
    describe = functools.partial(_describe, seen=seen)
    match value:
        case None | bool() | int() | float() | complex() | str() | bytes():
            return repr(value)
        case list() | tuple():
            return [type(value).__name__, *map(describe, value)]
        case set() | frozenset():
            return ["set", *sorted(map(repr, value))]
        case Mapping() if not isinstance(value, Registry):
            return ["mapping", [[describe(key), describe(entry)] for key, entry in value.items()]]
    if id(value) in seen:
        return ["again", seen[id(value)][0]]
    seen[id(value)] = len(seen), value  # held, so that its number is not given to another
    match value:
        case Registry():
            return ["registry", value.kind]
        case functools.partial():
            return ["partial", *map(describe, (value.func, value.args, value.keywords))]
        case MethodType():
            return ["method", describe(value.__func__), describe(value.__self__)]
        case property():
            return ["property", describe(value.fget), describe(value.fset)]
        case ModuleType():
            return ["module", value.__name__, "" if _is_library(value.__name__) else _content(value)]
        case FunctionType() if not _told_by_name(value):
            return _describe_function(value, describe)
        case type() if not _told_by_name(value):
            return _describe_class(value, describe)
        case FunctionType() | type() | BuiltinFunctionType() | MemberDescriptorType() | GetSetDescriptorType():
            return ["name", getattr(value, "__module__", ""), value.__qualname__]
    return _describe_object(value, describe)


def _describe_function(function: FunctionType, describe: Describe) -> list[Any]:
    """Instructions, defaults, and what stands in the variables around it that the instructions name."""
    codes = _codes(function.__code__)
    names = sorted({name for code in codes for name in _global_names(code)})
    used = {name: function.__globals__[name] for name in names if name in function.__globals__}
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    around = (function.__defaults__, function.__kwdefaults__, cells, used)
    return ["function", [_describe_code(code, describe) for code in codes], *map(describe, around)]


def _describe_code(code: CodeType, describe: Describe) -> list[Any]:
    constants = [describe(value) for value in code.co_consts if not isinstance(value, CodeType)]
    return [code.co_code.hex(), constants, code.co_names, code.co_varnames]


def _codes(code: CodeType) -> list[CodeType]:
    """Instructions of a function and of those inside it."""
    inner = (value for value in code.co_consts if isinstance(value, CodeType))
    return [code, *(deeper for value in inner for deeper in _codes(value))]


def _global_names(code: CodeType) -> set[str]:
    return {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}


def _describe_class(kind: type, describe: Describe) -> list[Any]:
    names = sorted(name for name in vars(kind) if name not in _UNTOLD and not name.startswith(("__dataclass", "_abc")))
    members = {name: vars(kind)[name] for name in names}
    functions = {name: getattr(member, "__func__", member) for name, member in members.items()}  # of static and class methods
    return ["class", kind.__qualname__, describe(kind.__bases__), describe(functions)]


def _describe_object(value: Any, describe: Describe) -> list[Any]:
    """By its class and what it holds; as joblib hashes it, where that is not Python's, as of an array."""
    computed = functools.cached_property  # at first use, from the rest
    parts = getattr(value, "__dict__", {})
    held = {name: part for name, part in parts.items() if not isinstance(getattr(type(value), name, None), computed)}
    content = ""
    if not held or hasattr(value, "__array__"):
        import joblib

        content = joblib.hash(value)
    return ["object", describe(type(value)), describe(held), content]


def _content(module: ModuleType) -> str:
    """Digest of a module's file."""
    path = Path(getattr(module, "__file__", None) or "")
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _told_by_name(value: Any) -> bool:
    """Whether a library's function or class is known by its name, as a lambda is not."""
    return _is_library(value.__module__) and "<" not in value.__qualname__


@functools.cache
def _is_library(module_name: str | None) -> bool:
    """Whether this package, Python or something that was installed defines it."""
    root = (module_name or "__main__").partition(".")[0]
    if root == "__main__":
        return False
    if root == _PACKAGE or root in sys.stdlib_module_names:
        return True
    path = Path(getattr(sys.modules.get(root), "__file__", None) or "")
    return any(path.is_relative_to(sysconfig.get_path(name)) for name in ("purelib", "platlib"))
