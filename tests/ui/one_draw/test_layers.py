"""What the pages show is what `manifold.recover` gives for the same draw, at every width."""

import numpy as np
import pytest

from manifold import make_cloud, random_stream, rank_shares, recover, redecode, sectors
from manifold.layer.plane import is_injective
from manifold.metrics import decoder_share, lost_share, nmse
from manifold.plots import EXTENT
from manifold.text import say
from manifold.ui.one_draw.layers import (
    N_POINTS,
    READINGS,
    WIDTHS,
    Setting,
    plane_frames,
    reading_frames,
    spiral_frames,
)
from manifold.ui.upload import Upload, read_upload

FILE = "\n".join(f"{k * k},{3 * k % 17}" for k in range(40)).encode()

SETTINGS = {
    "default": Setting("spiral", None, "gaussian", "relu", "inverse", 1.0, seed=0, draw=24),
    "noisy": Setting("two moons,noise=0.05", None, "orthonormal", "relu6", "doubled", 7.5, seed=3, draw=11),
    "thread": Setting("thread", None, "padded-gaussian", "silu", "affine", 2.0, seed=2**32 - 1, draw=0),
    "file": Setting("points.csv", Upload.of("points.csv", FILE), "uniform", "tanh", "inverse", 3.0, seed=1, draw=2),
}


@pytest.fixture(params=SETTINGS)
def setting(request):
    return SETTINGS[request.param]


def recovered(setting, width, **changes):
    """The route of a reader who has only the library."""
    rng = random_stream(setting.seed, setting.draw)
    if setting.upload is None:
        points = make_cloud(setting.dataset, N_POINTS, scale=setting.scale, rng=rng).points
    else:
        points = setting.scale * read_upload(setting.upload, N_POINTS).cloud.points
    names = {"embedding": setting.embedding, "activation": setting.activation, "decoder": setting.decoder}
    return recover(points, width=width, rng=rng, **(names | changes))


def same_within_a_unit(packed, values, unpack):
    """Half a unit of the packing, and the clipping of what lies far outside."""
    limit = 4.0 * EXTENT
    error = np.abs(unpack(packed) - np.clip(values, -limit, limit)).max()
    return packed["shape"] == list(np.shape(values)) and error <= 0.5 * packed["scale"] * (1 + 1e-6)


def test_curves_are_the_metrics_of_the_recovery_at_each_width(setting):
    _, curves = spiral_frames(setting)
    alone = [recovered(setting, width) for width in WIDTHS]
    np.testing.assert_array_equal(curves.nmse, [nmse(r) for r in alone])
    np.testing.assert_array_equal(curves.best_nmse, [nmse(redecode(r, "posterior")) for r in alone])
    np.testing.assert_array_equal(curves.lost, [lost_share(r) for r in alone])
    np.testing.assert_allclose(curves.decoder_share, [decoder_share(r) for r in alone], atol=1e-12)


def test_the_best_decoder_takes_no_share_where_nothing_is_wrong():
    setting = Setting("spiral", None, "gaussian", "linear", "inverse", 1.0, seed=0, draw=0)
    _, curves = spiral_frames(setting)
    assert curves.nmse.max() < 1e-20
    assert (curves.decoder_share == 0.0).all()


def test_panels_hold_the_input_the_linear_layer_and_both_decoders(setting, unpack):
    frames, _ = spiral_frames(setting)
    assert frames["widths"] == list(WIDTHS)
    alone = [recovered(setting, width) for width in WIDTHS]
    size = setting.scale
    source, linear, read, best = (panel["points"] for panel in frames["panels"])
    assert same_within_a_unit(source, [alone[0].points / size], unpack)
    assert same_within_a_unit(linear, [alone[0].points / size], unpack)
    assert same_within_a_unit(read, [r.recovered / size for r in alone], unpack)
    assert same_within_a_unit(best, [redecode(r, "posterior").recovered / size for r in alone], unpack)


def test_hollow_points_are_those_of_rank_below_two(setting, unpack):
    lost = np.stack([recovered(setting, width).rank < 2 for width in WIDTHS])
    for frames, _ in (spiral_frames(setting), plane_frames(setting)):
        np.testing.assert_array_equal(unpack(frames["panels"][-1]["lost"], bits=True), lost)


def test_readings_differ_only_in_the_law_of_t(setting, unpack):
    frames = reading_frames(setting)[0]
    assert [panel["title"] for panel in frames["panels"][1:]] == [say(f"one-draw.reading.{law}") for law in READINGS]
    for panel, law in zip(frames["panels"][1:], READINGS, strict=True):
        alone = [recovered(setting, width, embedding=law, decoder="inverse").recovered for width in WIDTHS]
        assert same_within_a_unit(panel["points"], np.stack(alone) / setting.scale, unpack)


def test_planar_is_the_share_of_points_of_directions_and_injectivity(setting):
    _, planar = plane_frames(setting)
    alone = [recovered(setting, width) for width in WIDTHS]
    np.testing.assert_array_equal(planar.lost, [lost_share(r) for r in alone])
    np.testing.assert_array_equal(planar.directions, [rank_shares(sectors(r.matrix))[:2].sum() for r in alone])
    np.testing.assert_array_equal(planar.injective, [is_injective(r.matrix) for r in alone])


def test_the_layer_sent_to_the_browser_loses_the_points_drawn_hollow(setting, unpack):
    frames, _ = plane_frames(setting)
    layer, (plane, decoded) = frames["layer"], frames["panels"]
    low = -np.inf if layer["low"] is None else layer["low"]
    high = np.inf if layer["high"] is None else layer["high"]
    drawn, hollow = unpack(plane["points"])[0], unpack(decoded["lost"], bits=True)
    for matrix, lost in zip(layer["matrices"], hollow, strict=True):
        z = drawn @ np.array(matrix).T
        count = ((z > low) & (z < high)).sum(axis=1)
        assert ((count < 2) == lost).mean() > 0.98  # but for points within half a unit of a line


def test_points_and_colours_are_one_to_one(setting):
    for frames in (spiral_frames(setting)[0], reading_frames(setting)[0], plane_frames(setting)[0]):
        for colors in frames["colors"].values():
            assert len(colors) == frames["panels"][0]["points"]["shape"][1]
            assert all(len(color) == 7 and int(color[1:], 16) >= 0 for color in colors)


def test_every_width_has_its_caption(setting):
    for frames in (spiral_frames(setting)[0], reading_frames(setting)[0], plane_frames(setting)[0]):
        assert all(len(panel["captions"]) in (1, len(WIDTHS)) for panel in frames["panels"])
