"""`thalweg check`: the gradient of a model, weight by weight, beside central differences on its table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ArgumentError
from .terminal import console, print_json, print_table

if TYPE_CHECKING:
    from ..landscape.checking.verdict import GradientCheck

_FAILED = 1


def check(
    model: Annotated[Path, typer.Argument(help="The model file, as `thalweg train` wrote it.")],
    table: Annotated[Path, typer.Option(help="A table with the columns of the training table, the target among them.")],
    rows: Annotated[int, typer.Option(help="Check on the first so many rows.")] = 1000,
    weights: Annotated[int, typer.Option(help="Of more weights than so many, some of each layer are checked.")] = 1000,
    every: Annotated[bool, typer.Option("--all", help="Check every weight, on every row.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, nothing else.")] = False,
) -> None:
    """Check the gradient that training uses, weight by weight, by central differences; ends with 1 if it is wrong.

    Example: thalweg check wine.thalweg --table wine.csv
    """
    for name, value in (("--rows", rows), ("--weights", weights)):
        if value < 1:
            raise ArgumentError(f"{name} is {value}; it must be at least 1")
    from ..data import read_table
    from ..files import load
    from ..opening import check_model

    trained = load(model)
    frame = read_table(table)
    used = frame if every else frame.head(rows)
    found = check_model(trained, used, weights="all" if every else weights)
    if json:
        print_json({"model": str(model), "table": str(table), "rows": used.height, **found.to_dict()})
    else:
        _print(found, f"{model.name} on {used.height:,} of {frame.height:,} rows of {table.name}")
    if not found.passed:
        raise typer.Exit(_FAILED)


def _print(found: GradientCheck, title: str) -> None:
    from rich.text import Text

    out = console()
    out.print(Text(title, style="bold"))
    lines = found.explanation.splitlines()
    out.print(Text(lines[0], style="green" if found.passed else "bold red"))
    for line in lines[1:]:
        out.print(Text(line))
    out.print()
    parts = [
        (part.name, part.total, part.checked, part.wrong, part.kinks, part.unclear, f"{part.worst:.1e}")
        for part in found.parts
    ]
    print_table(out, ("layer", "weights", "checked", "wrong", "on a kink", "unclear", "largest error"), parts)
    out.print()
    worst = [
        (one.name, f"{one.analytic:.9g}", f"{one.numeric:.9g}", f"{one.error:.1e}", f"{one.step:.0e}", one.verdict)
        for one in found.worst(10)
    ]
    heads = ("weight", "gradient", "difference", "error", "step", "")
    print_table(out, heads, worst, title="The largest errors")
