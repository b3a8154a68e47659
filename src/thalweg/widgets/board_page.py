"""A page of several pictures beside each other, by itself or as the window of a run that goes on."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ..errors import visible
from .formula_data import Json
from .picture_page import MODULES, joined, policy, style, written_json

_STYLE = """
body { margin: 0; background: light-dark(#fff, #15181d); color-scheme: light dark; }
.board { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27em), 1fr)); max-width: 100rem;
  margin: 0 auto; gap: .4rem 1rem; padding: .3rem; align-items: start; }
.board > .wide { grid-column: 1 / -1; }
.board > div { min-width: 0; }
.board > .thalweg.thalweg { max-width: none; }
.board > .thalweg > h1 { font-size: 1.15rem; }
.board-save { display: block; margin: 0 auto 1rem; font: 14px system-ui, sans-serif; padding: .4rem .8rem; }
@media print { body { background: #fff; } .board-save { display: none; } }
"""


def board_page(
    pictures: Mapping[str, tuple[str, Mapping[str, Json]]],
    title: str,
    read: str,
    *,
    wide: str = "",
    asks: str = "",
) -> str:
    """The page of pictures: of each, by name, its module and its values; `read` stands there without a program.

    `wide` is the one that takes the whole width. A page that `asks` gets what changed from that address, again and
    again, until it is told that nothing comes any more.
    """
    used = list(dict.fromkeys(module for module, _ in pictures.values()))
    modules = list(dict.fromkeys(part for one in used for part in MODULES[one]))
    places = "".join(
        f'<div{" class=" + chr(34) + "wide" + chr(34) if name == wide else ""} id="{escape(name)}"></div>'
        for name in pictures
    )
    values = {"pictures": {name: dict(of) for name, (_, of) in pictures.items()}, "asks": asks, "title": title}
    shown = ", ".join(f'"{name}": {module}_.default' for name, (module, _) in pictures.items())
    program = (
        f"\n{joined('board', *modules)}"
        f'board_.show({{ {shown} }}, JSON.parse(document.getElementById("values").textContent));\n'
    )
    allowed = policy(program) + ("; connect-src 'self'" if asks else "")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{allowed}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,"><title>{escape(visible(title))}</title>'
        f"\n<style>{_STYLE}{style(*used)}</style>\n</head>\n<body>\n"
        f'<div class="board">{places}</div>\n<noscript>\n{read}\n</noscript>\n'
        f'<script type="application/json" id="values">{written_json(values)}</script>\n'
        f'<script type="module">{program}</script>\n</body>\n</html>\n'
    )
