"""5,000 wrong calls of the public names: each ends in a value or in one sentence of this library."""

import datetime
import decimal
import fractions
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import manifold
from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS, METRICS, learning, nets, plots, random_stream, sweeps, theory
from manifold.runs import Execution

SEED, SMALL, FULL = 11, 150, 5000

POINTS = random_stream(0).standard_normal((24, 2))
SOLID = random_stream(1).standard_normal((24, 3))
MATRIX = random_stream(2).standard_normal((5, 2))
RECOVERY = manifold.recover(POINTS, width=5, rng=random_stream(3))
CLOUD = manifold.make_cloud("spiral", 24, rng=random_stream(0))
PICTURE = random_stream(4).integers(0, 256, (16, 20, 3), dtype=np.uint8)
LABELS = np.arange(24) % 2
BLOCK = nets.InvertedResidual(4, 4)
LAYER = manifold.Layer(MATRIX)
NETWORK = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))


def rng():
    return random_stream(4)


# LandmarkIsomap is not among them: it answers as scikit-learn does, whose checks of estimators it passes
CALLS = {
    "make_cloud": (
        manifold.make_cloud,
        {"spec": "spiral,noise=0.1", "n_points": 20, "scale": 1.0, "columns": (0, 1), "rng": rng},
    ),
    "read_points": (manifold.read_points, {"source": POINTS, "columns": [0, 1], "max_points": 10}),
    "read_picture": (manifold.read_picture, {"source": "no-such-file.png", "name": "mine"}),
    "picture_views": (
        manifold.picture_views,
        {"image": PICTURE, "kind": "rotation-zoom", "count": 3, "size": 8, "mean": 1.0, "scale": 2.0, "rng": rng},
    ),
    "recover": (
        manifold.recover,
        {"points": POINTS, "width": 5, "embedding": "gaussian", "activation": "relu", "decoder": "inverse", "rng": rng},
    ),
    "recover_widths": (manifold.recover_widths, {"points": POINTS, "widths": [2, 5], "activation": "silu", "rng": rng}),
    "recover_with": (manifold.recover_with, {"points": POINTS, "layer": LAYER, "activation": "relu6", "decoder": "affine"}),
    "redecode": (manifold.redecode, {"recovery": RECOVERY, "decoder": "posterior"}),
    "Layer": (manifold.Layer, {"matrix": MATRIX, "inverse": np.linalg.pinv(MATRIX), "activation": ACTIVATIONS["relu"]}),
    "sectors": (manifold.sectors, {"matrix": MATRIX}),
    "rank_shares": (manifold.rank_shares, {"plane": manifold.sectors(MATRIX)}),
    "is_injective": (manifold.is_injective, {"matrix": MATRIX}),
    "least_active_rows": (manifold.least_active_rows, {"matrix": MATRIX}),
    "lipschitz_bounds": (manifold.lipschitz_bounds, {"matrix": MATRIX}),
    "effective_rank": (manifold.effective_rank, {"values": POINTS, "centred": True}),
    "numerical_rank": (manifold.numerical_rank, {"values": POINTS, "tolerance": 0.01}),
    "participation_ratio": (manifold.participation_ratio, {"values": POINTS}),
    "two_nn": (manifold.two_nn, {"values": POINTS}),
    "two_nn_calibration": (manifold.two_nn_calibration, {"n_points": 9, "dimensions": (1, 3), "draws": 2, "rng": rng}),
    "fit_unit_disc": (manifold.fit_unit_disc, {"cloud": CLOUD}),
    "PointCloud": (manifold.PointCloud, {"points": POINTS, "chart": POINTS[:, :1], "component": LABELS}),
    "random_stream": (random_stream, {"seed": 0, "draw": 3}),
    "sweep": (manifold.sweep, {"width": [2, 3], "draws": 3, "n_points": 10, "metrics": ["nmse"], "seed": 1, "noise": 0.1}),
    "sweep's axes": (
        manifold.sweep,
        {"width": 3, "draws": 2, "dataset": "ball", "dimension": 2, "decoder": "affine", "activation": "relu", "scale": 1.0},
    ),
    "sweep's run": (
        manifold.sweep,
        {"width": 3, "draws": 2, "n_points": 9, "workers": 1, "scheduler": None, "folder": None, "progress": None},
    ),
    "make_grid": (sweeps.make_grid, {"width": [2, 3], "dataset": "spiral", "embedding": "orthonormal", "decoder": "inverse"}),
    "expansion_widths": (sweeps.expansion_widths, {"dim": 8}),
    "expected_losses": (
        sweeps.expected_losses,
        {"widths": [2, 5], "points": POINTS, "embedding": "gaussian", "activation": "relu6"},
    ),
    "expected_errors": (
        sweeps.expected_errors,
        {"widths": [2, 8], "dim": 2, "embedding": "gaussian", "activation": "relu", "decoder": "inverse"},
    ),
    "Execution": (Execution, {"workers": 1, "scheduler": None, "folder": None, "progress": None}),
    "active_probability": (theory.active_probability, {"radius": 1.0, "low": 0.0, "high": 6.0}),
    "common_correlation": (theory.common_correlation, {"rates": [0.2, 0.5, 0.7], "variance": 0.8}),
    "count_law": (theory.count_law, {"rates": [0.2, 0.5, 0.7], "correlation": 0.3}),
    "count_moments": (theory.count_moments, {"mean": [0.2, -0.5], "covariance": [[1.0, 0.3], [0.3, 2.0]]}),
    "decode_expansion": (
        theory.decode_expansion,
        {
            "weights": MATRIX,
            "shift": MATRIX[:, 0],
            "outputs": np.maximum(POINTS @ MATRIX.T, 0.0),
            "mean": [0.0, 0.1],
            "covariance": np.eye(2),
            "high": 6.0,
        },
    ),
    "firing_rate": (theory.firing_rate, {"shift": [0.2, -0.5], "scale": [1.0, 2.0], "low": 0.0, "high": 6.0}),
    "orthant_probability": (theory.orthant_probability, {"first": 0.2, "second": [0.5, -1.0], "correlation": 0.3}),
    "variance_lost": (
        theory.variance_lost,
        {"weights": MATRIX, "active": POINTS @ MATRIX.T > 0.0, "covariance": np.eye(2)},
    ),
    "collapsed_fraction": (theory.collapsed_fraction, {"width": 8, "dim": 2, "active": 0.5}),
    "cone_centroid": (theory.cone_centroid, {"half_angle": 1.0, "radius": 1.0}),
    "expected_entropy_loss": (theory.expected_entropy_loss, {"width": 6, "dim": 2}),
    "expected_information_share": (theory.expected_information_share, {"activation": "relu", "size": 1.0, "dim": 2}),
    "expected_lost_regions": (theory.expected_lost_regions, {"width": 6, "dim": 2}),
    "expected_nmse": (theory.expected_nmse, {"width": 8, "dim": 2, "embedding": "gaussian", "decoder": "inverse"}),
    "half_plane_probability": (theory.half_plane_probability, {"width": 6, "rows": 2}),
    "injective_probability": (theory.injective_probability, {"width": 6}),
    "leaky_lower_bound": (theory.leaky_lower_bound, {"matrix": MATRIX, "slope": 0.01}),
    "least_injective_width": (theory.least_injective_width, {"dim": 3}),
    "least_unique_width": (theory.least_unique_width, {"activation": "relu", "dim": 2}),
    "limit_nmse": (theory.limit_nmse, {"decoder": "inverse"}),
    "linear_noise_nmse": (theory.linear_noise_nmse, {"matrix": MATRIX, "noise": 0.1}),
    "log2_collapsed_fraction": (theory.log2_collapsed_fraction, {"width": 96, "dim": 16}),
    "paper_bound": (theory.paper_bound, {"width": 6}),
    "paper_bound_holds": (theory.paper_bound_holds, {"width": 12, "dim": 2}),
    "recoverable_fraction": (theory.recoverable_fraction, {"width": 8, "dim": 2, "active": 0.5}),
    "recoverable_patterns": (theory.recoverable_patterns, {"width": 8, "dim": 2}),
    "relu6_active_probability": (theory.relu6_active_probability, {"radius": 3.0}),
    "sufficient_width": (theory.sufficient_width, {"dim": 4, "lost": 0.01}),
    **{f"metric {name}": (metric, {"recovery": RECOVERY}) for name, metric in METRICS.items()},
    **{f"embedding {name}": (law, {"width": 5, "dim": 2, "rng": rng}) for name, law in EMBEDDINGS.items()},
    **{f"dataset {name}": (make, {"n_points": 20, "rng": rng}) for name, make in manifold.DATASETS.items()},
    "affine_error": (learning.affine_error, {"embedded": POINTS, "chart": SOLID}),
    "procrustes_error": (learning.procrustes_error, {"embedded": POINTS, "chart": POINTS}),
    "distance_error": (learning.distance_error, {"found": np.ones((4, 4)), "true": np.ones((4, 4))}),
    "residual_variance": (learning.residual_variance, {"geodesics": np.eye(4), "straight": np.eye(4) + 1.0}),
    "trustworthiness": (learning.trustworthiness, {"X": SOLID, "embedded": POINTS, "n_neighbors": 5}),
    "continuity": (learning.continuity, {"X": SOLID, "embedded": POINTS, "n_neighbors": 5}),
    "neighbour_overlap": (learning.neighbour_overlap, {"X": SOLID, "embedded": POINTS, "n_neighbors": 5}),
    "betti_numbers": (learning.betti_numbers, {"points": POINTS, "scale": 1.0, "n_neighbors": 3}),
    "clique_betti_numbers": (learning.clique_betti_numbers, {"joined": np.eye(4, dtype=bool)}),
    "separate": (learning.separate, {"features": POINTS, "labels": LABELS}),
    "two_classes": (learning.two_classes, {"cloud": CLOUD}),
    "unroll": (learning.unroll, {"points": SOLID, "method": "pca", "n_components": 2, "n_neighbors": 8, "rng": rng}),
    "unroll by ways": (learning.unroll, {"points": SOLID, "method": "landmark-isomap", "n_neighbors": 12, "rng": rng}),
    "train_lift": (
        nets.train_lift,
        {"points": POINTS, "labels": LABELS, "hidden": (4,), "activation": "relu", "epochs": 2, "moments": 2, "rng": rng},
    ),
    "learn_chart": (nets.learn_chart, {"points": SOLID, "n_components": 2, "hidden": (4,), "epochs": 2, "rng": rng}),
    "formula_cost": (nets.formula_cost, {"module": BLOCK, "shape": (4, 8, 8)}),
    "measure_cost": (nets.measure_cost, {"network": BLOCK, "shape": (4, 8, 8)}),
    "record": (nets.record, {"network": BLOCK, "shape": (4, 8, 8)}),
    "probe": (
        nets.probe,
        {
            "model": torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.ReLU()),
            "batches": [torch.ones(3, 4)],
            "counts": True,
            "sites": "*",
            "keep": 9,
            "seed": 0,
            "k": 2,
            "axis": -1,
        },
    ),
    "fold_norms": (nets.fold_norms, {"network": BLOCK}),
    "split_memory": (nets.split_memory, {"block": BLOCK, "shape": (4, 8, 8), "slices": 2}),
    "SplitInvertedResidual": (nets.SplitInvertedResidual, {"block": BLOCK, "slices": 2}),
    "recover_block": (nets.recover_block, {"block": BLOCK, "points": POINTS, "embedding": manifold.Layer(MATRIX[:4])}),
    "prepare_image": (
        nets.prepare_image,
        {"image": np.zeros((30, 30, 3), dtype=np.uint8), "size": 16, "mean": 1.0, "scale": 2.0},
    ),
    "trace": (nets.trace, {"model": NETWORK, "views": CLOUD, "sites": ["1 relu"], "progress": lambda share: None}),
    "take_statistics": (nets.take_statistics, {"network": NETWORK, "images": torch.ones(3, 2)}),
    "initialise": (nets.initialise, {"block": BLOCK, "rng": rng}),
    "load_weights": (nets.load_weights, {"network": BLOCK, "weights": "no-such-file.pth"}),
    **{
        f"block {name}": (kind, {"inp": 8, "oup": 8, "stride": 1, **({} if kind.ratio is None else {"expand_ratio": 1.0})})
        for name, kind in nets.BLOCKS.items()
    },
    "chart_colors": (plots.chart_colors, {"cloud": CLOUD}),
    "error_text": (plots.error_text, {"value": 0.5}),
    "short_number": (plots.short_number, {"value": 1234.0}),
    "figure_recovery": (
        plots.figure_recovery,
        {"recovery": RECOVERY, "colors": plots.chart_colors(CLOUD), "symbol": "T", "scale": 1.0},
    ),
    "figure_planes": (plots.figure_planes, {"recoveries": [RECOVERY], "scale": 1.0}),
}


def wrong_values():
    """Values of every kind that somebody may give, few of them right."""
    grad = torch.ones(3, 2, requires_grad=True)
    structured = np.array([(1, 2.0)], dtype=[("a", int), ("b", float)])
    return [
        *(None, True, False, 0, -1, 1, 3, 10**12, 10**400, 2**63, -(10**400)),
        *(2.5, -0.0, math.nan, math.inf, -math.inf, 1e308, 1e-320, 1e-9),
        *("", "abc", "spiral,", "spiral,noise=", "spiral,noise=inf", "3", "nan", "x" * 100_000, "relu\n", "\x00", "../..", "é"),
        *(b"x", bytearray(3), object(), math, len, rng, iter([1, 2]), (n for n in range(3)), Ellipsis, NotImplemented),
        *(
            [],
            [1],
            [0.0, math.nan],
            [[1, 2], [3]],
            [None],
            [1, "a"],
            [[]],
            {},
            {"a": 1},
            set(),
            {1, 2},
            (),
            range(3),
            range(10**9),
        ),
        *(
            np.array([]),
            np.zeros((3, 0)),
            np.zeros((0, 2)),
            np.zeros((3, 2)),
            np.ones((2, 2, 2)),
            np.float64(math.nan),
            np.int64(3),
        ),
        *(np.full((4, 2), math.nan), np.full((4, 2), math.inf), np.full((4, 2), 1e200), np.full((4, 2), 1e-200), np.ones(())),
        *(
            np.array(["a", "b"]),
            np.array([1 + 2j]),
            np.array([[1 + 2j, 0j]] * 4),
            np.array([None, 1]),
            np.array([[True, False]] * 4),
        ),
        *(np.ma.masked_array(POINTS, POINTS > 1.0), structured, np.array(["2020-01-01"], dtype="datetime64[D]")),
        *(np.asfortranarray(POINTS), POINTS.astype(np.float16), POINTS[::-1], POINTS.astype(object), np.matrix(MATRIX)),
        *(grad, grad.detach(), torch.ones(2, 2, dtype=torch.complex64), torch.empty(0), torch.ones(3, device="meta")),
        *(pd.DataFrame(POINTS), pd.DataFrame({"a": ["x"]}), pd.Series([1.0, None]), pd.NA, pd.NaT),
        *(
            Path("nowhere"),
            Path(),
            fractions.Fraction(1, 3),
            decimal.Decimal("NaN"),
            decimal.Decimal(2),
            datetime.date(2020, 1, 1),
        ),
        *(np.random.RandomState(0), np.random.default_rng, RECOVERY, LAYER, CLOUD, BLOCK, ACTIVATIONS, DECODERS["inverse"]),
    ]


def described(value):
    text = " ".join(repr(value).split())
    return text if len(text) < 70 else f"{text[:67]}..."


@pytest.mark.filterwarnings("ignore")  # a wrong value may well be warned of
def test_a_wrong_call_ends_in_a_value_or_one_sentence(cases, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a folder may be any text
    calls = cases(SMALL, FULL)
    names = list(CALLS)
    for number in calls.numbers:
        dice = random_stream(SEED, number)
        name = names[number % len(names)]
        function, right = CALLS[name]
        arguments = {key: value() if value is rng else value for key, value in right.items()}
        values = wrong_values()
        for key in dice.choice(list(right), size=min(len(right), 1 + int(dice.random() < 0.2)), replace=False):
            arguments[str(key)] = values[dice.integers(len(values))]
        changed = ", ".join(
            f"{key}={described(value)}" for key, value in arguments.items() if value is not right[key] and right[key] is not rng
        )
        with calls.judge(name, f"{name}({changed}), case {number}"), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function(**arguments)
    calls.finish()
