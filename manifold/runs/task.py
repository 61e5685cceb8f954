"""What a worker needs beside a block of draws: what measures it, and the entries that a script has added to registries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from manifold.runs.entries import added_entries, lent_entries, pack_entries
from manifold.runs.identity import software_digest
from manifold.runs.parts import PartError

if TYPE_CHECKING:
    from pandas import DataFrame

Measure = Callable[[Sequence[int]], "DataFrame"]


@dataclass(frozen=True)
class Task:
    """What measures a block, the version of the code that must be there, and added entries, packed."""

    measure: Measure
    software: str
    entries: bytes


def make_task(measure: Measure, identity: Mapping[str, Any], *, sent: bool) -> Task:
    """The task of a run; `TypeError` if it is to be sent to other processes, and an entry cannot."""
    return Task(measure, software_digest(), pack_entries(added_entries(identity)) if sent else b"")


def run_task(task: Task, number: int, block: Sequence[int]) -> tuple[int, DataFrame]:
    """Number and rows of a block, in whatever process."""
    check_task(task)
    with lent_entries(task.entries):
        return number, task.measure(block)


def check_task(task: Task) -> None:
    """`PartError` if this process has other code or libraries than the one that made the task, or lacks an entry."""
    if software_digest() != task.software:
        raise PartError(
            "a worker has another version of this project, or of NumPy, SciPy, scikit-learn or PyTorch; give it the same"
        )
    with lent_entries(task.entries):
        pass
