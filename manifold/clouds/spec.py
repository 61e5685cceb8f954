"""Points by one line of text: a dataset with its options, or your own file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from manifold.checks import check_array, check_count, check_kind, check_number, fault
from manifold.clouds.cloud import DATASETS, PointCloud

if TYPE_CHECKING:
    from manifold.clouds.files import Table

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".npy")
"""Kinds of files; each may be followed by .gz."""

_FILE = re.compile(
    rf"(?P<path>.*({'|'.join(map(re.escape, SUFFIXES))})(\.gz)?)(?P<options>(,\w+=(,|[^,]*))*)", re.IGNORECASE | re.DOTALL
)
_FILE_OPTIONS = ("columns", "color", "decimal", "raw")


def make_cloud(
    spec: str | os.PathLike[str],
    n_points: int = 1000,
    *,
    scale: float = 1.0,
    columns: Sequence[int] | None = (0, 1),
    rng: np.random.Generator,
) -> PointCloud:
    """Points from one line of text: a dataset with its options, or a file.

    Parameters
    ----------
    spec : str or path
        A name of `DATASETS`, with options after commas: "spiral" or "spiral,turns=3,noise=0.02". Or a path that ends in .csv,
        .tsv, .txt, .parquet or .npy, or one of these and .gz, whose points are fitted to the unit disc, or ball; its options
        are those of `read_points`, as in "own.csv,columns=0+2,color=kind,decimal=,,raw=1". A `Path` is a file of any name.
    n_points : int, default=1000
        Number of points; of a file, at most so many.
    scale : float, default=1
        What all points, and true lengths, are multiplied by, above 0.
    columns : sequence of int or None, default=(0, 1)
        Columns of a file to take, counted from 0, unless its options say which; None takes all.
    rng : numpy.random.Generator
        Draws noise and threads.

    Returns
    -------
    PointCloud

    Raises
    ------
    TypeError, ValueError, OSError
        If the name or an option is unknown, a value is out of range, or the file cannot be read.
    """
    scale = check_number(scale, "scale", above=0.0)
    if (file := split_file(spec)) is not None:
        path, options = file
        cloud = fit_unit_disc(read_points(path, **({"columns": columns} | options), max_points=n_points))
    else:
        name, *texts = str(spec).split(",")
        dataset = DATASETS[name]
        options = dict(_option(text) for text in texts)
        _check_options(f"dataset {name!r}", options, dataset.options)
        cloud = dataset(n_points, **options, rng=rng)
    chart = scale * cloud.chart if cloud.truth == "lengths" else cloud.chart
    return replace(cloud, points=scale * cloud.points, chart=chart)


def split_file(spec: str | os.PathLike[str]) -> tuple[str, dict[str, Any]] | None:
    """Path and options of a file that is written as `make_cloud` reads it; None for a dataset."""
    if isinstance(spec, os.PathLike):
        return os.fspath(spec), {}
    match = _FILE.fullmatch(check_kind(spec, "spec", str))
    if match is None:
        return None
    options: dict[str, Any] = dict(re.findall(r",(\w+)=(,(?=,|$)|[^,]*)", match["options"]))
    _check_options(f"file {match['path']!r}", options, _FILE_OPTIONS)
    if "columns" in options:
        options["columns"] = tuple(map(_column, options["columns"].split("+")))
    if "raw" in options:
        options["raw"] = options["raw"] not in ("0", "false")
    return match["path"], options


def write_file(path: str, options: Mapping[str, Any]) -> str:
    """A file and its options as `split_file` reads them."""
    written = {**options, "columns": "+".join(map(str, options["columns"]))} if "columns" in options else options
    return ",".join([path, *(f"{key}={int(value) if value is True else value}" for key, value in written.items())])


def _column(text: str) -> int:
    if not text.isdecimal():
        raise fault(ValueError, "columns of a file are written as numbers from 0, as in columns=0+2, got {text!r}", text=text)
    return int(text)


def _check_options(owner: str, options: Iterable[str], known: Sequence[str]) -> None:
    if unknown := [key for key in options if key not in known]:
        raise fault(
            ValueError,
            "{owner} has no option {unknown!r}; it has {names}",
            owner=owner,
            unknown=unknown[0],
            names=", ".join(known),
        )


def _option(text: str) -> tuple[str, int | float | str]:
    """Key and value of "key=value"; a value that looks like a number becomes one."""
    key, separator, value = text.partition("=")
    if not separator:
        raise fault(
            ValueError, "dataset options are written key=value, got {text!r}; for example spiral,turns=3,noise=0.02", text=text
        )
    for kind in (int, float):
        try:
            return key, kind(value)
        except ValueError:
            continue
    return key, value


def read_points(
    source: object,
    *,
    name: str = "",
    columns: Sequence[int] | None = None,
    color: str | None = None,
    max_points: int | None = None,
    decimal: str | None = None,
    raw: bool = False,
) -> PointCloud:
    """Points from a CSV, Parquet or NPY file, also packed by gzip: one row a point, one column a coordinate.

    CSV may be separated by commas, semicolons, tabs or blanks, may start with one line of column names, and may have `#` lines.
    Row numbers, as pandas and R write them in front in a column without a name, are no coordinate, and a first line of
    0, 1, ..., k - 1 is one of names; `note` of the cloud says so. NPY is read without pickle, so no file can run code.

    Parameters
    ----------
    source : path or binary file
    name : str, optional
        What error messages call the file; by default the name of the path.
    columns : sequence of int, optional
        Columns to keep, counted from 0, the colour apart; by default all.
    color : str, optional
        Column to colour by, which is no coordinate: its name, or "column 2" where there are no names. It may hold words.
    max_points : int, optional
        Keep at most so many points, evenly spaced in the file.
    decimal : {".", ","}, optional
        The decimal sign of CSV; by default the file tells, and is refused where 1.234 may be a thousand.
    raw : bool, default=False
        Whether row numbers and a first line of 0, 1, ... count as numbers too.

    Returns
    -------
    PointCloud
        points (N, d) as in the file; chart (N, 1): the colour, words numbered in order of appearance; without one the position
        in the file from 0 to 1. component: the number of the word.

    Raises
    ------
    ValueError
        If the file is empty, over 200 MB (unpacked), binary, damaged, ragged, not numeric, not finite, or holds Python objects.
    OSError
        If it cannot be opened.
    """
    if max_points is not None:
        check_count(max_points, "max_points", minimum=1)
    from manifold.clouds.files import Reading, read_table  # brings what unpacks and parses

    reading = Reading(decimal, raw)
    return table_cloud(read_table(source, name=name, label=color, columns=columns, max_rows=max_points, reading=reading))


def table_cloud(table: Table) -> PointCloud:
    """The cloud that `read_points` makes of a file's rows."""
    if len(bad := np.argwhere(~np.isfinite(table.numbers))):
        row, column = bad[0]
        raise fault(
            ValueError,
            "points of the file must be finite, but row {rows} of numbers has {numbers} in {names!r}; drop or "
            "fill such rows first",
            rows=table.rows[row] + 1,
            numbers=table.numbers[row, column],
            names=table.names[column],
        )
    points = check_array(table.numbers, "points of the file", shape="(N, d)")
    chart = table.rows / max(table.total - 1, 1) if table.label is None else check_array(table.label, "color", shape="(N,)")
    component = (chart if table.words else np.zeros(len(points))).astype(np.int64)
    return PointCloud(points, chart[:, None], component, "colour", table.note)


def fit_unit_disc(cloud: PointCloud) -> PointCloud:
    """The cloud moved so that its bounding box is centred on the origin, and scaled so that its farthest point has norm 1.

    The chart stays as it is.
    """
    points = check_array(check_kind(cloud, "cloud", PointCloud).points, "points", shape="(N, d)", order="K")
    if len(points) < 2:
        raise fault(ValueError, "points must be at least two to be scaled, got 1; add more")
    points = points / (np.abs(points).max() or 1.0)  # so that no size overflows or vanishes when squared
    points = points - (points.max(axis=0) + points.min(axis=0)) / 2.0
    reach = np.linalg.norm(points, axis=1).max()
    if reach == 0.0:
        raise fault(
            ValueError,
            "points must differ to be scaled, but all {count} are the same; give at least two places",
            count=len(points),
        )
    return replace(cloud, points=points / reach)
