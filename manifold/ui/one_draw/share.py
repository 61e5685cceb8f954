"""Taking one draw of a layer away: the words that make the view again, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from manifold import PointCloud, Recovery, redecode
from manifold.planes.tours import STEPS
from manifold.plots import READINGS
from manifold.ui.one_draw.layers import N_POINTS, TOUR, Setting
from manifold.ui.share import command_line, csv_text, python_script, unless
from manifold.ui.state import write


def layer_script(setting: Setting, width: int, *more: str) -> str:
    """A script that prints the numbers shown for `setting` at `width`; `more` are lines that print further ones."""
    return python_script(
        f"""
import manifold

{_points(setting)}
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
print("best-nmse", manifold.metrics.nmse(result.best))
""",
        *more,
    )


def tour_script(setting: Setting, width: int, at: int) -> str:
    """`layer_script`, and lines that print what the tour of the channels shows at a place of its slider."""
    lines = f"""
from manifold.layer.tour import draw_tour, seen_share, tour_frame

stops = draw_tour(result.matrix, rng=manifold.random_stream({setting.seed}, {setting.draw}, {TOUR}))
frame = tour_frame(stops, {at / STEPS if width > 2 else 0.0:g})  # (n, 2); result.hidden @ frame is the picture of f(T x)
before = cloud.points @ result.matrix.T
print("directions-before", manifold.numerical_rank(before))
print("directions-after", manifold.numerical_rank(result.hidden))
print("seen-before", seen_share(before, frame))
print("seen-after", seen_share(result.hidden, frame))
"""
    return layer_script(setting, width, lines)


def readings_script(setting: Setting, width: int) -> str:
    """A script that prints the error of every reading of T^-1 at `width`."""
    points = "\n    ".join(_points(setting).splitlines())
    return python_script(
        f"""
import manifold

for law in {READINGS}:
    {points}
    result = manifold.recover(cloud.points, width={width}, embedding=law, activation={setting.activation!r}, rng=rng)
    print(law, manifold.metrics.nmse(result))
"""
    )


def _points(setting: Setting) -> str:
    scale = f", scale={write(setting.scale)}" if setting.scale != 1.0 else ""
    return (
        f"rng = manifold.random_stream(seed={setting.seed}, draw={setting.draw})\n"
        f"cloud = manifold.make_cloud({setting.dataset!r}, {N_POINTS}{scale}, rng=rng)"
    )


def layer_command(experiment: str, setting: Setting, widths: Sequence[int], *, takes: Sequence[str] = ()) -> str:
    """The command that draws the figure shown for `setting` at `widths`; `takes` names what not every such experiment does."""
    usual = {"embedding": "gaussian", "decoder": "inverse"}
    return command_line(
        experiment,
        seed=setting.seed,
        draws=1,
        widths=widths,
        shown=setting.draw,
        dataset=unless("spiral", setting.dataset),
        activation=unless("relu", setting.activation),
        scale=unless(1.0, setting.scale),
        **{key: unless(usual[key], getattr(setting, key)) for key in takes},
    )


def readings_table(cloud: PointCloud, by_law: Mapping[str, Recovery]) -> str:
    """CSV: the points, their chart, and the answer of every reading of T^-1, one line a point."""
    names = ["x", "y", *(f"chart_{k + 1}" for k in range(cloud.chart.shape[1]))]
    names += [f"{law}_{axis}" for law in by_law for axis in "xy"]
    return csv_text(names, [cloud.points, cloud.chart, *(recovery.recovered for recovery in by_law.values())])


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
