"""What the modules in Python share: reading columns, encoding them, saying what outputs mean, and the check rows."""

from __future__ import annotations

import base64
import textwrap
from typing import Any

import numpy as np

from ..formulas.expression import Expression
from .expression_text import Language, functions_in, written
from .features import Beyond, Circle, Encoded, Feature, Flag, Hashed, Missing, OneHot, Standard
from .subject import LEAST, Subject

_MOST_NUMBERS = 20_000
"""Arrays of more are written as base64, which no one would read anyway."""

_READING = {
    "number": '''
def _numbers(columns, name):
    """The numbers of a column, missing (None or NaN) as NaN."""
    values = np.atleast_1d(np.asarray(columns[name]))
    if values.dtype.kind not in "fiub":
        values = np.array([np.nan if value is None or value != value else float(value) for value in values])
    values = values.astype(np.float64)
    if np.isinf(values).any():
        raise ValueError(f"column {name!r} is infinite in row {int(np.isinf(values).argmax()) + 1}")
    return values
''',
    "text": '''
def _texts(columns, name):
    """The texts of a column, missing (None or NaN) as None."""
    values = np.atleast_1d(np.asarray(columns[name], dtype=object))
    return [None if value is None or value != value else str(value) for value in values]
''',
    "date": '''
def _seconds(columns, name):
    """The moments of a column in seconds, missing (None or NaT) as NaN.

    They are datetimes, dates or times of Python, NumPy's datetime64, or texts such as 2024-01-31T12:30; seconds since
    1970-01-01, in UTC if the column has a time zone, or since midnight.
    """
    values, found = np.atleast_1d(np.asarray(columns[name])), []
    if values.dtype.kind == "M":
        seconds = values.astype("datetime64[us]").astype(np.int64) / 1e6
        return np.where(np.isnat(values), np.nan, seconds)
    for value in values.astype(object):
        if value is None or value != value:
            found.append(np.nan)
            continue
        if isinstance(value, str) and value[:3].count(":") and "-" not in value:
            value = datetime.time.fromisoformat(value)
        if isinstance(value, datetime.time):
            value = datetime.datetime.combine(datetime.date(1970, 1, 1), value)
        if getattr(value, "tzinfo", None) is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        if isinstance(value, (int, float, np.number)):
            found.append(float(value))
        else:
            found.append(np.datetime64(value, "us").astype(np.int64) / 1e6)
    return np.array(found, dtype=np.float64)
''',
}

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
        moments = [datetime.datetime.fromtimestamp(float(one), clock) for one in seconds]
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

_FUNCTIONS = {
    "sigmoid": '''
def _sigmoid(u):
    """1 / (1 + e^-u), without overflow."""
    e = {0}.exp(-{0}.abs(u))
    return {0}.where(u >= 0, {1}, e) / (1.0 + e)
''',
    "softplus": '''
def _softplus(u):
    """ln(1 + e^u), without overflow."""
    return _larger(u, 0.0) + {0}.log1p({0}.exp(-{0}.abs(u)))
''',
    "erf": '''
def _erf(u):
    """The error function, number by number."""
    return np.array([math.erf(one) for one in np.ravel(u)], dtype=np.asarray(u).dtype).reshape(np.shape(u))
''',
    "larger": '''
def _larger(u, v):
    """The larger of two."""
    return {0}.where(u > v, u, v)
''',
    "smaller": '''
def _smaller(u, v):
    """The smaller of two."""
    return {0}.where(u < v, u, v)
''',
}
_NEEDS = {"softplus": ("larger",), "relu": ("larger",), "max": ("larger",), "min": ("smaller",)}


def array_text(values: np.ndarray) -> str:
    """An array as Python writes it: its numbers, or base64 of many."""
    if values.size <= _MOST_NUMBERS:
        read = np.array([float(str(value)) for value in values.ravel()]).astype(values.dtype).reshape(values.shape)
        exact = values if np.array_equal(read, values) else values.astype(np.float64)
        shown = np.array2string(
            exact, separator=", ", threshold=_MOST_NUMBERS + 1, max_line_width=110, floatmode="unique"
        )
        return f"np.array({shown}, dtype=np.{values.dtype})"
    little = values.astype(values.dtype.newbyteorder("<"))
    text = base64.b64encode(little.tobytes()).decode()
    lines = "\n".join(f'    "{part}"' for part in textwrap.wrap(text, 104))
    kind = little.dtype.str
    read = f"np.frombuffer(base64.b64decode(\n{lines}\n), dtype={kind!r})"
    return f"{read}.reshape({values.shape}).astype(np.{values.dtype})"


def functions_source(forms: list[Expression], library: str, one: str = "1.0") -> str:
    """The functions of those that the expressions call which the library lacks."""
    called = set().union(*map(functions_in, forms)) if forms else set()
    needed = {*called, *(other for name in called for other in _NEEDS.get(name, ()))}
    return "".join(
        text.format(library, one) if name != "erf" else text for name, text in _FUNCTIONS.items() if name in needed
    )


def pipeline_source(subject: Subject, example: str) -> tuple[str, str]:
    """The source of reading and encoding, and of what comes behind the network."""
    if subject.encoded is None:
        return "", _PLAIN + _check_source(subject, example)
    return _encoding_source(subject.encoded), _decoding_source(subject) + _check_source(subject, example)


def imports_of(subject: Subject, forms: list[Expression], arrays: list[np.ndarray]) -> list[str]:
    """The modules of the standard library that the source needs."""
    features = () if subject.encoded is None else subject.encoded.features
    called = set().union(*map(functions_in, forms)) if forms else set()
    needed = {"sys": True, "math": "erf" in called, "base64": any(one.size > _MOST_NUMBERS for one in arrays)}
    dated = any(isinstance(one, Circle) for one in features) or bool(subject.encoded and _dates(subject.encoded))
    needed |= {"datetime": dated, "zoneinfo": dated, "hashlib": any(isinstance(one, Hashed) for one in features)}
    return sorted(name for name, there in needed.items() if there)


def docstring(subject: Subject, about: str) -> str:
    """The head of a module: what it came from, and what its rows are given by."""
    lines = [*subject.head, "", about]
    if subject.encoded is not None:
        lines += ["", "Columns:"]
        lines += [f"    {name!r}: {word}" for name, word in _columns(subject.encoded).items()]
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{text}\n"""\n'


def _columns(found: Encoded) -> dict[str, str]:
    dates = _dates(found)
    return {
        source.column: "a date or time" if source.column in dates else source.word
        for source in found.sources
        if source.name == source.column
    }


def _dates(found: Encoded) -> set[str]:
    """The columns that are read as moments."""
    return {source.column for source in found.sources if source.word.startswith("the seconds")}


def _encoding_source(found: Encoded) -> str:
    kinds = {type(feature) for feature in found.features}
    if any(isinstance(one, Standard) and one.limits is not None for one in found.features):
        kinds.add(Beyond)
    dates = _dates(found)
    reading = {"date" if source.column in dates else source.kind for source in found.sources}
    text = "".join(part for name, part in _READING.items() if name in reading)
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
    body = "\n".join([*lines, "    features = np.column_stack(", "        [", *calls, "        ]", "    )"])
    return (
        text
        + f'''

COLUMNS = [{names}]


def encode(columns):
    """The features (rows, {found.width}) of columns: a dict of lists or arrays, or a frame."""
    lacking = [name for name in COLUMNS if name not in columns]
    if lacking:
        raise ValueError(f"columns are missing: {{', '.join(lacking)}}")
{body}
    bad = ~np.isfinite(features).all(axis=1)
    if bad.any():
        raise ValueError(f"row {{int(bad.argmax()) + 1}} has values too far from the training rows")
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
            return [], f"_standard({x}, {fill!r}, {scale.mean!r}, {scale.deviation!r}{more})"
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


_PLAIN = '''

def predict(P):
    """The outputs (rows, outputs) for inputs (rows, features)."""
    return network(P)
'''


def _decoding_source(subject: Subject) -> str:
    several = len(subject.targets) > 1
    lines, at = [], 0
    for target in subject.targets:
        part = f"outputs[:, {at}]" if target.outputs == 1 else f"outputs[:, {at}:{at + target.outputs}]"
        at += target.outputs
        predicted = repr(f"predicted_{target.name}")
        if target.scale:
            lines.append(f"    found[{predicted}] = {part} * {target.scale.deviation!r} + {target.scale.mean!r}")
            continue
        of = f"{target.name}_" if several else ""
        classes = repr(list(target.classes))
        shares = f"np.column_stack([1.0 - {part}, {part}])" if target.outputs == 1 else part
        names = repr([f"probability_{of}{label}" for label in target.classes])
        lines += [
            f"    shares = {shares}",
            f"    found[{predicted}] = np.array({classes}{_kind(target.classes)})[shares.argmax(axis=1)]",
            f"    found.update(zip({names}, shares.T))",
        ]
    body = "\n".join(lines)
    return f'''

def predict(columns):
    """What `thalweg predict` appends to a table: predicted values, and the probabilities of classes, by name."""
    with np.errstate(all="ignore"):
        outputs = np.asarray(network(encode(columns)), dtype=np.float64)
    bad = ~np.isfinite(outputs).all(axis=1)
    if bad.any():
        raise ValueError(f"row {{int(bad.argmax()) + 1}} has values too far from the training rows")
    found = {{}}
{body}
    return found
'''


def _kind(classes: tuple[Any, ...]) -> str:
    return ", dtype=object" if any(isinstance(label, str) for label in classes) else ""


def together_source(subject: Subject, outputs: list[str], language: Language, library: str = "np") -> list[str]:
    """The lines that make one of the members' outputs: their mean, calibrated."""
    double = "{}.to(torch.float64)" if library == "torch" else "{}.astype(np.float64)"
    terms = " + ".join(
        f"{member.weight!r} * {double.format(name)}" for member, name in zip(subject.members, outputs, strict=True)
    )
    lines = [f"    a = ({terms}) / {sum(member.weight for member in subject.members)!r}"]
    if subject.calibration is not None and subject.calibrated_form is not None:
        n = f"{library}.log(a) - {library}.log1p(-a)" if subject.of_sigmoid else f"{library}.log(a)"
        slope, shift = (array_text(np.array(one)) for one in (subject.calibration.slope, subject.calibration.shift))
        if library == "torch":
            slope, shift = f"torch.from_numpy({slope})", f"torch.from_numpy({shift})"
        lines += [
            f"    a = {library}.clip(a, {LEAST!r}, {1.0 - LEAST!r})",
            f"    n = {slope} * ({n}) + {shift}",
            *(["    n = keras.ops.convert_to_tensor(n)"] if language.name == "keras.ops" else []),
            f"    a = {written(subject.calibrated_form, language, 'n')}",
        ]
    return lines


def _check_source(subject: Subject, example: str) -> str:
    """The check rows, and the function that compares them."""
    check = subject.check
    if subject.encoded is None:
        arrays = {name: rows.tolist() for name, rows in check.inputs.items()}
        given = repr(arrays if len(arrays) > 1 else next(iter(arrays.values())))
        answer = "    found = np.asarray(predict(CHECK), dtype=np.float64)\n"
    else:
        own = [source for source in subject.encoded.sources if source.name == source.column]
        given = repr({source.name: [_plain(value) for value in check.inputs[source.name]] for source in own})
        answer = _answer_source(subject)
    holds = (
        f"found.shape == np.shape(EXPECTED) and bool((np.abs(found - EXPECTED) <= ROOM).all()){_labels_source(subject)}"
    )
    return f'''

CHECK = {given}
EXPECTED = {check.outputs.tolist()!r}
ROOM = {check.room.tolist()!r}


def check():
    """Whether the rows of CHECK give what Thalweg's own predict gave, up to rounding."""
{answer}    return {holds}


if __name__ == "__main__":{example}
    good = check()
    print(f"{{len(EXPECTED)}} check rows:", "as expected" if good else "NOT as expected")
    sys.exit(0 if good else 1)
'''


def _answer_source(subject: Subject) -> str:
    """Lines that make of an answer the outputs that are expected."""
    several = len(subject.targets) > 1
    names: list[str] = []
    for target in subject.targets:
        of = f"{target.name}_" if several else ""
        shown = target.classes if len(target.classes) > 2 else target.classes[1:]
        names += [f"probability_{of}{label}" for label in shown] if target.classes else [f"predicted_{target.name}"]
    return f"    answer = predict(CHECK)\n    found = np.column_stack([answer[name] for name in {names!r}])\n"


def _labels_source(subject: Subject) -> str:
    """What else must hold where there are classes."""
    if not subject.classify:
        return ""
    columns = {
        f"predicted_{target.name}": subject.check.values[:, at].tolist() for at, target in enumerate(subject.targets)
    }
    return f" and all(\n        list(answer[name]) == labels for name, labels in {columns!r}.items()\n    )"


def _plain(value: Any) -> Any:
    """A value as source has it, missing as None."""
    if value is None or isinstance(value, str):
        return value
    return None if np.isnan(value) else float(value)
