"""Runs of experiments on smaller networks that take many minutes, kept as they were written, so that nobody need wait.

`python -m experiments redraw manifold/nets/compression/results/NAME --out DIR` draws one; its run.json names what made it.
"""

from __future__ import annotations

import functools
from pathlib import Path

from manifold.nets.training import results

FOLDER = Path(__file__).parent

kept_runs = functools.partial(results.kept_runs, FOLDER)
"""Names of the experiments whose runs are kept here."""

read_results = functools.partial(results.read_results, folder=FOLDER)
"""The kept run of an experiment; KeyError for one that has none."""
