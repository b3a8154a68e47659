"""From tables to arrays: missing targets left out, task told, rows split, encoding learnt from the training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from thalweg.errors import ArgumentError, DataError, unknown

from .alike import alike_note
from .categorical import CategoricalColumn
from .choices import MANY_TEXTS
from .columns import check_column, far_off_note, identifier_note
from .encoding import Encoding, check_name, input_names
from .equal_rows import equal_rows, split_together
from .far_values import OUTSIDE
from .notes import Importance, Note, most_important_first, of_table
from .split import check_fractions
from .target import TargetEncoding
from .task import check_task, infer_task
from .values import counted, tidy
from .written import Conventions, as_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


@dataclass(frozen=True)
class Part:
    """Encoded rows: inputs `P` (rows, features) and targets `T` (rows, outputs) in float64.

    `rows` are their indices in the table that they came from, `labels` their target values before encoding, (rows,) or
    of several targets (rows, targets). What follows is (rows,) each, or None where there is no such thing.
    """

    P: np.ndarray
    T: np.ndarray
    rows: np.ndarray
    labels: np.ndarray
    weight: np.ndarray | None = None
    """What each row counts in the loss: its sample weight times those of its classes."""
    sample_weight: np.ndarray | None = None
    """What it counts in the scores."""
    groups: np.ndarray | None = None
    """Rows of the same number stay together in every split: a group's, or equal ones if there are no groups."""
    strata: np.ndarray | None = None
    """Numbers that every split keeps in proportion: those of the classes, or of the column that is named for it."""
    times: np.ndarray | None = None
    """Where the past is to train and the future to test: when each row was."""


@dataclass(frozen=True)
class Prepared:
    """Everything that training needs of a table, and notes on all that was left out, imputed or moved."""

    encoding: Encoding
    task: str
    task_reason: str
    train: Part
    validation: Part | None
    test: Part | None
    notes: tuple[str, ...]


def prepare(
    train: pl.DataFrame,
    *,
    target: str,
    task: str | None = None,
    ignore: Sequence[str] = (),
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    validation: pl.DataFrame | None = None,
    test: pl.DataFrame | None = None,
    seed: int = 0,
    conventions: Conventions | None = None,
    many_texts: str = "leave-out",
    equal_together: bool = True,
) -> Prepared:
    """The arrays to train, validate and test with, from one table or from one for each part.

    Rows of `train` are split by `fractions`; a `validation` or `test` table takes the place of its part, and the
    other fractions are scaled to fill. Rows without a target are left out. Rows that are equal in all columns in use
    stay in one part, unless `equal_together` is False. Raises DataError with the table, column and row that cannot be
    used, ArgumentError for an unknown task or unusable fractions. `conventions` say how the tables are written where
    their columns do not tell, `many_texts` (one of `MANY_TEXTS`) what is done with a column of these.

    >>> import polars as pl
    >>> frame = pl.DataFrame({"x": range(20), "y": ["low"] * 10 + ["high"] * 10})
    >>> prepared = prepare(frame, target="y")
    >>> prepared.task, prepared.train.P.shape, prepared.test.T.shape
    ('classification', (14, 1), (3, 1))
    """
    if many_texts not in MANY_TEXTS:
        raise ArgumentError(unknown("way with many texts", many_texts, MANY_TEXTS))
    names = input_names(train, target, ignore)
    if not names and not ignore:
        raise DataError(
            f"no input column is left: {target!r} is the only one of the table; if another sign than , ; | or a tab "
            "separates its fields, or quotes stand around whole lines, write it with commas"
        )
    written = as_written(train, names, conventions, target, task)
    train = written.frame
    column = train[target]
    inferred, reason = infer_task(column)
    if task is not None and check_task(task) != inferred:
        inferred, reason = task, f"{task} was asked for; without that it would be {inferred}: {reason}"
    TargetEncoding.fit(column, inferred)
    for name in names:
        check_column(train[name])
    notes = [*written.notes, *(note for name in names for note in identifier_note(train[name]))]

    usable, said = _usable(column)
    counting = {name for name in names if identifier_note(train[name])}
    in_use = [train[name].gather(usable) for name in (*names, target) if name not in counting]
    split = split_together(
        tidy(column).gather(usable),
        equal_rows(in_use) if equal_together else None,
        _rescaled(fractions, validation is not None, test is not None),
        seed,
        stratify=inferred == "classification",
    )
    encoding = Encoding.of_written(train[usable[split.train]], target, inferred, ignore, many_texts=many_texts)
    encoded = {fitted.name: fitted for fitted in encoding.inputs}
    for name, fitted in encoded.items():
        notes += far_off_note(train[name], fitted)
        if isinstance(fitted, CategoricalColumn):
            notes += alike_note(f"column {name!r}", fitted.categories)
    notes += alike_note(f"target {target!r}", encoding.target.classes)
    if inferred == "regression":
        notes += far_off_note(column, None)
    notes += [*said, *split.notes, *encoding.notes]

    P, said = encoding.inputs_of(train)
    notes += [note for note in said if OUTSIDE not in note]  # of the table's own values far_off_note tells
    T = encoding.target.encode(column)
    encoding = encoding.with_writings(written.writings)
    parts: list[Part | None] = []
    for rows in (usable[split.train], usable[split.validation], usable[split.test]):
        labels = encoding.target.labels(column.gather(rows))
        parts.append(Part(P[rows], T[rows], rows, labels) if len(rows) else None)
    for place, name, frame in ((1, "validation", validation), (2, "test", test)):
        if frame is not None:
            parts[place], said = _own_part(encoding, frame, name)
            notes += said
    fitted = parts[0]
    assert fitted is not None  # split_rows leaves training at least one row
    return Prepared(encoding, inferred, reason, fitted, parts[1], parts[2], most_important_first(notes))


def _usable(column: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """The rows that have a target, and a note on those that have none."""
    present = tidy(column).is_not_null().to_numpy()
    missing = int((~present).sum())
    told = f"{missing} of {counted(len(column), 'row')} left out: target {column.name!r} is missing there"
    return np.flatnonzero(present), (Note(told, Importance.LEFT_OUT),) if missing else ()


def _rescaled(fractions: Sequence[float], has_validation: bool, has_test: bool) -> list[float]:
    """The fractions of the training table that make up for the parts which have tables of their own."""
    train, validation, test = check_fractions(fractions)
    kept = [train, 0.0 if has_validation else validation, 0.0 if has_test else test]
    return [part / sum(kept) for part in kept]


def _own_part(encoding: Encoding, frame: pl.DataFrame, name: str) -> tuple[Part, list[str]]:
    """A part that has a table of its own; errors and notes say which table it is."""
    try:
        check_name(frame, encoding.target.name, "target")
        rows, said = _usable(encoding.target.read(frame[encoding.target.name]))
        if not len(rows):
            raise DataError(f"no row has a target {encoding.target.name!r}: give a table that has some")
        P, more = encoding.inputs_of(frame)
        column = frame[encoding.target.name]
        T = encoding.target.encode(column)
    except DataError as error:
        raise DataError(f"{name} table: {error}") from error
    part = Part(P[rows], T[rows], rows, encoding.target.labels(column.gather(rows)))
    return part, [of_table(name, note) for note in (*said, *more)]
