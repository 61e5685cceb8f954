"""A grid of settings over thousands of draws, as a table: point by point, or in the plane by sectors."""

from manifold.sweeps.curves import WidthCurves, expansion_widths, expected_errors, expected_losses, width_curves
from manifold.sweeps.grid import Cell, make_grid
from manifold.sweeps.intervals import mean_interval, share_interval, wilson_interval
from manifold.sweeps.table import measure_cells, sweep, sweep_to

__all__ = [
    "Cell",
    "WidthCurves",
    "expansion_widths",
    "expected_errors",
    "expected_losses",
    "make_grid",
    "mean_interval",
    "measure_cells",
    "share_interval",
    "sweep",
    "sweep_to",
    "width_curves",
    "wilson_interval",
]
