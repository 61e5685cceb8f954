"""Taking a view of the page How many channels away: the words that make it again, and its numbers."""

from __future__ import annotations

from manifold.ui.pages.channels.views import Channels, ChannelSetting
from manifold.ui.share import command_line, csv_text, python_script


def channel_script(setting: ChannelSetting) -> str:
    """A script that prints the numbers behind the curves."""
    lines = "".join(f"    {key}={value!r},\n" for key, value in setting.grid.items())
    return python_script(
        f"""
import manifold

rows = manifold.sweep(
{lines}    metrics=["nmse", "lost"],
    draws={setting.draws},
    seed={setting.seed},
)
by_width = rows.groupby("width")
print(by_width["nmse"].quantile([0.05, 0.5, 0.95]).unstack())
print(by_width["lost"].mean())
"""
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
