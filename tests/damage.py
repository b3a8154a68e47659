"""Ways to damage a file: its bytes, the numbers and names in its text, the values of its plain data."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Damage = Callable[[bytes, Random], bytes]
"""What makes another file of one."""

LONGEST = 1 << 16
"""Bytes of a damaged file: what takes long or much memory shall do so by what it claims."""
SIZES = (0, 1, 2, 127, 255, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**60, 2**63 - 1, 2**63, 2**64 - 1)
_TOKENS = (
    b'"',
    b"'",
    b"\n",
    b"\r",
    b",",
    b";",
    b"\t",
    b"\0",
    b"1e999",
    b"nan",
    b"-inf",
    b"[",
    b"]",
    b"{",
    b"}",
    b"(",
    b")",
    b"-",
    b"#",
    b"%",
    b"=",
    b".",
    b"\\",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x1b[31m",
    "\u202e\ufffe".encode(),
    "\ud800".encode("utf-8", "surrogatepass"),
    b"null",
    b"true",
    b"NaN",
    b"__class__",
    b"../../../etc/passwd",
    b"9" * 400,
    b"[" * 400,
    b"(" * 60,
    b"**9" * 9,
    b"\\u0000",
)
_NUMBER = re.compile(rb"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"3",
    b"0.5",
    b"1e308",
    b"-1e-320",
    b"1e999",
    b"nan",
    b"inf",
    b"2147483648",
    b"1152921504606846976",
    b"18446744073709551616",
    b"9" * 30,
    b"9" * 400,
    b"1_0",
    b"0x10",
    b"[]",
    b"true",
    b'"x"',
    b"2024-02-30",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    0.5,
    -1.5,
    2**31,
    2**60,
    2**64,
    10**30,
    10**400,
    1e308,
    math.nan,
    math.inf,
    "",
    "x",
    "linear",
    "x" * 5000,
    "\x1b[31m\n",
    "\u202e",
    "\ud800",
    "../../../etc/passwd",
    "[[[[",
    [],
    {},
    [[]],
    [None],
    [1, "x"],
    {"name": "x"},
    [0] * 5000,
)


_MOST_PLACES = 10_000
"""Of plain data that are damaged further."""


def damaged_bytes(content: bytes, rng: Random) -> bytes:
    """Bytes of which some are others, gone, twice there, cut off, or numbers that claim much."""
    made = bytearray(content or b"\0")
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        at = rng.randrange(len(made) or 1)
        match rng.randrange(9):
            case 0:
                del made[at : at + rng.randrange(1, 30)]
            case 1:
                made[at:at] = rng.randbytes(rng.randrange(1, 20))
            case 2:
                made[at:at] = made[at // 2 : at // 2 + rng.choice((4, 60, 400))] * rng.choice((1, 1, 40))
            case 3:
                del made[max(8, at) :]
            case 4 | 5:
                made[at : at + 1] = bytes([(made[at : at + 1] or b"\0")[0] ^ 1 << rng.randrange(8)])
            case 6:
                made[at : at + rng.randrange(2)] = rng.choice(_TOKENS)
            case _:
                width = rng.choice((1, 2, 4, 8))
                number = rng.choice(SIZES) & (1 << 8 * width) - 1
                made[at : at + width] = number.to_bytes(width, rng.choice(("little", "big")))
    return bytes(made[:LONGEST])


def damaged_text(content: bytes, rng: Random) -> bytes:
    """A text of which some numbers, words or lines are others, gone, or there many times."""
    for _ in range(rng.choice((1, 1, 2, 5))):
        numbers = list(_NUMBER.finditer(content))
        lines = content.split(b"\n")
        at = rng.randrange(len(lines))
        match rng.randrange(6):
            case 0 | 1 if numbers:
                one = rng.choice(numbers)
                content = content[: one.start()] + rng.choice(_NUMBERS) + content[one.end() :]
                continue
            case 2:
                del lines[at]
            case 3:
                lines[at:at] = [rng.choice(lines)] * rng.choice((1, 1, 300))
            case 4:
                other = rng.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case _:
                words = re.split(rb"(\W)", lines[at])
                words[rng.randrange(len(words))] = rng.choice((*_TOKENS, *_NUMBERS, b"", rng.choice(words)))
                lines[at] = b"".join(words)
        content = b"\n".join(lines)[:LONGEST]
    return content


def damaged_tree(tree: Any, rng: Random) -> Any:
    """Plain data of which some values are of another kind, gone, twice there, or deep."""
    tree = json.loads(json.dumps(tree))
    for _ in range(rng.choice((1, 1, 2, 4))):
        places = list(_places(tree))
        if not places:
            return copy.deepcopy(rng.choice(_VALUES))
        if len(places) > _MOST_PLACES:
            break
        held, key = rng.choice(places)
        match rng.randrange(7):
            case 0:
                del held[key]
            case 1:
                other, name = rng.choice(places)
                with contextlib.suppress(LookupError):  # one that is gone with another
                    held[key] = json.loads(json.dumps(other[name]))
            case 2 if isinstance(held, list):
                held += [held[key]] * rng.choice((1, 1, 2000 // len(places)))
            case 2:
                held[rng.choice(("x", "name", f"{key}2", ""))] = held[key]
            case 3:
                deep: Any = held[key]
                for _ in range(rng.choice((1, 3, 60))):
                    deep = {"a": deep} if rng.randrange(2) else [deep]
                held[key] = deep
            case 4 if isinstance(held[key], int | float) and not isinstance(held[key], bool):
                held[key] *= rng.choice((-1, 0, 2, 0.5, 1e200))
            case _:
                held[key] = copy.deepcopy(rng.choice(_VALUES))  # or later damage would be in all that come after
    return tree


def _places(tree: Any) -> Any:
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield tree, key
        yield from _places(value)


def damaged_json(content: bytes, rng: Random) -> bytes:
    """A JSON text, or lines of JSON, of other values."""
    lines = content.splitlines()
    at = rng.randrange(len(lines))
    lines[at] = json.dumps(damaged_tree(json.loads(lines[at]), rng)).encode()
    return b"\n".join(lines)


def spliced(one: bytes, other: bytes, rng: Random) -> bytes:
    """The beginning of a file, and the end of another."""
    return one[: rng.randrange(len(one) + 1)] + other[rng.randrange(len(other) + 1) :]


def damaged(seeds: Sequence[bytes], ways: Sequence[Damage], rng: Random) -> bytes:
    """One of some files, damaged in one of some ways; now and then in two, or of two files."""
    content = rng.choice(seeds)
    if not rng.randrange(25):
        return spliced(content, rng.choice(seeds), rng)[:LONGEST]
    way = rng.choice(ways)
    with contextlib.suppress(Exception):  # what is too damaged for a second damage, stays as it is
        content = way(content, rng)
        if not rng.randrange(10):
            content = rng.choice(ways)(content, rng)
    return content[: 2 * LONGEST]
