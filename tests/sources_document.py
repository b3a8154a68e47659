"""docs/sources.md, read for its tests: sections, tables, links, commands."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATH = ROOT / "docs" / "sources.md"
WORKED = ROOT / "examples" / "worked"
TEXT = PATH.read_text(encoding="utf-8")

_PARTS = re.split(r"^#{1,3} (.+)$", TEXT, flags=re.MULTILINE)
SECTIONS = dict(zip(_PARTS[1::2], _PARTS[2::2], strict=True))
"""What stands under each heading, up to the next one."""


def rows_of(heading):
    """The cells of the rows of all tables under a heading, their heads left out."""
    lines = [line.strip() for line in SECTIONS[heading].splitlines()]
    rules = {number for number, line in enumerate(lines) if re.fullmatch(r"(\| :?-+:? )+\|", line)}
    return [
        [cell.strip() for cell in line[1:-1].split("|")]
        for number, line in enumerate(lines)
        if line.startswith("|") and number not in rules and number + 1 not in rules
    ]


def links():
    """Texts and targets of all links, in order of the text, each once; a formula in a block of code is none."""
    prose = re.sub(r"^```.*?^```", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    return sorted(set(re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", prose)))


def commands(text=TEXT):
    """The commands of a text, each once: those in a line of it, and those after a prompt."""
    found = [*re.findall(r"`(thalweg [^`]+)`", text), *re.findall(r"^\$ (thalweg .+)$", text, re.MULTILINE)]
    return sorted({" ".join(command.split()) for command in found})
