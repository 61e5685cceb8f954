"""What stands around a figure: its caption and its table, as plain text and for LaTeX."""

from __future__ import annotations

import re
from dataclasses import asdict

from pandas import DataFrame
from pylatexenc.latexencode import unicode_to_latex

from manifold.text import say

from .experiment import Experiment, claim
from .record import Kept


def word_files(kept: Kept) -> dict[str, bytes]:
    """caption.txt and caption.tex; table.csv and table.tex, where the result is a table."""
    caption = figure_caption(kept)
    files = {"caption.txt": f"{caption}\n", "caption.tex": f"\\caption{{{_latex(caption)}}}\n"}
    if make_table := getattr(kept.experiment, "table", None):
        table = make_table(kept.rows, kept.parameters)
        files |= {"table.csv": table.to_csv(index=False), "table.tex": _latex_table(table)}
    return {name: text.encode() for name, text in files.items()}


def figure_caption(kept: Kept) -> str:
    """The claim, what is plotted, how often it was drawn, and where it is from."""
    drawn = say("caption.draws", count=kept.draws, seed=kept.seed) if kept.experiment.DRAWS > 1 else say("caption.undrawn")
    source = _said(kept.experiment, "Source")
    parts = [claim(kept.experiment), _shown(kept), drawn, say("caption.source", source=source) if source else ""]
    return " ".join(part for part in parts if part)


def _shown(kept: Kept) -> str:
    """What is plotted: the text caption.NAME; of an experiment without one, what its docstring says of its output.

    Its slots are the parameters, and `which` draw is shown where only some are.
    """
    known = asdict(kept.parameters)
    shown = known.get("shown")
    which = say("caption.typical") if shown == "median" else say("caption.number", draw=shown)
    try:
        return say(f"caption.{kept.name}", **known, which=which)
    except LookupError:
        output = _said(kept.experiment, "Output")
        return output[:1].upper() + output[1:]


def _said(experiment: Experiment, topic: str) -> str:
    """What the docstring of an experiment says under Source, Output or Headline."""
    match = re.search(rf"\b{topic}s?: (.*?)(?=\bOutput:|\bHeadline:|\Z)", experiment.__doc__, re.DOTALL)
    return " ".join(match[1].split()) if match else ""


def _latex(text: str) -> str:
    """Any text as LaTeX shows it."""
    return str(unicode_to_latex(text, unknown_char_policy="keep", unknown_char_warning=False))


def _latex_table(table: DataFrame) -> str:
    """A table with rules above, below and under its head."""
    numbers = [kind.kind in "iuf" for kind in table.dtypes]
    lines = [[_latex(str(name)) for name in table.columns]]
    lines += [[_latex(_cell(value)) for value in row] for row in table.itertuples(index=False)]
    head, *body = [" & ".join(line) + r" \\" for line in lines]
    columns = "".join("r" if number else "l" for number in numbers)
    return "\n".join([rf"\begin{{tabular}}{{{columns}}}", r"\hline", head, r"\hline", *body, r"\hline", r"\end{tabular}", ""])


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
