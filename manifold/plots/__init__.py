"""Matplotlib figures of results, for print: `draw_*` put one result on given axes, `figure_*` build a whole figure."""

from manifold.plots.panels import draw_cloud, draw_sectors, panel_table, rank_legend, write_note
from manifold.plots.recoveries import ACTIVATION_TITLES, figure_recoveries, figure_recovery
from manifold.plots.style import ACTIVATION_COLORS, FORMATS, RANK_COLORS, RANK_LABELS, chart_colors, figure_bytes, styled

__all__ = [
    "ACTIVATION_COLORS",
    "ACTIVATION_TITLES",
    "FORMATS",
    "RANK_COLORS",
    "RANK_LABELS",
    "chart_colors",
    "draw_cloud",
    "draw_sectors",
    "figure_bytes",
    "figure_recoveries",
    "figure_recovery",
    "panel_table",
    "rank_legend",
    "styled",
    "write_note",
]
