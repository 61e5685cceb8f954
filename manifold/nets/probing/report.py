"""What a probe saw, site by site, as a table and in sentences."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

from manifold.checks import Floats, Sentence
from manifold.nets.probing.columns import measure
from manifold.nets.probing.operations import Operation
from manifold.nets.probing.sites import Site
from manifold.nets.probing.tally import Counts
from manifold.nets.probing.verdicts import judge
from manifold.results import Result

if TYPE_CHECKING:  # which loads slowly
    from pandas import DataFrame


@dataclass(frozen=True, eq=False, repr=False)
class SiteReading(Result):
    """What was seen at one site.

    Attributes
    ----------
    site : Site
    operation : Operation
    channels : int
        C.
    k : int, optional
        Channels that the layer before reads, where one layer stands before.
    calls : int
        Batches in which it ran.
    seen : int
        Positions in all batches.
    counts : Counts
        Over all positions; of a probe that only samples, over the sample.
    sample : ndarray of shape (N, C)
        Pre-activations at positions drawn at random from all, those with NaN or infinities left out.
    not_finite : int
        Values that were NaN or infinite.
    """

    site: Site
    operation: Operation
    channels: int
    k: int | None
    calls: int
    seen: int
    counts: Counts
    sample: Floats
    not_finite: int


@dataclass(frozen=True, eq=False, repr=False)
class Report(Result):
    """What `probe` saw of a model's activations.

    Attributes
    ----------
    sites : tuple of SiteReading
        In the order in which they ran.
    batches : int
        Batches that ran to their end.
    notes : tuple of Sentence
        What the probe cannot see of this model, what changed and was put back, and why it stopped early.
    memory : int
        Bytes that the samples took: for each site keep x channels numbers, however many batches there were.
    """

    sites: tuple[SiteReading, ...]
    batches: int
    notes: tuple[Sentence, ...]
    memory: int

    @cached_property
    def table(self) -> DataFrame:
        """One row per site; `manifold.nets.probing.columns.COLUMNS` says what each column is, its formula and its source."""
        from pandas import DataFrame
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, user_api="blas"):  # matrices this small are done before a second thread starts
            return DataFrame([measure(reading) for reading in self.sites])

    @cached_property
    def verdicts(self) -> tuple[Sentence, ...]:
        """What stands out, in sentences that name the site, the number and what it means; the notes last.

        Each is a string that keeps its English `sentence` and the values of its slots, `parts`, as the library's errors do.
        """
        rows: list[dict[Any, Any]] = self.table.to_dict("records")
        return (*(sentence for row in rows for sentence in judge(row)), *self.notes)

    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Write the table to a file."""
        self.table.to_parquet(path)

    def __str__(self) -> str:
        """What it took, and the verdicts, a line each."""
        seen = f"sites: {len(self.sites)}; batches: {self.batches}; MiB that the samples take: {self.memory / 2**20:.1f}"
        return "\n".join([seen, *self.verdicts])

    def _repr_html_(self) -> str:
        """Verdicts, figure and table, as a notebook shows them."""
        html: str = importlib.import_module("manifold.plots.probes").report_html(self)  # above this room: loaded on demand
        return html
