"""What other programs' activations compute, by the names that they go by: one table for all formats that are read.

Keras, PyTorch and ONNX name the same functions with settings of their own; each is an activation of ours, or a formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..core.activations import ELU, Activation, Formula, LeakyReLU
from ..errors import ArgumentError
from .assembly import Assembly, Value, numbers

FORMULAS: Mapping[str, str] = MappingProxyType(
    {
        "celu": "{n} if {n} > 0 else {alpha}*(exp({n}/{alpha}) - 1)",
        "elu": "{n} if {n} > 0 else {alpha}*(exp({n}) - 1)",
        "exponential": "exp({n})",
        "gelu_tanh": "{n}*(1 + tanh(sqrt(2/pi)*({n} + 0.044715*{n}**3)))/2",
        "gelu": "{n}*(1 + erf({n}/sqrt(2)))/2",
        "hard_shrink": "{n} if abs({n}) > {lambd} else 0",
        "hard_sigmoid": "max(0, min(1, {alpha}*{n} + {beta}))",
        "hard_sigmoid_6": "max(0, min(1, {n}/6 + 0.5))",
        "hard_swish": "{n}*max(0, min(1, {n}/6 + 0.5))",
        "hard_tanh": "min({most}, max({least}, {n}))",
        "leaky_relu": "{n} if {n} > 0 else {slope}*{n}",
        "log_sigmoid": "-softplus(-{n})",
        "mish": "{n}*tanh(softplus({n}))",
        "relu_between": "min({most}, {n} if {n} >= {least} else {slope}*({n} - {least}))",
        "relu_from": "{n} if {n} >= {least} else {slope}*({n} - {least})",
        "relu6": "min(6, max(0, {n}))",
        "selu": "{gamma}*{n} if {n} > 0 else {gamma}*{alpha}*(exp({n}) - 1)",
        "soft_shrink": "{n} - {lambd} if {n} > {lambd} else ({n} + {lambd} if {n} < -{lambd} else 0)",
        "softplus": "softplus({beta}*{n})/{beta}",
        "sparse_plus": "0 if {n} <= -1 else (({n} + 1)**2/4 if {n} < 1 else {n})",
        "sparse_sigmoid": "max(0, min(1, ({n} + 1)/2))",
        "squareplus": "({n} + sqrt({n}**2 + 4))/2",
        "tanh_shrink": "{n} - tanh({n})",
        "threshold": "{n} if {n} > {least} else {value}",
    }
)
"""By n and the settings in braces; those of one number n, unit by unit."""
_MOST_SLOPES = 64
"""Different slopes of a layer, each of which becomes a layer."""


def formula_text(name: str, n: str = "n", **settings: Any) -> str:
    """A formula with its settings; numbers below 0 in brackets, texts as they are.

    >>> formula_text("threshold", least=0.5, value=-1.0)
    'n if n > 0.5 else (-1.0)'
    """
    written = {key: value if isinstance(value, str) else _shown(float(value)) for key, value in settings.items()}
    return FORMULAS[name].format(n=n, **written)


def formula(name: str, **settings: float) -> Formula:
    """The activation of a formula."""
    return Formula(formula_text(name, "n", **settings))


def _shown(value: float) -> str:
    return repr(value) if value >= 0 else f"({value!r})"


def leaky(slope: float) -> str | Activation:
    """n above 0, slope times n below.

    >>> leaky(0.0), leaky(0.1)
    ('relu', LeakyReLU(slope=0.1))
    """
    return LeakyReLU(slope) if slope else "relu"


def elu(alpha: float) -> str | Activation:
    """n above 0, alpha (e^n - 1) below, for an alpha of any sign."""
    if alpha == 0.0:
        return "relu"
    return ELU(alpha) if alpha > 0 else formula("elu", alpha=alpha)


def celu(alpha: float, place: str) -> str | Activation:
    """n above 0, alpha (e^(n/alpha) - 1) below; raises ArgumentError for an alpha of 0."""
    if alpha == 0.0:
        raise ArgumentError(f"{place}: alpha is 0, by which it divides")
    return ELU(1.0) if alpha == 1.0 else formula("celu", alpha=alpha)


def hard_tanh(least: float, most: float) -> str | Activation:
    """n, no lower and no higher than these."""
    return "satlins" if (least, most) == (-1.0, 1.0) else formula("hard_tanh", least=least, most=most)


def relu_of(slope: float, most: float | None, least: float) -> str | Activation:
    """Keras's ReLU: n from `least` on, up to `most`; below, slope times what is lacking."""
    if least == 0.0 and most is None:
        return leaky(slope)
    if least == 0.0 and not slope:
        return formula("relu6") if most == 6.0 else Formula(f"min({most!r}, max(0, n))")
    if most is None:
        return formula("relu_from", least=least, slope=slope)
    return formula("relu_between", least=least, most=most, slope=slope)


def with_slopes(made: Assembly, value: Value, slopes: Any, place: str, name: str | None = None) -> Value:
    """A PReLU, n above 0 and a slope times n below, of one slope for all units or one for each.

    Units of the same slope become a layer, since a layer has one. Raises ArgumentError for another number of slopes,
    and for so many different ones that hardly a layer is left.
    """
    given = numbers(f"{place}: its slopes", slopes).ravel()
    if given.size not in (1, value.size):
        raise ArgumentError(f"{place} has {given.size} slopes for {value.size} units; it must have 1, or one for each")
    kept = np.float64 if not hasattr(slopes, "dtype") or slopes.dtype.itemsize > 4 else np.float32
    different = list(dict.fromkeys(given.tolist()))
    if len(different) > _MOST_SLOPES:
        raise ArgumentError(
            f"{place} has {len(different)} different slopes; a layer has one, and more than {_MOST_SLOPES} layers are "
            "not made of one: train with one slope, PReLU(num_parameters=1)"
        )
    own = [float(str(kept(slope))) for slope in different]
    if len(different) == 1:
        return made.activate(value, leaky(own[0]), name)
    rows = [np.flatnonzero(given == slope) for slope in different]
    parts = [
        made.activate(made.pick(value, places, place), leaky(slope), name)
        for places, slope in zip(rows, own, strict=True)
    ]
    return made.pick(made.join(parts), np.argsort(np.concatenate(rows)), place)
