"""Taking a comparison away: the words that make it again, its figure and its numbers."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from manifold.nets.training.arms import BATCH, LARGEST, Pair, widest_plane
from manifold.plots import figure_arms
from manifold.plots.trainings import Side, arm_looks
from manifold.ui.pages.train.controls import differs
from manifold.ui.pages.train.views import Seen
from manifold.ui.pages.train.words import arm_titles
from manifold.ui.share import command_line, csv_text, python_script

_OPTIONS = {"width": "width", "activation": "bottleneck_activation", "shortcut": "shortcut", "depth": "depth"}
"""Arguments of `bottleneck_net` by what an arm calls them."""

_DRAWS = 20
"""Of the experiment linear_bottleneck."""


def arms_script(pair: Pair) -> str:
    """A script that trains both arms and prints what each gets right."""
    arm, apart = pair[0], differs(pair)
    shared = ", ".join(f"{option}={getattr(arm, name)!r}" for name, option in _OPTIONS.items() if name != apart)
    values = [getattr(each, apart) for each in pair]
    draw = "apart" if apart == "draw" else str(arm.draw)
    own = "" if apart == "draw" else f", {_OPTIONS[apart]}=apart"
    sets, data = "IMAGE_SETS, Recipe, Training, bottleneck_net, initialise", f"IMAGE_SETS[{arm.dataset!r}]()"
    if arm.own is not None:
        sets, data = "Recipe, Training, bottleneck_net, initialise, read_images", f"read_images({arm.own.name!r})"
    return python_script(
        f"""
import torch

from manifold import random_stream
from manifold.nets import {sets}, split_images

data = {data}
shape = tuple(data.images.shape[1:])
stride = 2 if max(shape[1:]) > {LARGEST} else 1
for arm, apart in enumerate({values!r}, 1):
    seed, draw = {arm.seed}, {draw}
    split = split_images(data, rng=random_stream(seed, draw, 0))
    network = bottleneck_net(shape, len(data.names), {shared}{own}, stride=stride)
    initialise(network.to(memory_format=torch.channels_last), rng=random_stream(seed, draw, 1))
    order = int(random_stream(seed, draw, 2).integers(2**31))
    recipe = Recipe({arm.steps}, {BATCH}, rate={arm.rate!r}, seed=order)
    seen = Training(network, split.train.examples, recipe, held=split.held).run().look()
    print(f"accuracy-{{arm}}", seen["test"]["accuracy"])
"""
    )


def arms_command(pair: Pair) -> str | None:
    """The command that measures this comparison over many draws, this one among them; None where no experiment does."""
    arm = pair[0]
    compared = {each.activation for each in pair} == {"linear", "relu6"} and arm.dataset in ("digits", "mnist-5k")
    if not compared or arm.own is not None or arm.shortcut == "expansion" or arm.draw >= _DRAWS:
        return None
    return command_line(
        "linear_bottleneck",
        seed=arm.seed,
        datasets=arm.dataset,
        depth=arm.depth,
        steps=arm.steps,
        rate=arm.rate,
        widths=arm.width,
    )


def arms_table(pair: Pair, seen: Seen) -> str:
    """CSV: one line a moment, and of the arm that ended first its last line again."""
    longest = max(seen, key=lambda arm: len(arm.steps)).steps
    columns = [np.pad(arm.accuracy, (0, len(longest) - len(arm.accuracy)), mode="edge") for arm in seen]
    return csv_text(["steps", "accuracy_1", "accuracy_2"], [longest, *columns])


def arms_figure(pair: Pair, seen: Seen, *, caption: str) -> Figure:
    """Curves and planes of both arms."""
    looks = arm_looks([arm.activation for arm in pair])
    sides = [
        Side(title, look, arm.steps, arm.accuracy, widest_plane(arm.places)[-1])
        for title, look, arm in zip(arm_titles(pair), looks, seen, strict=True)
    ]
    return figure_arms(sides, seen[0].labels, caption=caption)
