"""One file per claim: its parameters, what it measures, and its figure. Run with `python -m experiments`."""
