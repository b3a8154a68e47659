"""An activation from a user's formula: its derivatives are derived, checked by differences, and trained with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal, NamedTuple

from ...errors import ArgumentError
from ..arrays import Array, namespace
from .plain import ACTIVATIONS, Elementwise


@ACTIVATIONS.register("formula")
@dataclass(frozen=True)
class Formula(Elementwise):
    """a = f(n) as a formula of x (or n) says; f' and f'' by the rules of differentiation. By default Mish (Misra 2020).

    A formula has numbers, + - * / **, e, pi, `u if x > 0 else v`, and exp, log, sqrt, abs, sign, tanh, sinh, cosh,
    sin, cos, tan, atan, asinh, erf, sigmoid, softplus, relu, max, min. A kink is allowed: there f' is 0 for abs, and
    for max, min and conditions it is that of the part which is taken where the comparison does not hold, so that
    relu(x) has 0 at 0 (AIFH 6.9); f'' is 0 where there is none. ln(1 + eᵘ), 1/(1 + eᵘ), eᵘ/(1 + eᵘ) and tanh spelt out
    are computed without overflow; other exponentials may overflow for large net inputs. Training asks more of it
    (`check_trainable`). Raises ArgumentError for any other formula, in one line that names the place, and for one whose
    derivatives have more than 20,000 parts.

    >>> import numpy as np
    >>> Formula("max(x, 0)**2").derivative(np.array([-1.0, 0.0, 3.0]))
    array([0., 0., 6.])
    """

    formula: str = "x*tanh(log(1 + exp(x)))"
    reads: ClassVar[Literal["net_input", "output"]] = "net_input"

    def __post_init__(self) -> None:
        if not isinstance(self.formula, str):
            raise ArgumentError(f"a formula is a text such as 'x*tanh(x)', not {type(self.formula).__name__}")
        _functions(self.formula)

    @property
    def value_text(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - the class's or the object's
        """The formula, by n."""
        return _texts(self.formula)[0]

    @property
    def derivative_text(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Its derivative, by n."""
        return _texts(self.formula)[1]

    def check_trainable(self) -> None:
        """Raise ArgumentError unless f and f' are finite from -20 to 20, and f does not jump there."""
        _check(self.formula)

    def check_net_inputs(self, n: Array, where: str) -> None:
        """Raise ArgumentError unless f and f' are finite at these net inputs, which are those of `where`."""
        from ...formulas.parsing import parse
        from .formula_check import check_at, check_variable

        functions = _functions(self.formula)
        variable = check_variable(parse(self.formula)).base
        check_at(
            self.formula,
            n,
            functions.value(n),
            functions.slope(n),
            f"{variable} = {{:.6g}}, {where.replace('{', '{{').replace('}', '}}')}",
        )

    def __call__(self, n: Array) -> Array:
        """f(n)."""
        return _functions(self.formula).value(n)

    def derivative(self, x: Array) -> Array:
        """f'(n), from the net input."""
        return _functions(self.formula).slope(x)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """f''(n), and 0 where there is none."""
        found = _functions(self.formula).curvature(n)
        xp = namespace(found)
        return xp.where(xp.isfinite(found), found, xp.zeros_like(found))


def activation_from_formula(formula: str) -> Formula:
    """The activation a = f(n) of a formula such as "x*tanh(log(1+exp(x)))", which can be trained with and saved.

    f' and f'' are derived by the rules of differentiation, and f' is compared with central differences from -20 to 20.
    The formula's variable is x or n. Raises ArgumentError, in one line that names the place, for a text that is no
    formula (see `Formula`), and for one that is not finite or not differentiable there.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(2, 3, 1, hidden=tw.activation_from_formula("x/(1 + abs(x))"))
    >>> net.layers[0].activation(np.array([-1.0, 3.0]))
    array([-0.5 ,  0.75])
    """
    activation = Formula(formula)
    activation.check_trainable()
    return activation


class _Functions(NamedTuple):
    """f, f' and f'' over arrays."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    curvature: Callable[[Array], Array]


@lru_cache(maxsize=1024)
def _functions(formula: str) -> _Functions:
    """What a formula stands for."""
    from ...formulas.collecting import collect
    from ...formulas.differentiation import differentiate
    from ...formulas.parsing import parse
    from ...formulas.program import compiled
    from ...formulas.stable import stabilised
    from .formula_check import check_variable

    expression = stabilised(parse(formula))
    variable = check_variable(expression)
    slope = stabilised(collect(differentiate(expression, variable)))
    curvature = stabilised(collect(differentiate(slope, variable)))
    return _Functions(compiled(expression), compiled(slope), compiled(curvature))


@lru_cache(maxsize=1024)
def _check(formula: str) -> None:
    """Refuse a formula that cannot be trained with; remembered if it can."""
    from ...formulas.parsing import parse
    from .formula_check import check_activation, check_variable

    functions = _functions(formula)
    check_activation(formula, functions.value, functions.slope, check_variable(parse(formula)).base)


@lru_cache(maxsize=64)
def _texts(formula: str) -> tuple[str, str]:
    """f and f' as texts, the variable called n."""
    from ...formulas.collecting import collect
    from ...formulas.differentiation import differentiate
    from ...formulas.expression import Symbol, replaced
    from ...formulas.parsing import parse
    from ...formulas.spelling import spell
    from .formula_check import check_variable

    expression = parse(formula)
    expression = replaced(expression, check_variable(expression), Symbol("n"))
    return spell(expression), spell(collect(differentiate(expression, Symbol("n"))))
