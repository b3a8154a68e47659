"""The curves of runs as they are read without a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..errors import visible
from ..formulas.writer import rounded
from .curves_data import RunCurves
from .formula_data import Json

_MOST_ROWS = 40


def as_read(runs: Sequence[RunCurves], data: Mapping[str, Json]) -> str:
    """Of each run why it ended, where validation was best, and its numbers in some epochs, as a table."""
    return "\n".join([f"<h1>{_text(data['title'] or 'Training')}</h1>", *map(_run, runs, data["runs"])])


def _run(run: RunCurves, told: Mapping[str, Json]) -> str:
    lines = [f"<h2>{_text(run.name)}</h2>"]
    if run.ended:
        lines.append(f"<p>Ended after {run.epochs:,} epochs: {_text(run.ended)}.</p>")
    if told["best"]:
        epoch, value = told["best"]
        lines.append(f"<p>Best: epoch {epoch:,}{'' if value is None else f', {rounded(value, 6)}'}.</p>")
    rows: dict[int, dict[str, str]] = {}
    for curve in told["curves"]:
        for epoch, value in zip(curve["epochs"], curve["values"], strict=True):
            rows.setdefault(epoch, {})[curve["name"]] = "not finite" if value is None else rounded(value, 6)
    epochs = sorted(rows)
    if len(epochs) > _MOST_ROWS:
        epochs = [epochs[round(k * (len(epochs) - 1) / (_MOST_ROWS - 1))] for k in range(_MOST_ROWS)]
    head = "".join(f"<th>{_text(of)}</th>" for of in ("epoch", *(curve["title"] for curve in told["curves"])))
    body = "".join(
        f"<tr><td>{epoch:,}</td>"
        + "".join(f"<td>{rows[epoch].get(curve['name'], '')}</td>" for curve in told["curves"])
        + "</tr>"
        for epoch in epochs
    )
    return "".join(lines) + f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return escape(visible(text))
