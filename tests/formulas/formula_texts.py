"""Formulas for the tests: known ones, and any that Hypothesis makes up."""

import numpy as np
from hypothesis import strategies as st

KNOWN = [
    "x",
    "x*tanh(log(1+exp(x)))",
    "1/(1+exp(-x))",
    "exp(x)/(1+exp(x))",
    "exp(-x)/(1+exp(-x))**2",
    "(exp(x)-exp(-x))/(exp(x)+exp(-x))",
    "(exp(2*x)-1)/(exp(2*x)+1)",
    "(1-exp(-x))/(1+exp(-x))",
    "max(0, x)",
    "min(x, 1, 2*x)",
    "relu(x)**2",
    "x if x > 0 else 0.01*x",
    "x if x >= 0 else exp(x)-1",
    "x**2 if -1 < x < 1 else 2*abs(x) - 1",
    "x/(1+abs(x))",
    "abs(x)*sign(x)",
    "x*(1+erf(x/sqrt(2)))/2",
    "exp(-x**2/2)",
    "sin(x)**2 + cos(3*x)",
    "x*cos(x)*sin(2*x)",
    "atan(x) - asinh(2*x)/3",
    "sqrt(1 + x**2) - 1",
    "log1p(x**2) + expm1(-x**2)",
    "2**x + pi*x - e",
    "(1 + x**2)**(x/10)",
    "sinh(x/4)/cosh(x/4)",
    "sigmoid(x)*softplus(x)",
    "tan(x/20)",
    "(1+x**2)**-1.5",
    "((x*x*2)*3 - -x)/(2*4)",
    "+x - (2 - x) - (x + 1)",
]
POINTS = np.array([-3.7, -1.31, -0.42, 0.23, 0.87, 1.9, 4.1])
"""Away from the kinks of the known formulas."""

_leaves = st.sampled_from(["x", "x", "x", "2", "0.5", "3", "pi", "e", "1"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda uv: f"({uv[0]} + {uv[1]})"),
        pair.map(lambda uv: f"({uv[0]} - {uv[1]})"),
        pair.map(lambda uv: f"{uv[0]}*{uv[1]}"),
        pair.map(lambda uv: f"({uv[0]})/(2 + ({uv[1]})**2)"),
        pair.map(lambda uv: f"max({uv[0]}, {uv[1]})"),
        pair.map(lambda uv: f"({uv[0]} if x < 0.7 else {uv[1]})"),
        inner.map(lambda u: f"(-({u}))"),
        inner.map(lambda u: f"({u})**2"),
        inner.map(lambda u: f"({u})**3"),
        inner.map(lambda u: f"log(1 + exp({u}))"),
        inner.map(lambda u: f"1/(1 + exp({u}))"),
        st.tuples(st.sampled_from(["tanh", "sin", "cos", "atan", "sigmoid", "softplus", "erf", "asinh"]), inner).map(
            lambda fu: f"{fu[0]}({fu[1]})"
        ),
    )


def texts() -> st.SearchStrategy[str]:
    """Formulas of x, finite everywhere but where they overflow."""
    return st.recursive(_leaves, _grown, max_leaves=8).filter(lambda text: "x" in text.replace("exp", ""))
