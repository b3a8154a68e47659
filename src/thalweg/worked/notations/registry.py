"""The table of notations: classes, and tables of symbols that are read when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
        self._tables: dict[str, Callable[[str], type[Part]]] = {}

    def enter_tables(self, *names: str, read: Callable[[str], type[Part]]) -> None:
        """Enter notations that are files, each by its name without the ending; `read` makes of one its class."""
        for name in names:
            self._check_free(name)
        self._tables |= dict.fromkeys(names, read)

    def __getitem__(self, name: str) -> type[Part]:
        if name in self._tables and name not in self._parts:
            self._parts[name] = self._tables[name](name)
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in self._parts if name not in self._tables)
        yield from self._tables

    def __len__(self) -> int:
        return len(list(iter(self)))
