"""What runs cost, as it was measured and is kept; `python -m experiments.runner.cost [NAME ...]` measures and keeps it anew."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from manifold.plots import FORMATS, PAPER, File

from .drawing import figure_files
from .experiment import find_experiments
from .look import Look
from .machine import processor
from .order import Order, blocks_of, measure_draws, usual_order
from .record import Kept

_COSTS = Path(__file__).with_name("costs.json")


def known_costs() -> Mapping[str, Mapping[str, float | str]]:
    """For each experiment the seconds of one core that its "full" and its "quick" run take, and the "processor"."""
    return dict(json.loads(_COSTS.read_text())) if _COSTS.is_file() else {}


def expected_seconds(orders: Sequence[Order]) -> list[float]:
    """What each is known to cost, by its draws; one that is not known counts as the mean of the others."""
    costs = known_costs()
    known = {
        order.name: float(costs[order.name][order.kind])
        * order.draws
        / usual_order(order.name, order.experiment, order.quick).draws
        for order in orders
        if order.name in costs
    }
    mean = sum(known.values()) / len(known) if known else 1.0
    return [known.get(order.name, mean) for order in orders]


def measure_cost(order: Order) -> float:
    """Seconds of one core: those of the first block for each block, and those of the figure."""
    draws = blocks_of(order)[0]
    started = _core_seconds()
    rows = measure_draws(order.name, draws, seed=order.seed, parameters=asdict(order.parameters))
    measured = _core_seconds()
    kept = Kept(order.name, order.experiment, order.seed, order.draws, order.parameters, rows, order.drawn(rows))
    figure_files(kept, Look(list(FORMATS), PAPER, File(), "en"))
    return (measured - started) * order.draws / len(draws) + _core_seconds() - measured


def _core_seconds() -> float:
    """Of this process and of those that it has started, which other work on the machine hardly changes."""
    return sum(os.times()[:4])


def main(names: Sequence[str]) -> None:
    """Measure experiments, all by default, and keep what they cost."""
    experiments, costs = find_experiments(), dict(known_costs())
    for name in names or experiments:
        orders = [usual_order(name, experiments[name](), quick) for quick in (False, True)]
        seconds = {order.kind: round(measure_cost(order), 1) for order in orders}
        costs[name] = {**seconds, "processor": processor()}
        _COSTS.write_text(json.dumps(dict(sorted(costs.items())), indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
