"""`thalweg predict`: a table and a model in, the table with predictions out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ArgumentError
from ..system import STANDARD_INPUT, is_several
from .options import check_apart, check_no_folder
from .predict_stream import Told, is_streamed, predict_in_blocks
from .process import settle
from .terminal import print_data, print_json
from .training_options import MaxSize, Sheet, opening

if TYPE_CHECKING:
    import polars as pl

    from ..files import Model, Prediction
    from ..tables.scores import ClassificationScores, RegressionScores
    from ..tables.several_scores import SeveralScores


def predict(
    model: Annotated[Path, typer.Argument(help="The model file, as `thalweg train` wrote it.")],
    table: Annotated[
        Path,
        typer.Argument(
            help="A table that has the columns of the training table, or a folder, or a pattern in quotes, of files of "
            "one; - is the standard input."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
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
    stream: Annotated[
        bool,
        typer.Option(
            "--stream",
            help="Read and write block by block, so that a table of any size fits; so is a file of more than 64 MiB "
            "where its format allows.",
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with the scores and notes.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Append predictions, and for classes their probabilities, to a table.

    What was there stays as it was, in a text character for character.

    Example: thalweg predict wine.thalweg new.csv --output out.csv
    """
    from ..data.appending import formulas
    from ..data.appending_files import appended_to_all
    from ..data.notes import most_important_first
    from ..data.several_files import rows_of_files
    from ..files import load
    from ..system import check_writable, write_atomically
    from ..tables.opened import files_told, open_for

    output = None if output == Path(STANDARD_INPUT) else output
    suffix = None if output is None else _suffix(output)
    if output is not None:
        check_apart({"table of predictions": output}, (model, table))
        check_writable(output, purpose="table")
    trained = load(model)
    if stream and is_several(table):
        raise ArgumentError(f"{table}: --stream goes with one file: predict file by file, or leave --stream out")
    if stream or is_streamed(table, suffix, json=json):
        streamed = predict_in_blocks(trained, table, output, suffix, no_header=no_header, sheet=sheet, json=json)
        _tell(model, output, streamed, json=json, quiet=quiet)
        return
    read = open_for(trained, table, no_header=no_header, **opening(sheet, max_size))
    prediction = trained.predict_table(read.frame)
    added = _added(prediction)
    decimal = "." if trained.encoding is None else trained.encoding.decimal_of(read.frame)
    result, said = appended_to_all(read, added, suffix, decimal=decimal)
    if output is not None:
        write_atomically(output, result, purpose="table")
        settle()
    elif not json:
        print_data(result)
    scores, notes = _scores(trained, read.frame, prediction)
    notes = most_important_first((*files_told(read, table), *read.notes, *notes, *said, *formulas(added)))
    told = Told(read.frame.height, notes, scores, bool(prediction.each), rows_of_files(read))
    _tell(model, output, told, None if output is not None else prediction, json=json, quiet=quiet)


def _tell(
    model: Path, output: Path | None, told: Told, prediction: Prediction | None = None, *, json: bool, quiet: bool
) -> None:
    """What is printed in the end: one JSON object, with what is written nowhere else, or notes and scores."""
    scores = told.scores
    if json:
        print_json(
            {
                "model": str(model),
                "output": None if output is None else str(output),
                "rows": told.rows,
                **({"files": told.files} if told.files else {}),
                "notes": list(told.notes),
                "scores": None if scores is None else scores.to_dict(),
                **({} if prediction is None else {"predictions": _said(prediction)}),
            }
        )
    elif not quiet:
        for note in told.notes:
            print(f"note: {note}", file=sys.stderr)
        if scores is not None:
            lines = ", ".join(f"{name} {value}" for name, value in scores.lines())
            other = ", ".join(f"{name} {value}" for name, _, value in scores.compared() if value)
            targets = "targets" if told.several else "target"
            weighed = "" if scores.weighed_by is None else f", weighed by {scores.weighed_by!r}"
            print(f"the table has the {targets}{weighed}: {lines}; {scores.constant_told}: {other}", file=sys.stderr)
        if output is not None:
            of = f" of {len(told.files)} files" if told.files else ""
            print(f"{told.rows} rows{of} with predictions: {output}", file=sys.stderr)


def _said(prediction: Prediction) -> list[Any] | dict[str, list[Any]]:
    """The predictions of the rows, by targets if there are several."""
    if prediction.each:
        return {one.target: one.values.tolist() for one in prediction.each}
    return prediction.values.tolist()


def _suffix(output: Path) -> str:
    """The format of the output; raises ArgumentError for one that is not written."""
    from ..data.appending import OUTPUTS
    from ..data.reading import format_of

    suffix = format_of(output)
    if suffix not in OUTPUTS:
        check_no_folder(output, ", ".join(OUTPUTS))
        raise ArgumentError(f"output {str(output)!r} ends in {suffix!r}; it must end in one of {', '.join(OUTPUTS)}")
    return suffix


def _added(prediction: Prediction) -> list[pl.Series]:
    """A column of predictions, and one of probabilities for each class."""
    import polars as pl

    return [pl.Series(name, values) for name, values in prediction.columns().items()]


def _scores(
    trained: Model, frame: pl.DataFrame, prediction: Prediction
) -> tuple[ClassificationScores | RegressionScores | SeveralScores | None, tuple[str, ...]]:
    """The scores of the predictions if the table has the targets in every row, or a model ignores those missing; and
    all notes.
    """
    import numpy as np

    from ..data import fingerprint
    from ..data.notes import Importance, Note
    from ..data.targets import labels_of
    from ..errors import DataError
    from ..tables.no_better import no_better
    from ..tables.record import constant_in, ignores_missing
    from ..tables.score import score
    from ..tables.weighing import weighed_by_column

    encoding = trained.encoding
    if encoding is None or not set(encoding.target_names) <= set(frame.columns):
        return None, prediction.notes
    try:
        known = encoding.targets_of(frame, some=ignores_missing(trained))
        for name, column in zip(encoding.target_names, known.T, strict=False):
            if ignores_missing(trained) and np.isnan(column).all():
                raise DataError(f"no row has the target {name!r}")
        weighed = weighed_by_column(trained, frame)
    except DataError as error:
        return None, (*prediction.notes, f"not scored: {error}")
    notes = prediction.notes
    table = trained.record.get("table")
    if isinstance(table, dict) and table.get("fingerprint") == fingerprint(frame):
        told = "this is the table that the model was trained on: its scores say little about new rows"
        notes += (Note(told, Importance.MAY_BE_WRONG),)
    labels = labels_of(encoding.targets, frame)
    scores = score(encoding, labels, prediction, constant_in(trained.record, encoding), **weighed)
    return scores, (*(Note(told, Importance.MAY_BE_WRONG) for told in no_better(scores)), *notes)
