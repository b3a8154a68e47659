"""Arguments of a wrong kind or size, refused where they come in: numbers by bounds, others by what a signature says."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, TypeAlias, TypeGuard, TypeVar

from ..errors import ArgumentError, shown
from .arrays import number_array, table_array

Function = TypeVar("Function", bound=Callable[..., Any])


Kinds: TypeAlias = dict[str, Callable[[Any], bool]]
"""The alternatives of an annotation: each in words, with whether a value is one."""

_CLASSES = (
    "ActivationCurve", "Axes", "CurvatureSpectrum", "DataFrame", "ErrorAlongDirection", "ErrorAlongWeight", "Figure",
    "Fitted", "FlowHistory", "GradientFlow", "History", "LossCurve", "Model", "Network", "RangeTest", "RatesGrid",
    "Run", "Settings", "StepFile", "Surface", "WorkedStep",
)  # fmt: skip
"""Classes whose objects alone will do; other words say nothing here: parts that have names are looked up by them."""


_LARGEST = 2**63 - 1
"""What an array can count to."""
_LARGEST_EXPONENT = 1023
"""Of a float: whole numbers of more bits are none."""
_SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def takes_kinds(function: Function) -> Function:
    """Let a function refuse arguments that are not of the kinds that its annotations say; raises ArgumentError.

    Numbers, texts, truth values, functions, sequences, arrays and objects of a class are told from each other; what is
    in them is the function's to check.

    >>> @takes_kinds
    ... def repeat(text: str, times: int | None = None) -> str:
    ...     return text * (times or 1)
    >>> repeat("a", times="b")
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: times is 'b'; it must be a whole number or None
    """
    signature = inspect.signature(function)
    told = {name: parameter for name, parameter in signature.parameters.items() if parameter.kind not in _SEVERAL}

    @functools.wraps(function)
    def checked(*arguments: Any, **named: Any) -> Any:
        try:
            given = signature.bind(*arguments, **named).arguments
        except TypeError:
            given = {}  # the call itself says which are missing
        for name, value in given.items():
            if name in told and value is not told[name].default:
                check_kind(name, value, str(told[name].annotation))
        return function(*arguments, **named)

    return checked  # pyright: ignore[reportReturnType]


def check_kind(name: str, value: object, annotation: str) -> None:
    """Raise ArgumentError, or DataError of an array, for a value that is none of what an annotation says."""
    kinds = _kinds(annotation)
    if _is_one(value, kinds):
        return
    of_arrays = next((check for words, check in _ARRAYS.items() if words in kinds), None)
    if of_arrays is not None and not isinstance(value, str | bytes) and value is not None:
        of_arrays(name, value)
    *others, last = kinds
    told = f"{', '.join(others)} or {last}" if others else last
    shape = getattr(value, "shape", None)
    single = ", without a dimension" if of_arrays is not None and isinstance(shape, tuple) and not shape else ""
    raise ArgumentError(f"{name} is {shown(value)}{single}; it must be {told}")


def check_fields(part: Any, *, finite: bool = False, label: str | None = None) -> None:
    """Raise ArgumentError for a field of a dataclass whose value is not of the kind that its annotation says.

    `label` is what the part is called, if not as its class.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Part:
    ...     slope: "float" = 0.1
    >>> check_fields(Part(slope=None))
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: Part: slope is None; it must be a number
    """
    owner = type(part)
    label = label or owner.__name__
    for name, annotation in _checked_fields(owner):
        value = getattr(part, name)
        if not _is_one(value, _kinds(annotation)):
            check_kind(f"{label}: {name}", value, annotation)
        if finite and isinstance(value, Real) and not math.isfinite(as_number(value) or 0.0):
            raise ArgumentError(f"{label}: {name} is {shown(value)}; it must be a finite number")


def settings(part: Any) -> dict[str, float]:
    """The numbers of an activation or a loss: its fields, and the constants of its class.

    >>> from thalweg.core.activations import SELU, LeakyReLU
    >>> settings(LeakyReLU(slope=0.1)), list(settings(SELU()))
    ({'slope': 0.1}, ['alpha', 'scale'])
    """
    names = [name for kind in reversed(type(part).__mro__) for name in vars(kind) if not name.startswith("_")]
    values = {name: getattr(part, name) for name in dict.fromkeys([*names, *vars(part)])}
    return {
        name: float(value) for name, value in values.items() if isinstance(value, Real) and not isinstance(value, bool)
    }


@functools.cache
def _checked_fields(owner: type) -> tuple[tuple[str, str], ...]:
    """The fields whose annotations say a kind."""
    return tuple((field.name, str(field.type)) for field in dataclasses.fields(owner) if _kinds(str(field.type)))


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a real number, of Python or of any array library; True and False are none.

    >>> import numpy as np
    >>> is_number(0.5), is_number(np.float32(1)), is_number(np.array(2.0)), is_number(True), is_number("1")
    (True, True, True, False, False)
    """
    if isinstance(value, Real):
        return not isinstance(value, bool) and not (isinstance(value, int) and value.bit_length() > _LARGEST_EXPONENT)
    return getattr(value, "ndim", None) == 0 and getattr(getattr(value, "dtype", None), "kind", "f") in "iuf"


def is_finite_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number, and not infinite, NaN or too large for a float.

    >>> is_finite_number(2), is_finite_number(float("nan")), is_finite_number(10**400), is_finite_number(True)
    (True, False, False, False)
    """
    return is_number(value) and math.isfinite(float(value))


def is_count(value: Any, low: int = 1, high: int | None = None) -> TypeGuard[int]:
    """Whether a value is a whole number, of Python or NumPy, from `low` to `high`; True and False are none.

    >>> is_count(3), is_count(0), is_count(True), is_count(2.0), is_count(7, 0, 5)
    (True, False, False, False, False)
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return whole and low <= int(value) and (high is None or int(value) <= high)


def check_count(name: str, value: Any, low: int = 1, high: int | None = None) -> int:
    """A whole number from `low` to `high`; raises ArgumentError otherwise.

    >>> check_count("bins", 0, 1, 100)
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: bins is 0; it must be a whole number from 1 to 100
    """
    if not is_count(value, low, _LARGEST if high is None else high):
        told = f"of at least {low}" if not is_count(value, low) else f"of at least {low} and below 2⁶³"
        bounds = told if high is None else f"from {low} to {high}"
        raise ArgumentError(f"{name} is {shown(value)}; it must be a whole number {bounds}")
    return int(value)


def check_number(name: str, value: Any, *, at_least: float = 0.0) -> float:
    """A finite number of at least a bound; raises ArgumentError otherwise.

    >>> check_number("l2", -1.0)
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: l2 is -1.0; it must be a finite number of at least 0
    """
    number = as_number(value)
    if number is None:
        raise ArgumentError(f"{name} is {shown(value)}; it must be a number")
    if not (math.isfinite(number) and number >= at_least):
        raise ArgumentError(f"{name} is {shown(value)}; it must be a finite number of at least {at_least:g}")
    return number


def as_number(value: Any) -> float | None:
    """A value as a float, infinite if it is too large for one; None for what is no real number.

    >>> as_number(2), as_number(10**400), as_number("x"), as_number([0.5])
    (2.0, inf, None, None)
    """
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        return None


def is_truth(value: object) -> bool:
    """Whether a value is true or false, of Python or NumPy."""
    return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")


def _is_sequence(value: object) -> bool:
    """Whether a value is a list, a tuple or the like, or an array or a column of one dimension."""
    if isinstance(value, Sequence):
        return not isinstance(value, str | bytes)
    shape = getattr(value, "shape", None)
    return isinstance(shape, tuple) and len(shape) == 1 and hasattr(value, "__len__")


def _is_one(value: object, kinds: Kinds) -> bool:
    """Whether a value is of one of the kinds; anything is, if there are none."""
    return not kinds or any(holds(value) for holds in kinds.values())


def _sequence_of(inside: str) -> Kinds:
    """A list whose items are of a kind, all alike (`int, ...`), or one of each (`str, str`)."""
    parts = [part.strip() for part in _split(inside, ",")]
    alike = len(parts) == 1 or parts[1:] == ["..."]
    kinds = [_kinds(part) for part in (parts[:1] if alike else parts)]

    def holds(value: Any) -> bool:
        if not _is_sequence(value) or (not alike and len(value) != len(kinds)):
            return False
        return all(_is_one(item, kinds[0] if alike else kinds[place]) for place, item in enumerate(value))

    words = [" or ".join(found) or "anything" for found in kinds]
    told = (
        f"a list of {words[0].removeprefix('a ')}s"
        if alike and kinds[0]
        else f"a list of {len(kinds)}: {', '.join(words)}"
    )
    return {"a list" if alike and not kinds[0] else told: holds}


def _is_array(check: Callable[[str, Any], Any]) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:
        if isinstance(value, str | bytes | Mapping) or value is None:
            return False
        try:
            return check("", value).ndim > 0
        except ValueError:
            return False

    return holds


_PLAIN: dict[str, Kinds] = {
    "None": {"None": lambda value: value is None},
    "str": {"a text": lambda value: isinstance(value, str)},
    "bool": {"true or false": is_truth},
    "int": {"a whole number": lambda value: isinstance(value, Integral) and not isinstance(value, bool)},
    "float": {"a number": is_number},
    "Callable": {"a function": lambda value: callable(value) and not isinstance(value, type)},
    "Mapping": {"a dict": lambda value: isinstance(value, Mapping)},
    "Numbers": {"an array of numbers": _is_array(number_array)},
    "ArrayLike": {"an array": _is_array(table_array)},
}
_ARRAYS = {"an array of numbers": number_array, "an array": table_array}
_SPELLED = {
    "np.ndarray": "Numbers",
    "Array": "Numbers",
    "Float": "Numbers",
    "dict": "Mapping",
    "Literal": "str",
}


_FRAME: Kinds = {
    "a polars DataFrame, such as tw.read_table or pl.from_pandas give": lambda value: (
        any(kind.__module__.startswith("polars") for kind in type(value).__mro__[:-1]) and hasattr(value, "columns")
    )
}


@functools.cache
def _kinds(annotation: str) -> Kinds:
    """The kinds of an annotation's alternatives; none if one of them is anything."""
    found: Kinds = {}
    for word, inside in _alternatives(annotation):
        several = (
            word in ("Sequence", "tuple", "list", "Iterable") and "float" not in inside and "Sequence[" not in inside
        )
        if several or (word, inside) == ("tuple", "float, ..."):
            found |= _sequence_of(inside)
            continue
        if word == "tuple":  # of numbers: a range, whose check says more
            return {}
        spelled = "Numbers" if word == "Sequence" else _SPELLED.get(word, word)
        name = word.rpartition(".")[2]
        if spelled not in _PLAIN and name not in _CLASSES:
            return {}
        found |= _FRAME if word == "pl.DataFrame" else _PLAIN.get(spelled) or _instance_of(name)
    return found


def _instance_of(name: str) -> Kinds:
    """An object of a class, told by the class's name, so that it need not be imported."""
    article = "an" if name[0] in "AEIOU" else "a"
    return {f"{article} {name}": lambda value: any(kind.__name__ == name for kind in type(value).__mro__)}


def _alternatives(annotation: str) -> Iterator[tuple[str, str]]:
    """The words on either side of each | outside of brackets, with what stands in their brackets.

    >>> list(_alternatives("Sequence[int | float] | None"))
    [('Sequence', 'int | float'), ('None', '')]
    """
    for part in _split(annotation.replace("'", "").replace('"', ""), "|"):
        word, _, inside = part.strip().partition("[")
        yield word, inside[:-1]


def _split(text: str, at: str) -> Iterator[str]:
    """The parts of a text between the marks that stand outside of brackets."""
    depth, start = 0, 0
    for place, character in enumerate(text + at):
        depth += (character == "[") - (character == "]")
        if character == at and depth == 0:
            yield text[start:place]
            start = place + 1
