"""A table opened for a model: read as the table was read that the model was trained on."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.header import numbered
from ..data.notes import Importance, Note
from ..data.one_hot_columns import with_classes
from ..data.reading import WITHOUT_NAMES, format_of
from ..data.several_files import open_files, rows_of_files, size_told
from ..data.stream_arrays import found_files
from ..errors import DataError
from ..system import STANDARD_INPUT

if TYPE_CHECKING:
    import polars as pl

    from ..data.table import Table
    from ..files.model import Model

_log = logging.getLogger("thalweg")
_MOST_FILES = 8
"""Of more files so many are named."""


def open_for(
    model: Model, path: str | Path, *, no_header: bool = False, largest: int | None = None, sheet: str | None = None
) -> Table:
    """The table in a file, or in those of a folder or a pattern, as `open_table` reads each; columns may lack names.

    They do if the model was trained on a table without names, or `no_header` says so. Then they are those of the
    training table in their order, or those but for the target. Classes that a model of arrays has as columns of 0 and 1
    are one column then. Raises what `open_table` raises, and DataError for
    another number of columns, and where the model does not know the order.
    """
    paths = found_files(path)
    lacks = all(lacks_names(model, one, no_header) for one in paths)
    table = open_files(paths, largest=largest, header=not lacks, sheet=sheet)
    return named_for(model, table, path, lacks)


def lacks_names(model: Model, path: str | Path, no_header: bool) -> bool:
    """Whether the columns of a table have no names."""
    return no_header or (_trained_without_names(model) and _may_lack_names(path))


def named_for(model: Model, table: Table, path: str | Path, lacks: bool) -> Table:
    """The table, or a block of its rows, with the columns that the model knows."""
    table = _named(model, table, str(path)) if lacks else table
    if model.encoding is None:
        return table
    return dataclasses.replace(table, frame=with_classes(model.encoding, table.frame))


def one_network(model: Model, member: int | None) -> Model:
    """The member that was asked for, counted from 1, or the model itself if it is one network.

    Raises ArgumentError for a member that there is not, and if there are several and none was named.
    """
    return model.single() if member is None else model.member(member)


def read_for(model: Model, path: str | Path, *, largest: int | None = None, sheet: str | None = None) -> pl.DataFrame:
    """The same rows alone; the table's notes, and how many files they are of, are logged by the logger `thalweg`."""
    table = open_for(model, path, largest=largest, sheet=sheet)
    for note in (*files_told(table, path), *table.notes):
        _log.warning(note)
    return table.frame


def files_told(table: Table, path: str | Path) -> tuple[Note, ...]:
    """A note on the files whose rows a table has, and how many each; none of a table of one."""
    rows = [f"{count:,} of {Path(one).name}" for one, count in rows_of_files(table).items()]
    if not rows:
        return ()
    each = [*rows[:_MOST_FILES], "..."] if len(rows) > _MOST_FILES else rows
    return (Note(f"{Path(path).name}: {size_told(table)}, in this order: {', '.join(each)}", Importance.ASIDE),)


def _trained_without_names(model: Model) -> bool:
    settings = model.record.get("settings")
    return isinstance(settings, Mapping) and settings.get("no_header") is True


def _may_lack_names(path: str | Path) -> bool:
    return str(path) == STANDARD_INPUT or format_of(Path(path)) in WITHOUT_NAMES


def _named(model: Model, table: Table, name: str) -> Table:
    """The table with the names of the training table's columns."""
    known = _columns(model)
    targets = () if model.encoding is None else model.encoding.target_names
    others = [column for column in known if column not in targets]
    named = "" if model.encoding is None else model.encoding.targets_told
    width = table.frame.width
    if width not in (len(known), len(others)):
        told = (
            f"{len(known)}, {len(others)} without the target{'s' * (len(targets) > 1)} {named}"
            if known
            else "no order that is recorded"
        )
        raise DataError(
            f"{name}: {width} columns without names, and the training table had {told}: give it as that was"
        )
    columns = known if width == len(known) else others
    notes: tuple[str, ...] = ()
    if columns != list(numbered(width)):
        why = "in the order of the training table" + ("" if width == len(known) else f", without its {named}")
        first, last = (f"'column {number}' is {columns[number - 1]!r}" for number in (1, width))
        notes = (f"columns without names are taken {why}: {first}{f', {last}' if width > 1 else ''}",)
    renamed = _with_columns(table, columns)
    return dataclasses.replace(renamed, notes=(*table.notes, *notes))


def _with_columns(table: Table, columns: Sequence[str]) -> Table:
    layout = table.layout
    return dataclasses.replace(
        table,
        frame=_renamed(table.frame, columns),
        given=_renamed(table.given, columns),
        layout=dataclasses.replace(layout, columns=tuple(columns)) if hasattr(layout, "columns") else layout,  # pyright: ignore
        parts=tuple((path, _with_columns(part, columns)) for path, part in table.parts),
    )


def _columns(model: Model) -> list[str]:
    """The columns of the training table in their order; none if the record does not know them."""
    table = model.record.get("table")
    columns = table.get("columns") if isinstance(table, Mapping) else None
    return [str(column) for column in columns] if isinstance(columns, list) else []


def _renamed(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    return frame.rename(dict(zip(frame.columns, columns, strict=True)))
