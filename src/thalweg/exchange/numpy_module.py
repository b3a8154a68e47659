"""A model as one module in Python that needs NumPy alone."""

from __future__ import annotations

import numpy as np

from ..formulas.expression import Expression
from ..system import Content
from .activation_form import is_linear
from .expression_text import Language, array_language, written
from .python_source import (
    array_text,
    docstring,
    functions_source,
    imports_of,
    inputs_source,
    pipeline_source,
    together_source,
)
from .subject import Member, Subject, identifiers

NUMPY = array_language(
    "np",
    sum="np.sum({}, axis=-1, keepdims=True)",
    largest="np.max({}, axis=-1, keepdims=True)",
    max="np.maximum({}, {})",
    min="np.minimum({}, {})",
    relu="np.maximum({}, 0.0)",
)
_BLOCK = 1024
"""Rows that go through the network at once."""


def numpy_module(subject: Subject, path: str) -> list[Content]:
    """The module's source, encoding and all; only `predict(columns)` and `check()` are for others."""
    forms = [unit.form for member in subject.members for unit in member.units]
    forms += [] if subject.calibrated_form is None else [subject.calibrated_form]
    names = [member_arrays(member, number, subject) for number, member in enumerate(subject.members, start=1)]
    arrays = {name: array for one in names for name, array in one.items()}
    before, behind = pipeline_source(subject)
    about = f"    import {subject.name}\n    {subject.name}.predict(...)      # numpy alone is needed"
    modules = "".join(f"import {name}\n" for name in imports_of(subject, forms, list(arrays.values())))
    constants = "".join(f"{name} = {array_text(array)}\n" for name, array in arrays.items())
    text = (
        f"{docstring(subject, about)}\n{modules}\nimport numpy as np\n\n{constants}\n"
        f"{functions_source(forms, NUMPY)}{before}{_network_source(subject)}{behind}"
    )
    return [Content(path, text.encode(), "NumPy module")]


def member_arrays(member: Member, number: int, subject: Subject) -> dict[str, np.ndarray]:
    """The weights, to be multiplied from the right (source, size), and biases of a member by their names."""
    arrays: dict[str, np.ndarray] = {}
    mark = f"_M{number}" if len(subject.members) > 1 else ""
    letters = layer_names(member)
    for unit in member.units:
        for source, weights in unit.weights.items():
            arrays[f"W{mark}_{letters[unit.layer.name]}_{letters[source]}"] = weights
        if unit.bias is not None:
            arrays[f"B{mark}_{letters[unit.layer.name]}"] = unit.bias
    return arrays


def layer_names(member: Member) -> dict[str, str]:
    """An identifier for each input and layer of a network."""
    names = [*member.network.inputs, *(layer.name for layer in member.network.layers)]
    return dict(zip(names, identifiers(names), strict=True))


def _network_source(subject: Subject) -> str:
    """The function of the forward phase, and one of each member."""
    parts = [_member_source(member, number, subject) for number, member in enumerate(subject.members, start=1)]
    inputs = subject.network.inputs
    if len(inputs) == 1:
        told = f"inputs (rows, {next(iter(inputs.values()))})"
        block = "P[start : start + _BLOCK]"
        rows = "len(P)"
    else:
        told = "a dict of inputs " + ", ".join(f"{name!r} (rows, {size})" for name, size in inputs.items())
        block = "{name: rows[start : start + _BLOCK] for name, rows in P.items()}"
        rows = f"len(P[{next(iter(inputs))!r}])"
    if subject.together:
        outputs = [f"_member{number}(P)" for number in range(1, len(subject.members) + 1)]
        parts.append("\n".join(["\n\ndef _together(P):", *together_source(subject, outputs, NUMPY), "    return a\n"]))
    run = "_together" if subject.together else "_member1"
    told = told.replace('"', "'")
    return (
        "".join(parts)
        + inputs_source(subject)
        + f'''

_BLOCK = {_BLOCK}


def network(P):
    """The outputs (rows, {subject.outputs}) for {told}."""
    with np.errstate(all="ignore"):
        P = _inputs(P)
        if {rows} <= _BLOCK:
            return {run}(P)
        starts = range(0, {rows}, _BLOCK)
        return np.concatenate([{run}({block}) for start in starts])
'''
    )


def _member_source(member: Member, number: int, subject: Subject) -> str:
    letters = layer_names(member)
    mark = f"_M{number}" if len(subject.members) > 1 else ""
    lines = [f"\n\ndef _member{number}(P):"]
    inputs = list(member.network.inputs)
    for name in inputs:
        given = "P" if len(inputs) == 1 else f"P[{name!r}]"
        cast = f"{given}.astype(np.{member.dtype})" if member.dtype != subject.dtype else given
        lines.append(f"    {letters[name]} = {cast}")
    for unit in member.units:
        own = letters[unit.layer.name]
        terms = [f"{letters[source]} @ W{mark}_{own}_{letters[source]}.T" for source in unit.weights]
        terms += [f"B{mark}_{own}"] if unit.bias is not None else []
        lines += layer_lines(own, " + ".join(terms), unit.form, NUMPY)
    return "\n".join([*lines, f"    return {letters[member.output]}\n"])


def layer_lines(own: str, net_input: str, form: Expression, language: Language) -> list[str]:
    """The lines that compute a layer's outputs from the text of its net inputs."""
    if is_linear(form):
        return [f"    {own} = {net_input}"]
    return [f"    n = {net_input}", f"    {own} = {written(form, language, 'n')}"]
