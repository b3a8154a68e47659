"""The row groups of a Parquet file: each is read whole, whatever part of it is asked for, and Polars tells none."""

from __future__ import annotations

from pathlib import Path

_MAGIC = b"PAR1"
_LONGEST = 16 << 20
"""Bytes of a footer; of a longer one the row groups are not looked for."""
_BOOLEANS, _INTEGERS, _DOUBLE, _BYTES, _LISTS, _STRUCT = (1, 2), (4, 5, 6), 7, 8, (9, 10), 12
_ROW_GROUPS, _ROWS = 4, 3
"""The numbers of these fields, in FileMetaData and in RowGroup."""


def row_groups(path: Path, rows: int) -> list[int]:
    """How many rows each row group of a file of so many has; one of all of them where that cannot be told."""
    try:
        with path.open("rb") as file:
            size = file.seek(-8, 2)
            ending = file.read(8)
            length = int.from_bytes(ending[:4], "little")
            if ending[4:] != _MAGIC or not 0 < length <= min(size, _LONGEST):
                return [rows]
            file.seek(size - length)
            found = _Footer(file.read(length)).row_groups()
    except (OSError, ValueError, IndexError, RecursionError):
        return [rows]
    return found if sum(found) == rows and min(found, default=-1) >= 0 else [rows]


class _Footer:
    """Thrift's compact protocol, as far as a footer needs it: fields are passed over until the ones that are sought."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def row_groups(self) -> list[int]:
        """The rows of each; raises ValueError or IndexError for what is no footer."""
        if self._reach(_ROW_GROUPS) not in _LISTS:
            raise ValueError("no row groups")
        return [self._rows() for _ in range(self._list()[0])]

    def _rows(self) -> int:
        if self._reach(_ROWS) not in _INTEGERS:
            raise ValueError("a row group without rows")
        value = self._unsigned()
        self._pass_fields(_ROWS)
        return (value >> 1) ^ -(value & 1)

    def _reach(self, sought: int) -> int | None:
        """The kind of a field of the struct at hand, whose value comes next; None if there is no such field."""
        number = 0
        while (field := self._field(number)) is not None:
            number, kind = field
            if number == sought:
                return kind
            self._pass(kind)
        return None

    def _pass_fields(self, number: int = 0) -> None:
        while (field := self._field(number)) is not None:
            number, kind = field
            self._pass(kind)

    def _field(self, before: int) -> tuple[int, int] | None:
        """Number and kind of the next field, None at the end of the struct."""
        head = self._byte()
        if head == 0:
            return None
        return (before + (head >> 4) if head >> 4 else self._unsigned() >> 1), head & 15

    def _pass(self, kind: int) -> None:
        """Go on behind a value."""
        if kind in _INTEGERS:
            self._unsigned()
        elif kind == _BYTES:
            length = self._unsigned()
            self._at += length
        elif kind == _STRUCT:
            self._pass_fields()
        elif kind in _LISTS:
            count, of = self._list()
            for _ in range(count):
                if of in _BOOLEANS:
                    self._byte()
                else:
                    self._pass(of)
        elif kind == _DOUBLE:
            self._at += 8
        elif kind == 3:  # one byte
            self._byte()
        elif kind not in _BOOLEANS:  # those are in the head of their field
            raise ValueError(f"kind {kind}")

    def _list(self) -> tuple[int, int]:
        head = self._byte()
        return (self._unsigned() if head >> 4 == 15 else head >> 4), head & 15

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than 64 bits")

    def _byte(self) -> int:
        byte = self._content[self._at]
        self._at += 1
        return byte
