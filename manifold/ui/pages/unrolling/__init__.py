"""Unrolling: a bent sheet laid flat."""
