"""What the renderers write, byte by byte, against files that were read and looked at once.

`python tests/worked/test_golden.py` writes them anew; look at each before it is kept.
"""

import json
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from thalweg.worked.notations import NOTATIONS
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[2] / "examples" / "worked"
GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(FOLDER.glob("*.toml"))
RENDERERS = {"txt": "show", "md": "to_markdown", "html": "to_html", "tex": "to_latex"}
FIVE = ("nnd", "aifh", "ncsu", "brilliant", "qmind")
CASES = [
    *(("aifh_xor_online", notation, "txt") for notation in NOTATIONS),
    *(("nnd_p3_2_shortcut", notation, "md") for notation in FIVE),
    *(("nnd_e3_5_softmax", notation, "html") for notation in ("nnd", "aifh")),
    *(("nnd_e3_4_graph", notation, "tex") for notation in ("ncsu", "brilliant")),
    ("nnd_e3_5_softmax", "nnd", "json"),
    ("aifh_xor_batch", "ng", "matrix.txt"),
    ("nnd_p3_2_shortcut", "nnd", "matrix.html"),
    ("nnd_e3_5_softmax", "goodfellow", "matrix.tex"),
]


def written(name, notation, kind):
    step = read_step_file(FOLDER / f"{name}.toml").open()
    if kind == "json":
        return json.dumps(step.to_dict(notation), ensure_ascii=False, indent=1) + "\n"
    form, _, ending = kind.rpartition(".")
    return getattr(step, RENDERERS[ending])(notation, digits=5, form=form or "units")


def path_of(name, notation, kind):
    return GOLDEN / f"{name}.{notation}.{kind}"


@pytest.mark.parametrize(("name", "notation", "kind"), CASES)
def test_written_as_looked_at(name, notation, kind):
    expected = path_of(name, notation, kind).read_text(encoding="utf-8")
    found = written(name, notation, kind)
    if kind == "json":
        assert _rounded(json.loads(found)) == _rounded(json.loads(expected))
    else:
        assert found == expected


def _rounded(value):
    """Numbers to 12 digits: the last ones are the machine's."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


class _Balanced(HTMLParser):
    VOID = ("meta", "mspace", "br")

    def __init__(self):
        super().__init__()
        self.open, self.addresses = [], []

    def handle_starttag(self, tag, attrs):
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in self.VOID

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_pages_are_well_formed_and_need_nothing_else(path):
    step, place = read_step_file(path).open(), FILES.index(path)
    notation = sorted(NOTATIONS)[place % len(NOTATIONS)]  # each for one file, in one form
    check_well_formed(step, notation, ("units", "matrix")[place % 2])


@pytest.mark.thorough
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_pages_are_well_formed_in_every_notation(path):
    step = read_step_file(path).open()
    for notation in NOTATIONS:
        for form in ("units", "matrix"):
            check_well_formed(step, notation, form)


def check_well_formed(step, notation, form):
    reader = _Balanced()
    page = step.to_html(notation, form=form)
    reader.feed(page)
    assert reader.open == []
    assert reader.addresses == []
    assert "<script" not in page
    for text in (step.to_latex(notation, form=form), step.to_markdown(notation, form=form)):
        depth = 0
        for before, char in zip(" " + text, text, strict=False):
            depth += (char == "{") - (char == "}") if before != "\\" else 0
            assert depth >= 0
        assert depth == 0


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed here")
@pytest.mark.parametrize("name", ["aifh_xor_batch", "nnd_e3_5_softmax", "qmind_and"])
def test_articles_are_set_without_an_error(name, tmp_path):
    step = read_step_file(FOLDER / f"{name}.toml").open()
    (tmp_path / "step.tex").write_text(step.to_latex(), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "step.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "step.pdf").stat().st_size > 10_000


def test_notebooks_get_a_fragment_and_formulas():
    step = read_step_file(FOLDER / "aifh_xor_online.toml").open()
    fragment = step._repr_html_()
    assert fragment.startswith('<div class="worked">')
    assert "<html" not in fragment
    formulas = step._repr_latex_()
    assert formulas.startswith("$$\\begin{aligned}")
    assert formulas.endswith("\\end{aligned}$$")
    assert "WorkedStep(Momentum, 'half_sse', 1 examples" in repr(step)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for case in CASES:
        path_of(*case).write_text(written(*case), encoding="utf-8")
