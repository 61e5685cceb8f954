"""Taking a block away: the words that make the view of the page Blocks again, and its numbers."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import numpy as np

from manifold import PointCloud
from manifold.nets import BLOCKS, Reading
from manifold.ui.dense_stacks import Stacks, stacks_script
from manifold.ui.pages.blocks.views import N_POINTS, BlockSetting
from manifold.ui.share import command_line, csv_text, python_script, unless


def construction(setting: BlockSetting, width: int) -> str:
    """The Python expression that makes the block."""
    block = setting.block(width)
    arguments = [str(width), str(setting.channels_out(width)), str(block.stride)]
    if setting.expand_ratio is not None:
        arguments.append(f"expand_ratio={setting.expand_ratio!r}")
    if setting.bottleneck_activation != "linear":
        arguments.append(f"bottleneck_activation={setting.bottleneck_activation!r}")
    if block.options.get("groups", 1) > 1:
        arguments.append(f"groups={block.options['groups']}")
    return f"{type(block).__name__}({', '.join(arguments)})"


def source(setting: BlockSetting) -> str:
    """The code of the block's class."""
    return inspect.getsource(type(setting.block(64)))


def block_script(setting: BlockSetting, width: int, stacks: Stacks) -> str:
    """A script that prints the costs, and the numbers that the page shows of places in the block and of dense layers."""
    ends = f"{width}, {setting.channels_out(width)}"
    ratio = "" if setting.expand_ratio is None else f", expand_ratio={setting.expand_ratio!r}"
    return python_script(
        f"""
import manifold
from manifold import nets
from manifold.metrics import lost_share, nmse

rng = manifold.random_stream(seed={setting.seed}, draw={setting.draw})
cloud = manifold.make_cloud("spiral", {N_POINTS}, rng=rng)
layer = manifold.EMBEDDINGS["gaussian"]({width}, 2, rng=rng)
block = nets.{construction(setting, width)}
image = ({width}, {setting.size}, {setting.size})
print(nets.formula_cost(block, image))
state = rng.bit_generator.state
nets.initialise(block, rng=rng)
for signal in nets.recover_block(block, cloud.points, layer):
    errors = [nmse(signal.read(readout)) for readout in nets.READOUTS]
    print(signal.place, signal.hidden.shape[1], lost_share(signal.read("exact")), *errors)

# the same weights without and with ReLU6 at a narrow place
rng.bit_generator.state = state
kind = nets.BLOCKS[{setting.kind!r}]
signals = nets.recover_kind(kind, {ends}, cloud.points, layer, stride={setting.stride}{ratio}, rng=rng)
for place, signal in signals.items():
    print(place, lost_share(signal.read("exact")), nmse(signal.read({setting.readout!r})))
""",
        _comparisons(setting, ends, width),
        "\n\n# weights of dense layers, and of as many plain ones\n",
        stacks_script(stacks),
    )


def _comparisons(setting: BlockSetting, ends: str, width: int) -> str:
    """The part that prints what every kind of block costs, and what it keeps at as many MACs."""
    return f"""
# beside the others, each with its paper's own inner width
for name, kind in nets.BLOCKS.items():
    print(name, nets.formula_cost(kind({ends}, {setting.stride}), image))

# every kind of block at as many MACs: its inner width, and what is lost at its places
macs = nets.formula_cost(block, image).macs
for name, kind in nets.BLOCKS.items():
    rng = manifold.random_stream(seed={setting.seed}, draw={setting.draw})
    cloud = manifold.make_cloud("spiral", {N_POINTS}, rng=rng)
    layer = manifold.EMBEDDINGS["gaussian"]({width}, 2, rng=rng)
    ratio = kind.ratio_for({ends}, {setting.stride}, size={setting.size}, macs=macs)
    signals = nets.recover_kind(kind, {ends}, cloud.points, layer, stride={setting.stride}, expand_ratio=ratio, rng=rng)
    print(name, ratio, *(f"{{place}}: {{lost_share(signal.read('exact'))}}" for place, signal in signals.items()))
"""


def block_command(setting: BlockSetting, width: int) -> str:
    """The command that draws the figure of the page."""
    kind = BLOCKS[setting.kind]
    return command_line(
        "block_recovery",
        seed=setting.seed,
        draws=1,
        block=setting.kind,
        inp=width,
        oup=setting.channels_out(width),
        shown=setting.draw,
        expand_ratio=unless(kind.ratio, setting.expand_ratio),
        stride=unless(1, setting.stride),
        size=unless(28, setting.size),
        end=unless("relu6", setting.bottleneck_activation) if kind.switches else None,
        readout=unless("exact", setting.readout),
    )


def readings_table(cloud: PointCloud, readings: Mapping[str, Reading]) -> str:
    """CSV: the points, their chart, and for every panel what was read there and the rank of what is known, one line a point."""
    names, columns = ["x", "y", "chart_1"], [cloud.points, cloud.chart]
    for title, reading in readings.items():
        name = title.lower().replace(",", "").replace(" ", "_")
        names += [f"{name}_x", f"{name}_y", f"{name}_rank"]
        columns += [reading.recovered, reading.rank.astype(np.float64)]
    return csv_text(names, columns)
