"""What a wrong use of the command line is likely to have meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..system import kind_by_name

_TAKEN_BY = {
    "a table": "thalweg train {} --target COLUMN trains on a table",
    "a model file": "thalweg show {} tells what is in a model",
    "a TOML file": "thalweg step {} opens a step file",
}


def with_hint(error: Any, group: Any) -> Any:
    """The usage error of a command of a group, which says more where it is known what was meant."""
    context = error.ctx
    command = None if context is None else context.command
    hint = ""
    if hasattr(error, "possibilities") and command is not None:
        hint = _of_option(str(error.option_name), command, group, error.possibilities)
    elif found := re.match(r"Got unexpected extra arguments?(?:\(s\))? \((\S+?)[ )]", error.message):
        hint = "" if command is None else _of_argument(found[1], command)
    elif found := re.match(r"No such command '(.+)'\.$", error.message):
        told = _TAKEN_BY.get(kind_by_name(found[1]) or "")
        hint = told.format(found[1]) if told else ""
    if hint:
        error.message = f"{error.message.removesuffix('.')}: {hint}."
    return error


def _of_option(option: str, command: Any, group: Any, possible: Sequence[str] | None) -> str:
    """An option that names an argument, or that others have."""
    arguments = [parameter.name for parameter in command.params if parameter.param_type_name == "argument"]
    if option.removeprefix("--").replace("-", "_") in arguments:
        words = " ".join(name.upper() for name in arguments)
        return f"it stands without an option, thalweg {command.name} {words}"
    if any(option.startswith(near) or near.startswith(option) for near in possible or ()):
        return ""
    having = [
        name
        for name, other in group.commands.items()
        if option.startswith("--") and any(option in parameter.opts for parameter in other.params)
    ]
    return f"it is an option of thalweg {', '.join(having)}" if having else ""


def _of_argument(argument: str, command: Any) -> str:
    """A file that an option names, or files of which there is one; values that belong to an option."""
    known = {option for parameter in command.params for option in parameter.opts}
    if "--table" in known:
        return f"a table is given by --table {argument}" if kind_by_name(argument) == "a table" else ""
    if "table" not in known:
        return ""
    if not Path(argument).suffix:
        return "several values of an option stand with commas, such as 64,32"
    output = f"what is written is named by --output {argument}; " if command.name == "predict" else ""
    return f"{output}several files of one table are a folder, or a pattern in quotes, such as 'year/*.csv'"
