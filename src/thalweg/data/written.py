"""How the columns of a table are written, decided from all of their values: as numbers, dates, codes or texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import polars as pl

from thalweg.errors import ArgumentError, DataError, unknown

from .compact_dates import compact_dates
from .dates_written import ORDERS, DateWriting, date_readings
from .markers import is_marker
from .numbers_written import NumberWriting, readings, tidied
from .task import infer_task
from .values import counted, is_missing, markers_told, naming, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Writing: TypeAlias = NumberWriting | DateWriting
"""How the values of a column are written, where they are not plainly numbers, dates or texts."""

DECIMALS = {"point": ".", "comma": ","}
"""The names of the decimal marks."""

_SAMPLE = 200
_CURRENCIES = r"\p{Sc}|^[A-Z]{3}$|^(?:Rs\.?|Fr\.?|kr\.?)$"


@dataclass(frozen=True)
class Conventions:
    """What is said of a table's writing: the order of dates (`ORDERS`), the decimal mark (`DECIMALS`), and which
    columns are names though they look like numbers. None: told from the columns. Raises ArgumentError for others.
    """

    dates: str | None = None
    decimal: str | None = None
    text: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind, value, known in (("order of dates", self.dates, ORDERS), ("decimal mark", self.decimal, DECIMALS)):
            if value is not None and value not in known:
                raise ArgumentError(unknown(kind, value, known))


class Written(NamedTuple):
    """A table whose numbers and dates are such, how those columns were written that were text, and notes on them."""

    frame: pl.DataFrame
    writings: dict[str, Writing]
    notes: tuple[str, ...]


class _Read(NamedTuple):
    """A column, what it may be read as, and how often each number and date is one."""

    series: pl.Series
    texts: pl.Series
    """Tidied, null where missing or a marker."""
    numbers: list[NumberWriting]
    dates: list[DateWriting]
    role: str

    @property
    def name(self) -> str:
        return f"{self.role} {self.series.name!r}"

    def wrong(self, writing: Writing) -> pl.Series:
        """Where a text is none in a writing."""
        return writing.read(self.texts).is_null() & self.texts.is_not_null()

    def dominant(self, writings: Sequence[Writing]) -> bool:
        """Whether the others are strays among what is read: fewer than these, and few or few of a kind."""
        if not writings:
            return False
        wrong = self.wrong(writings[0])
        bad, good = self.texts.filter(wrong), self.texts.filter(~wrong).drop_nulls()
        kinds, few = bad.n_unique(), len(bad) <= 0.1 * (len(bad) + len(good))
        if isinstance(writings[0], NumberWriting) and writings[0].after.isalpha():
            return few
        return (len(good) > len(bad) and (few or kinds <= 10)) or (kinds <= 3 and good.n_unique() >= 10)


def as_written(
    frame: pl.DataFrame,
    names: Iterable[str],
    conventions: Conventions | None = None,
    target: str | None = None,
    task: str | None = None,
) -> Written:
    """The table with columns of text read as what they are: numbers written otherwise, dates, or texts as before.

    A column is read as numbers if all of its texts are numbers in one writing, whose decimal mark no value leaves
    open, or another column of the table tells; as dates likewise. Markers for unknown values among them are missing.
    Digits with zeros in front are names. Classes of a target stay as they are.

    Raises DataError, with row, value and remedy, for a few other texts among numbers or dates, and for what can be read
    in two ways.

    >>> frame = pl.DataFrame({"size": ["1,5", "2", "-"], "colour": ["red", "blue", "-"]})
    >>> written = as_written(frame, ["size", "colour"])
    >>> written.frame["size"].to_list(), written.notes[0]
    ([1.5, 2.0, None], "column 'size' is read as numbers, '1,5' (row 1) as 1.5; 1 value ('-' in row 3) is taken as missing")
    """
    said = conventions or Conventions()
    for name in said.text:
        if name not in frame.columns:
            raise DataError(f"text column {name!r} is not a column: the columns are {', '.join(frame.columns[:20])}")
    named = [name for name in (*names, *([] if target is None else [target])) if name not in said.text]
    frame = frame.with_columns(pl.col(name).cast(pl.String) for name in said.text)
    found = [
        _options(frame[name], said, "target" if name == target else "column")
        for name in named
        if frame[name].dtype == pl.String and not is_missing(frame[name])
    ]
    marks = {DECIMALS[said.decimal]} if said.decimal else _marks(frame, named, found)
    orders = {order for one in found if len(one.dates) == 1 and (order := _order(one.dates[0]))}
    columns: dict[str, pl.Series] = {}
    writings: dict[str, Writing] = {}
    notes: list[str] = []
    for one in found:
        series, writing, told = _decided(one, marks, orders, said, task if one.role == "target" else None)
        columns[series.name], notes = series, [*notes, *told]
        if writing is not None:
            writings[series.name] = writing
    frame = frame.with_columns(columns.values())
    for name in named:
        series, writing, told = compact_dates(frame[name], "target" if name == target else "column", task)
        if writing is not None:
            frame, writings[name], notes = frame.with_columns(series), writing, [*notes, *told]
    return Written(frame, writings, tuple(notes))


def _options(series: pl.Series, said: Conventions, role: str) -> _Read:
    texts = tidied(series)
    texts = pl.select(pl.when(~is_marker(texts)).then(texts)).to_series().alias(series.name)
    some = texts.drop_nulls().unique(maintain_order=True).head(_SAMPLE)
    mark = None if said.decimal is None else DECIMALS[said.decimal]
    numbers = readings(texts, mark) if readings(some) else []
    dates = date_readings(texts, said.dates) if date_readings(some) else []
    return _Read(series, texts, numbers, dates, role)


def _marks(frame: pl.DataFrame, named: Iterable[str], found: Iterable[_Read]) -> set[str]:
    """The decimal marks of the columns that leave no doubt."""
    marks: set[str] = set()
    for name in named:
        if frame[name].dtype.is_float():
            values = frame[name].drop_nulls()
            if (values != values.round()).any():
                marks.add(".")
    for one in found:
        if len(one.numbers) == 1 and not one.wrong(one.numbers[0]).any():
            writing = one.numbers[0]
            if writing.grouping in (".", ",") or one.texts.str.contains(writing.decimal, literal=True).any():
                marks.add(writing.decimal)
    return marks


def _order(writing: DateWriting) -> str | None:
    return next((order for order in ("day-first", "month-first") if writing.form in ORDERS[order]), None)


_Decision: TypeAlias = tuple[pl.Series, "Writing | None", tuple[str, ...]]


def _decided(one: _Read, marks: set[str], orders: set[str], said: Conventions, task: str | None) -> _Decision:
    """The column as it is read, its writing, and notes."""
    if not one.texts.count():
        return one.series.clear(0).extend_constant(None, len(one.series)), None, _missing(one, "")
    if _is_code(one):
        row = int(one.texts.str.contains(r"^0\d+$").fill_null(False).arg_max() or 0)
        note = f"{one.name}: digits with zeros in front ({shown(one.series[row])} in row {row + 1}) are names: read as text"
        return one.series, None, (note,)
    count = one.texts.count()
    numeric, dated = (count - int(one.wrong(of[0]).sum()) if of else 0 for of in (one.numbers, one.dates))
    if numeric >= dated and numeric:
        return _as_numbers(one, marks, task) if numeric == count else _as_strays(one, one.numbers, "numbers", task)
    if dated and task == "classification":
        return one.series, None, ()
    if dated:
        return _as_dates(one, orders, said) if dated == count else _as_strays(one, one.dates, "dates", task)
    if said.dates is not None and one.role == "column":
        _refuse_other_order(one, said.dates)
    return one.series, None, ()


def _is_code(one: _Read) -> bool:
    """Whether digits stand with zeros in front that are part of a name: in values of one length, or in many."""
    digits = one.texts.filter(one.texts.str.contains(r"^\d+$"))
    zeros = digits.str.contains(r"^0\d+$")
    if not zeros.any() or (one.numbers and one.texts.str.contains(r"[.,]").any()):
        return False
    return digits.str.len_bytes().n_unique() == 1 or zeros.sum() >= 0.1 * len(digits)


def _as_numbers(one: _Read, marks: set[str], task: str | None) -> _Decision:
    writing = _one_reading(one, marks)
    values = writing.read(one.texts).alias(one.series.name)
    if not _fractions(one.texts, writing):
        whole = values.cast(pl.Int64, strict=False)
        values = whole if whole.null_count() == values.null_count() else values
    plain = one.texts.str.contains(r"^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$") | one.texts.is_null()
    plain &= one.series.is_null() | (one.series.str.strip_chars() == one.texts) | one.texts.is_null()
    if one.role == "target":
        as_text = infer_task(values.drop_nulls())[0] == "classification" and one.texts.count() == one.series.count()
        if (plain.all() and as_text) or (task == "classification" and not plain.all()):
            return one.series, None, ()
    if plain.all():
        if one.texts.count() == one.series.count():
            return values, None, (f"{one.name}: its numbers are written as text and were read as numbers",)
        return values, NumberWriting(), _missing(one, "")
    row = int((one.texts.str.len_chars().fill_null(0) * (~plain).cast(pl.Int64)).arg_max() or 0)
    read = f"{one.name} is read as numbers, {shown(one.series[row])} (row {row + 1}) as {values[row]:.15g}"
    return values, writing, _missing(one, read)


def _fractions(texts: pl.Series, writing: NumberWriting) -> bool:
    return bool((texts.str.contains(writing.decimal, literal=True) | texts.str.contains(r"\d[eE][+-]?\d")).any())


def _one_reading(one: _Read, marks: set[str]) -> NumberWriting:
    """The only reading, or that of the two which a currency or the table's other columns tell; else DataError."""
    if len(one.numbers) == 1:
        return one.numbers[0]
    money = pl.Series([one.numbers[0].before, one.numbers[0].after]).str.contains(_CURRENCIES).any()
    if money:  # an amount has no three decimals
        return next(writing for writing in one.numbers if writing.grouping)
    told = [writing for writing in one.numbers if writing.decimal in marks]
    if len(told) == 1:
        return told[0]
    first, second = one.numbers[:2]
    if not first.grouping and not marks:  # points alone, and no column with decimal commas
        return first
    values = [writing.read(one.texts) for writing in (first, second)]
    row = int((values[0] != values[1]).fill_null(False).arg_max() or 0)
    either, other = (f"{of[row]:.15g}" for of in values)
    raise DataError(
        f"{one.name}: {shown(one.series[row])} in row {row + 1} may be {either} or {other}, and no column of the table "
        "tells: say which with --decimal point or --decimal comma"
    )


def _as_strays(one: _Read, of: Sequence[Writing], kind: str, task: str | None) -> _Decision:
    """A column of which not all are numbers, or dates: refused if few are not, else text as it stands."""
    wrong = one.wrong(of[0])
    row, count = int(wrong.arg_max() or 0), int(wrong.sum())
    there = f"row {row + 1}: {shown(one.series[row])}"
    if task == "classification":
        note = f"{one.name} holds {kind} but for {counted(count, 'value')} ({there}), and all are taken as classes"
        return one.series, None, (note,)
    if one.dominant(of):
        known = f" ({of[0].form})" if isinstance(of[0], DateWriting) else ""
        raise DataError(
            f"{one.name} holds {kind}{known} but for {counted(count, 'value')} ({there}){_hint(one, of[0], row)}: "
            f"correct it, leave it empty if unknown, or say {naming(one.series.name)} if all are names"
        )
    if 2 * count > one.texts.count():
        return one.series, None, ()
    note = f"{one.name} is read as text: {counted(count, 'value')} of {one.texts.count()} are no {kind} ({there})"
    return one.series, None, (note,)


def _hint(one: _Read, writing: Writing, row: int) -> str:
    """What a stray value looks like."""
    value = one.texts[row : row + 1]
    if isinstance(writing, NumberWriting):
        others = readings(value)
        if len(others) == 1:
            return f", which looks like {others[0].read(value)[0]:.15g} written otherwise than the rest"
        return ", which has a zero in front" if value.str.contains(r"^0\d+$").all() else ""
    others = date_readings(value)
    return f", which is {others[0].form}" if others else ""


def _as_dates(one: _Read, orders: set[str], said: Conventions) -> _Decision:
    writing, because = one.dates[0], ""
    if len(one.dates) > 1:
        told = [reading for reading in one.dates if _order(reading) in orders]
        if len(told) == 1 and len(orders) == 1:
            writing, because = told[0], ", as in the table's other dates"
        elif one.role == "column":
            row = int((one.dates[0].read(one.texts) != one.dates[1].read(one.texts)).fill_null(False).arg_max() or 0)
            either, other = (reading.read(one.texts)[row] for reading in one.dates[:2])
            raise DataError(
                f"{one.name}: {shown(one.series[row])} in row {row + 1} may be {either} or {other}, and no value of the "
                "column tells: say which with --dates day-first or --dates month-first"
            )
    elif said.dates is None and (order := _order(writing)):
        other = "month-first" if order == "day-first" else "day-first"
        mark = writing.form.strip("adehmnorty")[:1]
        form = next(form for form in ORDERS[other] if mark in form)
        against = DateWriting(form).read(one.texts).is_null() & one.texts.is_not_null()
        if against.any():
            row = int(against.arg_max() or 0)
            because = f", as {shown(one.series[row])} in row {row + 1} tells"
    values = writing.read(one.texts).alias(one.series.name)
    if writing.form == "year-month-day" and said.dates in (None, "iso"):
        return values, writing, _missing(one, "")
    row = int(one.texts.is_not_null().arg_max() or 0)
    kind = "times" if values.dtype == pl.Time else "dates"
    read = f"{one.name} is read as {kind}, {writing.form}{because}: {shown(one.series[row])} in row {row + 1} is {values[row]}"
    return values, writing, _missing(one, read)


def _refuse_other_order(one: _Read, order: str) -> None:
    others = date_readings(one.texts)
    if others and one.dominant(others) and _order(others[0]) != order:
        row = int(one.texts.is_not_null().arg_max() or 0)
        raise DataError(
            f"{one.name}: {shown(one.series[row])} in row {row + 1} is {others[0].form}, which is not {order}: "
            "leave --dates out, or correct the column"
        )


def _missing(one: _Read, read: str) -> tuple[str, ...]:
    """The note on a column that was read, and on the markers in it."""
    marked = one.texts.is_null() & one.series.is_not_null()
    if not marked.any():
        return (read,) if read else ()
    told = markers_told(one.series, marked)
    return (f"{read}; {told}" if read else f"{one.name}: {told}",)
