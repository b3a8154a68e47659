"""Docstrings as they are written: plain sentences and equations, in which a star and a bar stand for themselves."""

import re

_CODE = re.compile(r"(``[^`]+``|`[^`]+`)")


def escape(line):
    """A line with reStructuredText's marks escaped, outside of code.

    >>> escape("a * b, `c*` and |d|")
    'a \\\\* b, `c*` and \\\\|d\\\\|'
    """
    parts = _CODE.split(line)
    return "".join(
        part if number % 2 else re.sub(r"([*|]|(?<=\w)_(?=\W|$))", r"\\\1", part) for number, part in enumerate(parts)
    )


def _escape_docstring(app, what, name, obj, options, lines):
    in_example = False
    for number, line in enumerate(lines):
        in_example = line.lstrip().startswith(">>>") or (in_example and bool(line.strip()))
        if not in_example:
            lines[number] = escape(line)


def _keep(app, what, name, obj, options, lines):
    """Of a property or a datum napoleon takes what stands before a colon for a type: its lines are put back after."""
    if what in _NO_SECTIONS:
        _kept[name] = list(lines)


def _put_back(app, what, name, obj, options, lines):
    if what in _NO_SECTIONS:
        lines[:] = [*_kept.pop(name), ""]


_NO_SECTIONS = ("property", "attribute", "data")
_kept = {}


def setup(app):
    """Escape each docstring before its sections are looked for."""
    app.connect("autodoc-process-docstring", _escape_docstring, priority=1)
    app.connect("autodoc-process-docstring", _keep, priority=2)
    app.connect("autodoc-process-docstring", _put_back, priority=900)
    return {"parallel_read_safe": True}
