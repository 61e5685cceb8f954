"""The code that draws in the browser, as one script and one style sheet: pages and documents show the same pictures."""

from __future__ import annotations

from pathlib import Path

_PARTS = ("planes", "drawing", "pointing", "space", "tour", "layer", "follow", "journey", "pictures", "packing")


def joined(kind: str, *names: str) -> str:
    """Files of this folder of a kind, such as "js", one after another."""
    return "\n".join(Path(__file__).with_name(f"{name}.{kind}").read_text(encoding="utf-8") for name in names)


SCRIPT = joined("js", *_PARTS)
"""A module whose default export draws data in an element; panels.py documents the data."""

STYLE = joined("css", "planes")
"""Its style."""
