"""Functions that take the options of a training, by name, with their defaults and their documentation."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import textwrap
from collections.abc import Callable, Collection, Mapping
from inspect import Parameter
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, overload

from ..core.arrays import Array
from ..core.network import Network
from .options import TrainingOptions

if TYPE_CHECKING:
    from .blocks import Blocks

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
_Out_co = TypeVar("_Out_co", covariant=True)
_PLACE = "{options}"
_WIDTH = 120


def takes_options(
    only: Collection[str] | None = None, leave_out: Collection[str] = (), **defaults: Any
) -> Callable[[Callable[..., _Result]], Callable[..., _Result]]:
    """Let a function of `**options` take those of `TrainingOptions`, or some of them, by name and with their defaults.

    Options that a training takes by position come after the function's own such arguments. The place {options} in the
    docstring is filled with what the options say of themselves. `defaults` are other ones than the options'. Calls give
    the function all options that were given, or have other defaults.

    >>> @takes_options(only=["loss", "seed"], seed=7)
    ... def show(net, **options):
    ...     return options
    >>> import inspect
    >>> show("a network", "mse"), str(inspect.signature(show)).replace("'", "")
    ({'seed': 7, 'loss': 'mse'}, '(net, loss: str | Loss | None = None, *, seed: int = 7)')
    """

    def decorate(function: Callable[..., _Result]) -> Callable[..., _Result]:
        options = [
            option
            for option in dataclasses.fields(TrainingOptions)
            if (only is None or option.name in only) and option.name not in leave_out
        ]
        own = inspect.signature(function)
        added = [
            Parameter(
                option.name,
                Parameter.KEYWORD_ONLY if option.kw_only else Parameter.POSITIONAL_OR_KEYWORD,
                default=defaults.get(option.name, option.default),
                annotation=option.type,
            )
            for option in options
        ]
        parameters = [parameter for parameter in own.parameters.values() if parameter.kind is not Parameter.VAR_KEYWORD]
        signature = own.replace(parameters=sorted(parameters + added, key=lambda parameter: parameter.kind))

        @functools.wraps(function)
        def wrapper(*arguments: Any, **named: Any) -> _Result:
            try:
                bound = signature.bind(*arguments, **named)
            except TypeError as error:
                raise TypeError(f"{function.__name__}() {error}") from None
            return function(**{**defaults, **bound.arguments})

        wrapper.__signature__ = signature  # pyright: ignore[reportAttributeAccessIssue]
        if function.__doc__:
            wrapper.__doc__ = _filled(function.__doc__, options)
        return wrapper

    return decorate


class OnExamples(Protocol[_Given, _Out_co]):
    """A function of a network, of examples as arrays or as blocks, and of options."""

    @overload
    def __call__(
        self, net: Network, P: Array | Mapping[str, Array], T: Array, /, *args: _Given.args, **options: _Given.kwargs
    ) -> _Out_co: ...
    @overload
    def __call__(self, net: Network, P: Blocks, /, *args: _Given.args, **options: _Given.kwargs) -> _Out_co: ...


def takes_all_options(
    options: Callable[_Given, TrainingOptions],
) -> Callable[[Callable[..., _Result]], OnExamples[_Given, _Result]]:
    """`takes_options` of a network and examples, in such a way that type checkers know the types of all options."""
    return takes_options()


def _filled(doc: str, options: Collection[dataclasses.Field[Any]]) -> str:
    """The docstring with a line, or some, for each option in the place of {options}."""
    lines = []
    for line in doc.split("\n"):
        if line.strip() != _PLACE:
            lines.append(line)
            continue
        indent = line[: -len(_PLACE)]
        for option in options:
            text = f"{option.name}: {option.metadata['doc']}"
            lines += textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}    ")
    return "\n".join(lines)
