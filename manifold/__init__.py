"""See and measure what an activation does to a manifold: NumPy core.

rng = numpy.random.default_rng(0)
cloud = manifold.DATASETS["spiral"](1000, rng=rng)
result = manifold.recover(cloud.points, width=15, rng=rng)
manifold.METRICS["nmse"](result)
"""

from manifold import metrics, pictures, surfaces, theory
from manifold._random import random_stream
from manifold._registry import Registry, UnknownNameError
from manifold.activations import ACTIVATIONS, Activation
from manifold.clouds import fit_unit_disc, make_cloud, read_points
from manifold.datasets import DATASETS, PLANAR, PointCloud
from manifold.decoders import DECODERS, Decoder, Observation
from manifold.embeddings import EMBEDDINGS, Embedding, EmbeddingLaw
from manifold.metrics import METRICS
from manifold.recovery import Recovery, recover, recover_widths, recover_with, redecode
from manifold.regions import Sectors, is_injective, rank_shares, sectors

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
    "Observation",
    "PointCloud",
    "Recovery",
    "Registry",
    "Sectors",
    "UnknownNameError",
    "fit_unit_disc",
    "is_injective",
    "make_cloud",
    "metrics",
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
    "theory",
]
