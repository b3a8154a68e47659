"""A model as C99: a source and its header, without allocation, with no library but libm."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import ArgumentError
from ..formulas.expression import Call, Expression, parts
from ..system import Content
from .activation_form import is_linear
from .c_encoding import CNames, encoding_source, row_fields, row_values
from .c_text import c_comment, c_functions, c_language, c_number, c_text
from .expression_text import Language, written
from .subject import LEAST, Member, Subject

_PER_LINE = 8


def c_source(subject: Subject, path: str, *, fixed_buffers: bool = False) -> list[Content]:
    """The `.c` and the `.h` of a model.

    Rows are structs: numbers are double (NAN where missing), texts `const char *` (NULL where missing), compared by
    strcmp. The network alone, from features, is there too. With `fixed_buffers` layers live in static memory, so that
    the stack stays small and the functions are not to be run by two threads at once.
    """
    if subject.encoded is not None:
        subject.encoded.refuse_hashed("C")
    names = CNames(subject)
    stem = path[:-2]
    if any(sign in Path(stem).name for sign in '"\\\n'):
        raise ArgumentError(f"{Path(path).name!r} cannot stand in an #include of C: name it {subject.name}.c")
    header = _header(subject, names, fixed_buffers)
    source = _source(subject, names, "static " if fixed_buffers else "", Path(stem).name)
    return [Content(path, source.encode(), "C source"), Content(f"{stem}.h", header.encode(), "C header")]


def _header(subject: Subject, names: CNames, fixed_buffers: bool) -> str:
    guard = f"THALWEG_{subject.name.upper()}_H"
    own = subject.name
    head = "\n".join(f"   {c_comment(line)}" for line in subject.head)
    threads = "Layers live in static memory: not for two threads at once.\n   " if fixed_buffers else ""
    sizes = ", ".join(f"{one} = {size}" for one, size in names.sizes.items())
    lines = [
        f"/*{head[2:]}\n\n   C99, no allocation, no library but libm: gcc -std=c99 -O3 -c {own}.c\n   {threads}"
        f"The check rows: gcc -std=c99 -DTHALWEG_CHECK {own}.c -o check -lm && ./check */",
        f"#ifndef {guard}\n#define {guard}\n",
        '#ifdef __cplusplus\nextern "C" {\n#endif\n',
        f"typedef {names.real} {own}_real;\n",
        f"enum {{ {own}_outputs = {subject.outputs}, {sizes} }};\n",
        "/* The network: inputs in, outputs out. */",
        f"{names.network_signature};\n",
    ]
    if subject.encoded is not None:
        lacks = ", or that lacks a value" if subject.encoded.needs_all else ""
        lines += [
            "/* A row of the table. */",
            f"typedef struct {{\n{row_fields(subject.encoded, names)}}} {own}_row;\n",
            "/* What is said of a row. */",
            f"typedef struct {{\n{_answer_fields(subject, names)}}} {own}_answer;\n",
            *_label_lines(subject, names, extern=True),
            f"/* 0, or 1 for a row so far from the training rows that features or outputs are not finite{lacks}. */",
            f"int {own}_encode(const {own}_row *row, {own}_real *features);",
            f"int {own}_predict(const {own}_row *row, {own}_answer *answer);\n",
        ]
    return "\n".join([*lines, "#ifdef __cplusplus\n}\n#endif\n", "#endif\n"])


def _answer_fields(subject: Subject, names: CNames) -> str:
    lines = []
    for target, field in zip(subject.targets, names.targets, strict=True):
        if target.scale:
            lines.append(f"    double {field}; /* {c_comment(repr(target.name))} */")
        else:
            lines += [
                f"    int {field}; /* {c_comment(repr(target.name))}: {subject.name}_labels_{field}[{field}] */",
                f"    double probabilities_{field}[{len(target.classes)}];",
            ]
    return "".join(f"{line}\n" for line in lines)


def _label_lines(subject: Subject, names: CNames, *, extern: bool) -> list[str]:
    """The labels of the classes, by their numbers."""
    lines = []
    for target, field in zip(subject.targets, names.targets, strict=True):
        if target.classes:
            texts = any(isinstance(label, str) for label in target.classes)
            kind = "const char *const" if texts else "const double"
            name = f"{kind} {subject.name}_labels_{field}[{len(target.classes)}]"
            shown = ", ".join(
                c_text(str(label), f"target {target.name!r}") if texts else c_number(float(label))
                for label in target.classes
            )
            lines.append(f"extern {name};\n" if extern else f"{name} = {{{shown}}};\n")
    return lines


def _source(subject: Subject, names: CNames, static: str, stem: str) -> str:
    members = [
        _member(subject, member, number, names, static) for number, member in enumerate(subject.members, start=1)
    ]
    body = "".join(members) + _network(subject, names, static)
    if subject.encoded is not None:
        body += "\n".join(["", *_label_lines(subject, names, extern=False)])
        body += encoding_source(subject, names, static) + _predict(subject, names, static)
    check = _check(subject, names)
    texts = "strcmp(" in body
    includes = ["#include <math.h>", "#include <stddef.h>", *(["#include <string.h>"] if texts else [])]
    head = "\n".join(f"   {c_comment(line)}" for line in subject.head)
    return f'/*{head[2:]} */\n#include "{stem}.h"\n\n' + "\n".join(includes) + f"\n\n{c_functions(body)}{body}{check}"


def _array(name: str, values: np.ndarray, dtype: str) -> str:
    kind = "float" if dtype == "float32" else "double"
    numbers = [c_number(float(value), dtype) for value in values.ravel()]
    rows = [", ".join(numbers[at : at + _PER_LINE]) for at in range(0, len(numbers), _PER_LINE)]
    return f"static const {kind} {name}[{values.size}] = {{\n    " + ",\n    ".join(rows) + "\n};\n\n"


def _member(subject: Subject, member: Member, number: int, names: CNames, static: str) -> str:
    """The constants and the function of a network."""
    mark = f"m{number}_" if len(subject.members) > 1 else ""
    letters = names.layers(member)
    kind = "float" if member.dtype == "float32" else "double"
    constants, lines, buffers = [], [], []
    for unit in member.units:
        own, size = letters[unit.layer.name], unit.layer.size
        last = unit.layer.name == member.output
        out = "outputs" if last else f"a_{own}"
        if not last:
            buffers.append(f"    {static}{kind} a_{own}[{size}];")
        if unit.bias is not None:
            constants.append(_array(f"{mark}B_{own}", unit.bias, member.dtype))
        start = f"{mark}B_{own}[i]" if unit.bias is not None else "0"
        lines.append(f"    for (i = 0; i < {size}; ++i)\n        {out}[i] = {start};")
        for source, weights in unit.weights.items():
            name, width = f"{mark}W_{own}_{letters[source]}", weights.shape[1]
            constants.append(_array(name, weights.T, member.dtype))
            given = f"p_{letters[source]}" if source in member.network.inputs else f"a_{letters[source]}"
            cast = f"({kind})" if source in member.network.inputs and member.dtype != subject.dtype else ""
            lines.append(
                f"    for (j = 0; j < {width}; ++j) {{\n        const {kind} x = {cast}{given}[j];\n"
                f"        const {kind} *w = {name} + (ptrdiff_t)j * {size};\n"
                f"        for (i = 0; i < {size}; ++i)\n            {out}[i] += w[i] * x;\n    }}"
            )
        lines += activation_lines(unit.form, out, size, kind, c_language(member.dtype))
    given = ", ".join(f"const {names.real} *p_{letters[name]}" for name in member.network.inputs)
    body = "\n".join([*buffers, "    int i, j;\n", *lines])
    return "".join(constants) + f"static void {mark}member({given}, {kind} *outputs)\n{{\n{body}\n}}\n\n"


def activation_lines(
    form: Expression, out: str, size: int, kind: str, language: Language, indent: str = "    "
) -> list[str]:
    """The loops that put f(n) where n stands; what goes over the layer is computed first."""
    if is_linear(form):
        return []
    known: dict[Expression, str] = {}
    lines = [f"{indent}{{"]
    for number, reduced in enumerate(_reductions(form)):
        assert isinstance(reduced, Call)
        name, text = f"over{number}", written(reduced.arguments[0], language, f"{out}[i]", known)
        largest = reduced.function == "largest"
        lines.append(f"{indent}    {kind} {name} = {'-INFINITY' if largest else '0'};")
        step = f"{name} = u > {name} ? u : {name};" if largest else f"{name} += u;"
        lines.append(
            f"{indent}    for (i = 0; i < {size}; ++i) {{\n{indent}        const {kind} u = {text};\n"
            f"{indent}        {step}\n{indent}    }}"
        )
        known[reduced] = name
    text = written(form, language, "n", known)
    lines.append(
        f"{indent}    for (i = 0; i < {size}; ++i) {{\n{indent}        const {kind} n = {out}[i];\n"
        f"{indent}        {out}[i] = {text};\n{indent}    }}"
    )
    return [*lines, f"{indent}}}"]


def _reductions(form: Expression) -> list[Expression]:
    """The sums and maxima over the layer, each behind those that it needs."""
    found: list[Expression] = []
    for part in parts(form):
        found += [one for one in _reductions(part) if one not in found]
    if isinstance(form, Call) and form.function in ("sum", "largest"):
        found.append(form)
    return found


def _network(subject: Subject, names: CNames, static: str) -> str:
    """The function that others call: the one member, or the mean of all, calibrated."""
    inputs = ", ".join(f"p_{letter}" for letter in names.inputs.values())
    if not subject.together:
        return f"{names.network_signature}\n{{\n    member({inputs}, outputs);\n}}\n"
    several = len(subject.members) > 1
    k = subject.outputs
    lines, buffers = [], []
    for number, member in enumerate(subject.members, start=1):
        mark = f"m{number}_" if several else ""
        kind = "float" if member.dtype == "float32" else "double"
        buffers.append(f"    {static}{kind} a{number}[{k}];")
        lines.append(f"    {mark}member({inputs}, a{number});")
    total = sum(member.weight for member in subject.members)
    terms = " + ".join(
        f"{c_number(member.weight)} * (double)a{number}[i]" for number, member in enumerate(subject.members, start=1)
    )
    lines.append(f"    for (i = 0; i < {k}; ++i)\n        outputs[i] = ({terms}) / {c_number(total)};")
    constants = ""
    if subject.calibration is not None and subject.calibrated_form is not None:
        constants = _array("slope", np.array(subject.calibration.slope), "float64")
        constants += _array("shift", np.array(subject.calibration.shift), "float64")
        n = "log(a) - log1p(-a)" if subject.of_sigmoid else "log(a)"
        low, high = c_number(LEAST), c_number(1.0 - LEAST)
        lines.append(
            f"    for (i = 0; i < {k}; ++i) {{\n        const double p = outputs[i];\n"
            f"        const double a = p < {low} ? {low} : p > {high} ? {high} : p;\n"
            f"        outputs[i] = slope[i] * ({n}) + shift[i];\n    }}"
        )
        lines += activation_lines(subject.calibrated_form, "outputs", k, "double", c_language("float64"))
    body = "\n".join([*buffers, "    int i;\n", *lines])
    return f"{constants}{names.network_signature}\n{{\n{body}\n}}\n"


def _predict(subject: Subject, names: CNames, static: str) -> str:
    own, k = subject.name, subject.outputs
    lines, at = [], 0
    for target, field in zip(subject.targets, names.targets, strict=True):
        if target.scale:
            mean, deviation = c_number(target.scale.mean), c_number(target.scale.deviation)
            lines.append(f"    answer->{field} = (double)outputs[{at}] * {deviation} + {mean};")
        elif target.outputs == 1:
            lines.append(f"    answer->probabilities_{field}[0] = 1.0 - (double)outputs[{at}];")
            lines.append(f"    answer->probabilities_{field}[1] = (double)outputs[{at}];")
        else:
            lines.append(
                f"    for (i = 0; i < {target.outputs}; ++i)\n"
                f"        answer->probabilities_{field}[i] = (double)outputs[{at} + i];"
            )
        if target.classes:
            lines.append(
                f"    answer->{field} = 0;\n    for (i = 1; i < {len(target.classes)}; ++i)\n"
                f"        if (answer->probabilities_{field}[i] > answer->probabilities_{field}[answer->{field}])\n"
                f"            answer->{field} = i;"
            )
        at += target.outputs
    body = "\n".join(lines)
    return f"""
int {own}_predict(const {own}_row *row, {own}_answer *answer)
{{
    {static}{own}_real features[{names.width}];
    {static}{names.out} outputs[{k}];
    int i;

    if ({own}_encode(row, features))
        return 1;
    {own}_network(features, outputs);
    for (i = 0; i < {k}; ++i)
        if (!isfinite(outputs[i]))
            return 1;
{body}
    return 0;
}}
"""


def _check(subject: Subject, names: CNames) -> str:
    """A program that compares the check rows, compiled where THALWEG_CHECK is defined."""
    own, check, k = subject.name, subject.check, subject.outputs
    table = [("expected", check.outputs), ("room", check.room)]
    arrays = "".join(_array(name, values, "float64") for name, values in table)
    if subject.encoded is None:
        for name, letter in names.inputs.items():
            arrays += _array(f"check_{letter}", check.inputs[name], subject.dtype)
        given = ", ".join(
            f"check_{letter} + row * {subject.network.inputs[name]}" for name, letter in names.inputs.items()
        )
        run = f"        {own}_network({given}, outputs);\n"
        buffers = f"    {names.out} outputs[{k}];\n"
        found = "(double)outputs[i]"
    else:
        rows = ",\n    ".join(f"{{{row_values(subject, row)}}}" for row in range(check.rows))
        arrays += f"static const {own}_row rows[{check.rows}] = {{\n    {rows}\n}};\n\n"
        if subject.classify:
            numbers = [
                [list(target.classes).index(label) for target, label in zip(subject.targets, labels, strict=True)]
                for labels in check.values.tolist()
            ]
            shown = ", ".join(str(number) for row in numbers for number in row)
            arrays += f"static const int labels[{check.values.size}] = {{{shown}}};\n\n"
        run = f"        wrong += {own}_predict(rows + row, &answer);\n" + _found_lines(subject, names)
        buffers = f"    {own}_answer answer;\n    double outputs[{k}];\n"
        found = "outputs[i]"
    return f"""
#ifdef THALWEG_CHECK
#include <stdio.h>

{arrays}int main(void)
{{
{buffers}    int row, i, wrong = 0;

    for (row = 0; row < {check.rows}; ++row) {{
{run}        for (i = 0; i < {k}; ++i)
            wrong += !(fabs({found} - expected[row * {k} + i]) <= room[row * {k} + i]);
    }}
    printf("{check.rows} check rows: %s\\n", wrong ? "NOT as expected" : "as expected");
    return wrong != 0;
}}
#endif
"""


def _found_lines(subject: Subject, names: CNames) -> str:
    """Lines that put an answer's numbers where the expected ones are."""
    lines, at = [], 0
    for place, (target, field) in enumerate(zip(subject.targets, names.targets, strict=True)):
        for number in range(target.outputs):
            value = (
                f"answer.probabilities_{field}[{number + (target.outputs == 1)}]"
                if target.classes
                else f"answer.{field}"
            )
            lines.append(f"        outputs[{at + number}] = {value};\n")
        at += target.outputs
        if target.classes:
            lines.append(f"        wrong += answer.{field} != labels[row * {len(subject.targets)} + {place}];\n")
    return "".join(lines)
