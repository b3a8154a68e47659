"""Nodes of an ONNX graph, made one by one: constants once each, and an activation's expression as nodes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..formulas.evaluation import evaluate
from ..formulas.expression import (
    Call,
    Choice,
    Constant,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    parts,
)
from .activation_form import LETTER

ML = "ai.onnx.ml"
OPSET, ML_OPSET, IR = 18, 3, 8
"""Of 2022 and 2023: what has been read everywhere for years."""

_PLAIN = {
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "abs": "Abs", "sign": "Sign", "tanh": "Tanh", "sin": "Sin",
    "cos": "Cos", "sigmoid": "Sigmoid", "relu": "Relu", "max": "Max", "min": "Min",
}  # fmt: skip
_SINGLE = {
    "sinh": "Sinh", "cosh": "Cosh", "tan": "Tan", "atan": "Atan", "asinh": "Asinh", "erf": "Erf",
    "softplus": "Softplus",
}  # fmt: skip
"""Which onnxruntime computes in float alone, or in double with overflow."""
_SIGNS = {"<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual"}


class Nodes:
    """The nodes and constants of a graph; values are known by their names."""

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._taken = set(taken)
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def name(self, wanted: str) -> str:
        """A name that no other value has."""
        found, number = wanted, 2
        while found in self._taken:
            found, number = f"{wanted}_{number}", number + 1
        self._taken.add(found)
        return found

    def add(self, op: str, *inputs: str, name: str = "", domain: str = "", **attributes: Any) -> str:
        """The value that a node computes."""
        from onnx import helper

        output = self.name(name or op.lower())
        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, domain=domain, **attributes))
        return output

    def constant(self, values: Any, dtype: str | None = None, name: str = "constant") -> str:
        """A constant, or the one that is the same already."""
        from onnx import numpy_helper

        array = np.asarray(values, dtype=dtype)
        key = (
            str(array.dtype),
            array.shape,
            array.tobytes() if array.dtype.kind != "O" else repr(array.tolist()).encode(),
        )
        if key not in self._constants:
            self._constants[key] = found = self.name(name)
            self.initializers.append(numpy_helper.from_array(np.asarray(array, order="C"), found))
        return self._constants[key]

    def cast(self, value: str, dtype: str, name: str = "") -> str:
        """The value in another type."""
        from onnx import TensorProto

        kinds = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64}
        return self.add("Cast", value, to=kinds[dtype], name=name)

    def activation(self, form: Expression, n: str, dtype: str, name: str) -> str:
        """The outputs of a layer, from its net inputs."""
        return _Activation(self, n, dtype).result(form, name)


class _Activation:
    """Makes nodes of an expression, each part once."""

    def __init__(self, nodes: Nodes, n: str, dtype: str) -> None:
        self._nodes, self._dtype = nodes, dtype
        self._known: dict[Expression, str] = {LETTER: n}

    def result(self, form: Expression, name: str) -> str:
        value = self.of(form)
        if form == LETTER:
            return value
        last = self._nodes.nodes[-1]
        if list(last.output) == [value]:  # the last node bears the layer's name
            last.output[0] = last.name = self._nodes.name(name)
            return last.output[0]
        return self._nodes.add("Identity", value, name=name)

    def of(self, expression: Expression) -> str:
        if expression not in self._known:
            self._known[expression] = self._made(expression)
        return self._known[expression]

    def _number(self, value: float) -> str:
        return self._nodes.constant(value, self._dtype)

    def _chain(self, op: str, values: list[str]) -> str:
        found = values[0]
        for value in values[1:]:
            found = self._nodes.add(op, found, value)
        return found

    def _made(self, expression: Expression) -> str:
        add, of = self._nodes.add, self.of
        match expression:
            case Number() | Constant():
                return self._number(evaluate(expression))
            case Symbol():
                return self._known[LETTER]
            case Negative(u):
                return add("Neg", of(u))
            case Sum(terms):
                found = of(terms[0])
                for term in terms[1:]:
                    found = (
                        add("Sub", found, of(term.of)) if isinstance(term, Negative) else add("Add", found, of(term))
                    )
                return found
            case Product(factors):
                return self._chain("Mul", [of(factor) for factor in factors])
            case Quotient(Call("exp", (Sum((u, Negative(Call("largest", (v,))))),)) as top, Call("sum", (w,))) if (
                u == v and w == top
            ):
                return add("Softmax", of(u), axis=-1)
            case Quotient(top, bottom):
                return add("Div", of(top), of(bottom))
            case Power(base, Number(value)) if value == 2:
                return add("Mul", of(base), of(base))
            case Power(base, exponent):
                return add("Pow", of(base), of(exponent))
            case Call("max", (Number(value), u)) | Call("max", (u, Number(value))) if value == 0:
                return add("Relu", of(u))
            case Choice(conditions, then, otherwise):
                held = [add(_SIGNS[one.sign], of(one.left), of(one.right)) for one in conditions]
                return add("Where", self._chain("And", held), of(then), of(otherwise))
            case Call(str() as name):
                return self._called(name, *map(of, parts(expression)))
        raise ArgumentError(f"{expression} cannot be written in ONNX")

    def _called(self, name: str, u: str, *others: str) -> str:
        """A function of values; those that ONNX or onnxruntime lacks are made of others."""
        add, number = self._nodes.add, self._number
        if name in _PLAIN:
            return add(_PLAIN[name], u, *others)
        if name in _SINGLE and self._dtype == "float32":
            return add(_SINGLE[name], u)
        match name:
            case "sum" | "largest":
                axes = self._nodes.constant([-1], "int64")
                return add("ReduceSum" if name == "sum" else "ReduceMax", u, axes, keepdims=1)
            case "log1p":
                return add("Log", add("Add", u, number(1.0)))
            case "expm1":  # tanh(u/2) (e^u + 1), which keeps its digits near 0
                return add("Mul", add("Tanh", add("Mul", u, number(0.5))), add("Add", add("Exp", u), number(1.0)))
            case "cosh":
                return add("Mul", add("Add", add("Exp", u), add("Exp", add("Neg", u))), number(0.5))
            case "sinh":
                return add("Mul", add("Tanh", u), self._called("cosh", u))
            case "tan":
                return add("Div", add("Sin", u), add("Cos", u))
            case "asinh":  # sign(u) ln(|u| + √(u² + 1))
                size = add("Abs", u)
                root = add("Sqrt", add("Add", add("Mul", u, u), number(1.0)))
                return add("Mul", add("Sign", u), add("Log", add("Add", size, root)))
            case "softplus":  # max(u, 0) + ln(1 + e^-|u|)
                e = add("Exp", add("Neg", add("Abs", u)))
                return add("Add", add("Relu", u), add("Log", add("Add", e, number(1.0))))
            case "atan":
                return self._atan(u)
            case "erf":
                return self._erf(u)
        raise ArgumentError(f"the function {name} cannot be written in ONNX")

    def _atan(self, u: str) -> str:
        """In double: y of float, and atan((u - tan y)/(1 + u tan y)) of the tiny rest, u cut at 10³⁰."""
        add, number, nodes = self._nodes.add, self._number, self._nodes
        u = add("Max", add("Min", u, number(1e30)), number(-1e30))
        y = nodes.cast(add("Atan", nodes.cast(u, "float32")), "float64")
        s, c = add("Sin", y), add("Cos", y)
        rest = add("Div", add("Sub", add("Mul", u, c), s), add("Add", c, add("Mul", u, s)))
        return add("Add", y, rest)

    def _erf(self, u: str) -> str:
        """In double: sign(u) (1 - e^{-u²} erfcx(|u|)), erfcx by a polynomial of t = 4/(4 + |u|)."""
        add, number = self._nodes.add, self._number
        size = add("Abs", u)
        t = add("Div", number(_BEND), add("Add", size, number(_BEND)))
        s = add("Sub", add("Mul", t, number(2.0)), number(1.0))
        factors = _erfcx_polynomial()
        value = number(factors[-1])
        for factor in factors[-2::-1]:
            value = add("Add", add("Mul", value, s), number(factor))
        below = add("Mul", add("Exp", add("Neg", add("Mul", size, size))), add("Mul", value, t))
        return add("Mul", add("Sign", u), add("Sub", number(1.0), below))


_BEND = 4.0


@cache
def _erfcx_polynomial() -> tuple[float, ...]:
    """The factors of erfcx(z)/t as a polynomial of 2t - 1, t = 4/(4 + z), from its values at Chebyshev's points.

    >>> len(_erfcx_polynomial())
    21
    """
    from numpy.polynomial import chebyshev
    from scipy.special import erfcx

    points = np.cos(np.pi * (np.arange(200) + 0.5) / 200)
    t = (points + 1.0) / 2.0
    values = erfcx(_BEND * (1.0 - t) / t) / t
    return tuple(map(float, chebyshev.cheb2poly(chebyshev.chebfit(points, values, 20))))
