"""The page Dense and early exits in a real Chromium: the slider moves pictures without the server."""

from playwright.sync_api import expect


def test_pictures_change_their_exit_while_the_slider_moves_and_the_address_follows(open_page):
    page = open_page("exits", wait_for="panels")
    expect(page.get_by_test_id("width")).to_have_text("Threshold 0.8")
    canvases = page.locator("figure.panel canvas")
    page.get_by_role("slider", name="Threshold").focus()
    drawn = [canvases.nth(number).evaluate("canvas => canvas.toDataURL()") for number in range(4)]
    page.keyboard.press("End")
    expect(page.get_by_text("0 leave here, 0 wrong")).to_have_count(2)
    expect(page.get_by_text("355 leave here")).to_be_visible()
    expect(page.get_by_text("no saving")).to_be_visible()
    after = [canvases.nth(number).evaluate("canvas => canvas.toDataURL()") for number in range(4)]
    assert all(new != old for new, old in zip(after, drawn, strict=True))
    page.wait_for_url("**/exits?threshold=1")
    page.get_by_text("Dense connections", exact=True).click()
    page.wait_for_url("**view=dense*")
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(3)
