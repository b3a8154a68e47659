"""Numbers as people write them: decimal commas, thousands apart, units, currencies, percent, signs of other kinds."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from .markers import is_marker

FORMS = ((".", ""), (".", ","), (",", ""), (",", "."), (".", "'"), (",", "'"), (".", " "), (",", " "), (".", "_"))
"""Decimal mark and what stands between thousands, the likelier first."""

_CURRENCY = (
    r"(?:[A-Z]{0,3}\p{Sc}|%|USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|CAD|AUD|NZD|BRL|MXN|ZAR|RUB|TRY|KRW|"
    r"SGD|HKD|Rs\.?|Fr\.?|kr\.?)"
)
_UNIT = rf"(?:{_CURRENCY}|[%‰°µ\p{{L}}][\p{{L}}%°µ²³/·^.*-]{{0,11}}[23]?(?: [\p{{L}}²³/·^.]{{1,11}})?)"
_CORE = r"(?:\d[\d.,' _]*\d|\d|[.,]\d+)(?:[.,](?:[eE]|$))?(?:[eE][+-]?\d+)?"
_PARTS = rf"^([+-]?) ?(?P<before>{_CURRENCY})? ?([+-]?) ?{_CORE}(?P<after> ?{_UNIT})?$"
_ORDINAL = r"(?i)^\d+(?:st|nd|rd|th)$"


@dataclass(frozen=True)
class NumberWriting:
    """How the numbers of a column are written: decimal mark, mark between thousands, and what stands around each.

    >>> writing = NumberWriting(",", ".", "", "kg")
    >>> writing.read(pl.Series(["1.234,5 kg", "−2,5 kg", "3 lb"])).to_list()
    [1234.5, -2.5, None]
    """

    decimal: str = "."
    grouping: str = ""
    before: str = ""
    after: str = ""

    @property
    def words(self) -> str:
        """What sets the writing apart, for people.

        >>> NumberWriting(",", ".", "", "kg").words
        "decimal commas, '.' between thousands, 'kg' behind"
        """
        parts = [
            "decimal commas" if self.decimal == "," else "",
            f"{self.grouping!r} between thousands" if self.grouping else "",
            f"{self.before!r} in front" if self.before else "",
            f"{self.after!r} behind" if self.after else "",
        ]
        return ", ".join(part for part in parts if part) or "signs of their own"

    def read(self, series: pl.Series) -> pl.Series:
        """The numbers (rows,) in float64, null where a text is none in this writing; markers are null, too."""
        parts = tidied(series).str.extract_groups(self._pattern())
        digits = parts.struct.field("digits")
        if self.grouping:
            digits = digits.str.replace_all(self.grouping, "", literal=True)
        values = digits.str.replace(self.decimal, ".", literal=True).cast(pl.Float64, strict=False)
        signs = (parts.struct.field("sign") == "-") | (parts.struct.field("later") == "-")
        return values.zip_with(~signs.fill_null(False), -values).alias(series.name)

    def write(self, value: float) -> str:
        """A number in this writing, without marks between thousands.

        >>> NumberWriting(",", ".", "", "%").write(1234.5)
        '1234,5%'
        """
        return f"{self.before}{value:.15g}{self.after}".replace(".", self.decimal, 1)

    def _pattern(self) -> str:
        mark, power = re.escape(self.decimal), r"(?:[eE][+-]?\d+)?"
        whole, grouped = r"(?:0|[1-9]\d*)", ""
        padded = rf"\d+{mark}\d+"  # zeros in front are a name's, but for those of a decimal number
        if self.grouping:
            between = re.escape(self.grouping)
            grouped = rf"[1-9]\d{{0,2}}(?:{between}\d{{3}})+" + (rf"|{_INDIAN}" if self.grouping == "," else "")
            grouped = rf"(?:{grouped})(?:{mark}\d*)?|"  # never with a power: 1,038E+03 has a decimal comma
        plain = rf"(?:{whole}(?:{mark}\d*)?|{padded}|{mark}\d+){power}"
        digits = rf"(?P<digits>{grouped}{plain}|(?i:inf|infinity))"
        before, after = (rf" ?{re.escape(part)}" if part else "" for part in (self.before, self.after))
        return rf"^(?P<sign>[+-]?){before} ?(?P<later>[+-]?) ?{digits}{after}$"


_ZEROS = ("\uff10", "\u0660", "\u06f0", "\u0966")
_SIGNS = {"．": ".", "，": ",", "％": "%", "\u066b": ".", "\u066c": ",", "\u066a": "%"}
_OTHER = {**{chr(ord(zero) + digit): str(digit) for zero in _ZEROS for digit in range(10)}, **_SIGNS}
"""Digits and signs as wide as the letters of East Asia, and those of Arabic, Persian and Hindi."""
_INDIAN = r"[1-9]\d?(?:,\d{2})+,\d{3}"


def tidied(series: pl.Series) -> pl.Series:
    """Texts in the signs of a keyboard: no spaces around, one kind of space, minus, apostrophe; (12) and 12- are -12,
    and Fortran's 1.5D+02 is 1.5e+02.

    A price's dash for no cents, 12,- or 12.–, is no minus.

    >>> tidied(pl.Series(["\\u00a0−1\\u202f234", "(12)", "1’000", "12,-", "1.5D+02"])).to_list()
    ['-1 234', '-12', "1'000", '12,0', '1.5e+02']
    """
    return series.to_frame("text").select(_TIDIED).to_series().alias(series.name)


_TIDIED = (
    pl.col("text")
    .cast(pl.String)
    .str.replace_all("[\ufeff\u200b\u200e\u200f\u2060]", "")
    .str.strip_chars()
    .str.replace_all(r"\s+", " ")
    .str.replace_all("[\u2019\u02bc\u2032`\u00b4]", "'")
    .str.replace_all("[\u2010-\u2015\u2212\ufe63\uff0d]", "-")
    .str.replace_many(list(_OTHER), list(_OTHER.values()))
    .str.replace(r"(\d[.,])-{1,2}( ?\D{0,4})$", "${1}0$2")
    .str.replace(r"(\d)/-$", "$1")
    .str.replace(r"^([+-]?\d*[.,]?\d+)[dD]([+-]\d{1,3})$", "${1}e$2")
    .str.replace(r"^\((.*\d.*)\)$", "-$1")
    .str.replace(r"^(\d(?:[\d.,' ]*\d)?)-$", "-$1")
)


def affixes(texts: pl.Series) -> tuple[str, str]:
    """What stands before and after the numbers of most of these tidied texts.

    >>> affixes(pl.Series(["€ 12", "€ 13,5", "none"])), affixes(pl.Series(["12 %", "13 %"]))
    (('€', ''), ('', '%'))
    """
    numeric = texts.filter(texts.str.contains(_PARTS) & ~texts.str.contains(_ORDINAL))
    if not len(numeric):
        return "", ""
    parts = numeric.str.extract_groups(_PARTS)
    pairs = pl.DataFrame(
        {part: parts.struct.field(part).fill_null("").str.strip_chars(" ") for part in ("before", "after")}
    )
    common = pairs.group_by("before", "after").len().sort("len", "before", "after", descending=[True, False, False])
    before, after, _ = common.row(0)
    return before, after


def readings(series: pl.Series, decimal: str | None = None) -> list[NumberWriting]:
    """The writings by which most of a column's values are numbers, and as many by each, those that differ in a value.

    `decimal` is the mark that it must be, None for either.
    """
    texts = tidied(series)
    texts = texts.filter(texts.is_not_null() & ~is_marker(texts))
    before, after = affixes(texts)
    found: list[tuple[int, NumberWriting, pl.Series]] = []
    for mark, grouping in FORMS:
        if decimal in (None, mark):
            writing = NumberWriting(mark, grouping, before, after)
            values = writing.read(texts)
            found.append((len(values) - values.null_count(), writing, values))
    most = max(count for count, _, _ in found)
    kept: list[tuple[NumberWriting, pl.Series]] = []
    for count, writing, values in found:
        if count == most > 0 and not any(values.equals(other, null_equal=True) for _, other in kept):
            kept.append((writing, values))
    return [writing for writing, _ in kept]
