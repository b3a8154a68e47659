"""Articles of worked calculations: no line is wider than the paper."""

import re
from pathlib import Path

import numpy as np
import pytest

import thalweg as tw
from thalweg.worked.rendering.latex import broken, width_of
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[3] / "examples" / "worked"


def rows_of(article):
    for block in article.split(r"\begin{align*}")[1:]:
        yield from block.partition(r"\end{align*}")[0].split("\\\\\n")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_no_row_is_wider_than_the_paper(path):
    """field s06-page-and-print-cut-the-value: up to 394 pt too wide."""
    for row in rows_of(read_step_file(path).open().to_latex()):
        if "bmatrix" not in row:
            assert width_of(row) < 95, row


def test_a_sum_of_forty_terms_is_broken():
    net = tw.mlp(40, 2, 1)
    step = tw.worked_step(net, "mse", net.init(0), np.random.default_rng(0).normal(size=(1, 40)), [[1.0]])
    rows = list(rows_of(step.to_latex(layer="layer1")))
    assert len(rows) > 20
    assert max(map(width_of, rows)) < 95


def test_braces_and_brackets_stay_whole():
    rows = broken(r"\frac{a + b}{c} \left(x + y\right)", 4)
    assert rows[0].startswith(r"\frac{a + b}{c}")
    assert all(row.count("{") == row.count("}") for row in rows)
    assert not any(r"\left" in row or r"\right" in row for row in rows)


def test_rows_of_fractions_are_set_apart_and_others_are_not():
    net = tw.mlp(1, 2, output="sigmoid")
    step = tw.worked_step(net, "sse", net.init(0), [[1.0]], [[0.0, 1.0]])
    rows = [line for line in step.to_latex(form="matrix").splitlines() if "bmatrix" in line]
    for line in rows:
        for matrix in re.findall(r"\\begin\{bmatrix\}.*?\\end\{bmatrix\}", line):
            assert (r"\\[8pt]" in matrix) == (r"\frac" in matrix and r"\\" in matrix)
    assert any(r"\\[8pt]" in line for line in rows)
    assert width_of(r"\begin{bmatrix} 12345 \\[8pt] 1 \end{bmatrix}") == 7.0
