"""The page How many channels in a real Chromium: the slider, the dimensions, and the words that follow them."""

import re

from playwright.sync_api import expect


def test_expansion_and_dimensions_change_the_words_and_the_address(open_page):
    page = open_page("channels", wait_for="stPlotlyChart")
    expect(page.get_by_text("94% of all layers of 12 channels")).to_be_visible()
    page.get_by_role("slider", name=re.compile("Expansion")).focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/channels?n=11")
    expect(page.get_by_text("A bottleneck of 11 channels.")).to_be_visible()
    page.get_by_role("radio", name="8", exact=True).click()
    page.wait_for_url("**/channels?n=40&dimension=8")  # 5.5 channels a dimension are not measured; 5 are
    expect(page.get_by_text("fewer than 6.70 channels for each")).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(2)
    page.get_by_text("Leaky ReLU", exact=True).click()
    page.wait_for_url("**/channels?n=2&activation=leaky_relu")
    expect(page.get_by_text("Nothing: every output says which value it came from.")).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(2)
