"""`thalweg grade`: a class's answers to an exercise, line by line, and what went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .gallery import Gallery, step_file_of
from .options import check_apart, check_ending
from .terminal import console, print_json, print_notes, print_table

if TYPE_CHECKING:
    from ..worked.exercises.class_table import ClassTable
    from ..worked.exercises.task import Settings

_ENDINGS = (".csv", ".json", ".html", ".htm", ".txt")


def grade(
    file: Annotated[Path | None, typer.Argument(help="The step file that the exercise was made of.")] = None,
    answers: Annotated[
        Path | None, typer.Argument(help="The table of answers (.csv) that came with the sheets, filled in.")
    ] = None,
    gallery: Gallery = None,
    student: Annotated[int | None, typer.Option(help="Only this student, every line.", rich_help_panel="Show")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="Write the table to this file as well: .csv, .json, .html or .txt")
    ] = None,
    blank: Annotated[
        str | None,
        typer.Option(help="What was blank, for answers that do not tell.", rich_help_panel="The exercise"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Its seed (0).", rich_help_panel="The exercise")] = None,
    round: Annotated[  # noqa: A002 - the option's name
        int | None, typer.Option(help="Its decimals (4).", rich_help_panel="The exercise")
    ] = None,
    step: Annotated[int | None, typer.Option(help="Its step (1).", rich_help_panel="The exercise")] = None,
    numbers: Annotated[
        str | None, typer.Option(help="drawn (the default) or file.", rich_help_panel="The exercise")
    ] = None,
) -> None:
    """Grade a class's answers: for each student the first wrong line, what it looks like, and points.

    Example: thalweg grade xor.toml sheet.answers.csv --output grades.csv
    """
    from ..errors import ArgumentError
    from ..worked.exercises.class_table import grade as judged

    if gallery is not None and answers is None:  # then the one file that is named are the answers
        file, answers = None, file
    file = step_file_of(file, gallery)
    if answers is None:
        raise typer.BadParameter("Missing argument 'ANSWERS': name the table of answers.")
    if output is not None:
        check_ending(output, _ENDINGS)
        check_apart({"grades": output}, [file, answers])
    found = judged(file, answers, settings=_settings(blank, seed, round, step, numbers))
    if student is not None and student not in [one.number for one in found.grades]:
        raise ArgumentError(f"--student {student}: there are {', '.join(str(one.number) for one in found.grades[:20])}")
    if output is not None:
        _write(output, found)
    if json:
        print_json(found.to_dict())
        return
    out = console()
    if student is not None:
        told = next(one for one in found.grades if one.number == student).comparison
        for line in told.lines:
            out.print(line.told(told.decimals), markup=False)
        out.print(told.in_words().partition("\n")[0], markup=False)
    else:
        print_table(out, found.heads, found.rows())
        for what, count in found.frequent():
            out.print(f"{count} students: {what}", markup=False)
    if output is not None:
        out.print(f"grades  {output}", markup=False)
    print_notes(out, [*found.notes[:8], *([f"... and {len(found.notes) - 8} more"] if len(found.notes) > 8 else [])])


def _settings(
    blank: str | None, seed: int | None, decimals: int | None, step: int | None, numbers: str | None
) -> Settings | None:
    """The exercise as the options say it; None if they do not. Raises ArgumentError for options without effect."""
    from ..errors import ArgumentError

    if blank is None:
        said = {"--seed": seed, "--round": decimals, "--step": step, "--numbers": numbers}
        for option in (option for option, value in said.items() if value is not None):
            raise ArgumentError(
                f"{option} goes with --blank, for answers that do not tell their exercise: leave it out or give --blank"
            )
        return None
    from ..core.kinds import check_count
    from ..worked.exercises.blanks import words_of
    from ..worked.exercises.choices import NUMBERS
    from ..worked.exercises.task import Settings
    from ..worked.grading.comparing import check_decimals

    numbers = "drawn" if numbers is None else numbers
    if numbers not in NUMBERS:
        raise ArgumentError(f"--numbers is {numbers!r}; it must be {' or '.join(NUMBERS)}")
    decimals = check_decimals("--round", 4 if decimals is None else decimals)
    seed, step = check_count("--seed", 0 if seed is None else seed, 0), 1 if step is None else step
    return Settings(words_of(blank), seed, decimals, step, numbers)


def _write(output: Path, found: ClassTable) -> None:
    """Write the table in the form of the file's ending."""
    import json as json_module

    from ..files.model_file import plain
    from ..system import write_atomically

    ending = output.suffix.lower()
    if ending == ".csv":
        text = found.to_csv()
    elif ending == ".json":
        text = json_module.dumps(plain(found.to_dict()), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    elif ending == ".txt":
        text = found.in_words() + "\n"
    else:
        from ..notebook.pieces import card

        head = '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Grades</title>\n'
        text = f"{head}<body>{card(found.in_html())}</body></html>\n"
    write_atomically(output, text.encode("utf-8"), purpose="grades")
