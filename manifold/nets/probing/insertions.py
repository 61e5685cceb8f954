"""Activations put where a network has none, and the linear layer behind each that repairs what it did.

Between a trained layer and the next a repair can stand that costs nothing once it is folded into the next convolution: a
factor and an offset for every channel ("affine"), or all of a 1x1 convolution ("linear"). What a linear repair brings back was
never lost: only moved, for the later layers to misread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from manifold.checks import Floats, Mask, fault
from manifold.nets.blocks.layers import activation_module
from manifold.nets.blocks.separable import InvertedResidual, InvertedResidualV3
from manifold.nets.cost.formula import check_module
from manifold.registry import choose
from manifold.results import Result

REPAIRS = ("none", "affine", "linear")
"""Nothing behind the activation, a factor and an offset for each channel, or a 1x1 convolution with offsets."""

FEWEST = 5
"""Positions that a linear repair needs for each channel; with as many positions as channels it would fit anything."""

_BRANCHES = {InvertedResidual: "conv", InvertedResidualV3: "block"}
_FLAT = 1e-9  # variances below this share of the largest say nothing
_Replacement = Callable[[Tensor], Tensor]


@contextmanager
def inserted(model: nn.Module, replacements: Mapping[str, _Replacement]) -> Iterator[None]:
    """For as long as the context lasts, what a module returns passes through the function of its path, as in `named_modules`.

    Raises
    ------
    ValueError
        If the model has no module of that path.
    """
    modules = dict(check_module(model).named_modules())
    places = [(modules[choose(path, modules, "module")], replace) for path, replace in replacements.items()]
    handles = [module.register_forward_hook(_replacing(replace)) for module, replace in places]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _replacing(replace: _Replacement) -> Callable[[nn.Module, object, Tensor], Tensor]:
    return lambda module, arguments, output: replace(output)


def bottlenecks(model: nn.Module) -> dict[str, bool]:
    """Paths of the branches of inverted residuals, which end in a bottleneck; and whether a shortcut goes around each."""
    return {
        f"{path}.{_BRANCHES[type(module)]}": bool(module.adds_input)
        for path, module in check_module(model).named_modules()
        if type(module) in _BRANCHES
    }


@dataclass(frozen=True, eq=False, repr=False)
class Damage(Result):
    """What a change to a network does to its answers.

    Attributes
    ----------
    before, after : ndarray of shape (N, classes)
        Logits of the network as it is, and as it is changed.
    """

    before: Floats
    after: Floats

    @property
    def cosine(self) -> Floats:
        """Cosine between the logits before and after, (N,)."""
        sizes = np.linalg.norm(self.before, axis=1) * np.linalg.norm(self.after, axis=1)
        return np.asarray((self.before * self.after).sum(axis=1) / np.where(sizes > 0.0, sizes, 1.0))

    @property
    def kept(self) -> Mask:
        """Whether the first class is the same, (N,)."""
        return np.asarray(self.before.argmax(axis=1) == self.after.argmax(axis=1))


def measure_damage(model: nn.Module, images: Tensor, replacements: Mapping[str, _Replacement]) -> Damage:
    """Logits of a model in evaluation mode on `images`, in one batch, as it is and with replacements as of `inserted`."""
    with torch.no_grad():
        before = model(images)
        with inserted(model, replacements):
            after = model(images)
    return Damage(*(logits.double().cpu().numpy() for logits in (before, after)))


def fit_insertions(
    model: nn.Module, images: Tensor, paths: Sequence[str], *, activation: str, repair: str = "none"
) -> dict[str, nn.Module]:
    """What to put behind the modules at these paths: an activation, and the repair that was best on these images.

    The repairs bring the activated outputs nearest to what the modules return in the model as it is, by least squares over all
    positions. They are fitted in the order in which the modules run, each behind those before it, in one pass.

    Parameters
    ----------
    model : Module
        In evaluation mode.
    images : Tensor
        What it takes, in one batch.
    paths : sequence of str
        Of modules that run once and return (N, C, H, W).
    activation : str
        A name in `manifold.ACTIVATIONS`.
    repair : str, default="none"
        One of `REPAIRS`.

    Returns
    -------
    dict of str to Module
        By path, for `inserted`.

    Raises
    ------
    ValueError
        If a name is unknown, or the images give a linear repair fewer than `FEWEST` positions a channel.
    """
    wanted: dict[str, Tensor] = {}
    stages: dict[str, nn.Module] = {}

    def keep(path: str, output: Tensor) -> Tensor:
        wanted[path] = output.clone()
        return output

    def fit(path: str, output: Tensor) -> Tensor:
        stages[path] = repaired_activation(activation, output, wanted[path], repair=repair)
        result: Tensor = stages[path](output)
        return result

    for step in (keep, fit):
        with torch.no_grad(), inserted(model, {path: partial(step, path) for path in paths}):
            model(images)
    return stages


def repaired_activation(activation: str, seen: Tensor, wanted: Tensor, *, repair: str) -> nn.Sequential:
    """An activation of `ACTIVATIONS` and the repair of `REPAIRS` that brings it, acting on `seen`, nearest to `wanted`."""
    acting = activation_module(activation)
    if choose(repair, REPAIRS, "repair") == "none":
        return nn.Sequential(acting)
    return nn.Sequential(acting, fit_repair(acting(seen), wanted, kind=repair))


def fit_repair(seen: Tensor, wanted: Tensor, *, kind: str) -> nn.Conv2d:
    """The 1x1 convolution that brings `seen` nearest to `wanted`, both (N, C, H, W): depthwise for "affine", full for "linear".

    Least squares over the P = N H W positions: with means taken away, B = S_zy S_yy^+ of the covariances of z = wanted and y =
    seen, of the diagonals alone for "affine"; a channel that never changes gets the mean of what is wanted.

    Raises
    ------
    ValueError
        If the kind is no repair, or P is below `FEWEST` C for "linear".
    """
    depthwise = choose(kind, REPAIRS[1:], "repair") == "affine"
    channels = seen.shape[1]
    y, z = (values.detach().double().transpose(0, 1).flatten(1) for values in (seen, wanted))  # (C, P)
    if not depthwise and y.shape[1] < FEWEST * channels:
        raise fault(
            ValueError,
            "a linear repair of {channels} channels needs at least {least} positions, got {positions}; give more images",
            channels=channels,
            least=FEWEST * channels,
            positions=y.shape[1],
        )
    means = y.mean(1, keepdim=True), z.mean(1, keepdim=True)
    y, z = y - means[0], z - means[1]
    if depthwise:
        variance = (y**2).sum(1)
        moving = variance > _FLAT * variance.max()
        factors = torch.where(moving, (y * z).sum(1) / torch.where(moving, variance, 1.0), 0.0)
        offset, weight = means[1] - factors[:, None] * means[0], factors[:, None]
    else:
        weight = z @ y.T @ torch.linalg.pinv(y @ y.T, rtol=_FLAT, hermitian=True)
        offset = means[1] - weight @ means[0]
    repair = nn.Conv2d(channels, channels, 1, groups=channels if depthwise else 1).to(seen)
    repair.weight.data.copy_(weight[:, :, None, None])
    repair.bias.data.copy_(offset[:, 0])  # type: ignore[union-attr]
    return repair.requires_grad_(requires_grad=False)
