"""Pieces of HTML: small, whole in themselves, and in the colours of the notebook, light or dark.

Text and lines have the colour of the text around them; a colour of one's own is one of `COLOURS`, which stand out from
white and from black alike, and says nothing that words do not say too. All that is given is text, and is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from ..errors import visible

BLUE, ORANGE, GREEN, RED = COLOURS = ("#3d84c6", "#c77700", "#2b9a5a", "#dd5044")
RULE = "rgba(128,128,128,.4)"
_STYLE = " ".join(
    f"""<style>
.thalweg{{line-height:1.45;max-width:62em;font-variant-numeric:tabular-nums;overflow-x:auto}}
.thalweg p,.thalweg ul{{margin:.3em 0;max-width:50em;white-space:pre-wrap}} .thalweg li{{margin:.15em 0}}
.thalweg table{{border-collapse:collapse;border:0;margin:.5em 0;table-layout:auto;font-size:inherit}}
.thalweg table tr{{background:none;border-bottom:1px solid {RULE}}}
.thalweg table td,.thalweg table th{{background:none;border:0;padding:.15em 1.2em .15em 0;text-align:left!important;\
vertical-align:baseline}}
.thalweg table th{{font-weight:600;opacity:.75}} .thalweg table .n{{text-align:right!important}}
.thalweg .title{{font-weight:600}} .thalweg .faint{{opacity:.72}}
.thalweg .pair{{display:flex;flex-wrap:wrap;gap:0 2em}}
.thalweg .mark{{border-left:.25em solid;padding-left:.6em}}
.thalweg svg{{display:block;max-width:100%;height:auto;margin:.4em 0}}
.thalweg svg text{{fill:currentColor;font-size:11px;font-family:sans-serif}}
</style>""".splitlines()
)


def text(value: object) -> str:
    """Text, escaped, on one line or several; control characters as such.

    >>> text("<b> & 'c'")
    '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return escape(visible(str(value)))


def card(*parts: str) -> str:
    """Pieces as what a notebook shows of one result."""
    return f'<div class="thalweg">{_STYLE}{"".join(parts)}</div>'


def paragraph(words: object, kind: str = "") -> str:
    """Words; `kind` is "title" or "faint"."""
    return f'<p class="{kind}">{text(words)}</p>' if kind else f"<p>{text(words)}</p>"


def marked(words: object, colour: str) -> str:
    """Words with a bar of a colour before them."""
    return f'<p class="mark" style="border-color:{colour}">{text(words)}</p>'


def points(lines: Iterable[object]) -> str:
    """Lines as a list."""
    items = "".join(f"<li>{text(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def beside(*parts: str) -> str:
    """Pieces beside each other, where there is room."""
    return f'<div class="pair">{"".join(f"<div>{part}</div>" for part in parts if part)}</div>'


def table(heads: Sequence[object], rows: Iterable[Sequence[object]], most: int = 20) -> str:
    """A table; columns of numbers are flush right. Of more rows than `most` the first are shown, and how many more.

    >>> table(["name", "size"], [["a<b", 1234]]).partition("<tbody>")[2]
    '<tr><td>a&lt;b</td><td class="n">1,234</td></tr></tbody></table>'
    """
    rows = [list(row) for row in rows]
    numeric = [bool(rows) and all(_is_number(row[k]) for row in rows) for k in range(len(heads))]

    def cell(tag: str, value: object, number: bool) -> str:
        shown = f"{value:,}" if isinstance(value, int) else f"{value:.4g}" if isinstance(value, float) else value
        return f"<{tag}{' class=' + chr(34) + 'n' + chr(34) if number else ''}>{text(shown)}</{tag}>"

    def line(tag: str, values: Sequence[object]) -> str:
        return f"<tr>{''.join(cell(tag, value, number) for value, number in zip(values, numeric, strict=True))}</tr>"

    body = "".join(line("td", row) for row in rows[:most])
    more = paragraph(f"... and {len(rows) - most:,} more", "faint") if len(rows) > most else ""
    return f"<table><thead>{line('th', heads)}</thead><tbody>{body}</tbody></table>{more}"


def _is_number(value: object) -> bool:
    """Whether it is a number, or the text of one or of none."""
    return isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value) is not None)


_NUMBER = re.compile(r"([-+]?[\d,.]+(e[-+]?\d+)?( %)?|none|inf|nan)?", re.IGNORECASE)
