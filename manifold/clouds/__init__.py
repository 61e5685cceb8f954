"""Points and their true charts: curves, surfaces, pictures, your own files, and how many dimensions a cloud fills."""

from manifold.clouds import curves, drawn, pictures, surfaces
from manifold.clouds.cloud import DATASETS, Dataset, PointCloud, planar_datasets
from manifold.clouds.dimension import effective_rank, numerical_rank, participation_ratio, two_nn, two_nn_calibration
from manifold.clouds.spec import fit_unit_disc, make_cloud, read_points

__all__ = [
    "DATASETS",
    "Dataset",
    "PointCloud",
    "curves",
    "drawn",
    "effective_rank",
    "fit_unit_disc",
    "make_cloud",
    "numerical_rank",
    "participation_ratio",
    "pictures",
    "planar_datasets",
    "read_points",
    "surfaces",
    "two_nn",
    "two_nn_calibration",
]
