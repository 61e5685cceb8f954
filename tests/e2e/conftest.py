"""The app on a free local port, and a real Chromium to drive it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Playwright, expect, sync_playwright

expect.set_options(timeout=120_000)  # a busy machine is slow, not wrong

ROOT = Path(__file__).parents[2]
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]


def pytest_collection_modifyitems(items):
    """The browser comes first: one worker drives it to the end, and while it waits the others have the cores."""
    items.sort(key=lambda item: Path(__file__).parent not in item.path.parents)


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """Address of the running app."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    place = {"MANIFOLD_LECTURES": str(tmp_path_factory.mktemp("lectures") / "lectures.sqlite")}
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **place}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            wait_until_healthy(f"http://localhost:{port}/_stcore/health", server)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def wait_until_healthy(address, server):
    for _ in range(600):
        assert server.poll() is None, f"the app ended with exit code {server.returncode} instead of starting"
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    pytest.fail("the app did not answer within a minute")


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


def launch(playwright: Playwright) -> Browser:
    """An installed Chromium or Chrome, or else Playwright's own, fetched where it is missing."""
    if path := next(filter(None, map(shutil.which, INSTALLED)), None):
        return playwright.chromium.launch(executable_path=path, args=FLAGS)
    try:
        return playwright.chromium.launch(args=FLAGS)
    except Error:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    try:
        return playwright.chromium.launch(args=FLAGS)
    except Error as error:
        pytest.fail(f"no browser: install Chromium or Chrome, or run `playwright install chromium` ({error.message[:80]})")


@pytest.fixture(scope="session")
def tabs(browser):
    """A context whose tabs are used again: what one has loaded and compiled is most of the work of opening a page."""
    return browser.new_context()


@pytest.fixture
def open_page(app, tabs):
    """Open an address of the app in a session of its own; the test fails if the page reports an error.

    `open_page.sent` and `open_page.received` are what its pages have sent to the server and received from it: a socket is heard
    only by who listens before it is made.
    """
    free, opened, problems, sent, received = list(tabs.pages), [], [], [], []

    def note(error):
        problems.append(str(error))

    def listen(socket):
        socket.on("framesent", lambda frame: sent.append(frame))
        socket.on("framereceived", lambda frame: received.append(frame))

    def open_page(address, *, wait_for="width", viewport=(1280, 900), color_scheme="light"):
        page = free.pop(0) if free else tabs.new_page()
        opened.append(page)
        page.bring_to_front()  # behind another tab it gets no full screen
        page.set_default_timeout(120_000)
        page.set_viewport_size({"width": viewport[0], "height": viewport[1]})
        page.emulate_media(color_scheme=color_scheme)
        page.on("pageerror", note)
        page.on("websocket", listen)
        page.goto(f"{app}/{address}")
        page.get_by_test_id(wait_for).first.wait_for()
        return page

    open_page.sent, open_page.received = sent, received
    yield open_page
    problems += [f"exception on {page.url}" for page in opened if page.get_by_test_id("stException").count()]
    for page in opened:
        page.remove_listener("pageerror", note)
        page.remove_listener("websocket", listen)
        page.mouse.up()
        page.mouse.move(0, 0)
        page.goto("about:blank")  # ends the session
    assert problems == []


def wait_until_quiet(page, sent):
    """How much has been sent, once nothing has been for a second."""
    count = -1
    while count != len(sent):
        count = len(sent)
        page.wait_for_timeout(1000)
    return count
