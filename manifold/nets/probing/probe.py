"""Probe: what every activation of any torch model does to what passes through it, while batches stream by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from manifold.checks import check_count, check_kind, fault
from manifold.nets.cost.formula import check_module
from manifold.nets.probing.collector import Collector
from manifold.nets.probing.feeding import Progress, check_batches, run_model, stream
from manifold.nets.probing.notes import blind_spots, changes
from manifold.nets.probing.patterns import Told, as_patterns, check_told, told
from manifold.nets.probing.report import Report, SiteReading
from manifold.nets.probing.sites import Site, SiteWatch
from manifold.nets.probing.tally import Counts, Tally
from manifold.nets.probing.unchanged import left_unchanged
from manifold.streams import random_stream

_MOST_AXES = 100


def probe(
    model: nn.Module,
    batches: Iterable[Any],
    *,
    counts: bool = True,
    sites: str | Sequence[str] | None = None,
    keep: int = 1024,
    seed: int = 0,
    call: Callable[[nn.Module, Any], Any] | None = None,
    k: Told = None,
    axis: Told = None,
    progress: Progress | None = None,
) -> Report:
    """Run a model on batches, and report on every activation in it: how much it lets through, and what that costs.

    Every call of an activation is seen before it acts: of a module or a function, in place or not, also of a module that is
    called often. The model runs without gradients, in the mode and on the device it is in. It is left as it was, and so are
    torch's random numbers. Ctrl-C ends it with a report of what was seen.

    Parameters
    ----------
    model : Module
        Any of torch.
    batches : iterable
        Of tensors; of tuples or lists, whose first entry is taken; of dicts, which give the model its keywords.
    counts : bool, default=True
        Count at all positions: exact. Otherwise all numbers rest on the sample, at less time.
    sites : str or sequence of str, optional
        Names or patterns such as "features.3.*" or "*relu*" of paths, of operations, or of sites as the table has them; all
        unless given.
    keep : int, default=1024
        Positions to keep at each site, drawn at random from all. The samples take at most sites x keep x channels numbers,
        however many batches there are.
    seed : int, default=0
        Of that draw, and of torch's random numbers while the model runs.
    call : callable, optional
        `call(model, batch)` runs the model where the above does not.
    k : int or mapping from pattern to int, optional
        Channels that went into the layer before, to which active channels are compared; read from that layer unless given.
    axis : int or mapping from pattern to int, optional
        Axis of the channels; unless given that of the layer that made the tensor; without one the second of four and more axes,
        and the last of fewer.
    progress : callable, optional
        Called with the batches done and how many there are, None where `batches` does not say.

    Returns
    -------
    Report
        With `table`, `verdicts` and `to_parquet`; a notebook shows them.

    Raises
    ------
    TypeError, ValueError
        If an argument is wrong, a batch is empty, there is none, or no activation is seen.
    RuntimeError
        If the model does not run on a batch, or `batches` fails; the cause is kept.
    """
    collector = Collector(
        as_patterns(sites),
        check_count(keep, "keep", minimum=2),
        random_stream(check_count(seed, "seed", minimum=0)),
        counting=check_kind(counts, "counts", bool),
        axis=check_told(axis, "axis", minimum=-_MOST_AXES),
    )
    inputs = check_told(k, "k", minimum=1)
    watch = SiteWatch(_check_shaped(model), collector.note)
    check_batches(batches)

    def run(batch: Any) -> None:
        watch.begin_batch()
        with watch:
            (run_model if call is None else call)(model, batch)

    with left_unchanged(model, seed=seed) as changed:
        done, stopped = stream(collector, batches, run, progress)
    collector.check_matched(inputs)
    notes = [*blind_spots(model, watch.closed, {site.path for site in collector.seen}), *changes(model, changed), *stopped]
    readings = tuple(read_site(site, tally, told(inputs, site, tally.inputs)) for site, tally in collector.tallies.items())
    return Report(readings, done, tuple(notes), sum(tally.sample.memory for tally in collector.tallies.values()))


def read_site(site: Site, tally: Tally, k: int | None) -> SiteReading:
    """What is reported of a site, into whose layer before `k` channels went."""
    rows = tally.sample.rows
    rows = rows[torch.isfinite(rows).all(1)] if tally.not_finite else rows
    counts = tally.counts
    if counts is None:
        counts = Counts.none(tally.channels)
        counts.add(rows[:, :, None], tally.operation)
    return SiteReading(
        site, tally.operation, tally.channels, k, tally.calls, tally.sample.seen, counts, rows.numpy(), tally.not_finite
    )


def _check_shaped(model: Any) -> nn.Module:
    """`model` itself, if it is a module whose weights have shapes and hold numbers."""
    for name, tensor in check_module(model).named_parameters():
        if is_lazy(tensor):
            raise fault(ValueError, "the model's weights have no shape yet ({name}); run it on a batch first", name=name)
        if tensor.is_meta:
            raise fault(ValueError, "the model's weights are on the device meta and hold no numbers ({name})", name=name)
    return model  # type: ignore[no-any-return]
