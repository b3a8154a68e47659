"""MATLAB's files of version 5 to 7: matrices, texts, cells, structs; each size compared with the bytes that there are.

SciPy's reader ends the process by a signal for some files that are damaged. Source: MathWorks, MAT-File Format.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np

from thalweg.errors import ArgumentError

from .limits import too_large

_DEEPEST = 8
_MOST_LENGTHS = 32
_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_NUMBERS = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
_CELL, _STRUCT, _CHAR, _SPARSE = 1, 2, 4, 5
_DOUBLE = 6
_COMPLEX = 0x0800


@dataclass(frozen=True)
class Unread:
    """What stands in a file and is not read."""

    kind: str


class _Element(NamedTuple):
    kind: int
    data: bytes


def read_mat_file(raw: bytes, most: int, *, as_stored: bool = False) -> dict[str, Any]:
    """The variables of a file by name: arrays in two dimensions or more, texts, cells as arrays of objects, structs as
    dicts (several as a cell of dicts), and Unread for sparse matrices, functions and objects. MATLAB stores whole
    numbers in double as integers: with `as_stored` they are integers.

    Raises ArgumentError for a damaged file, FileError for one that unpacks to more than `most` bytes.
    """
    mark = raw[126:128]
    if len(raw) < 128 or mark not in (b"IM", b"MI"):
        raise ArgumentError("damaged, or not a .mat file of version 5 to 7: save it with -v7")
    return _File("<" if mark == b"IM" else ">", most, as_stored).variables(raw[128:])


class _File:
    def __init__(self, order: str, most: int, as_stored: bool) -> None:
        self.order = order
        self.as_stored = as_stored
        self.most = most
        self.left = most

    def variables(self, raw: bytes) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for element in self._elements(raw):
            inside = element
            if element.kind == _COMPRESSED:
                inside = next(self._elements(self._unpacked(element.data)), element)
            if inside.kind != _MATRIX:
                continue
            name, value = self._matrix(inside.data, 0)
            if name in found:
                raise ArgumentError(f"variable {name!r} is there twice: save it again")
            if name:
                found[name] = value
        return found

    def _elements(self, data: bytes) -> Iterator[_Element]:
        """The elements one behind the other; those of up to four bytes lie in their tag."""
        at, little = 0, "little" if self.order == "<" else "big"
        while at + 8 <= len(data):
            first = int.from_bytes(data[at : at + 4], little)
            if first >> 16:
                size = first >> 16
                if size > 4:
                    raise _damaged("an element in a tag of more than 4 bytes")
                yield _Element(first & 0xFFFF, data[at + 4 : at + 4 + size])
                at += 8
                continue
            size = int.from_bytes(data[at + 4 : at + 8], little)
            at += 8
            if at + size > len(data):
                raise _damaged(f"an element claims {size:,} bytes and has {len(data) - at:,}")
            yield _Element(first, data[at : at + size])
            at += size + (0 if first == _COMPRESSED else -size % 8)

    def _unpacked(self, packed: bytes) -> bytes:
        unpacker = zlib.decompressobj()
        try:
            found = unpacker.decompress(packed, self.left + 1)
        except zlib.error as error:
            raise _damaged(str(error)) from error
        self.left -= len(found)
        if self.left < 0:
            raise too_large("the file", "its variables unpack to more bytes", self.most)
        if not unpacker.eof:
            raise _damaged("a compressed variable is cut")
        return found

    def _matrix(self, data: bytes, depth: int) -> tuple[str, Any]:
        if not data:
            return "", np.zeros((0, 0))
        if depth > _DEEPEST:
            raise ArgumentError(f"cells and structs are nested more than {_DEEPEST} deep")
        parts = self._elements(data)
        flags = self._numbers(_next(parts))
        kind = int(flags[0]) & 0xFF if flags.size else 0
        if kind not in (_CELL, _STRUCT, _CHAR, *_NUMBERS):
            return self._unread(kind, parts)
        shape = tuple(int(length) for length in self._numbers(_next(parts)))
        lengths = [length for length in shape if length]  # NumPy multiplies them, also where one of all is 0
        if not 2 <= len(shape) <= _MOST_LENGTHS or any(length < 0 for length in shape) or prod(lengths) >= 2**60:
            raise _damaged(f"a matrix of shape {shape[:8]}")
        name, count = _next(parts).data.decode("latin-1"), prod(shape)
        if kind in (_CELL, _STRUCT):
            if count * 8 > len(data):
                raise _damaged(f"a cell or struct claims {count:,} values")
            return name, (self._cell if kind == _CELL else self._struct)(parts, shape, depth)
        if kind == _CHAR:
            return name, self._text(_next(parts), shape)
        array = self._shaped(_next(parts), shape)
        if int(flags[0]) & _COMPLEX:
            return name, array + 1j * self._shaped(_next(parts), shape)
        if self.as_stored and kind == _DOUBLE:
            return name, array
        return name, array.astype(_NUMBERS[kind]) if array.dtype.kind != "f" or kind > 7 else array

    def _unread(self, kind: int, parts: Iterator[_Element]) -> tuple[str, Any]:
        if kind != _SPARSE:
            named = next(parts, None)
            text = named.data.decode("latin-1") if named is not None and named.kind == 1 else "net"
            return text, Unread("an object or a function of MATLAB's")
        _next(parts)
        return _next(parts).data.decode("latin-1"), Unread("a sparse matrix; save it as a full one")

    def _cell(self, parts: Iterator[_Element], shape: tuple[int, ...], depth: int) -> np.ndarray:
        found = np.empty(prod(shape), dtype=object)
        for place in range(len(found)):
            found[place] = self._inside(parts, depth)
        return found.reshape(shape, order="F")

    def _struct(self, parts: Iterator[_Element], shape: tuple[int, ...], depth: int) -> Any:
        length = self._numbers(_next(parts))
        raw = _next(parts).data
        if not length.size or not 0 < int(length[0]) <= max(len(raw), 1):
            raise _damaged("a struct whose names have no length")
        step = int(length[0])
        names = [raw[at : at + step].split(b"\0")[0].decode("latin-1") for at in range(0, len(raw), step)]
        found = [{name: self._inside(parts, depth) for name in names} for _ in range(prod(shape))]
        if len(found) == 1:
            return found[0]
        cell = np.empty(len(found), dtype=object)
        cell[:] = found
        return cell.reshape(shape, order="F")

    def _inside(self, parts: Iterator[_Element], depth: int) -> Any:
        element = _next(parts)
        if element.kind != _MATRIX:
            raise _damaged(f"an element of kind {element.kind} where a matrix is due")
        return self._matrix(element.data, depth + 1)[1]

    def _text(self, element: _Element, shape: tuple[int, ...]) -> Any:
        if element.kind not in _TEXTS:
            raise _damaged(f"a text of kind {element.kind}")
        coding = _TEXTS[element.kind]
        if coding in ("utf-16", "utf-32"):
            coding += "-le" if self.order == "<" else "-be"
        text = element.data.decode(coding, "replace")
        if len(shape) == 2 and shape[0] > 1 and len(text) == prod(shape):
            rows = ["".join(text[row :: shape[0]]).rstrip() for row in range(shape[0])]
            return np.array(rows, dtype=object).reshape(-1, 1)
        return text

    def _numbers(self, element: _Element) -> np.ndarray:
        kind = _TYPES.get(element.kind)
        if kind is None or len(element.data) % int(kind[1]):
            raise _damaged(f"{len(element.data):,} bytes of kind {element.kind}, which are no numbers")
        return np.frombuffer(element.data, self.order + kind).astype(kind)

    def _shaped(self, element: _Element, shape: tuple[int, ...]) -> np.ndarray:
        found = self._numbers(element)
        if found.size != prod(shape):
            raise _damaged(f"a matrix of shape {shape[:8]} with {found.size:,} numbers")
        return found.reshape(shape, order="F")


def _next(parts: Iterator[_Element]) -> _Element:
    found = next(parts, None)
    if found is None:
        raise _damaged("a matrix ends in its middle")
    return found


def _damaged(reason: str) -> ArgumentError:
    return ArgumentError(f"damaged, or not a .mat file ({reason}): save it again")
