"""20 kills, of one process, of two and of the command line: the next run has every row, once, and leaves nothing else."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from manifold import random_stream, sweep

SEED, SMALL, FULL = 15, 2, 20
ROOT = Path(__file__).parents[2]
GRID = {
    "width": [8, 9],
    "dataset": "ball",
    "dimension": 8,
    "decoder": "affine",
    "n_points": 60,
    "draws": 2000,
    "metrics": ["nmse"],
}
SCRIPT = f"""
import sys
from manifold import sweep
if __name__ == "__main__":
    sweep(**{GRID}, folder=sys.argv[1], workers=int(sys.argv[2]), progress=lambda *now: print("begun", flush=True))
"""
COMMAND = ["run", "collapse_map", "--draws", "100", "--format", "svg", "--set", "widths=2,3"]


def words_of(workers, folder):
    if workers:
        return [sys.executable, "-c", SCRIPT, str(folder), str(workers)]
    return [sys.executable, "-m", "experiments", *COMMAND, "--out", str(folder)]


def killed(words, dice, limit):
    """Start the words, and kill them after some time, most often while they measure."""
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        if dice.random() < 0.8 and "-c" in words:
            run.stdout.readline()  # it has begun
        time.sleep(float(dice.uniform(0.0, limit)))
        run.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    subprocess.run(words_of(0, folder), cwd=ROOT, check=True, capture_output=True)
    return sweep(**GRID), (folder / "collapse_map" / "rows.parquet").read_bytes()


def test_after_a_kill_the_next_run_has_every_row(cases, tmp_path, uninterrupted):
    kills = cases(SMALL, FULL)
    for number in kills.numbers:
        dice, folder, workers = random_stream(SEED, number), tmp_path / str(number), (1, 0, 2)[number % 3]
        killed(words_of(workers, folder), dice, 1.0 if workers else 3.0)
        with kills.judge(f"{workers} workers", f"case {number}"):
            if workers:
                rows = sweep(**GRID, folder=folder, workers=workers)
                pd.testing.assert_frame_equal(rows, uninterrupted[0], check_exact=True)
                assert {path.suffix for path in folder.iterdir()} == {".parquet"}, "leaves other files"
            else:
                again = subprocess.run(words_of(0, folder), cwd=ROOT, capture_output=True, text=True)
                assert again.returncode == 0, again.stderr[-200:]
                assert (folder / "collapse_map" / "rows.parquet").read_bytes() == uninterrupted[1], "other rows"
                left = {path.name for path in (folder / "collapse_map").iterdir()}
                assert left == {"figure.svg", "rows.parquet", "run.json"}, f"leaves {left}"
    kills.finish()
