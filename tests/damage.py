"""Ways to damage a file: its bytes, the numbers and names in its text, and the same inside of what a format packs."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import math
import re
import struct
import zipfile
import zlib
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
            return rng.choice(_VALUES)
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
                held[key] = rng.choice(_VALUES)
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


def damaged_safetensors(content: bytes, rng: Random) -> bytes:
    """Another header, other plain data in it, or other numbers behind it; the lengths as they should be."""
    size = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8 : 8 + size]), bytearray(content[8 + size :])
    metadata = header.get("__metadata__", {})
    match rng.randrange(6):
        case 0:
            header = damaged_tree(header, rng)
        case 1 if data:
            kind, value = rng.choice(
                (("<f", math.nan), ("<d", math.nan), ("<f", 3e38), ("<d", 1e308), ("<d", -math.inf))
            )
            at = rng.randrange(0, len(data), 4)
            data[at : at + struct.calcsize(kind)] = struct.pack(kind, value)
        case 2:
            tensors = [name for name in header if name != "__metadata__"]
            one = header[rng.choice(tensors)]
            one.update(
                rng.choice(
                    (
                        {"dtype": rng.choice(("F16", "I64", "BF16", "U8", "BOOL", "F64", "F32"))},
                        {"shape": rng.sample(one["shape"], len(one["shape"])) + [1] * rng.randrange(3)},
                        {"shape": [rng.choice(SIZES[:-2]) for _ in range(rng.randrange(4))]},
                        {"data_offsets": [0, rng.choice(SIZES[:-2])]},
                    )
                )
            )
        case _ if metadata:
            name = rng.choice(list(metadata))
            try:
                metadata[name] = json.dumps(damaged_tree(json.loads(metadata[name]), rng))
            except ValueError:
                metadata[name] = damaged_text(metadata[name].encode(), rng).decode("latin-1")
        case _:
            return damaged_bytes(content, rng)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + bytes(data)


def damaged_zip(content: bytes, rng: Random) -> bytes:
    """An archive of which a member is another, gone, twice there, or of another name; or its directory is damaged."""
    if not rng.randrange(5):
        at = rng.randrange(max(len(content) - 300, 0), len(content))
        return content[:at] + damaged_bytes(content[at:], rng)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(one.filename, archive.read(one)) for one in archive.infolist()]
    at = rng.randrange(len(members))
    name, inside = members[at]
    match rng.randrange(8):
        case 0:
            del members[at]
        case 1:
            members.append(members[at])
        case 2:
            members[at] = rng.choice(("../x.npy", "/x", "x" * 300, "", "x.npy", "config.json")), inside
        case _:
            members[at] = name, _within(name)(inside, rng)
    out = io.BytesIO()
    with contextlib.suppress(UserWarning), zipfile.ZipFile(out, "w", rng.choice((0, zipfile.ZIP_DEFLATED))) as archive:
        for name, inside in members:
            with contextlib.suppress(UserWarning):  # of a name that is there already
                archive.writestr(name, inside)
    return out.getvalue()


def _within(name: str) -> Damage:
    if name.endswith(".npy"):
        return damaged_npy
    if name.endswith(".json"):
        return lambda content, rng: rng.choice((damaged_json, damaged_json, damaged_bytes))(content, rng)
    if name.endswith((".xml", ".rels")):
        return lambda content, rng: damaged_text(content.replace(b"><", b">\n<"), rng)
    return damaged_bytes


def damaged_npy(content: bytes, rng: Random) -> bytes:
    """An array of another shape or type than its bytes are, or of other bytes."""
    if content[:6] != b"\x93NUMPY" or not rng.randrange(3):
        return damaged_bytes(content, rng)
    size = int.from_bytes(content[8:10], "little")
    text, data = content[10 : 10 + size], content[10 + size :]
    shapes = [b"()", b"(-1,)", b"(2,2)", b"(1,)*9"] + [
        f"({rng.choice(SIZES)}, {rng.choice(SIZES)})".encode() for _ in "ab"
    ]
    types = (
        b"|O",
        b"<U9",
        b"<U99999999",
        b"<M8[s]",
        b"<m8",
        b"<c16",
        b"<f2",
        b"|b1",
        b"|V8",
        b"<f16",
        b">i8",
        b"|S0",
        b"x",
    )
    if rng.randrange(2):
        text = re.sub(rb"'shape': \([^)]*\)", b"'shape': " + rng.choice(shapes), text)
    else:
        text = re.sub(rb"'descr': '[^']*'", b"'descr': '" + rng.choice(types) + b"'", text)
    if not rng.randrange(4):
        text = damaged_text(text, rng)
    return content[:8] + (len(text) & 0xFFFF).to_bytes(2, "little") + text + data


def damaged_gzip(content: bytes, rng: Random) -> bytes:
    """A compressed text that is another, or whose compression is damaged."""
    if rng.randrange(3):
        return gzip.compress(damaged_text(gzip.decompress(content), rng), compresslevel=1)
    return damaged_bytes(content, rng)


def damaged_mat(content: bytes, rng: Random) -> bytes:
    """A MATLAB file of which the bytes of a variable are others, also within its compression."""
    size = int.from_bytes(content[132:136], "little")
    if int.from_bytes(content[128:132], "little") != 15 or not rng.randrange(3):
        return content[:124] + damaged_bytes(content[124:], rng)
    inside = zlib.compress(damaged_bytes(zlib.decompress(content[136 : 136 + size]), rng), 1)
    return content[:132] + len(inside).to_bytes(4, "little") + inside + content[136 + size :]


def damaged_onnx(content: bytes, rng: Random) -> bytes:
    """A graph of which some nodes, names, shapes or numbers are others, gone, or twice there."""
    import onnx

    if not rng.randrange(4):
        return damaged_bytes(content, rng)
    model = onnx.load_from_string(content)
    for _ in range(rng.choice((1, 1, 2, 4))):
        owner, field = rng.choice(list(_fields(model)))
        with contextlib.suppress(ValueError, TypeError):  # what the field does not take
            _change(owner, field, rng)
    return model.SerializeToString()


def _fields(message: Any) -> Any:
    for field, value in message.ListFields():
        yield message, field
        if field.message_type is not None:
            for one in [value] if hasattr(value, "ListFields") else value:
                yield from _fields(one)


def _change(owner: Any, field: Any, rng: Random) -> None:
    value = getattr(owner, field.name)
    if isinstance(value, int | float | str | bytes):
        setattr(owner, field.name, _other(value, rng))
    elif hasattr(value, "ListFields"):
        owner.ClearField(field.name)
    elif len(value):
        at = rng.randrange(len(value))
        match rng.randrange(3):
            case 0:
                del value[at]
            case 1 if field.message_type is not None:
                value.add().CopyFrom(value[at])
            case _ if field.message_type is None:
                value[at] = rng.choice((_other(value[at], rng), value[rng.randrange(len(value))]))


def _other(value: Any, rng: Random) -> Any:
    if isinstance(value, bytes):
        return damaged_bytes(value, rng)
    if isinstance(value, str):
        names = (
            "",
            "x",
            "out",
            "\x1b[31m",
            "../x",
            "Add",
            "MatMul",
            "Gemm",
            "Reshape",
            "Expand",
            "Tile",
            "Concat",
            "Pow",
        )
        return rng.choice((*names, damaged_text(value.encode(), rng).decode("latin-1")))
    if isinstance(value, float):
        return rng.choice((math.nan, math.inf, -math.inf, 0.0, -1.0, 1e38, 1e-40))
    return rng.choice((*(size for size in SIZES if size < 2**63), -1, -(2**63), value + 1, value - 1, *range(25)))


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
