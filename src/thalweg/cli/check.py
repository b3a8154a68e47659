"""`thalweg check`: the gradient of a model, weight by weight, beside central differences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ArgumentError
from .gallery import Gallery, step_file_of
from .options import table_needed
from .terminal import console, print_json, print_table
from .training_options import MaxParameters, MaxSize, Member, Sheet, opening, refuse_given

if TYPE_CHECKING:
    from ..gradient_check import GradientCheck


def check(
    model: Annotated[
        Path | None, typer.Argument(help="A model file, with --table; or a step file (.toml).", show_default=False)
    ] = None,
    gallery: Gallery = None,
    table: Annotated[
        Path | None, typer.Option(help="A table that has the columns of the training table, the target too.")
    ] = None,
    gradient: Annotated[
        str | None,
        typer.Option(
            help="Judge this gradient, your own: a Python file with a function gradient(x) or gradient(x, P, T), or "
            "another one, student.py:backprop; or its numbers (.json, .npz). Mistakes are named.",
        ),
    ] = None,
    rows: Annotated[
        int | None, typer.Option(help="How many rows to check on, spread over the table; 200 if left out.")
    ] = None,
    member: Member = None,
    sheet: Sheet = None,
    max_size: MaxSize = None,
    max_parameters: MaxParameters = None,
    weights: Annotated[
        int | None, typer.Option(help="Of more weights than so many, some of each layer are checked; 1000 if left out.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Check every weight, on every row unless --rows says.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with all numbers.")] = False,
) -> None:
    """Check the gradient that training uses, or your own, by central differences; ends with 1 if it is wrong.

    Example: thalweg check wine.thalweg --table wine.csv
    """
    model = step_file_of(model, gallery)
    for name, value in (("--rows", rows), ("--weights", weights)):
        if value is not None and value < 1:
            raise ArgumentError(f"{name} is {value}; it must be at least 1")
    if every and weights is not None:
        raise ArgumentError("--all and --weights both say how many weights to check: give one of them")
    of_models = {"--member": member, "--sheet": sheet, "--max-size": max_size}
    refuse_given(model, of_models, {"--max-parameters": max_parameters})
    if model.suffix.lower() == ".toml":
        found = _of_step_file(model, table, rows, weights, every, max_parameters, gradient)
    else:
        found = _of_model(model, table, rows, weights, every, member, opening(sheet, max_size), gradient)
    if json:
        print_json({"model": str(model), "table": None if table is None else str(table), **found.to_dict()})
    else:
        _print(found)
    if not found.passed:
        raise typer.Exit(1)


def _of_model(
    file: Path,
    table: Path | None,
    rows: int | None,
    weights: int | None,
    every: bool,
    member: int | None,
    how: dict[str, Any],
    gradient: str | None,
) -> GradientCheck:
    """A saved model on rows of its table."""
    from ..files import load
    from ..gradient_check.network import MOST_WEIGHTS
    from ..tables.check import MOST_ROWS, check_model
    from ..tables.opened import one_network, read_for

    model = one_network(load(file), member)
    if table is None and model.encoding is not None:
        raise table_needed(model.record)
    if table is None:
        raise ArgumentError(f"{file} was trained on arrays, not on a table: use tw.check_network with the arrays")
    return check_model(
        model,
        read_for(model, table, **how),
        rows=rows or ("all" if every else MOST_ROWS),
        weights="all" if every else weights or MOST_WEIGHTS,
        gradient=gradient,
    )


def _of_step_file(
    file: Path,
    table: Path | None,
    rows: int | None,
    weights: int | None,
    every: bool,
    most: int | None,
    gradient: str | None,
) -> GradientCheck:
    """The network of a step file on its data."""
    from ..gradient_check import check_network
    from ..gradient_check.network import MOST_WEIGHTS
    from ..worked.step_files.file import read_step_file

    if table is not None or rows is not None:
        option = "--table" if table is not None else "--rows"
        raise ArgumentError(f"{option} goes with a model file; {file.name} is a step file: leave it out")
    read = read_step_file(file, most_parameters=most)
    if read.targets is None:
        raise ArgumentError(f"{file} has no [data], and an error needs examples: add inputs and targets")
    read.refuse_conventions("a gradient check")
    at = read.network, read.loss, read.params, read.inputs, read.targets
    if gradient is not None:
        from ..gradient_check.student_file import check_file

        alone = next(iter(read.inputs.values())) if len(read.inputs) == 1 else read.inputs
        at = read.network, read.loss, read.params, alone, read.targets
        return check_file(gradient, *at, l1=read.l1, l2=read.l2, entries="all" if every else weights)
    return check_network(*at, l1=read.l1, l2=read.l2, weights="all" if every else weights or MOST_WEIGHTS)


def _print(found: GradientCheck) -> None:
    out = console()
    verdict, *rest = found.explanation.splitlines()
    out.print(verdict, style="bold green" if found.passed else "bold red", markup=False)
    for line in rest:
        out.print(line, markup=False)
    out.print()
    parts = [
        (part.name, part.total, part.checked, part.wrong, part.kinks, part.unclear, f"{part.worst:.1e}")
        for part in found.parts
    ]
    which = ("layer", "weights") if found.unit[0] == "weight" else ("array", "entries")
    print_table(out, (*which, "checked", "wrong", "at a kink", "unclear", "largest error"), parts)
    out.print()
    worst = [
        (one.name, f"{one.analytic:.9g}", f"{one.numeric:.9g}", f"{one.error:.1e}", f"{one.step:.0e}", one.verdict)
        for one in found.worst()
    ]
    heads = (found.unit[0], "gradient" if found.unit[0] == "weight" else "yours", "difference", "error", "step", "")
    print_table(out, heads, worst, title="The largest errors")
