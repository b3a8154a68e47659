"""Ways to damage what a format packs: the file stays one of its format, and what is inside is another."""

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
from random import Random
from typing import Any

from damage import SIZES, Damage, damaged_bytes, damaged_json, damaged_text, damaged_tree


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
