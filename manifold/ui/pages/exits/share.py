"""Taking a view away: the words that make the view of the page Dense and early exits again, and its numbers."""

from __future__ import annotations

import numpy as np

from manifold.nets.training.pretrained import DRAW, SEED
from manifold.ui.dense_stacks import Stacks, stacks_script
from manifold.ui.pages.exits.views import Shown
from manifold.ui.share import command_line, csv_text, python_script


def exits_script(network: str, threshold: float) -> str:
    """A script that prints the numbers of the exits."""
    return python_script(
        f"""
from manifold.nets.training.departures import depart
from manifold.nets.training.pretrained import read_kept

network, split, made = read_kept({network!r})
print(made)
departures = depart(network, split.test, [{threshold:g}, 1.0])
print("leave at each exit", [(departures.exits[0] == number).sum() for number in range(3)])
print("MACs of each exit", departures.macs)
print("accuracy", departures.accuracy[0], "of the last exit alone", departures.accuracy[1])
print("MACs saved", 1.0 - departures.cost[0])
"""
    )


def exits_command(network: str, threshold: float) -> str:
    """The command that trains this network again and measures it at the threshold."""
    shown = f"[{threshold:g}]" if 0.0 < threshold < 1.0 else None  # 0 and 1 are measured anyway
    return command_line("early_exits", seed=SEED, draws=DRAW + 1, networks=f'["{network}"]', thresholds=shown)


def exits_table(shown: Shown, step: int) -> str:
    """CSV: label of each test picture, the exit at which it leaves, from 1 on, and whether each exit is right about it."""
    out = shown.departures
    names = ["label", "exit", *(f"right_{number + 1}" for number in range(len(out.macs)))]
    return csv_text(names, [shown.labels, out.exits[step] + 1, out.right])


def dense_script(stacks: Stacks) -> str:
    """A script that prints the weights of both stacks, and how much the trained network reads of whom."""
    return python_script(
        """
from manifold.nets.training.deep import source_weights
from manifold.nets.training.pretrained import read_kept

""",
        stacks_script(stacks),
        'print(source_weights(read_kept("dense-one-exit").network).round(3))\n',
    )


def dense_command(stacks: Stacks) -> str:
    """The command that draws weights of both stacks, at this number of layers and at fewer."""
    depths = sorted({2, stacks.layers // 4 * 2, stacks.layers} - {0})
    return command_line("dense_growth", seed=SEED, draws=1, growth=stacks.growth, plain=stacks.plain, depths=depths)


def dense_table(stacks: Stacks) -> str:
    """CSV: weights of each layer of both stacks."""
    rows = stacks.rows
    numbers = np.arange(1, stacks.layers + 1)
    return csv_text(["layer", "dense", "plain"], [numbers, np.array(rows["dense"]), np.array(rows["plain"])])
