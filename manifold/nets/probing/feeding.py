"""Feeding batches to a model one by one, and saying where that ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map_only

from manifold.checks import Sentence, abridge, fault, one_line
from manifold.nets.probing.collector import Collector

Progress = Callable[[int, int | None], object]


def stream(
    collector: Collector, batches: Iterable[Any], run: Callable[[Any], object], progress: Progress | None
) -> tuple[int, list[Sentence]]:
    """How many batches ran to their end, and why they are not all."""
    done, total = 0, len(batches) if isinstance(batches, Sized) else None
    try:
        for batch in _checked(batches):
            _run_on(batch, run, done + 1)
            done += 1
            if done == 1:
                collector.check_matched()
            if progress is not None:
                progress(done, total)
    except KeyboardInterrupt:
        if not collector.tallies:
            raise
        return done, [Sentence("stopped by Ctrl-C after {done} batches; what was seen until then is reported", done=done)]
    if not done:
        raise fault(ValueError, "batches must hold at least one batch, got none; a generator that ran before is empty")
    early = total is not None and done < total
    return done, [Sentence("the batches ended after {done} of {total}", done=done, total=total)] if early else []


def _run_on(batch: Any, run: Callable[[Any], object], number: int) -> None:
    try:
        run(batch)
    except Exception as error:
        sentence = "the model does not run on batch {number} ({what}): {error}"
        raise _failed(error, sentence, number=number, what=_describe(batch)) from error


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
    except Exception as error:
        raise _failed(error, "batches failed to give batch {number}: {error}", number=number) from error


def _failed(error: Exception, sentence: str, **parts: Any) -> Exception:
    """What to raise for an error: a clear one of this library as it is, any other in a sentence."""
    if hasattr(error, "sentence"):
        return error
    return fault(RuntimeError, sentence, error=one_line(f"{type(error).__name__}: {error}"), **parts)


def run_model(model: nn.Module, batch: Any) -> object:
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


def check_batches(batches: Any) -> None:
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
