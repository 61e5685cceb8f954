"""What an experiment is, and how one is found by name."""

from __future__ import annotations

import functools
import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from matplotlib.figure import Figure
from pandas import DataFrame

import experiments
from manifold import Registry


class Experiment(Protocol):
    """The names that a file of this folder defines; its docstring states the claim in its first line, source and output below.

    `PARAMETERS` are the defaults that `--set` may change, `QUICK` what `--quick` changes among them, `draws` included.
    `measure` returns one row per cell and draw, for any part of the draws; the rest gets the rows of all draws. `DRAWS` of
    1 says that nothing is drawn at random; `--draws` then changes nothing. `BLOCK`, if it is there, is the number of draws to
    measure at a time instead of 25.
    """

    __doc__: str
    __file__: str
    DRAWS: int
    PARAMETERS: Mapping[str, Any]
    QUICK: Mapping[str, Any]
    measure: Callable[..., DataFrame]  # (draws: Sequence[int], *, seed, **parameters)
    headline: Callable[..., dict[str, float]]  # (rows, **parameters)
    figure: Callable[..., Figure]  # (rows, *, seed, **parameters)


def find_experiments() -> Registry[Callable[[], Experiment]]:
    """All experiments of this folder by name, each loaded when called."""
    found: Registry[Callable[[], Experiment]] = Registry("experiment")
    for module in pkgutil.iter_modules(experiments.__path__):
        if not module.name.startswith("_"):
            found.add(module.name, functools.partial(_load, module.name))
    return found


def _load(name: str) -> Experiment:
    return cast("Experiment", importlib.import_module(f"experiments.{name}"))


def claim(experiment: Experiment) -> str:
    """The first paragraph of the experiment's docstring, on one line."""
    return " ".join(experiment.__doc__.split("\n\n")[0].split())


def measure_draws(name: str, draws: Sequence[int], *, seed: int, parameters: Mapping[str, Any]) -> DataFrame:
    """Rows of some draws of the experiment `name`; by name it goes to any process that can import it."""
    return find_experiments()[name]().measure(draws, seed=seed, **parameters)


def draw_blocks(draws: int, *, size: int = 25) -> list[Sequence[int]]:
    """Draw numbers 0 .. draws - 1 in blocks, the unit of work and of progress."""
    return [range(start, min(start + size, draws)) for start in range(0, draws, size)]


def code_digest(experiment: Experiment) -> str:
    """Of the experiment's file and of what experiments share, on which its rows depend."""
    files = [Path(experiment.__file__), *sorted(Path(__file__).parent.glob("_*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def file_digests(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Of every file that a parameter names, such as a dataset of your own, by parameter."""
    files = {key: Path(value) for key, value in parameters.items() if isinstance(value, str) and Path(value).is_file()}
    return {key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in files.items()}
