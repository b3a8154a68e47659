"""`thalweg predict`: a table and a model in, the table with predictions out."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import check_apart
from .terminal import print_data, print_json

if TYPE_CHECKING:
    import polars as pl

    from ..files import Model, Prediction
    from ..tables.scores import ClassificationScores, RegressionScores


def predict(
    model: Annotated[Path, typer.Argument(help="The model file, as `thalweg train` wrote it.")],
    table: Annotated[Path, typer.Argument(help="A table that has the columns of the training table.")],
    output: Annotated[
        Path | None,
        typer.Option(help="Where to write: .csv, .tsv, .parquet, .arrow or .ndjson; CSV to the terminal if left out."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with the scores and notes.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Append predictions, and for classes their probabilities, to a table.

    Example: thalweg predict wine.thalweg new.csv --output out.csv
    """
    from ..data import read_table
    from ..files import check_writable, load, write_atomically

    if output is not None:
        _writer(output.suffix, str(output))
        check_apart({"table of predictions": output}, (model, table))
        check_writable(output, purpose="table")
    trained = load(model)
    frame = read_table(table)
    prediction = trained.predict_table(frame)
    result = _append(frame, prediction, _target(trained))
    if output is not None:
        write_atomically(output, _written(result, output), purpose="table")
    elif not json:
        print_data(_written(result, Path("terminal.csv")).decode())
    scores, notes = _scores(trained, frame, prediction)
    if json:
        print_json(
            {
                "model": str(model),
                "output": None if output is None else str(output),
                "rows": frame.height,
                "notes": list(notes),
                "scores": None if scores is None else scores.to_dict(),
                **({} if output is not None else {"predictions": result[result.columns[frame.width]].to_list()}),
            }
        )
    elif not quiet:
        for note in notes:
            print(f"note: {note}", file=sys.stderr)
        if scores is not None:
            told = ", ".join(f"{name} {value}" for name, value in scores.lines())
            print(f"the table has the target: {told}", file=sys.stderr)
        if output is not None:
            print(f"{frame.height} rows with predictions: {output}", file=sys.stderr)


def _append(frame: pl.DataFrame, prediction: Prediction, target: str) -> pl.DataFrame:
    """The table with a column of predictions, and one of probabilities for each class."""
    import polars as pl

    from ..errors import DataError

    added = [pl.Series(f"predicted_{target}", prediction.values)]
    if prediction.probabilities is not None:
        for number, label in enumerate(prediction.classes):
            added.append(pl.Series(f"probability_{label}", prediction.probabilities[:, number]))
    taken = [column.name for column in added if column.name in frame.columns]
    if taken:
        raise DataError(f"the table has a column {taken[0]!r} already: rename it, or predict from the table without it")
    return frame.with_columns(added)


def _target(trained: Model) -> str:
    return "" if trained.encoding is None else trained.encoding.target.name


def _scores(
    trained: Model, frame: pl.DataFrame, prediction: Prediction
) -> tuple[ClassificationScores | RegressionScores | None, tuple[str, ...]]:
    """The scores of the predictions if the table has the target in every row, and all notes."""
    from ..data import fingerprint
    from ..errors import DataError
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
        notes += ("this is the table that the model was trained on: its scores say little about new rows",)
    return score(encoding, labels, prediction), notes


def _written(result: pl.DataFrame, output: Path) -> bytes:
    """The table in the format of the output's suffix; raises DataError for one that the format cannot hold."""
    import polars as pl

    from ..errors import DataError

    buffer = io.BytesIO()
    try:
        _writer(output.suffix, str(output))(result, buffer)
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"the table cannot be written as {output.suffix} ({error}): use --output with .parquet"
        ) from error
    return buffer.getvalue()


def _writer(suffix: str, path: str) -> Callable[[pl.DataFrame, io.BytesIO], Any]:
    """How to write a table in the format of a suffix; raises ArgumentError for another one."""
    from ..errors import ArgumentError

    writers: dict[str, Callable[[pl.DataFrame, io.BytesIO], Any]] = {
        ".csv": lambda frame, file: frame.write_csv(file),
        ".tsv": lambda frame, file: frame.write_csv(file, separator="\t"),
        ".parquet": lambda frame, file: frame.write_parquet(file),
        ".arrow": lambda frame, file: frame.write_ipc(file),
        ".ndjson": lambda frame, file: frame.write_ndjson(file),
    }
    if suffix.lower() not in writers:
        raise ArgumentError(f"output {path!r} ends in {suffix!r}; it must end in one of {', '.join(writers)}")
    return writers[suffix.lower()]
