"""Blocks of networks: what they cost by formula, and what stands inside them."""
