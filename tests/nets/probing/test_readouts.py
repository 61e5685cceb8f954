"""Readouts against the truth that they may know, and against one another."""

import numpy as np
import pytest
import torch

import manifold
from manifold.metrics import METRICS, lost_share, nmse
from manifold.nets import BLOCKS, READOUTS, InvertedResidual, PlainPair, Reading, initialise, recover_block

EVERY = pytest.mark.parametrize("name", BLOCKS)


@pytest.fixture
def points():
    """Forty of the spiral, off the origin."""
    return manifold.make_cloud("spiral", 40, rng=manifold.random_stream(1)).points + 0.1


def embed(width, law="gaussian"):
    return manifold.EMBEDDINGS[law](width, 2, rng=manifold.random_stream(3))


@EVERY
def test_the_affine_readout_is_never_worse_than_answering_the_mean(name, points, rng):
    least = ((points - points.mean(axis=0)) ** 2).sum() / (points**2).sum()
    for signal in recover_block(initialise(BLOCKS[name](8, 8), rng=rng), points, embed(8)):
        assert nmse(signal.read("affine")) <= least + 1e-12


@EVERY
def test_the_exact_readout_is_the_truth_where_the_rank_is_full_and_never_longer_than_it(name, points, rng):
    for signal in recover_block(initialise(BLOCKS[name](4, 4), rng=rng), points, embed(4), normalise=False):
        reading = signal.read("exact")
        whole = reading.rank == 2
        np.testing.assert_allclose(reading.recovered[whole], points[whole], atol=1e-9)
        assert (np.linalg.norm(reading.recovered, axis=1) <= np.linalg.norm(points, axis=1) + 1e-9).all()
        assert np.allclose(reading.recovered[reading.rank == 0], 0)
        assert ((reading.rank >= 0) & (reading.rank <= 2)).all()
        assert lost_share(reading) == (~whole).mean()


@pytest.mark.parametrize("law", ["orthonormal", "padded-orthogonal"])
def test_the_neighbours_readout_errs_by_no_more_than_the_spacing(law):
    """On T x, T with orthonormal columns, the five nearest are those of x: no farther than the fifth nearest point."""
    cloud = manifold.make_cloud("spiral", 300, rng=manifold.random_stream(1)).points
    signal = recover_block(PlainPair(8, 8), cloud, embed(8, law=law))[0]
    distances = np.sort(np.linalg.norm(cloud[:, None] - cloud, axis=2), axis=1)
    miss = np.linalg.norm(signal.read("neighbours").recovered - cloud, axis=1)
    assert (miss <= distances[:, 5] + 1e-9).all()
    assert nmse(signal.read("neighbours")) < 1e-2


def test_the_neighbours_readout_alone_notices_a_fold():
    """|x| as relu(x) + relu(-x): near each x it is linear of rank 1, and x and -x are one."""
    block = PlainPair(1, 2).double()
    with torch.no_grad():
        for layer, values in zip(block.conv, ([[1.0], [-1.0]], [[1.0, 1.0], [1.0, 1.0]]), strict=True):
            layer[0].weight.zero_()
            layer[0].weight[:, :, 1, 1] = torch.tensor(values)
    line = np.concatenate([np.linspace(-2, -1, 101), np.linspace(1, 2, 101)])[:, None]
    pair = manifold.Layer(np.ones((1, 1)), np.ones((1, 1)))
    signal = recover_block(block, line, pair, normalise=False)[-1]
    np.testing.assert_allclose(signal.hidden, np.abs(line) * [1, 1], rtol=1e-4)
    assert nmse(signal.read("exact")) < 1e-20
    assert nmse(signal.read("neighbours")) > 0.3
    assert nmse(signal.read("affine")) > 0.9


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("metric", [name for name in METRICS if name != "decoder-share"])
def test_every_metric_takes_a_reading(readout, metric, points):
    for signal in recover_block(InvertedResidual(8, 8), points, embed(8)):
        reading = signal.read(readout)
        assert isinstance(reading, Reading)
        assert reading.recovered.shape == points.shape
        assert reading.points is signal.points
        assert 0 <= METRICS[metric](reading) < np.inf


def test_an_unknown_readout_is_refused_with_a_suggestion(points):
    signal = recover_block(InvertedResidual(4, 4), points, embed(4))[0]
    with pytest.raises(ValueError, match=r"unknown readout 'exakt'\. Did you mean 'exact'"):
        signal.read("exakt")
