"""`thalweg check`: the gradient of a model, weight by weight, beside central differences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ..errors import ArgumentError
from .terminal import console, print_json, print_table

if TYPE_CHECKING:
    from ..landscape import GradientCheck

ROWS = 200


class _Subject(NamedTuple):
    """What is checked, and what is to be known of it."""

    net: Any
    loss: Any
    params: Any
    inputs: Any
    targets: Any
    l1: float
    l2: float
    notes: tuple[str, ...]


def check(
    model: Annotated[Path, typer.Argument(help="The model file, with --table; or a step file (.toml).")],
    table: Annotated[
        Path | None, typer.Option(help="A table that has the columns of the training table, the target too.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(help=f"How many rows to check on, spread over the table; {ROWS} if left out.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Check all weights, not a sample of each layer.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with all numbers.")] = False,
) -> None:
    """Check the gradient of a model, weight by weight, by central differences; exit status 1 if it is wrong.

    Example: thalweg check wine.thalweg --table wine.csv
    """
    from ..core.losses import LOSSES
    from ..landscape import check_network
    from ..landscape.network_check import MOST_WEIGHTS

    if rows is not None and rows < 1:
        raise ArgumentError(f"--rows is {rows}; it must be at least 1")
    subject = _of_step_file(model, table, rows) if model.suffix.lower() == ".toml" else _of_model(model, table, rows)
    found = check_network(
        subject.net,
        subject.loss,
        subject.params,
        subject.inputs,
        subject.targets,
        l1=subject.l1,
        l2=subject.l2,
        weights="all" if every else MOST_WEIGHTS,
    )
    if json:
        told = {
            "model": str(model),
            "table": None if table is None else str(table),
            "rows": len(subject.targets),
            "loss": LOSSES.describe(subject.loss),
            "l1": subject.l1,
            "l2": subject.l2,
            **found.to_dict(),
        }
        print_json({**told, "notes": [*found.notes, *subject.notes]})
    else:
        _print(found, subject.notes)
    if not found.passed:
        raise typer.Exit(1)


def _of_model(file: Path, table: Path | None, rows: int | None) -> _Subject:
    """A saved model on some rows of its table, with the l2 that its training had."""
    import numpy as np

    from ..data import read_table
    from ..files import load
    from ..pipeline import build_rule, settings_of

    model = load(file)
    if model.encoding is None:
        raise ArgumentError(f"{file} was trained on arrays, not on a table: use tw.check_network with the arrays")
    l2 = build_rule(settings_of(model))[1] if model.record.get("settings") is not None else 0.0
    if table is None:
        trained_on = model.record.get("table")
        name = trained_on.get("name", "TABLE") if isinstance(trained_on, Mapping) else "TABLE"
        raise ArgumentError(f"a model holds no data: give the table that it was trained on, --table {name}")
    frame = read_table(table)
    P, notes = model.encoding.inputs_of(frame)
    T = model.encoding.targets_of(frame)
    chosen = np.unique(np.linspace(0, len(T) - 1, min(len(T), rows or ROWS)).round().astype(int))
    told = [*notes]
    if len(chosen) < len(T):
        told.append(f"{len(chosen):,} of {len(T):,} rows, spread over the table (--rows takes more)")
    if l2:
        told.append(f"the error has the l2 penalty of the training, {l2:g}")
    if model.dtype == np.float32:
        told.append("the parameters are float32; they are checked in float64")
    return _Subject(model.network, model.loss, model.params, P[chosen], T[chosen], 0.0, l2, tuple(told))


def _of_step_file(file: Path, table: Path | None, rows: int | None) -> _Subject:
    """The network of a step file on its data."""
    from ..worked.step_file import read_step_file

    if table is not None or rows is not None:
        option = "--table" if table is not None else "--rows"
        raise ArgumentError(f"{option} goes with a model file; {file.name} is a step file: leave it out")
    read = read_step_file(file)
    if read.targets is None:
        raise ArgumentError(f"{file} has no [data], and an error needs examples: add inputs and targets")
    return _Subject(read.network, read.loss, read.params, read.inputs, read.targets, read.l1, read.l2, ())


def _print(found: GradientCheck, notes: tuple[str, ...]) -> None:
    out = console()
    verdict, *rest = found.explanation.splitlines()
    out.print(verdict, style="bold green" if found.passed else "bold red", markup=False)
    for line in (*rest, *(f"{note[:1].upper()}{note[1:]}." for note in notes)):
        out.print(line, markup=False)
    out.print()
    rows = [
        (part.name, part.total, part.checked, part.wrong, part.kinks, part.unclear, f"{part.worst:.1e}")
        for part in found.parts
    ]
    print_table(out, ("layer", "weights", "checked", "wrong", "at a kink", "not told", "largest error"), rows)
    out.print()
    worst = [
        (
            entry.name,
            f"{entry.analytic:.9g}",
            f"{entry.numeric:.9g}",
            f"{entry.error:.1e}",
            f"{entry.step:.0e}",
            entry.verdict,
        )
        for entry in found.worst()
    ]
    print_table(out, ("weight", "gradient", "difference", "error", "step", ""), worst, title="The largest errors")
