"""Networks that may be left early: a classifier behind each stage, and the rule by which a picture leaves."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from manifold.checks import check_array, check_count, check_number, fault
from manifold.nets.blocks.block import Block
from manifold.nets.blocks.dense import DenseBlock
from manifold.nets.blocks.layers import ConvNorm
from manifold.nets.blocks.residual import PlainPair, ResidualBasic
from manifold.nets.cost.formula import Cost, Shape, formula_cost, in_a_row
from manifold.nets.training.loop import CLASSES, Objective
from manifold.registry import Registry

STAGES: Registry[Callable[[int], list[list[Block]]]] = Registry("kind of stage")
"""Three stages by growth rate k, of about 96 k^2 weights times 9, a sixth, a third and half of them."""


@STAGES.register("dense")
def _dense(growth: int) -> list[list[Block]]:
    """Twelve layers after 5 k / 2 channels, each reading all before it, those of earlier stages too."""
    entry, layers = 5 * growth // 2, 4
    return [[DenseBlock(entry + stage * layers * growth, growth, layers, 0)] for stage in range(3)]


@STAGES.register("residual")
def _residual(growth: int) -> list[list[Block]]:
    """One, two and three residual blocks of 3 k channels."""
    return [[ResidualBasic(3 * growth, 3 * growth) for _ in range(pairs)] for pairs in (1, 2, 3)]


@STAGES.register("plain")
def _plain(growth: int) -> list[list[Block]]:
    """The same without shortcuts."""
    return [[PlainPair(3 * growth, 3 * growth) for _ in range(pairs)] for pairs in (1, 2, 3)]


class ExitNet(nn.Module):
    """Stem that halves the picture, stages, and behind each a classifier: (N, channels, H, W) -> (N, exits, classes).

    Teerapittayanon et al. 2016 (BranchyNet), arXiv 1709.01686. Every exit is a 1x1, the mean over the picture, and a fully
    connected layer.

    Parameters
    ----------
    channels, classes : int
    stages : sequence of sequences of Block
        Each takes what the one before gives.
    head : int, default=16
        Channels of the 1x1.
    """

    def __init__(self, channels: int, classes: int, stages: Sequence[Sequence[Block]], *, head: int = 16) -> None:
        super().__init__()
        self.inp = check_count(channels, "channels", minimum=1)
        self.classes = check_count(classes, "classes", minimum=2)
        self.stem = ConvNorm(channels, stages[0][0].inp, 3, 2, activation="relu")
        self.stages = nn.ModuleList(nn.Sequential(*blocks) for blocks in stages)
        self.heads = nn.ModuleList(ConvNorm(blocks[-1].oup, head, activation="relu") for blocks in stages)
        self.classifiers = nn.ModuleList(nn.Linear(head, classes) for _ in stages)

    def forward(self, x: Tensor) -> Tensor:
        """One score a class at every exit."""
        x, scores = self.stem(x), []
        for stage, head, classifier in zip(self.stages, self.heads, self.classifiers, strict=True):
            x = stage(x)  # (N, C, h, w)
            scores.append(classifier(head(x).mean((2, 3))))
        return torch.stack(scores, 1)

    def costs(self, shape: Shape) -> list[Cost]:
        """Of leaving at each exit: all up to it, earlier exits too, by which it is known that a picture goes on."""
        parts, costs = [formula_cost(self.stem, shape)], []
        maps = parts[0].output
        for number, (stage, head, classifier) in enumerate(zip(self.stages, self.heads, self.classifiers, strict=True)):
            parts.append(formula_cost(stage, maps))
            maps, before = parts[-1].output, number * self.classes
            parts.append(formula_cost(head, maps))
            parts.append(formula_cost(classifier, parts[-1].output[:1]))
            whole = in_a_row(parts)
            costs.append(Cost(whole.parameters, whole.macs, whole.memory + before, (number + 1, self.classes)))
        return costs

    def cost(self, shape: Shape) -> Cost:
        """That of the last exit; memory counts the stages alone, beside which maps and scores of exits are small."""
        return self.costs(shape)[-1]


def exit_net(kind: str, shape: Shape, classes: int, *, growth: int = 4, exits: int = 3) -> ExitNet:
    """Three exits at about 1/6, 1/2 and 1 of the MACs, in twelve 3x3 convolutions that cost the same for every kind.

    Parameters
    ----------
    kind : {"dense", "residual", "plain"}
        Of `STAGES`.
    shape : (channels, height, width)
        Of a picture.
    classes : int
    growth : int, default=4
        k, even: maps that a dense layer adds; plain and residual layers have 3 k.
    exits : {3, 1}, default=3
        1 leaves the two early ones out, and everything else as it is.
    """
    if check_count(growth, "growth", minimum=2) % 2:
        raise fault(ValueError, "growth must be even, got {growth}", growth=growth)
    if exits not in (1, 3):
        raise fault(ValueError, "exits must be 1 or 3, got {exits}", exits=exits)
    stages = STAGES[kind](growth)
    return ExitNet(shape[0], classes, stages if exits == 3 else [list(itertools.chain(*stages))], head=4 * growth)


def _sum_of_losses(scores: Tensor, labels: Tensor) -> Tensor:
    """Cross entropies of all exits (N, exits, classes), of equal weight (Huang et al. 2017, arXiv 1703.09844, section 4)."""
    return torch.stack([CLASSES.loss(each, labels) for each in scores.unbind(1)]).sum()


def _last_right(scores: Tensor, labels: Tensor) -> Tensor:
    """Share that the last exit gets right."""
    return (scores[:, -1].argmax(1) == labels).double().mean()


ALL_EXITS = Objective(_sum_of_losses, _last_right)


def leave(scores: ArrayLike, threshold: float) -> NDArray[np.int64]:
    """The exit (N,) at which each picture leaves: the first whose largest probability is above the threshold, or the last.

    Parameters
    ----------
    scores : array-like of shape (N, exits, classes)
        Probabilities are their softmax over the classes.
    threshold : float
        From 0, where all leave at the first, to 1, where all go to the last.

    Returns
    -------
    ndarray of shape (N,)
        From 0 on.
    """
    scores = check_array(scores, "scores", shape="(N, exits, classes)")
    if check_number(threshold, "threshold", above=0.0, inclusive=True) > 1.0:
        raise fault(ValueError, "threshold must be <= 1, got {threshold:g}", threshold=threshold)
    largest = scores.max(axis=2, keepdims=True)
    sure = 1.0 / np.exp(scores - largest).sum(axis=2) > threshold  # (N, exits)
    sure[:, -1] = True
    return np.asarray(sure.argmax(axis=1))
