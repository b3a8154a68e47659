"""The whole encoding of a table: inputs to features, target to outputs, learnt from the training rows alone."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from thalweg.errors import ArgumentError, DataError, nearest

from ..core.plain_data import GivenObject, JsonObject
from .array_layout import ArrayLayout
from .columns import Column, column_from_dict, column_to_dict, fit_column, with_writing
from .notes import Importance, Note
from .numbers_written import NumberWriting
from .numeric import NumericColumn
from .one_hot_columns import columns_told, with_classes
from .records import from_record, to_record
from .target import Label, TargetEncoding
from .targets import Targets, encode_targets, fit_targets, infer_tasks, target_names, targets_told
from .values import counted
from .written import Conventions, Writing, as_written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl


_SHOWN = 20


class SummaryRow(NamedTuple):
    """One line of `Encoding.summary`."""

    column: str
    kind: str
    features: int
    detail: str


@dataclass(frozen=True)
class Encoding:
    """What training learnt of a table's columns, enough to encode any table that has them.

    `targets` are one or several; the classes of several are two each. `unused` are the columns that were there in
    training and are no input: ignored, constant or all missing. `notes` say in sentences what was left out or imputed.

    >>> import polars as pl
    >>> frame = pl.DataFrame({"size": [1.0, 3.0], "ripe": [True, False], "fruit": ["fig", "plum"]})
    >>> encoding = Encoding.fit(frame, "fruit")
    >>> encoding.feature_names
    ('size', 'ripe')
    >>> encoding.inputs_of(frame)[0].tolist()
    [[-1.0, 1.0], [1.0, 0.0]]
    """

    inputs: tuple[Column, ...]
    targets: Targets
    notes: tuple[str, ...]
    unused: tuple[str, ...] = ()
    layout: ArrayLayout | None = None
    """Which column of an array each column is, if the rows were those of arrays."""

    @property
    def target(self) -> TargetEncoding:
        """The one target; raises DataError if there are several."""
        if self.several:
            raise DataError(f"there are {len(self.targets)} targets, {self.targets_told}: ask for `targets`")
        return self.targets[0]

    @property
    def several(self) -> bool:
        """Whether there is more than one target."""
        return len(self.targets) > 1

    @property
    def task(self) -> str:
        """That of all targets."""
        return "classification" if self.targets[0].classes else "regression"

    @property
    def target_names(self) -> tuple[str, ...]:
        """The names of the targets, in the order of the outputs."""
        return tuple(target.name for target in self.targets)

    @property
    def targets_told(self) -> str:
        """The names of the targets in a text."""
        return targets_told(self.target_names)

    @property
    def outputs(self) -> int:
        """The number of outputs that the network needs."""
        return sum(target.outputs for target in self.targets)

    @property
    def output_names(self) -> tuple[Label, ...]:
        """The names of the classes of one target, or of several targets; none of one that is measured."""
        return self.target_names if self.several else self.target.classes

    @classmethod
    def fit(
        cls,
        frame: pl.DataFrame,
        target: str | Sequence[str],
        task: str | None = None,
        ignore: Sequence[str] = (),
        *,
        conventions: Conventions | None = None,
        many_texts: str = "leave-out",
    ) -> Encoding:
        """The encoding learnt from the training rows, as they are written.

        Without a `task` it is inferred from the target. Raises DataError for a name that is no column, for a column
        that cannot be encoded, as `as_written` does, and if no input is left.
        """
        names = input_names(frame, target, ignore)
        written = as_written(frame, names, conventions, target_names(target), task)
        encoding = cls.of_written(written.frame, target, task, ignore, many_texts=many_texts)
        return replace(encoding.with_writings(written.writings), notes=(*written.notes, *encoding.notes))

    @classmethod
    def of_written(
        cls,
        frame: pl.DataFrame,
        target: str | Sequence[str],
        task: str | None = None,
        ignore: Sequence[str] = (),
        *,
        many_texts: str = "leave-out",
    ) -> Encoding:
        """The encoding learnt from the rows of a table whose numbers and dates are such already."""
        names = input_names(frame, target, ignore)
        wanted = target_names(target)
        targets = fit_targets(frame, wanted, task or infer_tasks(frame, wanted, None)[0])
        inputs: list[Column] = []
        notes: list[str] = []
        unused = list(dict.fromkeys(ignore))
        for name in names:
            column, said = fit_column(frame[name], many_texts)
            notes += said
            if column is None:
                unused.append(name)
            else:
                inputs.append(column)
        if not inputs:
            only = "are the only columns that are" if len(wanted) > 1 else "is the only column that is"
            left_out = "; ".join(notes) or f"{targets_told(wanted)} {only} not ignored"
            raise DataError(f"no input column is left ({left_out}): give at least one that varies")
        return cls(tuple(inputs), targets, tuple(notes), tuple(unused))

    def with_writings(self, writings: Mapping[str, Writing]) -> Encoding:
        """The encoding that knows how columns were written, by their names, and reads them so."""
        inputs = tuple(with_writing(column, writings.get(column.name)) for column in self.inputs)
        targets = tuple(target.with_writing(writings.get(target.name)) for target in self.targets)
        return replace(self, inputs=inputs, targets=targets)

    def decimal_of(self, frame: pl.DataFrame) -> str:
        """The decimal mark of a table's numbers: a comma, if they had it in training and none has a point here."""
        columns = [*self.inputs, *self.targets]
        writings = {column.name: getattr(column, "writing", None) for column in columns}
        written = {name: writing for name, writing in writings.items() if isinstance(writing, NumberWriting)}
        commas = bool(written) and all(writing.decimal == "," for writing in written.values())
        points = any(frame[name].dtype.is_float() for name in written if name in frame.columns)
        return "," if commas and not points else "."

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features, in the order of the columns of `inputs_of`."""
        return tuple(name for column in self.inputs for name in column.feature_names)

    def inputs_of(self, frame: pl.DataFrame) -> tuple[np.ndarray, tuple[str, ...]]:
        """The features (rows, features) of a table in float64, and notes on what was read otherwise or not used.

        Raises DataError naming all the columns that the table lacks, or the column, row and value of another type; of
        inputs that were those of arrays, too, for a missing value where no training row lacked one.
        """
        given = set(frame.columns)
        lacking = [column.name for column in self.inputs if column.name not in given]
        if lacking:
            known = {*self.target_names, *self.unused, *(column.name for column in self.inputs)}
            near = {name: nearest(name, [other for other in frame.columns if other not in known]) for name in lacking}
            names = ", ".join(repr(n) + (f" (is it {near[n]!r}?)" if near[n] else "") for n in lacking)
            raise DataError(
                f"the table lacks {counted(len(lacking), 'column')} of the training table: {names}; add them"
            )
        features: list[np.ndarray] = []
        notes: list[str] = []
        for column in self.inputs:
            if self.layout is not None:
                _refuse_missing(column, frame[column.name])
            encoded, said = column.encode(frame[column.name])
            features.append(encoded)
            notes += said
        known = {*self.target_names, *self.unused, *(column.name for column in self.inputs)}
        extra = [repr(name) for name in frame.columns if name not in known]
        if extra:
            some = ", ".join(extra[:_SHOWN]) + (f" and {len(extra) - _SHOWN:,} more" if len(extra) > _SHOWN else "")
            told = f"{counted(len(extra), 'column')} not in the training table, not used: {some}"
            notes.append(Note(told, Importance.LEFT_OUT))
        return np.hstack(features), tuple(notes)

    def targets_of(self, frame: pl.DataFrame, *, some: bool = False) -> np.ndarray:
        """The targets (rows, outputs) of a table in float64; with `some` NaN where one is missing.

        Raises DataError for a table without the target column, for a missing value and for an unseen class, each of
        these with its row.
        """
        frame = with_classes(self, frame)
        for target in self.targets:
            if self.layout is not None and target.scale is None and target.name not in frame.columns:
                raise DataError(f"target {target.name!r} is not a column: give {columns_told(target)}")
            check_name(frame, target.name, "target")
        targets = encode_targets(self.targets, frame)
        if np.isnan(targets).any() and not some:
            for target in self.targets:
                missing = np.isnan(target.encode(frame[target.name])[:, 0])
                if missing.any():
                    row = int(missing.argmax()) + 1
                    raise DataError(f"target {target.name!r} is missing in row {row}: fill it in, or leave the row out")
        return targets

    def summary(self) -> list[SummaryRow]:
        """Each input column's name, kind, number of features and what was learnt of it."""
        details = [column.detail if self.layout is None else self.layout.detail(column) for column in self.inputs]
        return [
            SummaryRow(column.name, column.kind, len(column.feature_names), detail)
            for column, detail in zip(self.inputs, details, strict=True)
        ]

    def to_dict(self) -> JsonObject:
        """Plain JSON data; numbers come back to the bit. One target stands under `target`, several under `targets`."""
        record: JsonObject = {**to_record(self), "inputs": [column_to_dict(column) for column in self.inputs]}
        for name in ("targets", *(("layout",) if self.layout is None else ())):
            del record[name]
        if self.several:
            record["targets"] = [target.to_dict() for target in self.targets]
        else:
            record["target"] = self.target.to_dict()
        return record

    @classmethod
    def from_dict(cls, record: GivenObject) -> Encoding:
        """The inverse of `to_dict`; raises DataError for anything else, and never runs code."""
        plain = from_record(_Record, record)
        inputs = tuple(map(column_from_dict, plain.inputs))
        if not inputs:
            raise DataError("the record of an Encoding has no inputs: it is damaged")
        targets = plain.targets if plain.target is None else (plain.target,)
        if (plain.target is None) != (len(plain.targets) > 1) or len({target.task for target in targets}) != 1:
            raise DataError("the record of an Encoding has no one target, nor several of one task: it is damaged")
        return cls(inputs, targets, plain.notes, plain.unused, plain.layout)


@dataclass(frozen=True)
class _Record:
    """An encoding's record before its columns have been told apart by kind."""

    inputs: tuple[dict, ...]
    notes: tuple[str, ...]
    unused: tuple[str, ...]
    target: TargetEncoding | None = None
    targets: tuple[TargetEncoding, ...] = ()
    layout: ArrayLayout | None = None


def input_names(frame: pl.DataFrame, target: str | Sequence[str], ignore: Sequence[str] = ()) -> list[str]:
    """The columns that are neither targets nor ignored; raises DataError for a name that is no column.

    >>> import polars as pl
    >>> input_names(pl.DataFrame({"id": [1], "size": [2], "price": [3]}), "price", ["id"])
    ['size']
    """
    if isinstance(ignore, str):
        raise ArgumentError(f"ignore is the text {ignore!r} and should be a list of columns: [{ignore!r}]")
    targets = target_names(target)
    for name in targets:
        check_name(frame, name, "target")
    for name in ignore:
        check_name(frame, name, "ignored column")
    for name in targets:
        if name in ignore:
            raise DataError(f"target {name!r} is also ignored: it cannot be both")
    left_out = {*targets, *ignore}
    return [name for name in frame.columns if name not in left_out]


def check_name(frame: pl.DataFrame, name: str, role: str) -> None:
    """Raise DataError for a name that is no column of the table, with the nearest that is one.

    Of several columns with commas between their names it says how each is named, or that one is wanted.
    """
    if name not in frame.columns:
        each = [part.strip() for part in name.split(",")] if isinstance(name, str) else []
        if len(each) > 1 and all(part in frame.columns or f"column {part}" in frame.columns for part in each):
            if role == "target":
                options = " ".join(f"--target {shlex.quote(part)}" for part in each)
                raise DataError(
                    f"target {name!r} is not a column, but its parts are: repeat the option, one for each: {options} "
                    f"(in Python, target={each})"
                )
            raise DataError(
                f"{role} {name!r} is not a column, but its parts are: it is one column, so name one of them"
            )
        near = nearest(name, frame.columns, cutoff=0.5)
        hint = f"did you mean {near!r}? " if near else ""
        names = ", ".join(frame.columns[:20]) + (", ..." if frame.width > 20 else "")
        raise DataError(f"{role} {name!r} is not a column: {hint}{'The' if near else 'the'} columns are {names}")


def _refuse_missing(column: Column, series: pl.Series) -> None:
    if isinstance(column, NumericColumn) and not column.indicator:
        missing = np.isnan(column.read(series)[0])
        if missing.any():
            row = int(missing.argmax()) + 1
            raise DataError(
                f"column {column.name!r} has no value in row {row}, where no training row lacked one: fill it in"
            )
