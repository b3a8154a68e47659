"""How one column of text is written: as numbers, dates, codes or texts, and what of the strays among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import polars as pl

from thalweg.errors import DataError

from .dates_written import FORMS_OF, DateWriting, date_readings
from .markers import is_marker
from .notes import Importance, Note
from .numbers_written import NumberWriting, readings, tidied
from .task import infer_task
from .values import counted, markers_told, naming, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

Writing: TypeAlias = NumberWriting | DateWriting
"""How the values of a column are written, where they are not plainly numbers, dates or texts."""

Decision: TypeAlias = tuple[pl.Series, Writing | None, tuple[str, ...]]
"""A column as it is read, how it was written if that is to be remembered, and notes."""

_SAMPLE = 200
_SEVERAL = 10
_LIKE_DATES = (
    r"(?i)^\D{0,12}(?:19|20)\d\d[-/. T](?:\d|w)|\d[-/. ](?:19|20)\d\d\b|^\d{1,2}[/.]\d{2}[/.]?$|"
    r"\d ?(?:jan|feb|fév|mar|mär|apr|avr|may|mai|jun|jui|jul|aug|aoû|sep|oct|okt|nov|dec|dez|déc)\p{L}*\b"
)
_LIKE_NUMBERS = (
    r"^[<>~≈±+-]* ?\d[\d.,]* ?(?:±|\+/-|[x×·*] ?10|\(\d+\)$|\^)|^0[xX][\dA-Fa-f]+$|^[<>~≈]=? ?\d[\d.,]*$|"
    r"^[+-]?\d+(?:[.,]\d+)? ?(?:[kKMGTB]|bn|mn|Mio\.?|Mrd\.?|Tsd\.?)?$|^\d+(?: \d+)?/\d+$"
)
_CURRENCIES = r"\p{Sc}|^[A-Z]{3}$|^(?:Rs\.?|Fr\.?|kr\.?)$"
_PLAIN = r"^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$"
_DIGITS = r"^\d+(?:[eE]\d+)?$"
_ZEROS = r"^0\d+(?:[eE]\d+)?$"


class ReadableText(NamedTuple):
    """A column of text, and what it may be read as; the readings of each kind differ in a value."""

    series: pl.Series
    texts: pl.Series
    """Tidied, null where missing or a marker."""
    numbers: list[NumberWriting]
    dates: list[DateWriting]
    role: str

    @property
    def name(self) -> str:
        """The column, for messages."""
        return f"{self.role} {self.series.name!r}"

    def at(self, row: int) -> str:
        """The value of a row and its place, for messages."""
        return f"{shown(self.series[row])} in row {row + 1}"

    def wrong(self, writing: Writing) -> pl.Series:
        """Where a text is none in a writing."""
        return writing.read(self.texts).is_null() & self.texts.is_not_null()

    def first_difference(self, one: Writing, other: Writing) -> int:
        """The first row that two writings read differently."""
        return int((one.read(self.texts) != other.read(self.texts)).fill_null(False).arg_max() or 0)


def readable(series: pl.Series, decimal: str | None, order: str | None, role: str) -> ReadableText:
    """What a column of text may be read as, by a decimal mark and an order of dates if these are given.

    >>> readable(pl.Series("x", ["1,5", "2", "-"]), None, None, "column").numbers
    [NumberWriting(decimal=',', grouping='', before='', after='')]
    """
    texts = tidied(series)
    texts = pl.select(pl.when(~is_marker(texts)).then(texts)).to_series().alias(series.name)
    some = texts.drop_nulls().unique(maintain_order=True).head(_SAMPLE)
    numbers = readings(texts, decimal) if readings(some) else []
    dates = date_readings(texts, order) if date_readings(some) else []
    return ReadableText(series, texts, numbers, dates, role)


def order_of(writing: DateWriting) -> str | None:
    """The order of a form that could be read in another, None for the rest."""
    return next((order for order in ("day-first", "month-first") if writing.form in FORMS_OF[order]), None)


def decide(
    one: ReadableText, marks: set[str], orders: set[str], decimal: str | None, order: str | None, task: str | None
) -> Decision:
    """The column as it is read, its writing, and notes.

    `marks` and `orders` are those of the table's other columns, `decimal`, `order` and `task` what was asked for.
    Raises DataError for a few strays among numbers or dates, for what can be read in two ways, and for what is plainly
    written otherwise than was said.
    """
    count = one.texts.count()
    if not count:
        return one.series.clear().extend_constant(None, len(one.series)), None, _told(one, "")
    if _is_code(one):
        row = int(one.texts.str.contains(_ZEROS).fill_null(False).arg_max() or 0)
        return one.series, None, (f"{one.name}: digits with zeros in front ({one.at(row)}) are names: read as text",)
    numeric, dated = (count - int(one.wrong(of[0]).sum()) if of else 0 for of in (one.numbers, one.dates))
    if order is not None and one.role == "column":
        _refuse_other_order(one, order, dated)
    if decimal is not None and task != "classification" and max(numeric, dated) < count:
        _refuse_other_mark(one, decimal)
    if numeric and numeric >= dated:
        return _as_numbers(one, marks, task) if numeric == count else _with_strays(one, one.numbers, "numbers", task)
    if dated and task == "classification":
        return one.series, None, ()
    if dated:
        return _as_dates(one, orders, order) if dated == count else _with_strays(one, one.dates, "dates", task)
    return one.series, None, _like_measures(one)


def _like_measures(one: ReadableText) -> tuple[str, ...]:
    """A note on many different texts that look like dates, or numbers, of which no writing is known."""
    some = one.texts.drop_nulls().unique(maintain_order=True).head(_SAMPLE if one.role == "column" else 0)
    for kind, pattern, remedy in (("dates", _LIKE_DATES, "2024-01-30"), ("numbers", _LIKE_NUMBERS, "plain digits")):
        if len(some) >= _SEVERAL and some.str.contains(pattern).sum() > 0.9 * len(some):
            row = int(one.texts.is_not_null().arg_max() or 0)
            told = f"{one.name} is read as text, though its values look like {kind} ({one.at(row)}): write {remedy}"
            return (Note(told, Importance.MAY_BE_WRONG),)
    return ()


def _is_code(one: ReadableText) -> bool:
    """Whether digits have zeros in front that are part of a name: in values of one length, or in a tenth of them."""
    digits = one.texts.filter(one.texts.str.contains(_DIGITS))
    zeros = digits.str.contains(_ZEROS)
    if not zeros.any() or (one.numbers and one.texts.str.contains(r"[.,]").any()):
        return False
    return digits.str.len_bytes().n_unique() == 1 or zeros.sum() >= 0.1 * len(digits)


def _as_numbers(one: ReadableText, marks: set[str], task: str | None) -> Decision:
    writing, doubt = _number_writing(one, marks)
    values = writing.read(one.texts).alias(one.series.name)
    if not (one.texts.str.contains(writing.decimal, literal=True) | one.texts.str.contains(r"\d[eE][+-]?\d")).any():
        whole = values.cast(pl.Int64, strict=False)
        values = whole if whole.null_count() == values.null_count() else values
    absent = one.texts.is_null()
    plain = absent | (one.texts.str.contains(_PLAIN) & (one.series.str.strip_chars() == one.texts))
    complete = one.texts.count() == one.series.count()
    plainly = bool(plain.all()) and not writing.grouping
    if one.role == "target":
        classes = infer_task(values.drop_nulls())[0] == "classification"
        if classes and ((plainly and complete) or (task == "classification" and not plainly)):
            return one.series, None, ()
    if not plainly:
        telling = ~(absent if writing.grouping else plain)
        row = int((one.texts.str.len_chars() * telling.cast(pl.Int64)).arg_max() or 0)
        read = f"{one.name} is read as numbers ({writing.words}): {one.at(row)} is {values[row]:.15g}"
        return values, writing, _told(one, read)
    if doubt is not None:
        read = (
            f"{one.name} is read as numbers: {one.at(doubt)} is {values[doubt]:.15g}; --decimal comma reads thousands"
        )
        return values, writing, tuple(Note(note, Importance.MAY_BE_WRONG) for note in _told(one, read))
    if not complete:
        return values, writing, _told(one, "")
    quoted = () if len(one.numbers) > 1 else (f"{one.name}: its numbers are written as text and were read as numbers",)
    return values, None if quoted else writing, quoted


def _number_writing(one: ReadableText, marks: set[str]) -> tuple[NumberWriting, int | None]:
    """The only reading, or that which a currency or the other columns tell; and the row of a doubt that is left.

    Commas that may be of either kind are refused, points are taken as decimal.
    """
    first, *others = one.numbers
    if not others:
        return first, None
    if pl.Series([first.before, first.after]).str.contains(_CURRENCIES).any():  # an amount has no three decimals
        return next(writing for writing in one.numbers if writing.grouping), None
    told = [writing for writing in one.numbers if writing.decimal in marks]
    if len(told) == 1:
        return told[0], None
    row = one.first_difference(first, others[0])
    if not first.grouping:
        return first, row
    either, other = (f"{writing.read(one.texts)[row]:.15g}" for writing in one.numbers[:2])
    raise DataError(
        f"{one.name}: {one.at(row)} may be {either} or {other}, and no column of the table tells: say which with "
        "--decimal point or --decimal comma"
    )


def _with_strays(one: ReadableText, of: Sequence[Writing], kind: str, task: str | None) -> Decision:
    """A column of which not all are numbers, or dates: refused if few are not, else text as it stands."""
    wrong = one.wrong(of[0])
    row, count = int(wrong.arg_max() or 0), int(wrong.sum())
    there = f"row {row + 1}: {shown(one.series[row])}"
    measured = one.role == "target" and isinstance(of[0], NumberWriting) and _is_measured(one, of[0])
    if task == "classification" and not measured:
        note = f"{one.name} holds {kind} but for {counted(count, 'value')} ({there}), and all are taken as classes"
        return one.series, None, (Note(note, Importance.MAY_BE_WRONG),)
    if _are_strays(one, wrong, of[0]):
        form = f" ({of[0].form})" if isinstance(of[0], DateWriting) else ""
        remedy = f"correct it, leave it empty if unknown, or say {naming(one.series.name)} if all are names"
        if measured:
            remedy = "correct it, or leave it empty if unknown: the row is left out then"
        strays = f"{counted(count, 'value')} ({there}{_looks(one, of[0], row)})"
        raise DataError(f"{one.name} holds {kind}{form} but for {strays}: {remedy}")
    _refuse_several_forms(one, of[0])
    if 2 * count > one.texts.count():
        return one.series, None, _like_measures(one)
    some = f"{counted(count, 'value')} of {one.texts.count()}"
    return (
        one.series,
        None,
        (Note(f"{one.name} is read as text: {some} are no {kind} ({there})", Importance.MAY_BE_WRONG),),
    )


def _is_measured(one: ReadableText, writing: NumberWriting) -> bool:
    return infer_task(writing.read(one.texts).drop_nulls())[0] == "regression"


def _are_strays(one: ReadableText, wrong: pl.Series, writing: Writing) -> bool:
    """Whether what is not read is few, or few of a kind, among what is."""
    bad, good = one.texts.filter(wrong), one.texts.filter(~wrong).drop_nulls()
    kinds, few = bad.n_unique(), len(bad) <= 0.1 * (len(bad) + len(good))
    if isinstance(writing, NumberWriting) and writing.after.isalpha():
        return few
    return (len(good) > len(bad) and (few or kinds <= 10)) or (kinds <= 3 and good.n_unique() >= 10)


def _looks(one: ReadableText, writing: Writing, row: int) -> str:
    """What a stray value looks like."""
    value = one.texts[row : row + 1]
    if isinstance(writing, DateWriting):
        others = date_readings(value)
        return f", which is {others[0].form}" if others else ""
    if value.str.contains(_ZEROS).all():
        return ", which has a zero in front"
    others = readings(value)
    return f", which looks like {others[0].read(value)[0]:.15g} written in another way" if len(others) == 1 else ""


def _as_dates(one: ReadableText, orders: set[str], order: str | None) -> Decision:
    writing, because = one.dates[0], ""
    if len(one.dates) > 1:
        told = [reading for reading in one.dates if order_of(reading) in orders]
        if len(told) == 1:
            writing, because = told[0], ", as in the table's other dates"
        elif one.role == "column":
            writing, other = sorted(one.dates[:2], key=lambda reading: order_of(reading) != "day-first")
            row = one.first_difference(writing, other)
            because = (
                f", which is a GUESS: {one.at(row)} may be {writing.read(one.texts)[row]} or "
                f"{other.read(one.texts)[row]}, and no value of the column tells; say which with --dates day-first or "
                "--dates month-first"
            )
    elif order is None and order_of(writing):
        against = one.wrong(DateWriting(_other_order(writing.form)))
        because = f", as {one.at(int(against.arg_max() or 0))} tells" if against.any() else ""
    values = writing.read(one.texts).alias(one.series.name)
    if writing.form == "year-month-day":
        return values, writing, _told(one, "")
    row = int(one.texts.is_not_null().arg_max() or 0)
    kind = "times" if values.dtype == pl.Time else "dates"
    told = _told(one, f"{one.name} is read as {kind}, {writing.form}{because}: {one.at(row)} is {values[row]}")
    doubtful = Importance.MAY_BE_WRONG if "GUESS" in because else Importance.GUESS
    return values, writing, tuple(Note(note, doubtful) for note in told)


def _other_order(form: str) -> str:
    """The form with day and month exchanged: day/month/year for month/day/year."""
    return form.replace("day", "_").replace("month", "day").replace("_", "month")


def _refuse_other_order(one: ReadableText, order: str, dated: int) -> None:
    """Raise DataError for a column of which more are dates than the `dated` in the order that was asked for."""
    others = date_readings(one.texts)
    if not others or one.texts.count() - int(one.wrong(others[0]).sum()) <= dated:
        return
    if _are_strays(one, one.wrong(others[0]), others[0]):
        wrong = one.wrong(one.dates[0]) if one.dates else one.texts.is_not_null()
        row = int(wrong.arg_max() or 0)
        raise DataError(
            f"{one.name}: {one.at(row)} is {others[0].form}, which is not {order}: leave --dates out, or correct it"
        )


def _refuse_other_mark(one: ReadableText, decimal: str) -> None:
    """Raise DataError for a column of numbers all of which have the other decimal mark than was said."""
    others = readings(one.texts)
    if others and others[0].decimal != decimal and not one.wrong(others[0]).any():
        wrong = one.wrong(one.numbers[0]) if one.numbers else one.texts.is_not_null()
        has, said = ("comma", "point") if decimal == "." else ("point", "comma")
        raise DataError(
            f"{one.name}: {one.at(int(wrong.arg_max() or 0))} has a decimal {has}, and --decimal {said} was said: "
            f"leave that out, or say {naming(one.series.name)} if all are names"
        )


def _refuse_several_forms(one: ReadableText, form: Writing) -> None:
    """Raise DataError for dates, or numbers without units, of which some are in another form, with a row of each."""
    rest = pl.select(pl.when(one.wrong(form)).then(one.texts)).to_series()
    others = date_readings(rest) if isinstance(form, DateWriting) else [w for w in readings(rest) if _has_no_unit(w)]
    if not others or (isinstance(form, NumberWriting) and not _has_no_unit(form)):
        return
    read = others[0].read(rest).is_not_null()
    if rest.count() - read.sum() <= 0.1 * one.texts.count():
        row = int((one.texts.is_not_null() & rest.is_null()).arg_max() or 0)
        kind, best = ("dates", "year-month-day") if isinstance(form, DateWriting) else ("numbers", "plain digits")
        raise DataError(
            f"{one.name} holds {kind} written in more than one way: {one.at(row)}, {one.at(int(read.arg_max() or 0))}: "
            f"write all of them in one, best {best}, or say {naming(one.series.name)} if all are names"
        )


def _has_no_unit(writing: NumberWriting) -> bool:
    return not writing.after or bool(pl.Series([writing.after]).str.contains(rf"^[%‰]$|{_CURRENCIES}").all())


def _told(one: ReadableText, read: str) -> tuple[str, ...]:
    """The note on a column that was read, and on the markers in it."""
    marked = one.texts.is_null() & one.series.is_not_null()
    if not marked.any():
        return (read,) if read else ()
    told = markers_told(one.series, marked)
    return (f"{read}; {told}" if read else f"{one.name}: {told}",)
