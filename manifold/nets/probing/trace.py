"""A known manifold through the layers of a network: what of it can be read, and what shape it has, at every place.

At each place a view is one vector, all numbers that stand there (see `passage` for large ones). Of N views of a chart with
columns c, each shifted and scaled to mean 0 and variance 1, are told

knn_r2              1 - mean (c - c_hat)^2, c_hat the mean of the five nearest other views: what any smooth readout can do;
                    below 0 where neighbours are worse than no answer
ridge_r2            the same with a linear readout of views that it was not fitted to, in five parts; the penalty is chosen
                    without them, by leaving one out, so that fewer views than numbers do no harm
trustworthiness     whether neighbours at the place are neighbours in the chart (Venna, Kaski 2001)
two_nn              intrinsic dimension by two neighbours; what it says of known dimensions: `Trace.calibration`
participation_ratio how many principal axes share the variance
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from manifold.checks import Floats, abridge, check_array, check_kind, fault
from manifold.clouds.cloud import PointCloud
from manifold.clouds.dimension import participation_ratio, two_nn, two_nn_calibration
from manifold.nets.cost.formula import check_module
from manifold.nets.probing.passage import Passage, pass_views, principal
from manifold.nets.probing.readouts import neighbour_means
from manifold.registry import choose
from manifold.results import Result
from manifold.streams import random_stream

if TYPE_CHECKING:
    from pandas import DataFrame

FEWEST = 20
"""Views that a trace needs: four in each part of those a linear readout is not fitted to."""

_PARTS = 5
_PENALTIES = 10.0 ** np.arange(-8.0, 3.0)  # in units of the mean squared distance from the mean


@dataclass(frozen=True, eq=False, repr=False)
class Trace(Result):
    """What became of a known manifold at every place of a network.

    Attributes
    ----------
    table : DataFrame
        A row for each place, in the order in which views pass: `place`, its name; `kind`, "input", "before" or "after" an
        activation, "block" for what a block returns, or "output"; `width`, numbers that a view has there, and `kept`, those it
        is seen by; the columns of this module's first lines; knn_r2 and ridge_r2 of each coordinate of the chart.
    chart : ndarray of shape (N, k)
    coordinates : tuple of str
        Names of its columns.
    points : mapping of str to ndarray of shape (N, r)
        Views at each place, on their principal axes.
    """

    table: DataFrame
    chart: Floats
    coordinates: tuple[str, ...]
    points: Mapping[str, Floats]

    def map(self, place: str, *, method: str = "landmark-isomap", n_neighbors: int = 10) -> Floats:
        """A map (N, 2) of the views at a place, by "landmark-isomap" or "pca", turned to lie like the chart.

        Raises
        ------
        DisconnectedGraphError
            If some views cannot be reached from others by `n_neighbors`.
        ValueError
            If there is no such place or method, or all views are alike there.
        """
        from manifold.learning.isomap import LandmarkIsomap
        from manifold.learning.quality import align

        points = self.points[choose(place, self.points, "place")]
        if not points.shape[1]:
            raise fault(ValueError, "views must differ to draw a map, but at {place} all are alike", place=place)
        if choose(method, ("landmark-isomap", "pca"), "method") == "landmark-isomap":
            points = LandmarkIsomap(min(2, points.shape[1]), n_neighbors=n_neighbors).fit_transform(points)
        return align(np.pad(points[:, :2], ((0, 0), (0, max(0, 2 - points.shape[1])))), self.chart)

    @cached_property
    def calibration(self) -> dict[int, float]:
        """What `two_nn` says of as many Gaussian points of 2, 5, 10, 20, 40 and 80 dimensions."""
        dimensions = (2, 5, 10, 20, 40, 80)
        said = two_nn_calibration(len(self.chart), dimensions, rng=random_stream(0))
        return dict(zip(dimensions, said.tolist(), strict=True))


def trace(
    model: nn.Module,
    views: PointCloud,
    *,
    sites: str | Sequence[str] | None = None,
    progress: Callable[[float], object] | None = None,
) -> Trace:
    """Follow a manifold whose chart is known through a network, before and after every activation and at every block.

    Parameters
    ----------
    model : Module
        It runs in evaluation mode, without gradients, and is left as it was.
    views : PointCloud
        At least `FEWEST` points that the network takes: of `picture_views`, or any cloud with a chart. Points of `Views` get
        their shape, those of other clouds go in as (N, d).
    sites : str or sequence of str, optional
        Names, or patterns such as "features.1?.*", of activations ("features.1.conv.0.2 relu6"), or paths of modules, whose
        outputs are then noted. By default all activations that Python calls, and the blocks: `Block`, and of other networks
        modules with parts that stand in a Sequential or a list.
    progress : callable, optional
        Called with the share done, from 0 to 1.

    Returns
    -------
    Trace

    Raises
    ------
    TypeError, ValueError
        If it is no module or cloud, the views are too few or do not differ, nothing is called as `sites` say, or a place has
        NaN or infinite values, which is named.
    """
    check_module(model)
    chart = _check_views(views)
    if progress is not None and not callable(progress):
        raise fault(TypeError, "progress must be a function of the share done, got {progress}", progress=abridge(progress))
    report = (lambda share: None) if progress is None else progress
    asked = (
        None if sites is None else [check_kind(site, "sites", str) for site in ([sites] if isinstance(sites, str) else sites)]
    )
    passage = Passage(asked)
    pass_views(model, _as_tensor(model, views), passage, progress=lambda share: report(0.6 * share))
    if unknown := [site for site in asked or () if site not in passage.matched]:
        raise fault(
            ValueError,
            "sites must be names or patterns of activations or modules, and nothing is called {site!r}; a trace without sites "
            "lists all places",
            site=unknown[0],
        )
    truth = (chart - chart.mean(axis=0)) / chart.std(axis=0)
    names = getattr(views, "coordinates", ()) or tuple(str(k) for k in range(1, truth.shape[1] + 1))
    points, rows = {}, []
    for number, (place, vectors) in enumerate(passage.vectors(len(chart)), 1):
        points[place] = principal(vectors)
        scores = _scores(points[place], truth, names)
        width, kept = passage.widths[place], vectors.shape[1]
        rows.append({"place": place, "kind": passage.kinds[place], "width": width, "kept": kept, **scores})
        report(0.6 + 0.4 * number / len(passage.widths))
    from pandas import DataFrame  # loaded where a table is made

    return Trace(DataFrame(rows), chart, tuple(names), points)


def _check_views(views: object) -> Floats:
    """The chart of views that a trace can follow."""
    cloud = check_kind(views, "views", PointCloud)
    chart = check_array(cloud.chart, "views.chart", shape="(N, k)")
    points = check_array(cloud.points, "views.points", shape="(N, d)")
    if len(points) != len(chart) or len(chart) < FEWEST:
        raise fault(
            ValueError,
            "views must be at least {fewest} points, each with its place in the chart, got {count} and {other}",
            fewest=FEWEST,
            count=len(points),
            other=len(chart),
        )
    shape = getattr(cloud, "shape", ()) or points.shape[1:]
    if math.prod(shape) != points.shape[1]:
        raise fault(
            ValueError,
            "views of shape {shape} must have {size} coordinates, got {count}",
            shape=shape,
            size=math.prod(shape),
            count=points.shape[1],
        )
    if not np.ptp(chart, axis=0).all():
        raise ValueError("views must differ in every column of their chart; drop the columns that do not change")
    return chart


def _as_tensor(model: nn.Module, views: PointCloud) -> torch.Tensor:
    """Views as the network takes them: of its type and on its device."""
    weights = next((weight for weight in model.parameters() if weight.is_floating_point()), torch.empty(0))
    points = torch.from_numpy(np.ascontiguousarray(views.points)).to(weights)
    return points.reshape(len(points), *(getattr(views, "shape", ()) or points.shape[1:]))


def _scores(points: Floats, truth: Floats, names: Sequence[str]) -> dict[str, float]:
    """What the views (N, r) at one place tell of the standardised chart (N, k), and their shape."""
    if not points.shape[1]:
        alike: dict[str, float] = dict.fromkeys(("knn_r2", "ridge_r2"), 0.0)
        alike |= {"trustworthiness": float("nan"), "two_nn": 0.0, "participation_ratio": 0.0}
        return alike | {f"{score} {name}": 0.0 for score in ("knn_r2", "ridge_r2") for name in names}
    from manifold.learning.quality import trustworthiness

    read = {"knn_r2": _explained(neighbour_means(points, truth), truth), "ridge_r2": _explained(ridge(points, truth), truth)}
    scores = {score: float(shares.mean()) for score, shares in read.items()}
    scores["trustworthiness"] = trustworthiness(truth, points)
    scores["two_nn"] = two_nn(points)
    scores["participation_ratio"] = participation_ratio(points)
    for score, shares in read.items():
        scores |= {f"{score} {name}": float(share) for name, share in zip(names, shares, strict=True)}
    return scores


def _explained(read: Floats, truth: Floats) -> Floats:
    """R^2 (k,) of each column of a standardised chart."""
    return np.asarray(1.0 - ((read - truth) ** 2).mean(axis=0))


def ridge(points: Floats, truth: Floats) -> Floats:
    """A linear readout (N, k) of every view by one that was fitted to the other parts; see this module's first lines."""
    unit = points / np.sqrt((points**2).sum(axis=1).mean())
    read = np.empty_like(truth)
    order = random_stream(0).permutation(len(unit))  # the views may come in an order
    for part in np.array_split(order, _PARTS):
        rest = np.setdiff1d(order, part)
        read[part] = _fit(unit[rest], truth[rest], unit[part])
    return read


def _fit(points: Floats, truth: Floats, others: Floats) -> Floats:
    """The readout of `others` (M, r) by the ridge regression of truth (n, k) on points (n, r), of the best penalty for each.

    With K = U S U^T the products of the centred points, the fit to a target t is U S (S + p)^-1 U^T t. What is missed of a
    point that is left out is the residual over 1 - h, h being its entry on the diagonal of that matrix, 1/n for the mean
    included (Golub, Heath, Wahba 1979). Both are summed as what the penalty takes away, which is small.
    """
    centre, mean = points.mean(axis=0), truth.mean(axis=0)
    moved, target = points - centre, truth - mean
    spectrum, axes = np.linalg.eigh(moved @ moved.T)
    real = spectrum > 1e-14 * spectrum[-1]
    spectrum, axes = spectrum[real], axes[:, real]  # (r,), (n, r)
    taken = (penalties := _PENALTIES[:, None] * len(points)) / (spectrum + penalties)  # (P, r)
    along = axes.T @ target  # (r, k)
    residual = target - axes @ along + axes @ (taken[:, :, None] * along)  # (P, n, k)
    rest = np.maximum(1.0 - 1.0 / len(points) - (axes**2).sum(axis=1), 0.0) + taken @ (axes**2).T  # 1 - h, (P, n)
    best = ((residual / rest[:, :, None]) ** 2).sum(axis=1).argmin(axis=0)  # (k,)
    weights = axes @ ((1.0 - taken[best]).T * along / spectrum[:, None])  # (n, k)
    return np.asarray(mean + (others - centre) @ moved.T @ weights)
