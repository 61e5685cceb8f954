import contextlib
import functools
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil  # which distributed needs, too
import pytest

from manifold import sweep
from manifold.runs import PartError, ProgressLine, run_blocks
from manifold.runs.blocks import duration

ROOT = Path(__file__).parents[2]
GRID = {"width": [3, 6], "n_points": 40, "draws": 400}
LONG = {"width": [8, 9], "dataset": "ball", "dimension": 8, "decoder": "affine", "n_points": 60, "draws": 2000}  # 8 parts
SCRIPT = f"""
import sys
from manifold import sweep
if __name__ == "__main__":
    sweep(**{LONG}, folder=sys.argv[1], workers=int(sys.argv[2]))
"""


@contextlib.contextmanager
def cluster(workers):
    """A scheduler and its workers, which a nanny replaces when they die."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as found:
        yield found


@contextlib.contextmanager
def started(folder, workers=1):
    """The script, a leader of its own group of processes, once it has kept two parts."""
    words = [sys.executable, "-c", SCRIPT, str(folder), str(workers)]
    run = subprocess.Popen(words, cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE, text=True)
    try:
        while len(parts(folder)) < 2:
            assert run.poll() is None, "it ended before it was stopped"
            time.sleep(0.005)
        yield run
    finally:
        run.kill()
        run.wait()
        run.stderr.close()


def parts(folder):
    return list(folder.glob("part-*.parquet"))


def group_of(leader):
    """The processes of a group that have not ended."""
    found = []
    for process in psutil.process_iter(["status"]):
        with contextlib.suppress(ProcessLookupError):  # it ends while it is looked at
            if process.info["status"] != psutil.STATUS_ZOMBIE and os.getpgid(process.pid) == leader:
                found.append(process)
    return found


def wait_until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.05)


def goes_on(folder):
    """The rest of the run: every row is there once, as if nothing had happened."""
    kept = len(parts(folder))
    assert kept < 8
    counted = []
    found = sweep(**LONG, folder=folder, progress=lambda done, total: counted.append(done))
    assert counted[0] == 250 * kept
    pd.testing.assert_frame_equal(found, sweep(**LONG), check_exact=True)
    assert len(list(folder.iterdir())) == 8


def test_a_cluster_gives_the_same_rows():
    with cluster(2) as found:
        rows = sweep(**GRID, scheduler=found.scheduler_address)
    pd.testing.assert_frame_equal(sweep(**GRID), rows, check_exact=True)


def test_a_run_that_was_killed_goes_on_with_every_row_once(tmp_path):
    with started(tmp_path) as run:
        run.kill()
        run.wait()
    (tmp_path / ".part-0000000250-0000000499-0123456789abcdef.parquet.1.unfinished").write_bytes(b"half")
    goes_on(tmp_path)


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_says_how_to_go_on_and_leaves_no_process(workers, tmp_path):
    with started(tmp_path, workers) as run:
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does
        said = run.stderr.read()
        wait_until(lambda: not group_of(run.pid))
    assert said.endswith(
        f"KeyboardInterrupt\nthe parts that are whole are kept in {tmp_path}; the same call goes on from there\n"
    )
    assert said.count("Traceback") == 1  # of the script, and of none of its workers
    goes_on(tmp_path)


def test_workers_end_with_the_run_that_was_killed(tmp_path):
    with started(tmp_path, 2) as run:
        assert len(group_of(run.pid)) >= 3  # itself, and two workers
        run.kill()
        run.wait()
        wait_until(lambda: not group_of(run.pid))
    goes_on(tmp_path)


def _die_once(marker, block):
    """Rows of a block; the first process that comes here ends as by kill -9, or what is nearest to it."""
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return pd.DataFrame({"draw": list(block)})
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    raise AssertionError


def _die(block):
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def _slow(block):
    time.sleep(0.05)
    return pd.DataFrame({"draw": list(block), "process": os.getpid()})


def _fail(block):
    raise ValueError("this block cannot be measured")


BLOCKS = [range(start, start + 5) for start in range(0, 50, 5)]


def test_a_worker_that_dies_is_replaced(tmp_path):
    measure = functools.partial(_die_once, tmp_path / "died")
    found = run_blocks(measure, BLOCKS, identity={}, folder=tmp_path / "parts", workers=2)
    assert found["draw"].tolist() == list(range(50))
    assert (tmp_path / "died").exists()


def test_workers_that_always_die_are_not_replaced_for_ever(monkeypatch):
    monkeypatch.setattr("manifold.runs.pools._RETRIES", 2)
    with pytest.raises(
        ChildProcessError, match="workers were ended 2 times before one had measured anything; try fewer workers"
    ):
        run_blocks(_die, BLOCKS, identity={}, workers=2)


def test_a_worker_with_another_version_of_the_code_is_refused(monkeypatch):
    monkeypatch.setattr("manifold.runs.pools.software_digest", lambda: "of another version")  # here, not in the workers
    with pytest.raises(PartError, match="a worker has another version of this project, or of NumPy"):
        run_blocks(_slow, BLOCKS, identity={}, workers=2)


def test_a_worker_of_a_cluster_that_dies_takes_no_row_with_it(tmp_path):
    """Killed from outside, once it has measured something."""
    with cluster(2) as found:
        victim = next(iter(found.workers.values())).pid

        def kill(done, total):
            nonlocal victim
            if done and victim:
                os.kill(victim, getattr(signal, "SIGKILL", signal.SIGTERM))
                victim = None

        rows = run_blocks(
            _slow,
            [range(start, start + 5) for start in range(0, 200, 5)],
            identity={},
            folder=tmp_path,
            scheduler=found.scheduler_address,
            progress=kill,
        )
    assert victim is None
    assert rows["draw"].tolist() == list(range(200))


def test_a_cluster_of_one_worker_measures_there_and_tells_what_failed():
    with cluster(1) as found:
        rows = run_blocks(_slow, BLOCKS, identity={}, scheduler=found.scheduler_address)
        assert os.getpid() not in set(rows["process"])
        with pytest.raises(ValueError, match="this block cannot be measured"):
            run_blocks(_fail, BLOCKS, identity={}, scheduler=found.scheduler_address)


def test_a_cluster_without_workers_is_named(monkeypatch):
    monkeypatch.setattr("manifold.runs.pools._PATIENCE", 0.5)
    with cluster(0) as found, pytest.raises(ConnectionError, match=r"has no workers; start some with `dask worker tcp://"):
        sweep(**GRID, scheduler=found.scheduler_address)


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "tcp://no.such.host.invalid:8786", "hello", "", "tcp://127.0.0.1:port"]
)
def test_a_scheduler_that_is_not_there_is_named_when_patience_ends(address, tmp_path, monkeypatch):
    monkeypatch.setattr("manifold.runs.pools._PATIENCE", 0.5)  # seconds; 5 otherwise
    with pytest.raises(ConnectionError, match=f"no Dask scheduler answers at '{address}'; start one with `dask scheduler`"):
        sweep(**GRID, scheduler=address, folder=tmp_path / "parts")
    assert not (tmp_path / "parts").exists()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", (1).to_bytes(8, "little") + b"?"])
def test_another_server_at_the_address_is_no_scheduler(answer, monkeypatch):
    """One that speaks another language, one that is silent, and one that speaks nonsense."""
    monkeypatch.setattr("manifold.runs.pools._PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30.0)
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with subprocess.Popen([sys.executable, "-c", ASK, address], cwd=ROOT, stderr=subprocess.PIPE, text=True) as asking:
            guest, _ = server.accept()
            with guest:
                guest.sendall(answer)
                said = asking.communicate(timeout=60)[1]
    assert said.splitlines()[-1].startswith(f"ConnectionError: no Dask scheduler answers at '{address}'; start one")


ASK = """
import sys
from manifold import sweep
sweep(width=3, draws=5, scheduler=sys.argv[1])
"""


def test_progress_tells_the_time_left_also_of_a_run_that_goes_on(capsys, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("manifold.runs.blocks.time.perf_counter", lambda: clock[0])
    line = ProgressLine("width")
    line(100, 1000)
    for clock[0], done in ((10.0, 110), (40.0, 200), (55.0, 250), (90.0, 400), (150.0, 1000)):
        line(done, 1000)
    assert capsys.readouterr().err.splitlines() == [
        "width: goes on after 100 of 1000 draws",
        "width: 200/1000 draws, 40 s, 5 min left",
        "width: 400/1000 draws, 90 s, 3 min left",
        "width: 1000/1000 draws, 2 min, 0.0 s left",
    ]


def test_progress_on_a_terminal_is_one_line(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    line = ProgressLine("width")
    for done in (0, 1, 2, 3):
        line(done, 3)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert [text.split(" draws")[0] for text in said.split("\r")] == ["width: 1/3", "width: 2/3", "width: 3/3"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.96, "10 s"), (99.0, "99 s"), (150.0, "2 min"), (5990.0, "100 min"), (9e4, "25.0 h")],
)
def test_durations_read_well(seconds, words):
    assert duration(seconds) == words
