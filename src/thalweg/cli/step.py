"""`thalweg step`: a training step as a worked calculation, of a step file, of a row, or of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ArgumentError
from ..worked.notations import NOTATIONS
from ..worked.rendering.formats import FORMATS, forms_by_ending
from ..worked.sections.forms import FORMS
from .gallery import Gallery, step_file_of
from .options import check_apart, choice, choice_or_file, form_of, one_of, recipe_from, table_needed
from .terminal import console, print_data
from .training_options import MaxParameters, MaxSize, Member, Sheet, opening, refuse_given

if TYPE_CHECKING:
    from ..files import Model
    from ..worked.calculation import WorkedStep

_ENDINGS = forms_by_ending(*FORMATS)


def step(
    file: Annotated[
        Path | None, typer.Argument(help="A step file (.toml), or a model file with --table.", show_default=False)
    ] = None,
    gallery: Gallery = None,
    input: Annotated[  # noqa: A002 - the option's name
        str | None, typer.Option(help="One example's inputs, in place of the file's: 1,0", rich_help_panel="Step")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Its targets: 1", rich_help_panel="Step")] = None,
    table: Annotated[
        Path | None, typer.Option(help="The table that a model was trained on.", rich_help_panel="Step")
    ] = None,
    row: Annotated[
        int | None, typer.Option(help="The row of the table to open, from 1.", rich_help_panel="Step")
    ] = None,
    number: Annotated[
        int | None,
        typer.Option(
            "--step",
            help="The update to open, from 1: of a file's, or of a model's run.",
            rich_help_panel="Step",
        ),
    ] = None,
    validation: Annotated[
        Path | None, typer.Option(help="The validation table of the run, if it had one.", rich_help_panel="Step")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="The run's checkpoints, if not beside the model: the update is reached from the nearest.",
            rich_help_panel="Step",
        ),
    ] = None,
    member: Member = None,
    sheet: Sheet = None,
    max_size: MaxSize = None,
    max_parameters: MaxParameters = None,
    notation: Annotated[
        str | None,
        typer.Option(
            help=f"Whose notation. {one_of(NOTATIONS)} Or a table of symbols, such as mine.toml.",
            rich_help_panel="Show",
            **choice_or_file("notation", NOTATIONS, ".toml"),
        ),
    ] = None,
    shape: Annotated[
        str | None,
        typer.Option(
            "--form",
            help=f"Unit by unit, or layer by layer with matrices. {one_of(FORMS)}",
            rich_help_panel="Show",
            **choice("form", FORMS),
        ),
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Only this layer, whole.", rich_help_panel="Show")] = None,
    neuron: Annotated[
        str | None, typer.Option(help="Only this unit, whole: layer1[2].", rich_help_panel="Show")
    ] = None,
    weight: Annotated[
        str | None, typer.Option(help="Only what this weight takes part in: layer1[2,0].", rich_help_panel="Show")
    ] = None,
    example: Annotated[
        list[int] | None,
        typer.Option(help="Only this example of the batch, from 1; may be repeated.", rich_help_panel="Show"),
    ] = None,
    digits: Annotated[int, typer.Option(help="Significant digits.", rich_help_panel="Show")] = 6,
    format: Annotated[  # noqa: A002 - the option's name
        str | None,
        typer.Option(help=f"By the output's ending, else text. {one_of(FORMATS)}", **choice("format", FORMATS)),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of the terminal.")] = None,
) -> None:
    """Open a training step and show every number in it, in a textbook's notation.

    Example: thalweg step examples/worked/aifh_xor_online.toml --notation aifh
    """
    file = step_file_of(file, gallery)
    if output is not None:
        check_apart({"output": output}, [path for path in (file, table, validation) if path is not None])
    form = form_of(output, format, _ENDINGS)
    of_models: dict[str, Any] = {"--table": table, "--row": row, "--validation": validation, "--member": member}
    of_models |= {"--sheet": sheet, "--max-size": max_size, "--checkpoint": checkpoint}
    refuse_given(file, of_models, {"--max-parameters": max_parameters})
    if file.suffix.lower() == ".toml":
        steps = _of_step_file(file, input, target, number, notation, max_parameters)
    else:
        for name, value in (("--input", input), ("--target", target)):
            if value is not None:
                raise ArgumentError(f"{name} goes with a step file; for a model give --table and --row, or --step")
        steps = [_of_model(file, table, row, number, validation, checkpoint, member, opening(sheet, max_size))]
    view: dict[str, Any] = {
        "form": shape or FORMS[0],
        "layer": layer,
        "neuron": neuron,
        "weight": weight,
        "digits": digits,
    }
    view["examples"] = _examples(example, steps) if example else None
    if form == "text" and output is None:
        _print(steps, notation, view)
        return
    from ..widgets.step_forms import written

    text = written(steps, form, notation, view)
    if output is None:
        print_data(text)
        return
    from ..system import write_atomically

    write_atomically(output, text.encode("utf-8"), purpose="worked step")
    console().print(f"step    {output}", markup=False)


def _of_step_file(
    file: Path, inputs: str | None, target: str | None, number: int | None, notation: str | None, most: int | None
) -> Sequence[WorkedStep]:
    from ..worked.step_files.file import read_step_file

    read = read_step_file(file, most_parameters=most)
    if (inputs is None) != (target is None):
        raise ArgumentError("--input and --target belong together: give both, such as --input 1,0 --target 1")
    if inputs is not None and target is not None:
        read = read.with_example(_numbers("--input", inputs), _numbers("--target", target))
        return [read.open(1 if number is None else number, notation)]
    return read.run(notation) if number is None else [read.open(number, notation)]


def _of_model(
    file: Path,
    table: Path | None,
    row: int | None,
    number: int | None,
    validation: Path | None,
    checkpoint: Path | None,
    member: int | None,
    how: dict[str, Any],
) -> WorkedStep:
    from ..files import load
    from ..tables.opened import one_network, read_for
    from ..tables.steps import checkpoints_of, open_row, open_step
    from ..tables.streamed_steps import is_of_files, open_step_of_files

    model = one_network(load(file), member)
    if (row is None) == (number is None):
        raise ArgumentError("say what to open of a model: --row 17 of its table, or --step 100 of its run")
    if row is not None and validation is not None:
        raise ArgumentError("--validation goes with --step: leave it out")
    if row is not None and checkpoint is not None:
        raise ArgumentError("--checkpoint goes with --step: leave it out")
    path = table or _table_of(model, file)
    if number is not None and is_of_files(model):
        for option, given in (("--validation", validation), ("--sheet", how["sheet"]), ("--max-size", how["largest"])):
            if given is not None:
                raise ArgumentError(f"{option} does not go with a model of streamed files: leave it out")
        return open_step_of_files(model, path, number, checkpoints_of(model, file.parent, checkpoint))
    frame = read_for(model, path, **how)
    if row is not None:
        return open_row(model, frame, row, path.name)
    assert number is not None
    judged = None if validation is None else read_for(model, validation, **how)
    saved_in = checkpoints_of(model, file.parent, checkpoint)
    return open_step(model, frame, number, validation=judged, recipe_from=recipe_from(model), saved_in=saved_in)


def _examples(numbers: Sequence[int], steps: Sequence[WorkedStep]) -> tuple[int, ...]:
    """The places of examples that are counted from 1, as they are on the page."""
    most = min(step.examples for step in steps)
    for number in numbers:
        if not 1 <= number <= most:
            raise ArgumentError(f"example {number}: the step has {most}, counted from 1")
    return tuple(number - 1 for number in numbers)


def _table_of(model: Model, file: Path) -> Path:
    """The table that a model was trained on, where it lies beside it; raises ArgumentError where it does not."""
    from ..files.record import object_at

    known = model.record.get("table")
    name = known.get("name") if isinstance(known, dict) else None
    if isinstance(name, str) and (beside := file.parent / Path(name).name).exists():
        return beside
    if object_at(model.record, "recipe"):
        raise table_needed(model.record)
    raise ArgumentError(f"{file} holds no data: give the table that it was trained on, --table {name or 'TABLE'}")


def _numbers(option: str, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise ArgumentError(f"{option} is {text!r}; it must be numbers with commas between, such as 1,0") from None


def _print(steps: Sequence[WorkedStep], notation: str | None, view: dict[str, Any]) -> None:
    """On the terminal: headings stand out, and values are bold."""
    from ..worked.rendering.text import render_text
    from .worked import print_document

    out = console()
    for number, step in enumerate(steps):
        document = step.document(notation, **view)
        if number:
            out.print()
        if out.is_terminal:
            print_document(out, document)
        else:
            print_data(render_text(document))
