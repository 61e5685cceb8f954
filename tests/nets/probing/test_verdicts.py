"""The table of a probe and its sentences: each number by hand, each sentence where its number is, in any language."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from manifold import participation_ratio, two_nn
from manifold.nets import probe
from manifold.nets.probing.columns import COLUMNS
from manifold.text import LANGUAGE, catalogue, explain


def layer(weights, offset, activation):
    """One layer with these weights, and an activation."""
    weights = torch.as_tensor(weights, dtype=torch.float32)
    linear = nn.Linear(weights.shape[1], weights.shape[0])
    with torch.no_grad():
        linear.weight.copy_(weights)
        linear.bias.copy_(torch.as_tensor(offset, dtype=torch.float32))
    return nn.Sequential(linear, activation)


@pytest.fixture
def report(rng):
    """Six channels of two numbers in [-1, 1]: one dead, one always on, one often at 6, and three in three directions."""
    weights = [[1, 0], [0, 1], [1, 1], [0, 0], [0, 0], [20, 0]]
    model = layer(weights, [0, 0, 0, -1, 2, 0], nn.ReLU6())
    return probe(model, [torch.from_numpy(rng.uniform(-1.0, 1.0, (400, 2))).float()])


def test_every_column_is_documented(report):
    assert list(report.table.columns) == list(COLUMNS)
    assert all(COLUMNS.values())


def test_the_numbers_of_a_layer_that_can_be_looked_through(report):
    row = report.table.iloc[0]
    z = report.sites[0].sample
    assert len(z) == 400
    assert (row["dead"], row["always_on"], row["channels"], row["k"]) == (1, 1, 6, 2)
    rates = (z > 0.0).mean(axis=0)
    active = ((z > 0.0) & (z < 6.0)).sum(axis=1)
    expected = {
        "firing_mean": rates.mean(),
        "firing_least": 0.0,
        "firing_most": 1.0,
        "at_high": (z >= 6.0).mean(),
        "active_mean": active.mean() / 6,
        "active_least": active.min() / 6,
        "active_sd": active.std(),
        "below_k": (active < 2).mean(),
        "two_nn_before": two_nn(z),
        "two_nn_after": two_nn(np.clip(z, 0.0, 6.0)),
        "participation_before": participation_ratio(z),
        "participation_after": participation_ratio(np.clip(z, 0.0, 6.0)),
    }
    for column, value in expected.items():
        assert row[column] == pytest.approx(value, rel=1e-5), column
    assert row["dimension_before"] == pytest.approx(2.0, abs=4.0 * 2.0 / np.sqrt(400))  # TwoNN's standard error is d / sqrt(N)


def test_the_sentences_name_site_number_and_meaning(report):
    row = report.table.iloc[0]
    assert "1 relu6: of 6 channels 1 did not fire at any of 400 positions; the next layer reads constants" in report.verdicts
    high = (
        f"1 relu6: at 6 or above in {row['at_high']:.1%} of values, which come out alike: the input is too large, or a batch "
    )
    assert any(verdict.startswith(high) for verdict in report.verdicts)
    below = (
        f"1 relu6: {row['below_k']:.1%} of positions have fewer than 2 active channels, as many as went in; of the variance "
    )
    assert row["below_k"] > 0.0
    assert f"{below}{row['lost_variance']:.2%} is lost" in report.verdicts


def test_enough_channels_too_few_positions_and_linear_channels_are_said():
    few = layer(np.eye(3, 2), [9, 9, 0], nn.ReLU())
    verdicts = probe(few, [torch.randn(20, 2)]).verdicts
    assert "1 relu: of 3 channels 2 fired at each of 20 positions; the activation does nothing there" in verdicts
    enough = (
        "1 relu: at least 2 of 3 channels are active at every position, and 2 went in; what that loses, too few positions tell"
    )
    assert enough in verdicts
    many = probe(few, [torch.randn(200, 2)]).verdicts
    assert "1 relu: at least 2 of 3 channels are active at every position, and 2 went in; of the variance 0.00% is lost" in many


def test_an_activation_that_loses_nothing_needs_no_words():
    assert probe(layer(np.eye(2), [0, 0], nn.Tanh()), [torch.randn(100, 2)]).verdicts == ()


def test_a_sentence_can_be_said_in_another_language(report, tmp_path, monkeypatch):
    verdict = report.verdicts[0]
    assert verdict.sentence.format(**verdict.parts) == verdict == explain(verdict)
    lines = [
        'msgid ""',
        'msgstr "Content-Type: text/plain; charset=UTF-8\\n"',
        f'msgid "{verdict.sentence}"',
        'msgstr "{dead}/{channels}"',
    ]
    (tmp_path / "ko").mkdir()
    (tmp_path / "en").symlink_to(catalogue.TEXTS / "en")
    (tmp_path / "ko" / "messages.po").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(catalogue, "TEXTS", tmp_path)
    catalogue._translations.cache_clear()
    token = LANGUAGE.set("ko")
    assert explain(verdict) == "1/6"
    LANGUAGE.reset(token)
    catalogue._translations.cache_clear()


def test_a_report_can_be_kept(report, tmp_path):
    report.to_parquet(tmp_path / "probe.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "probe.parquet"), report.table)
    again = pickle.loads(pickle.dumps(report))
    assert again.table.equals(report.table)
    assert [verdict.parts.keys() for verdict in again.verdicts] == [verdict.parts.keys() for verdict in report.verdicts]
    assert repr(report).startswith("Report: sites")
    assert str(report).startswith("sites: 1; batches: 1; MiB")
