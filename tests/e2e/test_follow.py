"""A point is clicked and followed through the layer without the server, on the page and in a document."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from manifold.planes.document import html_document
from manifold.text import say
from manifold.ui.controls import TYPICAL_DRAW
from manifold.ui.one_draw.layers import Setting, draw_layers
from manifold.ui.pages.spiral.views import panels_data
from tests.e2e.conftest import wait_until_quiet

pytestmark = pytest.mark.xdist_group("browser")

SETTING = Setting("spiral", None, "gaussian", "relu6", "doubled", 4.0, 0, TYPICAL_DRAW)
LINK = "spiral?activation=relu6&decoder=doubled&scale=4&n=20"
ROUNDED = 0.006  # two decimals, and what is sent of an answer


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


def check(page, width):
    """What is told of the chosen point, against the library; its number."""
    told, table = page.get_by_test_id("told").inner_text(), page.get_by_test_id("equations").locator("tr").all_inner_texts()
    point, *answers = told.split("\n")
    number = int(re.search(r"\d+", point)[0]) - 1
    _, (seen,) = draw_layers(SETTING, [width])
    x, z, active = seen.points[number], seen.matrix @ seen.points[number], seen.rows.active[number]
    np.testing.assert_allclose(numbers(point), [*x, *x] if seen.rank[number] == 2 else x, atol=ROUNDED)
    assert f"{active.sum()}, from {width} channels" in point
    for line, answer in zip(answers, [x, seen.recovered[number], seen.best.recovered[number]], strict=True):
        np.testing.assert_allclose(numbers(line), [*answer, np.linalg.norm(answer - x)], atol=ROUNDED)
    order = np.argsort(~active, kind="stable")
    assert len(table) - 1 - (width > 12) == len(order[:12])
    for line, k in zip(table[1:], order[:12], strict=False):
        name, before, after, equation = line.split("\t")
        assert int(name) == k + 1
        np.testing.assert_allclose(numbers(f"{before} {after}"), [z[k], seen.hidden[number, k]], atol=ROUNDED)
        a, b = seen.matrix[k]
        assert np.abs(np.abs(numbers(equation)[:2]) - np.abs([a, b])).max() < ROUNDED
        assert equation.endswith(f"= {before}" if active[k] else "≤ 0" if z[k] <= 0 else "≥ 6")
    return number, active.sum()


def click(page, panel, place):
    canvas = page.locator("figure.panel canvas").nth(panel)
    box = canvas.bounding_box()
    canvas.click(position={"x": place[0] * box["width"], "y": place[1] * box["height"]})


def test_a_click_and_keys_follow_a_point_through_every_width_without_the_server(open_page):
    page = open_page(LINK)
    page.get_by_text(say("share.open")).wait_for()
    told, table = page.get_by_test_id("told"), page.get_by_test_id("equations")
    expect(told).to_have_text(say("follow.hint"))
    before = page.locator("figure.panel canvas").first.evaluate("canvas => canvas.toDataURL()")
    count = wait_until_quiet(page, open_page.sent)
    assert count > 0
    click(page, 0, (0.87, 0.42))
    expect(table.locator("tr")).to_have_count(14)
    number, _ = check(page, 20)
    (seen,) = draw_layers(SETTING, [20])[1]
    assert np.abs(seen.points[number] / 4.0 - [0.74 * 1.2, 0.16 * 1.2]).max() < 0.12
    assert page.locator("figure.panel canvas").first.evaluate("canvas => canvas.toDataURL()") != before
    page.keyboard.press("ArrowLeft")
    expect(told).to_contain_text(f"{number} ")
    assert check(page, 20)[0] == number - 1
    assert len(open_page.sent) == count
    page.get_by_role("slider", name=say("panel.width")).press("Home")
    expect(table.locator("tr")).to_have_count(3)
    check(page, 2)
    page.locator("figure.panel canvas").first.press("Escape")
    expect(told).to_have_text(say("follow.hint"))
    expect(table.locator("tr")).to_have_count(0)


def test_a_document_follows_a_point_too(browser, tmp_path):
    file = tmp_path / "spiral.html"
    file.write_bytes(html_document(panels_data(SETTING, 3, "decoders"), title="Spiral", claim="Follow", command="python"))
    assert file.stat().st_size < 1_000_000
    context = browser.new_context()
    page, problems = context.new_page(), []
    page.on("console", lambda message: problems.append(message.text))
    page.on("request", lambda request: request.url.startswith("file:") or problems.append(request.url))
    page.goto(file.as_uri())
    click(page, 3, (0.5, 0.5))
    page.locator("figure.panel canvas").last.press("ArrowRight")
    expect(page.get_by_test_id("equations").locator("tr")).to_have_count(4)
    check(page, 3)
    context.close()
    assert problems == []
