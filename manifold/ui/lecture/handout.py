"""A lecture on paper, to bet on with a pencil and to take home: questions, pictures, numbers and links, two steps a page.

    python -m manifold.ui.lecture.handout [--file my-lecture.toml] [--lang en] [--address http://localhost:8501] [--notes]

writes `lecture-en.pdf`; a minute, most of which is for the step with the trained network.
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import matplotlib
import numpy as np
import segno
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.image import imread
from streamlit.logger import set_log_level

from manifold.plots import File, figure_bytes
from manifold.plots.labels import fill_lines
from manifold.plots.page import PAPER, drawn_language
from manifold.text import LANGUAGE, explain, languages, say
from manifold.ui.lecture.file import read_lecture
from manifold.ui.lecture.pictures import picture
from manifold.ui.lecture.steps import LETTERS, Step

_A4 = (8.27, 11.69)
_LEFT, _WIDTH = 0.07, 0.86
"""The text's left end and width, in units of the page's."""

_STEP = 0.455  # height of a step, in the same units
_TOP = 0.94
_LINE = 0.0015  # height of a point of type with its lead
_PIXELS = 200  # an inch of a picture


def write_handout(steps: Sequence[Step], out: Path, *, address: str, notes: bool = False) -> int:
    """Write the steps as a PDF in the current language, or in English where no font has its letters; number of pages.

    Parameters
    ----------
    steps : sequence of Step
    out : Path
    address : str
        Where the app is, before the names of pages.
    notes : bool, default=False
        Whether the lecturer's notes stand below the claims.
    """
    family: dict[Any, Any] = {"font.family": PAPER.families(), "pdf.fonttype": 42}
    with drawn_language(), matplotlib.rc_context(family), PdfPages(out, metadata={"CreationDate": None}) as pages:
        for first in range(0, len(steps), 2):
            page = Figure(figsize=_A4)
            page.text(_LEFT, 0.965, say("lecture.title"), size=9, color="#555555")
            page.text(_LEFT + _WIDTH, 0.965, str(first // 2 + 1), size=9, color="#555555", ha="right")
            for place, step in enumerate(steps[first : first + 2]):
                _draw_step(page, step, first + place, _TOP - place * _STEP, address=address, notes=notes)
            pages.savefig(page)
        return int(pages.get_pagecount())


def _draw_step(page: Figure, step: Step, place: int, top: float, *, address: str, notes: bool) -> None:
    """A step from its question down to its link."""
    top = _write(page, f"{place + 1}  {step.question()}", top, size=11, weight="bold")
    boxes = "     ".join(
        f"☐ {LETTERS[number]}  {choice}".replace(" ", "\N{NO-BREAK SPACE}") for number, choice in enumerate(step.options())
    )
    top = _write(page, boxes, top, size=10)
    finding = step.found()
    link = f"{address}/{step.page}?{urlencode(step.state)}"
    told: list[tuple[str, dict[str, Any]]] = [(step.claim(finding), {"weight": "bold", "size": 9.5})]
    if number := step.number(finding):
        told.append((f"{number[0]}: {number[1]}", {"size": 9.5}))
    if notes and step.note(finding):
        told.append((step.note(finding), {"size": 8, "style": "italic"}))
    bottom = top - 0.235
    if (shown := picture(step.page, step.state)) is not None:
        _show(page, shown, bottom, top - bottom)
    lower = bottom - 0.012
    for text, look in told:
        lower = _write(page, text, lower, width=0.72, **look)
    _write(page, link, lower, size=7.5, color="#0b6aa8", width=0.74)
    code = page.add_axes((0.83, bottom - 0.085, 0.10, 0.0707))
    code.imshow(np.array(list(map(list, segno.make(link, micro=False).matrix))), cmap="gray_r")
    code.axis("off")


def _write(page: Figure, text: str, top: float, *, size: float, width: float = _WIDTH, **look: Any) -> float:
    """Write below `top`; where the text ends."""
    lines = fill_lines(text, int(width * _A4[0] * 72 / (0.56 * size)))
    page.text(_LEFT, top, lines, size=size, va="top", linespacing=1.25, parse_math=False, **look)
    return top - (lines.count("\n") + 1) * size * _LINE - 0.008


def _show(page: Figure, shown: Figure, bottom: float, height: float) -> None:
    """A figure as a picture, as large as fits."""
    axes: Axes = page.add_axes((_LEFT, bottom, _WIDTH, height))
    axes.imshow(imread(io.BytesIO(figure_bytes(shown, "png", File(dpi=_PIXELS))), format="png"), interpolation="none")
    axes.axis("off")


@contextmanager
def _speaking(name: str) -> Iterator[None]:
    token = LANGUAGE.set(name)
    try:
        yield
    finally:
        LANGUAGE.reset(token)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m manifold.ui.lecture.handout", description=__doc__.splitlines()[0])
    parser.add_argument("--file", type=Path, help="a lecture file, by default the lecture of the app")
    parser.add_argument("--lang", default=",".join(languages()), help="languages, by default %(default)s")
    parser.add_argument("--address", default="http://localhost:8501", help="where students reach the app")
    parser.add_argument("--notes", action="store_true", help="with the lecturer's notes")
    parser.add_argument("--out", type=Path, default=Path(), help="folder to write to")
    chosen = parser.parse_args(arguments)
    set_log_level("ERROR")  # or Streamlit warns that no page is shown,
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # and this of tables that no PDF needs
    try:
        steps = read_lecture(chosen.file.read_text(encoding="utf-8-sig") if chosen.file else "")
        for name in chosen.lang.split(","):
            if name not in languages():
                parser.error(f"unknown language {name!r}; there are {', '.join(languages())}")
            out = chosen.out / f"lecture-{name}.pdf"
            with _speaking(name):
                print(out, write_handout(steps, out, address=chosen.address.rstrip("/"), notes=chosen.notes), "pages")
    except (OSError, ValueError) as error:
        print(explain(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
