"""See and measure what an activation does to a manifold: NumPy core.

rng = numpy.random.default_rng(0)
cloud = manifold.DATASETS["spiral"](1000, rng=rng)
result = manifold.recover(cloud.points, width=15, rng=rng)
manifold.METRICS["nmse"](result)
"""

from manifold import metrics, theory
from manifold.clouds import pictures, surfaces
from manifold.clouds.curves import DATASETS, PLANAR, PointCloud
from manifold.clouds.dimension import effective_rank, numerical_rank
from manifold.clouds.spec import fit_unit_disc, make_cloud, read_points
from manifold.layer.activations import ACTIVATIONS, Activation
from manifold.layer.decoders import DECODERS, Decoder, Observation
from manifold.layer.embeddings import EMBEDDINGS, Embedding, EmbeddingLaw
from manifold.layer.plane import (
    LipschitzBounds,
    Sectors,
    is_injective,
    least_active_rows,
    lipschitz_bounds,
    rank_shares,
    sectors,
)
from manifold.layer.recovery import Recovery, recover, recover_widths, recover_with, redecode
from manifold.metrics import METRICS
from manifold.registry import Registry, UnknownNameError
from manifold.streams import random_stream
from manifold.sweeps.table import sweep, sweep_to

__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "DECODERS",
    "EMBEDDINGS",
    "METRICS",
    "PLANAR",
    "Activation",
    "Decoder",
    "Embedding",
    "EmbeddingLaw",
    "LipschitzBounds",
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
