"""The page of a picture: one HTML file with its own program in it, which loads nothing and needs no server."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Unpack

from ..core.kinds import takes_kinds
from ..errors import ArgumentError, shown, unknown, visible
from ..worked.calculation import WorkedStep
from ..worked.notations import AnyNotation
from ..worked.rendering.html import render_fragment
from ..worked.rendering.text import render_text
from ..worked.sections.view import ViewFields
from .formula_data import Json
from .picture_data import several, steps_data

_STATIC = Path(__file__).parent / "static"
LARGEST = 1_250_000
"""Bytes of the data of a page, above which it takes in no more notations: then it stays below 2 MB."""
_MOST_FORMULAS = 300
"""Lines of the calculation as it is read without a program; a longer one is plain text there."""
_LONGEST_TEXT = 400_000
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.M)
_EXPORT = re.compile(r"^export (?:(?:async )?function\*?|class|const) (\w+)", re.M)
_DEFAULT = re.compile(r"^export default (\{.*\});$", re.M)
MODULES = {
    "activation": ("formulas", "axes", "activation_values", "activation_drawing", "activation"),
    "contour": (
        *("formulas", "axes", "player", "contour_drawing", "contour_frame"),
        *("contour_relief", "contour_rates", "contour_told", "contour"),
    ),
    "curves": ("formulas", "axes", "player", "curves_drawing", "curves"),
    "network": ("formulas", "steps", "network_drawing", "axes", "player", "weights", "network"),
    "regions": ("formulas", "axes", "player", "regions_drawing", "regions"),
    "status": ("formulas", "status"),
    "words": ("formulas", "words"),
    "worked": (
        *("formulas", "steps", "network_drawing", "calculation", "panel"),
        *("worked_frame", "worked_going", "worked"),
    ),
}
"""Of each picture the modules that it is made of, each after those that it imports."""
STYLES = {
    "activation": ("worked", "activation"),
    "contour": ("worked", "contour"),
    "curves": ("worked", "moving", "curves"),
    "network": ("worked", "moving", "weights"),
    "regions": ("worked", "moving", "regions"),
    "status": ("worked", "status"),
    "words": ("worked", "words"),
}
"""The styles of a picture that has more than the common one."""


@takes_kinds
def worked_page(
    steps: WorkedStep | Sequence[WorkedStep],
    notation: AnyNotation | None = None,
    *,
    notations: Sequence[AnyNotation] | None = None,
    hidden: bool | Sequence[str] = False,
    **view: Unpack[ViewFields],
) -> str:
    """The page of `Worked`, of a step or of steps that follow one another, without a notebook's widget being made.

    Args:
        steps: The step, or the steps in their order.
        notation: The one that it begins with; None: the steps' own.
        notations: Those of its menu; None: all, but fewer where the page would be larger than 2 MB, and it says so.
        hidden: Whether it begins with its values hidden, to be guessed; or the quantities that are hidden, such as
            ["sensitivity", "new_weight"].
        view: Fields of `View`.

    Without a program the page is the calculation to be read. Raises ArgumentError for steps of several networks and for
    what the steps have not.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 0.0])), [[3.0]], [[5.0]])
    >>> worked_page(step).startswith("<!doctype html>")
    True
    """
    steps = several(steps)
    data = steps_data(steps, notations, notation=notation, largest=LARGEST, **view)
    values = {"data": data, "hidden": hiding(data, hidden)}
    return page("worked", values, data["title"], as_read(steps, view, notation))


def hiding(data: Mapping[str, Json], hidden: bool | Sequence[str]) -> bool | list[str]:
    """What is hidden at first: all values, none, or those of quantities; raises ArgumentError for an unknown one."""
    if isinstance(hidden, bool):
        return hidden
    if not isinstance(hidden, list | tuple):
        raise ArgumentError(f"hidden is {shown(hidden)}; it must be True, False or a list of quantities")
    known = {about["quantity"] for step in data["steps"] for of in step["calculations"]
             for about in data["shared"][of["about"]]}  # fmt: skip
    for name in hidden:
        if name not in known:
            raise ArgumentError(unknown("quantity to hide", name, sorted(known)))
    return list(hidden)


def page(picture: str, values: Mapping[str, Json], title: str, read: str) -> str:
    """The page of a picture with the values that it reads; `read` is what stands there without a program."""
    program = (
        f"\n{joined('host', *MODULES[picture])}"
        f'host_.show({picture}_.default, JSON.parse(document.getElementById("values").textContent), '
        'document.getElementById("picture"));\n'
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(program)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(visible(title))}</title>\n<style>\nbody {{ margin: 0; background: light-dark(#fff, #15181d); "
        "color-scheme: light dark; }\n@media print { body { background: #fff; } }\n"
        f'{style(picture)}</style>\n</head>\n<body>\n<div id="picture"></div>\n<noscript>\n{read}\n</noscript>\n'
        f'<script type="application/json" id="values">{written_json(values)}</script>\n'
        f'<script type="module">{program}</script>\n</body>\n</html>\n'
    )


def policy(program: str) -> str:
    """What a page may do: run its own program, and draw; it may load nothing, from nowhere."""
    digest = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def module(picture: str) -> str:
    """The ES module of a picture, as a notebook loads it: its modules in one."""
    return f"{joined(*MODULES[picture])}export default {picture}_.default;\n"


@lru_cache
def style(*pictures: str) -> str:
    """The style of pictures: that of all, and their own where they have one."""
    names = (name for picture in pictures or ("worked",) for name in STYLES.get(picture, ("worked",)))
    return "".join(_static(f"{name}.css") for name in dict.fromkeys(names))


@lru_cache
def joined(*names: str) -> str:
    """Modules as one program: of each what it exports, under its name with _ behind it."""
    return "".join(map(_wrapped, names))


def _wrapped(name: str) -> str:
    text = _static(f"{name}.js")
    exported = _EXPORT.findall(text)
    text = _IMPORT.sub(r"const \1 = \2_;", text)
    if _DEFAULT.search(text):
        text = _DEFAULT.sub(r"const standing = \1;", text)
        exported.append("default: standing")
    text = re.sub(r"^export ", "", text, flags=re.M)
    return f"const {name}_ = (() => {{\n{text}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


def _static(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def written_json(data: Any) -> str:
    """Data as it may stand in a page's script: nothing in it ends that."""
    written = json.dumps(_shown(data), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _shown(data: Any) -> Any:
    """Texts without control characters."""
    match data:
        case str():
            return visible(data)
        case dict():
            return {key: _shown(value) for key, value in data.items()}
        case list() | tuple():
            return [_shown(value) for value in data]
    return data


def as_read(steps: Sequence[WorkedStep], view: ViewFields, notation: AnyNotation | None = None) -> str:
    """The calculation to be read without a program: formulas, or as plain text where they are long."""
    documents = [step.document(notation, **view) for step in steps]
    if sum(len(document.lines()) for document in documents) <= _MOST_FORMULAS:
        return "\n".join(map(render_fragment, documents))
    text = "\n".join(map(render_text, documents))[:_LONGEST_TEXT]
    return f'<pre style="white-space: pre-wrap; overflow-wrap: anywhere">{escape(text)}</pre>'
