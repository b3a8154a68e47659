"""Exercises for the tests of their forms, and a browser for their pages."""

import shutil
from pathlib import Path

import pytest
from step_files import CHAIN, written

from thalweg.worked.exercises.exercise import exercise
from thalweg.worked.step_file import read_step_file

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def two(tmp_path_factory):
    """For two students, with a title that no form may take for its own signs."""
    file = read_step_file(written(tmp_path_factory.mktemp("two"), CHAIN))
    title = r"50 % </title><script>x</script> & \badness_1 $x$"
    return exercise(file, "sensitivities,updates", students=["Ada </h1>", "Carl"], seed=1, title=title)


@pytest.fixture(scope="session")
def window():
    """A page of a browser."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: no browser to drive")
    with sync_api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = own if Path(own).is_file() else next(filter(None, map(shutil.which, NAMES)), None)
        if found is None:
            pytest.skip("no Chromium is installed: `playwright install chromium`, or one on the path")
        with playwright.chromium.launch(executable_path=found, args=["--no-sandbox"]) as browser:
            yield browser.new_page()
