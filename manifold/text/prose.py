"""The words of a page, from en/NAME.md: sections by heading, and presets, which are links with a sentence."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

TEXT = Path(__file__).parent / "en"

_PRESET = re.compile(r"^- \[(?P<name>[^]]+)\]\(\?(?P<query>[^)]*)\): (?P<sentence>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Preset:
    """A state of a page worth showing: its name, its part of the address, and why it is instructive."""

    name: str
    values: dict[str, str]
    sentence: str


def literal(text: str) -> str:
    """`text` as Markdown that shows it as it is: what comes from an address or a file must not become a link or an image."""
    return re.sub(r"([\\`*_{}\[\]()#!|<>~$:&])", r"\\\1", text)


@functools.cache
def sections(page: str) -> dict[str, str]:
    """Text of a page by second-level heading; what stands before the first one is under ""."""
    head, *parts = re.split(r"^## ", (TEXT / f"{page}.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = (part.partition("\n") for part in parts)
    return {"": head.strip(), **{name.strip(): body.strip() for name, _, body in named}}


def presets(page: str) -> dict[str, Preset]:
    """Presets of a page by name, from the section "Presets": a list of `[name](?key=value&key=value): sentence`."""
    found = _PRESET.finditer(sections(page)["Presets"])
    return {m["name"]: Preset(m["name"], dict(parse_qsl(m["query"])), m["sentence"]) for m in found}
