"""Sheets and keys as one HTML page that needs nothing else; in the sheets one types, and is told what is right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from ...errors import visible
from ...formulas.write_mathml import MathMLWriter
from .sheet import Row, Sheet

_WRITER = MathMLWriter(10)
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --faint: #595959; --rule: #cfcfcf; --box: #f4f6f9;
  --right: #1a7a3c; --wrong: #b3261e; --follow: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #16181c; --faint: #a6a6a6; --rule: #44484f;
  --box: #22262d; --right: #62c584; --wrong: #ff8a80; --follow: #e0b050; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 64rem; padding: 1rem; }
h1 { font-size: 1.4rem; margin: .2em 0; } h2 { font-size: 1.05rem; margin: 1.3em 0 .4em; padding-bottom: .2em;
  border-bottom: 1px solid var(--rule); break-after: avoid; }
.who .sign { display: none; font-weight: 400; }
.who { font-weight: 600; margin: .2em 0 .6em; } .told p { margin: .15em 0; color: var(--faint); }
.told p:last-child { color: inherit; font-weight: 600; }
.symbols, .given { margin: .6em 0; columns: 20rem; column-gap: 2rem; font-size: .92em; }
.symbols div { break-inside: avoid; padding: .05em 0; } .given { columns: auto; display: flex; flex-wrap: wrap;
  gap: .1em 1.4em; background: var(--box); padding: .5em .8em; border-radius: .3em; }
.rows { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: .35em 2rem; }
.rows.wide { grid-template-columns: 1fr; }
.row { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1em .4em; break-inside: avoid; min-width: 0; }
.row math { font-size: 1.05em; math-style: normal; max-width: 100%; } .row strong { font-weight: 700; }
input, select, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--faint);
  border-radius: .25em; padding: .15em .4em; } input { width: 7.5em; } #tell { width: auto; }
input { font-variant-numeric: tabular-nums; }
input:focus-visible, select:focus-visible, button:focus-visible { outline: 2px solid #3d84c6; outline-offset: 1px; }
.said { flex-basis: 100%; font-size: .88em; min-height: 0; } .said:empty { display: none; }
.right { color: var(--right); } .wrong { color: var(--wrong); } .follow { color: var(--follow); }
.bar { position: sticky; top: 0; display: flex; flex-wrap: wrap; gap: .5em 1em; align-items: center; padding: .5em 0;
  background: var(--paper); border-bottom: 1px solid var(--rule); z-index: 1; }
.bar label { display: flex; gap: .4em; align-items: center; } noscript { color: var(--wrong); }
@media print { :root { --ink: #000; --paper: #fff; --faint: #333; --rule: #bbb; --box: #fff; } @page { margin: 14mm; }
  body { max-width: none; padding: 0; font-size: 10pt; } .bar, .said, noscript { display: none !important; }
  .sheet[hidden] { display: block !important; } .sheet.turn { break-before: page; } .sheet.same { margin-top: 2em; }
  .given { border: 1px solid var(--rule); }
  .rows { grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .3em 1.2rem; }
  .who .sign { display: inline; } h2 { margin: .9em 0 .3em; }
  input:focus-visible { outline: 0; }
  input { border: 0; border-bottom: 1px solid #000; border-radius: 0; width: 9em; } }
"""


def html(sheets: Sequence[Sheet], per_page: int, *, data: object | None) -> str:
    """The page; with `data` its blanks are fields that are judged as one types (`judge.js`)."""
    turns = ["" if not number else " same" if number % per_page else " turn" for number in range(len(sheets))]
    parts = [section(one, turn, typed=data is not None) for one, turn in zip(sheets, turns, strict=True)]
    bar = script = ""
    if data is not None:
        options = "".join(f'<option value="{one.number}">{escape(one.who)}</option>' for one in sheets)
        menu = f'<label>Sheet of <select id="who">{options}</select></label>' if len(sheets) > 1 else ""
        bar = (
            f'<div class="bar">{menu}<label><input type="checkbox" id="tell" checked> judge as I type'
            '</label><span id="count" role="status"></span><button type="button" id="save">Save my answers</button>'
            "</div><noscript>Without scripts this page is a sheet to print.</noscript>"
        )
        told = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
        code = (files("thalweg.worked.exercises") / "judge.js").read_text(encoding="utf-8")
        script = f'<script type="application/json" id="exercise">{told}</script>\n<script>\n{code}</script>\n'
    return visible(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(sheets[0].title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{bar}\n"
        + "\n".join(parts)
        + f"\n{script}</body>\n</html>\n"
    )


def section(sheet: Sheet, turn: str = "", *, typed: bool) -> str:
    """A sheet or a key as a part of a page; its blanks are fields in which one types, if they are `typed`."""
    sign = "" if sheet.name or sheet.is_key else f'<span class="sign">, name: {"_" * 30}</span>'
    out = [f'<section class="sheet{turn}" data-student="{sheet.number}">', f"<h1>{escape(sheet.title)}</h1>"]
    out += [f'<p class="who">{escape(sheet.who[0].upper() + sheet.who[1:])}{sign}</p>', '<div class="told">']
    out += [f"<p>{escape(text)}</p>" for text in sheet.told] + ["</div>"]
    if sheet.symbols:
        out.append('<div class="symbols">')
        out += [f"<div>{_math(symbol)} {escape(meaning)}</div>" for symbol, meaning in sheet.symbols] + ["</div>"]
    given = "".join(f"<span>{_math(symbol)} = {_minus(value)}</span>" for symbol, value in sheet.given)
    out.append(f'<div class="given"><strong>Given</strong>{given}</div>')
    for title, rows in sheet.sections:
        wide = " wide" if any(row.formula is not None for row in rows) else ""
        out += [f"<h2>{escape(title)}</h2>", f'<div class="rows{wide}">', *(_row(row, typed) for row in rows), "</div>"]
    return "\n".join([*out, "</section>"])


def _row(row: Row, typed: bool) -> str:
    formulas = "".join(f" = {_math(one)}" for one in (row.formula, row.numbers) if one is not None)
    left = f"{_math(row.symbol)}{formulas} ="
    if row.value:
        value = f"<strong>{_minus(row.value)}</strong>" if row.is_blank else f"<span>{_minus(row.value)}</span>"
        return f'<div class="row">{left} {value}</div>'
    if not typed:
        return f'<div class="row">{left} <input disabled></div>'
    field = f'<input data-id="{escape(row.id)}" inputmode="text" autocomplete="off" spellcheck="false">'
    return f'<label class="row">{left} {field}<span class="said" role="status"></span></label>'


def _math(expression: object) -> str:
    return f"<math>{_WRITER.write(expression)}</math>"  # pyright: ignore[reportArgumentType]


def _minus(text: str) -> str:
    return escape(text.replace("-", "−") if "e" not in text else text)
