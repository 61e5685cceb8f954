"""The switch between languages, in a real Chromium."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect


def test_the_menu_speaks_another_language_and_keeps_the_view(open_page):
    page = open_page("spiral?n=9&activation=tanh")
    heading, menu = page.locator("h1"), page.get_by_test_id("stTopNavLink")
    menu.filter(has_text="한국어").first.click()
    expect(heading).to_have_text("나선")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.get_by_test_id("width")).to_have_text(re.compile("9$"))
    assert "lang=ko" in page.url
    assert {"n=9", "activation=tanh"} <= set(urlsplit(page.url).query.split("&"))
    expect(page.get_by_test_id("stSidebar")).to_contain_text("float64")  # as tanh alone is told
    menu.filter(has_text="블록").first.click()  # the language goes with the visitor
    expect(heading).to_have_text("블록")
    menu.filter(has_text="English").first.click()
    expect(heading).to_have_text("Blocks")
    expect(page.locator("html")).to_have_attribute("lang", "en")
