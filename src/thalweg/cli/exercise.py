"""`thalweg exercise`: a sheet with blanks for each student of a class, its key, and a table for the answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ArgumentError, FileError
from ..worked.exercises.choices import NUMBERS, QUANTITIES
from ..worked.notations import NOTATIONS
from ..worked.rendering.formats import forms_by_ending
from .gallery import Gallery, step_file_of
from .options import check_apart, check_ending, choice, choice_or_file, one_of
from .terminal import console, print_data, print_notes

if TYPE_CHECKING:
    from ..worked.exercises.exercise import Exercise

_ENDINGS = forms_by_ending("pdf", "html", "latex", "markdown")


def exercise(
    file: Annotated[Path | None, typer.Argument(help="A step file (.toml).")] = None,
    blank: Annotated[
        str,
        typer.Option(
            help=f"What is to be worked out: {', '.join(QUANTITIES)} or all, each with a layer or unit if wanted "
            "(sensitivities:layer1), or the symbol of a line; random:8 for 8 lines that the seed draws; commas between."
        ),
    ] = "sensitivities,updates",
    students: Annotated[str, typer.Option(help="How many, or a file of names, a line each: 30, names.csv")] = "1",
    seed: Annotated[int, typer.Option(help="Of the numbers drawn.")] = 0,
    round: Annotated[  # noqa: A002 - the option's name
        int | None, typer.Option(help="To how many decimals every line is rounded; as the file says, else 4.")
    ] = None,
    numbers: Annotated[
        str,
        typer.Option(
            help=f"Others for each student, or those of the file. {one_of(NUMBERS)}", **choice("numbers", NUMBERS)
        ),
    ] = "drawn",
    step: Annotated[int, typer.Option(help="The step of the file, from 1.")] = 1,
    hints: Annotated[bool, typer.Option(help="Show the formulas of the blanks.")] = False,
    notation: Annotated[
        str | None,
        typer.Option(
            help=f"Whose notation. {one_of(NOTATIONS)} Or a table of symbols, such as mine.toml.",
            **choice_or_file("notation", NOTATIONS, ".toml"),
        ),
    ] = None,
    title: Annotated[str | None, typer.Option(help="What the sheets are called.")] = None,
    per_page: Annotated[int, typer.Option(help="How many students' sheets stand on a page, if they fit.")] = 1,
    gallery: Gallery = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The sheets: .pdf, .html (judged as one types), .tex or .md. Key and answers lie beside it."),
    ] = None,
) -> None:
    """Make an exercise of a step file: a sheet for each student, the key, and a table for the answers.

    Example: thalweg exercise xor.toml --blank sensitivities,updates --students 30 --seed 1 --output sheet.pdf
    """
    from ..core.kinds import check_count
    from ..worked.exercises.exercise import exercise as make

    file = step_file_of(file, gallery)
    check_count("--per-page", per_page)
    beside: dict[str, Path] = {}
    if output is not None:
        check_ending(output, tuple(_ENDINGS))
        beside = {
            "sheet": output,
            "key": output.with_name(f"{output.stem}.key{output.suffix}"),
            "answers": output.with_name(f"{output.stem}.answers.csv"),
        }
        names = [Path(students)] if not students.strip().isdecimal() else []
        check_apart(beside, [file, *names])
    made = make(
        file,
        blank,
        _students(students),
        seed=seed,
        round=round,
        step=step,
        numbers=numbers,
        notation=notation,
        title=title,
    )
    if output is None:
        print_data(made.sheet("markdown", per_page=per_page, hints=hints))
        return
    program = _write(made, _ENDINGS[output.suffix.lower()], beside, per_page, hints)
    out = console()
    out.print(made.in_words(), markup=False)
    if program:
        out.print(f"PDF by {program}", markup=False)
    for what, path in beside.items():
        out.print(f"{what.ljust(8)}{path}", markup=False)
    print_notes(out, made.notes[:5])


def _write(made: Exercise, form: str, beside: dict[str, Path], per_page: int, hints: bool) -> str:
    """Write sheets, key and table, all or none; the name of the program that made the PDF, if one did."""
    from ..system import Content, write_together

    program = ""
    if form == "pdf":
        from ..worked.exercises.pdf import pdf

        def sheet(form: str) -> str:
            return made.sheet(form, per_page=per_page, hints=hints)

        sheets, program = pdf(lambda: sheet("latex"), lambda: sheet("html"))
        key, _ = pdf(lambda: made.key("latex", per_page=per_page), lambda: made.key("html", per_page=per_page))
    else:
        sheets = made.sheet(form, per_page=per_page, hints=hints).encode()
        key = made.key(form, per_page=per_page).encode()
    data = {"sheet": sheets, "key": key, "answers": made.answers_csv().encode()}
    write_together([Content(path, data[what], what) for what, path in beside.items()])
    return program


def _students(text: str) -> int | list[str]:
    """How many students, or their names of a file: of a table the column name, id or student, else the first."""
    if text.strip().isdecimal():
        return int(text)
    if text.strip().lstrip("+-").isdecimal():
        raise ArgumentError(f"--students is {text!r}; it must be a number from 1, or a file of names")
    import csv

    from ..system import read_ordinary_file

    content = read_ordinary_file(text, "give a number of students, such as 30, or a file of names")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        lines = content.decode("cp1252", errors="replace").splitlines()
    if b"\0" in content:
        raise FileError(f"{text} is no text: it must have a student's name in each line")
    if not any(map(str.strip, lines)):
        raise FileError(f"{text} is empty: it must have a student's name in each line")
    delimiter = max((",", ";", "\t"), key=lines[0].count)
    rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(cell.strip() for cell in row)]
    heads = [cell.strip().casefold() for cell in rows[0]]
    column = next((heads.index(name) for name in ("name", "student", "id") if name in heads), None)
    body = rows if column is None else rows[1:]
    if not body:
        raise FileError(f"{text} has no names below its head")
    return [row[column or 0].strip() if len(row) > (column or 0) else "" for row in body]
