"""See and measure what an activation does to a manifold: NumPy core.

rng = numpy.random.default_rng(0)
cloud = manifold.DATASETS["spiral"](1000, rng=rng)
result = manifold.recover(cloud.points, width=15, rng=rng)
manifold.METRICS["nmse"](result)
"""

import importlib
from typing import TYPE_CHECKING, Any

from manifold import metrics
from manifold.clouds import (
    DATASETS,
    Dataset,
    PointCloud,
    effective_rank,
    fit_unit_disc,
    make_cloud,
    numerical_rank,
    participation_ratio,
    pictures,
    planar_datasets,
    read_points,
    surfaces,
    two_nn,
    two_nn_calibration,
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

__version__ = "0.2.0"

if TYPE_CHECKING:
    from manifold import theory
    from manifold.clouds.photographs import PHOTOGRAPHS, find_picture
    from manifold.clouds.picture_files import read_picture
    from manifold.clouds.views import VIEWS, Views, picture_views
    from manifold.sweeps import sweep, sweep_to

_LOADED_WHEN_ASKED_FOR = {
    "theory": "manifold",
    **dict.fromkeys(("sweep", "sweep_to"), "manifold.sweeps"),
    **dict.fromkeys(("VIEWS", "Views", "picture_views"), "manifold.clouds.views"),
    **dict.fromkeys(("PHOTOGRAPHS", "find_picture"), "manifold.clouds.photographs"),
    "read_picture": "manifold.clouds.picture_files",
}
"""Names, and the module each is taken from: closed forms, sweeps and what reads files take as long to load as all the rest."""


def __getattr__(name: str) -> Any:
    """A name that is loaded when it is first asked for."""
    if name not in _LOADED_WHEN_ASKED_FOR:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    package = _LOADED_WHEN_ASKED_FOR[name]
    if package == __name__:
        return importlib.import_module(f"{package}.{name}")
    return getattr(importlib.import_module(package), name)


__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "DECODERS",
    "EMBEDDINGS",
    "METRICS",
    "PHOTOGRAPHS",
    "VIEWS",
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
    "Views",
    "effective_rank",
    "find_picture",
    "fit_unit_disc",
    "is_injective",
    "least_active_rows",
    "lipschitz_bounds",
    "make_cloud",
    "metrics",
    "numerical_rank",
    "participation_ratio",
    "picture_views",
    "pictures",
    "planar_datasets",
    "random_stream",
    "rank_shares",
    "read_picture",
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
    "two_nn",
    "two_nn_calibration",
]
