"""From what a run keeps in its folder to the files that people look at; nothing here measures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from matplotlib.figure import Figure

from manifold.planes.document import html_document
from manifold.plots import Page, figure_bytes, styled
from manifold.text import say

from .experiment import claim, has_interactive
from .look import INTERACTIVE, Look
from .record import Kept, about_figure, run_words
from .words import word_files


def draw_kept(kept: Kept, page: Page) -> Figure:
    """The figure of a run on a page."""
    return styled(kept.experiment.figure)(kept.rows, kept.drawn, parameters=kept.parameters, page=page)


def figure_files(kept: Kept, look: Look) -> dict[str, bytes]:
    """The figure in each of its formats, and the words around it, by the names of the files."""
    with look.spoken():
        files = word_files(kept)
        if printed := [kind for kind in look.formats if kind != INTERACTIVE]:
            figure, file = draw_kept(kept, look.page), replace(look.file, about=about_figure(kept))
            files |= {f"figure.{kind}": figure_bytes(figure, kind, file) for kind in printed}
        if INTERACTIVE in look.formats and has_interactive(kept.experiment):
            files[f"figure.{INTERACTIVE}"] = draw_interactive(kept)
    return files


def draw_interactive(kept: Kept) -> bytes:
    """The interactive figure of a run, a file of its own; ValueError where an earlier version has kept nothing for it."""
    if "played" not in kept.drawn:
        raise ValueError(f"this run of {kept.name} has kept nothing for an interactive figure; run it again")
    notes: Any = getattr(kept.experiment, "notes", lambda drawn: [])
    return html_document(
        kept.experiment.interactive(kept.rows, kept.drawn, parameters=kept.parameters),
        title=say(f"document.title.{kept.name}"),
        claim=claim(kept.experiment),
        command=run_words(kept),
        notes=[say("document.seed", seed=kept.seed, draw=kept.drawn["played"]["draw"]), *notes(kept.drawn)],
    )
