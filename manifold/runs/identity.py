"""Identity of a run: all that its rows depend on, in one digest by which parts of another run are told."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from manifold.runs.entries import added_entries, entry_digests

_CODE = Path(__file__).parents[1]
_SHOWN = ("ui", "plots", "planes", "text", "experiments")  # parts of the code that no number of a sweep depends on
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch")  # whose last bits may change between versions


def run_digest(identity: Mapping[str, Any]) -> str:
    """Of what was asked, of the entries that a script has added and that are asked for, and of what measures it."""
    asked = {**identity, "entries": entry_digests(added_entries(identity)), "software": software_digest()}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


@functools.cache
def software_digest() -> str:
    """Of the code and the versions of the libraries that rows depend on."""
    from importlib.metadata import version  # slow to load

    files = [path for path in sorted(_CODE.rglob("*.py")) if path.relative_to(_CODE).parts[0] not in _SHOWN]
    versions = [version(name) for name in _LIBRARIES]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files) + json.dumps(versions).encode()).hexdigest()
