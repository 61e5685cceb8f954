"""Bets are counted once, whoever sends them, how often, from whichever process, and only while the class may bet."""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from manifold.ui.lecture import store as store_module
from manifold.ui.lecture.store import LOBBY, MOST_CHOICES, PLACE, Store, usual_place

ROOT = Path(__file__).parents[3]
CLASS = """
import sys, threading
from pathlib import Path
from manifold.ui.lecture.store import Store
store, name = Store(Path(sys.argv[1])), sys.argv[2]
gate = threading.Barrier(20)

def bet(number):
    gate.wait()
    for choice in (3, number % 4):  # the first is thought better of
        assert store.bet("code", 0, f"{name}-{number}", choice)

threads = [threading.Thread(target=bet, args=(number,)) for number in range(20)]
input()
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.fixture
def store(store):
    """A lecture at its first step."""
    store.open("code")
    store.move("code", 0)
    return store


def test_forty_who_bet_at_once_from_two_processes_are_counted_once_each(store):
    start = [sys.executable, "-c", CLASS, str(store.path)]
    processes = [
        subprocess.Popen([*start, name], cwd=ROOT, stdin=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
        for name in ("one", "two")
    ]
    for process in processes:
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [process.wait() for process in processes] == [0, 0]
    for process in processes:
        process.stdin.close()
    assert store.counts("code", 0) == [10, 10, 10, 10, 0, 0]


def test_threads_of_one_process_are_counted_too(store):
    threads = [threading.Thread(target=store.bet, args=("code", 0, str(number), 1)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.counts("code", 0)[1] == 20


def test_a_second_bet_replaces_the_first_until_the_picture_is_shown(store):
    assert store.bet("code", 0, "ann", 0)
    assert store.bet("code", 0, "ann", 2)
    store.reveal("code", 0, 2)
    assert not store.bet("code", 0, "ann", 1)
    assert not store.bet("code", 0, "late", 1)
    assert (store.bet_of("code", 0, "ann"), store.bet_of("code", 0, "late")) == (2, None)
    assert store.counts("code", 0) == [0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("code", "step", "visitor", "choice"),
    [
        ("other", 0, "ann", 0),
        ("code", 1, "ann", 0),
        ("code", LOBBY, "ann", 0),
        ("code", 0, "ann", MOST_CHOICES),
        ("code", 0, "ann", -1),
        ("code", 0, "", 0),
        ("code", 0, 65 * "a", 0),
    ],
)
def test_what_no_visitor_can_send_from_the_page_counts_nothing(store, code, step, visitor, choice):
    assert not store.bet(code, step, visitor, choice)
    assert sum(store.counts("code", 0)) == sum(store.counts(code, step)) == 0


def test_a_script_cannot_fill_the_disk(store, monkeypatch):
    monkeypatch.setattr(store_module, "MOST_BETS", 3)
    assert [store.bet("code", 0, str(number), 0) for number in range(5)] == [True, True, True, False, False]
    assert store.bet("code", 0, "1", 2)  # who has bet may think better of it


def test_a_lecturer_who_goes_back_finds_bets_closed_as_they_were_left(store):
    assert store.look("code").shown is False
    store.bet("code", 0, "ann", 1)
    store.reveal("code", 0, 3)
    store.move("code", 1)
    assert (store.look("code").place, store.look("code").shown) == (1, False)
    store.move("code", 0)
    seen = store.look("code")
    assert (seen.shown, seen.correct) == (True, 3)
    assert not store.bet("code", 0, "bob", 1)
    assert store.counts("code", 0)[1] == 1
    store.open("code")  # the page was loaded anew
    assert store.look("code") == seen


def test_another_file_begins_anew_and_another_lecture_is_left_alone(store):
    store.open("other")
    store.move("other", 0)
    store.bet("other", 0, "ann", 1)
    store.bet("code", 0, "ann", 1)
    began = store.look("code").began
    assert began is not None
    store.take("code", "title = ''")
    seen = store.look("code")
    assert (seen.place, seen.file, seen.began) == (LOBBY, "title = ''", None)
    assert (sum(store.counts("code", 0)), sum(store.counts("other", 0))) == (0, 1)


def test_old_lectures_are_forgotten(store, monkeypatch):
    store.bet("code", 0, "ann", 1)
    week_on = store_module.time.time() + 8 * 24 * 3600
    monkeypatch.setattr(store_module.time, "time", lambda: week_on)
    store.open("other")
    assert store.look("code") is None
    assert sum(store.counts("code", 0)) == 0


def test_an_unknown_code_is_none_and_a_file_that_is_no_base_is_an_error(store, tmp_path):
    assert store.look("nobody") is None
    (tmp_path / "text").write_text("no base, but some text" * 100)
    with pytest.raises(sqlite3.Error):
        Store(tmp_path / "text").look("code")


def test_the_place_of_the_file_is_the_users_choice(monkeypatch, tmp_path):
    monkeypatch.setenv(PLACE, str(tmp_path / "here"))
    assert usual_place() == tmp_path / "here"
    monkeypatch.delenv(PLACE)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert usual_place() == tmp_path / "manifold" / "lectures.sqlite"
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert usual_place().name == "manifold-lectures.sqlite"
