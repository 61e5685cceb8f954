"""The line that says how far a run is."""

import pytest

from manifold.runs import ProgressLine
from manifold.runs.progress import duration


def test_progress_tells_the_time_left_also_of_a_run_that_goes_on(capsys, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("manifold.runs.progress.time.perf_counter", lambda: clock[0])
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
