"""The prose of a page, from LANGUAGE/PAGE.md: sections by id, and lists of named things with a sentence on each."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from manifold.text import catalogue
from manifold.text.catalogue import ENGLISH, LANGUAGE

_ENTRY = re.compile(r"^- (?P<id>[\w-]+): \*\*(?P<name>.+?)\*\* (?P<sentence>.+)$", re.MULTILINE)

_TURNED = re.compile(r"(?=www\.|https?://)|(?=@)|(?<=:)(?=\w)|(?<=[-<>~=])(?=[-<>~=])", re.IGNORECASE)
_BRIEF = 40


@dataclass(frozen=True)
class Entry:
    """What a list says of one thing, as of a preset: its name, and a sentence."""

    name: str
    sentence: str


def section(page: str, name: str, *, otherwise: str | None = None) -> str:
    """The section `name` of a page's prose, as Markdown; in English, where the current language has none.

    Where English has none either, `otherwise`, without which that is a LookupError.
    """
    own, english = _sections(LANGUAGE.get(), page), _sections(ENGLISH, page)
    text = own.get(name, english.get(name, otherwise))
    if text is None:
        raise LookupError(f"{ENGLISH}/{page}.md has no section {name!r}; it has {', '.join(english)}")
    return text


def entries(page: str, name: str) -> dict[str, Entry]:
    """What the list in the section `name` of a page says, by ids and in its order: lines `- id: **name** sentence`."""
    texts = (_sections(ENGLISH, page)[name], section(page, name))
    return {m["id"]: Entry(m["name"], m["sentence"]) for text in texts for m in _ENTRY.finditer(text)}


def define(term: str) -> str:
    """What a word of the field means, by its id in the list of words on the page Start."""
    return entries("start", "words")[term].sentence


def literal(text: str) -> str:
    """`text` as Markdown that shows it as it is: what comes from an address or a file must not become a link or an image.

    What Streamlit turns into a link, a sign or an arrow after it has read the Markdown is parted by a sign without width.
    """
    parted = _TURNED.sub("\N{WORD JOINER}", text)
    return re.sub(r"([\\`*_{}\[\]()#!|<>~$:&])", r"\\\1", parted)


def brief(text: str) -> str:
    """A name or a word from outside in one line of at most 40 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _BRIEF else f"{line[: _BRIEF - 1]}…"


@functools.cache
def _sections(language: str, page: str) -> dict[str, str]:
    """Sections by second-level heading; none where the language has no such file."""
    path = catalogue.TEXTS / language / f"{page}.md"
    if language != ENGLISH and not path.exists():
        return {}
    parts = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    named = (part.partition("\n") for part in parts)
    return {name.strip(): body.strip() for name, _, body in named}
