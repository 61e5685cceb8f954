"""Trainings of two arms that come with the package, so that they are seen at once and offline.

`python -m manifold.ui.pages.train.kept` writes those of the page Train it.
"""

from __future__ import annotations

import functools
import io
import json
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from manifold.nets.training.arms import Arm, Pair, Watched, widest_plane
from manifold.nets.training.results import FOLDER

FILE = FOLDER / "pairs.npz"

_ARRAYS = ("steps", "accuracy", "places", "labels", "right", "losses", "said")
_PLAIN = ("names", "parameters", "macs")
_ARM = tuple(name for name in Arm.__dataclass_fields__ if name != "own")


def write_pairs(trained: Mapping[Pair, Iterable[Watched]], path: Path = FILE) -> None:
    """Write trainings, of each pair both; of more than two channels only the two widest directions are kept."""
    arrays: dict[str, NDArray[Any]] = {}
    about = []
    for number, (pair, sides) in enumerate(trained.items()):
        for side, (arm, seen) in enumerate(zip(pair, sides, strict=True)):
            about.append({name: getattr(arm, name) for name in _ARM} | {name: getattr(seen, name) for name in _PLAIN})
            arrays |= {f"{number}.{side}.{name}": array for name, array in _small(seen).items()}
    made = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "machine": platform.machine(),
    }
    told = json.dumps({"arms": about, "made": made})
    buffer = io.BytesIO()
    np.savez_compressed(buffer, about=np.frombuffer(told.encode(), dtype=np.uint8), **arrays)  # type: ignore[arg-type]
    path.write_bytes(buffer.getvalue())


def _small(seen: Watched) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {name: getattr(seen, name) for name in _ARRAYS}
    return arrays | {"places": widest_plane(seen.places).astype(np.float16), "losses": seen.losses.astype(np.float32)}


@functools.cache
def kept_pairs(path: Path = FILE) -> dict[Pair, tuple[Watched, Watched]]:
    """Trainings by their arms."""
    with np.load(path, allow_pickle=False) as held:
        told = json.loads(held["about"].tobytes())["arms"]
        arms = [Arm(**{name: each[name] for name in _ARM}) for each in told]
        seen = [_read(held, place, each) for place, each in enumerate(told)]
    return {(arms[k], arms[k + 1]): (seen[k], seen[k + 1]) for k in range(0, len(arms), 2)}


def _read(held: Any, place: int, about: Mapping[str, Any]) -> Watched:
    number, side = divmod(place, 2)
    arrays = {name: held[f"{number}.{side}.{name}"] for name in _ARRAYS}
    plain = {name: about[name] for name in _PLAIN if name != "names"}
    return Watched(**arrays, **plain, names=tuple(about["names"]))
