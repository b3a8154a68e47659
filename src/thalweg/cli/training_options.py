"""The options of a table, a network and a training that several commands have: those of `Settings`."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Collection
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from ..errors import ArgumentError
from ..tables.settings import Settings
from .options import batch_size, choice, class_weight, numbers, one_of, sizes

Table = Annotated[
    Path,
    typer.Argument(
        help="The table: .csv, .tsv, .parquet, .arrow, .json, .npz, .mat or .xlsx; a folder, or a pattern in quotes, "
        "of files of one; - is the standard input."
    ),
]
Target = Annotated[
    list[str],
    typer.Option(
        help="The column to predict; repeated for several, all measured or all of two classes.", rich_help_panel="Table"
    ),
]
Sheet = Annotated[str | None, typer.Option(help="The sheet of a workbook, if it has several.", rich_help_panel="Table")]
MaxSize = Annotated[
    str | None,
    typer.Option(
        help="What a table may unpack to, such as 8GiB; 512MiB, or 20 times the file, if left out.",
        rich_help_panel="Table",
    ),
]
Member = Annotated[int | None, typer.Option(help="Of a model of several networks this one, counted from 1.")]
MaxParameters = Annotated[
    int | None, typer.Option(help="A step file's network of more is refused; 1,000,000 if left out.")
]
Validation = Annotated[Path | None, typer.Option(help="A table for the validation part.", rich_help_panel="Table")]

OF_A_RUN = (
    "learning_rate", "momentum", "final_momentum", "schedule", "patience", "goal", "min_gradient", "max_seconds",
    "engine", "devices", "folds", "members", "best", "record",
)  # fmt: skip
"""The settings that a comparison of learning rates has not."""
SHARED = (
    "validation",
    "sheet",
    "max_size",
    *(option.name for option in dataclasses.fields(Settings) if option.name not in (*OF_A_RUN, "optimizer", "epochs")),
)
"""The options that `train` and `rates` have in common."""

_OBJECTS: tuple[str, ...] = ("PrioritySampling", "GivenOrder", "Callback", "GradientTransformation", "MultiSteps")
"""Classes whose objects a command line cannot give; they are imported for type checkers alone."""
_PANELS = ("Table", "Several networks", "Network", "Training")
_LAST = (
    "batch_size",
    "epochs",
    "patience",
    "goal",
    "min_gradient",
    "max_seconds",
    "order",
    "seed",
    "dtype",
    "engine",
    "devices",
    "record",
)
"""The settings that stand behind those of the rule."""


def _listed(value: Any) -> str:
    """One for all layers, or one for each, as text."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


_AS_TEXT: dict[str, tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]] = {
    **dict.fromkeys(
        ("ignore", "text"), (list[str] | None, lambda names: names or None, lambda names: tuple(names or ()))
    ),
    "class_weight": (str | None, lambda weights: weights, lambda text: None if text is None else class_weight(text)),
    "hidden": (str, lambda hidden: ",".join(map(str, hidden)), sizes),
    "activation": (str, _listed, lambda text: _names(text) if "," in text else text),
    "dropout": (str, _listed, lambda text: tuple(found) if len(found := numbers(text, "--dropout")) > 1 else found[0]),
    "record": (str | None, lambda names: ",".join(names) or None, lambda text: text or ()),
    "batch_size": (str | None, lambda size: size, lambda text: None if text is None else batch_size(text)),
    "devices": (str | None, lambda count: count, lambda text: int(text) if text and text.isdecimal() else text),
}
"""The settings that are written otherwise: the type on the command line, the default there, and how it is read."""


def reading(settings: Settings, sheet: str | None, max_size: str | None) -> dict[str, Any]:
    """The arguments of `open_table` that the options of a command make."""
    return {"header": not settings.no_header, **opening(sheet, max_size)}


def opening(sheet: str | None, max_size: str | None) -> dict[str, Any]:
    """Those of them that every command which reads a table has."""
    from ..data.limits import parse_size

    return {"sheet": sheet, "largest": None if max_size is None else parse_size(max_size)}


def refuse_given(file: Path, of_models: dict[str, Any], of_step_files: dict[str, Any]) -> None:
    """Raise ArgumentError for an option that was given and is of the other kind of file."""
    is_step_file = file.suffix.lower() == ".toml"
    for name, value in (of_models if is_step_file else of_step_files).items():
        if value is not None and is_step_file:
            raise ArgumentError(f"{name} goes with a model file; {file.name} is a step file: leave it out")
        if value is not None:
            raise ArgumentError(f"{name} goes with a step file; {file.name} is a model file: leave it out")


def takes_settings(
    leave_out: Collection[str] = (), **changes: dict[str, Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command of `settings` an option for each of them; `changes` are to the default and words of some.

    The options stand in the place of `settings`, with the help, the choices and the panel that `Settings` tells.
    """
    hints = get_type_hints(Settings, localns=dict.fromkeys(_OBJECTS, object))
    options = [option for option in dataclasses.fields(Settings) if option.name not in leave_out]
    options.sort(key=lambda option: (_PANELS.index(option.metadata["panel"]), option.name in _LAST))
    parameters = [_parameter(option, hints[option.name], changes.get(option.name, {})) for option in options]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(command, eval_str=True).parameters.values())
        at = next(number for number, parameter in enumerate(own) if parameter.name == "settings")
        keyword = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in own]

        @functools.wraps(command)
        def wrapper(**given: Any) -> None:
            found = {option.name: given.pop(option.name) for option in options}
            for name, (_, _, read) in _AS_TEXT.items():
                if name in found:
                    found[name] = read(found[name])
            command(settings=Settings(**found), **given)

        signature = inspect.Signature([*keyword[:at], *parameters, *keyword[at + 1 :]])
        wrapper.__signature__ = signature  # pyright: ignore[reportAttributeAccessIssue]
        return wrapper

    return decorate


def _parameter(option: dataclasses.Field[Any], hint: Any, changes: dict[str, Any]) -> Parameter:
    """A setting as a parameter of a command."""
    told = {**option.metadata, "default": option.default, **changes}
    default, words, choices = told["default"], told["help"], told["choices"]
    more: dict[str, Any] = {"rich_help_panel": told["panel"]}
    if choices is not None:
        hint = str if default is not None else str | None
        words = f"{words} {one_of(choices)}"
        several = "tuple" in str(option.type) or "Sequence" in str(option.type)
        more |= choice(told["kind"] or option.name, choices, several=several)
    if option.name in _AS_TEXT:
        hint, written, _ = _AS_TEXT[option.name]
        default = written(default)
    flag = (f"--{option.name.replace('_', '-')}",) if hint is bool else ()
    annotation = Annotated[hint, typer.Option(*flag, help=words, **more)]
    return Parameter(option.name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
