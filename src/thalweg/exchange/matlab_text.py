"""MATLAB's text as far as genFunction writes it: statements, matrices of numbers, and expressions as trees.

Nothing of it is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..errors import ArgumentError, shown


class Statement(NamedTuple):
    """A statement, on one line without comments, and the line where it begins."""

    text: str
    line: int


@dataclass(frozen=True)
class Called:
    """A name with what it is called with or indexed by: `repmat(b1,1,Q)`, `X{1,ts}`; a sum and a product too."""

    name: str
    arguments: tuple[Called, ...] = ()
    number: float | None = None
    """If it is a number."""


_NUMBER = re.compile(r"(?<![\w.])(?:NaN|Inf|(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?)(?![\w.])")
_ARITHMETIC = re.compile(r"#\s*[+-]\s|#[+-]|[+-]\s*[+-]|[+-]\s*(?:,|$)")
"""Where a sign is no sign of a number: between spaces on both sides or on none, doubled, or at an end."""
_SIGN = re.compile(r"([+-])\s+")
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(@?[A-Za-z_]\w*(?:\.\w+)*)|(.))", re.DOTALL)
_DEEPEST = 20
_MOST = 1 << 26
"""Bytes of a text that is read."""


def statements(raw: bytes) -> Iterator[Statement]:
    """The statements of a file, one by one; raises ArgumentError for what is no text, or brackets that do not close."""
    if len(raw) > _MOST:
        raise ArgumentError(f"{len(raw):,} bytes, more than a function of constants has ({_MOST:,})")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if "\0" in text:
        raise ArgumentError("it is no text: it holds bytes of 0")
    kept: list[str] = []
    begun = depth = 0
    blocks: list[int] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if line.strip() == "%{":
            blocks.append(number)
        if blocks:
            if line.strip() == "%}":
                blocks.pop()
            continue
        code, continued = _code(line)
        for part in re.split(r"([\[\](){};,])", code):
            if part and part in "[({":
                depth += 1
            elif part and part in "])}":
                depth -= 1
                if depth < 0:
                    raise ArgumentError(f"line {number}: a bracket closes that was not opened")
            if part in (";", ",") and depth == 0:
                yield from _statement(kept, begun)
                kept, begun = [], 0
                continue
            if part.strip():
                begun = begun or number
            kept.append(part)
        if depth:
            kept.append(" " if continued else "\n")
        elif not continued:
            yield from _statement(kept, begun)
            kept, begun = [], 0
    if blocks:
        raise ArgumentError(f"line {blocks[0]}: a block of comments, %{{, that does not end: it is cut")
    if depth:
        raise ArgumentError(f"line {begun}: {shown(''.join(kept).strip()[:40])} does not close its brackets: it is cut")
    yield from _statement(kept, begun)


def _statement(kept: list[str], line: int) -> Iterator[Statement]:
    text = "".join(kept).strip()
    if text:
        yield Statement(text, line)


def _code(line: str) -> tuple[str, bool]:
    """A line without its comment, texts emptied, and whether it goes on in the next."""
    quoted = False
    for place, char in enumerate(line):
        if char == "'":
            before = line[place - 1 : place]
            quoted = (
                not quoted if quoted or not (before.isalnum() or before in ("_", ")", "]", "}", ".", "'")) else quoted
            )
        elif char == "%" and not quoted:
            line = line[:place]
            break
    stripped = line.rstrip()
    return (stripped[:-3], True) if stripped.endswith("...") else (stripped, False)


def matrix(text: str, place: str) -> np.ndarray | None:
    """The matrix that a text writes by numbers alone, (rows, columns); None if it is something else.

    Raises ArgumentError for complex numbers, for sparse matrices, and for rows of different lengths.

    >>> matrix("[1 -2e-1; 3,4]", "b"), matrix("repmat(b1,1,Q)", "a")
    (array([[ 1. , -0.2],
           [ 3. ,  4. ]]), None)
    """
    text = text.strip()
    if text.startswith("sparse"):
        raise ArgumentError(f"{place} is sparse: write it with full(...)")
    inside = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
    rows = []
    for row in re.split(r"[;\n]", inside):
        left = _NUMBER.sub("#", row)
        if re.fullmatch(r"[\s,+*\-#\d.eE]*[ij][\s,+*\-#\d.eEij]*", left):
            raise ArgumentError(f"{place} holds complex numbers: a network's are real")
        if re.search(r"[^\s,+#-]|##|(?:^|,)\s*,", left):
            return None
        if _ARITHMETIC.search(left):
            raise ArgumentError(f"{place} holds arithmetic, {shown(row.strip()[:40])}: write the numbers themselves")
        words = re.findall(rf"[+-]?{_NUMBER.pattern}", _SIGN.sub(r"\1", row))
        if words:
            rows.append([float(word.replace("d", "e").replace("D", "e")) for word in words])
    if inside is text and (len(rows) != 1 or len(rows[0]) != 1):
        return None
    if len({len(row) for row in rows}) > 1:
        raise ArgumentError(f"{place} has rows of {' and '.join(str(len(row)) for row in rows[:2])} numbers, or more")
    return np.array(rows, dtype=np.float64) if rows else np.zeros((0, 0))


def expression(text: str, place: str) -> Called:
    """An expression of sums, products, calls and indices as a tree; raises ArgumentError for any other.

    >>> expression("tansig_apply(b1 + IW1_1*X{1,ts})", "line 3").name
    'tansig_apply'
    """
    tokens = [token for token in _TOKEN.findall(text) if any(token)]
    tree, at = _sum(tokens, 0, place, 0)
    if at != len(tokens):
        raise ArgumentError(f"{place}: {shown(''.join(tokens[at]))} is not understood")
    return tree


def _sum(tokens: list[tuple[str, str, str]], at: int, place: str, depth: int) -> tuple[Called, int]:
    if depth > _DEEPEST:
        raise ArgumentError(f"{place}: brackets nested more than {_DEEPEST} deep")
    first, at = _product(tokens, at, place, depth)
    parts = [first]
    while at < len(tokens) and tokens[at][2] == "+":
        one, at = _product(tokens, at + 1, place, depth)
        parts.append(one)
    return (first if len(parts) == 1 else Called("+", tuple(parts))), at


def _product(tokens: list[tuple[str, str, str]], at: int, place: str, depth: int) -> tuple[Called, int]:
    first, at = _factor(tokens, at, place, depth)
    parts = [first]
    while at < len(tokens) and tokens[at][2] == "*":
        one, at = _factor(tokens, at + 1, place, depth)
        parts.append(one)
    return (first if len(parts) == 1 else Called("*", tuple(parts))), at


def _factor(tokens: list[tuple[str, str, str]], at: int, place: str, depth: int) -> tuple[Called, int]:
    if at >= len(tokens):
        raise ArgumentError(f"{place}: the expression ends in its middle")
    number, name, sign = tokens[at]
    if number:
        return Called(number, number=float(number)), at + 1
    if sign == "(":
        inside, at = _sum(tokens, at + 1, place, depth + 1)
        if at >= len(tokens) or tokens[at][2] != ")":
            raise ArgumentError(f"{place}: a bracket that does not close")
        return inside, at + 1
    if not name:
        raise ArgumentError(f"{place}: {shown(sign)} is not understood")
    at += 1
    if at >= len(tokens) or tokens[at][2] not in ("(", "{"):
        return Called(name), at
    close = ")" if tokens[at][2] == "(" else "}"
    arguments: list[Called] = []
    at += 1
    while at < len(tokens) and tokens[at][2] != close:
        if tokens[at][2] == ",":
            at += 1
            continue
        if tokens[at][2] == "@":
            at += 1
        one, at = _sum(tokens, at, place, depth + 1)
        arguments.append(one)
    if at >= len(tokens):
        raise ArgumentError(f"{place}: a bracket that does not close")
    return Called(name, tuple(arguments)), at + 1
