"""What the page Real network shows: maps and scores place by place, activations, and what ReLU6 would do; computed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
import torch
from pandas import DataFrame

from manifold import Views
from manifold.checks import Floats, Sentence
from manifold.clouds.picture_files import Pixels
from manifold.nets import (
    NETWORKS,
    Damage,
    Report,
    Trace,
    block_paths,
    bottlenecks,
    class_name,
    fit_insertions,
    inserted,
    measure_damage,
    norms_before,
    prepare_image,
    probe,
    trace,
)
from manifold.nets.probing.norms import Norm
from manifold.nets.training.loop import one_thread
from manifold.planes.traces import PlaceMaps
from manifold.theory.firing import firing_rate
from manifold.ui.pages.network.setting import NetworkSetting, as_images
from manifold.ui.prose import working
from manifold.ui.state import by_language
from manifold.ui.turns import taking_turns
from manifold.ui.upload import HASHED

PROBED = 24
"""Views that the activations are counted on, and that ReLU6 is scored on."""

KEPT = 256
"""Positions of each activation on which its dimension and what it loses rest."""

NAMED = 224
"""Pixels of the picture when its class is asked for, as in the training."""

_TOP = 3
_CLASSES = 1000  # of ImageNet

HASHED_SETTING: dict[Any, Any] = {NetworkSetting: by_language, **HASHED}
"""How cached functions tell settings apart."""


@dataclass(frozen=True, eq=False)
class Followed:
    """The views at every place of a network.

    Attributes
    ----------
    trace : Trace
        Without its points.
    maps : PlaceMaps
    """

    trace: Trace
    maps: PlaceMaps


@dataclass(frozen=True, eq=False)
class Channels:
    """Channels at every activation, (A,) each.

    Attributes
    ----------
    sites : tuple of str
    positive : ndarray
        Mean firing rate.
    least, most : ndarray
        Share of active channels at the position with the fewest, and with the most.
    expected : ndarray
        Mean firing rate by the batch norm before; NaN where there is none.
    """

    sites: tuple[str, ...]
    positive: Floats
    least: Floats
    most: Floats
    expected: Floats


@dataclass(frozen=True, eq=False)
class Changed:
    """What an activation at a bottleneck does to the answers.

    Attributes
    ----------
    damage : Damage
        On views that no repair was fitted on.
    before, after : tuple of (str, float)
        First classes of the whole picture, and their probabilities; none where the classes are not those of ImageNet.
    """

    damage: Damage
    before: tuple[tuple[str, float], ...]
    after: tuple[tuple[str, float], ...]


def draw_views(setting: NetworkSetting) -> Views:
    """The views, whatever network sees them."""
    return _views(replace(setting, network="", weights="", checkpoint=None), **setting.scaling)


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=HASHED_SETTING)
@taking_turns()
def _views(setting: NetworkSetting, mean: float, scale: float) -> Views:
    return setting.views(mean, scale)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=HASHED_SETTING)
def sample_views(setting: NetworkSetting, count: int) -> Pixels:
    """Some views side by side, in the order of the first number of the chart, (size, count size, 3)."""
    views = draw_views(setting)
    order = np.argsort(views.chart[:, 0])[np.linspace(0, len(views.chart) - 1, count).round().astype(np.int64)]
    pictures = views.points[order].reshape(count, *views.shape) * setting.scaling["scale"] + setting.scaling["mean"]
    return np.asarray(np.concatenate(pictures.transpose(0, 2, 3, 1), axis=1).clip(0.0, 255.0).astype(np.uint8))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=HASHED_SETTING)
@taking_turns()
@one_thread()
def follow(setting: NetworkSetting) -> Followed:
    """The views behind every block."""
    views = draw_views(setting)
    model = setting.model(setting.weights, as_images(views))
    seen = trace(model, views, sites=list(block_paths(model)))
    return Followed(replace(seen, points={}), PlaceMaps.of(seen))


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=HASHED_SETTING)
@one_thread()
@working("real.probing")
def _probed(setting: NetworkSetting) -> tuple[Report, Floats]:
    """What the activations let through while some of the views pass, and their rates by the batch norms (A,)."""
    images = as_images(draw_views(setting))
    model = setting.model(setting.weights, images)
    report, norms = probe(model, torch.split(_some(images, PROBED), 8), keep=KEPT), norms_before(model)
    passed = [(norms.get(reading.site.path), reading.operation.low) for reading in report.sites]
    return report, np.array([_expected(norm, low) if norm else np.nan for norm, low in passed])


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASHED_SETTING)
def count_channels(setting: NetworkSetting) -> Channels:
    """Figure 7 of the MobileNetV2 paper."""
    report, expected = _probed(setting)
    least, most = np.array([np.flatnonzero(each.counts.active)[[0, -1]] / each.channels for each in report.sites]).T
    positive = [reading.counts.positive.mean() / reading.counts.positions for reading in report.sites]
    sites = tuple(str(reading.site) for reading in report.sites)
    return Channels(sites, np.array(positive), least, most, expected)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=HASHED_SETTING)
def read_activations(setting: NetworkSetting) -> tuple[DataFrame, tuple[Sentence, ...]]:
    """The table of every activation, and what stands out."""
    report = _probed(setting)[0]
    return report.table, report.verdicts


def _expected(norm: Norm, low: float) -> float:
    """Mean over channels of the rate at which they exceed `low` behind a batch norm."""
    beta, gamma = (values.detach().double().numpy() for values in (norm.bias, norm.weight))
    return float(firing_rate(beta, gamma, low=low).mean())


def _some(images: torch.Tensor, count: int) -> torch.Tensor:
    """At most so many of the images, evenly."""
    return images[:: -(-len(images) // count)]


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASHED_SETTING)
@one_thread()
@working()
def put_activation(setting: NetworkSetting, path: str, activation: str, repair: str) -> Changed:
    """The trained network with an activation and a repair behind the module at a path."""
    images = as_images(draw_views(setting))
    scored = torch.zeros(len(images), dtype=torch.bool)
    scored[:: -(-len(images) // PROBED)] = True
    model = setting.model("trained", images)
    fitted = images[:1] if repair == "none" else images[~scored]  # without a repair nothing is fitted
    stages = fit_insertions(model, fitted, [path], activation=activation, repair=repair)
    damage = measure_damage(model, images[scored], stages)
    whole = prepare_image(setting.pixels(), size=NAMED, **setting.scaling)
    with torch.no_grad():
        before = _top(model(whole))
        with inserted(model, stages):
            return Changed(damage, before, _top(model(whole)))


def _top(logits: torch.Tensor) -> tuple[tuple[str, float], ...]:
    """Names and probabilities of the first classes of ImageNet."""
    if logits.shape[1] != _CLASSES:
        return ()
    shares, numbers = logits.softmax(1)[0].topk(_TOP)
    return tuple((class_name(number), share) for number, share in zip(numbers.tolist(), shares.tolist(), strict=True))


@st.cache_data(max_entries=8, show_spinner=False)
def bottleneck_shortcuts(network: str) -> dict[str, bool]:
    """Paths of the bottlenecks of a network, and whether a shortcut goes around each."""
    with torch.device("meta"):  # nothing is computed
        return bottlenecks(NETWORKS[network]())
