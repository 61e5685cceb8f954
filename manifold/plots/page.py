"""The page that a figure is set on: its width, its type, its ground."""

from __future__ import annotations

import contextlib
import difflib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from manifold.checks import abridge, check_number, fault
from manifold.text import ENGLISH, LANGUAGE

_GENERIC = ("sans-serif", "serif", "monospace")
_CJK = ("Noto Sans CJK KR", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo", "Noto Sans KR", "UnDotum")
"""Fonts with Korean letters, most with Chinese ones too; the first that is installed stands in for what a font lacks."""

_NEEDS_FONT = ("ko",)
"""Languages whose letters Matplotlib's own fonts lack."""


@dataclass(frozen=True)
class Page:
    """What a figure is set on; lengths in inches, type in points.

    Parameters
    ----------
    width : float, default=7.16
        Of the figure: 2 to 40. Papers have columns of 3.35, and text of 5.5 or 7.16.
    height : float, optional
        1 to 40; by default what the figure needs.
    font_size : float, default=8
        4 to 60. Everything else grows with it.
    font : str, default="sans-serif"
        A family, "serif", "monospace", or the name of an installed font.
    dark : bool, default=False
        Light letters on a dark ground.
    """

    width: float = 7.16
    height: float | None = None
    font_size: float = 8.0
    font: str = "sans-serif"
    dark: bool = False

    def __post_init__(self) -> None:
        check_number(self.width, "width", above=2.0, below=40.0, inclusive=True)
        check_number(self.font_size, "font_size", above=4.0, below=60.0, inclusive=True)
        if self.height is not None:
            check_number(self.height, "height", above=1.0, below=40.0, inclusive=True)
        if self.font not in _GENERIC and self.font not in installed_fonts():
            nearest = difflib.get_close_matches(str(self.font), installed_fonts(), n=1, cutoff=0.3)
            raise fault(
                ValueError,
                "font must be {generic}, or the name of an installed font{hint}, got {font}",
                generic=", ".join(_GENERIC),
                hint="".join(f" ({name})" for name in nearest),
                font=abridge(self.font),
            )

    @property
    def scale(self) -> float:
        """Size of the type, in units of the usual one of a paper."""
        return self.font_size / 8.0

    def figure(self, height: float, *, layout: Any = "constrained") -> Figure:
        """An empty figure as wide as the page, and `height` inches high at 8 points unless the page has a height."""
        return Figure(figsize=(self.width, self.height or height * self.scale), layout=layout)

    def grid(self, count: int, *, least: float) -> tuple[int, int]:
        """Rows and columns for `count` panels that are at least `least` inches wide at 8 points, in rows as even as can be."""
        rows = -(-count // self._fit(count, least))
        return rows, -(-count // rows)

    def some(self, count: int, *, least: float) -> list[int]:
        """Places among `count`, the ends and some evenly between, of so many panels as fit side by side; see `grid`."""
        return [round(place) for place in np.linspace(0, count - 1, self._fit(count, least))]

    def _fit(self, count: int, least: float) -> int:
        return max(1, min(count, int(self.width / (least * self.scale) + 1e-9)))

    def families(self) -> list[str]:
        """The fonts to look for a letter in, in this order."""
        return [self.font, *stand_in_fonts()]


@functools.cache
def installed_fonts() -> frozenset[str]:
    """Names of all fonts that Matplotlib finds."""
    from matplotlib.font_manager import fontManager

    return frozenset(font.name for font in fontManager.ttflist)


@functools.cache
def stand_in_fonts() -> tuple[str, ...]:
    """The font for Korean letters, where one is installed."""
    return tuple(name for name in _CJK if name in installed_fonts())[:1]


def lacks_letters(language: str) -> bool:
    """Whether no installed font has the letters of a language."""
    return language in _NEEDS_FONT and not stand_in_fonts()


@contextlib.contextmanager
def drawn_language() -> Iterator[None]:
    """Speak English where no installed font has the letters of the current language."""
    language = LANGUAGE.get()
    token = LANGUAGE.set(ENGLISH if lacks_letters(language) else language)
    try:
        yield
    finally:
        LANGUAGE.reset(token)


PAPER = Page()
"""A figure across both columns of a paper."""

_SLIDE = Page(width=10.0, height=5.625, font_size=11.0)

STYLES: Mapping[str, Page] = {"paper": PAPER, "slide": _SLIDE, "dark": replace(_SLIDE, dark=True)}
"""Pages by their use; `dark` is a slide on a dark ground."""
