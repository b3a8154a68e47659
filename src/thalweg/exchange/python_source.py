"""What the modules in Python share: reading columns, encoding them, saying what outputs mean, and the check rows."""

from __future__ import annotations

import base64
import textwrap
from typing import Any

import numpy as np

from ..formulas.expression import Expression
from .expression_text import Language, functions_in, written
from .features import Circle, Hashed
from .python_encoding import columns_of, dates_of, encoding_source
from .subject import LEAST, Subject

_MOST_NUMBERS = 20_000
"""Arrays of more are written as base64, which no one would read anyway."""

_FUNCTIONS = {
    "sigmoid": '''
def _sigmoid(u):
    """1 / (1 + e^-u), without overflow."""
    e = {0}.exp(-{0}.abs(u))
    return {0}.where(u >= 0, 1.0, e) / (1.0 + e)
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
"""By their names; those above call those below."""


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


def functions_source(forms: list[Expression], language: Language) -> str:
    """The functions that the texts of the expressions call and the library lacks."""
    calling, found = " ".join(written(form, language, "n") for form in forms), ""
    for name, text in _FUNCTIONS.items():
        if f"_{name}(" in calling + found:
            found += text if name == "erf" else text.format(language.name)
    return found


def pipeline_source(subject: Subject) -> tuple[str, str]:
    """The source of reading and encoding, and of what comes behind the network."""
    if subject.encoded is None:
        return "", _PLAIN + _check_source(subject)
    return encoding_source(subject.encoded, subject.dtype), _decoding_source(subject) + _check_source(subject)


def imports_of(subject: Subject, forms: list[Expression], arrays: list[np.ndarray]) -> list[str]:
    """The modules of the standard library that the source needs."""
    features = () if subject.encoded is None else subject.encoded.features
    called = set().union(*map(functions_in, forms)) if forms else set()
    needed = {"sys": True, "math": "erf" in called, "base64": any(one.size > _MOST_NUMBERS for one in arrays)}
    dated = any(isinstance(one, Circle) for one in features) or bool(subject.encoded and dates_of(subject.encoded))
    needed |= {"datetime": dated, "zoneinfo": dated, "hashlib": any(isinstance(one, Hashed) for one in features)}
    return sorted(name for name, there in needed.items() if there)


def docstring(subject: Subject, about: str) -> str:
    """The head of a module: what it came from, and what its rows are given by."""
    lines = [*subject.head, "", about]
    if subject.encoded is not None:
        lines += ["", "Columns:"]
        lines += [f"    {name!r}: {word}" for name, word in columns_of(subject.encoded).items()]
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{text}\n"""\n'


def inputs_source(subject: Subject) -> str:
    """The source of `_inputs(P)`: the inputs in the type of the network, or a line that says what is wrong."""
    inputs = dict(subject.network.inputs)
    if len(inputs) == 1:
        body = f"    return _rows(P, {next(iter(inputs.values()))}, 'P')"
        told = "The rows of the input"
    else:
        body = f"""    sizes = {inputs!r}
    if isinstance(P, np.ndarray) or not hasattr(P, "keys") or not set(sizes) <= set(P.keys()):
        raise ValueError(f"P must be a dict of inputs {{', '.join(map(repr, sizes))}}")
    P = {{name: _rows(P[name], size, f"P[{{name!r}}]") for name, size in sizes.items()}}
    if len({{len(rows) for rows in P.values()}}) > 1:
        told = ", ".join(f"{{name!r}} {{len(rows)}}" for name, rows in P.items())
        raise ValueError(f"the inputs have different numbers of rows: {{told}}")
    return P"""
        told = "The rows of the inputs by their names"
    return f'''

def _rows(P, size, name):
    """Rows of so many numbers, in the type of the network."""
    try:
        with np.errstate(over="ignore"):
            P = np.asarray(P, dtype=np.{subject.dtype})
    except (TypeError, ValueError):
        raise ValueError(f"{{name}} must hold numbers alone, in rows of {{size}}") from None
    if P.shape[-1:] != (size,):
        raise ValueError(f"{{name}} has shape {{P.shape}}; it must be (rows, {{size}})")
    return P


def _inputs(P):
    """{told}, in the type of the network."""
{body}
'''


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


def _check_source(subject: Subject) -> str:
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


if __name__ == "__main__":
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
        shown = target.classes if target.outputs > 1 else target.classes[1:]
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
