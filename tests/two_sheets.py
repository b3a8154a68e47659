"""An exercise for two students, for the tests of its forms, and a page to open it in."""

import pytest


@pytest.fixture(scope="session")
def two(tmp_path_factory):
    """With a title and a name that no form may take for its own signs."""
    from step_files import CHAIN, written

    from thalweg.worked.exercises.exercise import exercise
    from thalweg.worked.step_files.file import read_step_file

    file = read_step_file(written(tmp_path_factory.mktemp("two"), CHAIN))
    title = r"50 % </title><script>x</script> & \badness_1 $x$"
    return exercise(file, "sensitivities,updates", students=["Ada </h1>", "Carl"], seed=1, title=title)


@pytest.fixture(scope="session")
def window(browser):
    """A page of a browser."""
    return browser.new_page()
