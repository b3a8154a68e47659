"""A worked calculation as one HTML page: MathML, no program, nothing from the network."""

from __future__ import annotations

from html import escape

from ...errors import visible
from ...formulas.write_mathml import MathMLWriter
from ...formulas.writer import rounded
from ..document import Document, Line, Section

_STYLE = """
.worked { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; max-width: 62rem; margin: 0 auto; padding: 1rem; }
.worked h1 { font-size: 1.5rem; margin: .2em 0; }
.worked h2 { font-size: 1.1rem; margin: 1.6em 0 .3em; padding-bottom: .2em; border-bottom: 1px solid #d5d5d5; }
.worked p { margin: .25em 0; }
.worked .about { color: #555; }
.worked .line { margin: .5em 0; overflow-x: auto; overflow-y: hidden; padding: .1em 0; }
.worked .line math { font-size: 1.05em; }
.worked .more { color: #666; font-style: italic; }
.worked .value { font-weight: 600; }
.worked table { border-collapse: collapse; margin: .6em 0; }
.worked td { padding: .1em 1.2em .1em 0; vertical-align: baseline; }
.worked .notes { background: #f6f3ea; border-left: 4px solid #b58b00; padding: .3em 1em; }
@media print { .worked { max-width: none; } .worked h2 { break-after: avoid; } .worked .line { overflow: visible; } }
"""


def render_html(*documents: Document) -> str:
    """The documents as one page."""
    fragments = "\n".join(render_fragment(document) for document in documents)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(visible(documents[0].title))}</title>\n</head>\n<body>\n{fragments}\n</body>\n</html>\n"
    )


def render_fragment(document: Document) -> str:
    """The document as an element of a page, for a notebook."""
    writer = MathMLWriter(document.digits)
    out = [f'<div class="worked">\n<style>{_STYLE}</style>', f"<h1>{escape(document.title)}</h1>"]
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
    parts = [writer.write(line.symbol), *(writer.write(step) for step in line.steps)]
    if line.value is not None:
        value = writer.number(rounded(line.value, writer.digits), 0)
        if len(parts) > 1 and parts[-1] == value:
            parts.pop()
        parts.append(f'<mrow class="value">{value}</mrow>')
    equals = "<mo>=</mo>".join(f"<mrow>{part}</mrow>" for part in parts)
    return f'<math displaystyle="true">{equals}</math>'
