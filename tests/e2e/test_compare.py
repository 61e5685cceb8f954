"""Two settings side by side in a real Chromium: on every page that compares both headings, both numbers and the difference."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from manifold import EMBEDDINGS, make_cloud, random_stream, rank_shares, recover_widths, redecode, sectors, sweep
from manifold.metrics import lost_share, nmse
from manifold.nets import BLOCKS, block_paths, formula_cost, recover_kind, trace
from manifold.nets.training.arms import difference
from manifold.nets.training.kept import kept_pairs
from manifold.plots import short_number
from manifold.sweeps.curves import expected_losses
from manifold.text import dimension_number, error_number, percent, r_squared, say, small_share
from manifold.theory import collapsed_fraction
from manifold.ui.beside.numbers import tell_gap
from manifold.ui.lecture.settings import network_setting, train_pair
from manifold.ui.pages.network.setting import as_images
from tests.e2e.test_first_screen import SIZES, bottom

VALUE = ".numbers dd"


@pytest.fixture
def compare(open_page):
    """Function: a comparison opened by its address, all that it says on the first screen of both sizes."""

    def compare(address, *first_screen):
        page = open_page(address, wait_for="stMain", viewport=SIZES[0])
        for selector in first_screen:
            page.locator(selector).first.wait_for()
        page.get_by_text(say("share.open")).wait_for()  # the last thing on the page
        for width, height in SIZES[::-1]:
            page.set_viewport_size({"width": width, "height": height})
            for _ in range(100):  # until the page has taken the size
                page.wait_for_timeout(100)
                lowest = {each: bottom(page, f"{each} >> nth={page.locator(each).count() - 1}") for each in first_screen}
                if max(lowest.values()) <= height:
                    break
            assert max(lowest.values()) <= height, lowest
        return page

    return compare


def titles(page):
    """Headings of the panels, without what each panel is."""
    return [text.split("\n")[0] for text in page.locator("figure h2").all_text_contents()]


def draw(activation, width, scale=1.0, number=5):
    """A draw of the spiral through a layer, as the pages open with it."""
    rng = random_stream(0, number)
    points = make_cloud("spiral", 500, scale=scale, rng=rng).points
    return recover_widths(points, widths=list(range(2, 41)), embedding="gaussian", activation=activation, rng=rng)[width - 2]


def test_spiral_shows_linear_and_relu6_and_plays_both(compare):
    page = compare("spiral?activation=relu6&scale=5&beside=activation~linear~scale~5", "figcaption", VALUE)
    assert titles(page) == ["linear", "linear", "ReLU6", "ReLU6"]
    for width in (5, 6):
        expect(page.get_by_test_id("width")).to_have_text(f"n = {width}")
        sides = [draw(activation, width, 5.0) for activation in ("linear", "relu6")]
        told = []
        for each in sides:
            best, lost = error_number(nmse(redecode(each, "posterior"))), percent(lost_share(each))
            told += [say("panel.error", error=error_number(nmse(each))), say("panel.error-and-lost", error=best, lost=lost)]
        expect(page.locator("figcaption")).to_have_text(told)
        gaps = [tell_gap("error", *map(nmse, sides)), tell_gap("lost", *map(lost_share, sides))]
        expect(page.locator(VALUE)).to_have_text(gaps)
        page.get_by_role("slider", name=say("panel.width")).press("ArrowRight")
    page.wait_for_url("**n=7**")
    page.get_by_role("button", name=say("compare.swap")).press("Enter")
    expect(page.locator("figure h2 >> nth=0")).to_have_text(re.compile("^ReLU6"))
    page.wait_for_url("**beside=activation~relu6~scale~5")
    page.get_by_role("button", name=say("compare.end")).press("Enter")
    expect(page.locator("figure h2 >> nth=0")).to_have_text(say("one-draw.input"))
    page.wait_for_url("**activation=linear&scale=5")


def test_where_shows_two_draws(compare):
    page = compare("where?draw=323&beside=~", "figcaption", VALUE)
    assert titles(page) == [say("compare.value.draw", value=number) for number in (5, 323)]
    sides = [draw("relu", 5, number=number) for number in (5, 323)]
    lost = [lost_share(each) for each in sides]
    told = [say("one-draw.points-lost", share=percent(share)) for share in lost]
    expect(page.locator("figcaption")).to_have_text(told)
    directions = [rank_shares(sectors(each.matrix))[:2].sum() for each in sides]
    expect(page.locator(VALUE)).to_have_text([tell_gap("lost", *lost), tell_gap("directions", *directions)])
    heard = page.locator("canvas").evaluate_all("all => all.map(canvas => canvas.role + canvas.ariaLabel)")
    assert all(said in label for said, label in zip(told, heard, strict=True))
    images = page.locator("canvas").evaluate_all("all => all.map(canvas => canvas.toDataURL())")
    assert images[0] != images[1]


def test_channels_shows_relu_and_relu6(compare):
    page = compare(
        "channels?activation=relu6&scale=5&beside=scale~5", ".st-key-channels-lost-kept", ".st-key-channels-lost-own"
    )
    expect(page.locator(".st-key-picture h2")).to_have_text(["ReLU", "ReLU6"])
    points = 5.0 * make_cloud("spiral", 1000, rng=random_stream(0)).points
    lost = [collapsed_fraction(12, 2), expected_losses([12], points, embedding="gaussian", activation="relu6")[0]]
    common = {"n_points": 48, "width": 12, "decoder": "inverse", "draws": 1000, "scale": 5.0}
    counts = {"relu": 500, "relu6": 48}
    error = [sweep(activation=name, **common | {"n_points": count})["nmse"].median() for name, count in counts.items()]
    said(page, say("channels.number.lost"), "lost", lost, small_share)
    said(page, say("channels.number.median"), "error", error, error_number)


def said(page, label, what, sides, write):
    """A key number of both sides, and the difference."""
    both = say("compare.both", left=write(sides[0]), right=write(sides[1]))
    told = page.locator("[data-testid=stMarkdown] p", has_text=f"{label}: {both}").first
    expect(told).to_contain_text(f"{label}: {both}")
    expect(told).to_contain_text(tell_gap(what, *map(float, sides)))


def test_blocks_shows_residual_and_inverted(compare):
    page = compare("blocks?beside=block~residual", "figcaption", VALUE, "[data-testid=stImage] img")
    places = [say(f"blocks.place.{place}") for place in ("Output", "Output, linear")]
    expect(page.locator("figure h2")).to_have_text([f"Residual\n{places[0]}", f"Inverted residual\n{places[1]}"])
    readings = []
    for name in ("residual", "inverted"):
        rng = random_stream(0, 5)
        points, layer = make_cloud("spiral", 300, rng=rng).points, EMBEDDINGS["gaussian"](4, 2, rng=rng)
        signals = recover_kind(BLOCKS[name], 4, 4, points, layer, stride=1, expand_ratio=BLOCKS[name].ratio, rng=rng)
        readings.append(signals["Output, linear" if name == "inverted" else "Output"].read("exact"))
    told = [(nmse(each), lost_share(each)) for each in readings]
    captions = [say("panel.error-and-lost", error=error_number(error), lost=percent(lost)) for error, lost in told]
    expect(page.locator("figcaption")).to_have_text(captions)
    gaps = [tell_gap(what, one, two) for what, one, two in zip(("error", "lost"), *told, strict=True)]
    expect(page.locator(VALUE)).to_have_text(gaps)
    costs = [formula_cost(BLOCKS[name](4, 4, 1, BLOCKS[name].ratio), (4, 28, 28)) for name in ("residual", "inverted")]
    said(page, say("blocks.number.macs"), "macs", [cost.macs for cost in costs], short_number)
    said(page, say("blocks.number.parameters"), "parameters", [cost.parameters for cost in costs], short_number)


def test_network_shows_trained_and_random(compare):
    page = compare("network?count=40&size=32&weights=random&beside=count~40~size~32", "figcaption", VALUE)
    assert titles(page) == [say("real.short.trained"), say("real.short.random")]
    setting = network_setting({"count": "40", "size": "32"})
    views = setting.views(**setting.scaling)
    rows = []
    for arm in ("trained", "random"):
        model = setting.model(arm, as_images(views))
        rows.append(trace(model, views, sites=list(block_paths(model))).table.query("kind == 'block'").iloc[-1])
    scores = [(float(row["knn_r2"]), float(row["two_nn"])) for row in rows]
    captions = [say("real.caption", read=r_squared(read), dimension=dimension_number(size)) for read, size in scores]
    for caption, told in zip(captions, page.locator("figcaption").all_text_contents(), strict=True):
        assert told.startswith(caption)
    gaps = [tell_gap(what, *pair) for what, *pair in zip(("read", "dimension"), *scores, strict=True)]
    expect(page.locator(VALUE)).to_have_text(gaps)


def test_train_shows_two_and_sixteen_channels(compare):
    page = compare(
        "train?n=16&beside=~", ".st-key-train-curves-kept", ".st-key-train-curves-own", f"text=/{say('compare.ahead')}/"
    )
    expect(page.locator(".st-key-picture h2")).to_have_text([say("train.arm.width", count=count) for count in (2, 16)])
    seen = [kept_pairs()[train_pair({"n": n})] for n in ("2", "16")]
    arms = (say("train.arm.linear"), say("train.arm.activation", name="ReLU6"))
    for place, label in enumerate(arms):
        said(page, label, "right-answers", [float(np.mean(pair[place].right)) for pair in seen], percent)
    gains = [difference(*pair)[0] for pair in seen]
    said(page, say("compare.ahead"), "ahead", gains, lambda gain: f"{100.0 * gain:+.1f}")
