"""Running the command line in this process, as its entry point does, and looking at what it leaves."""

import contextlib
import functools
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import typer.main

from thalweg.cli import main, process
from thalweg.cli import run as run_here

typer.main.get_command = functools.cache(typer.main.get_command)
"""The parser of all commands is built once: it takes longer than most of them."""
DATA = Path(__file__).parents[2] / "examples" / "data"


class Ended(NamedTuple):
    """How a command ended: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        """The one JSON object on the standard output; no NaN, nothing else."""

        def refuse(name):
            raise AssertionError(f"{name} is no JSON")

        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        return json.loads(self.out, parse_constant=refuse)


def run(*arguments: object, entry: Callable[[], object] = run_here) -> Ended:
    """Run `thalweg` with these arguments in this process."""
    out, err, before = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO(), sys.argv
    sys.argv = ["thalweg", *map(str, arguments)]
    status: object = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            entry()
    except SystemExit as end:
        status = end.code
    finally:
        sys.argv = before
    out.flush()
    assert isinstance(status, int)
    return Ended(status, out.buffer.getvalue().decode(), err.getvalue())  # pyright: ignore[reportAttributeAccessIssue]


@contextlib.contextmanager
def as_program() -> Iterator[Callable[..., Ended]]:
    """Gives `run` for `thalweg` as the program that it is, with its own handlers of signals, and to its end."""
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "_PROCESS", process._Process())
        patch.setattr(os, "_exit", sys.exit)
        try:
            yield functools.partial(run, entry=main)
        finally:
            for number, handler in before:
                signal.signal(number, handler)


def ok(*arguments: object) -> Ended:
    """The same for a command that must succeed."""
    ended = run(*arguments)
    assert ended.status == 0, ended.err
    return ended


def quickly_trained(place: Path, **more: tuple[str, ...]) -> Path:
    """The folder with a model of wine and one of houses, of five epochs, and of more options by their names."""
    for table, target in (("wine", "cultivar"), ("houses", "price")):
        told = ("--epochs", 5, "--engine", "numpy", "-q", "--output", place / f"{table}.thalweg")
        ok("train", DATA / f"{table}.csv", "--target", target, *told, *more.get(table, ()))
    return place


def folder() -> dict[str, bytes]:
    """Every file under the working folder, and what is in it; a test is to work in one of its own."""
    assert not Path("pyproject.toml").exists()
    files = (Path(base) / name for base, _, names in os.walk(".") for name in names)
    return {str(path): path.read_bytes() for path in files if path.is_file()}


def refused(*arguments: object) -> str:
    """The one line of a command that ends with 1; every file is as before."""
    before = folder()
    ended = run(*arguments)
    assert ended.status == 1, ended
    assert ended.err.startswith("thalweg: ")
    assert ended.err.count("\n") == 1, ended.err
    assert ended.err.endswith("\n")
    assert "Traceback" not in ended.out + ended.err
    assert folder() == before
    return ended.err
