import contextlib
import sys

import pytest


@contextlib.contextmanager
def _running(workers):
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as running:
        yield running


@pytest.fixture
def cluster(monkeypatch):
    """A context with a scheduler and its workers, which a nanny replaces when they die, by their number.

    A page that was tested before leaves its script as the main module, and new processes would run it.
    """
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    return _running
