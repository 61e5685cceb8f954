"""An entry that a script adds is there for every consumer: theory, sweeps, blocks, diagrams, figures, experiments, pages."""

import importlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
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
    nets,
    planar_datasets,
    random_stream,
    recover,
    sweep,
    theory,
)
from manifold.learning import LIFTS, METHODS, unroll
from manifold.learning.methods import Method
from manifold.learning.separation import Lift
from manifold.sweeps import expected_losses, make_grid
from manifold.text import say

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module", autouse=True)
def pages_loaded():
    """Before an entry is added, so that menus must hear of it."""
    for room in ("one_draw", "pages.blocks", "pages.channels", "pages.lifting", "pages.unrolling"):
        importlib.import_module(f"manifold.ui.{room}.controls")


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

    def test_pages_offer_and_show_it(self, visit):
        for page in ("spiral", "where", "channels"):
            app = visit(page, activation="mish")
            assert app.session_state[page]["activation"] == "mish"
            assert "Mish" in menu(app, say("control.activation"))
            assert "Positive values." in [caption.value for caption in app.caption]


@pytest.fixture
def visit(link):
    """Function: a page of the app, opened by a link, which it understands to the last word."""

    def visit(page, **query):
        app = link(page, query).run()
        assert not app.exception
        assert not app.warning
        return app

    return visit


def menu(app, label):
    return next(box.options for box in [*app.selectbox, *app.radio] if box.label == label)


def mean_miss():
    """A metric without a quick form."""
    return Metric(lambda each: float(np.linalg.norm(each.recovered - each.points, axis=1).mean()), name="mean-miss")


def test_a_metric_without_a_quick_form_is_measured_draw_by_draw():
    with METRICS.lend({"mean-miss": mean_miss()}):
        table = sweep(width=3, n_points=30, metrics=["mean-miss", "nmse"], draws=4)
    single = recover(make_cloud("spiral", 30, rng=random_stream(0)).points, width=3, rng=random_stream(0))
    assert table.loc[0, "mean-miss"] == pytest.approx(mean_miss()(single))
    assert table["mean-miss"].notna().all()


@pytest.fixture
def with_line_identity_and_zero():
    """Functions inside, which are sent to other processes as they are: these need not import this file and all it imports."""

    def line(n_points=1000, *, slope=1.0, rng):
        x = np.linspace(0.1, 0.7, n_points)
        return PointCloud(np.column_stack([x, slope * x]), x[:, None], np.zeros(n_points, dtype=np.int64))

    law = EmbeddingLaw(lambda width, dim, rng: (np.eye(width)[:, :dim], np.eye(width)[:dim]), title="Identity", name="identity")
    zero = Decoder(lambda seen: np.zeros_like(seen.points), name="zero")
    with (
        DATASETS.lend({"line": Dataset(line, 2, title="Line", name="line")}),
        EMBEDDINGS.lend({"identity": law}),
        DECODERS.lend({"zero": zero}),
    ):
        yield


@pytest.mark.usefixtures("with_line_identity_and_zero")
class TestDatasetLawAndDecoder:
    def test_they_go_through_a_sweep(self):
        assert "line" in planar_datasets()
        table = sweep(dataset="line,slope=0.5", embedding="identity", decoder=["inverse", "zero"], width=3, draws=2)
        assert (table.loc[table["decoder"] == "zero", "nmse"] == 1.0).all()
        assert (table.loc[table["decoder"] == "inverse", ["nmse", "lost"]] == 0.0).all(axis=None)  # in the first quadrant
        assert {cell.dimension for cell in make_grid(dataset="line", width=3)} == {2}

    def test_a_recovery_takes_and_names_them(self):
        points = DATASETS["line"](9, rng=random_stream(0)).points
        result = recover(points, width=3, embedding="identity", decoder="zero", rng=random_stream(0))
        assert "identity, relu, read by zero: NMSE 1" in repr(result)

    def test_other_processes_measure_them_with_a_metric_too(self):
        grid = {"dataset": "line", "embedding": "identity", "decoder": "zero", "width": [2, 3], "n_points": 20, "draws": 600}
        with METRICS.lend({"mean-miss": mean_miss()}):
            here, elsewhere = (sweep(**grid, metrics=["mean-miss"], workers=workers) for workers in (1, 2))
        pd.testing.assert_frame_equal(here, elsewhere, check_exact=True)
        norms = np.linalg.norm(DATASETS["line"](20, rng=None).points, axis=1)
        np.testing.assert_allclose(here["mean-miss"], norms.mean(), rtol=1e-12)

    def test_theory_says_which_laws_have_a_closed_form(self):
        with pytest.raises(ValueError, match="no closed form is known for embedding 'identity'"):
            theory.expected_nmse(3, 2, embedding="identity")
        losses = expected_losses([2, 5], np.eye(2), embedding="identity", activation="relu")
        assert np.isnan(losses).all()  # it is neither symmetric nor Gaussian

    def test_an_experiment_takes_them(self, tmp_path):
        from experiments.__main__ import main

        settings = ["dataset=line", "embedding=identity", "decoder=zero", "n_points=30", "widths=3"]
        words = [word for setting in settings for word in ("--set", setting)]
        assert main(["run", "spiral", "--out", str(tmp_path), "--draws", "2", "--format", "svg", *words]) == 0
        assert json.loads((tmp_path / "spiral" / "run.json").read_text())["headline"]["median_nmse_width=3"] == 1.0

    def test_pages_offer_and_show_them(self, visit):
        app = visit("spiral", dataset="line", embedding="identity")
        assert "Line" in menu(app, say("control.shape"))
        assert any(option.startswith("Identity") for option in menu(app, say("control.law")))


def test_a_method_draws_maps_for_scripts_and_the_page(visit):
    first_two = Method(lambda points, task: points[:, : task.n_components], title="First two", keeps="two coordinates")
    points = make_cloud("swiss roll", 50, rng=random_stream(0)).points
    with METHODS.lend({"first-two": first_two}):
        centred = points[:, :2] - points[:, :2].mean(axis=0)
        np.testing.assert_allclose(unroll(points, method="first-two", rng=random_stream(0)), centred, atol=1e-12)
        app = visit("unrolling", method="first-two", points="200")
        assert "First two" in menu(app, say("unrolling.method"))
        assert "two coordinates" in [caption.value for caption in app.caption]


def test_a_lift_separates_on_the_page(visit):
    bowl = Lift(lambda width, rng: lambda points, chart: (points**2).sum(axis=1, keepdims=True), title="Height alone")
    with LIFTS.lend({"height": bowl}):
        app = visit("lifting", lift="height")
        assert "Height alone" in menu(app, say("lifting.lift"))
        assert "100%" in json.dumps(json.loads(app.get("bidi_component")[0].proto.json)["numbers"])


class Doubled(nets.PlainPair):
    """A plain pair whose output counts twice."""

    def forward(self, x):
        return 2.0 * super().forward(x)


def test_a_block_has_a_cost_a_measure_and_a_place_on_the_page(visit):
    with nets.BLOCKS.lend({"doubled": nets.BlockKind(Doubled, title="Doubled pair")}):
        block = nets.BLOCKS["doubled"](4, 4)
        assert nets.measure_cost(block, (4, 9, 9)).parameters == nets.BLOCKS["plain"](4, 4).cost((4, 9, 9)).parameters
        app = visit("blocks", block="doubled")
        assert "Doubled pair" in menu(app, say("blocks.kind"))


def test_a_network_is_timed_by_the_experiment(tmp_path):
    from experiments.__main__ import main

    def small():
        return nn.Sequential(nets.PlainPair(3, 4), nn.AdaptiveAvgPool2d(1), nn.Flatten(1))

    options = ["--draws", "1", "--format", "svg", "--set", "networks=small", "--set", "size=16", "--set", "batch=1"]
    with nets.NETWORKS.lend({"small": small}):
        assert main(["run", "forward_speed", "--out", str(tmp_path), *options]) == 0
    assert set(pd.read_parquet(tmp_path / "forward_speed" / "rows.parquet")["network"]) == {"small"}


@pytest.mark.parametrize(
    "registry",
    [ACTIVATIONS, DATASETS, DECODERS, EMBEDDINGS, METRICS, METHODS, LIFTS, nets.BLOCKS],
    ids=lambda registry: registry.kind,
)
def test_a_bare_function_is_an_entry_with_defaults_and_a_duplicate_is_refused(registry):
    name = next(iter(registry))
    with pytest.raises(ValueError, match=f"{name!r} is registered already"):
        registry.add(name, lambda *values, **options: None)
    with registry.lend({}):
        entry = registry.add("bare", lambda *values, **options: None)
        assert entry.name == "bare"
        assert "bare" in registry
    assert "bare" not in registry


@pytest.mark.usefixtures("with_line_identity_and_zero", "with_mish")
@pytest.mark.parametrize(
    ("page", "query", "label", "title"),
    [
        ("spiral", {"decoder": "zero"}, "control.decoder", "zero"),
        ("channels", {"decoder": "zero"}, "control.decoder", "zero"),
        ("lifting", {"dataset": "line"}, "control.shape", "Line"),
        ("unrolling", {"dataset": "line", "points": "200"}, "control.shape", "Line"),
    ],
)
def test_menus_of_a_few_offer_added_entries_behind_them(page, query, label, title, visit):
    assert menu(visit(page, **query), say(label))[-1] == title


@pytest.mark.usefixtures("with_mish")
def test_a_network_that_lifts_is_trained_with_an_added_activation(visit):
    app = visit("lifting", lift="trained", activation="mish", before="0")
    assert app.session_state["lifting"]["activation"] == "mish"


def test_the_words_that_make_a_view_again_import_the_module_of_an_added_entry(tmp_path, monkeypatch, visit):
    """And the command runs, in a process that knows nothing else of it."""
    (tmp_path / "my_entries.py").write_text(
        "import numpy as np\nfrom manifold import ACTIVATIONS, Activation\n"
        "ACTIVATIONS.add('mish', Activation(lambda z: z * np.tanh(np.logaddexp(0.0, z)), low=0.0, module='Mish'))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with ACTIVATIONS.lend({}):
        importlib.import_module("my_entries")
        _, script, command = (code.value for code in visit("spiral", activation="mish").code)
    assert script.startswith("import my_entries  # ")
    run = [sys.executable, *shlex.split(command)[1:], "--draws", "1", "--format", "svg", "--set", "widths=3"]
    subprocess.run(run, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)}, check=True, capture_output=True)


def test_pages_forget_what_they_drew_with_an_entry_that_has_changed(visit):
    def median(slope):
        with ACTIVATIONS.lend({"bent": Activation(lambda z: z + slope * np.maximum(z, 0.0), name="bent")}):
            return visit("channels", activation="bent", n="4").metric[2].value

    assert median(0.5) != median(1.0)
