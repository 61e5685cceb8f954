"""Blocks of draws, measured by this process, by several or by a cluster, and kept on disk so that a stopped run goes on."""

from manifold.runs.blocks import run_blocks, write_blocks
from manifold.runs.execution import Execution
from manifold.runs.parts import PartError, remove_unfinished, replace_files
from manifold.runs.progress import ProgressLine

__all__ = ["Execution", "PartError", "ProgressLine", "remove_unfinished", "replace_files", "run_blocks", "write_blocks"]
