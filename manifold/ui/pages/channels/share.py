"""Taking a view of the page How many channels away: the words that make it again, and its numbers."""

from __future__ import annotations

from manifold import ACTIVATIONS
from manifold.layer.activations import loss_kind
from manifold.ui.pages.channels.views import Channels, ChannelSetting
from manifold.ui.share import command_line, csv_text, python_script
from manifold.ui.state import write

_RELU_LINES = """
theory = manifold.theory
print("lost-at-d", theory.collapsed_fraction(d, d))
print("one-to-one", theory.injective_probability(n) if d == 2 else float("nan"))
print("regions-lost", theory.expected_lost_regions(n, d))
print("one-percent-from", theory.sufficient_width(d, 0.01))
print("one-in-a-million-from", theory.sufficient_width(d, 1e-6))
print("log2-lost", theory.log2_collapsed_fraction(n, d))
"""


def channel_script(setting: ChannelSetting, width: int) -> str:
    """A script that prints the numbers behind the curves, and what is said of one width."""
    law = f"embedding={setting.embedding!r}, activation={setting.activation!r}"
    lines = "".join(f"    {key}={value!r},\n" for key, value in setting.grid.items())
    return python_script(
        f"""
import manifold
from manifold.sweeps.curves import expected_losses
from manifold.sweeps.grid import first_cloud

rows = manifold.sweep(
{lines}    metrics=["nmse", "lost"],
    draws={setting.draws},
    seed={setting.seed},
)
by_width = rows.groupby("width")
print(by_width["nmse"].quantile([0.05, 0.5, 0.95]).unstack())
print(by_width["lost"].mean())

# at one width
n, d = {width}, {setting.dim}
points = {write(setting.scale)} * first_cloud({setting.grid["dataset"]!r}, 1000, d).points
print("median-error", by_width["nmse"].median()[n])
print("lost", by_width["lost"].mean()[n])
print("margin", 1.96 * by_width["lost"].sem()[n])
print("expected-lost", expected_losses([n], points, {law})[0])
""",
        _RELU_LINES if loss_kind(ACTIVATIONS[setting.activation]) == "below" else "",
    )


def channel_command(setting: ChannelSetting) -> str:
    """The command that draws the figure."""
    settings = {"widths" if axis == "width" else axis: value for axis, value in setting.grid.items()}
    return command_line("channels", seed=setting.seed, draws=setting.draws, **settings)


def channel_table(shown: Channels) -> str:
    """CSV: one line a width."""
    curves = shown.curves
    columns = {
        "channels": curves.widths,
        "lost_mean": curves.lost,
        "lost_margin": curves.margin,
        "lost_formula": shown.losses,
        "nmse_median": curves.median,
        "nmse_5_percent": curves.low,
        "nmse_95_percent": curves.high,
        "nmse_mean": curves.mean,
        "nmse_mean_formula": shown.errors,
    }
    return csv_text(list(columns), list(columns.values()))
