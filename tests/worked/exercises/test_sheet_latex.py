"""Sheets and keys as LaTeX: no sign of a title or name is a command, braces and dollars are even."""

import re

import pytest


@pytest.mark.parametrize("key", [False, True])
def test_the_article_is_whole(two, key):
    text = two.key("latex") if key else two.sheet("latex")
    for name in ("document", "multicols"):
        assert text.count(rf"\begin{{{name}}}") == text.count(rf"\end{{{name}}}")
    bare = text.replace(r"\{", "").replace(r"\}", "").replace(r"\$", "")
    assert bare.count("{") == bare.count("}")
    assert all(line.count("$") % 2 == 0 for line in bare.splitlines())
    assert r"50 \%" in text
    assert r"\badness" not in text
    assert text.isascii() or not re.search(r"[α-ωΑ-Ω∂₀-₉⁰-⁹]", text)


def test_blanks_values_and_pages(two):
    asked = sum(len(task.asked.blanks) for task in two.tasks)
    sheet = two.sheet("latex")
    assert sheet.count(r"\blank\par") == asked
    assert sheet.count(r"\newpage") == 1
    assert two.sheet("latex", per_page=2).count(r"\newpage") == 0
    bold = [float(value) for value in re.findall(r"\\mathbf\{([^}]*)\}", two.key("latex"))]
    assert bold == [task.key[blank] for task in two.tasks for blank in task.asked.blanks]
