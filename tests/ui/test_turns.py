"""Runs of many visitors: a few at a time, who asked first is first, none waits for ever, long ones do not crowd."""

import threading
import time

import pytest

from manifold.ui import navigation, turns
from manifold.ui.turns import Line, taking_turns


def compute(leave, tally, **kind):
    """Some work in a turn; `tally` holds how many are at it, and the most that ever were."""
    with taking_turns(**kind), taking_turns(**kind):  # what calls another computation has its turn already
        tally["now"] += 1
        tally["most"] = max(tally["most"], tally["now"])
        leave.wait(20.0)
        tally["now"] -= 1


def test_long_computations_go_two_at_a_time_and_a_short_one_passes_them():
    tally, leave, at_once = {"now": 0, "most": 0}, threading.Event(), threading.Event()
    many = [threading.Thread(target=compute, args=(leave, tally)) for _ in range(5)]
    for each in many:
        each.start()
    wait_for(turns._LONG, inside=2, waiting=3)
    at_once.set()
    compute(at_once, short := {"now": 0, "most": 0}, short=True)
    assert (short["most"], tally["now"]) == (1, 2)
    leave.set()
    for each in many:
        each.join()
    assert tally == {"now": 0, "most": 2}


def test_a_turn_is_had_until_it_ends_and_no_longer():
    for _ in range(2):
        with taking_turns():
            assert len(turns._LONG._inside) == 1
        assert not turns._LONG._inside


def follow(line, order, number):
    """A run that notes when it was let in."""
    with line.stand():
        order.append(number)


@pytest.fixture
def full():
    """A line with room for one, who is inside until the test lets go."""
    line, leave = Line(1, 60.0), threading.Event()

    def stay():
        with line.stand():
            leave.wait(20.0)

    inside = threading.Thread(target=stay)
    inside.start()
    wait_for(line, inside=1)
    yield line, leave
    leave.set()
    inside.join()
    wait_for(line, inside=0)


def wait_for(line, *, inside=1, waiting=0):
    """Until so many are in, and wait."""
    end = time.monotonic() + 20.0
    while (len(line._inside), len(line._waiting)) != (inside, waiting):
        assert time.monotonic() < end, (line._inside, line._waiting)
        time.sleep(0.005)


def test_who_asked_first_is_let_in_first(full):
    line, leave = full
    order, many = [], []
    for number in range(8):
        many.append(threading.Thread(target=follow, args=(line, order, number)))
        many[-1].start()
        wait_for(line, waiting=number + 1)
    leave.set()
    for each in many:
        each.join()
    assert order == list(range(8))


class Unwanted(BaseException):
    """What Streamlit raises in a run that is not wanted any more."""


def test_a_run_that_is_not_wanted_any_more_ends_while_it_waits_and_holds_up_nobody(full, monkeypatch):
    class State:
        def get(self, key):
            raise Unwanted

    line, _ = full
    with monkeypatch.context() as patch:
        patch.setattr(turns.st, "session_state", State())
        with pytest.raises(Unwanted), line.stand():
            pytest.fail("began without room")
    wait_for(line, waiting=0)


def test_who_is_in_for_longer_than_the_patience_does_not_count_any_more(full):
    line, _ = full
    line.patience = 0.2
    began = time.monotonic()
    with line.stand():
        assert time.monotonic() - began < 20.0
    wait_for(line, inside=1)  # who left took nobody else out


def test_a_run_that_fails_leaves_its_place():
    line = Line(1, 60.0)
    with pytest.raises(ValueError, match="broken"), line.stand():
        raise ValueError("broken")
    wait_for(line, inside=0)


def test_pages_go_a_few_at_a_time(monkeypatch):
    inside = []
    monkeypatch.setattr(navigation, "forget_changed_entries", lambda: inside.append(len(turns.RUNS._inside)) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        navigation.run()
    assert inside == [1]
