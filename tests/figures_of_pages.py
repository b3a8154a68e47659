"""Pages whose figures are made as always, and not written as SVG by Matplotlib, half of a command's time."""

import contextlib
from html import escape

import pytest


@contextlib.contextmanager
def unwritten():
    """While pages have a title and a description in the place of each figure."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("thalweg.reports.page.inline_svg", _told)
        yield


@pytest.fixture
def unwritten_figures():
    """The figures of pages are made and not written in this test."""
    with unwritten():
        yield


@pytest.fixture(scope="module", autouse=True)
def _figures_of_commands_are_not_written(request):
    """In the tests of commands, but where one asks for `written_figures`: reports and plots have tests of their own."""
    with unwritten() if request.path.parent.name == "cli" else contextlib.nullcontext():
        yield


@pytest.fixture
def written_figures(monkeypatch):
    """The figures of pages as users have them."""
    from thalweg.plots import inline_svg

    monkeypatch.setattr("thalweg.reports.page.inline_svg", inline_svg)


def _told(figure, name, title, description=""):
    title, description = (escape(text, quote=False) for text in (title, description))
    return f'<svg role="img" id="{name}"><title>{title}</title><desc>{description}</desc></svg>'
