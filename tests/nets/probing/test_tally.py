"""The sample of positions: each as likely as any other, however the batches are cut. Counts by NumPy and by torch."""

import numpy as np
import pytest
import torch

from manifold.nets.probing import tally
from manifold.nets.probing.operations import Operation
from manifold.nets.probing.tally import Sample, count_by_numpy, count_by_torch


@pytest.mark.parametrize("cut", [(30,), (1, 29), (4,) * 7 + (2,), (29, 1)])
def test_every_position_is_drawn_as_often_as_any_other(rng, cut):
    """The sum of 30 squares of standard deviation 1: 30 in the mean, and at most like chi-square of 29 degrees of freedom."""
    draws, keep = 2000, 6
    drawn = np.zeros(30)
    for _ in range(draws):
        sample = Sample(keep, rng)
        for part in torch.arange(30.0).split(cut):
            sample.add(part[:, None, None])
        assert len(set(sample.rows.flatten().tolist())) == keep
        drawn[sample.rows.flatten().long().numpy()] += 1
    share = keep / 30
    statistic = ((drawn - draws * share) ** 2).sum() / (draws * share * (1.0 - share))
    assert abs(statistic - 30.0) < 4.0 * np.sqrt(2.0 * 30.0**2 / 29.0)
    assert sample.seen == 30


def test_pairs_are_drawn_as_often_as_any_other(rng):
    """Of 5 positions in two batches, 2 kept: each of the 10 pairs a tenth of the time."""
    draws, pairs = 3000, {}
    for _ in range(draws):
        sample = Sample(2, rng)
        sample.add(torch.arange(3.0)[:, None, None])
        sample.add(torch.arange(3.0, 5.0)[:, None, None])
        pair = tuple(sorted(sample.rows.flatten().tolist()))
        pairs[pair] = pairs.get(pair, 0) + 1
    assert len(pairs) == 10
    counts = np.array(list(pairs.values()))
    assert (abs(counts - draws / 10) < 4.5 * np.sqrt(draws * 0.09)).all()


def test_beyond_the_exact_law_the_share_of_new_positions_is_right(rng, monkeypatch, z_scores):
    monkeypatch.setattr(tally, "_MOST_EXACT", 1)
    fresh = []
    for _ in range(400):
        sample = Sample(10, rng)
        sample.add(torch.zeros(300, 1, 1))
        sample.add(torch.ones(100, 1, 1))
        fresh.append(float(sample.rows.mean()))
    assert abs(z_scores(np.array(fresh), 0.25)[0]) < 4.0


def test_a_position_keeps_its_channels_together(rng):
    z = torch.arange(2 * 3 * 4.0).reshape(2, 3, 4)
    sample = Sample(8, rng)
    sample.add(z)
    assert sorted(sample.rows.tolist()) == sorted(z.movedim(1, -1).flatten(0, 1).tolist())


@pytest.mark.parametrize("high", [6.0, np.inf])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_numpy_counts_as_torch_does_also_ends_and_what_is_no_number(high, dtype):
    values = [0.0, -0.0, 6.0, 6.5, 3.0, -1.0, 1e-7, np.inf, -np.inf, np.nan]
    z = torch.tensor(values, dtype=dtype)[torch.randint(len(values), (3, 7, 11), generator=torch.Generator().manual_seed(1))]
    z = z.transpose(1, 2)  # not in order in memory
    operation = Operation("relu6", 0.0, high, torch.relu)
    here, elsewhere = count_by_numpy(z, operation), count_by_torch(z, operation)
    for ours, other in zip(here, elsewhere, strict=True):
        np.testing.assert_array_equal(ours, other)
    inside = ((z > 0.0) & (z < high)) | ((z == np.inf) & (high == np.inf))
    np.testing.assert_array_equal(here[2], inside.sum(1))
    np.testing.assert_array_equal(here[0] - here[1], inside.sum((0, 2)))
