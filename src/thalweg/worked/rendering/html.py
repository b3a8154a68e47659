"""A worked calculation as one HTML page: MathML, no program, nothing from the network."""

from __future__ import annotations

import re
from html import escape

from ...errors import visible
from ...formulas.write_mathml import MathMLWriter
from ..sections.document import Document, Line, Section
from .markdown import value_in

_TAG = re.compile(r"<(/?)[a-z]+[^>]*?(/?)>")
_SHORT = 40
"""Letters that surely are no wider than a page."""
STYLE = """
.worked { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff;
  max-width: 62rem; margin: 0 auto; padding: 1rem; }
.worked :is(table, tr, td, math, mtable) { color: inherit; background: none !important; } /* in a dark notebook, too */
.worked h1 { font-size: 1.5rem; margin: .2em 0; }
.worked h2 { font-size: 1.1rem; margin: 1.6em 0 .3em; padding-bottom: .2em; border-bottom: 1px solid #d5d5d5; }
.worked p { margin: .25em 0; }
.worked .about { color: #555; }
.worked .line { margin: .5em 0; padding: .1em 0 .1em 2em; text-indent: -2em; overflow-x: auto; overflow-y: hidden; }
.worked .line math { font-size: 1.05em; text-indent: 0; math-style: normal; }
.worked .note { color: #555; padding-left: 1.5em; }
.worked .more { color: #666; font-style: italic; }
.worked .value { font-weight: 600; }
.worked .value mo { font-weight: normal; } /* bold brackets do not grow */
.worked table { border-collapse: collapse; margin: .6em 0; }
.worked td { padding: .1em 1.2em .1em 0; vertical-align: baseline; }
.worked .notes { background: #f6f3ea; border-left: 4px solid #b58b00; padding: .3em 1em; }
@media print { .worked { max-width: none; } .worked h2 { break-after: avoid; }
  .worked .line { overflow: visible; break-inside: avoid; } }
"""


def render_html(*documents: Document) -> str:
    """The documents as one page."""
    return as_page(documents[0].title, "\n".join(render_fragment(document) for document in documents))


def as_page(title: str, fragment: str) -> str:
    """Elements of a page as one that stands alone."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(visible(title))}</title>\n</head>\n<body>\n{fragment}\n</body>\n</html>\n"
    )


def render_fragment(document: Document) -> str:
    """The document as an element of a page, for a notebook."""
    writer = MathMLWriter(document.digits)
    out = [f'<div class="worked">\n<style>{STYLE}</style>', f"<h1>{escape(document.title)}</h1>"]
    out += [f'<p class="about">{escape(text)}</p>' for text in document.introduction]
    out += [f'<p class="about">Notation: {escape(document.text)}.</p>', "<table>"]
    out += [
        f"<tr><td><math>{writer.write(symbol)}</math></td><td>{escape(meaning)}</td></tr>"
        for symbol, meaning in document.symbols
    ]
    out.append("</table>")
    out += [_section(section, writer) for section in document.sections]
    if document.notes:
        notes = "".join(f"<p>{escape(note)}</p>" for note in document.notes)
        out.append(f'<h2>Notes</h2>\n<div class="notes">{notes}</div>')
    return visible("\n".join([*out, "</div>"]))


def _section(section: Section, writer: MathMLWriter) -> str:
    out = [f"<h2>{escape(section.title)}</h2>"]
    for item in section.items:
        if isinstance(item, str):
            out.append(f'<p class="more">{escape(item)}</p>')
        else:
            out.append(f'<div class="line">{_line(item, writer)}</div>')
    return "\n".join(out)


def _line(line: Line, writer: MathMLWriter) -> str:
    """A line as several formulas, between which it may be broken: before its equal signs and the terms of its sums."""
    of_steps = MathMLWriter(line.digits or writer.digits)
    parts = [of_steps.write(line.symbol), *(of_steps.write(step) for step in line.steps)]
    for value in value_in(line, writer):
        if len(parts) > 1 and parts[-1] == value:
            parts.pop()
        parts.append(f'<mrow class="value">{value}</mrow>')
    signs = ["", *["="] * (len(parts) - 2), line.sign]
    pieces = [piece for sign, part in zip(signs, parts, strict=True) for piece in _pieces(sign, part)]
    note = f' <span class="note">{escape(line.beside)}</span>' if line.beside else ""
    return " ".join(f"<math>{piece}</math>" for piece in pieces) + note


def _pieces(sign: str, part: str) -> list[str]:
    """A part of a line behind its sign, cut before each + and − that stands in no other element."""
    start = f'<mo form="infix">{sign}</mo>' if sign else ""
    if len(_TAG.sub("", part)) < _SHORT:
        return [f"<mrow>{start}{part}</mrow>"]
    pieces, depth, begun = [], 0, 0
    for found in _TAG.finditer(part):
        if depth == 0 and found[0] == "<mo>" and part[found.end()] in "+−" and found.start() > begun:
            pieces.append(part[begun : found.start()])
            begun = found.start()
        depth += {"/": -1}.get(found[1], 0 if found[2] else 1)
    pieces.append(part[begun:])
    apart = [
        piece.replace("<mo>", '<mo form="infix">', 1) if number else start + piece
        for number, piece in enumerate(pieces)
    ]
    return [f"<mrow>{piece}</mrow>" for piece in apart]
