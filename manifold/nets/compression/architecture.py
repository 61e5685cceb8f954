"""A space of small networks to search: kernel, expansion, gate and activation of each of three blocks, every network a word."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from manifold.checks import fault
from manifold.nets.blocks.separable import InvertedResidualV3
from manifold.nets.cost.formula import Shape
from manifold.nets.training.family import SmallNet

KERNELS, EXPANSIONS, GATES, ACTIVATIONS = (3, 5), (3, 6), (False, True), ("relu", "hardswish")
ENDS = ((8, 8, 1), (8, 16, 2), (16, 16, 1))
"""Channels in and out, and stride, of the blocks of every network, whose stem halves the picture."""

HEAD = 48


@dataclass(frozen=True)
class BlockChoice:
    """What is chosen of a block; see `InvertedResidualV3`.

    Attributes
    ----------
    kernel, expansion : int
    gate : bool
        Squeeze-excite.
    activation : str
    """

    kernel: int = 3
    expansion: int = 6
    gate: bool = False
    activation: str = "relu"

    @property
    def word(self) -> str:
        """As k5e6sh: kernel, expansion, s for squeeze-excite or n for none, first letter of the activation."""
        return f"k{self.kernel}e{self.expansion}{'s' if self.gate else 'n'}{self.activation[0]}"


CHOICES = {
    choice.word: choice for choice in itertools.starmap(BlockChoice, itertools.product(KERNELS, EXPANSIONS, GATES, ACTIVATIONS))
}
"""All that a block can be, by its word."""


@dataclass(frozen=True)
class Architecture:
    """A network of the space: one choice for each block."""

    blocks: tuple[BlockChoice, ...]

    @property
    def word(self) -> str:
        """The words of its blocks, as "k3e6nr-k5e6sh-k5e6sh"."""
        return "-".join(block.word for block in self.blocks)

    def network(self, shape: Shape, classes: int) -> SmallNet:
        """The network for pictures of `shape` (channels, height, width), its weights yet to be set."""
        blocks = [
            InvertedResidualV3(
                *ends, choice.expansion, kernel=choice.kernel, squeeze_excite=choice.gate, activation=choice.activation
            )
            for ends, choice in zip(ENDS, self.blocks, strict=True)
        ]
        network = SmallNet(shape[0], classes, blocks, head=HEAD, activation="hardswish", stride=2)
        return network.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload, no-any-return]

    def mutated(self, *, rng: np.random.Generator) -> Architecture:
        """The same but for one choice of one block, drawn at random, which is another than before."""
        place = int(rng.integers(len(self.blocks)))
        block: Any = self.blocks[place]
        others = [
            replace(block, **{name: value})
            for name, values in (("kernel", KERNELS), ("expansion", EXPANSIONS), ("gate", GATES), ("activation", ACTIVATIONS))
            for value in values
            if value != getattr(block, name)
        ]
        new = others[int(rng.integers(len(others)))]
        return Architecture((*self.blocks[:place], new, *self.blocks[place + 1 :]))


def read_architecture(word: str) -> Architecture:
    """The network of a word; ValueError for one that none has."""
    parts = word.split("-")
    if len(parts) != len(ENDS) or not set(parts) <= set(CHOICES):
        sentence = (
            "a network is written as {count} blocks like k3e6nr (kernel, expansion, gate s or none n, relu r or hardswish h) "
            "with - between them, got {word!r}"
        )
        raise fault(ValueError, sentence, count=len(ENDS), word=word[:80])
    return Architecture(tuple(CHOICES[part] for part in parts))


def draw_architecture(*, rng: np.random.Generator) -> Architecture:
    """Any network of the space, all alike likely."""
    choices = list(CHOICES.values())
    return Architecture(tuple(choices[int(place)] for place in rng.integers(len(choices), size=len(ENDS))))


HAND_MADE = {
    "least": "k3e3nr-k3e3nr-k3e3nr",
    "v2": "k3e6nr-k3e6nr-k3e6nr",
    "v3-large": "k3e3nr-k5e3sr-k3e6sh",
    "v3-small": "k3e3sr-k5e6sh-k5e6sh",
    "most": "k5e6sh-k5e6sh-k5e6sh",
}
"""Networks that somebody would write down: all at the least or the most, and in the manner of the MobileNets."""
