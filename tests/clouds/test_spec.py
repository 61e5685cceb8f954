"""Points by one line of text: a dataset with its options, or a file."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from manifold import DATASETS, fit_unit_disc, make_cloud, random_stream, read_points
from manifold.clouds.spec import split_file, write_file


@pytest.mark.parametrize(
    ("spec", "name", "options"),
    [
        *[(name, name, {}) for name in DATASETS],
        ("spiral,turns=3,noise=0.02", "spiral", {"turns": 3, "noise": 0.02}),
        ("star,tips=7", "star", {"tips": 7}),
        ("letter,name=W", "letter", {"name": "W"}),
        ("thread,dim=3,density=4", "thread", {"dim": 3, "density": 4}),
        ("swiss roll,hole=0.4,density=0.5", "swiss roll", {"hole": 0.4, "density": 0.5}),
        ("photograph,size=8,zoom=3", "photograph", {"size": 8, "zoom": 3}),
    ],
)
def test_a_line_of_text_names_a_dataset_and_its_options(spec, name, options):
    cloud = make_cloud(spec, 90, scale=2.5, rng=random_stream(1))
    expected = DATASETS[name](90, **options, rng=random_stream(1))
    np.testing.assert_allclose(cloud.points, 2.5 * expected.points)
    np.testing.assert_allclose(cloud.chart, (2.5 if expected.truth == "lengths" else 1.0) * expected.chart)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt", ".npy", ".parquet", ".csv.gz", ".TXT.GZ"])
def test_a_line_of_text_may_be_a_file_whose_first_two_columns_fill_the_unit_disc(suffix, tmp_path, rng):
    table, path = np.column_stack([np.arange(10.0), np.arange(10.0) % 4, np.full(10, 99.0)]), tmp_path / f"points{suffix}"
    if suffix == ".npy":
        np.save(path, table)
    elif suffix == ".parquet":
        pd.DataFrame(table, columns=list("xyz")).to_parquet(path)
    else:
        text = "\n".join(("\t" if suffix == ".tsv" else ",").join(map(str, row)) for row in table).encode()
        path.write_bytes(gzip.compress(text) if suffix.lower().endswith(".gz") else text)
    cloud = make_cloud(str(path), 4, rng=rng)
    expected = table[[0, 3, 6, 9], :2] - [4.5, 1.5]
    expected /= np.linalg.norm(expected, axis=1).max()
    np.testing.assert_allclose(cloud.points, expected)


@pytest.mark.parametrize(("columns", "taken"), [(None, [0, 1, 2]), ((2, 0), [2, 0]), ([1], [1])])
@pytest.mark.parametrize("suffix", [".CSV", ".npy"])
def test_the_columns_of_a_file_that_are_asked_for_fill_the_unit_ball(columns, taken, suffix, tmp_path, rng):
    table, path = rng.random((20, 3)), tmp_path / f"points{suffix}"
    if suffix == ".npy":
        np.save(path, table)
    else:
        np.savetxt(path, table, delimiter=",")
    cloud = make_cloud(str(path), scale=3.0, columns=columns, rng=rng)
    expected = table[:, taken]
    expected = expected - (expected.max(axis=0) + expected.min(axis=0)) / 2.0
    np.testing.assert_allclose(cloud.points, 3.0 * expected / np.linalg.norm(expected, axis=1).max())
    with pytest.raises(ValueError, match=r"^columns up to number 4 are needed, but the file has 3; add one$"):
        make_cloud(str(path), columns=(0, 3), rng=rng)


@pytest.mark.parametrize("columns", [None, (0,), (0, 1)])
def test_the_columns_of_a_dataset_are_all_kept(columns):
    first, second = (make_cloud("helix", 30, **options, rng=random_stream(1)) for options in ({}, {"columns": columns}))
    assert first.points.shape == (30, 3)
    np.testing.assert_array_equal(first.points, second.points)


@pytest.mark.parametrize(
    ("spec", "options", "error", "message"),
    [
        ("spirl", {}, ValueError, r"unknown dataset 'spirl'\. Did you mean 'spiral'\?"),
        ("spiral,3", {}, ValueError, "dataset options are written key=value, got '3'; for example spiral,turns=3,noise=0.02"),
        ("circle,turns=3", {}, ValueError, "dataset 'circle' has no option 'turns'; it has noise"),
        ("spiral,rng=3", {}, ValueError, "dataset 'spiral' has no option 'rng'; it has turns, start, noise"),
        ("spiral,turns=many", {}, TypeError, "turns must be a number, got 'many'"),
        ("swis roll", {}, ValueError, r"unknown dataset 'swis roll'\. Did you mean 'swiss roll'\?"),
        ("helix,hole=0.5", {}, ValueError, "dataset 'helix' has no option 'hole'; it has turns, density, noise"),
        ("star,tips=5.5", {}, TypeError, r"tips must be an integer, got 5\.5"),
        ("spiral", {"scale": 0}, ValueError, "scale must be finite and > 0, got 0"),
        ("spiral", {"n_points": 1}, ValueError, "n_points must be >= 2, got 1"),
        ("missing.csv", {}, OSError, "missing.csv"),
    ],
)
def test_a_line_of_text_that_names_nothing_is_told_why(spec, options, error, message, rng):
    with pytest.raises(error, match=message):
        make_cloud(spec, **options, rng=rng)


def test_a_row_that_is_not_finite_is_counted_in_the_file_and_not_among_the_rows_kept(tmp_path):
    (tmp_path / "own.csv").write_text("\n".join(f"{row},{'nan' if row == 8 else row}" for row in range(9)))
    with pytest.raises(ValueError, match="row 9 of numbers has nan in 'column 2'"):
        make_cloud(str(tmp_path / "own.csv"), 3, rng=np.random.default_rng(0))


def test_one_point_cannot_be_scaled(tmp_path):
    (tmp_path / "own.csv").write_text("1,2\n")
    with pytest.raises(ValueError, match="points must be at least two to be scaled, got 1; add more"):
        make_cloud(str(tmp_path / "own.csv"), rng=np.random.default_rng(0))


def test_a_file_may_be_a_path_and_lie_at_home(tmp_path, monkeypatch, rng):
    monkeypatch.setenv("HOME", str(tmp_path))
    table = rng.random((9, 2))
    for name in ("p.tsv", "p.csv.gz", "points.dat"):
        text = "\n".join("\t".join(map(repr, row)) for row in table.tolist()).encode()
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    expected = make_cloud(tmp_path / "p.tsv", rng=rng).points
    assert expected.shape == (9, 2)
    for spec in ("~/p.tsv", str(tmp_path / "p.csv.gz"), Path("~/p.csv.gz"), tmp_path / "points.dat"):
        np.testing.assert_array_equal(make_cloud(spec, rng=rng).points, expected)


def test_a_file_takes_the_options_of_read_points(tmp_path, monkeypatch, rng):
    monkeypatch.chdir(tmp_path)
    names = ("own.csv", "k=1,$5 of 6.csv", "数据.csv", "a.csv,columns=0.csv")
    for name in names:
        Path(name).write_text(";x;kind;y;z\n0;1.234;a;2;7\n1;2.000;b;1;5\n2;9.876;a;1;0\n")
        for spec, options in (
            (f"{name},columns=0+2,decimal=.,color=kind", {"columns": (0, 2), "decimal": ".", "color": "kind"}),
            (f"{name},decimal=,,raw=1,columns=1+0", {"columns": (1, 0), "decimal": ",", "raw": True}),
            (f"{name},color=kind,decimal=,", {"columns": (0, 1), "decimal": ",", "color": "kind"}),
        ):
            path, said = split_file(spec)
            assert (path, {"columns": (0, 1)} | said) == (name, options)
            assert split_file(write_file(path, options)) == (name, options)
            expected = fit_unit_disc(read_points(name, **options))
            cloud = make_cloud(spec, scale=2.0, rng=rng)
            np.testing.assert_array_equal(cloud.points, 2.0 * expected.points)
            np.testing.assert_array_equal(cloud.chart, expected.chart)
            assert cloud.note == expected.note


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("own.csv,colums=0+1", r"^file 'own\.csv' has no option 'colums'; it has columns, color, decimal, raw$"),
        ("own.csv,columns=x+y", r"^columns of a file are written as numbers from 0, as in columns=0\+2, got 'x'$"),
        ("own.csv,decimal=;", r"^decimal must be '\.' or ',', got ';'$"),
    ],
)
def test_options_that_a_file_has_not_are_told_so(spec, message, tmp_path, monkeypatch, rng):
    monkeypatch.chdir(tmp_path)
    Path("own.csv").write_text("1,2\n3,4\n")
    with pytest.raises(ValueError, match=message):
        make_cloud(spec, rng=rng)


def test_columns_of_words_are_no_hindrance_where_others_are_asked_for(tmp_path, rng):
    (tmp_path / "own.csv").write_text("note,x,y\na b,1,2\nc,3,5\n")
    cloud = make_cloud(tmp_path / "own.csv", columns=(1, 2), rng=rng)
    np.testing.assert_allclose(np.linalg.norm(cloud.points, axis=1), 1.0)
