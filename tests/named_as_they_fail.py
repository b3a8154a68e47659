"""Tests that are named as they fail: a run that is ended from outside has then told what it found."""

import pytest

MOST_LETTERS = 600


class NamedAsTheyFail:
    """Writes the name of a test and the end of what it said as soon as it failed, not at the end of the run alone."""

    def __init__(self, config):
        self.config = config

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        """Among several processes the one that writes; the others' reports come to it."""
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if not report.failed or terminal is None or hasattr(self.config, "workerinput"):
            return
        crash = getattr(report.longrepr, "reprcrash", None)
        said = crash.message if crash else report.longreprtext.strip()
        terminal.write(f"\n{report.nodeid} failed: {said[:MOST_LETTERS]}\n", red=True)
