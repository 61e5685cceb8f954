"""Trained networks made smaller: what each way saves, and what it costs in accuracy."""
