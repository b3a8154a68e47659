"""Spelt-out forms that overflow become functions that do not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from thalweg.formulas.collecting import collect
from thalweg.formulas.differentiation import differentiate
from thalweg.formulas.expression import Symbol
from thalweg.formulas.parsing import parse
from thalweg.formulas.program import compiled
from thalweg.formulas.stable import stabilised

FAR = np.array([-1000.0, -90.0, -3.0, 0.0, 2.5, 90.0, 1000.0])


@pytest.mark.parametrize(
    ("text", "oracle"),
    [
        ("log(1 + exp(x))", jax.nn.softplus),
        ("log(exp(x) + 1)", jax.nn.softplus),
        ("log1p(exp(x))", jax.nn.softplus),
        ("x*tanh(log(1 + exp(x)))", jax.nn.mish),
        ("1/(1 + exp(-x))", jax.nn.sigmoid),
        ("exp(x)/(1 + exp(x))", jax.nn.sigmoid),
        ("exp(x)/(exp(x) + 1)", jax.nn.sigmoid),
        ("(1 + exp(-x))**-1", jax.nn.sigmoid),
        ("x/(1 + exp(-x))", jax.nn.silu),
        ("x*exp(x)/(1 + exp(x))", jax.nn.silu),
        ("exp(x)/(1 + exp(x))**2", lambda x: jax.nn.sigmoid(x) * jax.nn.sigmoid(-x)),
        ("log(1/(1 + exp(-x)))", jax.nn.log_sigmoid),
        ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", jnp.tanh),
        ("(exp(2*x) - 1)/(exp(2*x) + 1)", jnp.tanh),
        ("(1 - exp(-2*x))/(1 + exp(-2*x))", jnp.tanh),
        ("sinh(x)/cosh(x)", jnp.tanh),
    ],
)
def test_value_and_derivative_far_out(text, oracle):
    expression = stabilised(parse(text))
    slope = stabilised(collect(differentiate(expression, Symbol("x"))))
    with jax.enable_x64(True):
        value, derivative = oracle(jnp.asarray(FAR)), jax.vmap(jax.grad(oracle))(jnp.asarray(FAR))
    np.testing.assert_allclose(compiled(expression)(FAR), value, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(compiled(slope)(FAR), derivative, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("text", ["log(2 + exp(x))", "1/(1 - exp(x))", "log(exp(x) - 1)"])
def test_what_looks_alike_is_left_alone(text):
    assert stabilised(parse(text)) == parse(text)
