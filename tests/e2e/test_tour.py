"""The tour of n channels: it turns without the server, stops, is scrubbed by keys, and a link shows the same picture again."""

import re

import pytest
from playwright.sync_api import expect

from manifold.layer.tour import seen_share
from manifold.planes.document import html_document
from manifold.text import say
from manifold.ui.controls import TYPICAL_DRAW
from manifold.ui.one_draw.layers import Setting, tour_frames, toured
from tests.e2e.conftest import wait_until_quiet

pytestmark = pytest.mark.xdist_group("browser")

SETTING = Setting("spiral", None, "gaussian", "relu", "inverse", 1.0, 0, TYPICAL_DRAW)
LINK = "spiral?n=12&view=tour&at=120"


def pictures(page):
    page.wait_for_timeout(150)
    return page.locator("figure.panel canvas").evaluate_all("canvases => canvases.map(canvas => canvas.toDataURL())")


def seen(at):
    cloud, recovery, frame = toured(SETTING, 12, at)
    return [round(100.0 * seen_share(values, frame)) for values in (cloud.points @ recovery.matrix.T, recovery.hidden)]


def test_a_tour_is_scrubbed_by_keys_plays_without_the_server_and_is_kept_in_the_link(open_page):
    page = open_page(LINK)
    page.get_by_text(say("share.open")).wait_for()
    button, told = page.get_by_test_id("play"), page.locator("figcaption")
    expect(button).to_have_text(say("panel.play"))  # a link to a place shows that place
    expect(told.first).to_have_text(say("tour.seen", seen=seen(120)[0]))
    expect(told.last).to_have_text(say("tour.seen", seen=seen(120)[1]))
    canvas = page.locator("figure.panel canvas").first
    expect(canvas).to_have_attribute("aria-label", re.compile(rf"24%. {seen(120)[0]}% of it"))
    before = pictures(page)
    slider = page.get_by_role("slider", name=say("tour.slider"))
    slider.focus()
    page.keyboard.press("PageUp")
    page.wait_for_url(re.compile(r"at=(?!120)\d+"))
    turned = pictures(page)
    assert all(one != other for one, other in zip(before, turned, strict=True))
    count = wait_until_quiet(page, open_page.sent)
    assert count > 0
    button.click()
    expect(button).to_have_text(say("panel.pause"))
    moving = [page.wait_for_timeout(300) or pictures(page)[0] for _ in range(4)]
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("readout")).to_contain_text("1 of 500")
    assert len(set(moving)) == 4
    assert len(open_page.sent) == count
    button.click()
    again = open_page(LINK)
    expect(again.locator("figcaption").first).to_have_text(say("tour.seen", seen=seen(120)[0]))
    assert pictures(again) == before


def test_a_tour_sets_out_by_itself_unless_one_wants_no_motion_and_is_a_document_too(browser, tmp_path):
    data = {**tour_frames.__wrapped__(SETTING, 5), "width": 0, "plays": True}
    (tmp_path / "tour.html").write_bytes(html_document(data, title="Tour", claim="Turns", command="python"))
    for motion, word in (("no-preference", "pause"), ("reduce", "play")):
        context, problems = browser.new_context(reduced_motion=motion), []
        page = context.new_page()
        page.on("console", lambda message, problems=problems: problems.append(message.text))
        page.on("request", lambda request, problems=problems: request.url.startswith("file:") or problems.append(request.url))
        page.goto((tmp_path / "tour.html").as_uri())
        expect(page.get_by_test_id("play")).to_have_text(say(f"panel.{word}"))
        first, second = pictures(page), pictures(page)
        assert (first == second) == (motion == "reduce")
        context.close()
        assert problems == []
