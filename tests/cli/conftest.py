"""Figures of pages are made, and written in the tests that look at them."""

import pytest
from figures_of_pages import unwritten


@pytest.fixture(scope="module", autouse=True)
def _figures_are_not_written():
    """But where a test asks for `written_figures`, in tests/reports/ and in tests/plots/."""
    with unwritten():
        yield


@pytest.fixture
def written_figures(monkeypatch):
    """The figures of pages as users have them."""
    from thalweg.plots import inline_svg

    monkeypatch.setattr("thalweg.reports.page.inline_svg", inline_svg)
