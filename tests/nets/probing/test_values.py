"""The report of a probe from saved values: the same as of the model, whatever the activation, and what is refused."""

import numpy as np
import pytest
import torch
from torch import nn

from manifold.layer.activations import ACTIVATIONS
from manifold.nets import probe, probe_values
from manifold.nets.probing.values import find_activation


@pytest.fixture(scope="module")
def before():
    """Pre-activations of 200 positions, 12 channels of 4."""
    rng = np.random.default_rng(5)
    return 2.0 * rng.standard_normal((200, 4)) @ rng.standard_normal((4, 12))


def test_saved_values_say_what_the_model_says(before):
    model = nn.Sequential(nn.Linear(4, 12, dtype=torch.float64), nn.ReLU6())
    batch = torch.from_numpy(before[:, :4].copy())
    report = probe(model, [batch], keep=200)
    with torch.no_grad():
        saved = [model[0](batch).numpy(), model(batch).numpy()]
    own = probe_values(*saved, k=4, keep=200)
    named = ["site", "path"]
    assert own.table.drop(columns=named).equals(report.table.drop(columns=named))
    assert own.verdicts == tuple(told.replace("1 relu6", "relu6") for told in report.verdicts)
    assert probe_values(saved[0], activation="relu6", k=4, keep=200).table.equals(own.table)


@pytest.mark.parametrize("rounded", [lambda values: values, lambda values: values.round(3), lambda values: values.astype("f2")])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_before_and_behind_tell_the_activation_also_with_few_digits(name, rounded, before):
    assert find_activation(*(rounded(values).astype(float) for values in (before, ACTIVATIONS[name](before)))) == name


def test_outputs_that_are_all_the_same_have_no_dimension(before):
    row = probe_values(-np.abs(before), activation="relu").table.iloc[0]
    assert (row["dead"], row["two_nn_after"], row["dimension_after"]) == (12, 0.0, 0.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (lambda z: {"before": z[:, :1], "activation": "relu"}, "a column for each of at least two channels, got 1"),
        (
            lambda z: {"before": z[:, 0], "activation": "relu"},
            r"shape \(N, C\) with at least one entry on each axis, got \(200,\)",
        ),
        (lambda z: {"before": np.where(z > 9, np.nan, z), "activation": "relu"}, "before must be finite, got nan at index"),
        (lambda z: {"before": z * 1e300, "activation": "relu"}, "before must be of a size between 1e-70 and 1e70"),
        (lambda z: {"before": z, "after": z[1:]}, r"the same rows and columns, got \(200, 12\) and \(199, 12\)"),
        (lambda z: {"before": z, "after": np.maximum(z, 0.0)[::-1]}, "no known activation makes all of after of before"),
        (lambda z: {"before": z}, "either after or activation must be given"),
        (lambda z: {"before": z, "activation": "rleu"}, "unknown activation 'rleu'. Did you mean 'relu'"),
        (lambda z: {"before": z, "activation": "relu", "k": 0}, "k must be >= 1, got 0"),
    ],
)
def test_what_are_no_values_of_an_activation_is_refused(values, message, before):
    with pytest.raises(ValueError, match=message):
        probe_values(**values(before))
