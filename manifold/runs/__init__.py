"""Blocks of draws, measured by this process, by several or by a cluster, and kept on disk so that a stopped run goes on."""

from manifold.runs.blocks import ProgressLine, run_blocks, write_blocks
from manifold.runs.parts import PartError, remove_unfinished, replace_files

__all__ = ["PartError", "ProgressLine", "remove_unfinished", "replace_files", "run_blocks", "write_blocks"]
