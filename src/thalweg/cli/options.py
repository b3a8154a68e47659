"""Reading of option values: choices from the registries, lists, and the configuration file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..core.kinds import is_number
from ..errors import ArgumentError, shown, unknown
from ..registry import Registry
from ..system import is_several, read_toml
from ..training.options import Names
from .each_once import EachOnce

if TYPE_CHECKING:
    from ..files import Model
    from ..training.recipe import Recipe

MOST_NAMED = 8
"""Of more columns so many are named."""


class FormulaFirst(EachOnce):
    """A command whose argument is a formula, which may begin with a minus sign and is no option for that."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As before, with such a formula behind all options."""
        known = {
            opt: parameter for parameter in self.get_params(ctx) for opt in (*parameter.opts, *parameter.secondary_opts)
        }
        if "--" in args:
            return super().parse_args(ctx, args)
        kept: list[str] = []
        formulas: list[str] = []
        value_of_an_option = False
        for arg in args:
            formula = not value_of_an_option and arg.startswith("-") and not arg.startswith("--") and arg not in known
            (formulas if formula else kept).append(arg)
            option = known.get(arg)
            value_of_an_option = not value_of_an_option and option is not None and not getattr(option, "is_flag", False)
        return super().parse_args(ctx, [*kept, "--", *formulas] if formulas else kept)


def known_of(names: Names) -> list[str]:
    """The choices as they are now."""
    return list(names() if callable(names) else names)


def choice(kind: str, names: Names, *, several: bool = False) -> dict[str, Any]:
    """What makes an option a choice of names, or of `several` with commas: its check, completion and metavar."""

    def check(value: str | None) -> str | None:
        known = names() if callable(names) else names
        for one in () if value is None else value.split(",") if several else (value,):
            name = one.strip() if several else one
            if name not in known:  # a registry knows other names than it lists
                also = known.also if isinstance(known, Registry) else ()
                raise typer.BadParameter(unknown(kind, name, known, also))
        return value

    return {"callback": check, "autocompletion": lambda: known_of(names), "metavar": "NAME"}


def choice_or_file(kind: str, names: Names, ending: str) -> dict[str, Any]:
    """A choice of names, or a file of an ending that stands for one of one's own, which is read where it is used."""
    of_names = choice(kind, names)

    def check(value: str | None) -> str | None:
        return value if value is not None and value.lower().endswith(ending) else of_names["callback"](value)

    return {**of_names, "callback": check, "metavar": "NAME|FILE"}


def one_of(names: Names) -> str:
    """The choices, for a help text."""
    return f"One of {', '.join(known_of(names))}."


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
        raise typer.BadParameter(
            f"{text!r} is no list of sizes such as 64,32 (or none)", param_hint="--hidden"
        ) from None


def numbers(text: str, option: str) -> list[float]:
    """Numbers from "0.01,0.1".

    >>> numbers("0.01,0.1", "--learning-rates")
    [0.01, 0.1]
    """
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no list of numbers such as 0.01,0.1", param_hint=option) from None


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
        raise typer.BadParameter(f"{text!r} is neither a number of rows nor 'all'", param_hint="--batch-size") from None


def class_weight(text: str) -> str | dict[str, Any]:
    """The weights of classes from "balanced" or a table as TOML writes one.

    >>> class_weight("balanced"), class_weight("{yes = 3, no = 1}"), class_weight("yes = 3")
    ('balanced', {'yes': 3, 'no': 1}, {'yes': 3})
    """
    import tomllib

    if text == "balanced":
        return text
    inside = text.strip()
    table = inside if inside.startswith("{") else f"{{{inside}}}"
    try:
        return tomllib.loads(f"table = {table}")["table"]
    except tomllib.TOMLDecodeError:
        told = f"{text!r} is neither 'balanced' nor a table of weights such as '{{yes = 3, no = 1}}'"
        raise typer.BadParameter(told, param_hint="--class-weight") from None


def check_no_folder(output: Path, endings: str) -> None:
    """Raise ArgumentError for a folder where a file of one of these endings is to be written."""
    if output.is_dir():
        raise ArgumentError(f"output {str(output)!r} is a folder: name a file in it that ends in {endings}")


def check_ending(path: Path, endings: Sequence[str]) -> None:
    """Raise ArgumentError unless a file's name ends in one of these, which are all that can be written.

    >>> check_ending(Path("step.pdf"), (".html", ".tex"))
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: output 'step.pdf' ends in '.pdf'; it must end in .html or .tex
    """
    if path.suffix.lower() not in endings:
        known = f"{', '.join(endings[:-1])} or {endings[-1]}"
        check_no_folder(path, known)
        raise ArgumentError(f"output {str(path)!r} ends in {path.suffix!r}; it must end in {known}")


def form_of(output: Path | None, form: str | None, endings: Mapping[str, str]) -> str:
    """The form in which an output is written: that asked for, or that of its ending; text on the terminal.

    Raises ArgumentError for an ending that cannot be written.

    >>> form_of(Path("step.tex"), None, {".txt": "text", ".tex": "latex"})
    'latex'
    """
    if output is None:
        return form or "text"
    check_ending(output, tuple(endings))
    return form or endings[output.suffix.lower()]


def given_of(context: typer.Context, names: Iterable[str]) -> list[str]:
    """Of the parameters of these names the options of those that were given on the command line."""
    options = {parameter.name: parameter.opts[0] for parameter in context.command.params}
    sources = {name: context.get_parameter_source(name) for name in names}
    return [options[name] for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]


def check_apart(outputs: Mapping[str, Path], inputs: Iterable[Path]) -> None:
    """Raise ArgumentError if a file to be written, given by its purpose, is one of the inputs or another output.

    Of a folder or a pattern that is an input, so is each of its files.

    >>> check_apart({"model": Path("wine.csv")}, [Path("./wine.csv")])
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: the model would overwrite the input 'wine.csv': name another file for it
    """
    files = [one for path in inputs for one in (_found(path) if is_several(path) else [path])]
    taken = {os.path.realpath(path): f"the input {str(path)!r}" for path in files}
    for purpose, path in outputs.items():
        place = os.path.realpath(path)
        if place in taken:
            raise ArgumentError(f"the {purpose} would overwrite {taken[place]}: name another file for it")
        taken[place] = f"the {purpose}"


def _found(several: Path) -> list[Path]:
    """The files of a folder or a pattern that are read."""
    from ..data.stream_arrays import found_files

    return found_files(several)


def table_needed(record: Mapping[str, Any]) -> ArgumentError:
    """The error of a command that was given a model and no table; `record` is the model's."""
    known = record.get("table")
    name = known.get("name", "TABLE") if isinstance(known, Mapping) else "TABLE"
    recipe = record.get("recipe")
    columns = recipe.get("columns") if isinstance(recipe, Mapping) else None
    if isinstance(columns, list):
        named = ", ".join(map(str, columns[:MOST_NAMED])) + (", ..." if len(columns) > MOST_NAMED else "")
        return ArgumentError(
            f"a model holds no data: give the arrays that it was fitted to as a table of the columns {named}, --table "
            "TABLE"
        )
    return ArgumentError(f"a model holds no data: give the table that it was trained on, --table {name}")


def recipe_from(model: Model) -> Callable[..., Recipe]:
    """What makes the recipe of a model's run from its record and its table: of a table, or of arrays."""
    from ..files.record import object_at

    if object_at(model.record, "recipe"):
        from ..recipes.replaying import replayed

        return replayed
    from ..tables.record import recipe_of

    return recipe_of


def targets_again(targets: Iterable[str]) -> list[str]:
    """The targets as arguments for another command.

    >>> targets_again(["water", "fat"])
    ['--target', 'water', '--target', 'fat']
    """
    return [argument for target in targets for argument in ("--target", target)]


def targets_as_data(names: Sequence[str]) -> dict[str, Any]:
    """The name of the target, or the names of several, for JSON.

    >>> targets_as_data(["fat"]), targets_as_data(["water", "fat"])
    ({'target': 'fat'}, {'targets': ['water', 'fat']})
    """
    return {"targets": list(names)} if len(names) > 1 else {"target": names[0]}


def given_again(context: typer.Context, names: Iterable[str]) -> list[str]:
    """Of the options of these names those that a command was given, as arguments for another command."""
    found: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name not in names or source is None or source.name not in ("COMMANDLINE", "DEFAULT_MAP"):
            continue
        value = context.params[name]
        for one in value if isinstance(value, list) else [value]:
            found += [parameter.opts[0]] * bool(one) if isinstance(one, bool) else [parameter.opts[0], str(one)]
    return found


def read_config(context: typer.Context, path: Path | None) -> Path | None:
    """Take the defaults of all options from a TOML file; what stands on the command line wins."""
    if path is None:
        return None
    values = read_toml(path, "name a TOML file of options")
    options = {name: option for option in context.command.params if (name := option.name) and name != "config"}
    defaults: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in options and "network" in values:
            raise ArgumentError(f"{path} is a step file, and no file of options: thalweg step {path} opens it")
        if name not in options:
            raise ArgumentError(f"{path}: {unknown('setting', key, [k.replace('_', '-') for k in options])}")
        option = options[name]
        kinds = {kind: getattr(option, kind, False) for kind in ("is_flag", "multiple")}
        defaults[name] = _as_option(f"{path}: {key}", name, value, **kinds)
    context.default_map = defaults
    return path


def _as_option(place: str, name: str, value: Any, *, is_flag: bool, multiple: bool) -> Any:
    """A TOML value as the command line would have it: a list as a text, but for options that may be repeated."""
    items = value if isinstance(value, list) else [value]
    if is_flag and not isinstance(value, bool):
        raise ArgumentError(f"{place} is {shown(value)}; it must be true or false")
    if name == "class_weight" and isinstance(value, dict):
        return _inline(place, value)
    if not is_flag and not all(isinstance(item, str | int | float) and not isinstance(item, bool) for item in items):
        raise ArgumentError(f"{place} is {shown(value)}; it must be a text, a number, or a list of these")
    if multiple:
        return [str(item) for item in items]
    if isinstance(value, list):
        return ("/" if name == "split" else ",").join(map(str, items)) or "none"
    return value if is_flag else str(value)


def _inline(place: str, table: dict[str, Any]) -> str:
    """A table of weights as an inline one."""
    import json

    entries = []
    for name, value in table.items():
        if isinstance(value, dict):
            entries.append(f"{json.dumps(name)} = {_inline(place, value)}")
        elif is_number(value):
            entries.append(f"{json.dumps(name)} = {value!r}")
        else:
            raise ArgumentError(f"{place}: {name!r} is {shown(value)}; it must be a number of at least 0")
    return f"{{{', '.join(entries)}}}"
