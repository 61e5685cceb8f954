"""Unrolling and lifting in a real Chromium: what only the browser can show."""

import re

import numpy as np
from playwright.sync_api import expect

from tests.e2e.conftest import wait_until_quiet

CAMERA = "() => document.querySelector('.js-plotly-plot')._fullLayout.scene._scene.getCamera().eye"


def test_the_roll_is_seen_from_where_the_address_says_and_k_changes_the_map(open_page):
    page = open_page("unrolling?points=1000&turn=90&tilt=0", wait_for="stPlotlyChart")
    page.locator(".gl-container canvas").first.wait_for()
    eye = page.evaluate(CAMERA)
    assert (abs(eye["x"]) + abs(eye["z"])) < 1e-6 * eye["y"]
    error = page.get_by_test_id("stMetricValue").nth(3)
    shown = error.inner_text()
    page.get_by_role("slider", name="Neighbours k").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**k=11**")
    expect(error).not_to_have_text(shown)
    page.locator(".gl-container canvas").first.wait_for()
    np.testing.assert_allclose(list(page.evaluate(CAMERA).values()), list(eye.values()), atol=1e-6)


def test_the_mouse_turns_the_roll(open_page):
    page = open_page("unrolling?points=500", wait_for="stPlotlyChart")
    scene = page.locator(".gl-container canvas").first
    scene.wait_for()
    before, box = page.evaluate(CAMERA), scene.bounding_box()
    page.wait_for_timeout(500)
    page.mouse.move(box["x"] + 160, box["y"] + 180)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 140, steps=8)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert page.evaluate(CAMERA) != before


def test_points_in_parts_are_joined_by_one_click(open_page):
    page = open_page("unrolling?k=2&points=500", wait_for="stPlotlyChart")
    expect(page.get_by_test_id("stAlert")).to_contain_text("with k = 2 the points fall into")
    page.get_by_role("button", name="Take k =").click()
    page.wait_for_url("**/unrolling?k=*&points=500")
    expect(page.get_by_text("The truth", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_own_points_are_unrolled_and_coloured_by_a_column_of_words(open_page):
    page = open_page("unrolling?dataset=your file&points=300", wait_for="stPlotlyChart")
    expect(page.get_by_text("until then the swiss roll is shown")).to_be_visible()
    rng = np.random.default_rng(0)
    rows = [f"{x},{y},{x * y},{'left' if x < 0 else 'right'}" for x, y in rng.normal(size=(900, 2))]
    content = "\n".join(["x,y,z,side", *rows]).encode()
    page.locator("input[type=file]").set_input_files({"name": "own.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_text("own.csv has 900 rows; 300 of them, evenly spaced, are shown.")).to_be_visible()
    expect(page.locator(".legendtext").filter(has_text="left").first).to_be_visible()
    expect(page.get_by_role("combobox", name="Colour", exact=True)).to_have_value("Its own colour")


def test_a_training_is_played_back_and_turned_without_the_server(open_page):
    page = open_page("lifting?lift=trained", viewport=(1024, 768))
    moment, space = page.get_by_test_id("width"), page.locator("canvas").nth(1)
    expect(moment).to_have_text("step 800")
    expect(page.get_by_role("definition").nth(1)).to_have_text("100%")
    seen = space.evaluate("canvas => canvas.toDataURL()")
    count = wait_until_quiet(page, open_page.sent)
    page.get_by_test_id("play").click()
    expect(moment).not_to_have_text("step 800")
    page.wait_for_timeout(500)  # so long it has had to say something
    assert len(open_page.sent) == count > 0
    page.get_by_test_id("play").click()
    expect(moment).to_have_text(re.compile(r"^step \d{1,2}$"))
    count = wait_until_quiet(page, open_page.sent)
    box = space.bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    page.mouse.up()
    assert space.evaluate("canvas => canvas.toDataURL()") != seen
    assert len(open_page.sent) == count
