"""Readers that do what none may, for the tests of what looks at readers."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path

from damage import damaged_bytes
from reader_target import Target

from thalweg.errors import FileError

WHOLE = bytes(range(64))


def _refuse(path: Path) -> None:
    raise FileError("it is no file of ours: take another")


def _fail_within(path: Path) -> None:
    raise KeyError("a")


def _warn(path: Path) -> None:
    warnings.warn("overflow", stacklevel=1)


def _tell_much(path: Path) -> None:
    raise FileError("two\nlines")


def _loop(path: Path) -> None:
    while True:
        pass


def _unpickle(path: Path) -> None:
    pickle.loads(pickle.dumps(os.system))


def _planted(read: Callable[[Path], object], **more: Callable[[Path], object]) -> Target:
    return Target(
        ".bin", lambda: (WHOLE,), lambda path: path.read_bytes() == WHOLE or read(path), (damaged_bytes,), **more
    )


CASES: dict[str, tuple[str, Callable[[], bytes]]] = {"a made one": ("error", lambda: b"made")}
TARGETS: dict[str, Target] = {
    "good": _planted(_refuse),
    "error": _planted(_fail_within),
    "warning": _planted(_warn),
    "lines": _planted(_tell_much),
    "pickle": _planted(_unpickle),
    "eval": _planted(lambda path: eval("1 + 1")),
    "program": _planted(lambda path: os.system("true")),
    "written": _planted(lambda path: Path("somewhere").write_bytes(b"")),
    "memory": _planted(lambda path: bytearray(3 << 30)),
    "crash": _planted(lambda path: os.abort()),
    "hang": _planted(_loop),
    "shielded": _planted(_refuse, within=lambda path: path.read_bytes() == WHOLE or os.abort()),
    "not shielded": _planted(_fail_within, within=lambda path: path.read_bytes() == WHOLE or os.abort()),
}
