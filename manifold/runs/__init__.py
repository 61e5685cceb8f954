"""Blocks of draws, measured by this process, by several or by a cluster, and kept on disk so that a stopped run goes on."""

from manifold.runs.blocks import run_blocks, write_blocks
from manifold.runs.execution import MOST_DRAWS, Execution, check_folder
from manifold.runs.identity import run_digest
from manifold.runs.lock import hold
from manifold.runs.parts import PartError, remove_unfinished, replace_files
from manifold.runs.progress import ProgressLine, duration, told

__all__ = [
    "MOST_DRAWS",
    "Execution",
    "PartError",
    "ProgressLine",
    "check_folder",
    "duration",
    "hold",
    "remove_unfinished",
    "replace_files",
    "run_blocks",
    "run_digest",
    "told",
    "write_blocks",
]
