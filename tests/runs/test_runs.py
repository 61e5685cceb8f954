"""Runs that are killed, stopped or lose their workers go on with every row once."""

import contextlib
import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil  # which distributed needs, too
import pytest

from manifold import sweep
from manifold.runs import Execution, PartError, run_blocks

ROOT = Path(__file__).parents[2]
LONG = {"width": [8, 9], "dataset": "ball", "dimension": 8, "decoder": "affine", "n_points": 60, "draws": 2000}  # 8 parts
SCRIPT = f"""
import signal, sys
from manifold import sweep
def wait_after_two_parts(done, total):
    if done == 500:
        print("two parts", flush=True)
        sys.stdin.read()
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has background jobs ignore it, and so their children
    sweep(**{LONG}, folder=sys.argv[1], workers=int(sys.argv[2]), progress=wait_after_two_parts)
"""


@contextlib.contextmanager
def started(folder, workers=1):
    """The script, a leader of its own group of processes, once it has kept two parts."""
    words = [sys.executable, "-c", SCRIPT, str(folder), str(workers)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(words, cwd=ROOT, start_new_session=True, text=True, **pipes) as run:
        try:
            assert run.stdout.readline() == "two parts\n"
            yield run
        finally:
            run.kill()


def parts(folder):
    return list(folder.glob("part-*.parquet"))


def group_of(leader):
    """The processes of a group that have not ended."""
    members = []
    for process in psutil.process_iter(["status"]):
        with contextlib.suppress(ProcessLookupError):  # it ends while it is looked at
            if process.info["status"] != psutil.STATUS_ZOMBIE and os.getpgid(process.pid) == leader:
                members.append(process)
    return members


def wait_until(condition, seconds=180.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.05)


@functools.cache
def uninterrupted():
    return sweep(**LONG)


def goes_on(folder):
    """The rest of the run: every row is there once, as if nothing had happened."""
    assert len(parts(folder)) == 2
    counts = []
    rows = sweep(**LONG, folder=folder, progress=lambda done, total: counts.append(done))
    assert counts == list(range(500, 2001, 250))
    pd.testing.assert_frame_equal(rows, uninterrupted(), check_exact=True)
    assert len(list(folder.iterdir())) == 8


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


def _rows(block):
    return pd.DataFrame({"draw": list(block)})


BLOCKS = [range(start, start + 5) for start in range(0, 50, 5)]


def test_a_worker_that_dies_is_replaced(tmp_path):
    measure = functools.partial(_die_once, tmp_path / "died")
    rows = run_blocks(measure, BLOCKS, identity={}, execution=Execution(folder=tmp_path / "parts", workers=2))
    assert rows["draw"].tolist() == list(range(50))
    assert (tmp_path / "died").exists()


def test_workers_that_always_die_are_not_replaced_for_ever(monkeypatch):
    monkeypatch.setattr("manifold.runs.processes._RETRIES", 2)
    with pytest.raises(
        ChildProcessError, match="workers were ended 2 times before one had measured anything; try fewer workers"
    ):
        run_blocks(_die, BLOCKS, identity={}, execution=Execution(workers=2))


def test_a_worker_with_another_version_of_the_code_is_refused(monkeypatch):
    monkeypatch.setattr("manifold.runs.task.software_digest", lambda: "of another version")  # here, not in the workers
    with pytest.raises(PartError, match="a worker has another version of this project, or of NumPy"):
        run_blocks(_rows, BLOCKS, identity={}, execution=Execution(workers=2))
