"""From what a run keeps in its folder to the files that people look at; nothing here measures."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.figure import Figure

from manifold.plots import Page, figure_bytes, styled

from .look import Look
from .record import Kept, about_figure
from .words import word_files


def draw_kept(kept: Kept, page: Page) -> Figure:
    """The figure of a run on a page."""
    return styled(kept.experiment.figure)(kept.rows, kept.drawn, parameters=kept.parameters, page=page)


def figure_files(kept: Kept, look: Look) -> dict[str, bytes]:
    """The figure in each of its formats, and the words around it, by the names of the files."""
    with look.spoken():
        figure = draw_kept(kept, look.page)
        file = replace(look.file, about=about_figure(kept))
        return {f"figure.{kind}": figure_bytes(figure, kind, file) for kind in look.formats} | word_files(kept)
