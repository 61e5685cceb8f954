"""Shared by the tests of the core: a repeatable hypothesis, one random stream, and the distance of a simulation from theory."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # each worker has a core; threads that wait for each other take longer

import numpy as np
import pytest
from hypothesis import settings

import manifold

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture
def rng():
    return manifold.random_stream(20260101)


@pytest.fixture
def z_scores():
    """Function: (mean of independent samples - expected) in standard errors, for each column of samples (M,) or (M, k).

    Where all samples are the same, 0 if they are as expected, else infinite.
    """

    def scores(samples, expected):
        samples = np.asarray(samples, dtype=np.float64)
        assert len(samples) >= 30, "too few samples for the mean to be near normal"
        error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
        distance = np.atleast_1d(samples.mean(axis=0) - expected)
        constant = np.atleast_1d(np.ptp(samples, axis=0) < 1e-12)
        return np.where(constant, np.where(np.abs(distance) < 1e-12, 0.0, np.inf), distance / np.where(constant, 1.0, error))

    return scores
