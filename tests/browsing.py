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


NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: no browser to drive")
    with sync_api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = own if Path(own).is_file() else next(filter(None, map(shutil.which, NAMES)), None)
        if found is None:
            pytest.skip("no Chromium is installed: `playwright install chromium`, or one on the path")
        with playwright.chromium.launch(executable_path=found, args=["--no-sandbox"]) as started:
            yield started


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
def opened(browser, served):
    """Opens pages of the studio; in the end nothing came from elsewhere, and nothing was complained of."""
    contexts, asked, said = [], [], []

    def opens(path="/", wait="button:has-text('Run')", **settings):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(served.address + path)
        page.locator(wait).first.wait_for()
        return page

    yield opens
    for context in contexts:
        context.close()
    assert not said
    assert all(url.startswith((served.address, "data:", "blob:")) for url in asked)


@pytest.fixture
def shown(browser, tmp_path):
    """Opens a page's text from a file; in the end nothing was asked for, and nothing was said on its console."""
    contexts, asked, said = [], [], []

    def show(html, *, wait=".line", **settings):
        path = tmp_path / f"{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(**{"reduced_motion": "reduce", **settings})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())
        page.goto(path.as_uri())
        page.wait_for_selector(wait, state="attached")
        return page

    yield show
    for context in contexts:
        context.close()
    assert not said
    assert all(url.startswith("file:") for url in asked)
    assert len(asked) == len(contexts)
