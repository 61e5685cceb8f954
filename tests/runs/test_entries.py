"""Entries that a script adds to a registry: they reach every worker, and a changed one never gives an old row."""

import contextlib
import functools
import importlib
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS, METRICS, Activation, Decoder, Metric, sweep
from manifold.runs import Execution, PartError, run_blocks
from manifold.runs.entries import added_entries, entry_digests, lent_entries, pack_entries

ROOT = Path(__file__).parents[2]
GRID = {"width": [2, 3], "n_points": 20, "activation": ["relu", "steep"], "metrics": ["nmse", "lost"], "draws": 600}  # 3 parts


def steep(slope):
    """ReLU, `slope` times as large."""
    return Activation(lambda z: slope * np.maximum(z, 0.0), low=0.0, inverse=lambda outputs: outputs / slope, name="steep")


@pytest.fixture
def with_steep():
    with ACTIVATIONS.lend({"steep": steep(2.0)}):
        yield sweep(**GRID)


def test_an_added_activation_is_measured(with_steep):
    """The exact decoder undoes it, and the pseudo-inverse reads it as relu(2 x) = 2 relu(x)."""
    assert set(with_steep["activation"]) == {"relu", "steep"}
    with ACTIVATIONS.lend({"steep": steep(1.0)}):
        again = sweep(**GRID)
    relu, same = (again[again["activation"] == name]["nmse"].to_numpy() for name in ("relu", "steep"))
    np.testing.assert_allclose(relu, same, rtol=1e-9)  # T of two rows may be ill-conditioned
    assert not np.allclose(with_steep[with_steep["activation"] == "steep"]["nmse"], same)


def test_processes_measure_it_too_and_those_of_an_earlier_run_know_the_new_one(with_steep):
    pd.testing.assert_frame_equal(sweep(**GRID, workers=2), with_steep, check_exact=True)
    with ACTIVATIONS.lend({"steep": steep(3.0)}):
        pd.testing.assert_frame_equal(sweep(**GRID, workers=2), sweep(**GRID), check_exact=True)


def test_workers_of_a_cluster_measure_it_too_and_those_of_an_earlier_run_know_the_new_one(with_steep, cluster):
    with cluster(2) as running:
        address = running.scheduler_address
        pd.testing.assert_frame_equal(sweep(**GRID, scheduler=address), with_steep, check_exact=True)
        with ACTIVATIONS.lend({"steep": steep(3.0)}):
            pd.testing.assert_frame_equal(sweep(**GRID, scheduler=address), sweep(**GRID), check_exact=True)


SCRIPT = """
import numpy as np
from manifold import ACTIVATIONS, Activation, sweep
def twice(z):
    return 2.0 * np.maximum(z, 0.0)
ACTIVATIONS.add("twice", Activation(twice, low=0.0, inverse=lambda y: y / 2.0))
rows = [sweep(width=3, n_points=20, activation="twice", draws=600, workers=workers) for workers in (1, 2)]
assert rows[0].equals(rows[1])
"""


def test_a_script_needs_no_more_than_to_add_it():
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, check=True, timeout=300)


def test_a_changed_function_never_gives_an_old_row(with_steep, tmp_path):
    sweep(**GRID, folder=tmp_path)
    with ACTIVATIONS.lend({"steep": steep(3.0)}), pytest.raises(PartError, match="holds parts of another run"):
        sweep(**GRID, folder=tmp_path)
    done = []
    with ACTIVATIONS.lend({"steep": steep(2.0), "unasked": steep(4.0)}):  # the same, made anew, and one that is not asked for
        again = sweep(**GRID, folder=tmp_path, progress=lambda *now: done.append(now))
    pd.testing.assert_frame_equal(again, with_steep, check_exact=True)
    assert done == [(600, 600)]


def drawn_in(size):
    """A decoder that answers `size` times the point."""
    return Decoder(lambda seen: size * seen.points, name="drawn in")


SETTINGS = {
    "activation": (ACTIVATIONS, lambda size: {"steep": steep(size)}, {"activation": "steep"}),
    "decoder": (DECODERS, lambda size: {"drawn in": drawn_in(size)}, {"decoder": "drawn in"}),
    "best decoder": (
        DECODERS,
        lambda size: {"active-rows": drawn_in(size)},
        {"metrics": ["decoder-share"], "dataset": "ball", "dimension": 3},
    ),
    "metric": (METRICS, lambda size: {"miss": Metric(lambda each: size * each.rank.mean())}, {"metrics": ["miss"]}),
}
"""Where an entry is, how it is made with a number in it, and what asks for it; a metric asks for the best decoder, unnamed."""


@pytest.mark.parametrize("mode", ["this process", "processes", "cluster"])
def test_rows_of_a_changed_entry_are_never_those_of_the_folder(mode, tmp_path, request):
    """Whoever measures: the same folder is refused, and another has the new rows."""
    with contextlib.ExitStack() as stack:
        where = {"processes": {"workers": 2}}.get(mode, {})
        if mode == "cluster":
            where = {"scheduler": stack.enter_context(request.getfixturevalue("cluster")(1)).scheduler_address}
        for kind, (registry, make, asked) in SETTINGS.items():
            grid = {"width": 3, "n_points": 20, "draws": 8, "metrics": ["nmse"], **asked, **where}
            with registry.lend(make(0.5)):
                before = sweep(**grid, folder=tmp_path / kind)
                pd.testing.assert_frame_equal(sweep(**grid, folder=tmp_path / kind), before, check_exact=True)
            with registry.lend(make(0.25)):
                with pytest.raises(PartError, match="holds parts of another run"):
                    sweep(**grid, folder=tmp_path / kind)
                after = sweep(**grid, folder=tmp_path / f"{kind} again")
                pd.testing.assert_frame_equal(sweep(**{**grid, "workers": 1, "scheduler": None}), after, check_exact=True)
            column = asked.get("metrics", ["nmse"])[0]
            assert not np.allclose(before[column], after[column]), kind


@pytest.mark.parametrize("where", [{"workers": 2}, {"scheduler": "tcp://127.0.0.1:9"}])
def test_an_entry_that_cannot_be_sent_is_named_before_work_starts(where, tmp_path):
    lock = threading.Lock()
    guarded = Activation(lambda z: z if lock else -z, inverse=lambda y: y, name="guarded")
    grid = {"width": 3, "draws": 5, "activation": "guarded"}
    with ACTIVATIONS.lend({"guarded": guarded}):
        with pytest.raises(TypeError, match=r"the activation 'guarded' cannot be sent to other processes \(cannot pickle"):
            sweep(**grid, **where)
        with pytest.raises(TypeError, match="whether the activation 'guarded' is the same as before cannot be told"):
            sweep(**grid, folder=tmp_path / "parts")
        assert len(sweep(**grid)) == 5
    assert not (tmp_path / "parts").exists()


def _names(block):
    return pd.DataFrame({"draw": list(block), "names": " ".join(ACTIVATIONS)})


def test_workers_keep_nothing_of_a_run():
    run = functools.partial(run_blocks, _names, [range(3), range(3, 6)], execution=Execution(workers=2))
    with ACTIVATIONS.lend({"steep": steep(2.0)}):
        assert run(identity={"activation": "steep"})["names"].str.endswith(" steep").all()
        assert not run(identity={"activation": "relu"})["names"].str.contains("steep").any()


def test_a_worker_with_another_version_of_an_entry_is_refused(monkeypatch):
    with ACTIVATIONS.lend({"steep": steep(2.0)}):
        packed = pack_entries(added_entries({"activation": "steep"}))
    monkeypatch.setattr("manifold.runs.entries.digest", lambda entry: "another")
    with pytest.raises(PartError, match="a worker has another version of the activation 'steep'"), lent_entries(packed):
        pass


def test_a_worker_without_the_module_of_an_entry_is_refused(tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("def function(z):\n    return z\n")
    monkeypatch.syspath_prepend(tmp_path)
    function = importlib.import_module("only_here").function
    with ACTIVATIONS.lend({"mine": Activation(function, inverse=function, name="mine")}):
        packed = pack_entries(added_entries({"activation": "mine"}))
    monkeypatch.delitem(sys.modules, "only_here")
    monkeypatch.setattr("sys.path", [path for path in sys.path if path != str(tmp_path)])
    with pytest.raises(PartError, match=r"a worker cannot load the activation 'mine' \(No module named 'only_here'\)"):
        lent_entries(packed).__enter__()


def test_entries_of_every_registry_are_found_by_their_names_in_what_is_asked():
    with ACTIVATIONS.lend({"steep": steep(2.0)}), EMBEDDINGS.lend({"mine": EMBEDDINGS["gaussian"]}):
        assert added_entries({"cells": [{"activation": "relu", "embedding": "gaussian"}]}) == {}
        entries = added_entries({"cells": [{"activation": "steep", "embedding": "mine,of=two"}]})
        assert sorted(name for named in entries.values() for name in named) == ["mine", "steep"]
        assert entry_digests(entries).keys() == entries.keys()
