"""PDF by what a machine has: LaTeX, or else a browser's print."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from ...errors import FileError

LATEX = ("pdflatex", "tectonic", "xelatex", "lualatex")
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_SECONDS = 180


def first_of(programs: tuple[str, ...]) -> str | None:
    """The first of some programs that is installed; None if none is."""
    return next((found for name in programs if (found := shutil.which(name))), None)


def pdf(latex: Callable[[], str], html: Callable[[], str]) -> tuple[bytes, str]:
    """The PDF of a text that is given as LaTeX and as HTML, and the name of the program that made it.

    LaTeX makes it where it is installed, else a browser prints it; raises FileError where there is neither, and where
    both fail, with what they said.
    """
    said: list[str] = []
    for programs, make, text in ((LATEX, _by_latex, latex), (BROWSERS, _by_browser, html)):
        program = first_of(programs)
        if program is None:
            continue
        with tempfile.TemporaryDirectory(prefix="thalweg-", ignore_cleanup_errors=True) as folder:
            wrong = make(program, text(), Path(folder))
            made = Path(folder) / "sheet.pdf"
            if made.is_file() and made.stat().st_size:
                return made.read_bytes(), Path(program).name
            said.append(f"{Path(program).name}: {wrong or 'it made none'}")
    if said:
        raise FileError(f"no PDF could be made ({'; '.join(said)}): write .html or .tex instead")
    raise FileError(
        "a PDF needs LaTeX (pdflatex, tectonic, xelatex or lualatex) or a browser (Chromium, Chrome or Edge), and none "
        "is installed: install one, or write .html, .tex or .md instead"
    )


def _by_latex(program: str, text: str, folder: Path) -> str:
    (folder / "sheet.tex").write_text(text, encoding="utf-8")
    quiet = (
        [] if Path(program).stem == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    )
    return _run([program, *quiet, "sheet.tex"], folder)


def _by_browser(program: str, text: str, folder: Path) -> str:
    page = folder / "sheet.html"
    page.write_text(text, encoding="utf-8")
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    options = [
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-pdf-tagging",
        f"--user-data-dir={folder / 'profile'}",
        *as_root,
    ]
    made = ["--no-pdf-header-footer", f"--print-to-pdf={folder / 'sheet.pdf'}", page.as_uri()]
    return _run([program, *options, *made], folder)


def _run(command: list[str], folder: Path) -> str:
    """Run a program; what it said last if it failed."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"it took more than {_SECONDS} seconds"
    except OSError as error:
        return error.strerror or str(error)
    if not done.returncode:
        return ""
    lines = (done.stdout + b"\n" + done.stderr).decode(errors="replace").split("\n")
    told = [line for line in lines if line.startswith("!")] or [line for line in lines if line.strip()]
    return " ".join(told[-1].split())[:200] if told else f"exit status {done.returncode}"
