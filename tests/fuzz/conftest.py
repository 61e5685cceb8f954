"""What the fuzz tests share: how many, how long, and what counts as an answer.

A few cases of each kind by default; with FUZZ=full in the environment, as many as each file says. A case is told by its number,
from which all of it follows: `random_stream(SEED, number)`.
"""

from __future__ import annotations

import collections
import contextlib
import os
import signal
import sys
import threading
import traceback
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 10.0  # seconds for a case
MEMORY = 8 << 30  # bytes beyond what the process has
FULL = os.environ.get("FUZZ") == "full"
LONGEST = 500  # characters of a sentence


class HungError(Exception):
    """A case takes too long."""


@contextlib.contextmanager
def _within(seconds):
    """Raise `HungError` where the system has alarms and this is the main thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number, frame):
        raise HungError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _little_memory():
    """No case may take the memory of the others on this computer: it gets a MemoryError first, which is a fault."""
    try:
        import resource
    except ImportError:  # on Windows
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    has = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if Path("/proc").exists() else 0
    resource.setrlimit(resource.RLIMIT_AS, (has + MEMORY, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _fault(error):
    """What is wrong with an answer that is an error; None for one sentence of the library."""
    if isinstance(error, HungError):
        return f"more than {PATIENCE:g} s"
    frames = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    ours = not frames or frames[-1].is_relative_to(ROOT / "manifold") or frames[-1].is_relative_to(ROOT / "tests")
    kind = type(error).__name__
    if not isinstance(error, ValueError | TypeError | OSError | NotImplementedError):
        return " ".join(f"{kind}: {error}".split())[:150]
    if not ours and not isinstance(error, OSError):
        return " ".join(f"{kind} from {frames[-1].parts[-2]}/{frames[-1].name}: {error}".split())[:150]
    if not str(error) or "\n" in str(error) or len(str(error)) > LONGEST:
        return " ".join(f"{kind} is no sentence, {len(str(error))} characters: {error}".split())[:150]
    return None


def _where(error):
    """The last function of the library on the way to an error, by which faults are told apart."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame.name for frame in frames if Path(frame.filename).is_relative_to(ROOT / "manifold")]
    return ours[-1] if ours else ""


class Cases:
    """Cases of a kind, and what was wrong with them."""

    def __init__(self, small, full):
        self.numbers = range(full if FULL else small)
        self.outcomes = collections.Counter()
        self.faults = {}

    @contextlib.contextmanager
    def judge(self, kind, told):
        """Run what is inside as one case; `kind` and the error say which faults are the same, `told` how to see it."""
        try:
            with _within(PATIENCE):
                yield
        except Exception as error:  # whatever it is, it is told
            wrong = _fault(error)
            self.outcomes["fault" if wrong else "sentence"] += 1
            if wrong:
                self.faults.setdefault((kind, type(error).__name__, _where(error)), f"{wrong}\n      {told}")
        else:
            self.outcomes["value"] += 1

    def finish(self):
        """Fail with one example of each kind of fault."""
        sys.stderr.write(f"{dict(self.outcomes)}\n")
        told = "\n".join(f"  {kind}: {example}" for (kind, *_), example in sorted(self.faults.items()))
        assert not self.faults, f"{dict(self.outcomes)}, {len(self.faults)} kinds of faults:\n{told}"


@pytest.fixture
def cases():
    return Cases
