"""What stands in a network while views pass through it: one vector a view and place, in bounded memory.

Of a place with more than `KEEP` numbers a view, the vector is a sketch: every number gets a random sign, and those that lie
`KEEP` apart are added up. Sums with random signs leave the product of two vectors as it is in the mean, and so distances, with
a relative standard deviation of about sqrt(1 / (2 KEEP)), 1.6 % (Charikar, Chen, Farach-Colton 2002, with signs alone). As the
same sum is taken of every view, what is smooth stays smooth, and what is one point stays one.
"""

from __future__ import annotations

import fnmatch
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from manifold.checks import Floats, fault, one_line
from manifold.nets.blocks.block import Block
from manifold.nets.probing.sites import SiteWatch
from manifold.nets.probing.unchanged import left_unchanged
from manifold.streams import random_stream

KEEP = 2048
"""Numbers kept of a view at a place."""

_ROUNDING = 1e-10  # share of the largest variance below which single precision says nothing
_BATCH = 16  # views that pass at a time


class Passage:
    """Takes note of what stands at every place, view by view.

    Parameters
    ----------
    patterns : sequence of str or None
        Which places, as of `trace`.

    Attributes
    ----------
    widths : dict of str to int
        Numbers a view has at each place, by its name, in the order in which views pass.
    kinds : dict of str to str
        "input", "before" and "after" an activation, "block", "output".
    """

    def __init__(self, patterns: Sequence[str] | None) -> None:
        self.patterns = patterns
        self.widths: dict[str, int] = {}
        self.kinds: dict[str, str] = {}
        self.matched: set[str] = set()
        self._parts: dict[str, list[Floats]] = {}
        self._count = 0  # views of the batch that passes
        self._signs = torch.empty(0)

    def begin_batch(self, count: int) -> None:
        """`count` views come next."""
        self._count = count

    def asks_for(self, *names: str) -> bool:
        """Whether a place with these names, or all places, were asked for."""
        if self.patterns is None:
            return True
        hits = {pattern for pattern in self.patterns if any(fnmatch.fnmatchcase(name, pattern) for name in names)}
        self.matched |= hits
        return bool(hits)

    def note(self, place: str, kind: str, values: Tensor) -> None:
        """Keep the vectors of a batch; a tensor that has not as many rows as the batch has views is left out."""
        if not values.ndim or not values.numel() or values.shape[0] % self._count or not values.is_floating_point():
            return
        rows = values.detach().reshape(self._count, -1)
        vectors = self._sketch(rows).float().cpu().double().numpy()
        if not np.isfinite(vectors).all():
            raise fault(ValueError, "the network has NaN or infinite values at {place}; look at its weights", place=place)
        self.widths.setdefault(place, rows.shape[1])
        self.kinds.setdefault(place, kind)
        self._parts.setdefault(place, []).append(vectors)

    def vectors(self, count: int) -> Iterator[tuple[str, Floats]]:
        """Place and vectors (N, at most `KEEP`) of every place that all `count` views have passed in one shape."""
        for place, parts in self._parts.items():
            if sum(map(len, parts)) == count and len({part.shape[1] for part in parts}) == 1:
                yield place, np.concatenate(parts)

    def _sketch(self, rows: Tensor) -> Tensor:
        width = rows.shape[1]
        if width <= KEEP:
            return rows
        if len(self._signs) < width:
            drawn = random_stream(0).integers(0, 2, width, dtype=np.int8)  # a longer stream begins as a shorter one
            self._signs = torch.from_numpy(2 * drawn - 1)
        self._signs = self._signs.to(rows)
        signed, whole = rows * self._signs[:width], width - width % KEEP
        sums = signed[:, :whole].reshape(len(rows), -1, KEEP).sum(1)
        sums[:, : width - whole] += signed[:, whole:]
        return sums


def pass_views(model: nn.Module, views: Tensor, passage: Passage, *, progress: Callable[[float], object]) -> None:
    """Send views through a network in evaluation mode, in batches, and note what stands there."""
    with left_unchanged(model, seed=0), _watched(model.eval(), passage) as begin:
        watch = SiteWatch(model, _note_both(passage))
        for start in range(0, len(views), _BATCH):
            batch = views[start : start + _BATCH]
            passage.begin_batch(len(batch))
            begin()
            watch.begin_batch()
            passage.note("input", "input", batch)
            with watch:
                output = _run(model, batch)
            if isinstance(output, Tensor):
                passage.note("output", "output", output)
            progress((start + len(batch)) / len(views))


def _run(model: nn.Module, batch: Tensor) -> Any:
    """What the network returns; what torch says of a wrong shape becomes a sentence."""
    try:
        return model(batch)
    except RuntimeError as error:
        raise fault(
            ValueError,
            "the network fails on views of shape {shape} ({error}); give views as it takes them",
            shape=tuple(batch.shape[1:]),
            error=one_line(error),
        ) from error


def _note_both(passage: Passage) -> Callable[..., None]:
    def note(site: Any, operation: Any, z: Tensor, origin: object) -> None:
        if passage.asks_for(str(site), site.path):
            passage.note(f"{site}, before", "before", z)
            passage.note(f"{site}, after", "after", operation.function(z))

    return note


@contextmanager
def _watched(model: nn.Module, passage: Passage) -> Iterator[Callable[[], None]]:
    """Note the outputs of blocks for as long as the context lasts; yields what counts the calls of a module anew."""
    calls: Counter[str] = Counter()
    thread = threading.get_ident()

    def listen(path: str) -> Callable[..., None]:
        def hook(module: nn.Module, arguments: Any, output: Any) -> None:
            if threading.get_ident() == thread and isinstance(output, Tensor):  # others may run the model meanwhile
                calls[path] += 1
                passage.note(path if calls[path] == 1 else f"{path} #{calls[path]}", "block", output)

        return hook

    modules = dict(model.named_modules())
    chosen = [path for path in modules if path and passage.asks_for(path)] if passage.patterns else list(block_paths(model))
    handles = [modules[path].register_forward_hook(listen(path)) for path in chosen]
    try:
        yield calls.clear
    finally:
        for handle in handles:
            handle.remove()


def block_paths(model: nn.Module) -> Iterator[str]:
    """Paths of a network's blocks: every `Block`, and modules with parts that stand in a row or list, the outermost of them."""
    rows = nn.Sequential, nn.ModuleList
    taken = "\n"
    for path, module in model.named_modules():
        if not path or path.startswith(f"{taken}."):
            continue
        in_a_row = isinstance(model.get_submodule(path.rpartition(".")[0]), rows) and not isinstance(module, rows)
        if isinstance(module, Block) or (in_a_row and next(module.children(), None) is not None):
            taken = path
            yield path


def principal(vectors: Floats) -> Floats:
    """The same points (N, r) about their mean, turned onto their principal axes, r at most N - 1 and the rank.

    All distances and products are as before. The axes come from the smaller of the two tables of products.
    """
    centred = vectors - vectors.mean(axis=0)
    wide = centred.shape[1] > len(centred)
    spectrum, axes = np.linalg.eigh(centred @ centred.T if wide else centred.T @ centred)
    real = spectrum > _ROUNDING * max(float(spectrum[-1]), np.finfo(np.float64).tiny)
    real &= spectrum > (_ROUNDING * np.abs(vectors).max()) ** 2  # of equal views rounding alone is left
    spectrum, axes = spectrum[real][::-1], axes[:, real][:, ::-1]
    points: Floats = axes * np.sqrt(spectrum) if wide else centred @ axes
    return points * np.where(points[np.abs(points).argmax(axis=0), np.arange(points.shape[1])] < 0.0, -1.0, 1.0)
