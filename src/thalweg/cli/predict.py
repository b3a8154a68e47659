"""`thalweg predict`: a table and a model in, the table with predictions out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..opening import STANDARD_INPUT
from .options import check_apart
from .process import settle
from .terminal import print_data, print_json
from .training_options import MaxSize, Sheet, opening

if TYPE_CHECKING:
    import polars as pl

    from ..files import Model, Prediction
    from ..tables.scores import ClassificationScores, RegressionScores


def predict(
    model: Annotated[Path, typer.Argument(help="The model file, as `thalweg train` wrote it.")],
    table: Annotated[
        Path, typer.Argument(help="A table that has the columns of the training table; - is the standard input.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write: .csv, .tsv (also .gz), .ndjson, .json, .parquet or .arrow; to the terminal if left "
            "out or -, a text in its own format, else CSV.",
        ),
    ] = None,
    no_header: Annotated[
        bool,
        typer.Option(
            "--no-header",
            help="The table has no names of columns, and those of the training table in their order. Known of a model "
            "that was trained so.",
        ),
    ] = False,
    sheet: Sheet = None,
    max_size: MaxSize = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with the scores and notes.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Append predictions, and for classes their probabilities, to a table.

    What was there stays as it was, in a text character for character.

    Example: thalweg predict wine.thalweg new.csv --output out.csv
    """
    from ..data.appending import appended, formulas
    from ..data.notes import most_important_first
    from ..files import check_writable, load, write_atomically
    from ..tables.opened import open_for

    output = None if output == Path(STANDARD_INPUT) else output
    suffix = None if output is None else _suffix(output)
    if output is not None:
        check_apart({"table of predictions": output}, (model, table))
        check_writable(output, purpose="table")
    trained = load(model)
    read = open_for(trained, table, no_header=no_header, **opening(sheet, max_size))
    prediction = trained.predict_table(read.frame)
    added = _added(prediction)
    result, said = appended(read, added, suffix)
    if output is not None:
        write_atomically(output, result, purpose="table")
        settle()
    elif not json:
        print_data(result)
    scores, notes = _scores(trained, read.frame, prediction)
    notes = most_important_first((*read.notes, *notes, *said, *formulas(added)))
    if json:
        print_json(
            {
                "model": str(model),
                "output": None if output is None else str(output),
                "rows": read.frame.height,
                "notes": list(notes),
                "scores": None if scores is None else scores.to_dict(),
                **({} if output is not None else {"predictions": added[0].to_list()}),
            }
        )
    elif not quiet:
        for note in notes:
            print(f"note: {note}", file=sys.stderr)
        if scores is not None:
            told = ", ".join(f"{name} {value}" for name, value in scores.lines())
            other = ", ".join(f"{name} {value}" for name, _, value in scores.compared() if value)
            print(f"the table has the target: {told}; {scores.constant_told}: {other}", file=sys.stderr)
        if output is not None:
            print(f"{read.frame.height} rows with predictions: {output}", file=sys.stderr)


def _suffix(output: Path) -> str:
    """The format of the output; raises ArgumentError for one that is not written."""
    from ..data.appending import OUTPUTS
    from ..data.reading import format_of
    from ..errors import ArgumentError

    suffix = format_of(output)
    if suffix not in OUTPUTS:
        raise ArgumentError(f"output {str(output)!r} ends in {suffix!r}; it must end in one of {', '.join(OUTPUTS)}")
    return suffix


def _added(prediction: Prediction) -> list[pl.Series]:
    """A column of predictions, and one of probabilities for each class."""
    import polars as pl

    return [pl.Series(name, values) for name, values in prediction.columns().items()]


def _target(trained: Model) -> str:
    return "" if trained.encoding is None else trained.encoding.target.name


def _scores(
    trained: Model, frame: pl.DataFrame, prediction: Prediction
) -> tuple[ClassificationScores | RegressionScores | None, tuple[str, ...]]:
    """The scores of the predictions if the table has the target in every row, and all notes."""
    from ..data import fingerprint
    from ..data.notes import Importance, Note
    from ..errors import DataError
    from ..tables.record import constant_in
    from ..tables.scores import no_better
    from ..tables.training import score

    encoding = trained.encoding
    if encoding is None or encoding.target.name not in frame.columns:
        return None, prediction.notes
    try:
        encoding.targets_of(frame)
    except DataError as error:
        return None, (*prediction.notes, f"not scored: {error}")
    labels = encoding.target.labels(frame[encoding.target.name])
    notes = prediction.notes
    table = trained.record.get("table")
    if isinstance(table, dict) and table.get("fingerprint") == fingerprint(frame):
        told = "this is the table that the model was trained on: its scores say little about new rows"
        notes += (Note(told, Importance.MAY_BE_WRONG),)
    scores = score(encoding, labels, prediction, constant_in(trained.record, encoding))
    return scores, (*(Note(told, Importance.MAY_BE_WRONG) for told in no_better(scores)), *notes)
