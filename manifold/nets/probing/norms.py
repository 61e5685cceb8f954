"""The batch norm right before each activation, from which alone its firing rates can be told (`theory.firing_rate`)."""

from __future__ import annotations

import itertools

from torch import nn

from manifold.nets.cost.formula import check_module

Norm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d


def norms_before(model: nn.Module) -> dict[str, Norm]:
    """Batch norms with weights by the path of the module that follows them in the list of modules without parts.

    A chain runs in the order of that list. Activations that are functions, and those that follow something else, as in a
    squeeze-excite gate, are left out.
    """
    leaves = [(path, module) for path, module in check_module(model).named_modules() if next(module.children(), None) is None]
    return {path: norm for (_, norm), (path, _) in itertools.pairwise(leaves) if isinstance(norm, Norm) and norm.affine}
