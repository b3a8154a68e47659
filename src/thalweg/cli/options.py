"""Reading of option values: choices from the registries, lists, and the configuration file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from ..errors import ArgumentError, FileError, unknown


def choice(kind: str, names: Iterable[str]) -> dict[str, Any]:
    """What makes an option a choice of names: its check, its completion and its place in the help."""
    known = list(names)

    def check(value: str | None) -> str | None:
        if value is not None and value not in known:
            raise typer.BadParameter(unknown(kind, value, known))
        return value

    return {"callback": check, "autocompletion": lambda: known, "metavar": "NAME"}


def one_of(names: Iterable[str]) -> str:
    """The choices, for a help text."""
    return f"One of {', '.join(names)}."


def sizes(text: str) -> tuple[int, ...]:
    """Hidden sizes from "64,32"; "none" is no hidden layer.

    >>> sizes("64,32"), sizes("none")
    ((64, 32), ())
    """
    if text.strip().lower() == "none":
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no list of sizes such as 64,32 (or none)") from None


def batch_size(text: str) -> int | str:
    """A batch size from "32" or "all".

    >>> batch_size("32"), batch_size("all")
    (32, 'all')
    """
    if text == "all":
        return text
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a number of rows nor 'all'") from None


def read_config(context: typer.Context, path: Path | None) -> Path | None:
    """Take the defaults of all options from a TOML file; what stands on the command line wins."""
    if path is None:
        return None
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"cannot read the configuration {str(path)!r}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{path} is no TOML: {error}") from error
    known = [name for parameter in context.command.params if (name := parameter.name) and name != "config"]
    defaults: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in known:
            raise ArgumentError(f"{path}: {unknown('setting', key, [k.replace('_', '-') for k in known])}")
        defaults[name] = _as_option(path, key, value, several=name == "ignore")
    context.default_map = defaults
    return path


def _as_option(path: Path, key: str, value: Any, several: bool) -> Any:
    """A TOML value as the text that the command line would have: lists joined by commas."""
    match value:
        case bool() | str() | int() | float():
            return [value] if several else value
        case list() if all(isinstance(item, str | int) for item in value):
            return [str(item) for item in value] if several else ",".join(str(item) for item in value)
        case _:
            raise ArgumentError(f"{path}: {key} is {value!r}; it must be a text, a number, true or false, or a list")
