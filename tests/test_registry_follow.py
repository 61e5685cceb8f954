"""An entry that a script adds is there for every consumer: theory, sweeps, blocks, diagrams, figures, experiments, pages."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from streamlit.testing.v1 import AppTest
from torch import nn

import manifold
from manifold import (
    ACTIVATIONS,
    DATASETS,
    DECODERS,
    EMBEDDINGS,
    METRICS,
    Activation,
    Dataset,
    Decoder,
    EmbeddingLaw,
    Metric,
    PointCloud,
    make_cloud,
    planar_datasets,
    random_stream,
    recover,
    sweep,
    theory,
)
from manifold.sweeps import expected_losses


def mish(z):
    return z * np.tanh(np.logaddexp(0.0, z))


MISH = Activation(mish, low=0.0, module="Mish", title="Mish", color="#123456", mark="*", keeps="Positive values.", name="mish")


@pytest.fixture
def with_mish():
    with ACTIVATIONS.lend({"mish": MISH}):
        yield


@pytest.mark.usefixtures("with_mish")
class TestActivation:
    def test_it_is_read_back_without_an_inverse_of_its_own(self):
        z = np.array([1e-6, 0.3, 2.0, 40.0])
        np.testing.assert_allclose(ACTIVATIONS["mish"].preimage(mish(z)), z, rtol=1e-9)

    def test_theory_knows_it(self):
        """Its negative outputs have two origins, and it is flat nowhere; rows are active with probability 1/2."""
        assert theory.least_unique_width("mish", 2) == 3
        losses = expected_losses([2, 5], np.eye(2), embedding="gaussian", activation="mish")
        np.testing.assert_allclose(losses, [theory.collapsed_fraction(n, 2) for n in (2, 5)])

    def test_a_sweep_measures_it_as_a_single_recovery_does(self):
        table = sweep(width=[2, 5], n_points=40, activation="mish", decoder=["inverse", "active-rows"], draws=3)
        for row in table.itertuples():
            rng = random_stream(0, row.draw)
            points = make_cloud("spiral", 40, rng=rng).points
            single = recover(points, width=row.width, activation="mish", decoder=row.decoder, rng=rng)
            assert row.nmse == pytest.approx(manifold.metrics.nmse(single), rel=1e-9, abs=1e-12)

    def test_blocks_take_it_and_diagrams_and_memory_know_it(self):
        from manifold.nets import InvertedResidual, measure_cost, record
        from manifold.plots.diagrams import find_boxes

        block = InvertedResidual(8, 8, activation="mish")
        assert any(isinstance(layer, nn.Mish) for layer in block.modules())
        assert measure_cost(block, (8, 9, 9)) == measure_cost(InvertedResidual(8, 8, activation="silu"), (8, 9, 9))
        assert any("Mish" in line for box in find_boxes(record(block, (8, 9, 9))) for line in box.lines)

    def test_figures_draw_it_in_its_colour(self):
        from manifold.plots import figure_curves
        from manifold.sweeps import width_curves

        rows = sweep(width=[2, 3, 4], n_points=30, activation="mish", metrics=["nmse", "lost"], draws=5)
        curves = width_curves(rows)
        none = np.full(3, np.nan)
        options = {"title": "", "decoder": "inverse", "losses": none, "errors": none}
        figure = figure_curves(curves, activation="mish", **options)
        assert "#123456" in {to_hex(line.get_color()) for ax in figure.axes for line in ax.lines}

    def test_an_experiment_takes_it(self, tmp_path):
        from experiments.__main__ import main

        words = ["--out", str(tmp_path), "--draws", "2", "--set", "n_points=30", "--set", "activation=mish", "--format", "svg"]
        assert main(["run", "spiral", *words]) == 0
        assert (tmp_path / "spiral" / "figure.svg").exists()

    def test_a_page_offers_and_shows_it(self):
        app = AppTest.from_string(PAGE, default_timeout=120).run()
        assert not app.exception
        assert "Mish" in app.selectbox[0].options
        assert "Positive values." in [caption.value for caption in app.caption]


PAGE = """
import streamlit as st
from manifold import ACTIVATIONS
from manifold.text import named

name = st.selectbox("f", list(ACTIVATIONS), index=len(ACTIVATIONS) - 1, format_func=lambda name: named(ACTIVATIONS, name))
st.caption(named(ACTIVATIONS, name, "keeps"))
"""


def test_a_metric_without_a_quick_form_is_measured_draw_by_draw():
    def mean_miss(recovery):
        return float(np.linalg.norm(recovery.recovered - recovery.points, axis=1).mean())

    with METRICS.lend({"mean-miss": Metric(mean_miss, name="mean-miss")}):
        table = sweep(width=3, n_points=30, metrics=["mean-miss", "nmse"], draws=4)
    single = recover(make_cloud("spiral", 30, rng=random_stream(0)).points, width=3, rng=random_stream(0))
    assert table.loc[0, "mean-miss"] == pytest.approx(mean_miss(single))
    assert table["mean-miss"].notna().all()


def test_a_dataset_a_law_and_a_decoder_go_through_a_sweep():
    def line(n_points=1000, *, slope=1.0, rng):
        x = np.linspace(0.1, 0.7, n_points)
        return PointCloud(np.column_stack([x, slope * x]), x[:, None], np.zeros(n_points, dtype=np.int64))

    law = EmbeddingLaw(lambda width, dim, rng: (np.eye(width)[:, :dim], np.eye(width)[:dim]), name="identity")
    zero = Decoder(lambda seen: np.zeros_like(seen.points), name="zero")
    with (
        DATASETS.lend({"line": Dataset(line, 2, name="line")}),
        EMBEDDINGS.lend({"identity": law}),
        DECODERS.lend({"zero": zero}),
    ):
        assert "line" in planar_datasets()
        table = sweep(dataset="line,slope=0.5", embedding="identity", decoder=["inverse", "zero"], width=3, draws=2)
        with pytest.raises(ValueError, match="no closed form is known for embedding 'identity'"):
            theory.expected_nmse(3, 2, embedding="identity")
    assert (table.loc[table["decoder"] == "zero", "nmse"] == 1.0).all()
    assert (table.loc[table["decoder"] == "inverse", ["nmse", "lost"]] == 0.0).all(axis=None)  # in the first quadrant


@pytest.mark.parametrize("registry", [ACTIVATIONS, DATASETS, DECODERS, EMBEDDINGS, METRICS], ids=lambda registry: registry.kind)
def test_a_bare_function_is_an_entry_with_defaults_and_a_duplicate_is_refused(registry):
    name = next(iter(registry))
    with pytest.raises(ValueError, match=f"{name!r} is registered already"):
        registry.add(name, lambda *values, **options: None)
    with registry.lend({}):
        entry = registry.add("bare", lambda *values, **options: None)
        assert entry.name == "bare"
        assert "bare" in registry
    assert "bare" not in registry
