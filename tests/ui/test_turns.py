"""Computations of many visitors: long ones do not crowd, short ones do not stand behind them, and none waits for ever."""

import threading
import time

import pytest

from manifold.ui import turns
from manifold.ui.turns import taking_turns


def compute(seconds, tally, **kind):
    """Some work in a turn; `tally` holds how many are at it, and the most that ever were."""
    with taking_turns(**kind), taking_turns(**kind):  # what calls another computation has its turn already
        tally["now"] += 1
        tally["most"] = max(tally["most"], tally["now"])
        time.sleep(seconds)
        tally["now"] -= 1


def test_long_computations_go_two_at_a_time_and_a_short_one_passes_them():
    tally = {"now": 0, "most": 0}
    many = [threading.Thread(target=compute, args=(0.15, tally)) for _ in range(5)]
    for each in many:
        each.start()
    while tally["now"] < 2:
        time.sleep(0.01)
    began = time.monotonic()
    compute(0.0, {"now": 0, "most": 0}, short=True)
    assert time.monotonic() - began < 0.1
    for each in many:
        each.join()
    assert tally == {"now": 0, "most": 2}


class Unwanted(BaseException):
    """What Streamlit raises in a run that is not wanted any more."""


@pytest.fixture
def crowd():
    """All long turns are taken."""
    taken = [turns._LONG.acquire() for _ in range(2)]
    yield taken
    for _ in taken:
        turns._LONG.release()


def test_a_run_that_is_not_wanted_any_more_ends_while_it_waits(crowd, monkeypatch):
    class State:
        def get(self, key):
            raise Unwanted

    monkeypatch.setattr(turns.st, "session_state", State())
    with pytest.raises(Unwanted), taking_turns():
        pytest.fail("began without a turn")


def test_who_has_waited_long_enough_goes_on(crowd, monkeypatch):
    monkeypatch.setattr(turns, "_PATIENCE", 0.2)
    with taking_turns():
        assert not turns._LONG.acquire(blocking=False)
    assert not turns._LONG.acquire(blocking=False)  # and gives back no turn that it had not
