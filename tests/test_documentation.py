"""The documentation: each command has a page, each page stands in the index, docstrings are shown as written."""

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(
    path.relative_to(DOCS) for path in [*DOCS.glob("*.md"), *DOCS.glob("commands/*.md"), *DOCS.glob("lessons/*.md")]
)


def _extension(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_command_has_a_page_with_its_options():
    from thalweg.cli.commands import app

    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert names == {path.stem for path in DOCS.glob("commands/*.md")}
    for name in names:
        text = (DOCS / "commands" / f"{name}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# thalweg {name}\n")
        assert f"```{{options}} {name}\n" in text
        assert f"$ thalweg {name} " in text


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_each_page_stands_in_the_index(page):
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert page.stem == "index" or re.search(rf"^{page.with_suffix('')}$", index, re.MULTILINE)


@pytest.mark.parametrize(
    ("written", "escaped"),
    [
        ("a * b, `c * d` and |e|", r"a \* b, `c * d` and \|e\|"),
        ("F + (l2/2) Σ w_i w_", r"F + (l2/2) Σ w_i w\_"),
        ("``x*y``", "``x*y``"),
    ],
)
def test_marks_stand_for_themselves(written, escaped):
    assert _extension("plain_docstrings").escape(written) == escaped


def test_mathematics_of_github_becomes_that_of_sphinx():
    source = ["a $`x_{1}`$ b\n\n```math\ny\n```\n"]
    _extension("github_math")._rewrite(None, "page", source)
    assert source == ["a {math}`x_{1}` b\n\n```{math}\ny\n```\n"]


def test_each_room_has_a_page_of_the_reference():
    _extension("reference")._check_rooms()
