"""Runs of experiments on training that take minutes, kept as they were written, so that pages and readers need not wait.

`python -m experiments redraw manifold/nets/training/results/NAME --out DIR` draws one; its run.json names what made it,
and under `added` what made those of its rows that were measured later, with another machine and commit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from manifold.registry import choose

if TYPE_CHECKING:
    from pandas import DataFrame

FOLDER = Path(__file__).parent


class KeptRun(NamedTuple):
    """Rows of an experiment, and what made them: seed, parameters, versions, machine, headline."""

    rows: DataFrame
    made: dict[str, Any]


def kept_runs(folder: Path = FOLDER) -> list[str]:
    """Names of the experiments whose runs are kept in a folder, this one by default."""
    return sorted(path.parent.name for path in folder.glob("*/run.json"))


def read_results(name: str, *, folder: Path = FOLDER) -> KeptRun:
    """The kept run of an experiment; KeyError for one that has none."""
    import pandas as pd  # only here

    folder /= choose(name, kept_runs(folder), "kept run")
    return KeptRun(pd.read_parquet(folder / "rows.parquet"), json.loads((folder / "run.json").read_text(encoding="utf-8")))
