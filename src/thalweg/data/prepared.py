"""From tables to arrays: missing targets left out, task told, rows split, encoding learnt from the training rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from thalweg.errors import ArgumentError, DataError, unknown

from .alike import alike_note
from .categorical import CategoricalColumn
from .choices import MANY_TEXTS, MISSING_TARGETS
from .class_weights import class_weights, row_factors
from .columns import check_column, far_off_note, identifier_note
from .dealing import Rows, deal
from .encoding import Encoding, check_name, input_names
from .equal_rows import FEWEST, equal_rows
from .far_values import OUTSIDE
from .group_split import times_note
from .leaks import leak_note
from .left_to_learn import check_training_targets, target_notes
from .notes import Importance, Note, most_important_first, of_table
from .proxies import proxy_notes
from .roles import Marks, Roles, check_apart
from .split import check_fractions
from .targets import encode_targets, fit_targets, infer_tasks, labels_of, present_rows, target_names, targets_told
from .values import is_missing
from .written import Conventions, as_written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    target: str | Sequence[str],
    task: str | None = None,
    ignore: Sequence[str] = (),
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    validation: pl.DataFrame | None = None,
    test: pl.DataFrame | None = None,
    seed: int = 0,
    conventions: Conventions | None = None,
    many_texts: str = "leave-out",
    missing_targets: str = "leave-out",
    equal_together: bool = True,
    roles: Roles | None = None,
) -> Prepared:
    """The arrays to train, validate and test with, from one table or from one for each part.

    Rows without a target are left out. Raises DataError with the table, column and row that cannot be used,
    ArgumentError for an unknown task or unusable fractions.

    Args:
        train: The table, of which rows are split.
        target: The column to predict, or several.
        task: "regression" or "classification"; None: decided by the target.
        ignore: Columns that are left out.
        fractions: Of the rows, for training, validation and test.
        validation, test: Tables that take the place of their part; the other fractions are scaled to fill.
        seed: Of the split.
        conventions: How the tables are written where their columns do not tell.
        many_texts: What is done with a column of these, one of `MANY_TEXTS`.
        missing_targets: What is done with rows that lack some of several measured targets, one of `MISSING_TARGETS`:
            with "ignore" they stay, NaN in `T` and `labels`, else they are left out.
        equal_together: Whether rows that are equal in all columns in use stay in one part.
        roles: Which columns tell what rows count and how they are split.

    >>> import polars as pl
    >>> frame = pl.DataFrame({"x": range(20), "y": ["low"] * 10 + ["high"] * 10})
    >>> prepared = prepare(frame, target="y")
    >>> prepared.task, prepared.train.P.shape, prepared.test.T.shape
    ('classification', (14, 1), (3, 1))
    """
    if many_texts not in MANY_TEXTS:
        raise ArgumentError(unknown("way with many texts", many_texts, MANY_TEXTS))
    if missing_targets not in MISSING_TARGETS:
        raise ArgumentError(unknown("way with missing targets", missing_targets, MISSING_TARGETS))
    targets = target_names(target)
    input_names(train, targets, ignore)
    roles = roles or Roles()
    roles.check(train, targets)
    ignore = list(dict.fromkeys((*ignore, *roles.no_inputs)))
    names = input_names(train, targets, ignore)
    if not names and not ignore:
        raise DataError(
            f"no input column is left: {targets_told(targets)} is the only one of the table; if another sign than "
            ", ; | or a tab separates its fields, or quotes stand around whole lines, write it with commas"
        )
    written = as_written(train, [*names, *_also_read(roles, names)], conventions, targets, task)
    train = written.frame
    columns = [train[name] for name in targets]
    inferred, reason = infer_tasks(train, targets, task)
    ignoring = missing_targets == "ignore" and len(targets) > 1
    if ignoring and inferred != "regression":
        raise ArgumentError(
            f"the targets {targets_told(targets)} are classes, and what is missing is ignored of measured ones alone: "
            "say --missing-targets leave-out, or train them apart"
        )
    fit_targets(train, targets, inferred)
    for name in names:
        check_column(train[name])
    notes = [*written.notes, *(note for name in names for note in identifier_note(train[name]))]

    usable, said = _usable(columns, ignoring)
    counting = {name for name in names if identifier_note(train[name])}
    in_use = [train[name].gather(usable) for name in (*names, *targets) if name not in counting]
    first = equal_rows(in_use) if equal_together else None
    marks = Marks.of(train, roles, usable)
    rows = Rows(
        tuple(column.gather(usable) for column in columns), inferred == "classification", first,
        marks.groups, marks.times, marks.strata,
    )  # fmt: skip
    fractions = _rescaled(fractions, validation is not None, test is not None)
    split = deal(rows, fractions, seed, roles.columns)
    random = roles.time is None and roles.group is None and max(fractions[1:]) > 0
    check_training_targets(rows.targets, split.train)
    encoding = Encoding.of_written(train[usable[split.train]], targets, inferred, ignore, many_texts=many_texts)
    encoded = {fitted.name: fitted for fitted in encoding.inputs}
    for name, fitted in encoded.items():
        notes += far_off_note(train[name], fitted)
        if isinstance(fitted, CategoricalColumn):
            notes += alike_note(f"column {name!r}", fitted.categories)
    for one in encoding.targets:
        notes += alike_note(f"target {one.name!r}", one.classes)
    if inferred == "regression":
        notes += [note for column in columns for note in far_off_note(column, None)]
    inputs, known = ([one.gather(usable) for one in of] for of in ([train[name] for name in encoded], columns))
    notes += proxy_notes(inputs, known, inferred == "classification")
    notes += leak_note([train[name] for name in names], columns) if random else ()
    if roles.time is not None:
        notes += times_note(train[roles.time].gather(usable), [split.train, split.validation, split.test])
    notes += [*said, *split.notes, *encoding.notes]

    P, said = encoding.inputs_of(train)
    notes += [note for note in said if OUTSIDE not in note]  # of the table's own values far_off_note tells
    T = encode_targets(encoding.targets, train)[usable]
    labels = labels_of(encoding.targets, train[usable])
    encoding = encoding.with_writings(written.writings)
    together = rows.groups
    if together is None and first is not None and len(np.unique(first)) >= FEWEST:
        together = first
    found = {"sample_weight": marks.weight, "groups": together, "strata": rows.proportions, "times": marks.times}
    others: dict[str, pl.DataFrame] = {}
    parts: list[Part | None] = []
    for places in (split.train, split.validation, split.test):
        own = {name: None if values is None else values[places] for name, values in found.items()}
        part = Part(P[usable[places]], T[places], usable[places], labels[places], **own)
        parts.append(part if len(places) else None)
    for place, name, frame in ((1, "validation", validation), (2, "test", test)):
        if frame is not None:
            parts[place], others[name], said = _own_part(encoding, frame, name, roles, conventions, ignoring)
            notes += said
    _check_apart(roles, others, {"training": train[usable[split.train]], **others})
    fitted, held, tested = _weighed(encoding, parts, roles)
    assert fitted is not None  # split_rows leaves training at least one row
    if ignoring and tested is not None:
        _check_each_target(tested, targets)
    notes = [*target_notes(encoding.targets, fitted, held), *notes]
    return Prepared(encoding, inferred, reason, fitted, held, tested, most_important_first(notes))


def _weighed(encoding: Encoding, parts: Sequence[Part | None], roles: Roles) -> list[Part | None]:
    """The parts with the weights of their rows in the loss, those of the classes as the training part has them."""
    train = parts[0]
    assert train is not None
    of_classes = None
    if roles.class_weight is not None:
        of_classes = class_weights(encoding.targets, train.labels, roles.class_weight)
    weighed: list[Part | None] = []
    for part, name in zip(parts, ("training", "validation", "test"), strict=True):
        if part is None:
            weighed.append(None)
        else:
            weight = part.sample_weight
            if of_classes is not None:
                factors = row_factors(encoding.targets, part.labels, of_classes)
                weight = factors if weight is None else weight * factors
            for what, weights in (("sample weight", part.sample_weight), ("weight", weight)):
                if weights is not None and not weights.sum() > 0:
                    raise DataError(
                        f"every {name} row has the {what} 0, which leaves nothing to learn or to score: give others, "
                        "or split the rows otherwise"
                    )
            weighed.append(replace(part, weight=weight))
    return weighed


def _also_read(roles: Roles, names: Sequence[str]) -> list[str]:
    """The columns that hold numbers or dates and are no inputs."""
    return [name for name in (roles.sample_weight, roles.time) if name is not None and name not in names]


def _check_each_target(test: Part, targets: Sequence[str]) -> None:
    """Raise DataError for a target that every test row lacks, as it could not be scored."""
    for target, values in zip(targets, test.T.T, strict=True):
        if np.isnan(values).all():
            raise DataError(f"no test row has the target {target!r}: split the rows otherwise, such as with --seed")


def _usable(columns: Sequence[pl.Series], ignoring: bool = False) -> tuple[np.ndarray, tuple[str, ...]]:
    """The rows that have every target, or one when `ignoring` what is missing; and notes on what is missing."""
    usable, told = present_rows(columns, some=ignoring)
    if not len(usable) and not all(is_missing(column) for column in columns):
        told = targets_told([column.name for column in columns])
        raise DataError(f"no row has all of the targets {told}: give rows that do, or train them apart")
    return usable, tuple(Note(one, Importance.LEFT_OUT) for one in told)


def _rescaled(fractions: Sequence[float], has_validation: bool, has_test: bool) -> list[float]:
    """The fractions of the training table that make up for the parts which have tables of their own."""
    train, validation, test = check_fractions(fractions)
    kept = [train, 0.0 if has_validation else validation, 0.0 if has_test else test]
    return [part / sum(kept) for part in kept]


def _own_part(
    encoding: Encoding,
    frame: pl.DataFrame,
    name: str,
    roles: Roles,
    conventions: Conventions | None,
    ignoring: bool = False,
) -> tuple[Part, pl.DataFrame, list[str]]:
    """A part that has a table of its own, and that as it is written; errors and notes say which table it is."""
    try:
        for one in encoding.target_names:
            check_name(frame, one, "target")
        rows, said = _usable([target.read(frame[target.name]) for target in encoding.targets], ignoring)
        if not len(rows):
            raise DataError(f"no row has a target {encoding.targets_told}: give a table that has some")
        P, more = encoding.inputs_of(frame)
        T = encode_targets(encoding.targets, frame)
        for role, column in roles.columns.items():
            check_name(frame, column, role)
        written = as_written(frame, _also_read(roles, ()), conventions).frame
        marks = Marks.of(written, roles, rows)
    except DataError as error:
        raise DataError(f"{name} table: {error}") from error
    part = Part(P[rows], T[rows], rows, labels_of(encoding.targets, frame[rows]), sample_weight=marks.weight)
    return part, written[rows], [of_table(name, note) for note in (*said, *more)]


def _check_apart(roles: Roles, others: Mapping[str, pl.DataFrame], tables: Mapping[str, pl.DataFrame]) -> None:
    """Raise DataError for a table of its own that has a group of another, or times before those of another end."""
    names = list(tables)
    for later in others:
        for earlier in names[: names.index(later)]:
            check_apart(roles, (tables[earlier], earlier), (tables[later], later))
