"""A browser for the tests of pages, started once in a process, as a second one could not be; what is opened in it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import pytest


class Served(NamedTuple):
    """A studio that runs."""

    address: str
    pid: int


QUICK = ("--no-sandbox", "--process-per-site")
STILL = """const still = new CSSStyleSheet();
still.replaceSync("*, ::before, ::after { transition: none !important; animation: none !important }");
document.adoptedStyleSheets = [still];"""
"""What is clicked stands where it will, and no colour is on its way when it is looked at."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


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


@pytest.fixture(scope="session")
def tab(browser):
    """Opens a tab in a context and a process that all tabs of its site share: in its own, loading costs twice as much.

    `home` is an address of the site, at which a tab stays open. With other settings it is alone.
    """
    context = browser.new_context()
    homes = set()

    def opens(home, *, viewport=None, color_scheme="light", reduced_motion="no-preference", **settings):
        viewport = viewport or {"width": 1280, "height": 720}
        if settings:
            return browser.new_page(
                viewport=viewport, color_scheme=color_scheme, reduced_motion=reduced_motion, **settings
            )
        if home not in homes:
            homes.add(home)
            context.new_page().goto(home)
        page = context.new_page()
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        return page

    yield opens
    context.close()


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
def opened(tab, served):
    """Opens pages of the studio; in the end nothing came from elsewhere, and nothing was complained of."""
    pages, asked, said = [], [], []

    def opens(path="/", wait="button:has-text('Run')", **settings):
        page = tab(f"{served.address}/favicon.ico", **{"viewport": {"width": 1280, "height": 900}, **settings})
        pages.append(page)
        page.add_init_script(STILL)
        page.set_default_timeout(60_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(served.address + path)
        page.locator(wait).first.wait_for()
        return page

    yield opens
    for page in pages:
        page.close()  # which ends its training
    assert not said
    assert all(url.startswith((served.address, "data:", "blob:")) for url in asked)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """The address of a file that is empty."""
    path = tmp_path_factory.mktemp("home") / "empty.html"
    path.touch()
    return path.as_uri()


@pytest.fixture
def shown(tab, home, tmp_path):
    """Opens a page's text from a file; in the end nothing was asked for, and nothing was said on its console."""
    pages, asked, said = [], [], []

    def show(html, *, wait=".line", **settings):
        path = tmp_path / f"{len(pages)}.html"
        path.write_text(html, encoding="utf-8")
        page = tab(home, **{"reduced_motion": "reduce", **settings})
        pages.append(page)
        page.set_default_timeout(10_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())
        page.goto(path.as_uri())
        page.wait_for_selector(wait, state="attached")
        return page

    yield show
    for page in pages:
        page.close()
    assert not said
    assert all(url.startswith("file:") for url in asked)
    assert len(asked) == len(pages)
