"""The table of kept runs: which columns there are and where they differ, its order, and the table as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

from .kept_runs import Fact, KeptRun

_LOW = ("training loss", "validation loss", "test loss", "log loss", "RMSE", "MAE")
_HIGH = ("accuracy", "balanced accuracy", "R²")
NAME = "run"


class Column(NamedTuple):
    """A setting or result: its name, whether it is a result, whether the runs differ in it."""

    name: str
    result: bool
    differs: bool


def columns_of(runs: Sequence[KeptRun]) -> list[Column]:
    """The columns that some run says something of, settings first, in the order in which the runs have them."""
    found: list[Column] = []
    for result in (False, True):
        names = dict.fromkeys(name for run in runs for name in _facts(run, result))
        for name in names:
            values = [_facts(run, result).get(name) for run in runs]
            if any(value is not None for value in values):
                found.append(Column(name, result, len({_key(value) for value in values}) > 1))
    return found


def value_of(run: KeptRun, column: str) -> Fact:
    """What a run says of a column."""
    if column == NAME:
        return run.name
    return run.settings.get(column, run.results.get(column))


def in_order(runs: Sequence[KeptRun], sort: str) -> list[KeptRun]:
    """The runs by a column, or by -column from the greatest on; what says nothing comes last; "" as they came."""
    if not sort:
        return list(runs)
    down, column = sort.startswith("-"), sort.removeprefix("-")
    told = [run for run in runs if value_of(run, column) is not None]
    rest = [run for run in runs if value_of(run, column) is None]
    return [*sorted(told, key=lambda run: _key(value_of(run, column)), reverse=down), *rest]


def best_of(runs: Sequence[KeptRun], column: str) -> Fact:
    """The best value of a result where lower, or higher, is better; None for the others, and of one run alone."""
    if column not in (*_LOW, *_HIGH) or len(runs) < 2:
        return None
    values = [value for run in runs if isinstance(value := run.results.get(column), int | float)]
    if len(set(values)) < 2:
        return None
    return min(values) if column in _LOW else max(values)


def shown(value: Fact) -> str:
    """A value as the table shows it.

    >>> shown(0.123456789), shown(1234567), shown(None), shown("tanh")
    ('0.12346', '1,234,567', '', 'tanh')
    """
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def as_csv(runs: Sequence[KeptRun]) -> str:
    """All columns of the runs, a row each.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    columns = columns_of(runs)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([NAME, *(column.name for column in columns)])
    for run in runs:
        values = [run.name, *(value_of(run, column.name) for column in columns)]
        writer.writerow(["" if value is None else _plain(value) for value in values])
    return out.getvalue()


def _plain(value: Fact) -> Fact:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


def _facts(run: KeptRun, result: bool) -> dict[str, Fact]:
    return dict(run.results if result else run.settings)


def _key(value: Fact) -> tuple[int, float, str]:
    """Numbers before texts, each in their order."""
    if value is None:
        return 2, 0.0, ""
    return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, value.lower())
