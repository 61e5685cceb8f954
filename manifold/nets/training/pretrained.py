"""Small networks trained once and kept with the package, so that pages open at once: with three exits, and a dense one without.

`python -m manifold.nets.training.pretrained` trains them again: the first weights, the pictures and the order of examples are
those of draw 0 of seed 0 of the experiment early_exits, and so is all else of the networks with three exits.
"""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from manifold.nets.blocks.initialise import initialise
from manifold.nets.training.data import Split, digits, split_images
from manifold.nets.training.exits import ALL_EXITS, ExitNet, exit_net
from manifold.nets.training.loop import Recipe, Training
from manifold.nets.training.results import FOLDER
from manifold.registry import choose
from manifold.streams import random_stream

SEED, DRAW = 0, 0


class Plan(NamedTuple):
    """Kind of stages, number of exits, and what differs from the recipe of early_exits."""

    kind: str
    exits: int
    changes: dict[str, Any]

    def network(self) -> ExitNet:
        """For digits, with weights yet to be set."""
        return exit_net(self.kind, (1, 8, 8), 10, exits=self.exits)


KEPT = {
    **{kind: Plan(kind, 3, {}) for kind in ("dense", "residual", "plain")},
    "dense-one-exit": Plan("dense", 1, {"steps": 1500, "decay": 0.3}),
}
"""By the name of the file. Without decay, and after few steps, weights that are of no use stay as they were drawn."""


class Pretrained(NamedTuple):
    """A network as it was kept, the pictures of its training, and how it was made."""

    network: ExitNet
    split: Split
    made: dict[str, Any]


def kept_split() -> Split:
    """The pictures that all of `KEPT` were trained and scored on."""
    return split_images(digits(), rng=random_stream(SEED, DRAW, 0))


def train_kept(name: str) -> Training:
    """The training of one of `KEPT`, before its first step."""
    network, split = KEPT[name].network(), kept_split()
    initialise(network, rng=random_stream(SEED, DRAW, 1))
    order = int(random_stream(SEED, DRAW, 2).integers(2**31))
    recipe = replace(Recipe(300, 64, 0.01, seed=order), **KEPT[name].changes)
    return Training(network, split.train.examples, recipe, objective=ALL_EXITS, held=split.held)


def write_kept(name: str) -> dict[str, Any]:
    """Train one of `KEPT`, write its weights beside the kept runs, and tell how it was made and what it scores."""
    training = train_kept(name).run()
    scores = {f"{part}_accuracy": row["accuracy"] for part, row in training.look().items()}
    plan = KEPT[name]
    made = {"kind": plan.kind, "exits": plan.exits, "dataset": "digits", "seed": SEED, "draw": DRAW}
    made |= {"recipe": asdict(training.recipe), **scores, "torch": torch.__version__, "machine": platform.machine()}
    save_file(training.network.state_dict(), FOLDER / f"{name}.safetensors", {"made": json.dumps(made)})
    return made


def read_kept(name: str) -> Pretrained:
    """One of `KEPT` with its weights, the pictures, and how it was made; KeyError for another name."""
    network = KEPT[choose(name, list(KEPT), "kept network")].network()
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        network.load_state_dict({key: file.get_tensor(key) for key in file.keys()})  # noqa: SIM118 - it is no mapping
        return Pretrained(network.eval(), kept_split(), json.loads(file.metadata()["made"]))


if __name__ == "__main__":
    for kept in KEPT:
        print(kept, write_kept(kept))  # noqa: T201
