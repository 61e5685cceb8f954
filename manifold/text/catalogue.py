"""Sentences by their ids, from LANGUAGE/messages.po: read when first asked for, with no build step."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Mapping
from contextvars import ContextVar
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

from manifold.checks import Sentence
from manifold.registry import Registry

TEXTS = Path(__file__).parent
ENGLISH = "en"
LANGUAGE: ContextVar[str] = ContextVar("language", default=ENGLISH)
"""The language of what is said from here on: a folder of `TEXTS`."""


def languages() -> list[str]:
    """The languages that there are texts in, English first."""
    return list(_folders(TEXTS))


@functools.cache
def _folders(texts: Path) -> tuple[str, ...]:
    names = (path.parent.name for path in texts.glob("*/messages.po"))
    return tuple(sorted(names, key=lambda name: (name != ENGLISH, name)))


def find_language(tag: str) -> str | None:
    """The language that a tag such as "ko-KR" asks for; None where there are no texts in it."""
    name = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    return name if name in languages() else None


def language_name(language: str) -> str:
    """What a language calls itself."""
    return _translations(language).gettext("language.name")


def say(message: str, /, **slots: object) -> str:
    """The sentence with an id.

    Parameters
    ----------
    message : str
        An id of messages.po, such as "spiral.number.lost".
    **slots
        The values of its named slots; an integer `count` also chooses between its singular and its plural.

    Returns
    -------
    str
        In the current language; in English, where that has no such sentence.

    Raises
    ------
    LookupError
        If English has no such sentence either.
    ValueError
        If a slot of the sentence gets no value.
    """
    template = _find(message, slots.get("count"))
    if template is None:
        raise LookupError(f"no text has the id {message!r}; add it to {ENGLISH}/messages.po")
    return _fill(template, slots, message)


def say_lost(message: str, *, known: bool, **slots: object) -> str:
    """The sentence about lost points, or, where but a bound on them is known, its twin MESSAGE.possibly."""
    return say(message, **slots) if known else say(f"{message}.possibly", **slots)


def named(registry: Registry[Any], name: str, part: str = "title") -> str:
    """What a registry's entry is called, or another `part` of what is said of it.

    The text with the id KIND.NAME.PART, such as "activation.relu.title"; without one the entry's own attribute `part`, with
    which a user's entry brings its words; without that its name.
    """
    text = _find(f"{registry.kind}.{name}.{part}")
    return str(getattr(registry[name], part, None) or name) if text is None else text


def explain(error: Exception | Sentence) -> str:
    """An error, or a sentence of the library, in the current language.

    Either may carry its English `sentence` with named slots, which is the id of its translation, and the values of the slots,
    `parts`. Any other error says what it says.
    """
    sentence, parts = getattr(error, "sentence", None), getattr(error, "parts", {})
    if sentence is None:
        return str(error)
    template = _find(sentence, parts.get("count"))
    return _fill(sentence if template is None else template, parts, sentence)


def _find(message: str, count: object = None) -> str | None:
    """The sentence with an id, its slots open; None if even English has none."""
    texts = _translations(LANGUAGE.get())
    template = texts.ngettext(message, message, count) if isinstance(count, int) else message
    template = texts.gettext(message) if template == message else template
    return None if template == message else template


def _fill(template: str, slots: Mapping[str, object], message: str) -> str:
    try:
        return template.format(**slots)
    except KeyError as error:
        raise ValueError(f"the text {message!r} needs a value for its slot {error}, got {', '.join(slots) or 'none'}") from None


@functools.cache
def _translations(language: str) -> GNUTranslations:
    """The sentences of a language, and English behind them."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with (TEXTS / language / "messages.po").open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=language, abort_invalid=True))
    compiled.seek(0)
    texts = GNUTranslations(compiled)
    if language != ENGLISH:
        texts.add_fallback(_translations(ENGLISH))
    return texts
