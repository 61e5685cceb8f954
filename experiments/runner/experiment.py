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

from manifold import Registry

_ROOT = Path(__file__).parents[1]
_PACKAGE = __name__.removesuffix(".runner.experiment")  # experiments in a clone, manifold.experiments where it is installed


class Experiment(Protocol):
    """What a file in one of the rooms defines; its docstring states the claim in its first line, source and output below.

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
    """All experiments of all rooms by name, each loaded when called."""
    rooms = [package.name for package in pkgutil.iter_modules([str(_ROOT)]) if package.ispkg and package.name != "runner"]
    modules = [(module.name, room) for room in rooms for module in pkgutil.iter_modules([str(_ROOT / room)])]
    experiments: Registry[Callable[[], Experiment]] = Registry("experiment")
    for name, room in sorted(modules):
        if not name.startswith("_"):
            experiments.add(name, functools.partial(_load, room, name))
    return experiments


def _load(room: str, name: str) -> Experiment:
    return cast("Experiment", importlib.import_module(f"{_PACKAGE}.{room}.{name}"))


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
    shared = [*_ROOT.glob("*/_*.py"), *_ROOT.glob("runner/*.py")]
    files = [Path(experiment.__file__), *sorted(set(shared))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def file_digests(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Of every file that a parameter names, such as a dataset of your own, by parameter."""
    files = {key: Path(value) for key, value in parameters.items() if isinstance(value, str) and Path(value).is_file()}
    return {key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in files.items()}
