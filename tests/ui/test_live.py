"""Runs that visitors share: equal settings are one run, one runs at a time, and nothing is done that nobody watches."""

import threading
import time

import pytest

from manifold.ui.live import SharedRuns

PATIENCE = 10.0


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Gate:
    """Work whose pieces are done when the test lets them.

    `begun` holds the keys in the order in which they began, `waiting` how many pieces have begun.
    """

    def __init__(self, pieces=3):
        self.pieces, self.begun, self.done, self.waiting = pieces, [], [], 0
        self.free = threading.Semaphore(0)

    def __call__(self, key):
        self.begun.append(key)
        for piece in range(1, self.pieces + 1):
            self.waiting += 1
            self.free.acquire()
            self.done.append(key)
            yield piece

    def let(self, count):
        for _ in range(count):
            self.free.release()


def wait_until(holds):
    for _ in range(12_000):
        if holds():
            return
        time.sleep(0.005)
    pytest.fail("not within a minute")


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.let(1000)


@pytest.fixture
def clock():
    return Clock()


def shared(gate, clock, **options):
    return SharedRuns(gate, patience=PATIENCE, clock=clock, **options)


def test_equal_settings_are_one_run_and_all_see_it_end(gate, clock):
    runs = shared(gate, clock)
    for visitor in ("a", "b", "c"):
        runs.want("pair", visitor)
    assert runs.look("pair").watchers == 3
    gate.let(3)
    wait_until(lambda: runs.look("pair").state == "done")
    assert gate.begun == ["pair"]
    assert runs.look("pair").seen == 3
    assert runs.ended() == {"pair": 3}


def test_others_wait_in_the_order_of_asking_and_are_told_how_many_are_before_them(gate, clock):
    runs = shared(gate, clock)
    for number, key in enumerate(["one", "two", "three"]):
        runs.want(key, f"visitor {number}")
    assert [(runs.look(key).state, runs.look(key).ahead) for key in ("one", "two", "three")] == [
        ("running", 0),
        ("waiting", 1),
        ("waiting", 2),
    ]
    gate.let(9)
    wait_until(lambda: runs.look("three").state == "done")
    assert gate.done == ["one"] * 3 + ["two"] * 3 + ["three"] * 3


def test_a_visitor_who_is_not_heard_of_stops_the_run_which_goes_on_when_asked_for_again(gate, clock):
    runs = shared(gate, clock)
    runs.want("pair", "a")
    gate.let(1)
    wait_until(lambda: runs.look("pair").seen == 1 and gate.waiting == 2)
    clock.now = PATIENCE + 1.0
    assert runs.look("pair").state == "stopped"
    gate.let(1)  # the piece that had begun
    wait_until(lambda: runs.look("pair").seen == 2)
    gate.let(1)
    time.sleep(0.05)
    assert (runs.look("pair").seen, gate.done) == (2, ["pair"] * 2)
    runs.want("pair", "b")
    wait_until(lambda: runs.look("pair").state == "done")
    assert (gate.begun, gate.done) == (["pair"], ["pair"] * 3)


def test_who_keeps_asking_is_there_and_who_asks_for_another_is_gone_from_the_first(gate, clock):
    runs = shared(gate, clock)
    for _ in range(5):
        runs.want("one", "a")
        clock.now += 0.9 * PATIENCE
    assert runs.look("one").goes_on
    runs.want("two", "a")
    assert runs.look("one").state == "stopped"
    runs.leave("a")
    assert runs.look("two").state == "stopped"


def test_leaving_does_not_take_a_run_from_others(gate, clock):
    runs = shared(gate, clock)
    runs.want("pair", "a")
    runs.want("pair", "b")
    runs.leave("a")
    assert (runs.look("pair").state, runs.look("pair").watchers) == ("running", 1)


def test_what_fails_is_told_and_the_next_run_goes_on(clock):
    def begin(key):
        yield 1
        if key == "bad":
            raise LookupError("no such pictures")

    runs = shared(begin, clock)
    runs.want("bad", "a")
    wait_until(lambda: runs.look("bad").state == "failed")
    assert (runs.look("bad").seen, str(runs.look("bad").error)) == (1, "no such pictures")
    runs.want("good", "a")
    wait_until(lambda: runs.look("good").state == "done")
    assert list(runs.ended()) == ["good"]


def test_memory_is_bounded_and_a_queue_of_wanted_runs_is_full(gate, clock):
    runs = shared(gate, clock, most=2)
    gate.let(100)
    for key in range(5):
        runs.want(key, "a")
        wait_until(lambda key=key: runs.look(key).state == "done")
    assert [key for key in range(5) if runs.look(key)] == [3, 4]
    held = Gate()
    full = shared(held, clock, most=2)
    full.want("one", "a")
    full.want("two", "b")
    with pytest.raises(ValueError, match="2 trainings are waiting already"):
        full.want("three", "c")
    clock.now += 2.0 * PATIENCE
    full.want("three", "c")  # the others are gone
    held.let(100)
    wait_until(lambda: full.look("three").state == "done")


def test_no_thread_is_left_when_nothing_is_wanted(gate, clock):
    runs, before = shared(gate, clock), set(threading.enumerate())
    runs.want("pair", "a")
    assert set(threading.enumerate()) > before
    gate.let(3)
    wait_until(lambda: set(threading.enumerate()) <= before)
    assert runs.look("pair").state == "done"
