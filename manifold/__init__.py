"""See and measure what an activation does to a manifold: NumPy core.

rng = numpy.random.default_rng(0)
cloud = manifold.DATASETS["spiral"](1000, rng=rng)
result = manifold.recover(cloud.points, width=15, rng=rng)
manifold.METRICS["nmse"](result)
"""

from manifold import metrics, theory
from manifold.clouds import (
    DATASETS,
    Dataset,
    PointCloud,
    effective_rank,
    fit_unit_disc,
    make_cloud,
    numerical_rank,
    pictures,
    planar_datasets,
    read_points,
    surfaces,
)
from manifold.layer import (
    ACTIVATIONS,
    DECODERS,
    EMBEDDINGS,
    Activation,
    Decoder,
    EmbeddingLaw,
    Layer,
    LipschitzBounds,
    Observation,
    Recovery,
    Sectors,
    is_injective,
    least_active_rows,
    lipschitz_bounds,
    rank_shares,
    recover,
    recover_widths,
    recover_with,
    redecode,
    sectors,
)
from manifold.metrics import METRICS, Metric
from manifold.registry import Registry, UnknownNameError
from manifold.streams import random_stream
from manifold.sweeps import sweep, sweep_to

__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "DECODERS",
    "EMBEDDINGS",
    "METRICS",
    "Activation",
    "Dataset",
    "Decoder",
    "EmbeddingLaw",
    "Layer",
    "LipschitzBounds",
    "Metric",
    "Observation",
    "PointCloud",
    "Recovery",
    "Registry",
    "Sectors",
    "UnknownNameError",
    "effective_rank",
    "fit_unit_disc",
    "is_injective",
    "least_active_rows",
    "lipschitz_bounds",
    "make_cloud",
    "metrics",
    "numerical_rank",
    "pictures",
    "planar_datasets",
    "random_stream",
    "rank_shares",
    "read_points",
    "recover",
    "recover_widths",
    "recover_with",
    "redecode",
    "sectors",
    "surfaces",
    "sweep",
    "sweep_to",
    "theory",
]
