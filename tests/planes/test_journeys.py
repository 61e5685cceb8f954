"""What the browser is sent to follow a point from place to place is what the library says of it."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from manifold import EMBEDDINGS, make_cloud, nets, picture_views, random_stream
from manifold.nets.training.arms import Arm, watch_pair
from manifold.planes.journeys import picture_sheet
from manifold.planes.packing import pack_counts
from manifold.planes.traces import PlaceMaps, trace_data
from manifold.planes.trainings import training_data
from manifold.ui.pages.blocks.views import N_POINTS, WIDTHS, BlockSetting, block_frames, place_title

ENDS = {"relu": (0.0, np.inf), "relu6": (0.0, 6.0), "hardswish": (0.0, np.inf)}


def counts(text, shape):
    codes = base64.b64decode(text)
    return np.frombuffer(codes, "u1" if len(codes) == np.prod(shape) else "<u2").reshape(shape)


def values(packed):
    return packed["scale"] * np.frombuffer(base64.b64decode(packed["data"]), "<i2").reshape(packed["shape"])


def bits(packed):
    flags = np.unpackbits(np.frombuffer(base64.b64decode(packed["data"]), "u1"), bitorder="little")
    return flags[: np.prod(packed["shape"])].reshape(packed["shape"])


@pytest.mark.parametrize("most", [0, 255, 256, 65_535])
def test_counts_take_as_many_bytes_as_the_largest_needs(most):
    array = np.array([0, most // 2, most])
    np.testing.assert_array_equal(counts(pack_counts(array), 3), array)
    assert len(base64.b64decode(pack_counts(array))) == (3 if most < 256 else 6)


BLOCKS = [("inverted", "relu6", 5), ("inverted-v3", "linear", 6), ("sandglass", "linear", 5), ("residual", "linear", 3)]


@pytest.mark.parametrize(("kind", "end", "places"), BLOCKS)
def test_a_point_is_followed_through_the_block_that_recover_block_runs(kind, end, places):
    setting = BlockSetting(kind, "same", 1, 1, nets.BLOCKS[kind].ratio, end, "affine", 0, 5)
    data = block_frames(setting)
    assert len(data["journey"]["places"]) == places
    for step in (0, len(WIDTHS) - 1):
        rng = random_stream(0, 5)
        cloud = make_cloud("spiral", N_POINTS, rng=rng)
        layer, block = EMBEDDINGS["gaussian"](WIDTHS[step], 2, rng=rng), setting.block(WIDTHS[step])
        nets.initialise(block, rng=rng)
        signals = list(nets.recover_block(block, cloud.points, layer))
        for place in data["journey"]["places"]:
            while place_title(signals[0].place) != place["names"][step]:
                before = signals.pop(0).hidden
            hidden = signals[0].hidden
            assert place["channels"][step] == hidden.shape[1]
            if "active" in place:
                low, high = ENDS[signals[0].place.rpartition(", ")[2]]
                active = ((before > low) & (before < high)).sum(axis=1)
                np.testing.assert_array_equal(counts(place["active"][step], N_POINTS), active)
            ranks = bits(place["ranks"]).reshape(2, len(WIDTHS), N_POINTS).sum(axis=0)
            np.testing.assert_array_equal(ranks[step], signals[0].rank)
            if place.get("panel"):
                answers = values(data["panels"][place["panel"]]["points"])[step]
                np.testing.assert_allclose(answers, signals[0].read("affine").recovered, atol=1e-3)
            signals.pop(0)
        assert not signals


def test_the_nearest_views_that_are_sent_read_the_camera_as_the_trace_does():
    views = picture_views(count=40, size=16, rng=random_stream(0))
    layers = (torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(784, 6))
    model = nets.initialise(torch.nn.Sequential(*layers), rng=random_stream(0)).eval()
    traced = nets.trace(model, views)
    data = trace_data({"a": PlaceMaps.of(traced)}, views.chart, kind="rotation-zoom", step=0)
    journey = data["journey"]
    chart = values(journey["chart"]).T
    np.testing.assert_allclose(chart, views.chart, atol=1e-4)
    assert journey["networks"][0]["panels"] == [0, 1]  # also where the camera was
    assert len(data["widths"]) == len(traced.table) > 2
    for neighbours, score in zip(journey["networks"][0]["neighbours"], traced.table["knn_r2"], strict=True):
        numbers = counts(neighbours, (40, 5))
        assert not (numbers == np.arange(40)[:, None]).any()
        missed = ((chart[numbers].mean(axis=1) - chart) ** 2).mean(axis=0) / chart.var(axis=0)
        assert 1.0 - missed.mean() == pytest.approx(score, abs=1e-3)


@pytest.fixture(scope="module")
def trained():
    arm = Arm(width=3, depth=2, steps=30)
    return list(watch_pair((arm, replace(arm, activation="relu6", draw=1))))[-1]


def test_what_an_arm_says_of_a_picture_is_right_as_often_as_the_arm_is(trained):
    arm = trained[0]
    data = training_data([arm, arm], ["a", "b"])
    journey = data["journey"]
    said = [counts(text, len(arm.labels)) for text in journey["arms"][0]["said"]]
    chosen = np.linspace(0, len(arm.right) - 1, len(arm.labels)).round().astype(int)
    np.testing.assert_array_equal(said[-1] == np.array(journey["labels"]), arm.right[chosen])
    assert len(said) == len(arm.steps)
    assert len(np.unique(said[-1])) > 1
    places = journey["arms"][0]["size"] * values(data["panels"][0]["points"])
    spread = np.linalg.svd(arm.places[-1].astype(float) - arm.places[-1].mean(axis=0), compute_uv=False)[:2]
    np.testing.assert_allclose(np.sqrt(((places[-1] - places[-1].mean(axis=0)) ** 2).sum(axis=0)), spread, rtol=1e-2)


def test_arms_with_other_pictures_have_their_own_colours_and_no_picture_to_follow(trained):
    data = training_data(trained, ["a", "b"])
    assert "journey" not in data
    first, second = (panel["colors"]["light"] for panel in data["panels"])
    assert first == data["colors"]["light"] != second
    names = dict(zip(trained[0].labels.tolist(), first, strict=True))
    assert second == [names[label] for label in trained[1].labels.tolist()]


def test_a_sheet_holds_every_picture_row_by_row(rng):
    pictures = rng.integers(0, 16, size=(7, 5, 4)) / 15.0
    sheet = picture_sheet(pictures, smooth=False)
    assert (sheet["columns"], sheet["lines"], sheet["aspect"]) == (3, 3, 0.8)
    image = Image.open(io.BytesIO(base64.b64decode(sheet["data"].removeprefix("data:image/png;base64,")))).convert("L")
    cells = np.asarray(image).reshape(3, 5, 3, 4).swapaxes(1, 2).reshape(9, 5, 4)
    np.testing.assert_allclose(cells[:7] / 255.0, pictures, atol=1e-9)
    assert not cells[7:].any()


def test_large_pictures_are_made_smaller_by_their_means():
    halves = np.zeros((2, 48, 48, 3))
    halves[1, :, 24:] = 1.0
    sheet = picture_sheet(halves, smooth=True)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet["data"].removeprefix("data:image/jpeg;base64,")))))
    assert pixels.shape == (24, 48, 3)
    assert pixels[:, :34].max() < 60 < 200 < pixels[:, 38:].min()
