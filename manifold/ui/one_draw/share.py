"""Taking one draw of a layer away: the words that make the view again, and its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from manifold import PointCloud, Recovery, redecode
from manifold.ui.one_draw.layers import N_POINTS, Setting
from manifold.ui.share import command_line, csv_text, python_script, unless
from manifold.ui.state import write


def layer_script(setting: Setting, width: int) -> str:
    """A script that prints the numbers shown for `setting` at `width`."""
    scale = f", scale={write(setting.scale)}" if setting.scale != 1.0 else ""
    return python_script(
        f"""
import manifold

rng = manifold.random_stream(seed={setting.seed}, draw={setting.draw})
cloud = manifold.make_cloud({setting.dataset!r}, {N_POINTS}{scale}, rng=rng)
result = manifold.recover(
    cloud.points,
    width={width},
    embedding={setting.embedding!r},
    activation={setting.activation!r},
    decoder={setting.decoder!r},
    rng=rng,
)
for name, metric in manifold.METRICS.items():
    print(name, metric(result))
"""
    )


def layer_command(experiment: str, setting: Setting, widths: Sequence[int]) -> str:
    """The command that draws the figure shown for `setting` at `widths`."""
    every_law = experiment == "inverse_readings"  # it goes through the laws of T itself, and reads each by its own inverse
    return command_line(
        experiment,
        seed=setting.seed,
        draws=1,
        widths=widths,
        shown=setting.draw,
        dataset=unless("spiral", setting.dataset),
        activation=unless("relu", setting.activation),
        embedding=None if every_law else unless("gaussian", setting.embedding),
        decoder=None if every_law else unless("inverse", setting.decoder),
        scale=unless(1.0, setting.scale),
    )


def recovery_table(cloud: PointCloud, recovery: Recovery) -> str:
    """CSV: the points, their chart, the layer's output, both decoders' answers, active rows and rank, one line a point."""
    best = redecode(recovery, "posterior")
    names = ["x", "y", *(f"chart_{k + 1}" for k in range(cloud.chart.shape[1]))]
    names += [f"hidden_{i + 1}" for i in range(len(recovery.matrix))]
    names += ["decoded_x", "decoded_y", "best_x", "best_y", "active_rows", "rank"]
    columns = [
        recovery.points,
        cloud.chart,
        recovery.hidden,
        recovery.recovered,
        best.recovered,
        recovery.active,
        recovery.rank,
    ]
    return csv_text(names, columns)
