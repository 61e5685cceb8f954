"""Pools: who measures blocks of draws, be it this process, several, or the workers of a cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from manifold.runs.execution import Execution
from manifold.runs.task import Task

if TYPE_CHECKING:
    from pandas import DataFrame


@contextlib.contextmanager
def measure_on(
    execution: Execution, task: Task, blocks: Mapping[int, Sequence[int]]
) -> Iterator[Iterator[tuple[int, DataFrame]]]:
    """Number and rows of every block, as they come; whoever measures is let go in the end."""
    if execution.scheduler is not None:
        from manifold.runs.cluster import connect, measure_on_cluster

        with connect(execution.scheduler, task) as client:
            yield measure_on_cluster(client, task, blocks)
    elif execution.workers > 1:
        from manifold.runs.processes import measure_on_processes

        with contextlib.closing(measure_on_processes(execution.workers, task, blocks)) as measured:
            yield measured
    else:
        yield ((number, task.measure(block)) for number, block in blocks.items())
