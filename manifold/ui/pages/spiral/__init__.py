"""Spiral: the paper's figure at every width."""
