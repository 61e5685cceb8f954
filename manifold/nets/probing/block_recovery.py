"""What a real block keeps of a known manifold: the spiral's measure, after every convolution and activation of the block.

Points x in R^d are embedded as T x in the block's `inp` channels, each as an image of one pixel, so that nothing but channels
is mixed: of a depthwise convolution only the middle weight counts, which has the same law as the sum of all of them. Three
readouts then say what of x can be told from what stands there:

exact       Lemma 2 of Sandler et al. 2018, arXiv 1801.04381, in its local form: near x the block is h = J x + c, J having zero
            rows where an activation is flat. If J has rank d, x is determined; else the shortest solution of J x = h - c is
            taken.
affine      the best linear map with offset, fitted to the true points: all that a following convolution can do.
neighbours  the mean of the points whose outputs are nearest: what any smooth readout can do, and the only one of the three that
            notices when far parts of the manifold are folded onto each other.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn import functional

from manifold._registry import Registry
from manifold._validation import Floats, Integers, check_array, check_rng, check_size
from manifold.embeddings import Embedding
from manifold.nets.blocks.layers import LAYERS, Block, Network, SqueezeExcite

NEIGHBOURS = 5
_FLAT = 1e-9  # singular values below this share of the largest of all points count as 0

_ACTIVATION_NAMES = {type(make()): name for name, make in LAYERS.items() if name != "linear"}


@dataclass(frozen=True, eq=False)
class Reading:
    """What one readout makes of a signal; the metrics of `manifold.metrics` take it as they take a `Recovery`.

    Attributes
    ----------
    points, recovered : ndarray of shape (N, d)
        x, and the readout's answer.
    rank : ndarray of int, shape (N,)
        Rank of the equations that the signal holds on x.
    """

    points: Floats
    recovered: Floats
    rank: Integers


@dataclass(frozen=True, eq=False)
class Signal:
    """What stands at one place of the block.

    Attributes
    ----------
    place : str
        "input", "output", and between them what the last convolution was ("1×1 to 24"), "gate", "sum" beside a shortcut, or
        "all maps" of a dense block, followed by the activation's name where it has acted.
    points : ndarray of shape (N, d)
        x.
    hidden : ndarray of shape (N, n)
        The n channels there.
    jacobian : ndarray of shape (N, n, d)
        Derivative of `hidden` by x at every point.
    """

    place: str
    points: Floats
    hidden: Floats
    jacobian: Floats

    @cached_property
    def directions(self) -> Floats:
        """Orthogonal projections (N, d, d) onto the directions of x that `hidden` sees."""
        _, sizes, axes = np.linalg.svd(self.jacobian, full_matrices=False)
        seen = sizes > _FLAT * max(float(sizes.max()), np.finfo(np.float64).tiny)
        return np.asarray(np.einsum("nki,nk,nkj->nij", axes, seen, axes))

    @property
    def rank(self) -> Integers:
        """Rank of the Jacobian, (N,)."""
        return np.asarray(np.rint(np.trace(self.directions, axis1=1, axis2=2)), dtype=np.int64)

    def read(self, readout: str) -> Reading:
        """What a readout of `READOUTS` makes of it."""
        return Reading(self.points, READOUTS[readout](self), self.rank)


READOUTS: Registry[Callable[[Signal], Floats]] = Registry("readout")


@READOUTS.register("exact")
def _exact(signal: Signal) -> Floats:
    """The shortest solution of J x' = h - c, which is the projection of x, for h - c = J x."""
    return np.asarray(np.einsum("nij,nj->ni", signal.directions, signal.points))


@READOUTS.register("affine")
def _affine(signal: Signal) -> Floats:
    columns = np.column_stack([signal.hidden, np.ones(len(signal.hidden))])
    return np.asarray(columns @ np.linalg.lstsq(columns, signal.points, rcond=None)[0])


@READOUTS.register("neighbours")
def _neighbours(signal: Signal) -> Floats:
    hidden = torch.from_numpy(signal.hidden)
    distances = torch.cdist(hidden, hidden).fill_diagonal_(torch.inf).numpy()
    nearest = np.argpartition(distances, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    return np.asarray(signal.points[nearest].mean(axis=1))


def initialise(block: Network, *, rng: np.random.Generator) -> Network:
    """Draw the block's weights anew, in place, as before any training.

    Convolutions are Gaussian of variance 2 / fan-out, the fan-out within a group (He et al. 2015, arXiv 1502.01852, equation
    14), offsets 0, batch norms as new.

    Parameters
    ----------
    block : Module
    rng : numpy.random.Generator

    Returns
    -------
    Module
        The same block.
    """
    check_rng(rng)
    with torch.no_grad():
        for module in block.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
            if isinstance(module, nn.Conv2d):
                fan_out = module.weight[0, 0].numel() * module.out_channels // module.groups
                drawn = rng.normal(0.0, np.sqrt(2.0 / fan_out), tuple(module.weight.shape))
                module.weight.copy_(torch.from_numpy(drawn))
                if module.bias is not None:
                    module.bias.zero_()
    return block


def recover_block(block: Block, points: ArrayLike, embedding: Embedding, *, normalise: bool = True) -> tuple[Signal, ...]:
    """Send points through a block, and keep what stands before and after each of its activations.

    Parameters
    ----------
    block : Block
        With the weights that it has, see `initialise`. It is not changed.
    points : array-like of shape (N, d)
        At least `NEIGHBOURS` + 1 points.
    embedding : Embedding
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
    points = check_size(check_array(points, "points", shape="(N, d)"), "points")
    if len(points) <= NEIGHBOURS:
        raise ValueError(f"points must be at least {NEIGHBOURS + 1}, got {len(points)}")
    if embedding.matrix.shape != (block.inp, points.shape[1]):
        expected = (block.inp, points.shape[1])
        raise ValueError(f"the embedding's matrix must have shape (inp, d) = {expected}, got {embedding.matrix.shape}")
    with torch.inference_mode(mode=False), torch.enable_grad():
        return _signals(copy.deepcopy(block).double().eval(), points, embedding.matrix, normalise=normalise)


def _signals(block: Block, points: Floats, matrix: Floats, *, normalise: bool) -> tuple[Signal, ...]:
    """`recover_block` for a block that may be changed."""
    block.requires_grad_(requires_grad=False)
    _replace(block, nn.Conv2d, _PixelConv)
    _replace(block, nn.Hardsigmoid, _Hardsigmoid)
    _replace(block, nn.AvgPool2d, lambda _: nn.Identity())  # the mean of a pixel
    images = _images(points @ matrix.T)
    if normalise:
        _take_statistics(block, images)
    _replace(block, nn.BatchNorm2d, _Affine)
    noted = _note_signals(block, images.requires_grad_())
    directions = [_images(np.tile(column, (len(points), 1))) for column in matrix.T]
    jacobians = _derivatives([signal for _, signal in noted], images, directions)
    return tuple(
        Signal(place, points, signal.detach().flatten(1).numpy(), jacobian)
        for (place, signal), jacobian in zip(noted, jacobians, strict=True)
    )


def recover_arms(
    make: Callable[..., Block], points: ArrayLike, embedding: Embedding, *, rng: np.random.Generator
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


def _images(channels: Floats) -> Tensor:
    """Rows (N, n) as images (N, n, 1, 1)."""
    return torch.from_numpy(np.ascontiguousarray(channels))[:, :, None, None]


def _take_statistics(block: nn.Module, images: Tensor) -> None:
    """Set every running mean and variance to those of these images."""
    norms = [module for module in block.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.train().momentum = 1.0
    with torch.no_grad():
        block(images)
    for norm in norms:
        norm.eval()


class _PixelConv(nn.Module):
    """What a convolution does to one pixel (N, n, 1, 1): its middle weights, as one product for all points.

    For float64 images of one pixel torch itself goes through them one by one, and through every channel of a depthwise
    convolution.
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.like = convolution
        rows, columns = (side // 2 for side in convolution.kernel_size)
        middle = convolution.weight[:, :, rows, columns]
        self.middle = middle.reshape(convolution.groups, -1, middle.shape[1])  # (groups, out, in)

    def forward(self, x: Tensor) -> Tensor:
        """(N, n) to (N, m), as images."""
        grouped = x.reshape(len(x), self.like.groups, -1)
        y = torch.einsum("ngi,goi->ngo", grouped, self.middle).flatten(1)
        y = y if self.like.bias is None else y + self.like.bias
        return y[:, :, None, None]


class _Hardsigmoid(nn.Module):
    """relu6(z + 3) / 6, of which torch has the second derivative that `_derivatives` asks for."""

    def __init__(self, like: nn.Hardsigmoid) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        """From 0 to 1."""
        return functional.relu6(x + 3.0) / 6.0


class _Affine(nn.Module):
    """What a batch norm with settled statistics does."""

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        if norm.running_mean is None or norm.running_var is None:
            raise ValueError("a batch norm without running statistics cannot be evaluated point by point")
        self.num_features = norm.num_features
        self.scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps))[:, None, None]
        self.shift = norm.bias[:, None, None] - norm.running_mean[:, None, None] * self.scale

    def forward(self, x: Tensor) -> Tensor:
        """Every channel scaled and shifted."""
        return x * self.scale + self.shift


def _replace(block: nn.Module, kind: type[nn.Module], make: Callable[[Any], nn.Module]) -> None:
    """Put `make(layer)` in the place of every layer of a kind."""
    for parent in list(block.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, kind):
                setattr(parent, name, make(layer))


def _note_signals(block: Block, images: Tensor) -> list[tuple[str, Tensor]]:
    """Place and channels (N, n, 1, 1) of every signal."""
    noted = [("input", images)]
    with _watched(block, lambda place, signal: noted.append((place, signal))):
        output = block(images)
    return noted if output is noted[-1][1] else [*noted, ("output", output)]


def _derivatives(signals: Sequence[Tensor], images: Tensor, directions: Sequence[Tensor]) -> list[Floats]:
    """Derivative (N, n, d) of every signal in d directions of the images.

    One way forward: J^T u is linear in u, so that its own derivative by u, in reverse mode too, is J v for any direction v.
    """
    weights = [torch.zeros_like(signal, requires_grad=True) for signal in signals]
    (pulled,) = torch.autograd.grad(signals, images, weights, create_graph=True)
    columns = [torch.autograd.grad(pulled, weights, v, retain_graph=True, materialize_grads=True) for v in directions]
    return [torch.stack([each[k].flatten(1) for each in columns], dim=-1).numpy() for k in range(len(signals))]


class _Watch:
    """Hears of every layer of a block and notes the signals among their outputs."""

    def __init__(self, note: Callable[[str, Tensor], None]) -> None:
        self.note = note
        self.place, self.channels = "", 0
        self.latest: Tensor | None = None

    def __call__(self, layer: nn.Module, arguments: Any, output: Tensor) -> None:
        if isinstance(layer, _PixelConv):
            self.place, self.channels = _describe(layer.like), layer.like.out_channels
            return
        name = _ACTIVATION_NAMES.get(type(layer))
        if isinstance(layer, SqueezeExcite):
            self.place = "gate"
        elif isinstance(layer, _Affine) and layer.num_features != self.channels:
            self.place = "all maps"  # of a dense block, put side by side
        elif name and arguments[0] is not self.latest:
            self.place = "sum"
            self.note(self.place, arguments[0])
        self.note(f"{self.place}, {name}" if name else self.place, output)
        self.latest = output


@contextmanager
def _watched(block: nn.Module, note: Callable[[str, Tensor], None]) -> Iterator[None]:
    """Hooks on the block's layers, but for those inside a gate, for as long as the context lasts."""
    inside = {part for gate in block.modules() if isinstance(gate, SqueezeExcite) for part in gate.children()}
    kinds = (_PixelConv, _Affine, SqueezeExcite, *_ACTIVATION_NAMES)
    watch = _Watch(note)
    layers = [layer for layer in block.modules() if isinstance(layer, kinds) and layer not in inside]
    handles = [layer.register_forward_hook(watch) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _describe(layer: nn.Conv2d) -> str:
    """A convolution as readers know it: "3×3 depthwise", "1×1 to 24"."""
    kernel = f"{layer.kernel_size[0]}×{layer.kernel_size[1]}"
    depthwise = layer.groups == layer.in_channels > 1
    return f"{kernel} depthwise" if depthwise else f"{kernel} to {layer.out_channels}"
