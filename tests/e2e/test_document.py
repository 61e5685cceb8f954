"""Interactive figures as files, opened from a disk without any server: they play, turn and answer the pointer."""

import re

import pytest
from playwright.sync_api import expect

from experiments.__main__ import main
from manifold.text import section

pytestmark = pytest.mark.xdist_group("browser")

PIXELS = "canvas => canvas.toDataURL()"
ORDERS = {
    "spiral": (),
    "collapse_map": (),
    "lift": ("--set", "lift=trained", "--set", "shown=1", "--set", 'datasets=["two rings"]'),
    "swiss_roll": ("--set", "methods=landmark-isomap", "--set", "n_points=300"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    for name, words in ORDERS.items():
        assert main(["run", name, "--quick", "--draws", "1", "--format", "html", "--out", str(folder), *words]) == 0
    return folder


@pytest.fixture
def open_file(browser, files):
    """Open a document; the test fails if the browser reports anything, or asks for anything but the file."""
    context, problems = browser.new_context(), []

    def open_file(name, *, size=(1366, 768), color_scheme="light"):
        page = context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=color_scheme)
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or problems.append(request.url))
        page.goto((files / name / "figure.html").as_uri())
        page.locator("canvas").first.wait_for()
        return page

    yield open_file
    context.close()
    assert problems == []


def pictures(page):
    page.wait_for_timeout(150)
    return page.locator("canvas").evaluate_all("canvases => canvases.map(canvas => canvas.toDataURL())")


def test_the_spiral_plays_and_scrubs_by_button_slider_and_keys(open_file):
    page = open_file("spiral")
    width, button = page.get_by_test_id("width"), page.get_by_test_id("play")
    expect(width).to_have_text("n = 5")
    before = pictures(page)
    button.click()
    expect(button).to_have_text("Pause")
    expect(width).not_to_have_text("n = 5")
    page.locator("h1").click()
    page.keyboard.press(" ")
    expect(button).to_have_text("Play")
    after = pictures(page)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False, False]
    page.get_by_role("slider", name="Channels n").focus()
    page.keyboard.press("End")
    expect(width).to_have_text("n = 40")
    page.keyboard.press("ArrowLeft")
    expect(width).to_have_text("n = 39")
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "n = 39")


def test_the_plane_tells_what_is_lost_where_it_is_pointed_at(open_file):
    page = open_file("collapse_map")
    told, plane = page.get_by_test_id("readout"), page.get_by_role("application").first
    expect(told).to_have_text(section("where", "hint"))
    before = pictures(page)[0]
    box = plane.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"])
    expect(told).to_have_text(re.compile(r"^At \(−0\.\d+, −0\.\d+\) .* 5 channels .* Its sector is \d+° wide\.$"))
    assert pictures(page)[0] != before
    page.mouse.move(5, 5)
    expect(told).to_have_text(section("where", "hint"))
    plane.focus()
    page.keyboard.press("ArrowRight")
    expect(told).to_have_text(re.compile(r"^At \(0\.00, 0\.00\)"))


@pytest.mark.parametrize(("name", "panel"), [("lift", 1), ("swiss_roll", 0)])
def test_space_plays_and_is_turned_by_mouse_and_keys(open_file, name, panel):
    page = open_file(name)
    before = pictures(page)
    space = page.locator("canvas").nth(panel)
    box = space.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 110, steps=4)
    page.mouse.up()
    turned = pictures(page)
    assert [one == other for one, other in zip(before, turned, strict=True)] == [place != panel for place in range(2)]
    space.focus()
    page.keyboard.press("ArrowLeft")
    assert pictures(page)[panel] != turned[panel]
    moment = page.get_by_test_id("width").inner_text()
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("width")).not_to_have_text(moment)


@pytest.mark.parametrize("size", [(1366, 768), (1024, 768), (390, 844)])
@pytest.mark.parametrize("name", ORDERS)
def test_a_document_fits_the_window_and_follows_its_colours(open_file, name, size):
    page = open_file(name, size=size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    light = pictures(page)
    page.emulate_media(color_scheme="dark")
    assert all(one != other for one, other in zip(light, pictures(page), strict=True))


def test_no_other_script_style_or_picture_is_let_in(browser, files):
    context = browser.new_context()
    page = context.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto((files / "spiral" / "figure.html").as_uri())
    page.evaluate("""() => {
        document.body.append(Object.assign(document.createElement("script"), { textContent: "window.intruder = true" }));
        document.body.append(Object.assign(document.createElement("style"), { textContent: "body { display: none }" }));
        document.body.append(Object.assign(document.createElement("img"), { src: "https://example.org/picture.png" }));
    }""")
    page.wait_for_timeout(300)
    assert page.evaluate("[window.intruder, getComputedStyle(document.body).display]") == [None, "block"]
    assert len(refused) == 3
    assert all("Content Security Policy" in message for message in refused)
    context.close()
