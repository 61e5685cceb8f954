"""The page Dense and early exits: what it shows is what the kept networks do, and what dense stacks cost."""

import re

import numpy as np
import pytest

from experiments.blocks import dense_growth
from experiments.runner.parameters import set_values
from manifold.nets import DenseBlock, PlainPair
from manifold.nets.training.deep import source_weights
from manifold.nets.training.departures import depart
from manifold.nets.training.pretrained import read_kept
from manifold.text import percent, say
from manifold.ui.dense_stacks import STEM, Stacks
from manifold.ui.pages.exits.views import THRESHOLDS, nearest_step
from manifold.ui.pages.exits.words import dense_verdict


@pytest.mark.parametrize("network", ["dense", "residual", "plain"])
def test_the_picture_is_what_the_kept_network_does_to_its_test_pictures(visit, shown, network):
    data = shown(visit("exits", network=network, threshold="0.9"))
    kept, split, _ = read_kept(network)
    departures = depart(kept, split.test, THRESHOLDS)
    assert data["width"] == 900
    saved, accuracy, *_ = (number["values"] for number in data["numbers"])
    assert saved == [percent(1.0 - cost) for cost in departures.cost.tolist()]
    assert accuracy == [f"{share:.1%}" for share in departures.accuracy]
    step = nearest_step(0.9)
    counts = [int(re.match(r"\d+", panel["captions"][step])[0]) for panel in data["panels"][:3]]
    assert counts == np.bincount(departures.exits[step], minlength=3).tolist()


def test_every_threshold_of_the_slider_is_one_that_a_link_reopens(visit, shown):
    widths = shown(visit("exits"))["widths"]
    assert [nearest_step(width / 1000.0) for width in widths] == list(range(len(THRESHOLDS)))
    assert widths == sorted(set(widths))


def test_numbers_of_dense_stacks_are_those_of_their_blocks(visit, capsys):
    app = visit("exits", view="dense", growth="8", layers="5", plain="64")  # an odd number becomes the next even one
    dense = DenseBlock(STEM, 8, 6, 0)
    plain = [PlainPair(64, 64) for _ in range(3)]
    count = [sum(w.numel() for part in parts for w in part.parameters() if w.ndim == 4) for parts in ([dense], plain)]
    stacks = Stacks(8, 6, 64)
    assert list(stacks.weights.values()) == count
    assert app.metric[0].value == dense_verdict(stacks) == say("exits.dense.dense", ratio=f"{count[1] / count[0]:.1f}")
    assert stacks.last == dense.oup
    exec(next(code.value for code in app.code if "source_weights" in code.value), {})
    assert [int(line.split()[1]) for line in capsys.readouterr().out.splitlines()[:2]] == count
    command = next(code.value for code in app.code if "dense_growth" in code.value)
    parameters = set_values(dense_growth.Parameters(), re.findall(r"--set (\S+)", command))
    rows = dense_growth.measure([0], seed=0, parameters=parameters)
    macs = rows[rows["depth"] == 6].set_index("stack")["macs"]
    assert (macs[["dense", "plain"]] / parameters.size**2).tolist() == count


def test_the_map_is_that_of_the_kept_network(visit, charts):
    drawn = charts(visit("exits", view="dense"))[-1]["data"][0]["z"]
    read = source_weights(read_kept("dense-one-exit").network)
    assert drawn[0][0] == pytest.approx(read[0, 0])
    assert drawn[3][0] is None
    assert drawn[3][5] == pytest.approx(read[5, 3])


def test_the_script_prints_the_numbers_of_the_page(visit, shown, capsys):
    app = visit("exits", threshold="0.9")
    script = next(code.value for code in app.code if "read_kept" in code.value)
    exec(script, {})
    printed = capsys.readouterr().out
    saved = float(printed.splitlines()[-1].split()[-1])
    assert shown(app)["numbers"][0]["values"][nearest_step(0.9)] == percent(saved)
    command = next(code.value for code in app.code if "experiments run" in code.value)
    assert "early_exits" in command
    assert "thresholds=[0.9]" in command
