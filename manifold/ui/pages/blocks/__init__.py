"""Blocks: what real blocks cost and keep."""
