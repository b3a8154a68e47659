"""Activations with their derivatives as plain data for a picture: what is drawn, and the formulas of any point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.activations import ACTIVATIONS, Activation, Elementwise, Formula, Softmax
from ..core.activations.steps import Step
from ..core.kinds import settings
from ..errors import ArgumentError, shown, unknown
from ..formulas.evaluation import evaluate
from ..formulas.expression import Expression, Symbol
from ..formulas.paper import LETTERS, on_paper
from ..formulas.parsing import parse
from ..formulas.stable import stabilised
from ..plots.activation_curves import activation_curve, saturated_stretches
from ..plots.activation_facts import bends, check_bounds, output_range, slopes_of
from ..worked.notations import AnyNotation, notation_named
from .formula_data import Json, encode, finite

if TYPE_CHECKING:
    import numpy as np

MOST = 6
"""Functions that are told apart in one picture."""
POINTS = 601
_DIGITS = 7
"""Of what is only drawn."""
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_SOFTMAX = "exp(n)/(exp(n) + exp(0) + exp(0))", "a*(1 - a)"
"""Of the first of three net inputs, the others being 0."""
_COMPANIONS = "softmax is of a whole layer: here of three net inputs, of which the first is moved and the others are 0"
_STEEP = 1e6


def activation_said(what: str | Activation) -> Activation:
    """The activation that a name, a formula or an object says; raises ArgumentError for what is none.

    >>> activation_said("tanh"), activation_said("x*tanh(x)")
    (Tanh(), Formula(formula='x*tanh(x)'))
    """
    if isinstance(what, Activation):
        return what
    if not isinstance(what, str):
        raise ArgumentError(f"activation must be a name, a formula or an object, not {type(what).__name__}")
    name = what.strip()
    if name in ACTIVATIONS:
        return ACTIVATIONS.get(name)
    if _WORD.fullmatch(name) and name not in ("x", "n"):
        told = unknown("activation", name, ACTIVATIONS, also=ACTIVATIONS.also)
        raise ArgumentError(f"{told}; or a formula, such as x*tanh(x)")
    return Formula(what)


def activations_data(
    functions: Sequence[Activation],
    *,
    low: float = -6.0,
    high: float = 6.0,
    saturated_below: float = 0.05,
    notation: AnyNotation = "nnd",
) -> dict[str, Json]:
    """What the picture reads, but for the point: each function's curves, formulas, kinks, outputs, level stretches.

    Raises ArgumentError for bounds that bound nothing, a threshold that is none, and too many functions.
    """
    check_bounds(low, high)
    if not 0 < saturated_below < 1e6:
        raise ArgumentError(f"saturated_below is {shown(saturated_below)}; it must be a number above 0")
    if not 1 <= len(functions) <= MOST:
        raise ArgumentError(f"{len(functions)} functions are too many: 1 to {MOST} are told apart in one picture")
    letters = letters_of(notation)
    told = [_function(function, low, high, saturated_below, letters) for function in functions]
    return {
        "low": finite(low),
        "high": finite(high),
        "saturated_below": finite(saturated_below),
        "letters": {name: encode(letter, None) for name, letter in letters.items()},
        "views": [_view(told, "a", low, high), _view(told, "slope", low, high)],
        "functions": told,
    }


def letters_of(notation: AnyNotation) -> dict[str, Symbol]:
    """How a text writes a net input, an output and the function of a hidden layer, without their indices.

    >>> [letter.base for letter in letters_of("nielsen").values()]
    ['z', 'a', 'σ']
    """
    from ..core.network import mlp

    text = notation_named(notation)(mlp(1, 1, 1))
    found = {"n": text.net_input("layer1", 0), "a": text.output("layer1", 0), "f": text.function("layer1")}
    return {name: Symbol(letter.base, (), (), letter.mark) for name, letter in found.items()}


def title_of(function: Activation) -> str:
    """The activation's name with its settings, or its formula.

    >>> title_of(ACTIVATIONS.build({"name": "elu", "alpha": 0.5})), title_of(Formula("x**2"))
    ('elu (alpha 0.5)', 'x**2')
    """
    if isinstance(function, Formula):
        return function.formula.strip()
    if not ACTIVATIONS.has(function):
        return type(function).__name__
    described = ACTIVATIONS.describe(function)
    name = described.pop("name")
    told = ", ".join(f"{key} {value:g}" for key, value in described.items())
    return f"{name} ({told})" if told else name


def _function(
    function: Activation, low: float, high: float, threshold: float, letters: dict[str, Symbol]
) -> dict[str, Json]:
    import numpy as np

    n = np.linspace(low, high, POINTS)
    a, slope = slopes_of(function, n)
    said = _formulas(function, n, a, slope)
    stays = output_range(function)
    known = {} if isinstance(function, Step) else settings(function)
    papers = {**LETTERS, **{name: letters[name] for name in ("n", "a")}}
    notes = _notes(function)
    return {
        "name": title_of(function),
        "a": _rounded(a),
        "slope": _rounded(slope),
        "settings": [[name, encode(on_paper(Symbol(name), papers), None), value] for name, value in known.items()],
        "formulas": None
        if said is None
        else [
            {"shown": encode(on_paper(formula, papers), None), "safe": encode(stabilised(formula), None)}
            for formula in said
        ],
        "stretches": [[finite(first), finite(last)] for first, last in _level(function, low, high, threshold)],
        "bends": [
            {"at": finite(one.at), "left": _bounded(one.left), "right": _bounded(one.right), "jumps": one.jumps}
            for one in bends(function, low, high)
        ],
        "outputs": [None if end is None else finite(end) for end in (stays.low, stays.high)],
        "outputs_said": stays.said,
        "notes": notes,
    }


def _formulas(
    function: Activation, n: np.ndarray, a: np.ndarray, slope: np.ndarray
) -> tuple[Expression, Expression] | None:
    """f by n, and f' by n and a, as the activation says them; None where what it says is not what it computes."""
    if isinstance(function, Softmax):
        texts = _SOFTMAX
    elif isinstance(function, Step):
        texts = function.value_text, "0"
    elif isinstance(function, Elementwise):
        texts = function.value_text, function.derivative_text
    else:
        return None
    if not all(texts):
        return None
    known = {} if isinstance(function, Step) else settings(function)
    value, derivative = (parse(text, ("n", "a", *known)) for text in texts)
    for k in range(0, len(n), 20):
        if not (abs(a[k]) < _STEEP and abs(slope[k]) < _STEEP):
            continue
        at = {"n": float(n[k]), **known}
        found = evaluate(stabilised(value), at)
        if not _same(found, a[k]) or not _same(evaluate(stabilised(derivative), {**at, "a": found}), slope[k]):
            return None
    return value, derivative


def _same(found: float, right: float) -> bool:
    return abs(found - right) <= 1e-9 * (1.0 + abs(right))


def _level(function: Activation, low: float, high: float, threshold: float) -> list[tuple[float, float]]:
    """Where it is saturated within the bounds; it is looked at beyond them too."""
    import numpy as np

    if isinstance(function, Step):
        return []
    wide = np.linspace(2 * low - high, 2 * high - low, 3 * POINTS)
    with np.errstate(all="ignore"):
        found = saturated_stretches(activation_curve(function, wide), threshold)
    ends = [(max(first, low), min(last, high)) for first, last in found]
    return [(first, last) for first, last in ends if first < last]


def _notes(function: Activation) -> list[str]:
    if isinstance(function, Softmax):
        return [_COMPANIONS]
    try:
        function.check_trainable()
    except ArgumentError as error:
        return [f"It is no function to train with: {error}"]
    return []


def _view(told: Sequence[dict[str, Json]], name: str, low: float, high: float) -> list[Json]:
    """From where to where the outputs, or slopes, are shown: all of them, unless they grow far beyond the width."""
    room = (high - low) / 3.0
    ends: list[float] = [0.0]
    for one in told:
        known = [value for value in one[name] if value is not None]
        if not known:
            continue
        first, last = float(min(known)), float(max(known))
        bounded = name == "a" and None not in one["outputs"]
        if not bounded and last - first > 2 * room:
            middle = float(one[name][POINTS // 2] or 0.0)
            first, last = max(first, middle - room), min(last, middle + room)
        ends += [first, last]
    margin = 0.08 * (max(ends) - min(ends)) or 0.5
    return [finite(min(ends) - margin), finite(max(ends) + margin)]


def _bounded(value: float) -> Json:
    """None of a value beside a pole."""
    return finite(value) if abs(value) < _STEEP else None


def _rounded(values: np.ndarray) -> list[Any]:
    return [float(f"{value:.{_DIGITS}g}") if abs(value) < _STEEP else None for value in values.tolist()]
