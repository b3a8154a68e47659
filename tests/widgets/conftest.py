"""A browser for the pages, started once; and what a page must never do: ask for anything, or complain."""

import shutil
from pathlib import Path

import pytest

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
