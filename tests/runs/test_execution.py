"""What a run is carried out with is checked before anything is measured."""

import re
import time

import pytest

from manifold import sweep, sweep_to
from manifold.runs import Execution
from manifold.runs.execution import MOST_WORKERS


@pytest.mark.parametrize(
    ("settings", "kind", "sentence"),
    [
        ({"workers": 10**6}, ValueError, f"workers must be <= {MOST_WORKERS}, got 1000000"),
        ({"workers": 0}, ValueError, "workers must be >= 1, got 0"),
        ({"workers": 2.0}, TypeError, "workers must be an integer, got 2.0"),
        ({"workers": 2, "scheduler": "tcp://127.0.0.1:9"}, ValueError, "leave one of them out"),
        ({"scheduler": 8786}, TypeError, "scheduler must be an address as tcp://HOST:PORT, got an object of type int"),
        ({"folder": 5}, TypeError, "folder must be a path, got an object of type int"),
        ({"progress": "yes"}, TypeError, "progress must be a function of two numbers, got an object of type str"),
    ],
)
def test_what_cannot_carry_out_a_run_is_refused_in_a_sentence(settings, kind, sentence):
    for make in (Execution, lambda **settings: sweep(width=3, draws=5, **settings)):
        with pytest.raises(kind, match=re.escape(sentence)):
            make(**settings)


def test_more_draws_than_can_be_listed_are_refused_at_once(tmp_path):
    started = time.perf_counter()
    sentence = r"draws must be <= \d+, got 1000000000000"
    with pytest.raises(ValueError, match=sentence):
        sweep(width=3, draws=10**12)
    with pytest.raises(ValueError, match=sentence):
        sweep_to(tmp_path / "parts", width=3, draws=10**12)
    with pytest.raises(TypeError, match="folder must be a path, got an object of type NoneType"):
        sweep_to(None, width=3, draws=3)
    assert time.perf_counter() - started < 1.0
    assert not (tmp_path / "parts").exists()


@pytest.mark.parametrize(
    ("grid", "sentence"),
    [
        ({"width": 10**12}, "width must be <= 100000"),
        ({"width": 3, "n_points": 10**12}, "n_points must be <= 10000000"),
        ({"width": 3, "dataset": "ball", "dimension": 10**12}, "dimension must be <= 100000"),
    ],
)
def test_a_grid_that_fits_no_memory_is_refused_at_once(grid, sentence):
    with pytest.raises(ValueError, match=sentence):
        sweep(**grid, draws=2)
