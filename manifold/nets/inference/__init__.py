"""Copies of networks made for speed, and blocks that need little memory."""
