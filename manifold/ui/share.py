"""Taking a view away: the link, the figure, the numbers, and the words that make it again."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from typing import Any

import numpy as np
import streamlit as st
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from manifold.planes.document import html_document
from manifold.plots import FORMATS, File, figure_bytes
from manifold.plots.page import drawn_language, lacks_letters
from manifold.registry import all_registries
from manifold.text import LANGUAGE, say, section
from manifold.ui.navigation import page_title
from manifold.ui.prose import SHARE, when_opened
from manifold.ui.state import Value, write

_MIME = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png", "html": "text/html", "csv": "text/csv"}


def take_away(show: Callable[[], None]) -> None:
    """The part of a page that hands out its view: files and scripts are written once it is opened."""
    st.header(say("share.title"), anchor=SHARE)
    when_opened(say("share.open"), show, key="share")


def downloads(
    name: str,
    figure: Callable[[], Figure],
    table: Callable[[], str],
    document: Callable[[], bytes] | None = None,
    *,
    page: str,
    command: str,
) -> None:
    """One button for each figure format, for an interactive `document` and for the numbers; a file is made when asked for.

    Figures say of themselves the claim of the `page`, and the `command` that makes them again.
    """
    file = File(about={"Title": _claim(page), "Subject": command, "Keywords": page})
    makers: dict[str, Callable[[], bytes]] = {kind: _figure_maker(figure, kind, file) for kind in FORMATS}
    if document is not None:
        makers["html"] = document
    makers["csv"] = lambda: table().encode()
    say_missing_letters()
    with st.container(horizontal=True):
        for kind, make in makers.items():
            st.download_button(
                kind.upper(),
                _as_here(make),
                f"{name}.{kind}",
                _MIME[kind],
                icon=":material/download:",
                on_click="ignore",
                key=f"{name}.{kind}",
            )


def say_missing_letters() -> None:
    """Why figures are in English where the page is not."""
    if lacks_letters(LANGUAGE.get()):
        st.caption(say("share.no-font"))


def page_document(page: str, data: Mapping[str, Any], command: str, *, seed: int, draw: int) -> bytes:
    """The picture of a page as an interactive file of its own; `data` is what `planes` takes."""
    return html_document(
        data,
        title=page_title(page),
        claim=_claim(page),
        command=_with_imports(command, _added_modules(command)),
        notes=[say("document.seed", seed=seed, draw=draw)],
    )


def _claim(page: str) -> str:
    return " ".join(section(page, "claim").split())


def reproduce(python: str, *commands: str) -> None:
    """The link to this view, and the exact words for Python and for the command line, a command for each of its figures."""
    modules = _added_modules(" ".join([python, *commands]))
    python = "".join(f"import {module}  # {say('share.import')}\n" for module in modules) + python
    link, script, shell = st.tabs([say("share.link"), say("share.python"), say("share.command")])
    link.code(view_address((st.context.url or "").split("?")[0]), language=None, wrap_lines=True)
    link.caption(say("share.link.note"))
    script.code(python, language="python", wrap_lines=True)
    if not commands:
        shell.caption(say("share.command.none"))
    for command in commands:
        shell.code(_with_imports(command, modules), language="bash", wrap_lines=True)


def view_address(page: str) -> str:
    """The address of this view, from that of its page."""
    query = "&".join(f"{key}={value}" for key, value in st.query_params.items())
    return f"{page}{'?' if query else ''}{query}".replace(" ", "%20")


def _with_imports(command: str, modules: Sequence[str]) -> str:
    return " ".join([command, *(word for module in modules for word in ("--import", module))])


def _added_modules(text: str) -> list[str]:
    """Modules of the user's whose entries a script or command names."""
    named = [added.items() for added in (registry.added_by() for registry in all_registries().values())]
    modules = {module for entries in named for name, module in entries if module and re.search(rf"\b{re.escape(name)}\b", text)}
    return sorted(modules - {"__main__"})


def command_line(experiment: str, *, seed: int, draws: int | None = None, **settings: Value | Sequence[int] | None) -> str:
    """The command that draws the figure of an experiment.

    Parameters
    ----------
    experiment : str
        Its name.
    seed, draws : int
        The experiment's own number of draws where `draws` is None.
    **settings
        What differs from the experiment's own parameters; None is left out.
    """
    words = ["python", "-m", "experiments", "run", experiment, "--out", "figures", "--seed", str(seed)]
    words += [] if draws is None else ["--draws", str(draws)]
    for name, value in settings.items():
        if value is not None:
            words += ["--set", f"{name}={_argument(value)}"]
    return shlex.join(words)


def unless(usual: Value | None, value: Value | None) -> Value | None:
    """`value`, or None if it is what is `usual`: a setting that `command_line` leaves out."""
    return None if value == usual else value


def python_script(*parts: str) -> str:
    """A script of several parts: lines of Python, from the one after the opening quotes on."""
    return "".join(part.removeprefix("\n") for part in parts)


def csv_text(names: Sequence[str], columns: Sequence[ArrayLike]) -> str:
    """CSV: a line of `names`, then one line a point; `columns` are vectors (N,) and matrices (N, k), side by side."""
    buffer = io.StringIO()
    np.savetxt(buffer, np.column_stack(columns), delimiter=",", header=",".join(names), comments="", fmt="%.9g")
    return buffer.getvalue()


def _argument(value: Value | Sequence[int]) -> str:
    if isinstance(value, str):
        return value
    return write(value) if isinstance(value, int | float) else ",".join(map(str, value))


def _figure_maker(figure: Callable[[], Figure], kind: str, file: File) -> Callable[[], bytes]:
    def make() -> bytes:
        with drawn_language():
            return figure_bytes(figure(), kind, file)

    return make


def _as_here(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """`make`, which runs later and elsewhere, in the language of here."""
    context = copy_context()
    return lambda: context.copy().run(make)
