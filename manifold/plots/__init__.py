"""Matplotlib figures of results, for print: `draw_*` put one result on given axes, `figure_*` build a whole figure."""

from manifold.plots.blocks import COST_TITLES, figure_block, figure_costs, short_number
from manifold.plots.diagrams import draw_diagram, figure_diagram
from manifold.plots.panels import EXTENT, draw_cloud, draw_plane, panel_table, rank_legend, write_note
from manifold.plots.recoveries import (
    ACTIVATION_TITLES,
    READING_NOTES,
    error_text,
    figure_planes,
    figure_readings,
    figure_recoveries,
    figure_recovery,
)
from manifold.plots.style import (
    ACTIVATION_COLORS,
    FORMATS,
    RANK_COLORS,
    RANK_COLORS_ON_DARK,
    RANK_LABELS,
    chart_colors,
    figure_bytes,
    styled,
)

__all__ = [
    "ACTIVATION_COLORS",
    "ACTIVATION_TITLES",
    "COST_TITLES",
    "EXTENT",
    "FORMATS",
    "RANK_COLORS",
    "RANK_COLORS_ON_DARK",
    "RANK_LABELS",
    "READING_NOTES",
    "chart_colors",
    "draw_cloud",
    "draw_diagram",
    "draw_plane",
    "error_text",
    "figure_block",
    "figure_bytes",
    "figure_costs",
    "figure_diagram",
    "figure_planes",
    "figure_readings",
    "figure_recoveries",
    "figure_recovery",
    "panel_table",
    "rank_legend",
    "short_number",
    "styled",
    "write_note",
]
