"""The weights of a network as they are read without a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..errors import visible
from .formula_data import Json


def as_read(data: Mapping[str, Json], frames: Sequence[Mapping[str, Json]]) -> str:
    """The columns of units, and the weights of the last frame, as tables."""
    columns = ", ".join(f"{_text(column['name'])} ({column['size']:,})" for column in data["columns"])
    written = [f"<h1>{_text(data['title'] or 'Network')}</h1>", f"<p>{columns}</p>"]
    for frame in frames[-1:]:
        for layer, sources in frame["weights"].items():
            for source, rows in sources.items():
                body = "".join(f"<tr>{''.join(f'<td>{_number(x)}</td>' for x in row)}</tr>" for row in rows)
                written.append(f"<table><caption>{_text(layer)} from {_text(source)}</caption>{body}</table>")
    return "\n".join(written)


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4g}"


def _text(text: str) -> str:
    return escape(visible(str(text)))
