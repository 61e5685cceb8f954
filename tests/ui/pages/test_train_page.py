"""The page Train it: it opens with a finished run, trains while it is watched, stops, and says what came out and why."""

import io
import re
import time
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

from manifold.nets.training.arms import Arm, difference
from manifold.nets.training.data import digits
from manifold.nets.training.kept import kept_pairs
from manifold.nets.training.results import read_results
from manifold.text import literal, percent, say
from manifold.ui.pages.train import files
from manifold.ui.pages.train.controls import TRAIN_FIELDS, pair_of
from manifold.ui.pages.train.draws import draws_sentence, measured_draws
from manifold.ui.pages.train.kept import preset_pairs
from manifold.ui.pages.train.views import trainings
from manifold.ui.upload import Upload

SHORT = {"steps": "5", "depth": "2"}


def named(elements, label):
    return next(element for element in elements if element.label == label)


def buttons(app):
    return {button.label for button in app.button}


def words(app):
    return "\n".join(element.value for element in app.markdown)


def train(app):
    """Press the button, and look at the page until the run has ended."""
    named(app.button, say("train.start")).click().run()
    for _ in range(300):
        if say("train.stop") not in buttons(app):
            return app
        time.sleep(0.05)
        app.run()
    pytest.fail("still training")


def test_it_opens_with_a_finished_run_and_says_so(visit, shown):
    app = visit("train")
    pair, seen = next(iter(kept_pairs().items()))
    assert trainings().look(pair) is None  # nothing was trained for that
    points = f"{100.0 * difference(*seen)[0]:+.1f}"
    said = say("train.verdict.better", arm=say("train.arm.linear"), points=points)
    assert f"{said[0].upper()}{said[1:]}" in words(app)
    assert say("train.state.kept") in words(app)
    data = shown(app)
    assert data["width"] == 250
    assert data["panels"][0]["captions"][-1] == say("train.caption", right=percent(seen[0].accuracy[-1]))


def test_the_interval_over_draws_is_that_of_the_experiment():
    headline = read_results("linear_bottleneck").made["headline"]
    for shortcut in ("none", "bottleneck"):
        linear = Arm(shortcut=shortcut)
        pair = linear, replace(linear, activation="relu6")
        what = f"gain_dataset=digits_shortcut={shortcut}_width=2"
        expected = [headline[f"{name}_{what}"] for name in ("mean", "bound_low", "bound_high")]
        assert measured_draws(pair).mean(2) == pytest.approx(expected)
        assert measured_draws(pair[::-1]).mean(2)[0] == pytest.approx(-expected[0])
        assert draws_sentence(pair, measured_draws(pair)) == draws_sentence(pair[::-1], measured_draws(pair[::-1]))
    assert measured_draws((linear, replace(linear, activation="tanh"))) is None
    assert draws_sentence((replace(linear, width=5), replace(pair[1], width=5)), measured_draws(pair)) == ""


def test_every_preset_comes_with_the_package():
    assert list(kept_pairs()) == preset_pairs()


def test_both_arms_are_trained_and_others_see_the_same_run(visit, shown):
    query = {**SHORT, "n": "3"}
    app = visit("train", **query)
    assert say("train.verdict.none") in words(app)
    assert not app.get("download_button")
    train(app)
    assert shown(app)["widths"] == [0, 1, 2, 3, 4, 5]
    one, other = shown(app)["panels"]
    assert one["points"] != other["points"]
    again = visit("train", **query)
    assert say("train.start") not in buttons(again)
    assert shown(again)["panels"] == shown(app)["panels"]


def test_a_stopped_run_goes_on_from_where_it_was(visit):
    app = visit("train", steps="400", depth="2", n="5")
    named(app.button, say("train.start")).click().run()
    named(app.button, say("train.stop")).click().run()
    app.run()
    assert say("train.go-on") in buttons(app)
    stopped = re.escape(say("train.state.stopped", step="STEP", last=400)).replace("STEP", r"\d+")
    assert re.search(stopped, words(app))
    named(app.button, say("train.go-on")).click().run()
    assert say("train.stop") in buttons(app)
    named(app.button, say("train.stop")).click().run()


def test_a_run_that_others_watch_goes_on_when_one_of_them_stops_it_and_ends_with_the_last(visit):
    query = {"steps": "500", "depth": "3", "n": "7"}
    usual = {key: field.default for key, field in TRAIN_FIELDS.items()}
    pair = pair_of(usual | {key: int(value) for key, value in query.items()})
    one = visit("train", **query)
    named(one.button, say("train.start")).click().run()
    other = visit("train", **query)
    named(one.button, say("train.stop")).click().run()
    assert say("train.go-on") in buttons(one)
    assert say("train.state.others") in words(one)
    assert trainings().look(pair).goes_on
    named(other.button, say("train.stop")).click().run()
    for _ in range(100):  # well before who is not heard of any more would be taken for gone
        if not trainings().look(pair).goes_on:
            break
        time.sleep(0.05)
    assert trainings().look(pair).state == "stopped"


def test_another_draw_is_trained_at_once_and_told_beside_the_first(visit):
    app = train(visit("train", **SHORT, n="6"))
    named(app.button, say("train.another")).click().run()
    assert app.session_state["train"]["draw"] == 1
    for _ in range(300):
        if say("train.stop") not in buttons(app):
            break
        time.sleep(0.05)
        app.run()
    assert "draw 0: " in words(app)
    assert "draw 1: " in words(app)


def test_a_rate_that_diverges_is_told_with_its_step_and_the_numbers_of_the_other_arm_stand(visit):
    app = train(visit("train", **SHORT, rate="1e30", activation2="relu6"))
    told = words(app)
    assert say("train.verdict.failed", arm=say("train.arm.linear")) in told
    assert "diverged at step" in told


def test_equal_arms_are_told_to_be_equal(visit):
    assert say("train.verdict.same") in words(visit("train", activation2="linear"))


def test_what_the_arms_do_not_differ_in_is_asked_once(visit):
    app = visit("train", differs="width")
    labels = [widget.label for widget in [*app.slider, *app.selectbox]]
    assert labels.count(say("train.first")) == labels.count(say("train.second")) == 1
    assert labels.count(say("train.differs.activation")) == 1
    assert say("train.differs.width") not in labels


def test_arms_of_unequal_cost_are_told_to_be(visit):
    assert "Not at equal cost" in "\n".join(caption.value for caption in visit("train", differs="width").caption)


def pictures(classes, *, names="0123456789"):
    """An NPZ of the first 120 digits below so many classes."""
    file, data = io.BytesIO(), digits()
    data = data.take(np.flatnonzero(data.labels.numpy() < classes)[:120])
    images = (data.images[:, 0] * 255.0).round().numpy().astype(np.uint8)
    np.savez(file, images=images, labels=np.array([names[label] for label in data.labels]))
    return file.getvalue()


@pytest.mark.parametrize(
    ("limit", "enough", "sentence"),
    [
        ("MOST_MB", 1, "MOST_MB.npz is larger than 0 MB; take fewer pictures"),
        ("MOST_PIXELS", 7680, "120 pictures of 8 x 8 pixels have more than 7,679 in all; take fewer or smaller ones"),
        ("LONGEST_SIDE", 8, "the pictures of LONGEST_SIDE.npz have 8 pixels a side; make them at most 7, so that training"),
        ("MOST_CLASSES", 3, "MOST_CLASSES.npz has 3 classes; take at most 2 of them"),
    ],
)
def test_own_pictures_that_would_take_more_than_seconds_are_refused(limit, enough, sentence, monkeypatch):
    monkeypatch.setattr(files, limit, enough)
    files.read_own(Upload.of(f"enough-{limit}.npz", pictures(3)))
    monkeypatch.setattr(files, limit, enough - 1)
    with pytest.raises(ValueError, match=f"^{sentence}"):
        files.read_own(Upload.of(f"{limit}.npz", pictures(3)))


def test_names_of_own_classes_are_told_in_a_short_line():
    long = ["a" * 90, "b\nc", "d"]
    names = files.read_own(Upload.of("long.npz", pictures(3, names=long))).data.names
    assert names == ("a" * 39 + "…", "b c", "d")


def test_the_help_of_the_upload_says_what_it_takes():
    limits = f"At most {files.LONGEST_SIDE} pixels a side, {files.MOST_PIXELS:,} pixels in all, {files.MOST_CLASSES} classes."
    assert limits in say("train.own.help")


def test_own_pictures_are_trained_on_and_the_script_prints_what_the_page_shows(visit, charts, tmp_path, monkeypatch, capsys):
    app = visit("train", steps="30", depth="2", data="your file")
    assert say("train.own.none") in [info.value for info in app.info]
    app.get("file_uploader")[0].upload("own.npz", pictures(3), "application/zip").run()
    train(app)
    assert say("train.own.read", count=120, classes=3, height=8, width=8) in [caption.value for caption in app.caption]
    (tmp_path / "own.npz").write_bytes(pictures(3))
    monkeypatch.chdir(tmp_path)
    exec(next(code.value for code in app.code if "read_images('own.npz')" in code.value), {})
    printed = [float(line.split()[1]) for line in capsys.readouterr().out.splitlines()]
    ends = [np.frombuffer(b64decode(line["y"]["bdata"]), dtype=line["y"]["dtype"])[-1] for line in charts(app)[0]["data"]]
    assert ends == printed
    assert ends[0] != ends[1]
    assert say("share.command.none") in [caption.value for caption in app.caption]
    app.get("file_uploader")[0].upload("one.npz", pictures(1), "application/zip").run()
    reason = "training needs pictures of at least two classes, got 1"
    assert literal(say("train.own.refused.before", reason=reason)) in [error.value for error in app.error]
    assert any("read_images('own.npz')" in code.value for code in app.code)
