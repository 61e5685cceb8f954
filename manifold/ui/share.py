"""Taking a view away: the link, the figure, the numbers, and the words that make it again."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from manifold import PointCloud, Recovery, redecode
from manifold.plots import FORMATS, figure_bytes
from manifold.ui.one_draw.layers import N_POINTS, Setting
from manifold.ui.state import write

_MIME = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png", "csv": "text/csv"}


def downloads(name: str, figure: Callable[[], Figure], table: Callable[[], str]) -> None:
    """One button for each figure format and one for the numbers; each file is made when it is asked for."""
    makers: dict[str, Callable[[], bytes]] = {kind: _figure_maker(figure, kind) for kind in FORMATS}
    makers["csv"] = lambda: table().encode()
    with st.container(horizontal=True):
        for kind, make in makers.items():
            st.download_button(
                kind.upper(),
                make,
                f"{name}.{kind}",
                _MIME[kind],
                icon=":material/download:",
                on_click="ignore",
                key=f"{name}.{kind}",
            )


def reproduce(python: str, command: str) -> None:
    """The link to this view, and the exact words for Python and for the command line."""
    link, script, shell = st.tabs(["Link", "Python", "Command line"])
    query = "&".join(f"{key}={value}" for key, value in st.query_params.items())
    link.code(
        f"{(st.context.url or '').split('?')[0]}{'?' if query else ''}{query}".replace(" ", "%20"),
        language=None,
        wrap_lines=True,
    )
    link.caption("It opens this view on a computer where the app runs at this address; others see it once it runs for them.")
    script.code(python, language="python", wrap_lines=True)
    shell.code(command, language="bash", wrap_lines=True)


def python_script(setting: Setting, width: int) -> str:
    """A script that prints the NMSE and the lost share shown for `setting` at `width`."""
    scale = f", scale={write(setting.scale)}" if setting.scale != 1.0 else ""
    return f"""import manifold

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


def command_line(experiment: str, setting: Setting, widths: Sequence[int]) -> str:
    """The command that draws the figure shown for `setting` at `widths`."""
    changes: dict[str, int | str] = {"widths": ",".join(map(str, widths)), "shown": setting.draw}
    changes |= {"dataset": setting.dataset} if setting.dataset != "spiral" else {}
    changes |= {"activation": setting.activation} if setting.activation != "relu" else {}
    if experiment != "inverse_readings":  # which goes through the laws of T itself
        changes |= {"embedding": setting.embedding} if setting.embedding != "gaussian" else {}
        changes |= {"decoder": setting.decoder} if setting.decoder != "inverse" else {}
    changes |= {"scale": write(setting.scale)} if setting.scale != 1.0 else {}
    words = ["python", "-m", "experiments", "run", experiment, "--out", "figures", "--seed", str(setting.seed), "--draws", "1"]
    for key, value in changes.items():
        words += ["--set", f"{key}={value}"]
    return shlex.join(words)


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


def csv_text(names: Sequence[str], columns: Sequence[ArrayLike]) -> str:
    """CSV: a line of `names`, then one line a point; `columns` are vectors (N,) and matrices (N, k), side by side."""
    buffer = io.StringIO()
    np.savetxt(buffer, np.column_stack(columns), delimiter=",", header=",".join(names), comments="", fmt="%.9g")
    return buffer.getvalue()


def _figure_maker(figure: Callable[[], Figure], kind: str) -> Callable[[], bytes]:
    return lambda: figure_bytes(figure(), kind)
