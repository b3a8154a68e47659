"""`thalweg diagnose`: what ails the training of a model, in words, numbers and a page of figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ArgumentError
from .options import check_apart, recipe_from, table_needed
from .process import settle
from .terminal import console, print_json, print_table
from .training_options import MaxSize, Member, Sheet, opening

if TYPE_CHECKING:
    from rich.console import Console

    from ..diagnosis import Diagnosis


def diagnose(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    table: Annotated[
        Path | None, typer.Option(help="The table that it was trained on, or another with the same columns.")
    ] = None,
    validation: Annotated[
        Path | None, typer.Option(help="The validation table that it was trained with, if it had one.")
    ] = None,
    member: Member = None,
    sheet: Sheet = None,
    max_size: MaxSize = None,
    rows: Annotated[
        int | None, typer.Option(help="Of more rows so many are looked at, spread over them; 10,000 if left out.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The page of figures; MODEL.diagnosis.html beside the model if left out.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with all numbers, nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")] = False,
) -> None:
    """Say what ails a training: curvature and largest stable learning rate, gradient flow, saturation, losses.

    Of a model of several networks each is looked at, and has a page of its own.

    Example: thalweg diagnose wine.thalweg --table wine.csv
    """
    from ..diagnosis.training import MOST_ROWS
    from ..files import load
    from ..system import check_writable
    from ..tables.diagnosis import diagnose_model

    if rows is not None and rows < 1:
        raise ArgumentError(f"--rows is {rows}; it must be at least 1")
    page = output or model.parent / f"{model.name.removesuffix('.thalweg')}.diagnosis.html"
    check_apart({"page": page}, [path for path in (model, table, validation) if path is not None])
    loaded = load(model)
    if table is None:
        raise table_needed(loaded.record)
    chosen = range(1, len(loaded.members) + 1) if member is None and loaded.members else [member]
    pages = [page if number is None else _of_member(page, number) for number in chosen]
    for one in pages:
        check_writable(one, purpose="diagnosis")
    if page.suffix.lower() not in (".html", ".htm"):
        raise ArgumentError(f"output {str(page)!r} ends in {page.suffix!r}; it is a page: it must end in .html")
    from ..tables.opened import one_network, read_for

    how = opening(sheet, max_size)
    frame = read_for(loaded, table, **how)
    judged = None if validation is None else read_for(loaded, validation, **how)
    told = []
    for number, place in zip(chosen, pages, strict=True):
        network = one_network(loaded, number)
        found = diagnose_model(
            network, frame, validation=judged, rows=rows or MOST_ROWS, recipe_from=recipe_from(network)
        )
        _write(place, found, model, table, number)
        told.append(found)
        if not json:
            _tell(console(), found, model, table, None if quiet else place, number)
    settle()
    if json:
        each = [{**found.to_dict(), "page": str(place)} for found, place in zip(told, pages, strict=True)]
        numbered = [{"member": number, **one} for number, one in zip(chosen, each, strict=True)]
        of_model: dict[str, Any] = {"model": str(model), "table": str(table)}
        single = member is not None or not loaded.members
        print_json(of_model | (each[0] if single else {"members": numbered}))


def _of_member(page: Path, number: int) -> Path:
    """The page of a member, beside that of the model."""
    stem = page.stem.removesuffix(".diagnosis")
    return page.with_name(f"{stem}.member{number}{page.name[len(stem) :]}")


def _write(page: Path, found: Diagnosis, model: Path, table: Path, number: int | None) -> None:
    from .. import __version__
    from ..reports.diagnosis_page import write_diagnosis

    which = "" if number is None else f", member {number}"
    write_diagnosis(
        page, found, title=model.name.removesuffix(".thalweg"), subtitle=f"{model.name}{which} on {table.name}",
        versions=[("Thalweg", __version__)],
    )  # fmt: skip


def _tell(out: Console, found: Diagnosis, model: Path, table: Path, page: Path | None, number: int | None) -> None:
    """The numbers, the layers, the verdict; with no page the verdict alone."""
    from rich.markup import escape

    from ..reports.diagnosis_page import numbers_of, table_of_layers
    from .understood import describe

    if page is not None:
        which = "" if number is None else f", member {number}"
        out.print(f"[bold]{escape(model.name)}[/bold]{which} on {escape(table.name)}: {describe(found.network)}")
        for note in found.notes:
            out.print(f"[yellow]note[/yellow] {escape(note)}")
        out.print()
        numbers = numbers_of(found)
        width = max(len(name) for name, _ in numbers)
        for name, value in numbers:
            out.print(f"{name:<{width}}  {value}", markup=False)
        out.print()
        print_table(out, *table_of_layers(found))
        out.print()
    elif number is not None:
        out.print(f"[bold]member {number}[/bold]")
    findings = found.findings
    for finding in findings:
        out.print(f"[bold yellow]{escape(finding.text)}[/bold yellow]\n  remedy: {escape(finding.remedy)}")
    if not findings:
        out.print(found.verdict, style="green", markup=False)
    if page is not None:
        out.print(f"\npage  {page}", markup=False)
