"""The equations of the update rules for one weight, as they are shown; their values come from the rules themselves.

In a formula `x` is the weight, `g` its gradient, `k` the number of the update, the names of settings are themselves,
and NAME_last is a part of the state before the update.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ..optimizers.adaptive import AdaDelta, AdaGrad, Adam, AdaMax, AdamW, NAdam, RMSProp
from ..optimizers.gradient_descent import GradientDescent, Momentum, Nesterov
from ..optimizers.resilient import Rprop
from ..optimizers.rule import Rule

Equations: TypeAlias = list[tuple[str, str]]
"""The name of a part and the formula that gives it, in the order in which they follow."""

_M = ("m", "beta1*m_last + (1 - beta1)*g")
_V = ("v", "beta2*v_last + (1 - beta2)*g**2")
_M_HAT, _V_HAT = ("m_hat", "m/(1 - beta1**k)"), ("v_hat", "v/(1 - beta2**k)")
_RATE = ("rate", "learning_rate/(sqrt(v_hat) + epsilon)")
_MU = "beta1*(1 - 0.5*0.96**({}*momentum_decay))"


def _adam(rule: Adam) -> Equations:
    if not rule.efficient:
        return [_M, _V, _M_HAT, _V_HAT, _RATE, ("delta", "-rate*m_hat")]
    root = "sqrt(1 - beta2**k)"
    return [_M, _V, ("rate", f"learning_rate*{root}/(1 - beta1**k)/(sqrt(v) + epsilon*{root})"), ("delta", "-rate*m")]


_EQUATIONS: dict[type[Rule], Callable[..., Equations]] = {
    GradientDescent: lambda rule: [("delta", "-learning_rate*g")],
    Momentum: lambda rule: [("delta", "-learning_rate*g + momentum*delta_last")],
    Nesterov: lambda rule: [
        ("n", "momentum*n_last + learning_rate*g"),
        ("delta", "momentum*n_last - (1 + momentum)*n"),
    ],
    AdaGrad: lambda rule: [
        ("v", "v_last + g**2"),
        ("rate", "learning_rate/(sqrt(v) + epsilon)"),
        ("delta", "-rate*g"),
    ],
    RMSProp: lambda rule: [
        ("v", "decay*v_last + (1 - decay)*g**2"),
        ("rate", "learning_rate/(sqrt(v) + epsilon)"),
        ("delta", "-rate*g"),
    ],
    AdaDelta: lambda rule: [
        ("v", "decay*v_last + (1 - decay)*g**2"),
        ("rate", "learning_rate*sqrt(u_last + epsilon)/sqrt(v + epsilon)"),
        ("delta", "-rate*g"),
        ("u", "decay*u_last + (1 - decay)*(delta/learning_rate)**2"),
    ],
    Adam: _adam,
    AdamW: lambda rule: [_M, _V, _M_HAT, _V_HAT, _RATE, ("delta", "-rate*m_hat - learning_rate*weight_decay*x")],
    AdaMax: lambda rule: [
        _M,
        ("u", "max(beta2*u_last, abs(g) + epsilon)"),
        _M_HAT,
        ("rate", "learning_rate/u"),
        ("delta", "-rate*m_hat"),
    ],
    NAdam: lambda rule: [
        ("mu", _MU.format("k")),
        ("mu_next", _MU.format("(k + 1)")),
        ("product", "product_last*mu"),
        _M,
        _V,
        ("m_hat", "mu_next*m/(1 - product*mu_next) + (1 - mu)*g/(1 - product)"),
        _V_HAT,
        _RATE,
        ("delta", "-rate*m_hat"),
    ],
}


def equations(rule: Rule, values: Mapping[str, float]) -> Equations:
    """The equations of a rule for a weight with these values; none for a rule that has none to show."""
    if isinstance(rule, Rprop):
        return _rprop(rule, values)
    shown = _EQUATIONS.get(type(rule))
    return [] if shown is None else shown(rule)


def _rprop(rule: Rprop, values: Mapping[str, float]) -> Equations:
    """The case that the signs of a weight's gradients make."""
    turned = _sign(values["g"]) * _sign(values["last_gradient_last"])
    if turned > 0:
        rate = "min(eta_plus*rate_last, delta_max)"
    elif turned < 0:
        rate = "max(eta_minus*rate_last, delta_min)"
    else:
        rate = "delta0" if values["k"] == 1 and rule.delta0_high <= rule.delta0 else "rate"
    if turned >= 0:
        return [("rate", rate), ("delta", "-sign(g)*rate")]
    taken_back = values["delta"] != 0 or values["delta_last"] == 0
    return [("rate", rate), ("delta", "-delta_last" if taken_back else "0")]


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
