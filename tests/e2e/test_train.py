"""Train it in a real Chromium: a training is watched, replayed without the server, and stopped."""

import re

from playwright.sync_api import expect

from manifold.text import say
from tests.e2e.conftest import wait_until_quiet


def test_a_training_is_watched_and_then_played_without_the_server(open_page):
    page = open_page("train?steps=40&depth=2&n=3", wait_for="stBaseButton-primary")
    page.get_by_role("button", name=say("train.start")).click()
    expect(page.get_by_test_id("width")).to_have_text("step 40")
    expect(page.get_by_role("button", name=say("train.stop"))).to_have_count(0)
    expect(page.locator("figcaption").first).to_have_text(re.compile(r"\d+% right"))
    seen = page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")
    count = wait_until_quiet(page, open_page.sent)
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("width")).not_to_have_text("step 40")
    page.wait_for_timeout(500)  # so long it has had to say something
    assert page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()") != seen
    assert len(open_page.sent) == count > 0
