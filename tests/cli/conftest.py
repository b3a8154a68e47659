"""The figures of pages are written in the tests that look at them."""

from html import escape

import pytest


def _unwritten(figure, name, title, description=""):
    """What stands in a page in the place of a figure's SVG."""
    told = escape(title, quote=False), escape(description, quote=False)
    return f'<svg role="img" id="{name}"><title>{told[0]}</title><desc>{told[1]}</desc></svg>'


@pytest.fixture(scope="module", autouse=True)
def _figures_are_not_written():
    """Figures of pages are made; Matplotlib writes them as SVG, half of the time of a command, in the tests that ask
    for `written_figures`, and in those of tests/reports/ and tests/plots/."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("thalweg.reports.page.inline_svg", _unwritten)
        yield


@pytest.fixture
def written_figures(monkeypatch):
    """The figures of pages as users have them."""
    from thalweg.plots import inline_svg

    monkeypatch.setattr("thalweg.reports.page.inline_svg", inline_svg)
