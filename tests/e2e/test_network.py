"""Real network in a real Chromium: the maps play without the server."""

import re

from playwright.sync_api import expect

from manifold.text import say
from tests.e2e.conftest import wait_until_quiet


def test_the_maps_play_through_the_network_without_the_server_and_the_address_keeps_the_place(open_page):
    page = open_page("network?count=40&size=32&depth=16", viewport=(1366, 768))
    place, maps = page.get_by_test_id("width"), page.locator("canvas")
    expect(place).to_have_text("block 16")
    page.get_by_text(say("share.open")).wait_for()  # the last thing on the page
    seen = maps.nth(0).evaluate("canvas => canvas.toDataURL()")
    page.get_by_test_id("play").click()
    expect(place).to_have_text("logits")
    count = wait_until_quiet(page, open_page.sent)
    page.get_by_test_id("play").click()
    expect(place).to_have_text(re.compile(r"^block \d$"))
    assert len(open_page.sent) == count > 0
    assert maps.nth(0).evaluate("canvas => canvas.toDataURL()") != seen
    page.get_by_role("slider", name=say("real.depth")).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("depth="))
    expect(page.get_by_test_id("stMetricValue").first).to_be_visible()
