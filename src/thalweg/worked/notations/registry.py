"""The table of notations: classes, and tables of symbols that are read when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from ...registry import Registry

Part = TypeVar("Part")


class Notations(Registry[Part]):
    """The registry of notations; `enter_tables` adds those that are files of symbols, which cost nothing until used.

    >>> from thalweg.worked.notations import NOTATIONS
    >>> "nielsen" in list(NOTATIONS), NOTATIONS["nielsen"].from_to
    (True, False)
    """

    def __init__(self, kind: str, base: type) -> None:
        super().__init__(kind, base)
        self._tables: tuple[str, ...] = ()

    def enter_tables(self, *names: str) -> None:
        """Enter notations that are files of this package, each by its name without the ending."""
        for name in names:
            self._check_free(name)
        self._tables = (*self._tables, *names)

    def __getitem__(self, name: str) -> type[Part]:
        if name in self._tables and name not in self._parts:
            from .table import packaged

            self._parts[name] = packaged(name)  # pyright: ignore[reportArgumentType]
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in self._parts if name not in self._tables)
        yield from self._tables

    def __len__(self) -> int:
        return len(list(iter(self)))
