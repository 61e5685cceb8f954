"""Probe: what every activation of any torch model does to what passes through it, while batches stream by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils._pytree import tree_leaves, tree_map_only

from manifold.checks import Sentence, abridge, check_count, check_kind, fault, one_line
from manifold.nets.cost.formula import check_module
from manifold.nets.probing.channels import Origin
from manifold.nets.probing.notes import blind_spots, changes
from manifold.nets.probing.operations import Operation, known_operations
from manifold.nets.probing.report import Report, SiteReading
from manifold.nets.probing.sites import Site, SiteWatch
from manifold.nets.probing.tally import Counts, Sample, Tally
from manifold.nets.probing.unchanged import left_unchanged
from manifold.registry import choose
from manifold.streams import random_stream

Told = int | Mapping[str, int] | None


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
    progress: Callable[[int, int | None], object] | None = None,
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
    run = _run if call is None else call
    seeing = _Seeing(
        _as_patterns(sites),
        check_count(keep, "keep", minimum=2),
        random_stream(check_count(seed, "seed", minimum=0)),
        counting=check_kind(counts, "counts", bool),
        axis=_check_told(axis, "axis", minimum=-_MOST_AXES),
    )
    inputs = _check_told(k, "k", minimum=1)
    watch = SiteWatch(_check_shaped(model), seeing.note)
    _check_batches(batches)
    with left_unchanged(model, seed=seed) as changed:
        done, stopped = _stream(seeing, batches, lambda batch: _watched_run(watch, run, model, batch), progress)
    seeing.check_matched(inputs)
    notes = [*blind_spots(model, watch.closed, {site.path for site in seeing.seen}), *changes(model, changed), *stopped]
    readings = tuple(_read(site, tally, _told(inputs, site, tally.inputs)) for site, tally in seeing.tallies.items())
    memory = sum(reading.sample.nbytes for reading in readings)
    return Report(readings, done, tuple(notes), memory)


_MOST_AXES = 100


class _Seeing:
    """Takes in what a watch hears, site by site."""

    def __init__(self, patterns: Sequence[str], keep: int, rng: np.random.Generator, *, counting: bool, axis: Told) -> None:
        self.tallies: dict[Site, Tally] = {}
        self.seen: set[Site] = set()
        self._patterns, self._keep, self._rng, self._counting, self._axis = patterns, keep, rng, counting, axis

    def note(self, site: Site, operation: Operation, z: Tensor, origin: Origin) -> None:
        """Take in the pre-activations of one call."""
        self.seen.add(site)
        if self._patterns and not any(_fits(pattern, site) for pattern in self._patterns):
            return
        axis = _told(self._axis, site, origin.axis)
        if not -z.ndim <= axis < z.ndim:
            raise fault(
                ValueError, "axis {axis} of {site} must be one of its shape {shape}", axis=axis, site=site, shape=tuple(z.shape)
            )
        channels = z.shape[axis]
        if site not in self.tallies:
            sample = Sample(self._keep, self._rng)
            self.tallies[site] = Tally(operation, channels, origin.inputs, sample, counting=self._counting)
        tally = self.tallies[site]
        if tally.channels != channels:
            sentence = "{site} has {channels} channels on axis {axis}, and had {before} before; tell the axis of its channels"
            raise fault(ValueError, sentence, site=site, channels=channels, axis=axis, before=tally.channels)
        tally.add(z, axis)

    def check_matched(self, *more: Told) -> None:
        """ValueError if nothing was seen, or a pattern fits no site."""
        if not self.seen:
            raise fault(
                ValueError,
                "the model called no activation that a probe can see; it sees calls from Python of {known}",
                known=", ".join(known_operations()),
            )
        patterns = [*self._patterns, *(name for told in (self._axis, *more) if isinstance(told, Mapping) for name in told)]
        for pattern in patterns:
            if not any(_fits(pattern, site) for site in self.seen):
                choose(pattern, [str(site) for site in self.seen], "site")


def _stream(
    seeing: _Seeing, batches: Iterable[Any], run: Callable[[Any], object], progress: Callable[[int, int | None], object] | None
) -> tuple[int, list[Sentence]]:
    """How many batches ran to their end, and why they are not all."""
    done, total = 0, len(batches) if isinstance(batches, Sized) else None
    try:
        for batch in _checked(batches):
            try:
                run(batch)
            except Exception as error:
                raise _failed(
                    error, "the model does not run on batch {number} ({what}): {error}", done + 1, what=_describe(batch)
                ) from error
            done += 1
            if done == 1:
                seeing.check_matched()
            if progress is not None:
                progress(done, total)
    except KeyboardInterrupt:
        if not seeing.tallies:
            raise
        return done, [Sentence("stopped by Ctrl-C after {done} batches; what was seen until then is reported", done=done)]
    if not done:
        raise fault(ValueError, "batches must hold at least one batch, got none; a generator that ran before is empty")
    early = total is not None and done < total
    return done, [Sentence("the batches ended after {done} of {total}", done=done, total=total)] if early else []


def _checked(batches: Iterable[Any]) -> Iterator[Any]:
    """The batches, none of them empty."""
    number = 1
    try:
        for number, batch in enumerate(batches, start=1):
            for leaf in tree_leaves(batch):
                if isinstance(leaf, Tensor) and not leaf.numel():
                    raise fault(
                        ValueError,
                        "batch {number} is empty: a tensor in it has shape {shape}",
                        number=number,
                        shape=tuple(leaf.shape),
                    )
            yield batch
            number += 1
    except GeneratorExit:
        raise
    except Exception as error:
        raise _failed(error, "batches failed to give batch {number}: {error}", number) from error


def _failed(error: Exception, sentence: str, number: int, **parts: Any) -> Exception:
    """What to raise for an error in batch `number`: a clear one of this library as it is."""
    if hasattr(error, "sentence"):
        return error
    text = one_line(f"{type(error).__name__}: {error}")
    return fault(RuntimeError, sentence, number=number, error=text, **parts)


def _watched_run(watch: SiteWatch, run: Callable[[nn.Module, Any], object], model: nn.Module, batch: Any) -> None:
    watch.begin_batch()
    with watch:
        run(model, batch)


def _run(model: nn.Module, batch: Any) -> object:
    """The model on what a batch holds, on the model's device."""
    if isinstance(batch, list | tuple) and batch:
        batch = batch[0]
    if not isinstance(batch, Tensor | Mapping):
        raise fault(
            TypeError,
            "a batch must be a tensor, a tuple that begins with one, or a dict, got {batch}; else give call=f(model, batch)",
            batch=abridge(batch),
        )
    device = next((tensor.device for tensor in chain(model.parameters(), model.buffers())), torch.device("cpu"))
    batch = tree_map_only(Tensor, lambda tensor: tensor.to(device), dict(batch) if isinstance(batch, Mapping) else batch)
    return model(**batch) if isinstance(batch, dict) else model(batch)


def _read(site: Site, tally: Tally, k: int | None) -> SiteReading:
    """What is reported of a site."""
    rows = tally.sample.rows
    rows = rows[torch.isfinite(rows).all(1)]
    counts = tally.counts
    if counts is None:
        counts = Counts.none(tally.channels)
        counts.add(rows[:, :, None], tally.operation)
    return SiteReading(
        site, tally.operation, tally.channels, k, tally.calls, tally.sample.seen, counts, rows.numpy(), tally.not_finite
    )


def _fits(pattern: str, site: Site) -> bool:
    return any(fnmatchcase(text, pattern) for text in (site.path, site.operation, str(site)))


def _told(told: Told, site: Site, otherwise: Any) -> Any:
    """The number that was told for a site."""
    if isinstance(told, Mapping):
        return next((number for pattern, number in told.items() if _fits(pattern, site)), otherwise)
    return otherwise if told is None else told


def _as_patterns(sites: str | Sequence[str] | None) -> tuple[str, ...]:
    patterns = (sites,) if isinstance(sites, str) else tuple(sites or ())
    for pattern in patterns:
        check_kind(pattern, "sites", str)
    return patterns


def _check_told(told: Told, name: str, *, minimum: int) -> Told:
    """A number, or numbers by pattern."""
    if told is None:
        return None
    if isinstance(told, Mapping):
        return {check_kind(pattern, name, str): check_count(number, name, minimum=minimum) for pattern, number in told.items()}
    return check_count(told, name, minimum=minimum)


def _check_shaped(model: Any) -> nn.Module:
    """`model` itself, if it is a module whose weights have their shapes."""
    lazy = [name for name, tensor in check_module(model).named_parameters() if is_lazy(tensor)]
    if lazy:
        raise fault(ValueError, "the model's weights have no shape yet ({name}); run it on a batch first", name=lazy[0])
    return model  # type: ignore[no-any-return]


def _check_batches(batches: Any) -> None:
    """That they are several things to run on, not one."""
    if isinstance(batches, Tensor | Mapping | str | bytes | np.ndarray) or not isinstance(batches, Iterable):
        raise fault(
            TypeError,
            "batches must be an iterable of batches, got an object of type {batches}; write [batch] for one",
            batches=type(batches).__name__,
        )


def _describe(batch: Any) -> str:
    """The shapes in a batch."""
    shapes = [str(tuple(leaf.shape)) for leaf in tree_leaves(batch) if isinstance(leaf, Tensor)]
    return f"shapes {', '.join(shapes[:4])}" if shapes else f"of type {type(batch).__name__}"
