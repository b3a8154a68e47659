"""PDF by LaTeX, by a browser, or by neither: programs that stand in for them, and what they say where they fail."""

import os

import pytest

from thalweg.errors import FileError
from thalweg.worked.exercises.pdf import pdf

GOOD = 'printf "%%PDF of %s" "$(basename "$0")" > sheet.pdf\n'
BROWSER = 'for one in "$@"; do case "$one" in --print-to-pdf=*) printf "%%PDF by print" > "${one#*=}";; esac; done\n'


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Puts scripts on the path, and nothing but them and the shell's own."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def put(**scripts):
        for name, script in scripts.items():
            path = folder / name
            path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}", encoding="utf-8")
            path.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    return put


pytestmark = pytest.mark.skipif(os.name != "posix", reason="the programs that stand in are scripts of a shell")


def test_latex_makes_it_where_there_is_latex(programs):
    programs(tectonic=GOOD, chromium=BROWSER)
    assert pdf(lambda: "tex", lambda: "html") == (b"%PDF of tectonic", "tectonic")


def test_a_browser_prints_it_where_there_is_none(programs):
    programs(chromium=BROWSER)
    assert pdf(lambda: "tex", lambda: "html") == (b"%PDF by print", "chromium")


def test_a_browser_prints_it_where_latex_fails(programs):
    programs(pdflatex="exit 1\n", chromium=BROWSER)
    assert pdf(lambda: "tex", lambda: "html")[1] == "chromium"


def test_what_latex_says_is_told(programs):
    programs(pdflatex='echo "! Undefined control sequence."\nexit 1\n')
    with pytest.raises(FileError, match=r"pdflatex: ! Undefined control sequence\.\): write \.html") as told:
        pdf(lambda: "tex", lambda: "html")
    assert "\n" not in str(told.value)


def test_without_either_a_line_says_what_to_install(programs):
    programs(other="exit 0\n")
    with pytest.raises(FileError, match=r"install one, or write \.html, \.tex or \.md"):
        pdf(lambda: "tex", lambda: "html")
