"""An activation and its derivative, with a point that one drags, its tangent, and where it is saturated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isfinite
from typing import Any, TypedDict, Unpack

from ..core.activations import Activation as Function
from ..core.kinds import takes_kinds
from ..errors import ArgumentError, shown, visible
from ..formulas.writer import rounded
from ..worked.notations import AnyNotation
from .activation_data import activation_said, activations_data
from .formula_data import Json
from .picture import Picture
from .picture_page import module, page, style

_ROWS = 25
"""Points that are written out for who reads the page without a program."""


class Look(TypedDict, total=False):
    """Where and how the functions are shown, as `Activation` takes it."""

    low: float
    high: float
    saturated_below: float
    notation: AnyNotation


class Activation(Picture):
    """Activations f(n) and f'(n) over the net input n: a point that one drags, or moves by keys, and its tangent.

    Where |f'| stays below `saturated_below` to an end, f is shaded as saturated. Told are the numbers of the point in
    the formulas of f and f', the outputs between which f stays, and its kinks. In a notebook one's own formula can be
    typed, and takes the place of the last one that was; what it lacks is told by the message of the parser.

    Args:
        functions: A name of `tw.activations`, a formula of x such as "x*tanh(x)", an object, or up to six of them.
        at: The net input of the point.
        low, high: From where to where it is drawn.
        saturated_below: The threshold of |f'|.
        notation: The text whose letters are written.

    Raises ArgumentError for an unknown name, for a text that is no formula, and for bounds that bound nothing.

    >>> picture = Activation(["tanh", "x/(1 + abs(x))"], at=0.5)
    >>> [function["name"] for function in picture.data["functions"]]
    ['tanh', 'x/(1 + abs(x))']
    >>> picture.to_html().count("<script")
    2
    """

    at: float
    """The net input of the point."""
    chosen: int
    """The function whose tangent is drawn."""
    formula: str
    """The one that was typed."""
    told: str
    """What it lacks."""
    live: bool
    """Whether one can be typed."""
    _esm = module("activation")
    _css = style("activation")

    @takes_kinds
    def __init__(
        self,
        functions: str | Function | Sequence[str | Function] = "sigmoid",
        *,
        at: float = 1.0,
        low: float = -6.0,
        high: float = 6.0,
        saturated_below: float = 0.05,
        notation: AnyNotation = "nnd",
    ) -> None:
        several = list(functions) if isinstance(functions, list | tuple) else [functions]
        self._functions: list[Function] = [activation_said(one) for one in several]  # pyright: ignore[reportArgumentType]
        self._own: int | None = None
        self._look: dict[str, Any] = {
            "low": float(low), "high": float(high), "saturated_below": float(saturated_below), "notation": notation,
        }  # fmt: skip
        data = activations_data(self._functions, **self._look)
        super().__init__(data, at=_within(at, data), chosen=0, formula="", told="", live=True)
        if hasattr(self, "observe"):
            self.observe(lambda _: self._typed(), names="formula")

    def show(self, functions: Sequence[str | Function], **look: Unpack[Look]) -> None:
        """Show other functions, and `low`, `high`, `saturated_below` or `notation` where they are given.

        Raises ArgumentError, and shows what was there, for what cannot be shown.
        """
        made = [activation_said(one) for one in functions]
        wanted = {**self._look, **look}
        data = activations_data(made, **wanted)
        self._functions, self._look, self._own = made, wanted, None
        self.chosen = min(self.chosen, len(made) - 1)
        self.at = _within(self.at, data)
        self.data = data

    def _typed(self) -> None:
        """Show the formula that was typed, in the place of the one before it."""
        if not self.formula.strip():
            self.told = ""
            return
        try:
            own = activation_said(self.formula)
            place = len(self._functions) if self._own is None else self._own
            functions = [*self._functions[:place], own, *self._functions[place + 1 :]]
            data = activations_data(functions, **self._look)
        except ArgumentError as error:
            self.told = str(error)
            return
        self._functions, self._own = functions, place
        self.told = ""
        self.data = data
        self.chosen = place

    def to_html(self) -> str:
        """The picture as one HTML page, as it stands now: it loads nothing and needs no server."""
        values = {"data": self.data, "at": self.at, "chosen": self.chosen}
        names = ", ".join(function["name"] for function in self.data["functions"])
        return page("activation", values, f"Activation: {names}", _as_read(self.data))


def _within(at: float, data: Mapping[str, Json]) -> float:
    if not isfinite(at):
        raise ArgumentError(f"at is {shown(at)}; it must be a finite number")
    return float(min(data["high"], max(data["low"], at)))


def _as_read(data: Mapping[str, Json]) -> str:
    """The curves as tables, for who reads the page without a program."""
    return "\n".join(_table(function, data) for function in data["functions"])


def _table(function: Mapping[str, Json], data: Mapping[str, Json]) -> str:
    points = len(function["a"])
    every = max(1, (points - 1) // (_ROWS - 1))
    width = data["high"] - data["low"]
    rows = "".join(
        f"<tr><td>{rounded(data['low'] + width * k / (points - 1), 4)}</td><td>{_number(function['a'][k])}</td>"
        f"<td>{_number(function['slope'][k])}</td></tr>"
        for k in range(0, points, every)
    )
    return (
        f"<table><caption>{escape(visible(function['name']))}</caption><thead><tr><th>n</th><th>f(n)</th>"
        f"<th>f′(n)</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _number(value: float | None) -> str:
    return "not finite" if value is None else rounded(value, 5)
