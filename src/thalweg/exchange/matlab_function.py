"""A model as a function of MATLAB and Octave, in one file without toolboxes."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ..errors import ArgumentError
from ..system import Content
from .activation_form import is_linear
from .expression_text import Language, written
from .features import Beyond, Circle, Encoded, Feature, Flag, Missing, OneHot, Standard
from .subject import LEAST, Member, Subject, identifiers

_PLAIN = ("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "tanh", "sinh", "cosh", "sin", "cos", "tan", "atan")
MATLAB = Language(
    "MATLAB",
    MappingProxyType(
        {
            **{name: f"{name}({{}})" for name in (*_PLAIN, "asinh", "erf")},
            **{name: f"{name}_of({{}})" for name in ("sigmoid", "softplus")},
            "relu": "larger_of({}, 0)",
            "max": "larger_of({}, {})",
            "min": "smaller_of({}, {})",
            "sum": "sum({}, 2)",
            "largest": "max({}, [], 2)",
        }
    ),
    "({}).^{}",
    "pick({}, {}, {})",
    "&",
    times=" .* ",
    over=" ./ ",
)

_HELPERS = {
    "sigmoid_of(": """
function y = sigmoid_of(u)
    e = exp(-abs(u));
    y = pick(u >= 0, 1, e) ./ (1 + e);
end
""",
    "softplus_of(": """
function y = softplus_of(u)
    y = larger_of(u, 0) + log1p(exp(-abs(u)));
end
""",
    "larger_of(": """
function y = larger_of(u, v)
    y = pick(u > v, u, v);
end
""",
    "smaller_of(": """
function y = smaller_of(u, v)
    y = pick(u < v, u, v);
end
""",
    "standard(": """
function y = standard(x, fill, mean_of_all, deviation, low, high)
    x(isnan(x)) = fill;
    if nargin > 4
        far = beyond(x, low, high) == 1;
        x(far) = min(max(x(far), low), high);
    end
    y = (x - mean_of_all) / deviation;
end
""",
    "beyond(": """
function y = beyond(x, low, high)
    y = double(x < low - (high - low) | x > high + (high - low));
end
""",
    "flag(": """
function y = flag(x, fill)
    y = double(x ~= 0);
    y(isnan(x)) = fill;
end
""",
    "circle(": """
function y = circle(x, first, length_of_all, missing_there, fill)
    angle = 2 * pi * (x - first) / length_of_all;
    angle(isnan(missing_there)) = fill;
    y = [sin(angle), cos(angle)];
end
""",
    "one_hot(": """
function y = one_hot(texts, categories)
    y = zeros(numel(texts), numel(categories));
    for k = 1:numel(categories)
        y(:, k) = strcmp(texts, categories{k});
    end
end
""",
    "texts_of(": """
function y = texts_of(T, name)
    y = T.(name);
    if isa(y, 'string')
        y(ismissing(y)) = '';
    end
    if ~iscell(y)
        y = cellstr(y);
    end
    y = y(:);
end
""",
    "numbers_of(": """
function y = numbers_of(T, name, place)
    if isnumeric(T)
        y = double(T(:, place));
    else
        y = double(T.(name)(:));
    end
end
""",
    "pick(": """
function y = pick(where, u, v)
    y = v + zeros(size(where));
    u = u + zeros(size(where));
    y(where) = u(where);
end
""",
}
"""By how they are called; those above call those below."""


_OWN = ("T", "P", "A", "a", "x", "y", "answer", "outputs", "features", "found", "same", "good")
"""Names of variables."""


def matlab_function(subject: Subject, path: str) -> list[Content]:
    """The function: `answer = name(T)` of a table or struct of columns, or `A = name(P)`; rows are examples."""
    own = subject.name
    stem = Path(path).stem
    if stem != own:
        raise ArgumentError(f"a function of MATLAB is called as its file, and {stem!r} is no name: name it {own}.m")
    if subject.encoded is not None:
        subject.encoded.refuse_hashed("MATLAB")
    members = "".join(_member(subject, member, number) for number, member in enumerate(subject.members, start=1))
    body = f"{_network(subject)}{members}"
    if subject.encoded is not None:
        body = _encode(subject.encoded) + body
    body = _main(subject) + body + _check(subject)
    helpers = ""
    for call, text in _HELPERS.items():
        helpers += text if call in body or call in helpers else ""
    called = {*re.findall(r"(?m)^function (?:\w+ = )?(\w+)\(", body + helpers), *_OWN}
    if own in called:
        raise ArgumentError(f"{own!r} is a name that the function uses itself: name the file otherwise")
    about = [own, *_usage(subject), "", *subject.head, *_described(subject)]
    head = "\n".join(f"% {line}".rstrip() for line in about)
    first = "function answer = " + f"{own}(T)\n{head}\n"
    return [Content(path, (first + body + helpers).encode(), "MATLAB function")]


def _described(subject: Subject) -> list[str]:
    """The model, by which the file is read back."""
    return [] if subject.described is None else ["", f"Model: {json.dumps(subject.described)}"]


def _usage(subject: Subject) -> list[str]:
    own = subject.name
    lines = []
    if subject.encoded is None:
        inputs = subject.network.inputs
        if len(inputs) == 1:
            size = next(iter(inputs.values()))
            lines.append(f"A = {own}(P): outputs (rows, {subject.outputs}) for inputs P (rows, {size}).")
        else:
            fields = ", ".join(
                f"{letter} (rows, {size})" for letter, size in zip(identifiers(inputs), inputs.values(), strict=True)
            )
            lines.append(f"A = {own}(P): outputs (rows, {subject.outputs}) for a struct of inputs {fields}.")
    else:
        lines.append(f"answer = {own}(T): what is said of the rows of T, a table or a struct of columns")
        every = all(source.kind == "number" for source in subject.encoded.sources)
        lines.append("  (or a matrix of these columns, in this order):" if every else "  with these:")
        fields = identifiers((source.name for source in subject.encoded.sources), fields=True)
        for source, field in zip(subject.encoded.sources, fields, strict=True):
            missing = "NaN" if source.kind == "number" else f"{source.missing!r}"
            lines.append(f"    {field}: {_comment(source.name)}: {source.word}; {missing} where it is missing")
        for target, field in zip(subject.targets, _target_fields(subject), strict=True):
            lines.append(f"  answer.predicted_{field}: {_comment(target.name)}")
            if target.classes:
                lines.append(f"  answer.probabilities_{field}: of {_comment(', '.join(map(str, target.classes)))}")
    return [*lines, f"{own}('check'): whether the rows that this file holds give what they should."]


def _target_fields(subject: Subject) -> list[str]:
    return identifiers((target.name for target in subject.targets), fields=True)


def _comment(text: str) -> str:
    return " ".join(text.split())


def _main(subject: Subject) -> str:
    own = subject.name
    head = f"    if ischar(T) && strcmp(T, 'check')\n        answer = check_of_{own}();\n        return\n    end\n"
    if subject.encoded is None:
        return head + "    answer = network(T);\nend\n"
    lines = ["    outputs = double(network(encode(T)));"]
    at = 1
    for target, field in zip(subject.targets, _target_fields(subject), strict=True):
        part = f"outputs(:, {at})" if target.outputs == 1 else f"outputs(:, {at}:{at + target.outputs - 1})"
        at += target.outputs
        if target.scale:
            lines.append(
                f"    answer.predicted_{field} = {part} * {target.scale.deviation!r} + {_number(target.scale.mean)};"
            )
        else:
            shares = f"[1 - {part}, {part}]" if target.outputs == 1 else part
            lines.append(f"    answer.probabilities_{field} = {shares};")
            lines.append(f"    [~, number] = max(answer.probabilities_{field}, [], 2);")
            lines.append(f"    labels = {_labels(target.classes)};")
            lines.append(f"    answer.predicted_{field} = labels(number);")
    return head + "\n".join(lines) + "\nend\n"


def _labels(classes: tuple[object, ...]) -> str:
    if any(isinstance(label, str) for label in classes):
        return "{" + "; ".join(_text(str(label)) for label in classes) + "}"
    if all(isinstance(label, bool) for label in classes):
        return "[" + "; ".join(str(label).lower() for label in classes) + "]"
    return "[" + "; ".join(_number(float(label)) for label in classes) + "]"  # pyright: ignore[reportArgumentType]


def _encode(found: Encoded) -> str:
    fields = identifiers((source.name for source in found.sources), fields=True)
    lines = []
    for place, (source, field) in enumerate(zip(found.sources, fields, strict=True), start=1):
        read = f"numbers_of(T, '{field}', {place})" if source.kind == "number" else f"texts_of(T, '{field}')"
        lines.append(f"    x{place} = {read};")
    parts = ", ...\n        ".join(_feature(feature, found) for feature in found.features)
    return "\nfunction features = encode(T)\n" + "\n".join(lines) + f"\n    features = [{parts}];\nend\n"


def _feature(feature: Feature, found: Encoded) -> str:
    match feature:
        case Standard(source, fill, scale, limits):
            more = "" if limits is None else f", {_number(limits.low)}, {_number(limits.high)}"
            known = "NaN" if fill is None else _number(fill)
            return f"standard(x{source + 1}, {known}, {_number(scale.mean)}, {scale.deviation!r}{more})"
        case Missing(source):
            return f"double(isnan(x{source + 1}))"
        case Beyond(source, limits):
            return f"beyond(x{source + 1}, {_number(limits.low)}, {_number(limits.high)})"
        case Flag(source, fill):
            return f"flag(x{source + 1}, {_number(fill)})"
        case OneHot(source, categories, missing):
            marker = found.sources[source].missing or ""
            shown = ", ".join(map(_text, (*categories, *((marker,) if missing else ()))))
            return f"one_hot(x{source + 1}, {{{shown}}})"
        case Circle(source, of, first, length, fill):
            return f"circle(x{source + 1}, {_number(first)}, {_number(length)}, x{of + 1}, {_number(fill)})"
    raise AssertionError(feature)


def _network(subject: Subject) -> str:
    """The function of all members together."""
    kind = "single" if subject.dtype == "float32" else "double"
    inputs = list(subject.network.inputs)
    if len(inputs) == 1:
        cast = f"    P = {kind}(P);"
    else:
        cast = "\n".join(f"    P.{letter} = {kind}(P.{letter});" for letter in identifiers(inputs))
    if not subject.together:
        return f"\nfunction a = network(P)\n{cast}\n    a = member1(P);\nend\n"
    terms = " + ".join(
        f"{member.weight!r} * double(member{number}(P))" for number, member in enumerate(subject.members, start=1)
    )
    lines = [cast, f"    a = ({terms}) / {sum(member.weight for member in subject.members)!r};"]
    if subject.calibration is not None and subject.calibrated_form is not None:
        n = "log(a) - log1p(-a)" if subject.of_sigmoid else "log(a)"
        slope, shift = (", ".join(map(_number, one)) for one in (subject.calibration.slope, subject.calibration.shift))
        lines += [
            f"    a = min(max(a, {LEAST!r}), {1.0 - LEAST!r});",
            f"    n = [{slope}] .* ({n}) + [{shift}];",
            f"    a = {written(subject.calibrated_form, MATLAB, 'n')};",
        ]
    return "\nfunction a = network(P)\n" + "\n".join(lines) + "\nend\n"


def _member(subject: Subject, member: Member, number: int) -> str:
    kind = "single" if member.dtype == "float32" else "double"
    names = [*member.network.inputs, *(layer.name for layer in member.network.layers)]
    letters = dict(zip(names, (f"a_{one}" for one in identifiers(names)), strict=True))
    inputs = list(member.network.inputs)
    lines = []
    for name, letter in zip(inputs, identifiers(inputs), strict=True):
        lines.append(f"    {letters[name]} = {kind}({'P' if len(inputs) == 1 else f'P.{letter}'});")
    for unit in member.units:
        terms = []
        for source, weights in unit.weights.items():
            name = f"W_{letters[unit.layer.name][2:]}_{letters[source][2:]}"
            lines.append(f"    {name} = {kind}({_matrix(weights)});")
            terms.append(f"{letters[source]} * {name}.'")
        if unit.bias is not None:
            lines.append(f"    b = {kind}({_matrix(unit.bias[None, :])});")
            terms.append("b")
        own, n = letters[unit.layer.name], " + ".join(terms)
        if is_linear(unit.form):
            lines.append(f"    {own} = {n};")
        else:
            lines += [f"    n = {n};", f"    {own} = {written(unit.form, MATLAB, 'n')};"]
    return f"\nfunction y = member{number}(P)\n" + "\n".join([*lines, f"    y = {letters[member.output]};"]) + "\nend\n"


def _matrix(values: np.ndarray) -> str:
    """A matrix, a row a line; numbers in full, so that single() gives the same."""
    rows = [", ".join(_number(float(value)) for value in row) for row in values]
    return "[" + "\n        ".join(rows) + "]"


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else repr(float(value))


def _text(text: str) -> str:
    """A text; one with control characters by their codes.

    >>> _text("it's"), _text("two\\nlines")[:16]
    ("'it''s'", 'char([116, 119, ')
    """
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return f"char([{', '.join(str(code) for code in text.encode())}])"


def _check(subject: Subject) -> str:
    check = subject.check
    lines = []
    if subject.encoded is None:
        inputs = list(check.inputs)
        if len(inputs) == 1:
            lines.append(f"    P = {_matrix(check.inputs[inputs[0]])};")
        else:
            lines += [
                f"    P.{letter} = {_matrix(check.inputs[name])};"
                for name, letter in zip(inputs, identifiers(inputs), strict=True)
            ]
        lines.append(f"    found = double({subject.name}(P));\n    same = true;")
    else:
        for source, field in zip(
            subject.encoded.sources,
            identifiers((one.name for one in subject.encoded.sources), fields=True),
            strict=True,
        ):
            values = check.inputs[source.name]
            if source.kind == "number":
                shown = "[" + "; ".join(_number(float(value)) for value in values) + "]"
            else:
                shown = (
                    "{" + "; ".join(_text(source.missing or "" if value is None else value) for value in values) + "}"
                )
            lines.append(f"    T.{field} = {shown};")
        lines.append(f"    answer = {subject.name}(T);\n    found = [];\n    same = true;")
        for place, (target, field) in enumerate(zip(subject.targets, _target_fields(subject), strict=True)):
            if target.scale:
                lines.append(f"    found = [found, answer.predicted_{field}];")
                continue
            part = "(:, 2)" if target.outputs == 1 else ""
            lines.append(f"    found = [found, answer.probabilities_{field}{part}];")
            labels = _labels(tuple(check.values[:, place].tolist()))
            lines.append(f"    same = same && isequal(answer.predicted_{field}, {labels});")
    expected, room = _matrix(check.outputs), _matrix(check.room)
    lines.append(f"    expected = {expected};\n    room = {room};")
    lines.append("    good = same && isequal(size(found), size(expected)) && all(all(abs(found - expected) <= room));")
    return f"\nfunction good = check_of_{subject.name}()\n" + "\n".join(lines) + "\nend\n"
