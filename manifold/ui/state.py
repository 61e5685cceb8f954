"""The state of a page: named values that live in the address, so that a link reopens the view.

A page's values stand in `st.session_state[page]` for as long as the session lasts; its widgets are bound to copies under
"page:key", which Streamlit drops when the page is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from manifold import Registry, UnknownNameError
from manifold.registry import choose
from manifold.text import LANGUAGE, explain, literal, say
from manifold.ui import language

Value = str | int | float

LECTURE, HOST, JOIN = "lecture", "host", "join"
"""Keys in the address of where a lecture stands, of who gives it, and of whose lecture a student follows."""

_CHANGED = "changed-page"
"""Key of the name of the page whose values a callback has set, until the page has published them."""

_SHOWN_PAGE = "shown-page"
"""Key of the name of the page that the last run showed."""

SHOWN = 40
"""Characters of a key or a value that a warning repeats."""


class LinkError(ValueError):
    """What a link says and a page does not understand: the id of the sentence about it, and values of some of its slots."""

    def __init__(self, sentence: str, **parts: object) -> None:
        super().__init__(sentence, parts)
        self.sentence = sentence
        self.parts = parts


class Choices(Sequence[str]):
    """Names that a function tells anew whenever they are looked at, so that entries which a script adds are among them."""

    def __init__(self, names: Callable[[], Collection[str]]) -> None:
        self._names = names

    def __len__(self) -> int:
        return len(self._names())

    def __getitem__(self, place: Any) -> Any:
        return list(self._names())[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __contains__(self, name: object) -> bool:
        return name in self._names()


def with_added(names: Collection[str], registry: Registry[Any], fits: Callable[[Any], bool] = lambda entry: True) -> Choices:
    """These names, and after them those of fitting entries that a script has added to a registry."""
    return Choices(lambda: [*names, *(name for name, entry in registry.added().items() if fits(entry) and name not in names)])


@dataclass(frozen=True)
class Field:
    """One value of a page.

    Attributes
    ----------
    default : str, int or float
        Its type is the type of the value.
    choices : sequence of str
        For text: what is allowed.
    low, high : float
        For numbers: the range, ends included.
    """

    default: Value
    choices: Sequence[str] = ()
    low: float = -math.inf
    high: float = math.inf

    def parse(self, text: str) -> Value:
        """The value that `text` writes; LinkError if it writes none."""
        if isinstance(self.default, str):
            return self._choose(text)
        try:
            number = type(self.default)(text)
        except ValueError:
            raise LinkError("link.whole" if isinstance(self.default, int) else "link.number") from None
        if not self.low <= number <= self.high:
            raise LinkError("link.between", low=write(self.low), high=write(self.high))
        return number

    def _choose(self, text: str) -> str:
        try:
            return choose(text if text in self.choices else text[:SHOWN], self.choices, say("link.value"))
        except UnknownNameError as error:
            raise LinkError("link.unknown", reason=explain(error)) from None


def write(value: Value) -> str:
    """The shortest text that reads back as exactly `value`."""
    return str(value).removesuffix(".0")


def nearest(values: Sequence[int], wanted: float) -> int:
    """The one of `values` that is nearest to `wanted`."""
    return min(values, key=lambda value: abs(value - wanted))


def last_view() -> tuple[str | None, dict[str, str]]:
    """The page that was shown last, and what its address said of it."""
    page = st.session_state.get(_SHOWN_PAGE)
    return page, st.session_state.get(f"{page}:address", {})


def by_language(setting: Any) -> str:
    """What a setting is hashed by where a cached result holds words: its fields, in one text, as that is hashed quickly."""
    return f"{LANGUAGE.get()} {setting!r}"


@dataclass(frozen=True)
class Page:
    """A page's name, and its fields by their keys in the address."""

    name: str
    fields: Mapping[str, Field]

    def open(self) -> None:
        """Take over what the address says, once; say what of it is not understood, and keep the rest.

        What a callback has just set outlives the address: the browser may not know yet what the last run wrote there. So do all
        values when another page comes back to this one by the menu; but Back, on this page, means what its address says.
        """
        address, before = dict(st.query_params), st.session_state.get(_SHOWN_PAGE)
        for key in (language.KEY, LECTURE, HOST):
            address.pop(key, None)
        st.session_state[_SHOWN_PAGE] = self.name
        known = address == st.session_state.get(self._key("address")) or (address == {} and before != self.name)
        if (st.session_state.pop(_CHANGED, None) == self.name or known) and self.name in st.session_state:
            return
        values = st.session_state[self.name] = {}
        self.set({key: field.default for key, field in self.fields.items()})
        for key, text in address.items():
            try:
                self._take_over(key, text)
            except LinkError as error:
                told = {"key": key[:SHOWN], "text": text[:SHOWN], "shown": values.get(key)}
                st.warning(literal(say(error.sentence, **told, **error.parts)))

    def _take_over(self, key: str, text: str) -> None:
        """One value of the address."""
        if key not in self.fields:
            raise LinkError("link.foreign")
        self.set({key: self.fields[key].parse(text)})
        if len(st.query_params.get_all(key)) > 1:
            raise LinkError("link.twice")

    def set(self, values: Mapping[str, Value]) -> None:
        """Change values from a callback or before the widgets are built."""
        for key, value in values.items():
            st.session_state[self.name][key] = value
            st.session_state[self._key(key)] = value
        st.session_state[_CHANGED] = self.name

    def bind(self, key: str) -> dict[str, Any]:
        """Arguments that tie a widget to a value: its key, filled before the widget is built, and what to do on a change."""
        st.session_state.setdefault(self._key(key), self[key])
        return {"key": self._key(key), "on_change": self._take, "args": (key,)}

    def publish(self) -> None:
        """Write all values that differ from their defaults into the address, beside the language."""
        address = st.session_state[self._key("address")] = self.address()
        st.session_state.pop(_CHANGED, None)
        whole = address | language.chosen() | {key: st.query_params[key] for key in (LECTURE, HOST) if key in st.query_params}
        if dict(st.query_params) != whole:
            st.query_params.from_dict(whole)

    def setter(self, key: str) -> Callable[[Value], None]:
        """A callback that takes the value of something that is no Streamlit widget."""
        return lambda value: self.set({key: value})

    def __getitem__(self, key: str) -> Any:
        return st.session_state[self.name][key]

    def _take(self, key: str) -> None:
        self.set({key: st.session_state[self._key(key)]})

    def address(self) -> dict[str, str]:
        """All values that differ from their defaults, as the address writes them."""
        values = st.session_state[self.name]
        return {key: write(values[key]) for key, field in self.fields.items() if values[key] != field.default}

    def _key(self, key: str) -> str:
        return f"{self.name}:{key}"
