"""Trained networks made smaller, and small ones found: what each way saves, and what it costs in accuracy."""
