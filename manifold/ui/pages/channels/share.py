"""Taking a view of the page How many channels away: the words that make it again, and its numbers."""

from __future__ import annotations

import shlex

from manifold.ui.pages.channels.views import Channels, ChannelSetting
from manifold.ui.share import csv_text
from manifold.ui.state import write


def channel_script(setting: ChannelSetting) -> str:
    """A script that prints the numbers behind the curves."""
    lines = "".join(f"    {key}={value!r},\n" for key, value in setting.grid.items())
    return f"""import manifold

rows = manifold.sweep(
{lines}    metrics=["nmse", "lost"],
    draws={setting.draws},
    seed={setting.seed},
)
by_width = rows.groupby("width")
print(by_width["nmse"].quantile([0.05, 0.5, 0.95]).unstack())
print(by_width["lost"].mean())
"""


def channel_command(setting: ChannelSetting) -> str:
    """The command that draws the figure."""
    words = ["python", "-m", "experiments", "run", "channels", "--out", "figures"]
    words += ["--seed", str(setting.seed), "--draws", str(setting.draws)]
    for key, value in setting.grid.items():
        name = "widths" if key == "width" else key
        text = ",".join(map(str, value)) if isinstance(value, list) else write(value)
        words += ["--set", f"{name}={text}"]
    return shlex.join(words)


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
