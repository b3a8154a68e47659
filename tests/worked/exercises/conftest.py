"""Exercises for the tests of their forms, and a browser for their pages."""

import pytest
from step_files import CHAIN, written

from thalweg.worked.exercises.exercise import exercise
from thalweg.worked.step_file import read_step_file


@pytest.fixture(scope="session")
def two(tmp_path_factory):
    """For two students, with a title that no form may take for its own signs."""
    file = read_step_file(written(tmp_path_factory.mktemp("two"), CHAIN))
    title = r"50 % </title><script>x</script> & \badness_1 $x$"
    return exercise(file, "sensitivities,updates", students=["Ada </h1>", "Carl"], seed=1, title=title)


@pytest.fixture(scope="session")
def window(browser):
    """A page of a browser."""
    return browser.new_page()
