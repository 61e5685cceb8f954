"""A page for who does not see well, or has no mouse: axe-core's rules in both themes, and the keyboard."""

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from manifold.text import say
from manifold.ui.navigation import NAMES

SETTLED = "() => !document.querySelector('[data-testid=stStatusWidget], [data-stale=true], [data-testid=stSpinner]')"
RUN = "chosen => axe.run({exclude: ['[data-stale=true]']}, {resultTypes: ['violations'], ...chosen})"
STREAMLITS = {"presentation-role-conflict": 'data-testid="stFileUploaderDropzone"'}
"""Rules that Streamlit's own elements break, and what marks these: the place for files has a name, but is no control."""

COLOURS = ("color-contrast", "link-in-text-block")
"""Rules that a theme decides; names and roles are the same in both."""


def violations(page, *rules):
    """What these rules of axe-core, or all, find on a page, but for Streamlit's own: rule, place, element."""
    chosen = {"runOnly": list(rules)} if rules else {}
    found = page.evaluate(RUN, chosen)["violations"]
    spots = [(rule["id"], node["target"], node["html"]) for rule in found for node in rule["nodes"]]
    return [(rule, *spot) for rule, *spot in spots if rule not in STREAMLITS or STREAMLITS[rule] not in spot[-1]]


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_in_light_and_dark(open_page, name):
    page = open_page(name, wait_for="stMain")
    page.emulate_media(reduced_motion="reduce")  # nothing is half faded then
    page.get_by_text(say("start.class" if name == "start" else "share.open")).wait_for()  # the last thing on the page
    page.wait_for_function(SETTLED)
    if name not in ("channels", "unrolling"):  # which have no panels
        expect(page.get_by_test_id("play").last).not_to_be_empty()  # what draws them has come
    page.evaluate(AXE_SCRIPT)
    light = violations(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("getComputedStyle(document.querySelector('.stApp')).colorScheme === 'dark'")
    page.wait_for_timeout(300)  # the run that a theme begins
    page.wait_for_function(SETTLED)
    dark = violations(page, *COLOURS)
    page.emulate_media(reduced_motion="no-preference")
    assert (light, dark) == ([], [])


def test_axe_finds_what_is_wrong(open_page):
    page = open_page("where")
    page.evaluate(AXE_SCRIPT)
    page.locator("canvas").first.evaluate("canvas => (canvas.role = 'img', canvas.ariaLabel = '')")
    assert [rule for rule, *_ in violations(page, "role-img-alt")] == ["role-img-alt"]


def test_a_place_is_pointed_at_and_a_number_explained_by_keyboard(open_page):
    page = open_page("where")
    plane, readout = page.locator("canvas").first, page.get_by_test_id("readout")
    page.get_by_role("slider", name="Channels n").focus()
    page.keyboard.press("Tab")
    expect(plane).to_be_focused()
    expect(plane).to_have_attribute("aria-label", re.compile("n = 5. 16% of the points lost. .* arrow keys"))
    assert plane.evaluate("canvas => getComputedStyle(canvas).outlineWidth") == "3px"
    page.keyboard.press("ArrowRight")
    expect(readout).to_contain_text("0.00")
    page.keyboard.press("Tab")
    told = page.locator(".helped").first
    expect(told).to_be_focused()
    shown = "label => getComputedStyle(label, '::after').content"
    assert told.get_attribute("aria-description") in told.evaluate(shown)
    page.keyboard.press("Escape")
    assert told.evaluate(shown) == "none"
