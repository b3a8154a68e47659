"""A browser for the tests of pages, started once in a process, as a second one could not be; what is opened in it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import pytest


class Served(NamedTuple):
    """A studio that runs."""

    address: str
    pid: int


MOST_SECONDS = 120
QUICK = ("--no-sandbox", "--process-per-site")
STILL = """const still = new CSSStyleSheet();
still.replaceSync(`*, ::before, ::after { transition: none !important; animation: none !important }
@media screen { html { opacity: 0 } }`);
document.adoptedStyleSheets = [still];"""
"""What is clicked stands where it will, and no colour is on its way when it is looked at. Nobody sees a page of tests:
it is laid out, and not painted, which takes a seventh of its work."""
SEEN = "document.adoptedStyleSheets[0].deleteRule(1)"
"""What is looked at after all is painted."""
NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
)  # fmt: skip
"""The first has no windows to take care of, and takes a fifth less."""


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: no browser to drive")
    with sync_api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = own if Path(own).is_file() else next(filter(None, map(shutil.which, NAMES)), None)
        if found is None:
            pytest.skip("no Chromium is installed: `playwright install chromium`, or one on the path")
        with playwright.chromium.launch(executable_path=found, args=QUICK) as started:
            yield started


class Tabs:
    """Tabs of a context and a process that all of their site share: in their own, loading costs twice as much.

    `home` is an address of the site, at which a tab stays open and others wait to be used again: a new one costs half
    as much as loading does. With other settings a tab is alone.
    """

    def __init__(self, browser):
        self._browser, self._context, self._idle = browser, browser.new_context(), {}

    def __call__(self, home, *, viewport=None, color_scheme="light", reduced_motion="no-preference", **settings):
        viewport = viewport or {"width": 1280, "height": 720}
        if settings:
            return self._browser.new_page(
                viewport=viewport, color_scheme=color_scheme, reduced_motion=reduced_motion, **settings
            )
        if home not in self._idle:
            self._idle[home] = []
            self._context.new_page().goto(home)
        page = self._idle[home].pop() if self._idle[home] else self._new()
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        return page

    def _new(self):
        page = self._context.new_page()
        page.add_init_script(STILL)
        return page

    def put_back(self, page, home):
        """Leave what a tab shows, which ends it, and forget what it kept."""
        if page.is_closed():
            return
        if page.context != self._context:
            page.close()
            return
        page.goto(home)
        page.evaluate("sessionStorage.clear(), localStorage.clear()")
        self._idle[home].append(page)

    def close(self):
        self._context.close()


@pytest.fixture(scope="session")
def tab(browser):
    tabs = Tabs(browser)
    yield tabs
    tabs.close()


class Heard(NamedTuple):
    """What pages ask for and say, each entered in a list while it is listened to."""

    asked: list
    said: list

    def listeners(self):
        return {
            "request": lambda request: self.asked.append(request.url),
            "console": lambda message: self.said.append(message.text),
            "pageerror": lambda error: self.said.append(str(error)),
            "dialog": lambda dialog: self.said.append(dialog.message) or dialog.dismiss(),
        }


@pytest.fixture(scope="session")
def ended(browser):
    """Ends the browser: what waits for a page then fails, where no limit of Playwright's own ends it."""
    session = browser.new_browser_cdp_session()
    told = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    pid = next(one["id"] for one in told if one["type"] == "browser")
    return lambda: os.kill(pid, signal.SIGTERM)


@pytest.fixture
def watched(ended):
    """A test of pages that stand still, of which `evaluate` waits for ever, ends: it and those after it fail."""
    watch = threading.Timer(MOST_SECONDS, ended)
    watch.daemon = True
    watch.start()
    yield
    watch.cancel()


@pytest.fixture
def visited(tab, watched):
    """Opens tabs that are listened to, and in the end puts them back."""
    heard, pages = Heard([], []), []

    def visits(home, **settings):
        page = tab(home, **settings)
        listeners = heard.listeners()
        pages.append((page, home, listeners))
        for event, listener in listeners.items():
            page.on(event, listener)
        return page

    visits.heard = heard
    yield visits
    for page, home, listeners in pages:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        tab.put_back(page, home)


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """A studio that runs, begun on what is built in."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    folder = tmp_path_factory.mktemp("studio")
    log = folder / "log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "NICEGUI"))}
    with log.open("wb") as out:
        words = [sys.executable, "-m", "thalweg", "studio", "--no-open", "--port", str(port)]
        process = subprocess.Popen(words, stdout=out, stderr=out, cwd=folder, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert process.poll() is None, log.read_text()
            try:
                urllib.request.urlopen(address, timeout=10).read()
                break
            except OSError:
                time.sleep(0.1)
        yield Served(address, process.pid)
    finally:
        process.terminate()
        process.wait(20)
    assert "Traceback" not in log.read_text(), log.read_text()
    assert [one.name for one in folder.iterdir()] == ["log"]


@pytest.fixture
def opened(visited, served):
    """Opens pages of the studio; in the end nothing came from elsewhere, and nothing was complained of."""

    def opens(path="/", wait="button:has-text('Run')", **settings):
        page = visited(f"{served.address}/favicon.ico", **{"viewport": {"width": 1280, "height": 900}, **settings})
        page.set_default_timeout(60_000)
        page.goto(served.address + path)
        page.locator(wait).first.wait_for()
        return page

    yield opens
    asked, said = visited.heard
    assert not said, said
    assert all(url.startswith((served.address, "data:", "blob:")) for url in asked)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """The address of a file that is empty."""
    path = tmp_path_factory.mktemp("home") / "empty.html"
    path.touch()
    return path.as_uri()


@pytest.fixture
def shown(visited, home, tmp_path):
    """Opens a page's text from a file; in the end nothing was asked for, and nothing was said on its console."""
    paths = []

    def show(html, *, wait=".line", **settings):
        paths.append(tmp_path / f"{len(paths)}.html")
        paths[-1].write_text(html, encoding="utf-8")
        page = visited(home, **{"reduced_motion": "reduce", **settings})
        page.set_default_timeout(30_000)
        page.goto(paths[-1].as_uri())
        page.wait_for_selector(wait, state="attached")
        return page

    yield show
    asked, said = visited.heard
    assert not said, said
    assert asked == [path.as_uri() for path in paths]
