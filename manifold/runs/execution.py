"""How a run is carried out: who measures, where parts are kept, and who is told."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from manifold.checks import check_count, fault

MOST_DRAWS = 10**7
"""Draws of a run, whose blocks are listed before the first is measured; at more, a share is known to 1 in 10,000 anyway."""

MOST_WORKERS = max(8, 4 * (os.cpu_count() or 1))
"""Processes on this computer; more only wait for its cores, and hold a hundred megabytes each."""


@dataclass(frozen=True)
class Execution:
    """How a run is carried out; its rows do not depend on it.

    Parameters
    ----------
    workers : int, default=1
        Processes on this computer, at most `MOST_WORKERS`. One that dies is replaced.
    scheduler : str, optional
        Address of a Dask scheduler, as tcp://HOST:PORT, whose workers measure instead; they must find this project.
    folder : path, optional
        Where parts are kept, so that the same run goes on where it was stopped. Without it, nothing is written.
    progress : callable, optional
        Called with the number of draws done and of all, first with those that were done before.

    Raises
    ------
    TypeError, ValueError
        If `workers` is not a whole number, out of range, or above 1 with a scheduler, or another is of another type.
    """

    workers: int = 1
    scheduler: str | None = None
    folder: Path | None = None
    progress: Callable[[int, int], object] | None = None

    def __post_init__(self) -> None:
        workers = check_count(self.workers, "workers", minimum=1, maximum=MOST_WORKERS)
        if not isinstance(self.scheduler, str | None):
            raise _of_another_type("scheduler", "an address as tcp://HOST:PORT", self.scheduler)
        if self.progress is not None and not callable(self.progress):
            raise _of_another_type("progress", "a function of two numbers", self.progress)
        if self.folder is not None:
            check_folder(self.folder)
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


def check_folder(folder: str | Path) -> Path:
    """The path of a folder of parts."""
    if not isinstance(folder, str | Path):
        raise _of_another_type("folder", "a path", folder)
    return Path(folder)


def _of_another_type(name: str, wanted: str, value: object) -> TypeError:
    return fault(
        TypeError,
        "{name} must be {wanted}, got an object of type {given}",
        name=name,
        wanted=wanted,
        given=type(value).__name__,
    )
