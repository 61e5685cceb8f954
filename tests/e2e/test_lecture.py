"""A whole lecture by keyboard alone, in both languages; its class, full screen, controls, and who does not see well."""

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from manifold.text import LANGUAGE, section
from manifold.ui.lecture.steps import STEPS
from tests.e2e.conftest import wait_until_quiet
from tests.e2e.test_access import violations
from tests.e2e.test_first_screen import FIRST, bottom

WALKS = {"en": ((1366, 768), "light"), "ko": ((1024, 768), "dark")}


def asked(name, language):
    """The question of a step."""
    token = LANGUAGE.set(language)
    try:
        return section("lecture", f"{name}-question")
    finally:
        LANGUAGE.reset(token)


@pytest.mark.parametrize("language", WALKS)
def test_a_whole_lecture_is_given_by_keyboard_and_every_picture_and_number_is_on_one_screen(open_page, language):
    viewport, theme = WALKS[language]
    page = open_page(f"start?lecture=0&lang={language}", wait_for="place", viewport=viewport, color_scheme=theme)
    for number, (name, step) in enumerate(STEPS.items(), 1):
        page.keyboard.press("ArrowRight")
        page.wait_for_url(re.compile(rf"lecture={number}(&|$)"))
        expect(page.locator(".lecture-question")).to_have_text(asked(name, language))
        expect(page.locator(".lecture-claim")).to_have_count(0)
        page.keyboard.press("ArrowRight")
        page.wait_for_url(re.compile(rf"/{step.page}\?.*lecture={number}-shown"))
        expect(page.locator(".lecture-right")).to_have_count(1)
        expect(page.locator(".lecture-claim")).to_have_count(1)
        page.locator(FIRST[step.page][0]).wait_for()
        places = (".lecture-bars", ".st-key-lecture-number", FIRST[step.page][0])
        for _ in range(60):  # seconds, until what is drawn has its height
            page.wait_for_timeout(1000)
            seen = {place: bottom(page, place) for place in places}
            if max(seen.values()) <= viewport[1]:
                break
        assert max(seen.values()) <= viewport[1], (name, seen)
    expect(page.get_by_test_id("place")).to_contain_text("15")
    page.keyboard.press("ArrowRight")  # nothing comes after
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"lecture=15(&|$)"))
    page.keyboard.press("Home")
    page.wait_for_url(re.compile(r"lecture=0(&|$)"))


def test_keys_show_the_controls_and_fill_the_screen_but_not_from_a_field_of_text_and_a_steered_slider_keeps_its_arrows(
    open_page,
):
    page = open_page("spiral?lecture=3-shown&n=2", wait_for="width")
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).to_be_hidden()
    page.keyboard.press("b")
    expect(sidebar).to_be_visible()
    expect(page.get_by_test_id("controls")).to_have_attribute("aria-pressed", "true")
    field = sidebar.get_by_role("spinbutton").first
    field.focus()
    page.keyboard.press("b")
    page.keyboard.press("ArrowRight")
    expect(sidebar).to_be_visible()
    slider = page.get_by_role("slider", name="Channels n")
    slider.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("width")).to_contain_text("3")
    page.wait_for_url(re.compile("n=3"))
    assert "lecture=3-shown" in page.url
    page.mouse.click(700, 5)
    wait_until_quiet(page, open_page.sent)
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null", polling=200)
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null", polling=200)
    page.keyboard.press("b")
    expect(sidebar).to_be_hidden()
    page.keyboard.press("PageUp")
    page.wait_for_url(re.compile("lecture=3(&|$)"))


def test_a_class_bets_on_its_telephones_and_sees_the_bets_when_the_lecturer_shows_the_picture(open_page):
    lecturer = open_page("start?lecture=1", wait_for="place")
    address = lecturer.get_by_text(re.compile(r"\?join=")).inner_text()
    phone = open_page(address.split("/")[-1], wait_for="stMain", viewport=(390, 844))
    phone.get_by_role("button", name="B 5", exact=True).click()
    expect(lecturer.get_by_text("1 has bet")).to_be_visible()
    phone.reload()  # and it is the same visitor
    phone.get_by_role("button", name="B 5", exact=True).wait_for()
    phone.get_by_role("button", name="C 500").click()
    expect(phone.get_by_text("You bet on C")).to_be_visible()
    expect(lecturer.get_by_text("1 has bet")).to_be_visible()
    phone.evaluate(AXE_SCRIPT)
    assert violations(phone) == []
    lecturer.evaluate(AXE_SCRIPT)
    assert violations(lecturer) == []
    lecturer.keyboard.press("ArrowRight")
    expect(phone.locator(".lecture-right")).to_contain_text("5")
    expect(phone.get_by_role("link", name="Open this view")).to_have_attribute("href", re.compile(r"start\?n=5$"))
    expect(lecturer.locator(".lecture-bars li").nth(2)).to_contain_text("1")
    lecturer.evaluate(AXE_SCRIPT)
    assert violations(lecturer) == []
    phone.evaluate(AXE_SCRIPT)
    assert violations(phone) == []
