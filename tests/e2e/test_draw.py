"""A curve drawn by mouse and by finger: it is shown at once, kept in the link, and the page's Python has the same numbers."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from manifold import make_cloud, random_stream, recover
from manifold.clouds.drawn import MOST_CORNERS, read_path
from manifold.metrics import nmse
from manifold.text import error_number, say
from manifold.ui.controls import TYPICAL_DRAW

pytestmark = pytest.mark.xdist_group("browser")

TOUCH = """(canvas, places) => {
  const { left, top, width } = canvas.getBoundingClientRect();
  const send = (type, [x, y]) => canvas.dispatchEvent(new PointerEvent(type, {
    clientX: left + x * width, clientY: top + y * width,
    pointerId: 7, pointerType: "touch", isPrimary: true, button: 0, bubbles: true,
  }));
  canvas.setPointerCapture = () => {};
  send("pointerdown", places[0]);
  places.slice(1).forEach((place) => send("pointermove", place));
  send("pointerup", places.at(-1));
}"""


def path_of(page):
    return parse_qs(urlsplit(page.url).query)["path"][0]


def test_a_curve_is_drawn_by_mouse_and_a_second_by_finger_and_a_link_shows_both(open_page):
    page = open_page("spiral?dataset=drawn")
    pad, caption = page.get_by_test_id("pad"), page.locator("figcaption").nth(2)
    before = caption.inner_text()
    assert pad.evaluate("canvas => getComputedStyle(canvas).touchAction") == "none"
    box = pad.bounding_box()
    at = [(0.1, 0.9), (0.5, 0.2), (0.9, 0.8)]
    for i, (x, y) in enumerate(at):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=12)
        if i == 0:
            page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile("path=x"))
    (drawn,) = read_path(path_of(page))
    assert 3 <= len(drawn) < 12
    assert abs(drawn[0] - [100, 100]).max() < 12
    assert abs(drawn[-1] - [900, 200]).max() < 12
    expect(caption).not_to_have_text(before)
    pad.evaluate(TOUCH, [[0.1 + 0.8 * i / 400, 0.5 + 0.3 * (i % 2)] for i in range(400)])
    page.wait_for_url(re.compile(r"path=.*_x"))
    path = path_of(page)
    assert 0 < sum(map(len, read_path(path))) <= MOST_CORNERS
    rng = random_stream(0, TYPICAL_DRAW)
    expected = nmse(recover(make_cloud(f"drawn,path={path}", 500, rng=rng).points, width=5, rng=rng))
    shown = say("panel.error", error=error_number(expected))
    expect(caption).to_have_text(shown)
    expect(page.get_by_role("textbox", name=say("pad.corners"))).to_have_value(path)
    again = open_page(page.url.rpartition("/")[2])
    expect(again.locator("figcaption").nth(2)).to_have_text(shown)
