"""How figures are to look: the words of the command line that `run` and `redraw` share, each checked."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from manifold.plots import FORMATS, STYLES, File, Page
from manifold.plots.page import lacks_letters
from manifold.registry import choose
from manifold.text import LANGUAGE, languages

INTERACTIVE = "html"
"""The format of an interactive figure, which some experiments have."""

_UNITS = {"in": 1.0, "cm": 1.0 / 2.54, "mm": 1.0 / 25.4, "pt": 1.0 / 72.0}  # inches of each


@dataclass(frozen=True)
class Look:
    """Formats, page and language of the figures of one command."""

    formats: Sequence[str]
    page: Page
    file: File
    language: str

    @contextlib.contextmanager
    def spoken(self) -> Iterator[None]:
        """Within it everything is said in the figures' language."""
        token = LANGUAGE.set(self.language)
        try:
            yield
        finally:
            LANGUAGE.reset(token)


def add_look(parser: argparse.ArgumentParser) -> None:
    """The options of a look."""
    known = ",".join(FORMATS)
    parser.add_argument("--format", default=known, help=f"{known}, or {INTERACTIVE} where there is one (default {known})")
    parser.add_argument("--style", default="paper", help=f"{', '.join(STYLES)} (default paper)")
    parser.add_argument("--width", help="width of a figure, as 3.35in, 85mm, 8.5cm or 240pt (default: the style's)")
    parser.add_argument("--height", help="height of a figure (default: what it needs; of a slide, 16:9)")
    parser.add_argument("--font-size", help="size of the type in points (default: the style's)")
    parser.add_argument("--font", help="sans-serif, serif, monospace, or an installed font (default sans-serif)")
    parser.add_argument("--dpi", default="300", help="pixels per inch of PNG (default 300)")
    parser.add_argument("--svg-text", action="store_true", help="keep letters of SVG as text that can be changed and searched")
    parser.add_argument("--lang", default="en", help=f"language of the figures: {', '.join(languages())} (default en)")


def read_look(options: argparse.Namespace) -> Look:
    """The look that was asked for; ValueError for what it cannot be."""
    formats = [choose(name, (*FORMATS, INTERACTIVE), "format") for name in dict.fromkeys(options.format.split(","))]
    given: dict[str, Any] = {"font": options.font}
    given |= {side: _inches(getattr(options, side), f"--{side}") for side in ("width", "height")}
    given["font_size"] = options.font_size and _number(options.font_size, "--font-size", "8")
    usual = STYLES[choose(options.style, STYLES, "style")]
    if given["width"] and not given["height"]:
        usual = replace(usual, height=None)  # that of a slide goes with its width
    page = replace(usual, **{name: value for name, value in given.items() if value is not None})
    file = File(dpi=_dpi(options.dpi), text=options.svg_text)
    language = choose(options.lang, languages(), "language")
    if lacks_letters(language):
        raise ValueError(
            f"--lang {language}: no installed font has its letters; install one, such as fonts-nanum, or leave it out"
        )
    return Look(formats, page, file, language)


def _inches(text: str | None, name: str) -> float | None:
    if text is None:
        return None
    unit = text.lstrip("0123456789.")
    if unit not in _UNITS:
        raise ValueError(f"{name} must be a length such as 3.35in, 85mm, 8.5cm or 240pt, got {text[:60]}")
    return _number(text.removesuffix(unit), name, "3.35in") * _UNITS[unit]


def _number(text: str, name: str, example: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number such as {example}, got {text[:60]}") from None


def _dpi(text: str) -> float:
    dpi = _number(text, "--dpi", "300")
    if not 10.0 <= dpi <= 2400.0:
        raise ValueError(f"--dpi must be from 10 to 2400, got {text[:60]}")
    return dpi
