"""A command as it was given, to be given again with one thing changed."""

from __future__ import annotations

import re
from shlex import quote

import typer


def command_again(context: typer.Context, replaced: str, by: str) -> str:
    """The command as it was given, with one option, given or not, in its end and with another value.

    A word that a shell would read is within double quotes, which every shell knows.
    """
    options = {parameter.name: parameter for parameter in context.command.params}
    given = {name: options[name] for name in context.params if _is_given(context, name)}
    words = ["thalweg", str(context.command.name)]
    for name, option in given.items():
        if name == replaced:
            continue
        if option.param_type_name == "argument":
            words.insert(2, str(context.params[name]))
            continue
        words.append(option.opts[0])
        if not getattr(option, "is_flag", False):
            words.append(f"{context.params[name]}")
    return " ".join([*map(_quoted, words), options[replaced].opts[0], by])


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _quoted(word: str) -> str:
    """A word as a shell takes it.

    >>> _quoted("a[0,0],a[0,1]"), _quoted("--rules"), _quoted("gd=0.1,adam")
    ('"a[0,0],a[0,1]"', '--rules', 'gd=0.1,adam')
    """
    if re.fullmatch(r"[\w./:=,+-]+", word):
        return word
    return quote(word) if re.search(r"[\"$`!\\]", word) else f'"{word}"'
