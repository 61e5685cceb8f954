"""The page Real network: what its controls change, what it says, and what it refuses."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from manifold import random_stream
from manifold.nets import NETWORKS, block_paths, initialise, probe_values
from manifold.text import dimension_number, percent, r_squared, say, section
from manifold.ui.pages.network.controls import SHOWN
from manifold.ui.pages.network.files import check_picture, check_weights
from manifold.ui.pages.network.setting import NetworkSetting
from manifold.ui.pages.network.share import OWN
from manifold.ui.pages.network.views import bottleneck_shortcuts, follow, put_activation
from manifold.ui.upload import Upload

SMALL = {"count": "40", "size": "48"}
SETTING = NetworkSetting("efficientnet_lite0", "trained", "palace", None, None, "rotation-zoom", 40, 48, 0, 0)


def cards(app):
    return {metric.label: metric.value for metric in app.metric}


def words(app):
    return "\n".join(element.value for element in app.markdown)


def named(elements, label):
    return next(element for element in elements if element.label == label)


def picture(width, height):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return Upload.of("own.png", content.getvalue())


def test_both_networks_stand_side_by_side_and_captions_follow_the_depth(visit, shown, charts):
    app = visit("network", **SMALL)
    data = shown(app)
    places = 1 + len(list(block_paths(NETWORKS["efficientnet_lite0"]()))) + 1
    assert [panel["title"] for panel in data["panels"]] == [say("real.map.trained"), say("real.map.random")]
    assert len(data["steps"]) == places == len(data["panels"][0]["captions"])
    read, size = charts(app)[:2]
    for place, panel in enumerate(data["panels"]):
        line, other = read["data"][place]["y"], size["data"][place]["y"]
        for step in (0, 8, 16):
            assert panel["captions"][step].startswith(f"R² {r_squared(line[step])}, dimension {other[step]:.0f}"[:-1])
    assert cards(app)[say("real.number.read", arm=say("real.short.trained"))] == r_squared(read["data"][0]["y"][16])


def test_other_weights_and_views_change_the_picture(visit, shown):
    app = visit("network", **SMALL)
    before = shown(app)
    named(app.button, say("real.other")).click().run()
    assert app.session_state["network"]["draw"] == 1
    assert all(new["points"] != old["points"] for new, old in zip(shown(app)["panels"], before["panels"], strict=True))


def test_the_colour_says_what_the_camera_did(visit, shown):
    app = visit("network", views="translation-brightness", color="second", **SMALL)
    labels = [entry["label"] for entry in shown(app)["panels"][0]["legend"]]
    assert all(label.endswith("% light") for label in labels)
    low, high = (int(label.split()[0]) for label in labels)
    assert 40 <= low < 50 < 90 < high <= 100


def test_a_network_without_trained_weights_stands_beside_the_truth_and_has_no_switch(visit, shown):
    app = visit("network", network="mobilenet_v3_small", **SMALL)
    truth, random = shown(app)["panels"]
    assert (truth["title"], truth["captions"]) == (say("real.truth"), [say("real.truth.caption")])
    assert random["title"] == say("real.map.random")
    assert say("real.untrained") in [caption.value for caption in app.caption]
    assert section("network", "notice-random") in words(app)
    assert say("real.put") not in [header.value for header in app.header]


def test_relu6_at_a_bottleneck_wrecks_what_a_shortcut_saves():
    """Block 9 has none, block 10 has one: cosines of .13 and .97 on larger views; a third of that is the margin."""
    paths = list(bottleneck_shortcuts("efficientnet_lite0").items())[8:10]
    assert [around for _, around in paths] == [False, True]
    alone, beside = (put_activation(SETTING, path, "relu6", "none").damage for path, _ in paths)
    assert beside.cosine.mean() > alone.cosine.mean() + 0.3
    assert alone.kept.mean() <= beside.kept.mean()


def test_the_switch_shows_its_damage_and_a_repair_that_cannot_be_fitted_says_why(visit):
    off = visit("network", **SMALL)
    assert say("real.number.cosine") not in cards(off)
    on = visit("network", switch="relu6", block="10", **SMALL)
    assert say("real.shortcut.around", block=10) in [caption.value for caption in on.caption]
    path = list(bottleneck_shortcuts("efficientnet_lite0"))[9]
    damage = put_activation(SETTING, path, "relu6", "none").damage
    assert cards(on)[say("real.number.cosine")] == r_squared(damage.cosine.mean())
    assert cards(on)[say("real.number.kept")] == percent(damage.kept.mean())
    assert "The whole picture" in words(on)
    refused = visit("network", switch="relu6", block="16", repair="linear", **SMALL)
    assert "needs at least 1600 positions" in refused.warning[0].value.replace("\\", "")


def test_a_visitors_picture_is_seen_and_a_bad_one_is_refused_in_a_sentence(visit):
    own = picture(80, 90)
    check_picture(own, 48)
    seen = follow(NetworkSetting("mobilenet_v3_small", "random", own.name, own, None, "rotation-zoom", 40, 32, 0, 0))
    usual = follow(NetworkSetting("mobilenet_v3_small", "random", "palace", None, None, "rotation-zoom", 40, 32, 0, 0))
    assert (seen.maps.maps != usual.maps.maps).any(axis=(1, 2)).all()
    with pytest.raises(ValueError, match=r"^image must be at least 136 x 136 pixels"):
        check_picture(own, 96)
    with pytest.raises(ValueError, match=r"^own.png must be a picture"):
        check_picture(Upload.of("own.png", b"none"), 48)
    app = visit("network", photo="your file", **SMALL)
    assert app.info[0].value == say("real.own.none")


@pytest.fixture(scope="module")
def weights():
    """A file of weights of the smallest network, for five classes."""
    content = io.BytesIO()
    network = initialise(NETWORKS["mobilenet_v3_small"](classes=5), rng=random_stream(3))
    torch.save(network.state_dict(), content)
    return Upload.of("own.pth", content.getvalue())


def test_a_visitors_weights_count_as_trained_and_the_page_and_its_script_follow(
    visit, shown, weights, tmp_path, monkeypatch, capsys
):
    choices = {"network": "mobilenet_v3_small", "source": "your file", "switch": "relu6", "block": "3"}
    app = visit("network", count="40", size="32", **choices)
    assert say("real.file.none") in [info.value for info in app.info]
    named(app.get("file_uploader"), say("real.file")).upload(weights.name, weights.content, "application/x-pth").run()
    assert not app.exception
    assert [panel["title"] for panel in shown(app)["panels"]] == [say("real.map.trained"), say("real.map.random")]
    assert "The whole picture" not in words(app)  # classes have no names
    script, command = (next(code.value for code in app.code if start in code.value) for start in ("models = {}", "run trace"))
    assert "checkpoint=own.pth" in command
    assert "mean=115.0, scale=58.0" in script  # as torchvision's weights take pictures
    (tmp_path / weights.name).write_bytes(weights.content)
    monkeypatch.chdir(tmp_path)
    exec(script, {})
    printed = dict(line.split() for line in capsys.readouterr().out.splitlines() if line.count(" ") == 1)
    shown_as = {"trained-read": say("real.number.read", arm=say("real.short.trained")), "cosine": say("real.number.cosine")}
    assert {key: r_squared(float(printed[key])) for key in shown_as} == {key: cards(app)[at] for key, at in shown_as.items()}


def test_weights_that_do_not_fit_or_are_too_large_are_refused_in_a_sentence(weights, monkeypatch):
    check_weights(weights, "mobilenet_v3_small")
    with pytest.raises(ValueError, match=r"^own.pth does not fit: missing: "):
        check_weights(weights, "mobilenet_v2")
    monkeypatch.setattr("manifold.ui.pages.network.files.MOST_WEIGHTS", 5)
    with pytest.raises(ValueError, match=r"^own.pth is larger than 5 MB"):
        check_weights(weights, "mobilenet_v3_large")


def test_files_of_one_activation_say_what_a_probe_says_of_it(visit):
    app = visit("network", network="mobilenet_v3_small", count="40", size="32")
    z = np.random.default_rng(0).standard_normal((90, 2)) @ [[1.0, 2.0, -1.0], [0.5, -1.0, 3.0]] - [9.0, 0.0, 0.0]

    def send(side, values):
        content = b"\n".join(b"%f,%f,%f" % tuple(row) for row in values)
        named(app.get("file_uploader"), say(f"real.{side}")).upload(f"{side}.csv", content, "text/csv").run()
        assert not app.exception

    send("before", z)
    seen = dict(app.dataframe[-1].value.itertuples(index=False))
    expected = probe_values(z, activation="relu").table.iloc[0]
    assert (seen[say("real.column.dead")], seen[say("real.column.positions")]) == (f"{expected['dead']}", "90")
    assert seen[say("real.column.dimension_after")] == dimension_number(expected["dimension_after"])
    assert say("real.values.lost", activation="ReLU", lost=percent(expected["lost_variance"])) in words(app)
    send("after", z.clip(0.0, 6.0))
    assert say("real.values.found", activation="ReLU6") in words(app)
    assert "probe_values(before, after)" in next(code.value for code in app.code if "read_points" in code.value)
    send("after", z[::-1])
    assert "the same rows and columns in the same order" in app.error[0].value
    send("before", np.where(z > 1.0, np.nan, z))
    assert "must be finite, got nan at index" in app.error[0].value


def test_every_network_of_the_menu_shows_the_blocks_of_its_paper():
    """Of DenseNet four blocks, whose layers stay inside, and the three transitions between them."""
    with torch.device("meta"):
        counts = {name: len(list(block_paths(NETWORKS[name]()))) for name in SHOWN}
    papers = {"mobilenet_v2": 17, "mobilenet_v3_small": 11, "mobilenet_v3_large": 15, "densenet121": 7}
    assert counts == {"efficientnet_lite0": 16, **papers}


def test_the_lines_for_a_notebook_run(capsys):
    exec(OWN.replace("96, 96", "32, 32").replace("size=96", "size=32, count=24"), {})
    said = capsys.readouterr().out
    assert said.startswith("sites: 35; batches: 1")
    assert "features.17" in said
