"""The main paths through the app, in a real Chromium."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from manifold import make_cloud, random_stream, recover, redecode
from manifold.layer.decoders import observe
from manifold.layer.embeddings import EMBEDDINGS
from manifold.metrics import nmse
from manifold.nets import InvertedResidual, formula_cost
from manifold.plots import EXTENT, chart_colors, figure_bytes, figure_recovery
from manifold.text import say
from manifold.ui.controls import TYPICAL_DRAW
from manifold.ui.navigation import NAMES, page_title
from manifold.ui.one_draw.layers import WIDTHS
from tests.e2e.conftest import wait_until_quiet

TITLES = [page_title(name) for name in NAMES]
PICTURE = dict.fromkeys(("channels", "unrolling"), "stPlotlyChart")  # of the pages without the panels that the browser redraws

ALL_PAINTED = """canvases => canvases.every(canvas => {
    const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return new Set(pixels).size > 2;
})"""  # every canvas shows more than one colour on its ground


def width(page):
    return page.get_by_test_id("width").inner_text()


def captions(page):
    return page.locator("figcaption").all_inner_texts()


def wait_until(page, holds):
    for _ in range(1200):
        if holds():
            return
        page.wait_for_timeout(100)
    pytest.fail("not within two minutes")


def query(page):
    return {key: values[-1] for key, values in parse_qs(urlsplit(page.url).query).items()}


def go_to(page, title):
    page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"^{title}$")).first.click()
    expect(page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"^{title}$")).first).to_be_visible()
    page.wait_for_url(f"**/{NAMES[TITLES.index(title)]}*")
    page.get_by_test_id("width").wait_for()


def press(page, key, times=1):
    page.get_by_role("slider", name="Channels n").focus()
    for _ in range(times):
        page.keyboard.press(key)


@pytest.mark.parametrize("name", NAMES)
def test_every_page_shows_its_picture_and_at_1024_pixels_nothing_needs_scrolling_sideways(open_page, name):
    page = open_page(name, wait_for=PICTURE.get(name, "panels"))
    expect(page.locator("h1")).to_be_visible()
    if name in PICTURE:
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    else:
        panels = page.locator("figure.panel canvas")
        expect(panels.first).to_be_visible()
        wait_until(page, lambda: panels.evaluate_all(ALL_PAINTED))
    page.set_viewport_size({"width": 1024, "height": 768})
    page.wait_for_timeout(500)
    inner, outer = page.get_by_test_id("stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
    assert inner <= outer


def test_the_root_address_leads_to_start_and_keeps_what_it_says(open_page):
    page = open_page("?n=7")
    page.wait_for_url("**/start?n=7")
    assert width(page) == "n = 7"


def test_the_slider_needs_no_server_until_it_rests_and_then_the_address_knows(open_page):
    """The slider is dragged: while the mouse is down it does not rest, however slow the machine. What is drawn comes once."""
    page = open_page("spiral")
    page.get_by_text(say("share.open")).wait_for()  # the last thing on the page: nothing moves any more
    before = wait_until_quiet(page, open_page.sent)
    assert before > 0
    seen = []
    start, slider = 5, page.get_by_role("slider", name="Channels n")
    box, thumb, (first, last) = slider.bounding_box(), 22, (WIDTHS[0], WIDTHS[-1])
    for n in (start, 6, 7, 8, 9):
        along = thumb / 2 + (box["width"] - thumb) * (n - first) / (last - first)
        page.mouse.move(box["x"] + along, box["y"] + box["height"] / 2)
        if n == start:
            page.mouse.down()
        expect(page.get_by_test_id("width")).to_have_text(f"n = {n}")
        seen.append(page.locator("canvas").nth(2).evaluate("canvas => canvas.toDataURL()"))
    assert len(set(seen)) == 5
    assert len(open_page.sent) == before
    drawing = sum(map(len, open_page.received))
    open_page.received.clear()
    page.mouse.up()
    page.wait_for_url("**/spiral?n=9")
    wait_until_quiet(page, open_page.received)
    assert len(open_page.sent) == before + 1
    assert sum(map(len, open_page.received)) < drawing / 10


def test_a_link_reopens_the_view(open_page):
    first = open_page("spiral?activation=relu6&scale=10&dataset=star")
    press(first, "ArrowRight", 7)
    first.wait_for_url("**n=12**")
    second = open_page(first.url.rpartition("/")[2])
    assert query(second) == query(first) == {"n": "12", "activation": "relu6", "scale": "10", "dataset": "star"}
    assert captions(second) == captions(first)


def test_a_preset_sets_address_and_picture(open_page):
    page = open_page("spiral")
    before = captions(page)
    page.get_by_text("Doubled", exact=True).click()
    page.wait_for_url("**/spiral?n=30&decoder=doubled")
    expect(page.get_by_test_id("width")).to_have_text("n = 30")
    assert captions(page) != before
    expect(page.get_by_text("most of the error was only the size")).to_be_visible()


def test_pages_keep_their_state_while_others_are_visited(open_page):
    page = open_page("spiral?n=9&seed=3")
    go_to(page, "Where it is lost")
    expect(page.get_by_test_id("width")).to_have_text("n = 5")
    go_to(page, "Start")
    go_to(page, "Spiral")
    page.wait_for_url("**/spiral?n=9&seed=3")
    expect(page.get_by_test_id("width")).to_have_text("n = 9")


def test_a_question_on_the_start_page_opens_the_view_that_settles_it(open_page):
    page = open_page("start")
    page.get_by_role("link", name="Which settings teach something").click()
    page.wait_for_url("**/spiral?draw=27")  # n=5 is the default, and leaves the address
    page.get_by_test_id("width").wait_for()


def test_play_moves_through_the_widths_and_pause_stops(open_page):
    page = open_page("spiral")
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("width")).not_to_have_text(re.compile("^n = [56]$"))
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("play")).to_have_text(say("panel.play"))
    stopped = width(page)
    page.wait_for_timeout(800)
    assert width(page) == stopped
    page.wait_for_url(f"**n={stopped.removeprefix('n = ')}")


@pytest.mark.parametrize(("activation", "scale"), [("relu", 1.0), ("relu6", 8.0)])
def test_pointing_at_a_place_tells_the_rows_that_are_active_there(open_page, activation, scale):
    """12 places over three widths, the reading compared with the ranks that the library computes."""
    page = open_page(f"where?activation={activation}&scale={scale:g}")
    rng = np.random.default_rng(1)
    for n in (2, 3, 8):
        press(page, "Home")
        press(page, "ArrowRight", n - 2)
        expect(page.get_by_test_id("width")).to_have_text(f"n = {n}")
        layer = EMBEDDINGS["gaussian"](n, 2, activation=activation, rng=random_stream(0, TYPICAL_DRAW))
        canvas = page.locator("canvas").first
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        for place in clear_places(4, rng, layer, scale):
            at = (place * [1.0, -1.0] / EXTENT + 1.0) / 2.0 * [box["width"], box["height"]]
            page.mouse.move(box["x"] + at[0], box["y"] + at[1])
            rows = observe(scale * place[None], layer).rows
            told = {0: "none of the", 1: "one equation for two unknowns", 2: "recovered exactly"}[int(rows.rank[0])]
            readout = page.get_by_test_id("readout")
            expect(readout).to_contain_text(told)
            if rows.rank[0]:
                expect(readout).to_contain_text(f"{rows.active.sum()} of {n} channels")


def clear_places(count, rng, layer, scale):
    """Random places of the panel around which, within about three pixels, the same rows are active."""
    around = 0.02 * EXTENT * np.array([[0, 0], [1, 1], [1, -1], [-1, 1], [-1, -1]])
    while count:
        place = rng.uniform(-0.95, 0.95, 2) * EXTENT
        active = observe(scale * (place + around), layer).rows.active
        if (active == active[0]).all():
            count -= 1
            yield place


def test_a_click_keeps_the_place_and_escape_lets_it_go(open_page):
    page = open_page("where")
    canvas, readout = page.locator("canvas").first, page.get_by_test_id("readout")
    hint = readout.inner_text()
    canvas.click(position={"x": 50, "y": 60})
    page.mouse.move(0, 0)
    expect(readout).to_contain_text("At (")
    page.keyboard.press("Escape")
    expect(readout).to_have_text(hint)


def test_files_can_be_taken_away(open_page):
    page = open_page("spiral?n=3")
    starts = {"SVG": b"<?xml", "PDF": b"%PDF", "PNG": b"\x89PNG", "CSV": b"x,y,chart_1,hidden_1,"}
    for kind, start in starts.items():
        content = download(page, kind)
        assert content.startswith(start)
        if kind == "SVG":
            assert without_metadata(content) == expected_svg(3, 0)
            assert b"python -m experiments run spiral" in content


def download(page, kind):
    button = page.get_by_role("button", name=kind, exact=True)
    if not button.count():
        page.get_by_text(say("share.open")).click()
    with page.expect_download() as waiting:
        button.click()
    return waiting.value.path().read_bytes()


def expected_svg(n, seed):
    rng = random_stream(seed, TYPICAL_DRAW)
    cloud = make_cloud("spiral", 500, rng=rng)
    result = recover(cloud.points, width=n, rng=rng)
    return without_metadata(figure_bytes(figure_recovery(result, chart_colors(cloud), symbol="T⁺"), "svg"))


def without_metadata(svg):
    """The figure without what its file says of itself, the claim and the command."""
    return re.sub(rb"<title>.*?</title>\s*|<metadata>.*?</metadata>\s*", b"", svg, flags=re.DOTALL)


def test_two_browsers_on_two_states_never_see_each_others_figure(open_page):
    states = {5: open_page("spiral?n=6&seed=5"), 6: open_page("spiral?n=6&seed=6")}
    for n in (7, 8):
        for page in states.values():
            press(page, "ArrowRight")
        for seed, page in states.items():
            page.wait_for_url(f"**n={n}**")
            rng = random_stream(seed, TYPICAL_DRAW)
            result = recover(make_cloud("spiral", 500, rng=rng).points, width=n, rng=rng)
            expect(page.locator("figcaption").nth(2)).to_have_text(f"NMSE {nmse(result):.2g}")
        files = {seed: without_metadata(download(page, "SVG")) for seed, page in states.items()}
        assert files == {seed: expected_svg(n, seed) for seed in states}


def test_own_points_are_shown_and_stay_when_a_bad_file_comes_in_their_place(open_page):
    page = open_page("spiral?n=3&dataset=your file")
    expect(page.get_by_text("until then the spiral is shown")).to_be_visible()
    points = np.random.default_rng(0).normal(size=(40, 2))
    lines = "".join(f"{x},{y}\n" for x, y in points)
    upload(page, "own.csv", b"x,y\n" + lines.encode())
    expect(page.locator("figcaption").first).to_have_text("40 points, 2 channels")
    own = captions(page)
    for name, content, sentence in [
        ("letters.csv", b"1,2\n3,four\n", "line 2 of letters.csv has 'four', which is not a number"),
        ("ragged.csv", b"1,2\n3\n", "line 2 of ragged.csv has 1 values"),
        ("binary.csv", b"\xff\x00\x01", "binary.csv is binary"),
        ("empty.csv", b"\n", "empty.csv is empty"),
        ("far.csv", b"1e308,1e308\n1e308,1e308\n", "are the same"),
        ("![x](http://localhost/x.png).csv", b"1,a\n", "http://localhost/x.png).csv has 'a'"),
    ]:
        upload(page, name, content)
        expect(page.get_by_test_id("stAlert")).to_contain_text(sentence)
        wait_until(page, lambda: captions(page) == own)


def upload(page, name, content):
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def test_a_mangled_link_is_explained_and_the_rest_of_it_holds(open_page):
    page = open_page("spiral?n=999&activation=rleu&nonsense=1&seed=9")
    sentences = ("n=999: must be between 2 and 40", "Did you mean 'relu'?", "nonsense=1: is not a setting of this page")
    for place, sentence in enumerate(sentences):
        expect(page.get_by_test_id("stAlert").nth(place)).to_contain_text(sentence)
    page.wait_for_url("**/spiral?seed=9")
    assert width(page) == "n = 5"


def test_text_in_a_link_becomes_no_image(open_page):
    page = open_page("spiral?activation=![i](http://localhost:1/i.png)")
    joined = "\u2060?"  # which stops a link, and is not seen
    expect(page.get_by_test_id("stAlert")).to_contain_text(re.compile(rf"!\[i\]\({joined}http://localhost:{joined}1/i\.png\)"))
    assert page.get_by_test_id("stAlert").locator("img").count() == 0


def test_three_channels_can_be_turned_in_space(open_page):
    page = open_page("spiral?n=3&view=space", wait_for="stPlotlyChart")
    scenes = page.locator(".gl-container canvas")
    expect(scenes).to_have_count(2)
    before = page.get_by_test_id("stPlotlyChart").first.screenshot()
    box = scenes.first.bounding_box()
    page.wait_for_timeout(500)
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 150, steps=5)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert page.get_by_test_id("stPlotlyChart").first.screenshot() != before


def test_light_and_dark_follow_the_system_and_both_are_painted(open_page):
    script = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    pages = [open_page("where", color_scheme=scheme) for scheme in ("light", "dark")]
    light, dark = (page.evaluate(script) for page in pages)
    assert light == "rgb(255, 255, 255)"
    assert max(map(int, re.findall(r"\d+", dark))) < 40
    for page in pages:
        panels = page.locator("figure.panel canvas")
        wait_until(page, lambda panels=panels: panels.evaluate_all(ALL_PAINTED))


def test_the_numbers_beside_the_picture_are_the_librarys(open_page):
    page = open_page("spiral?n=5")
    rng = random_stream(0, TYPICAL_DRAW)
    result = recover(make_cloud("spiral", 500, rng=rng).points, width=5, rng=rng)
    shown = dict(zip(page.locator("dt").all_inner_texts(), page.locator("dd").all_inner_texts(), strict=True))
    assert shown["Error of the decoder"] == f"{nmse(result):.2g}"
    assert shown["Error of the best decoder"] == f"{nmse(redecode(result, 'posterior')):.2g}"
    assert shown["Points lost"] == f"{(result.rank < 2).mean():.0%}"


def test_the_switch_at_the_narrow_place_is_in_the_address_the_diagram_and_the_code(open_page):
    page = open_page("blocks?n=2")
    diagram = page.get_by_test_id("stImage").locator("img")
    before = diagram.get_attribute("src")
    page.get_by_test_id("stSidebar").get_by_text("ReLU6", exact=True).click()
    page.wait_for_url("**/blocks?n=2&end=relu6")
    expect(diagram).not_to_have_attribute("src", before)
    expect(page.get_by_text("bottleneck_activation='relu6'").first).to_be_visible()


def test_a_blocks_diagram_and_cost_follow_the_slider(open_page):
    page = open_page("blocks")
    parameters = page.get_by_test_id("stMetricValue").first
    expect(parameters).to_have_text("512")
    press(page, "ArrowRight")
    page.wait_for_url("**/blocks?n=6")
    expect(parameters).to_have_text(f"{formula_cost(InvertedResidual(6, 6), (6, 28, 28)).parameters:,}")


def test_a_block_can_be_taken_away(open_page):
    page = open_page("blocks?n=3&block=sandglass")
    assert download(page, "SVG").startswith(b"<?xml")
    assert download(page, "CSV").startswith(b"x,y,chart_1,inside_x,inside_y,inside_rank,narrow_linear_x,")


SEEN = """elements => elements.filter(each => {
    let opacity = 1;
    for (let at = each; at; at = at.parentElement) opacity *= getComputedStyle(at).opacity;
    return opacity > 0.05;
}).length"""  # how many of the elements are in sight


def test_while_something_is_computed_nothing_old_stands_beside_something_new(open_page):
    page = open_page("unrolling?method=autoencoder&points=1000&draw=3", wait_for="stMetric")
    old = page.get_by_test_id("stMain").locator(".stPlotlyChart, .stMetric, h2")
    wait_until(page, lambda: old.evaluate_all(SEEN) == old.count() > 6)
    page.get_by_role("button", name=say("control.other-points")).click()
    expect(page.get_by_text(say("unrolling.training"))).to_be_visible()
    wait_until(page, lambda: old.evaluate_all(SEEN) == 0)
    expect(page.get_by_text(say("unrolling.training"))).to_be_visible()
    wait_until(page, lambda: old.evaluate_all(SEEN) == old.count() > 6)
    assert query(page)["draw"] == "4"


def test_the_panels_stay_in_sight_while_the_costs_of_the_width_that_they_moved_to_are_computed(open_page):
    page = open_page("blocks")
    shares = page.get_by_test_id("stMain").locator(".stBidiComponent, [data-testid=stBidiComponentRegular]")
    press(page, "ArrowRight")
    for _ in range(15):
        assert shares.evaluate_all(SEEN) == shares.count() > 0
        page.wait_for_timeout(100)
