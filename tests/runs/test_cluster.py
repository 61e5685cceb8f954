"""Runs on a Dask cluster: the same rows, whoever dies, and one sentence where there is no cluster."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from manifold import sweep
from manifold.runs import Execution, run_blocks

ROOT = Path(__file__).parents[2]
GRID = {"width": [3, 6], "n_points": 40, "draws": 400}
BLOCKS = [range(start, start + 5) for start in range(0, 50, 5)]
ASK = """
import sys
from manifold import sweep
sweep(width=3, draws=5, scheduler=sys.argv[1])
"""


def _slow(block):
    """Slow enough that no worker takes all blocks."""
    time.sleep(0.05)
    return pd.DataFrame({"draw": list(block), "process": os.getpid()})


def _fail(block):
    raise ValueError("this block cannot be measured")


def test_a_cluster_gives_the_same_rows(cluster):
    with cluster(2) as running:
        rows = sweep(**GRID, scheduler=running.scheduler_address)
    pd.testing.assert_frame_equal(sweep(**GRID), rows, check_exact=True)


def test_a_worker_of_a_cluster_that_dies_takes_no_row_with_it(cluster, tmp_path):
    """Killed from outside, once it has measured something."""
    with cluster(2) as running:
        victim = next(iter(running.workers.values())).pid

        def kill(done, total):
            nonlocal victim
            if done and victim:
                os.kill(victim, getattr(signal, "SIGKILL", signal.SIGTERM))
                victim = None

        rows = run_blocks(
            _slow,
            [range(start, start + 5) for start in range(0, 200, 5)],
            identity={},
            execution=Execution(folder=tmp_path, scheduler=running.scheduler_address, progress=kill),
        )
    assert victim is None
    assert rows["draw"].tolist() == list(range(200))


def test_a_cluster_of_one_worker_measures_there_and_tells_what_failed(cluster):
    with cluster(1) as running:
        rows = run_blocks(_slow, BLOCKS, identity={}, execution=Execution(scheduler=running.scheduler_address))
        assert os.getpid() not in set(rows["process"])
        with pytest.raises(ValueError, match="this block cannot be measured"):
            run_blocks(_fail, BLOCKS, identity={}, execution=Execution(scheduler=running.scheduler_address))


def test_a_cluster_without_workers_is_named(cluster, monkeypatch):
    monkeypatch.setattr("manifold.runs.cluster._PATIENCE", 0.5)
    with (
        cluster(0) as running,
        pytest.raises(ConnectionError, match=r"has no workers; start some in this folder, with `python -m dask worker tcp://"),
    ):
        sweep(**GRID, scheduler=running.scheduler_address)


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "tcp://no.such.host.invalid:8786", "hello", "", "tcp://127.0.0.1:port"]
)
def test_a_scheduler_that_is_not_there_is_named_when_patience_ends(address, tmp_path, monkeypatch):
    monkeypatch.setattr("manifold.runs.cluster._PATIENCE", 0.5)  # seconds; 5 otherwise
    with pytest.raises(ConnectionError, match=f"no Dask scheduler answers at '{address}'; start one with `dask scheduler`"):
        sweep(**GRID, scheduler=address, folder=tmp_path / "parts")
    assert not (tmp_path / "parts").exists()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", (1).to_bytes(8, "little") + b"?"])
def test_another_server_at_the_address_is_no_scheduler(answer, monkeypatch):
    """One that speaks another language, one that is silent, and one that speaks nonsense."""
    monkeypatch.setattr("manifold.runs.cluster._PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(120.0)
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with subprocess.Popen([sys.executable, "-c", ASK, address], cwd=ROOT, stderr=subprocess.PIPE, text=True) as asking:
            guest, _ = server.accept()
            with guest:
                guest.sendall(answer)
                said = asking.communicate(timeout=180)[1]
    assert said.splitlines()[-1].startswith(f"ConnectionError: no Dask scheduler answers at '{address}'; start one")
