"""The line that says how far a run is."""

import pytest

from manifold.runs import ProgressLine, told
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


def test_progress_tells_when_all_of_several_runs_will_be_done(capsys, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("manifold.runs.progress.time.perf_counter", lambda: clock[0])
    line = ProgressLine("[1/2] width", then=600.0)
    line(0, 4)
    clock[0] = 60.0
    line(1, 4)
    assert capsys.readouterr().err == "[1/2] width: 1/4 draws, 60 s, 3 min left, 13 min for all\n"


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


def test_progress_is_heard_inside_of_a_block_too(capsys, monkeypatch):
    """Two blocks of four draws, measured draw by draw; then one draw, measured task by task."""
    clock = [0.0]
    monkeypatch.setattr("manifold.runs.progress.time.perf_counter", lambda: clock[0])
    with ProgressLine("roll") as line:
        line(0, 8)
        for done in (4, 8):
            for _ in told(range(4)):
                clock[0] += 40.0
            line(done, 8)
    said = [text.split(" draws")[0] for text in capsys.readouterr().err.splitlines()]
    assert said == [f"roll: {done}/8" for done in range(1, 9) if done != 8] + ["roll: 8/8"]
    with ProgressLine("speed") as line:
        line(0, 1)
        for _ in told(range(4), draws=1):
            clock[0] += 40.0
    assert capsys.readouterr().err.splitlines() == [
        "speed: 0.25/1 draws, 40 s, 2 min left",
        "speed: 0.5/1 draws, 80 s, 80 s left",
        "speed: 0.75/1 draws, 2 min, 40 s left",
    ]


def test_what_is_told_while_no_run_is_shown_is_heard_by_nobody(capsys):
    assert list(told("abc")) == ["a", "b", "c"]
    assert not capsys.readouterr().err
