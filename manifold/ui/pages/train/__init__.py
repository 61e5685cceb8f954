"""Train it: two networks that differ in one thing, trained side by side."""
