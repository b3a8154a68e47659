"""Checks shapes in the mathematical floors, settles Hypothesis, keeps processes small, hands out worked numbers."""

import json
import math
import os
from pathlib import Path

import compiling
import jaxtyping
import pytest
import shapes
from browsing import browser, ended, home, opened, served, shown, tab, visited, watched  # noqa: F401 - fixtures
from figures_of_pages import (  # noqa: F401
    _figures_of_commands_are_not_written,
    _templates_are_compiled_once,
    unwritten_figures,
    written_figures,
)
from hypothesis import settings
from jaxtyping import install_import_hook
from memory import MOST_BYTES, SmallProcess
from named_as_they_fail import NamedAsTheyFail
from two_sheets import two, window  # noqa: F401

# Before anything imports thalweg. The variable is unset again, so that programs started by tests run as users run them.
os.environ["THALWEG_CHECK_SHAPES"] = "1"
shapes.check_only_what_names_a_shape()
install_import_hook(["thalweg.core", "thalweg.optimizers"], "shapes.check_shapes")
import thalweg.core.arrays  # noqa: E402
import thalweg.training.programs  # noqa: E402

del os.environ["THALWEG_CHECK_SHAPES"]
compiling.compile_quickly()
thalweg.training.programs.MOST_RESIDENT = MOST_BYTES  # which a test process keeps to by itself, file by file
thalweg.training.programs.MOST_PROGRAMS = 64  # for tests that go by tests first, then by programs, of the same ones

collect_ignore = ["optimizers/recorded/record_pytorch.py"]  # a script that needs PyTorch

settings.register_profile("thalweg", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("thalweg")


class CheckedShapes:
    """Every test begins with shapes checked, without an end in `core/`."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        shapes.begin(math.inf if "core" in item.path.parts else shapes.MOST_CHECKS)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    """No doctests are looked for in the files of tests."""
    from _pytest.doctest import DoctestModule

    return [found for found in (yield) if not isinstance(found, DoctestModule)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One more than there are cores: who tests a page or a process waits for it, half of the time."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config):
    if workers := len(getattr(config.option, "tx", None) or ()):
        # Workers begin with this. Their threads of BLAS would wait for one another, which takes most of the time.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    config.addinivalue_line("markers", f"{compiling.MARK}: with all of XLA's optimisations")
    as_for_users = compiling.AsForUsers()
    of_all_tests = (SmallProcess(as_for_users.forget), CheckedShapes(), as_for_users, NamedAsTheyFail(config))
    for plugin in of_all_tests:  # for the doctests of src too
        config.pluginmanager.register(plugin)


@pytest.fixture(scope="session")
def reference():
    """The worked numbers of a text, by the name of their file."""

    def load(name):
        return json.loads((Path(__file__).parent / "reference" / f"{name}.json").read_text(encoding="utf-8"))

    return load


@pytest.fixture
def short_trials(monkeypatch):
    """Trials of remedies as short as may be, where it is not looked at which of them help."""
    from thalweg.diagnosis import trials

    monkeypatch.setattr(trials, "FEWEST_UPDATES", trials.FEWEST_EPOCHS)


@pytest.fixture
def unchecked_shapes():
    """No shape checks in this test, for loops so long that they would take most of its time."""
    checked = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", checked)
