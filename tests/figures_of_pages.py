"""Pages without figures, which Matplotlib takes most of a command's time to make and to write as SVG."""

import contextlib
from html import escape

import pytest


class Unmade:
    """In the place of a figure that is not made."""

    def get_figwidth(self):
        return 6.4


class Plots:
    """In the place of `thalweg.plots`: functions of the same names that make no figures."""

    def __getattr__(self, name):
        from thalweg import plots

        assert callable(getattr(plots, name))
        return lambda *_, **__: Unmade()


@contextlib.contextmanager
def unwritten(made=True):
    """While pages have a title and a description in the place of each figure, which is made or not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("thalweg.reports.page.inline_svg", _told)
        if not made:
            patch.setattr("thalweg.reports.report.plots", Plots())
        yield


@pytest.fixture
def unwritten_figures():
    """The figures of pages are made and not written in this test."""
    with unwritten():
        yield


@pytest.fixture(scope="module", autouse=True)
def _figures_of_commands_are_not_written(request):
    """In the tests of commands, but where one asks for `written_figures`: reports and plots have tests of their own."""
    with unwritten(made=False) if request.path.parent.name == "cli" else contextlib.nullcontext():
        yield


@pytest.fixture
def written_figures(monkeypatch):
    """The figures of reports as users have them."""
    from thalweg import plots

    monkeypatch.setattr("thalweg.reports.report.plots", plots)
    monkeypatch.setattr("thalweg.reports.page.inline_svg", plots.inline_svg)


@pytest.fixture(scope="module", autouse=True)
def _templates_are_compiled_once(request):
    """In the tests of commands and of reports: each page compiles its template, a third of what is left of its time."""
    if request.path.parent.name not in ("cli", "reports"):
        yield
        return
    import jinja2

    compile_template, kept = jinja2.Environment.compile, {}

    def compiled(environment, source, name=None, filename=None, *how):
        if not isinstance(source, str) or "thalweg" not in str(filename):
            return compile_template(environment, source, name, filename, *how)
        key = (source, name, filename, *how)
        if key not in kept:
            kept[key] = compile_template(environment, *key)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compiled)
        yield


def _told(figure, name, title, description=""):
    title, description = (escape(text, quote=False) for text in (title, description))
    return f'<svg role="img" id="{name}"><title>{title}</title><desc>{description}</desc></svg>'
