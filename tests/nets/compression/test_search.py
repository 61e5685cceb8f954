"""Search: the space, the reward, evolution by its own rule, and a search that was stopped and goes on."""

import itertools
import json
import re

import numpy as np
import pytest

from manifold import random_stream
from manifold.nets import InvertedResidualV3, formula_cost, measure_cost
from manifold.nets.blocks.layers import activation_name
from manifold.nets.compression.architecture import CHOICES, HAND_MADE, Architecture, draw_architecture, read_architecture
from manifold.nets.compression.search import FILE, POPULATION, SAMPLE, Aim, Bench, Trial, evolve, pareto_front, search
from manifold.runs import PartError

SHAPE = (1, 8, 8)
FREE = Aim(1e6, 0.0)
"""Accuracy alone."""


@pytest.mark.parametrize("word", ["k3e3nr-k5e6sh-k5e3nh", *HAND_MADE.values()])
def test_a_word_says_what_stands_in_the_network(word):
    network = read_architecture(word).network(SHAPE, 10)
    assert formula_cost(network, SHAPE) == measure_cost(network, SHAPE)
    for part, block in zip(word.split("-"), network.blocks, strict=True):
        assert isinstance(block, InvertedResidualV3)
        said = re.fullmatch(r"k(\d)e(\d)([sn])([rh])", part)
        assert block.options["kernel"] == int(said[1])
        assert block.inner == int(said[2]) * block.inp
        assert bool(block.squeezed) == (said[3] == "s")
        assert activation_name(block.block[0][2])[0] == said[4]


def test_all_choices_are_drawn_alike_and_a_mutant_differs_in_one_choice_of_one_block():
    rng = random_stream(0)
    drawn = [draw_architecture(rng=rng) for _ in range(2000)]
    counts = np.array([sum(block.word == word for each in drawn for block in each.blocks) for word in CHOICES])
    assert abs(counts - 375.0).max() < 4.5 * np.sqrt(375.0)  # of 6,000 blocks over 16 words
    letters = {"".join(sorted(str(place) for place in differing(each, each.mutated(rng=rng)))) for each in drawn[:300]}
    assert len(letters) == 12  # one of four choices of one of three blocks
    assert all(len(places.split(")")) == 2 for places in letters)


def differing(one, other):
    """Places (block, letter of its word) at which two networks differ."""
    pairs = zip(one.blocks, other.blocks, strict=True)
    return [(k, at) for k, (a, b) in enumerate(pairs) for at in range(6) if a.word[at] != b.word[at]]


def test_the_reward_is_that_of_the_paper():
    aim = Aim(2.0, -0.07)
    assert aim.reward(0.9, 2.0) == 0.9
    assert aim.reward(0.9, 4.0) == pytest.approx(0.9 * 2.0**-0.07)  # twice as slow costs five per cent of the accuracy
    with pytest.raises(ValueError, match=r"exponent must be <= 0, or slow networks are wanted, got 0\.1"):
        Aim(2.0, 0.1)
    with pytest.raises(ValueError, match="target must be finite and > 0, got 0"):
        Aim(0.0)


def judge(architecture):
    """A reward without training: kernels of 5 are wanted."""
    reward = float(architecture.word.count("k5"))
    return Trial(architecture.word, reward, 0.0, 1.0, 1, reward)


def test_evolution_mutates_the_best_of_a_few_of_the_youngest_and_the_oldest_die_however_good():
    trials = list(evolve(judge, 150, random_stream(3)))
    assert [each.word for each in trials[:POPULATION]] == [each.word for each in evolve(judge, POPULATION, random_stream(3))]
    for place in range(POPULATION, len(trials)):
        living = trials[place - POPULATION : place]
        child = read_architecture(trials[place].word)
        parents = [each for each in living if len(differing(read_architecture(each.word), child)) == 1]
        better = [sum(other.reward > parent.reward for other in living) for parent in parents]
        assert better
        assert min(better) <= POPULATION - SAMPLE
    assert np.mean([each.reward for each in trials[-50:]]) > np.mean([each.reward for each in trials[:POPULATION]]) + 0.5


def test_the_front_is_what_no_other_beats():
    points = random_stream(1).random((60, 2))
    trials = [Trial(str(k), accuracy, 0.0, latency, 1, 0.0) for k, (latency, accuracy) in enumerate(points)]
    beaten = [((points <= point) == [True, False]).all(axis=1).any() for point in points]
    assert {each.word for each in pareto_front(trials)} == {str(k) for k in np.flatnonzero(~np.array(beaten))}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder in which a search of twelve networks was stopped after its eleventh training, and that search in one go."""
    folder = tmp_path_factory.mktemp("bench")
    bench = Bench(steps=2, folder=folder)
    whole = search("random", Bench(steps=2), trials=12, aim=FREE, rng=random_stream(0))
    count = iter(range(12))

    def stop(architecture, aim, judge=bench.judge):
        if next(count) == 11:
            raise KeyboardInterrupt
        return judge(architecture, aim)

    bench.judge = stop
    with pytest.raises(KeyboardInterrupt):
        search("random", bench, trials=12, aim=FREE, rng=random_stream(0))
    return folder, whole


def test_a_search_that_was_stopped_is_kept_and_goes_on_as_if_it_had_not_been(kept, monkeypatch):
    folder, whole = kept
    trained = []
    bench = Bench(steps=2, folder=folder)
    assert len(bench.scores) == 11
    monkeypatch.setattr("manifold.nets.compression.search.initialise", lambda network, rng: trained.append(network))
    again = search("random", bench, trials=12, aim=FREE, rng=random_stream(0))
    assert len(trained) == 1
    assert [(each.word, each.accuracy) for each in again[:11]] == [(each.word, each.accuracy) for each in whole[:11]]
    assert again[11].word == whole[11].word


def test_a_folder_of_another_search_or_a_damaged_one_is_told(kept, tmp_path):
    folder, _ = kept
    with pytest.raises(PartError, match="holds networks of another search, with another seed, recipe or version of the code"):
        Bench(steps=3, folder=folder)
    (tmp_path / FILE).write_text(json.dumps({"scores": {}}))
    with pytest.raises(PartError, match="is damaged; remove this file, and its networks are trained again"):
        Bench(steps=2, folder=tmp_path)


def test_a_target_below_the_fastest_of_all_networks_is_told(monkeypatch):
    """The fastest by trying all 4,096, each place with times of its own."""
    bench, times = Bench(steps=2), [dict(zip(CHOICES, row, strict=True)) for row in random_stream(0).random((3, 16))]
    added = lambda each: sum(time[block.word] for time, block in zip(times, each.blocks, strict=True))  # noqa: E731
    monkeypatch.setattr(bench, "latency", added)
    least = min(added(Architecture(blocks)) for blocks in itertools.product(CHOICES.values(), repeat=3))
    assert bench.fastest() == least
    assert bench.check_aim(Aim(least)).target == least
    said = rf"target must be at least {least:.3g} ms, the time of the fastest network here, got {0.9 * least:.3g} ms"
    with pytest.raises(ValueError, match=said):
        search("random", bench, trials=2, aim=Aim(0.9 * least), rng=random_stream(0))


def test_wrong_words_and_searches_are_told():
    with pytest.raises(ValueError, match=r"a network is written as 3 blocks like k3e6nr .*, got 'k3e6nr-k7e6nr-k3e6nr'"):
        read_architecture("k3e6nr-k7e6nr-k3e6nr")
    with pytest.raises(KeyError, match=r"unknown search 'evolutions'\. Did you mean 'evolution'"):
        search("evolutions", Bench(steps=2), trials=2, aim=FREE, rng=random_stream(0))
    with pytest.raises(ValueError, match="trials must be <= 400, got 401"):
        search("random", Bench(steps=2), trials=401, rng=random_stream(0))
