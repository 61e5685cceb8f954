"""Two runs in one folder: the second says who holds it; a killed one is in nobody's way."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from manifold import sweep, sweep_to
from manifold.runs import Execution, PartError, lock, run_blocks
from manifold.runs.lock import hold

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from manifold.runs.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
GRID = {"width": 3, "n_points": 10, "draws": 5}


def test_another_process_is_named_and_once_it_is_killed_the_folder_is_free(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        for run in (lambda: sweep(**GRID, folder=tmp_path), lambda: sweep_to(tmp_path, **GRID)):
            with pytest.raises(PartError) as caught:
                run()
            assert str(caught.value) == (
                f"{tmp_path} is in use by another run, process {other.pid} on {socket.gethostname()}; "
                "wait for it, stop it, or choose another folder"
            )
        os.kill(other.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        other.wait()
    assert (tmp_path / ".lock").exists()
    assert len(sweep(**GRID, folder=tmp_path)) == 5
    assert [path.suffix for path in tmp_path.iterdir()] == [".parquet"]


def test_of_threads_that_start_together_one_measures_and_the_others_say_so(tmp_path):
    """None goes on with what another has half written, and the one that may measures each block once."""
    ready, outcomes, measured = threading.Barrier(4), [], []

    def measure(block):
        measured.append(block)
        threading.Event().wait(0.3)
        return pd.DataFrame({"draw": list(block)})

    def run(seed):
        ready.wait()
        try:
            blocks = [range(3), range(3, 6), range(6, 9)]
            outcomes.append(run_blocks(measure, blocks, identity={"seed": seed}, execution=Execution(folder=tmp_path)))
        except PartError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    frames = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    assert len(frames) == 1
    assert frames[0]["draw"].tolist() == list(range(9))
    assert len(measured) == 3
    assert sum(f"process {os.getpid()} on" in outcome for outcome in outcomes if isinstance(outcome, str)) == 3


def test_a_reader_waits_until_another_has_read(tmp_path):
    inside = threading.Event()

    def read():
        with hold(tmp_path):
            inside.set()
            threading.Event().wait(0.2)

    reader = threading.Thread(target=read)
    reader.start()
    inside.wait()
    with hold(tmp_path):
        reader.join()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_made_for_nothing_is_removed(tmp_path):
    with hold(tmp_path / "parts"):
        assert (tmp_path / "parts" / ".lock").exists()
    assert not (tmp_path / "parts").exists()


def test_a_folder_without_locks_or_that_cannot_be_written_is_read_all_the_same(tmp_path, monkeypatch):
    rows = sweep(**GRID, folder=tmp_path)

    def refuse(file):
        raise OSError(37, "No locks available")

    with monkeypatch.context() as patch:
        patch.setattr("manifold.runs.lock._take", refuse)
        pd.testing.assert_frame_equal(sweep(**GRID, folder=tmp_path), rows, check_exact=True)
    (tmp_path / ".lock").unlink()
    (tmp_path / ".lock").mkdir()  # which nobody can open
    pd.testing.assert_frame_equal(sweep(**GRID, folder=tmp_path), rows, check_exact=True)


class WindowsLocks:
    """What `msvcrt` does, of this process: a byte is locked by one open file, until that is closed."""

    LK_NBLCK = 2

    def __init__(self):
        self.held = {}

    def locking(self, descriptor, mode, count):
        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        holder = self.held.get((os.fstat(descriptor).st_ino, place))
        if holder not in (None, descriptor) and self.is_open(holder):
            raise PermissionError
        self.held[os.fstat(descriptor).st_ino, place] = descriptor

    @staticmethod
    def is_open(descriptor):
        try:
            return os.fstat(descriptor).st_ino > 0
        except OSError:
            return False


def test_on_windows_the_second_is_refused_and_the_file_goes_once_it_is_closed(tmp_path, monkeypatch):
    """There no open file is removed, and who stands behind its number is not always told."""
    locks, unlink = WindowsLocks(), Path.unlink

    def remove(path):
        if any(map(locks.is_open, locks.held.values())):
            raise PermissionError
        unlink(path)

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(lock, "msvcrt", locks, raising=False)
    monkeypatch.setattr(Path, "unlink", remove)
    monkeypatch.setattr(os.path, "samestat", lambda one, other: False)
    folder = tmp_path / "new"
    with hold(folder), pytest.raises(PartError, match=rf"in use by another run, process {os.getpid()} on"), hold(folder):
        pass
    assert not folder.exists()
    with hold(folder):
        assert folder.exists()
