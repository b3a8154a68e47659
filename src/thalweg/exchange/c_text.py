"""How C writes numbers, texts, comments and the functions of activations."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from ..errors import ArgumentError
from .expression_text import Language

_LONGEST = 4000
"""Bytes of a text: C99 promises 4095."""


def c_number(value: float, dtype: str = "float64") -> str:
    """A number as a constant of C: `1.5` of a double, `1.5f` of a float.

    >>> c_number(2.0), c_number(0.1, "float32"), c_number(-1e300)
    ('2.0', '0.1f', '-1e+300')
    """
    with np.errstate(over="ignore"):
        text = str(np.float32(value)) if dtype == "float32" else repr(float(value))
    if text.lstrip("-") in ("inf", "nan"):
        raise ArgumentError(f"{value!r} is no number that a {dtype} of C can hold: export with dtype='float64'")
    text = text if any(sign in text for sign in ".e") else f"{text}.0"
    return f"{text}f" if dtype == "float32" else text


def c_text(text: str, place: str) -> str:
    """A text as a constant of C, in UTF-8; raises ArgumentError for one that C's strings cannot hold.

    >>> print(c_text('gr\\u00fcn "a"', "column 'colour'"))
    "gr\\303\\274n \\"a\\""
    """
    raw = text.encode()
    if b"\0" in raw or len(raw) > _LONGEST:
        what = "with a NUL within" if b"\0" in raw else f"of {len(raw):,} bytes"
        raise ArgumentError(f"{place} has a text {what}, which C cannot hold: export another format")
    plain = {0x22: '\\"', 0x5C: "\\\\", 0x3F: "\\?"}
    return '"' + "".join(plain.get(b, chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in raw) + '"'


def c_comment(text: str) -> str:
    """A text that may stand within a comment of C.

    >>> c_comment("a */ b")
    'a * / b'
    """
    for sign in ("*/", "/*", "??"):
        text = text.replace(sign, " ".join(sign))
    return text.encode("ascii", "backslashreplace").decode()


def c_language(dtype: str) -> Language:
    """The language of C for a float or a double."""
    s, kind = ("f", "float") if dtype == "float32" else ("", "double")
    plain = (
        "exp",
        "log",
        "log1p",
        "expm1",
        "sqrt",
        "tanh",
        "sinh",
        "cosh",
        "sin",
        "cos",
        "tan",
        "atan",
        "asinh",
        "erf",
    )
    calls = {name: f"{name}{s}({{}})" for name in plain}
    calls |= {"abs": f"fabs{s}({{}})", "max": f"larger_{kind}({{}}, {{}})", "min": f"smaller_{kind}({{}}, {{}})"}
    calls |= {name: f"{name}_{kind}({{}})" for name in ("sign", "sigmoid", "softplus", "relu", "square")}
    return Language(
        "C", MappingProxyType(calls), f"pow{s}({{}}, {{}})", "{} ? {} : {}", "&&", lambda value: c_number(value, dtype)
    )


_FUNCTIONS = {
    "sign": "sign_{kind}({kind} u)\n{{\n    return u > 0 ? 1.0{s} : u < 0 ? -1.0{s} : 0.0{s};\n}}\n",
    "square": "square_{kind}({kind} u)\n{{\n    return u * u;\n}}\n",
    "relu": "relu_{kind}({kind} u)\n{{\n    return u > 0 ? u : 0 * u;\n}}\n",
    "max": "larger_{kind}({kind} u, {kind} v)\n{{\n    return u > v ? u : v;\n}}\n",
    "min": "smaller_{kind}({kind} u, {kind} v)\n{{\n    return u < v ? u : v;\n}}\n",
    "sigmoid": (
        "sigmoid_{kind}({kind} u)\n{{\n    const {kind} e = exp{s}(-fabs{s}(u));\n"
        "    return (u >= 0 ? 1.0{s} : e) / (1.0{s} + e);\n}}\n"
    ),
    "softplus": (
        "softplus_{kind}({kind} u)\n{{\n    return (u > 0 ? u : 0.0{s}) + log1p{s}(exp{s}(-fabs{s}(u)));\n}}\n"
    ),
}


def c_functions(text: str) -> str:
    """Those functions that a text of C calls and libm lacks."""
    found = []
    for s, kind in (("f", "float"), ("", "double")):
        for one in _FUNCTIONS.values():
            source = one.format(kind=kind, s=s)
            if source.partition("(")[0] + "(" in text:
                found.append(f"static {kind} {source}\n")
    return "".join(found)
