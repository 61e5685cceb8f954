"""What a hidden channel of an inverted residual block is worth.

weight   product of the norms of its expansion row, its depthwise filter and its projection column, batch norms folded: what can
         pass through it at most. Scales moved from layer to layer change nothing (after Li et al. 2017, arXiv 1608.08710, who
         take one layer's norm).
firing   share of positions at which it lets its number through: above 0, and below 6 under ReLU6.
decoder  by how much the exact decoder's loss rises without it. The decoder knows the active channels of the expansion up to
         noise of variance s2 = `NOISE` times their mean variance, and guesses the block's input u, under the Gaussian of the
         data, from them: with loadings a_i its posterior covariance is C = (I + sum_active a_i a_i^T / s2)^-1 (u standardised,
         with variances v), and its loss tr(diag(v) C), see `manifold.nets.probing.lost_variance`. Channels go one after the
         other, each time the one without which the loss is least, a rank-one change of C (Sherman, Morrison).
random   the control: drawn at random.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from manifold.checks import Floats, Mask
from manifold.nets.blocks.separable import InvertedResidual
from manifold.registry import choose
from manifold.streams import random_stream

WORTHS = ("weight", "firing", "decoder", "random")

NOISE = 1e-3

_POSITIONS = 256


def rank_channels(
    network: nn.Module, images: Tensor, blocks: Mapping[str, InvertedResidual], *, by: str, seed: int
) -> dict[str, Tensor]:
    """Places of the hidden channels of each block, those worth most first."""
    choose(by, WORTHS, "worth")
    if by == "random":
        rng = random_stream(seed)
        return {path: torch.from_numpy(rng.permutation(block.inner)) for path, block in blocks.items()}
    if by == "weight":
        return {path: torch.argsort(norm_product(block), descending=True) for path, block in blocks.items()}
    seen = _before_activation(network, images, blocks)
    if by == "firing":
        return {
            path: torch.from_numpy(np.argsort(-_active(block, seen[path]).mean(0), kind="stable"))
            for path, block in blocks.items()
        }
    return {
        path: torch.from_numpy(decoder_order(seen[path], _active(block, seen[path]), inputs=block.inp))
        for path, block in blocks.items()
    }


def norm_product(block: InvertedResidual) -> Tensor:
    """|w_expansion| |w_depthwise| |w_projection| of every hidden channel, batch norms' factors included."""
    layers: Any = block.conv
    projection = layers[2].weight.detach().flatten(1) * _factor(layers[3])
    product: Tensor = projection.norm(dim=0)
    for convolution, norm, *_ in layers[:2]:
        product = product * (convolution.weight.detach().flatten(1) * _factor(norm)).norm(dim=1)
    return product


def _factor(norm: nn.Module) -> Any:
    """What a batch norm multiplies each channel by, (C, 1); 1 for anything else."""
    if not isinstance(norm, nn.BatchNorm2d) or norm.running_var is None:
        return 1.0
    return (norm.weight.detach() / (norm.running_var + norm.eps).sqrt())[:, None]


def _active(block: InvertedResidual, values: Floats) -> Mask:
    """Where the activation of the expansion lets numbers through as they are."""
    return (values > 0.0) & (values < (6.0 if block.options["activation"] == "relu6" else np.inf))


def _before_activation(network: nn.Module, images: Tensor, blocks: Mapping[str, InvertedResidual]) -> dict[str, Floats]:
    """What the expansions of blocks return before their activations, at some positions (P, inner)."""
    seen: dict[str, Floats] = {}

    def noting(path: str) -> Any:
        def note(module: nn.Module, arguments: Any, output: Tensor) -> None:
            rows = output.detach().movedim(1, -1).flatten(0, -2)
            places = torch.linspace(0, len(rows) - 1, min(len(rows), 16 * _POSITIONS)).long()
            seen[path] = rows[places].double().cpu().numpy()

        return note

    layers: Any = {path: block.conv[0][1] for path, block in blocks.items()}  # the norm, or what stands in its place
    handles = [layer.register_forward_hook(noting(path)) for path, layer in layers.items()]
    try:
        with torch.no_grad():
            network(images)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def decoder_order(values: Floats, active: Mask, *, inputs: int) -> Floats:
    """Channels in the order in which they should stay: the reverse of that in which the exact decoder misses them least.

    Parameters
    ----------
    values : ndarray of shape (P, n)
        Pre-activations.
    active : ndarray of bool, shape (P, n)
    inputs : int
        Channels that the expansion reads: the rank of the covariance at most.

    Returns
    -------
    ndarray of shape (n,)
    """
    variances, loadings = _loadings(values, inputs)  # (r,), (n, r)
    noise = NOISE * float((loadings**2).sum(1).mean())
    places = np.unique(np.linspace(0, len(active) - 1, min(len(active), _POSITIONS)).astype(int))
    known = active[places].astype(np.float64)  # (P, n)
    precision = np.eye(len(variances)) + np.einsum("pn,nr,ns->prs", known, loadings, loadings, optimize=True) / noise
    spread = np.linalg.inv(precision)  # C, (P, r, r)
    left, order = np.ones(values.shape[1], dtype=bool), []
    for _ in range(values.shape[1]):
        turned = np.einsum("prs,ns->pnr", spread, loadings, optimize=True)  # C a_i
        own = np.einsum("pnr,nr->pn", turned, loadings, optimize=True)  # a_i^T C a_i
        rise = known * ((turned**2) @ variances) / np.maximum(noise - own, 1e-9 * noise)
        worst = int(np.argmin(np.where(left, rise.mean(0), np.inf)))
        step = turned[:, worst]
        factor = known[:, worst] / np.maximum(noise - own[:, worst], 1e-9 * noise)
        spread = spread + factor[:, None, None] * step[:, :, None] * step[:, None, :]
        known[:, worst], left[worst] = 0.0, False
        order.append(worst)
    return np.array(order[::-1])


def _loadings(values: Floats, inputs: int) -> tuple[Floats, Floats]:
    """Variances (r,) of the principal directions of the data, and each channel's loadings on them, standardised, (n, r)."""
    squares, vectors = np.linalg.eigh(np.cov(values, rowvar=False))
    rank = min(inputs, int((squares > 1e-10 * squares[-1]).sum()))
    squares, vectors = squares[-rank:], vectors[:, -rank:]
    return squares, vectors * np.sqrt(squares)
