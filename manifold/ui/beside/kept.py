"""The setting that a page keeps beside its own: one field of the address, which packs the values of the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from manifold.text import say
from manifold.ui.state import SHOWN, Field, LinkError, Page, Value, write

BESIDE = "beside"
"""Key in the address of the setting that is kept."""

MARK = "~"
"""Between names and values: an address carries it as it is, and no value of the app has it."""

_SENTENCES = {
    "link.whole": "link.beside.whole",
    "link.number": "link.beside.number",
    "link.between": "link.beside.between",
    "link.unknown": "link.beside.unknown",
    "link.drawn": "link.beside.drawn",
}
"""What is said of a value of the setting beside, by what is said of one of the page's own."""


@dataclass(frozen=True)
class BesideField(Field):
    """A setting, as KEY~VALUE~KEY~VALUE; "~" where nothing differs from the defaults, and empty without a comparison.

    Attributes
    ----------
    fields : mapping from str to Field
        Those that make the setting.
    played : str
        Key of the one that both sides share unless it is among the values, as one slider plays both.
    moved : bool
        Whether the browser moves that slider by itself.
    """

    fields: Mapping[str, Field] = field(default_factory=dict)
    played: str = ""
    moved: bool = True

    def parse(self, text: str) -> Value:
        """The text as `pack` writes it; LinkError if it is none."""
        return text and self.pack(self.unpack(text))

    def pack(self, values: Mapping[str, Value]) -> str:
        """The values that differ from their defaults, and the one that is played if it is there."""
        known = {key: values[key] for key in self.fields if key in values}
        told = [(key, value) for key, value in known.items() if key == self.played or value != self.fields[key].default]
        return MARK.join(f"{key}{MARK}{_quoted(value)}" for key, value in told) or MARK

    def unpack(self, text: str) -> dict[str, Value]:
        """The values that a text packs; LinkError if it packs none."""
        words = [] if text == MARK else text.split(MARK)
        values: dict[str, Value] = {}
        if len(words) % 2:
            raise LinkError("link.beside.pairs", mark=MARK)
        for key, word in zip(words[::2], map(unquote, words[1::2]), strict=True):
            part = {"part": f"{key[:SHOWN]}{MARK}{word[:SHOWN]}"}
            if key not in self.fields:
                raise LinkError("link.beside.foreign", **part)
            if key in values:
                raise LinkError("link.beside.twice", **part)
            try:
                values[key] = self.fields[key].parse(word)
            except LinkError as error:
                raise LinkError(_SENTENCES[error.sentence], **part, **error.parts) from None
        return values


def with_beside(
    fields: Mapping[str, Field], *, apart: Collection[str] = (), played: str = "", moved: bool = True
) -> dict[str, Field]:
    """Fields of a page, and one for the setting beside; those `apart` are not kept, as what is compared does not show them."""
    kept = {key: each for key, each in fields.items() if key not in apart}
    return {**fields, BESIDE: BesideField("", fields=kept, played=played, moved=moved)}


def beside_field(page: Page) -> BesideField:
    """The field of a page that compares."""
    known = page.fields[BESIDE]
    assert isinstance(known, BesideField)
    return known


def kept(page: Page) -> dict[str, Any] | None:
    """All values of the setting that the page keeps beside its own; None without a comparison."""
    if not page[BESIDE]:
        return None
    known = beside_field(page)
    own = {key: page[key] for key in page.fields if key not in known.fields or key == known.played}
    return {key: each.default for key, each in known.fields.items()} | own | known.unpack(page[BESIDE])


def is_held(page: Page) -> bool:
    """Whether the kept side stays where it is when the slider moves."""
    known = beside_field(page)
    return known.played in known.unpack(page[BESIDE])


def keep(page: Page) -> None:
    """Keep the setting of the page beside what it becomes."""
    known = beside_field(page)
    page.set({BESIDE: known.pack({key: page[key] for key in known.fields if key != known.played})})


def swap(page: Page) -> None:
    """The setting that is kept becomes the page's own, and that one is kept."""
    known, left = beside_field(page), kept(page) or {}
    before = {key: page[key] for key in known.fields if is_held(page) or key != known.played}
    page.set({**{key: left[key] for key in known.fields}, BESIDE: known.pack(before)})


def hold(page: Page, *, held: bool) -> None:
    """Leave the side that is kept where the slider is now, or let both sides go with it."""
    known = beside_field(page)
    values = known.unpack(page[BESIDE])
    values.pop(known.played, None)
    page.set({BESIDE: known.pack(values | ({known.played: page[known.played]} if held else {}))})


def end(page: Page) -> None:
    """Show the page's own setting alone."""
    page.set({BESIDE: ""})


def apart(page: Page, left: Mapping[str, Any]) -> list[str]:
    """Keys of the values in which both sides differ."""
    return [key for key in beside_field(page).fields if left[key] != page[key]]


def _quoted(value: Value) -> str:
    """A value without the mark, nor what an address would read as something else."""
    return quote(write(value), safe=" ").replace(MARK, "%7E")


def told_value(key: str, value: Value) -> str:
    """A value that needs its name: "draw 7"."""
    return say(f"compare.value.{key}", value=write(value))
