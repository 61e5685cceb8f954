"""How a run is carried out: who measures, where parts are kept, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from manifold.checks import check_count, check_kind, fault

MOST_WORKERS = 1000
"""The most processes that a run may ask for."""


@dataclass(frozen=True)
class Execution:
    """How a run is carried out; its rows do not depend on it.

    Parameters
    ----------
    workers : int, default=1
        Processes on this computer, at most `MOST_WORKERS` and as many as there are blocks. One that dies is replaced.
    scheduler : str, optional
        Address of a Dask scheduler, as tcp://HOST:PORT, whose workers measure instead; they must find this project.
    folder : path, optional
        Where parts are kept, so that the same run goes on where it was stopped. Without it, nothing is written.
    progress : callable, optional
        Called with the number of draws done and of all, first with those that were done before.

    Raises
    ------
    TypeError, ValueError
        If `workers` is not a whole number, below 1 or above `MOST_WORKERS`, or above 1 with a scheduler.
    """

    workers: int = 1
    scheduler: str | None = None
    folder: Path | None = None
    progress: Callable[[int, int], object] | None = None

    def __post_init__(self) -> None:
        workers = check_count(self.workers, "workers", minimum=1, maximum=MOST_WORKERS)
        if self.scheduler is not None:
            check_kind(self.scheduler, "scheduler", str)
        if self.progress is not None and not callable(self.progress):
            raise fault(TypeError, "progress must be a function of the draws done and of all, got {value}", value=self.progress)
        if self.scheduler is not None and workers > 1:
            raise fault(
                ValueError,
                "workers are processes on this computer, and a scheduler has its own, got workers {workers} with "
                "scheduler {scheduler!r}; leave one of them out",
                workers=workers,
                scheduler=self.scheduler,
            )

    @property
    def shared(self) -> bool:
        """Whether other processes measure."""
        return self.workers > 1 or self.scheduler is not None


IN_THIS_PROCESS = Execution()
