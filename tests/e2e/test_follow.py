"""A point is clicked and followed through the layer without the server, on the page and in a document."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from manifold.nets.training.kept import kept_pairs
from manifold.planes.document import html_document
from manifold.text import say
from manifold.ui.controls import TYPICAL_DRAW
from manifold.ui.one_draw.layers import Setting, draw_layers
from manifold.ui.pages.blocks.views import BlockSetting, draw_blocks
from manifold.ui.pages.network.setting import NetworkSetting
from manifold.ui.pages.spiral.views import panels_data
from manifold.ui.pages.train.views import planes_data
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


def rows_of(page):
    """The texts of the table's cells, the head first."""
    return [line.split("\t") for line in page.get_by_test_id("equations").locator("tr").all_inner_texts()]


def chosen(page):
    """The number of the point that is told of, from 0."""
    return int(re.search(r"\d+", page.get_by_test_id("told").inner_text())[0]) - 1


def test_a_point_is_followed_through_a_block_place_by_place_without_the_server(open_page):
    page = open_page("blocks?n=2&end=relu6&readout=affine&lang=en")
    page.get_by_text(say("share.open")).wait_for()
    told = page.get_by_test_id("told")
    expect(told).to_have_text(say("journey.block.hint"))
    count = wait_until_quiet(page, open_page.sent)
    click(page, 0, (0.87, 0.45))
    expect(told).not_to_have_text(say("journey.block.hint"))
    point = chosen(page) - 1
    page.keyboard.press("ArrowLeft")
    expect(told).to_contain_text(f"Point {point + 1} ")
    setting = BlockSetting("inverted", "same", 1, 1, 6.0, "relu6", "affine", 0, TYPICAL_DRAW)
    cloud, (signals,) = draw_blocks(setting, [2])
    _, *rows = rows_of(page)
    x = cloud.points[point]
    np.testing.assert_allclose(numbers(told.inner_text()), x, atol=ROUNDED)
    for place, row in (("Inside", rows[2]), ("Narrow, ReLU6", rows[3]), ("Output, ReLU6", rows[4])):
        signal = signals[place]
        answer = signal.read("affine").recovered[point]
        np.testing.assert_allclose(numbers(" ".join(row[4:])), [*answer, np.linalg.norm(answer - x)], atol=ROUNDED)
        assert row[1] == str(signal.hidden.shape[1])
        assert row[3] == say(f"journey.left.{signal.rank[point]}")
    active = (signals["Inside"].hidden[point] > 0.0) & (signals["Inside"].hidden[point] < 6.0)
    assert (rows[0][2], rows[2][2]) == ("\u2013", str(active.sum()))
    assert len(open_page.sent) == count > 0
    page.locator("figure.panel canvas").first.press("Escape")
    expect(told).to_have_text(say("journey.block.hint"))


def test_a_view_is_followed_from_layer_to_layer_without_the_server(open_page):
    page = open_page("network?count=40&size=32&depth=16&lang=en", viewport=(1366, 768))
    page.get_by_text(say("share.open")).wait_for()
    count = wait_until_quiet(page, open_page.sent)
    canvas = page.locator("figure.panel canvas").last
    drawn = canvas.evaluate("canvas => canvas.toDataURL()")
    canvas.press("ArrowRight")
    canvas.press("ArrowUp")
    picture = page.get_by_test_id("picture")
    expect(picture).to_be_visible()
    assert canvas.evaluate("canvas => canvas.toDataURL()") != drawn
    setting = NetworkSetting("efficientnet_lite0", "trained", "palace", None, None, "rotation-zoom", 40, 32, 0, 0)
    chart = setting.views(**setting.scaling).chart
    number = chart[:, 0].argsort()[10]  # the arrow keys turn the camera
    expect(page.get_by_test_id("told")).to_contain_text(f"View {number + 1} ")
    angle, zoom = chart[number]
    np.testing.assert_allclose(numbers(page.get_by_test_id("told").inner_text()), [np.degrees(angle), np.exp(zoom)], atol=0.051)
    head, *rows = rows_of(page)
    assert head == [say("journey.column.depth"), say("real.map.trained"), say("real.map.random")]
    np.testing.assert_allclose(numbers(rows[0][1]), numbers(rows[0][2]))  # both see the same pixels
    assert rows[-1][1] != rows[-1][2]
    assert page.get_by_test_id("equations").locator("[aria-current]").inner_text().startswith("block 16")
    assert picture.get_attribute("aria-label") == page.get_by_test_id("told").inner_text()
    assert len(open_page.sent) == count > 0


def test_a_picture_is_followed_through_a_training_without_the_server_and_in_a_document(open_page, browser, tmp_path):
    page = open_page("train?lang=en", wait_for="stBaseButton-primary", viewport=(1366, 768))
    page.get_by_text(say("share.open")).wait_for()
    count = wait_until_quiet(page, open_page.sent)
    pair, seen = next(iter(kept_pairs().items()))
    file = tmp_path / "train.html"
    file.write_bytes(html_document(planes_data(pair, seen, ["a", "b"]), title="Train", claim="Follow", command="python"))
    context = browser.new_context()
    document, problems = context.new_page(), []
    document.on("console", lambda message: problems.append(message.text))
    document.goto(file.as_uri())
    for shown in (page, document):
        canvas = shown.locator("figure.panel canvas").first
        canvas.press("ArrowRight")
        canvas.press("ArrowRight")
        expect(shown.get_by_test_id("told")).to_contain_text("picture 2 ")
        for moment, row in zip(range(len(seen[0].steps))[::-1], rows_of(shown)[1:], strict=True):
            assert row[0] == say("train.step", step=seen[0].steps[moment])
            for arm, cell in zip(seen, row[1:], strict=True):
                assert cell.startswith(f"{arm.names[arm.said[moment, 1]]} ")
                np.testing.assert_allclose(numbers(cell), arm.places[moment, 1], atol=2 * ROUNDED)
    document.get_by_role("slider", name=say("lifting.slider")).press("Home")
    expect(document.get_by_test_id("equations").locator("tr")).to_have_count(2)  # so far there is the first step alone
    for shown in (page, document):
        expect(shown.get_by_test_id("picture")).to_be_visible()
    assert len(open_page.sent) == count > 0
    context.close()
    assert problems == []
