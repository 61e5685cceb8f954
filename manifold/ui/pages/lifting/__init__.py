"""Lifting: classes separated by a plane."""
