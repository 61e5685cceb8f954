"""What stands on a page is what the library computes: every number, the colours, and where the links of Start lead."""

from urllib.parse import parse_qsl

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from manifold import is_injective, make_cloud, random_stream, rank_shares, recover_widths, recover_with, redecode, sectors
from manifold.metrics import decoder_share, lost_share, nmse
from manifold.plots import RANK_COLORS, RANK_COLORS_ON_DARK, chart_colors
from manifold.text import entries, error_number, percent, say, say_lost
from manifold.theory import collapsed_fraction
from manifold.ui.navigation import NAMES, PAGES, page_title
from manifold.ui.one_draw.layers import WIDTHS, Setting, plane_frames, reading_frames, spiral_frames
from manifold.ui.pages.start.questions import BAD, QUESTIONS
from manifold.ui.presets import presets

PANELS = ("start", "spiral", "where", "blocks")  # the pages whose picture the browser redraws itself
LINK = {
    "dataset": "star",
    "noise": "0.02",
    "activation": "relu6",
    "embedding": "uniform",
    "scale": "7.5",
    "seed": "3",
    "draw": "2",
}


@pytest.fixture(scope="module")
def recoveries():
    """What LINK describes, at every width, by the route of a reader who has only the library."""
    rng = random_stream(3, 2)
    points = make_cloud("star,noise=0.02", 500, scale=7.5, rng=rng).points
    return recover_widths(points, widths=WIDTHS, embedding="uniform", activation="relu6", rng=rng)


def numbers(data):
    return {number["label"]: number["values"] for number in data["numbers"]}


def test_the_numbers_of_the_spiral_are_those_of_its_own_layer(visit, shown, recoveries):
    values = numbers(shown(visit("spiral", **LINK)))
    assert values[say("spiral.number.error")] == [error_number(nmse(r)) for r in recoveries]
    assert values[say("spiral.number.best")] == [error_number(nmse(redecode(r, "posterior"))) for r in recoveries]
    assert values[say("spiral.number.lost")] == [percent(lost_share(r)) for r in recoveries]
    assert values[say("spiral.number.share")] == [percent(decoder_share(r)) for r in recoveries]


def test_the_numbers_of_the_plane_are_those_of_its_own_layer(visit, shown, recoveries):
    points, injective = numbers(shown(visit("where", **LINK))).values()
    assert points == [percent(lost_share(r)) for r in recoveries]
    assert injective == [say("number.no")] * len(WIDTHS)


def test_the_numbers_of_the_plane_under_relu_are_those_of_its_sectors(visit, shown, recoveries):
    points, directions, expected, injective = numbers(shown(visit("where", **{**LINK, "activation": "relu"}))).values()
    as_relu = [through_relu(r) for r in recoveries]
    assert points == [percent(lost_share(r)) for r in as_relu]
    assert directions == [percent(rank_shares(sectors(r.matrix))[:2].sum()) for r in as_relu]
    assert expected == [percent(collapsed_fraction(n, 2)) for n in WIDTHS]
    assert injective == [say("number.yes") if is_injective(r.matrix) else say("number.no") for r in as_relu]
    assert len(set(injective)) == 2


def through_relu(recovery):
    """The same points through the same T, and ReLU."""
    return recover_with(recovery.points, recovery.layer.with_activation("relu"))


def test_the_plane_has_three_colours_and_a_sentence_for_each_rank_in_light_and_in_dark(visit, shown):
    data = shown(visit("where"))
    assert data["region_colors"] == {"light": list(RANK_COLORS), "dark": list(RANK_COLORS_ON_DARK)}
    slots = {name: f"{{{name}}}" for name in ("active", "width", "x", "y", "sector")}
    told = [say(f"where.place.{place}", **slots) for place in ("rank-0", "rank-1", "linear")]
    assert data["messages"] == [f"{sentence} {say('where.place.sector', **slots)}" for sentence in told]
    assert shown(visit("where", activation="relu6"))["messages"] == told  # whose pieces are no sectors


@pytest.mark.parametrize("frames", [spiral_frames, reading_frames, plane_frames])
def test_colours_run_along_the_manifold_in_light_and_in_dark(frames):
    setting = Setting("two rings", None, "gaussian", "relu", "inverse", 1.0, seed=0, draw=0)
    cloud = make_cloud("two rings", 500, rng=random_stream(0))
    sent = frames(setting)[0]["colors"]
    for mode, on_dark in (("light", False), ("dark", True)):
        rgb = np.array([to_rgb(color) for color in sent[mode]])
        np.testing.assert_allclose(rgb, chart_colors(cloud, on_dark=on_dark)[:, :3], atol=0.5 / 255 + 1e-9)
    assert sent["light"] != sent["dark"]


def test_start_leads_from_every_question_to_the_state_that_settles_it_and_to_every_page(visit):
    app = visit("start")
    links = [(link.proto.page, link.proto.label.strip("*"), dict(parse_qsl(link.proto.query_string))) for link in app.page_link]
    asked = entries("start", "questions")
    expected = [("start", say("lecture.start"), {"lecture": "0"})]
    expected += [(name, asked[question].name, state) for question, (name, state) in QUESTIONS.items()]
    expected += [(name, page_title(name), {}) for column in range(3) for name in NAMES[1:][column::3]]  # as the page is read
    assert links == expected
    told = [asked[question].sentence for question in QUESTIONS]
    seen = [say("start.bad", seen=each) if question in BAD else each for question, each in zip(QUESTIONS, told, strict=True)]
    assert [caption.value for caption in app.caption if caption.value in seen] == seen


@pytest.mark.parametrize("name", PANELS)
def test_the_width_of_a_link_is_the_width_of_the_picture(visit, shown, name):
    assert shown(visit(name, n="32"))["width"] == 32


def test_every_folder_is_a_page_that_the_menu_names():
    assert {path.parent.name for path in PAGES.glob("*/page.py")} == set(NAMES)


@pytest.mark.parametrize(("name", "default"), [("spiral", "5"), ("where", "5"), ("blocks", "4")])
def test_choosing_a_setting_worth_seeing_sets_the_whole_page_to_it(visit, name, default):
    app = visit(name, n="17", seed="9")
    known = presets(name)
    for chosen in (list(known)[-1], next(iter(known))):
        preset = known[chosen]
        app.pills[0].set_value(chosen).run()
        assert not app.exception
        assert {key: value[-1] if isinstance(value, list) else value for key, value in app.query_params.items()} == dict(
            item for item in preset.values.items() if item != ("n", default)
        )
        assert app.pills[0].value == chosen


@pytest.mark.parametrize(("activation", "known"), [("relu", True), ("relu6", True), ("silu", False), ("hardswish", False)])
def test_what_may_be_lost_is_not_called_lost(visit, shown, activation, known):
    """Of SiLU, GELU and h-swish only a bound on the share of lost points is known."""
    spiral, where = (shown(visit(name, activation=activation, n="2")) for name in ("spiral", "where"))
    assert (say("spiral.number.lost") in numbers(spiral)) == (say("where.number.lost") in numbers(where)) == known
    assert say_lost("spiral.number.lost", known=known) in numbers(spiral)
    assert (
        ("possibly" in spiral["panels"][-1]["captions"][0]) == ("possibly" in where["panels"][0]["captions"][0]) == (not known)
    )
    labels = {metric.label for metric in visit("channels", activation=activation).metric}
    assert say_lost("channels.number.lost", known=known) in labels
