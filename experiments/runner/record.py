"""run.json: what was run, with what, and what came out, so that it can be run again, or only drawn again."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import platform
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

import manifold

from .drawn import Drawn, unpack
from .experiment import COMMAND, Experiment, claim, find_experiments
from .machine import imported_versions, machine, project_commit
from .order import Order

FORM = 2
"""Number of the form of run.json and of the files beside it; another one is not read."""

KEPT = ("rows.parquet", "drawn.npz")


@dataclass(frozen=True)
class Kept:
    """What a run has left in its folder."""

    name: str
    experiment: Experiment
    seed: int
    draws: int
    parameters: Any
    rows: pd.DataFrame
    drawn: Drawn


@dataclass(frozen=True)
class Spent:
    """Seconds of a run: of this command, and of earlier ones that were stopped and whose parts are used."""

    now: float
    before: float


def run_record(order: Order, rows: pd.DataFrame, files: Mapping[str, bytes], spent: Spent) -> bytes:
    """run.json of an order that has these files."""
    record = {
        "form": FORM,
        "name": order.name,
        "claim": claim(order.experiment),
        "command": run_words(order),
        "seed": order.seed,
        "quick": order.quick,
        "parameters": {"draws": order.draws, **asdict(order.parameters)},
        "project": {"version": manifold.__version__, "commit": project_commit()},
        "versions": {"python": platform.python_version(), **imported_versions()},
        "machine": machine(),
        "wall_seconds": round(spent.now, 3),
        "wall_seconds_before": round(spent.before, 3),
        "headline": order.experiment.headline(rows, order.parameters),
        "kept": {name: _digest(files[name]) for name in KEPT if name in files},
    }
    return json.dumps(record, indent=2, ensure_ascii=False).encode()


def about_figure(kept: Kept) -> dict[str, str]:
    """What the file of a figure says of itself: its claim, and what it was made by."""
    return {"Title": claim(kept.experiment), "Subject": run_words(kept), "Keywords": kept.name}


def run_words(kept: Kept | Order) -> str:
    """The command that makes the run again."""
    words = [*COMMAND.split(), "run", kept.name, "--out", "figures", "--seed", str(kept.seed)]
    words += ["--draws", str(kept.draws)] if kept.draws != kept.experiment.DRAWS else []
    usual = asdict(kept.experiment.Parameters())
    for name, value in asdict(kept.parameters).items():
        if value != usual[name]:
            words += ["--set", f"{name}={_argument(value)}"]
    return shlex.join(words)


def _argument(value: Any) -> str:
    """A value as `--set` takes it."""
    if not isinstance(value, list):
        return str(value)
    return json.dumps(value) if any("," in str(each) for each in value) else ",".join(map(str, value))


def read_folder(folder: Path) -> dict[str, bytes]:
    """run.json and the files that it speaks of; OSError where there is none."""
    if not (folder / "run.json").is_file():
        raise FileNotFoundError(errno.ENOENT, "is not the folder of a run, in which lies run.json", str(folder))
    return {path.name: path.read_bytes() for path in map(folder.joinpath, ("run.json", *KEPT)) if path.is_file()}


def read_kept(files: Mapping[str, bytes], folder: Path) -> Kept:
    """What the files of a run hold; ValueError for what is not as a run has written it."""
    record = _read_record(files["run.json"], folder)
    for name, digest in record["kept"].items():
        if name not in files or _digest(files[name]) != digest:
            raise ValueError(f"{folder / name} is not what this run has written; run {record['name']} again")
    experiment = find_experiments()[record["name"]]()
    known = {field.name for field in fields(experiment.Parameters)}
    parameters = experiment.Parameters(**{key: value for key, value in record["parameters"].items() if key in known})
    rows = pd.read_parquet(io.BytesIO(files["rows.parquet"]))
    drawn = unpack(files["drawn.npz"]) if "drawn.npz" in record["kept"] else {}
    return Kept(record["name"], experiment, record["seed"], record["parameters"]["draws"], parameters, rows, drawn)


def _read_record(content: bytes, folder: Path) -> dict[str, Any]:
    """run.json, if it is one and of this form."""
    try:
        record: Any = json.loads(content)
        form = record.get("form")
    except (ValueError, AttributeError, RecursionError):
        raise ValueError(f"{folder / 'run.json'} is not what a run writes; run it again") from None
    if form != FORM:
        raise ValueError(f"{folder / 'run.json'} is of form {form}, and this version reads form {FORM}; run it again")
    kinds = {"name": str, "seed": int, "parameters": dict, "kept": dict}
    if not all(isinstance(record.get(key), kind) for key, kind in kinds.items()) or "rows.parquet" not in record["kept"]:
        raise ValueError(f"{folder / 'run.json'} is not what a run writes; run it again")
    return dict(record)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
