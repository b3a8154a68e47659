"""What nodes of ONNX compute element by element, as a text by n, and the activation that this is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.activations import ACTIVATIONS, ELU, Activation, Formula, LeakyReLU
from ..errors import ArgumentError, ThalwegError, shown
from .known_activations import formula_text

_TEXTS = {
    "Tanh": "tanh({})",
    "Sigmoid": "sigmoid({})",
    "Relu": "relu({})",
    "Softplus": "softplus({})",
    "Softsign": "{0}/(1 + abs({0}))",
    "Exp": "exp({})",
    "Log": "log({})",
    "Sqrt": "sqrt({})",
    "Abs": "abs({})",
    "Neg": "-({})",
    "Erf": "erf({})",
    "Sign": "sign({})",
    "Sin": "sin({})",
    "Cos": "cos({})",
    "Tan": "tan({})",
    "Atan": "atan({})",
    "Sinh": "sinh({})",
    "Cosh": "cosh({})",
    "Asinh": "asinh({})",
    "Reciprocal": "1/({})",
}
_PAIRS = {"Add": "({})+({})", "Sub": "({})-({})", "Mul": "({})*({})", "Div": "({})/({})", "Pow": "({})**({})"}
_PAIRS |= {"Sum": _PAIRS["Add"], "Max": "max({}, {})", "Min": "min({}, {})"}
_COMPARED = {"Greater": ">", "Less": "<", "GreaterOrEqual": ">=", "LessOrEqual": "<="}
ELEMENTWISE = frozenset(
    [
        *_TEXTS, *_PAIRS, *_COMPARED, "Where", "LeakyRelu", "Elu", "Selu", "Gelu", "HardSigmoid", "HardSwish", "PRelu",
        "Clip", "Celu", "Mish", "ThresholdedRelu",
    ]
)  # fmt: skip
"""Operations of which an activation may be made."""
PROBE = np.concatenate([np.linspace(-8.0, 8.0, 161), [-30.0, 30.0, 0.3333, -1e-3]])
_NEAR = 1e-7
"""Constants of an activation may be float32."""


def elementwise_text(kind: str, texts: Sequence[str], attributes: Mapping[str, Any]) -> str | None:
    """The text of an operation element by element; None for one that is not known."""
    first = texts[0]
    if kind in _TEXTS:
        return _TEXTS[kind].format(first)
    if kind in _PAIRS and len(texts) == 2:
        return _PAIRS[kind].format(*texts)
    if kind in _COMPARED and len(texts) == 2:
        return f"{first} {_COMPARED[kind]} {texts[1]}"
    a = attributes.get
    match kind:
        case "Where" if len(texts) == 3:
            return f"{texts[1]} if {first.strip('()') if first.count('(') == 1 else first[1:-1]} else {texts[2]}"
        case "LeakyRelu":
            return formula_text("leaky_relu", first, slope=_short(a("alpha", 0.01)))
        case "Elu" | "Celu":
            return formula_text(kind.lower(), first, alpha=_short(a("alpha", 1.0)))
        case "Selu":
            alpha, gamma = _short(a("alpha", 1.67326319217681884765625)), _short(a("gamma", 1.05070102214813232421875))
            return formula_text("selu", first, alpha=alpha, gamma=gamma)
        case "Gelu":
            exact = a("approximate", b"none") in (b"none", "none")
            return formula_text("gelu" if exact else "gelu_tanh", first)
        case "HardSigmoid":
            return formula_text("hard_sigmoid", first, alpha=_short(a("alpha", 0.2)), beta=_short(a("beta", 0.5)))
        case "HardSwish" | "Mish":
            return formula_text("hard_swish" if kind == "HardSwish" else "mish", first)
        case "ThresholdedRelu":
            return formula_text("threshold", first, least=_short(a("alpha", 1.0)), value=0)
        case "PRelu" if len(texts) == 2:
            return formula_text("leaky_relu", first, slope=texts[1])
        case "Clip" if len(texts) == 3:
            text = first if "inf" in texts[1] else f"max({texts[1]}, {first})"
            return text if "inf" in texts[2] else f"min({texts[2]}, {text})"
    return None


def _short(number: float) -> str:
    """A number of float32 in the digits that it was written by, in brackets if it is below 0."""
    text = str(np.float32(number))
    return f"({text})" if text.startswith("-") else text


def elementwise_values(kind: str, values: Sequence[np.ndarray], attributes: Mapping[str, Any]) -> np.ndarray | None:
    """What an operation element by element gives for values; None for one that is not known."""
    functions: dict[str, Callable[..., Any]] = {
        "Add": np.add, "Sum": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Pow": np.power,
        "Max": np.maximum, "Min": np.minimum, "Neg": np.negative, "Exp": np.exp, "Log": np.log, "Sqrt": np.sqrt,
        "Abs": np.abs, "Sign": np.sign, "Sin": np.sin, "Cos": np.cos, "Tan": np.tan, "Atan": np.arctan,
        "Sinh": np.sinh, "Cosh": np.cosh, "Asinh": np.arcsinh, "Tanh": np.tanh, "Reciprocal": np.reciprocal,
        "Greater": np.greater, "Less": np.less, "GreaterOrEqual": np.greater_equal, "LessOrEqual": np.less_equal,
        "Where": np.where,
    }  # fmt: skip
    text = (
        None
        if kind in functions
        else elementwise_text(kind, ["n", *(repr(float(one)) for one in values[1:])], attributes)
    )
    with np.errstate(all="ignore"):
        if kind in functions:
            return np.asarray(functions[kind](*values))
        return None if text is None else np.asarray(Formula(text)(np.asarray(values[0], dtype=np.float64)))


def activation_of(text: str, values: np.ndarray, place: str) -> Activation:
    """The registered activation that has the values at PROBE, else the text by n as a formula.

    >>> activation_of("tanh(n)", np.tanh(PROBE), "node"), activation_of("sin(n)", np.sin(PROBE), "node")
    (Tanh(), Formula(formula='sin(n)'))
    """
    values = np.broadcast_to(values, PROBE.shape)
    for one in _candidates(values):
        with np.errstate(all="ignore"):
            near = np.allclose(one(PROBE), values, rtol=_NEAR, atol=_NEAR)
        if near:
            return one
    if not text:
        raise ArgumentError(f"{place}: its activation is none that is known, and too long to be a formula")
    try:
        return Formula(text)
    except ThalwegError as error:
        raise ArgumentError(f"{place}: its activation {shown(text)} is not understood ({error})") from error


def _candidates(values: np.ndarray) -> Iterator[Activation]:
    """The registered activations, with the settings that the values at -1 and far below say."""
    yield from (ACTIVATIONS.get(name) for name in ACTIVATIONS if name not in ("softmax", "formula"))
    yield from (ACTIVATIONS.get(name) for name in ("hardlim", "hardlims", "formula"))
    at_one, far = (float(-values[place == PROBE][0]) for place in (-1.0, -30.0))
    if 0.0 < at_one < np.inf:
        yield LeakyReLU(float(f"{at_one:.7g}"))
    if 0.0 < far < np.inf:
        yield ELU(float(f"{far:.7g}"))
