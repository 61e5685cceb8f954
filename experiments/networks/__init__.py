"""Whole networks, trained and at random: what stands at their activations, and what it costs to look."""
