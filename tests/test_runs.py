import functools
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from manifold import sweep
from manifold.runs import run_blocks

GRID = {"width": [3, 6], "n_points": 40, "draws": 400}
SCRIPT = """
import sys
from manifold import sweep
if __name__ == "__main__":
    sweep(width=[8, 9], dataset="ball", dimension=8, decoder="affine", n_points=60, draws=2000, folder=sys.argv[1])
"""


def test_a_cluster_gives_the_same_rows():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as cluster:
        found = sweep(**GRID, scheduler=cluster.scheduler_address)
    pd.testing.assert_frame_equal(sweep(**GRID), found, check_exact=True)


def test_a_scheduler_that_is_not_there_is_named_when_patience_ends(monkeypatch):
    monkeypatch.setattr("manifold._pools._PATIENCE", 0.5)  # seconds; 5 otherwise
    with pytest.raises(ConnectionError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:9'; start one"):
        sweep(**GRID, scheduler="tcp://127.0.0.1:9")


def test_a_run_that_was_killed_goes_on_with_every_row_once(tmp_path):
    folder = tmp_path / "parts"
    run = subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)])
    while len(list(folder.glob("part-*.parquet"))) < 2:
        assert run.poll() is None, "it ended before it was killed"
        time.sleep(0.005)
    run.kill()
    run.wait()
    kept = len(list(folder.glob("part-*.parquet")))
    assert kept < 8
    counted = []
    grid = {"width": [8, 9], "dataset": "ball", "dimension": 8, "decoder": "affine", "n_points": 60, "draws": 2000}
    found = sweep(**grid, folder=folder, progress=lambda done, total: counted.append(done))
    assert counted[0] == 250 * kept
    pd.testing.assert_frame_equal(found, sweep(**grid), check_exact=True)


def _die_once(marker, block):
    """Rows of a block; the first process that comes here ends as by kill -9, or what is nearest to it."""
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return pd.DataFrame({"draw": list(block)})
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    raise AssertionError


def test_a_worker_that_dies_is_replaced(tmp_path):
    blocks = [range(start, start + 5) for start in range(0, 50, 5)]
    measure = functools.partial(_die_once, tmp_path / "died")
    found = run_blocks(measure, blocks, identity={}, folder=tmp_path / "parts", workers=2)
    assert found["draw"].tolist() == list(range(50))
    assert (tmp_path / "died").exists()
