import itertools

import numpy as np
import pandas as pd
import pytest

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS, METRICS, make_cloud, random_stream, recover, sweep, sweep_to
from manifold.layer.active_rows import ActiveRows, pseudo_inverses
from manifold.metrics import affine_error
from manifold.runs import PartError
from manifold.streams import random_streams
from manifold.sweeps.grid import make_grid
from manifold.sweeps.sums import DrawSums, Truth, sum_guesses
from manifold.sweeps.table import measure_cells
from manifold.theory import expected_nmse


def spec(row):
    return f"{row.dataset},dim={row.dimension}" if row.dataset in ("ball", "thread") else row.dataset


def differences(table, seed=0):
    """Largest difference of every metric from the one of `recover` with the same stream, relative where it is above 1."""
    worst = dict.fromkeys(METRICS, 0.0)
    for row in table.itertuples():
        rng = random_stream(seed, row.draw)
        cloud = make_cloud(spec(row), row.n_points, scale=row.scale, rng=rng)
        options = {"embedding": row.embedding, "activation": row.activation, "decoder": row.decoder}
        found = recover(cloud.points, width=row.width, rng=rng, **options)
        for name in METRICS:
            if name in table:
                truth = METRICS[name](found)
                value = table.loc[row.Index, name]
                worst[name] = max(worst[name], abs(value - truth) / max(1.0, abs(truth)))
    return worst


@pytest.mark.parametrize("dim", [2, 5])
@pytest.mark.parametrize("angle", [1.0, 1e-3, 1e-6])
def test_inverses_of_many_matrices_are_pseudo_inverses_also_of_nearly_parallel_rows(rng, dim, angle):
    base = rng.standard_normal((3, 1, dim)) + angle * rng.standard_normal((3, 7, dim))
    np.testing.assert_allclose(pseudo_inverses(base), np.linalg.pinv(base), rtol=1e-9, atol=1e-9 / angle)


def test_one_singular_matrix_among_many_spoils_no_other(rng):
    base = rng.standard_normal((4, 7, 3))
    base[2, :, 1] = base[2, :, 0] = 1.0
    np.testing.assert_allclose(pseudo_inverses(base), np.linalg.pinv(base), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("angle", [1.0, 1e-2, 1e-4, 1e-5])
def test_shadows_on_nearly_parallel_rows_are_those_of_least_squares(rng, angle):
    """Up to three active rows of six in four dimensions."""
    rows = rng.standard_normal((50, 1, 4)) + angle * rng.standard_normal((50, 6, 4))
    points = rng.standard_normal((50, 4))
    active = np.argsort(rng.random((50, 6)), axis=1) < np.arange(50)[:, None] % 4
    expected = [np.linalg.pinv(t[a]) @ t[a] @ x if a.any() else 0.0 * x for t, a, x in zip(rows, active, points, strict=True)]
    values = np.where(active, (rows @ points[:, :, None])[:, :, 0], 0.0)
    np.testing.assert_allclose(ActiveRows(active, rows).solve(values), expected, atol=1e-9)


@pytest.mark.parametrize("flatness", [1.0, 1e-2, 2e-3, 1e-3, 1e-5, 0.0])
def test_the_affine_fit_is_least_squares_also_of_guesses_far_away_and_on_nearly_a_line(rng, flatness):
    points = rng.standard_normal((50, 200, 2))
    guess = points @ np.diag([1.0, flatness]) @ rng.standard_normal((2, 2)) + 0.1 * flatness * rng.standard_normal((50, 200, 2))
    guess += 5.0
    sums = sum_guesses([(points, guess)], complete=True)
    none = np.full(50, np.nan)
    found = METRICS["affine-aligned"].quick(DrawSums(Truth.of(points), sums, none, none, lambda draw: guess[draw]))
    truth = [affine_error(there, guessed) for there, guessed in zip(points, guess, strict=True)]
    np.testing.assert_allclose(found, truth, atol=1e-9)


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_sums_over_sectors_and_over_points_are_those_of_a_single_recovery(embedding, monkeypatch):
    grid = {"width": [2, 3, 5, 15], "n_points": 150, "embedding": embedding, "decoder": ["inverse", "doubled", "active-rows"]}
    by_sectors = sweep(**grid, draws=10)
    monkeypatch.setattr("manifold.sweeps.table._by_sectors", lambda cell: False)
    by_points = sweep(**grid, draws=10)
    assert max(differences(by_sectors).values()) < 1e-9
    assert max(differences(by_points).values()) < 1e-9
    for name in METRICS:
        np.testing.assert_allclose(by_sectors[name], by_points[name], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_and_decoder_is_that_of_a_single_recovery(activation):
    table = sweep(width=[2, 4], n_points=60, activation=activation, decoder=list(DECODERS), scale=[1.0, 10.0], draws=3)
    assert max(differences(table).values()) < 1e-9


@pytest.mark.parametrize("activation", ["linear", "relu", "relu6"])
def test_the_error_alone_is_the_one_among_all_metrics(activation):
    """Random points of five dimensions, at a size at which ReLU6 saturates; the linear layer loses none of them."""
    grid = {"width": [5, 7, 11], "dataset": "ball", "dimension": 5, "n_points": 30, "activation": activation, "scale": 20.0}
    alone = sweep(**grid, decoder="active-rows", metrics=["nmse"], draws=20)
    whole = sweep(**grid, decoder="active-rows", draws=20)
    assert max(differences(whole).values()) < 1e-9
    np.testing.assert_allclose(alone["nmse"], whole["nmse"], rtol=0, atol=1e-12)


def test_what_is_too_large_for_one_block_is_that_of_a_single_recovery():
    table = sweep(width=[3, 15], n_points=10_000, decoder=["inverse", "active-rows"], draws=4)
    assert max(differences(table).values()) < 1e-9
    narrow = sweep(width=5, n_points=150, decoder=["inverse", "active-rows"], draws=200)  # several draws at a time
    assert max(differences(narrow).values()) < 1e-9


def test_points_at_the_origin_are_lost_by_both_routes(monkeypatch):
    """No row is active there; of the grid, two lines cross there."""
    grid = {"dataset": "grid", "n_points": 57, "width": [6, 30], "decoder": ["inverse", "active-rows"], "draws": 20}
    by_sectors = sweep(**grid)
    assert max(differences(by_sectors).values()) < 1e-9
    monkeypatch.setattr("manifold.sweeps.table._by_sectors", lambda cell: False)
    assert max(differences(sweep(**grid)).values()) < 1e-9
    assert by_sectors["lost"].min() >= 2.0 / 57.0


def test_other_dimensions_and_random_points_are_those_of_a_single_recovery():
    grid = {"width": [8, 9, 30], "dimension": 8, "n_points": 80, "activation": ["relu", "relu6"], "scale": 20.0, "draws": 4}
    table = sweep(dataset=["ball", "thread"], decoder=["inverse", "affine", "active-rows"], **grid)
    assert max(differences(table).values()) < 1e-9


def test_the_error_alone_is_that_of_a_single_recovery():
    """Without the other metrics it is a sum of three, over blocks of points."""
    grid = {"width": [5, 30], "dimension": 5, "n_points": 3000, "decoder": ["inverse", "doubled"], "draws": 4}
    assert max(differences(sweep(dataset="ball", **grid, metrics=["nmse"])).values()) < 1e-9
    flat = sweep(width=4, n_points=150, decoder=["inverse", "doubled"], draws=40, metrics=["nmse", "decoder-share"])
    assert max(differences(flat).values()) < 1e-9


def test_the_mean_over_draws_is_the_closed_form():
    """Four cells of 4000 draws; every |z| < 4."""
    table = sweep(width=[8, 12], n_points=50, decoder=["inverse", "doubled"], metrics=["nmse"], draws=4000)
    for (width, decoder), part in table.groupby(["width", "decoder"])["nmse"]:
        z = (part.mean() - expected_nmse(width, 2, decoder=decoder)) / part.sem()
        assert abs(z) < 4.0, (width, decoder)


def test_a_row_does_not_depend_on_the_rest_of_the_grid():
    """Blocks of draws are cut otherwise in the larger grid, and noise is drawn, too."""
    chosen = {"width": 5, "decoder": "doubled", "activation": "relu6", "noise": 0.2}
    small = sweep(**chosen, n_points=40, draws=45)
    grown = sweep(
        width=[9, 5, 3], decoder=["inverse", "doubled"], activation=["relu6", "tanh"], noise=[0.0, 0.2], n_points=40, draws=60
    )
    same = grown[np.logical_and.reduce([grown[axis] == value for axis, value in chosen.items()]) & (grown["draw"] < 45)]
    pd.testing.assert_frame_equal(small, same.reset_index(drop=True), check_exact=True)


def test_a_row_does_not_depend_on_the_draws_that_are_measured_with_it():
    cells = make_grid(dataset="ball", dimension=[2, 5], width=[5, 29], n_points=3000, decoder=["inverse", "affine"])
    together = measure_cells(cells, range(12), seed=3, metrics=list(METRICS))
    for draws in ([7], [2, 11], [0, 4, 5]):
        alone = measure_cells(cells, draws, seed=3, metrics=list(METRICS))
        same = together[together["draw"].isin(draws)].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, same, check_exact=True)


def test_rows_come_by_cell_in_the_order_of_the_grid_and_then_by_draw():
    table = sweep(width=[9, 3], decoder=["doubled", "inverse"], n_points=40, draws=300)
    expected = list(itertools.product([9, 3], ["doubled", "inverse"], range(300)))
    assert list(zip(table["width"], table["decoder"], table["draw"], strict=True)) == expected


def test_noise_is_added_to_the_output():
    table = sweep(width=4, activation="linear", noise=[0.0, 0.5], n_points=400, draws=200, metrics=["nmse", "decoder-share"])
    quiet, loud = (part for _, part in table.groupby("noise"))
    assert quiet["nmse"].max() < 1e-20
    assert loud["decoder-share"].isna().all()
    size = (make_cloud("spiral", 400, rng=random_stream(0)).points ** 2).sum(axis=1).mean()
    for row in loud.head(20).itertuples():  # T^+ of noise has the mean square 0.25 tr (T^T T)^-1
        matrix = EMBEDDINGS["gaussian"](4, 2, rng=random_stream(0, row.draw)).matrix
        assert row.nmse == pytest.approx(0.25 * np.trace(np.linalg.inv(matrix.T @ matrix)) / size, rel=0.25)


def test_rows_are_the_same_whoever_measures_them(tmp_path):
    grid = {"width": [3, 6], "n_points": 40, "activation": "relu6", "decoder": ["inverse", "active-rows"], "draws": 300}
    alone = sweep(**grid)
    pd.testing.assert_frame_equal(alone, sweep(**grid, workers=2), check_exact=True)
    pd.testing.assert_frame_equal(alone, sweep(**grid, folder=tmp_path), check_exact=True)
    parts = sorted(tmp_path.glob("part-*.parquet"))
    assert len(parts) == 3
    parts[1].unlink()
    done = []
    pd.testing.assert_frame_equal(
        alone, sweep(**grid, folder=tmp_path, progress=lambda *now: done.append(now)), check_exact=True
    )
    assert done == [(175, 300), (300, 300)]


def test_parts_hold_what_does_not_fit_in_memory(tmp_path):
    paths = sweep_to(tmp_path, width=[3, 6], n_points=40, draws=300)
    rows = pd.concat([pd.read_parquet(path) for path in paths])
    assert sorted(zip(rows["width"], rows["draw"], strict=True)) == [(n, draw) for n in (3, 6) for draw in range(300)]


@pytest.mark.parametrize("change", [{"width": 4}, {"seed": 1}, {"width": [3, 4]}, {"metrics": ["nmse"]}])
def test_parts_of_another_run_are_refused(change, tmp_path):
    """Also where blocks of draws are cut otherwise, so that no part has the name of one that is wanted."""
    grid = {"width": 3, "n_points": 40, "draws": 600}
    sweep(**grid, folder=tmp_path)
    before = set(tmp_path.iterdir())
    with pytest.raises(PartError, match="holds parts of another run, with another grid, seed or version of the code; remove"):
        sweep(**{**grid, **change}, folder=tmp_path)
    assert set(tmp_path.iterdir()) == before


def test_parts_of_other_code_or_other_libraries_are_refused(tmp_path, monkeypatch):
    sweep(width=3, n_points=40, draws=5, folder=tmp_path)
    monkeypatch.setattr("manifold.runs.identity.software_digest", lambda: "of another version")
    with pytest.raises(PartError, match="version of the code"):
        sweep(width=3, n_points=40, draws=5, folder=tmp_path)


def test_parts_of_a_file_that_has_changed_are_refused(tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("0,5\n1,0\n1,2\n")
    sweep(dataset=str(points), width=3, draws=5, folder=tmp_path / "parts")
    points.write_text("0,5\n1,0\n1,3\n")
    with pytest.raises(PartError, match="another run"):
        sweep(dataset=str(points), width=3, draws=5, folder=tmp_path / "parts")


def test_more_draws_go_on_from_fewer_and_none_is_kept_twice(tmp_path):
    grid = {"width": [3, 6], "n_points": 40, "activation": "relu6"}
    sweep(**grid, draws=600, folder=tmp_path)
    done = []
    pd.testing.assert_frame_equal(
        sweep(**grid, draws=1100, folder=tmp_path, progress=lambda *now: done.append(now)),
        sweep(**grid, draws=1100),
        check_exact=True,
    )
    assert done[0] == (500, 1100)
    kept = pd.concat([pd.read_parquet(path) for path in tmp_path.glob("part-*.parquet")])
    assert sorted(zip(kept["width"], kept["draw"], strict=True)) == [(n, draw) for n in (3, 6) for draw in range(1100)]


def test_a_damaged_part_is_named(tmp_path):
    """Cut short, empty, or with one bit wrong anywhere."""
    sweep(width=3, n_points=40, draws=500, folder=tmp_path)
    (part,) = tmp_path.glob("part-*.parquet")
    whole = part.read_bytes()
    places = range(0, len(whole), len(whole) // 50)
    flipped = [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in places]
    for content in (whole[:-20], b"", *flipped):
        part.write_bytes(content)
        with pytest.raises(PartError, match=r"part-0000000000-0000000499-[0-9a-f]{16}\.parquet is damaged; remove this file"):
            sweep(width=3, n_points=40, draws=500, folder=tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": []}, "width must name at least one value"),
        ({"width": [3, 3]}, "width must name every value once, got 3 twice"),
        ({"width": 1}, "width must be >= dimension, got width 1 with dimension 2"),
        ({"activation": "rellu"}, "Did you mean 'relu'"),
        ({"decoder": "magic"}, "unknown decoder 'magic'"),
        ({"dimension": 3}, "dataset 'spiral' has dimension 2, got dimension 3"),
        ({"dimension": [None, 2]}, "dimension must name every value once"),
        ({"dataset": "ball", "dimension": 3, "decoder": "posterior"}, "needs points of dimension 2"),
        ({"noise": 0.1, "decoder": "active-rows"}, "takes outputs for exact, got noise 0.1"),
        ({"noise": -1.0}, "noise must be finite and >= 0"),
        ({"scale": 0.0}, "scale must be finite and > 0"),
        ({"metrics": []}, "metrics must name at least one metric"),
        ({"metrics": ["nmsee"]}, "Did you mean 'nmse'"),
        ({"widht": 3}, "unknown axis of a grid 'widht'. Did you mean 'width'"),
        ({"draws": 0}, "draws must be >= 1"),
        ({"workers": 0}, "workers must be >= 1"),
        (
            {"workers": 2, "scheduler": "tcp://127.0.0.1:9"},
            "got workers 2 with scheduler 'tcp://127.0.0.1:9'; leave one of them out",
        ),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        sweep(**{"width": 4, "n_points": 20, "draws": 2, **change})


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**64 + 5, 2**200])
@pytest.mark.parametrize("draws", [range(5), [7, 2**32 - 1, 123456], [2**33]])
def test_many_streams_are_the_single_ones(seed, draws):
    for many, single in zip(random_streams(seed, draws), [random_stream(seed, draw) for draw in draws], strict=True):
        assert many.bit_generator.state == single.bit_generator.state
