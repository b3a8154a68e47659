"""The table's side of a module in Python: columns read, and features made of them."""

from __future__ import annotations

from typing import Any

from .features import Beyond, Circle, Encoded, Feature, Flag, Hashed, Missing, OneHot, Standard

_READING = {
    "number": '''
def _number(name, value, row):
    """A value as a number, missing (None or NaN) as NaN."""
    try:
        return np.nan if value is None or value != value else float(value)
    except (TypeError, ValueError):
        raise ValueError(f"column {name!r} is {value!r} in row {row}; it must be a number") from None


def _numbers(columns, name):
    """The numbers of a column, missing (None or NaN) as NaN."""
    values = _column(columns, name)
    if values.dtype.kind not in "fiub":
        values = np.array([_number(name, value, row) for row, value in enumerate(values.tolist(), start=1)])
    values = values.astype(np.float64)
    if np.isinf(values).any():
        raise ValueError(f"column {name!r} is infinite in row {int(np.isinf(values).argmax()) + 1}")
    return values
''',
    "text": '''
def _texts(columns, name):
    """The texts of a column, missing (None or NaN) as None."""
    values = _column(columns, name, object)
    return [None if value is None or value != value else str(value) for value in values]
''',
    "date": '''
def _moment(name, value, row):
    """A date, time or text of such in seconds."""
    given = value
    try:
        if isinstance(value, str) and value[:3].count(":") and "-" not in value:
            value = datetime.time.fromisoformat(value)
        if isinstance(value, datetime.time):
            value = datetime.datetime.combine(datetime.date(1970, 1, 1), value)
        if getattr(value, "tzinfo", None) is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        if isinstance(value, (int, float, np.number)):
            return float(value)
        return np.datetime64(value, "us").astype(np.int64) / 1e6
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"column {name!r} is {given!r} in row {row}; it must be a date or time, such as 2024-01-31T12:30"
        ) from None


def _seconds(columns, name):
    """The moments of a column in seconds, missing (None or NaT) as NaN.

    They are datetimes, dates or times of Python, NumPy's datetime64, or texts such as 2024-01-31T12:30; seconds since
    1970-01-01, in UTC if the column has a time zone, or since midnight.
    """
    values = _column(columns, name)
    if values.dtype.kind == "M":
        seconds = values.astype("datetime64[us]").astype(np.int64) / 1e6
        return np.where(np.isnat(values), np.nan, seconds)
    found = [
        np.nan if value is None or value != value else _moment(name, value, row)
        for row, value in enumerate(values.astype(object), start=1)
    ]
    return np.array(found, dtype=np.float64)
''',
}
_COLUMN = '''
def _column(columns, name, kind=None):
    """The values of a column, one a row."""
    try:
        values = np.atleast_1d(np.asarray(columns[name], dtype=kind))
    except (TypeError, ValueError):
        values = np.empty((0, 0))
    if values.ndim != 1 and values.shape != (len(values), 1):
        raise ValueError(f"column {name!r} has not one value for each row")
    return values.reshape(-1)
'''

_KINDS: dict[type[Feature], str] = {
    Standard: '''
def _standard(x, fill, mean, deviation, low=None, high=None):
    """(x - mean) / deviation, missing taken as fill, and what is far beyond low or high as the nearer of the two."""
    x = np.where(np.isnan(x), fill, x)
    if low is not None:
        x = np.where(_beyond(x, low, high) == 1.0, np.clip(x, low, high), x)
    return (x - mean) / deviation
''',
    Missing: '''
def _missing(x):
    """1 where it is missing."""
    return np.isnan(x).astype(np.float64)
''',
    Beyond: '''
def _beyond(x, low, high):
    """1 where it lies farther outside the limits than these are apart."""
    return ((x < low - (high - low)) | (x > high + (high - low))).astype(np.float64)
''',
    Flag: '''
def _flag(x, fill):
    """0 or 1, missing taken as fill."""
    return np.where(np.isnan(x), fill, (x != 0.0).astype(np.float64))
''',
    OneHot: '''
def _one_hot(texts, numbers):
    """1 for the row's own category, 0 for the others; all 0 for one that training had not."""
    own = np.array([numbers.get(text, -1) for text in texts])
    return (own[:, None] == np.arange(len(numbers))).astype(np.float64)
''',
    Circle: '''
def _circle(seconds, fill, period, zone):
    """sin and cos of the passed fraction of a period, by the clock of a time zone."""
    seconds = np.where(np.isnan(seconds), fill, seconds)
    if zone is not None:
        clock = zoneinfo.ZoneInfo(zone)
        try:
            moments = [datetime.datetime.fromtimestamp(float(one), clock) for one in seconds]
        except (OverflowError, ValueError, OSError):
            raise ValueError(f"a moment of {seconds[np.abs(seconds).argmax()]:.6g} seconds has no date") from None
        seconds = seconds + np.array([one.utcoffset().total_seconds() for one in moments])
    moments = np.floor(seconds).astype(np.int64).astype("datetime64[s]")
    days = moments.astype("datetime64[D]")
    if period == "month of year":
        passed = moments.astype("datetime64[M]").astype(np.int64) % 12 / 12
    elif period == "day of week":
        passed = (days.astype(np.int64) + 3) % 7 / 7
    else:
        passed = ((moments - days).astype(np.int64) // 60) / 1440
    return np.column_stack([np.sin(2 * np.pi * passed), np.cos(2 * np.pi * passed)])
''',
    Hashed: '''
def _hashed(texts, counts, buckets, mean, deviation, marked):
    """The frequency of a text in training, a 1 in the place that its hash says, and a mark where it is missing."""
    frequency = np.log1p([0 if text is None else counts.get(text, 0) for text in texts])
    places = np.zeros((len(texts), buckets))
    for row, text in enumerate(texts):
        if text is not None:
            digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
            places[row, int.from_bytes(digest, "big") % buckets] = 1.0
    missing = [[float(text is None)] for text in texts] if marked else np.empty((len(texts), 0))
    return np.hstack([((frequency - mean) / deviation)[:, None], places, missing])
''',
}


def columns_of(found: Encoded) -> dict[str, str]:
    """The columns that a row is given by, with a word on each."""
    dates = dates_of(found)
    return {
        source.column: "a date or time" if source.column in dates else source.word
        for source in found.sources
        if source.name == source.column
    }


def dates_of(found: Encoded) -> set[str]:
    """The columns that are read as moments."""
    return {source.column for source in found.sources if source.word.startswith("the seconds")}


def encoding_source(found: Encoded, dtype: str) -> str:
    """The source of `encode(columns)`, and of all that it calls; `dtype` is that of the network."""
    kinds = {type(feature) for feature in found.features}
    if any(isinstance(one, Standard) and one.limits is not None for one in found.features):
        kinds.add(Beyond)
    dates = dates_of(found)
    reading = {"date" if source.column in dates else source.kind for source in found.sources}
    text = _COLUMN + "".join(part for name, part in _READING.items() if name in reading)
    text += "".join(part for kind, part in _KINDS.items() if kind in kinds)
    tables, lines = [], []
    own = {source.column: f"x{place}" for place, source in enumerate(found.sources) if source.name == source.column}
    for column, letter in own.items():
        source = next(one for one in found.sources if one.name == column)
        reader = "_seconds" if column in dates else "_numbers" if source.kind == "number" else "_texts"
        lines.append(f"    {letter} = {reader}(columns, {column!r})")
    calls = []
    for feature in found.features:
        table, call = _feature_call(feature, found, own)
        tables += table
        calls.append(f"            {call},")
    text += "".join(f"\n{table}\n" for table in tables)
    names = ", ".join(map(repr, own))
    lacks = ", or lacks one" if found.needs_all else ""
    letters = ", ".join(own.values())
    lines += [
        f"    rows = [len(values) for values in ({letters},)]",
        "    if min(rows) != max(rows):",
        '        told = ", ".join(f"{name!r} {count}" for name, count in zip(COLUMNS, rows))',
        '        raise ValueError(f"columns have different numbers of rows: {told}")',
    ]
    body = "\n".join([*lines, "    features = np.column_stack(", "        [", *calls, "        ]", "    )"])
    return (
        text
        + f'''

COLUMNS = [{names}]


def encode(columns):
    """The features (rows, {found.width}) of columns: a dict of lists, a frame, or an array (rows, columns)."""
    if isinstance(columns, (list, tuple)) or not hasattr(columns, "__getitem__"):
        told = "a dict of columns, a frame, or an array (rows, columns)"
        raise TypeError(f"columns is a {{type(columns).__name__}}; it must be {{told}}")
    if isinstance(columns, np.ndarray):
        if columns.ndim != 2 or columns.shape[1] != len(COLUMNS):
            raise ValueError(f"the array has shape {{columns.shape}}; it must be (rows, {{len(COLUMNS)}})")
        columns = dict(zip(COLUMNS, columns.T))
    lacking = [name for name in COLUMNS if name not in columns]
    if lacking:
        raise ValueError(f"columns are missing: {{', '.join(lacking)}}")
{body}
    with np.errstate(over="ignore"):
        bad = ~np.isfinite(features.astype(np.{dtype})).all(axis=1)
    if bad.any():
        raise ValueError(f"row {{int(bad.argmax()) + 1}} has values too far from the training rows{lacks}")
    return features
'''
    )


def _feature_call(feature: Feature, found: Encoded, own: dict[str, str]) -> tuple[list[str], str]:
    """Constants that a feature needs, and the call that computes it."""
    place = feature.of if isinstance(feature, Circle) else feature.source
    x = own[found.sources[place].column]
    match feature:
        case Standard(_, fill, scale, limits):
            more = "" if limits is None else f", {limits.low!r}, {limits.high!r}"
            known = "np.nan" if fill is None else repr(fill)
            return [], f"_standard({x}, {known}, {scale.mean!r}, {scale.deviation!r}{more})"
        case Missing():
            return [], f"_missing({x})"
        case Beyond(_, limits):
            return [], f"_beyond({x}, {limits.low!r}, {limits.high!r})"
        case Flag(_, fill):
            return [], f"_flag({x}, {fill!r})"
        case OneHot(_, categories, missing):
            keys: tuple[Any, ...] = (*categories, *((None,) if missing else ()))
            lines = "".join(f"    {key!r}: {number},\n" for number, key in enumerate(keys))
            return [f"_{x.upper()} = {{\n{lines}}}"], f"_one_hot({x}, _{x.upper()})"
        case Circle(source, _, _, _, _):
            name, column = found.sources[source].name, found.sources[source].column
            zone = found.sources[source].word.partition(" on the clock of ")[2] or None
            fill = next(one.fill for one in found.features if isinstance(one, Standard) and one.source == place)
            return [], f"_circle({x}, {fill!r}, {name.removeprefix(column + ' ')!r}, {zone!r})"
        case Hashed(_, column):
            counts = dict(zip(column.repeated, column.counts, strict=True)) | dict.fromkeys(column.single, 1)
            lines = "".join(f"    {key!r}: {count},\n" for key, count in counts.items())
            about = f"{column.buckets}, {column.scale.mean!r}, {column.scale.deviation!r}, {column.indicator}"
            return [f"_{x.upper()} = {{\n{lines}}}"], f"_hashed({x}, _{x.upper()}, {about})"
