"""An order: one experiment, with parameters, seed and number of draws; it is measured, and kept."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pandas import DataFrame
from threadpoolctl import threadpool_limits

from manifold.registry import all_registries
from manifold.runs import Execution, run_blocks

from .drawn import Drawn, pack
from .experiment import Experiment, code_digest, find_experiments, has_interactive


@dataclass(frozen=True)
class Order:
    """What is asked of an experiment."""

    name: str
    experiment: Experiment
    seed: int
    draws: int
    parameters: Any
    quick: bool = False

    @property
    def kind(self) -> str:
        """Which of the two runs of its experiment it begins from."""
        return "quick" if self.quick else "full"

    def check(self) -> None:
        """ValueError or TypeError if the parameters do not go together."""
        getattr(self.experiment, "check", lambda parameters: None)(self.parameters)

    def drawn(self, rows: DataFrame) -> Drawn:
        """What the figures show that the rows do not hold."""
        given: dict[str, Any] = {"seed": self.seed, "parameters": self.parameters}
        drawn: Drawn = getattr(self.experiment, "drawn", lambda rows, **_: {})(rows, **given)
        return {**drawn, "played": self.experiment.played(rows, **given)} if has_interactive(self.experiment) else drawn

    def identity(self) -> dict[str, Any]:
        """What the rows depend on, but for the draws."""
        parameters = asdict(self.parameters)
        return {
            "experiment": self.name,
            "code": code_digest(self.experiment),
            "seed": self.seed,
            "parameters": parameters,
            "files": file_digests(parameters),
            "added": [name for registry in all_registries().values() for name in registry.added()],
        }


def usual_order(name: str, experiment: Experiment, quick: bool) -> Order:
    """The full or the quick run of an experiment, with seed 0."""
    values = dict(experiment.QUICK) if quick else {}
    draws = values.pop("draws", experiment.DRAWS)
    return Order(name, experiment, 0, draws, experiment.Parameters(**values), quick)


def measure_order(order: Order, execution: Execution) -> DataFrame:
    """Rows of all draws."""
    return run_blocks(
        functools.partial(measure_draws, order.name, seed=order.seed, parameters=asdict(order.parameters)),
        blocks_of(order),
        identity=order.identity(),
        execution=execution,
    )


def measure_draws(name: str, draws: Sequence[int], *, seed: int, parameters: Mapping[str, Any]) -> DataFrame:
    """Rows of some draws of the experiment `name`; by name it goes to any process that can import it."""
    experiment = find_experiments()[name]()
    with one_thread():
        return experiment.measure(draws, seed=seed, parameters=experiment.Parameters(**parameters))


def one_thread() -> threadpool_limits:
    """Arrays and tensors on one thread: small ones are done before a second starts, and no last bit depends on the cores."""
    return threadpool_limits(1)


def first_draw(order: Order) -> int:
    """0, or the draw that the figure shows where it is none of the first: what is written is then measured on what is drawn."""
    shown = getattr(order.parameters, "shown", 0)
    return shown if isinstance(shown, int) and shown >= order.draws else 0


def blocks_of(order: Order) -> list[Sequence[int]]:
    """Numbers of its draws in blocks, the unit of work and of progress."""
    size, first = getattr(order.experiment, "BLOCK", 25), first_draw(order)
    stop = first + order.draws
    return [range(start, min(start + size, stop)) for start in range(first, stop, size)]


def file_digests(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Of every file that a parameter names, such as a dataset of your own, by parameter."""
    files = {key: Path(value) for key, value in parameters.items() if isinstance(value, str) and Path(value).is_file()}
    return {key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in files.items()}


def kept_files(order: Order, rows: DataFrame) -> dict[str, bytes]:
    """The rows, and what the figure shows beside them."""
    files = {"rows.parquet": rows.to_parquet(index=False)}
    if drawn := order.drawn(rows):
        files["drawn.npz"] = pack(drawn)
    return files
