"""What a real block keeps of a known manifold: the spiral's measure, after every convolution and activation of the block.

Points x in R^d are embedded as T x in the block's `inp` channels, each as an image of one pixel, so that nothing but channels
is mixed: of a depthwise convolution only the middle weight counts, which has the same law as the sum of all of them. The
readouts of `READOUTS` then say what of x can be told from what stands there.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from manifold.checks import Floats, check_array, check_kind, check_size, fault
from manifold.layer.layer import Layer
from manifold.nets.blocks.block import Block
from manifold.nets.blocks.catalogue import BlockKind
from manifold.nets.blocks.initialise import initialise
from manifold.nets.probing.one_pixel import as_images, reduce_to_pixel
from manifold.nets.probing.readouts import NEIGHBOURS, Signal
from manifold.nets.probing.watch import watched


def recover_block(block: Block, points: ArrayLike, embedding: Layer, *, normalise: bool = True) -> tuple[Signal, ...]:
    """Send points through a block, and keep what stands before and after each of its activations.

    Parameters
    ----------
    block : Block
        With the weights that it has, see `initialise`. It is not changed.
    points : array-like of shape (N, d)
        At least `NEIGHBOURS` + 1 points.
    embedding : Layer
        Its matrix T of shape (inp, d) gives the input T x.
    normalise : bool, default=True
        Let every batch norm take mean and variance of these points, as in the first step of a training; otherwise those that
        the block holds.

    Returns
    -------
    tuple of Signal
        The input; the signal after every batch norm and every activation in the order in which they run, those inside a
        squeeze-excite gate left out; the output, where it is another.

    Raises
    ------
    TypeError, ValueError
        If the points are not a finite (N, d) array, are too few, or the embedding's shape is not (inp, d).
    """
    check_kind(block, "block", Block)
    check_kind(embedding, "embedding", Layer)
    points = check_size(check_array(points, "points", shape="(N, d)"), "points")
    if len(points) <= NEIGHBOURS:
        raise fault(ValueError, "points must be at least {fewest}, got {count}", fewest=NEIGHBOURS + 1, count=len(points))
    if embedding.matrix.shape != (block.inp, points.shape[1]):
        expected = (block.inp, points.shape[1])
        raise fault(
            ValueError,
            "the embedding's matrix must have shape (inp, d) = {expected}, got {shape}",
            expected=expected,
            shape=embedding.matrix.shape,
        )
    with torch.inference_mode(mode=False), torch.enable_grad():
        return _signals(copy.deepcopy(block).double().eval(), points, embedding.matrix, normalise=normalise)


def _signals(block: Block, points: Floats, matrix: Floats, *, normalise: bool) -> tuple[Signal, ...]:
    """`recover_block` for a block that may be changed."""
    images = as_images(points @ matrix.T)
    reduce_to_pixel(block, images, normalise=normalise)
    titles, outputs = zip(*_note_signals(block, images.requires_grad_()), strict=True)
    directions = [as_images(np.tile(column, (len(points), 1))) for column in matrix.T]
    jacobians = _derivatives(outputs, images, directions)
    return tuple(
        Signal(title, points, output.detach().flatten(1).numpy(), jacobian)
        for title, output, jacobian in zip(titles, outputs, jacobians, strict=True)
    )


def recover_arms(
    make: Callable[..., Block], points: ArrayLike, embedding: Layer, *, rng: np.random.Generator
) -> dict[str, tuple[Signal, ...]]:
    """`recover_block` for a new block without and with ReLU6 at its narrow place, both with the same weights.

    Parameters
    ----------
    make : callable
        Takes `bottleneck_activation` and gives the block.
    points, embedding
        As for `recover_block`.
    rng : numpy.random.Generator
        Draws the weights.

    Returns
    -------
    dict
        Signals of "linear" and of "relu6".
    """
    arms = {activation: make(bottleneck_activation=activation) for activation in ("linear", "relu6")}
    initialise(arms["linear"], rng=rng)
    arms["relu6"].load_state_dict(dict(arms["linear"].state_dict()))  # without the record of the options
    return {activation: recover_block(block, points, embedding) for activation, block in arms.items()}


def _note_signals(block: Block, images: Tensor) -> list[tuple[str, Tensor]]:
    """Title and channels (N, n, 1, 1) of every signal."""
    signals = [("input", images)]
    with watched(block, lambda title, channels: signals.append((title, channels))):
        output = block(images)
    return signals if output is signals[-1][1] else [*signals, ("output", output)]


def _derivatives(signals: Sequence[Tensor], images: Tensor, directions: Sequence[Tensor]) -> list[Floats]:
    """Derivative (N, n, d) of every signal in d directions of the images, from one pass forward and d + 1 passes back.

    Symbols, for each point: X the image (inp,), h_k signal number k (n_k,), J_k = dh_k / dX, u_k any vector like h_k, v a
    direction of the image. Reverse mode gives J^T u, not J v. But g = sum_k J_k^T u_k is linear in every u_k, and so the
    derivative of g . v by u_k is J_k v, whatever u_k is: a pass back through the pass back. Points do not mix, so that the
    derivatives of all points come in one pass.
    """
    u = [torch.zeros_like(signal, requires_grad=True) for signal in signals]
    # g (N, inp, 1, 1), as a function of u
    (g,) = torch.autograd.grad(signals, images, u, create_graph=True)
    # for each direction v: J_k v (N, n_k, 1, 1) of all signals k
    products = [torch.autograd.grad(g, u, v, retain_graph=True, materialize_grads=True) for v in directions]
    # by signal instead: J_k times the matrix of all directions (N, n_k, d)
    return [torch.stack(of_signal, dim=-1).flatten(1, 3).numpy() for of_signal in zip(*products, strict=True)]


def recover_kind(
    kind: BlockKind,
    inp: int,
    oup: int,
    points: ArrayLike,
    embedding: Layer,
    *,
    stride: int = 1,
    expand_ratio: float | None = None,
    rng: np.random.Generator,
) -> dict[str, Signal]:
    """What a new block keeps of points: where its activations have acted, and at its end; see `chosen_places`."""
    arms = pass_kind(kind, inp, oup, points, embedding, stride=stride, expand_ratio=expand_ratio, rng=rng)
    return chosen_places(arms)


def pass_kind(
    kind: BlockKind,
    inp: int,
    oup: int,
    points: ArrayLike,
    embedding: Layer,
    *,
    stride: int = 1,
    expand_ratio: float | None = None,
    rng: np.random.Generator,
) -> dict[str, tuple[Signal, ...]]:
    """Send points through a new block of a kind, and keep what stands at every place.

    Parameters
    ----------
    kind : BlockKind
    inp, oup : int
    points, embedding
        As for `recover_block`.
    stride : {1, 2}, default=1
    expand_ratio : float, optional
        By default the kind's own.
    rng : numpy.random.Generator
        Draws the weights.

    Returns
    -------
    dict
        Signals of "linear" and of "relu6", see `recover_arms`; of a block that has no such switch, those of "linear" alone.
    """
    if not kind.switches:
        block = kind(inp, oup, stride, expand_ratio)
        initialise(block, rng=rng)
        return {"linear": recover_block(block, points, embedding)}
    return recover_arms(functools.partial(kind, inp, oup, stride, expand_ratio), points, embedding, rng=rng)


def chosen_places(arms: Mapping[str, Sequence[Signal]]) -> dict[str, Signal]:
    """Of the signals of `pass_kind`, those where activations have acted, and those at the end.

    Returns
    -------
    dict
        Signals by title. Of a block with a narrow place: "Inside", right before the convolution to that place; "Narrow, linear"
        and "Narrow, ReLU6" at that place; "Output, linear" and "Output, ReLU6" at the end; all with the same weights. Of any
        other block: "After the first activation", "After the last activation" and "Output".
    """
    linear = arms["linear"]
    if len(arms) == 1:
        activated = [signal for signal in linear if ", " in signal.place]
        return {"After the first activation": activated[0], "After the last activation": activated[-1], "Output": linear[-1]}
    relu6 = arms["relu6"]
    titles = [signal.place for signal in linear]
    # ReLU6 at the narrow place is the first signal that the linear arm does not have
    k = next(k for k, signal in enumerate(relu6) if [signal.place] != titles[k : k + 1])
    narrow = {"Inside": linear[k - 2], "Narrow, linear": linear[k - 1], "Narrow, ReLU6": relu6[k]}
    return {**narrow, "Output, linear": linear[-1], "Output, ReLU6": relu6[-1]}


def shown_places(titles: Iterable[str], bottleneck_activation: str) -> list[str]:
    """Of the titles of `recover_kind`, those of a block with this activation at its narrow place, in order."""
    other = "linear" if bottleneck_activation == "relu6" else "ReLU6"
    return [title for title in titles if not title.endswith(f", {other}")]
