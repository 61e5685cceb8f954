"""What is seen without scrolling: of every page title, presets, picture, number and verdict, and what settles each question."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from manifold.ui.navigation import NAMES
from manifold.ui.pages.start.questions import QUESTIONS

SIZES = ((1366, 768), (1024, 768))
TITLE_AND_PRESETS = 150  # pixels

PANELS, CHART = "figure.panel canvas >> nth=-1", ".js-plotly-plot .main-svg >> nth=0"
NUMBERS, CAPTION = ".numbers dd >> nth=-1", "figcaption >> nth=-1"

FIRST = {
    "start": (PANELS, CAPTION),
    "spiral": (PANELS, NUMBERS),
    "where": (PANELS, NUMBERS),
    "channels": (CHART, "[data-testid=stMetric] >> nth=-1", "text=Add channels, or layers?"),
    "unrolling": (CHART, "[data-testid=stMetric] >> nth=3", "text=Unrolled."),
    "lifting": (PANELS, NUMBERS),
    "blocks": ("[data-testid=stImage]", PANELS, CAPTION),
    "network": (PANELS, "[data-testid=stMetric] >> nth=-1", "text=The trained network keeps it:"),
    "train": (PANELS, "strong >> text=/in this run/"),
    "exits": (PANELS, NUMBERS),
}
"""Of every page its picture, its number and its verdict, which may be one."""

SETTLED = {
    "image": ".js-plotly-plot >> nth=1",
    "inverse": "figcaption >> nth=3",
    "expansion": "[data-testid=stMetric] >> text=0.32%",
    "end": "figcaption >> text=/lost 3.%/",
    "everywhere": "strong >> text=/in this run/",
    "ablation": "strong >> text=/better by \\+/",
    "second-end": "figcaption >> text=/of the points lost/",
    "volume": "figcaption >> text=/of the points lost/",
    "bound": "text=does not hold",
    "names": "[data-testid=stImage]",
    "dimension": "[data-testid=stMetric] >> text=Dim., trained",
    "unrolling": "text=/13 .*lines/ >> nth=0",
    "layer": ".numbers >> text=yes",
    "saturation": "text=Add channels, or layers?",
    "dense": "[data-testid=stMetric] >> text=/dense, .* times/",
    "exits": ".numbers >> text=72%",
    "own": "[data-testid=stFileUploader]",
    "settings": "text=one picture with one T proves nothing",
    "hand-on": "a[href='#share'] >> nth=0",
}
"""What settles a question in the state that it leads to."""


def bottom(page, selector):
    """The lowest pixel of the one element that a selector finds."""
    found = page.locator(selector)
    found.wait_for()
    box = found.bounding_box()
    return box["y"] + box["height"]


@pytest.mark.parametrize("name", NAMES)
def test_picture_number_and_verdict_of_a_page_are_seen_without_scrolling(open_page, name):
    page = open_page(name, wait_for="stMain", viewport=SIZES[0])
    page.locator(FIRST[name][0]).wait_for()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for _ in range(100):  # until the page has taken the size
            page.wait_for_timeout(100)
            seen = {selector: bottom(page, selector) for selector in FIRST[name]}
            if max(seen.values()) <= height:
                break
        assert max(seen.values()) <= height, seen
        bars = page.locator("h1, .st-key-presets [data-testid=stButtonGroup]")
        assert sum(bars.evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().height)")) <= TITLE_AND_PRESETS
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_in_viewport()
    expect(page.locator(FIRST[name][0].split(" >> ")[0]).first).to_be_in_viewport()


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_settles_a_question_is_on_the_first_screen_of_its_link(open_page, question):
    name, state = QUESTIONS[question]
    page = open_page(f"{name}?{urlencode(state)}", wait_for="stMain", viewport=SIZES[0])
    assert bottom(page, SETTLED[question]) <= SIZES[0][1]
