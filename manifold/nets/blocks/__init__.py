"""The papers' blocks, the layers that they are built of, and their catalogue."""
