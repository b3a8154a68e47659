"""Expressions as array operations: types, libraries, constants, what overflows."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from formula_texts import KNOWN, POINTS

from thalweg.formulas.differentiation import differentiate
from thalweg.formulas.expression import Symbol
from thalweg.formulas.parsing import parse
from thalweg.formulas.program import compiled

OF_TYPE = {"float32": [*KNOWN, "3 if x > 0 else 2", "2", "pi*erf(1)"], "float64": KNOWN[::4]}


def runs(text):
    """The formula and its derivative."""
    return [compiled(expression) for expression in (parse(text), differentiate(parse(text), Symbol("x")))]


@functools.cache
def by_jax(dtype):
    """All formulas of a type and their derivatives on an array and on each of its lanes, in one program."""

    def of_all(n):
        return {text: [(run(n), jax.vmap(run)(n[0])) for run in runs(text)] for text in OF_TYPE[dtype]}

    with jax.enable_x64(dtype == "float64"):
        return jax.jit(of_all)(POINTS.reshape(1, 7, 1).astype(dtype))


@pytest.mark.parametrize(("text", "dtype"), [(text, dtype) for dtype, of in OF_TYPE.items() for text in of])
def test_the_type_and_the_shape_stay(text, dtype):
    for run, (on_jax, lanes) in zip(runs(text), by_jax(dtype)[text], strict=True):
        n = POINTS.reshape(1, 7, 1).astype(dtype)
        found = run(n)
        assert found.dtype == dtype
        assert found.shape == n.shape
        assert on_jax.dtype == dtype
        near = {"rtol": 1e-11, "atol": 1e-12} if dtype == "float64" else {"rtol": 2e-4, "atol": 2e-5}
        np.testing.assert_allclose(on_jax, found, **near)
        np.testing.assert_allclose(lanes, found[0], **near)


def test_what_is_alike_is_computed_once(monkeypatch):
    calls = []
    real = np.tanh
    monkeypatch.setattr(np, "tanh", lambda u: calls.append(u) or real(u))
    compiled(parse("tanh(x)*tanh(x) + tanh(x) + tanh(2)"))(np.ones(3))
    assert len(calls) == 1


def test_numbers_are_no_arrays():
    assert compiled(parse("x + 1"))(2.0) == 3.0


def test_where_there_is_no_value_there_is_no_warning():
    assert np.isnan(compiled(parse("log(x)"))(np.array([-1.0]))).all()
    assert np.isinf(compiled(parse("exp(x)"))(np.array([1000.0]))).all()


@pytest.mark.parametrize(("text", "holds"), [("<", [1, 0, 0]), ("<=", [1, 1, 0]), (">", [0, 0, 1]), (">=", [0, 1, 1])])
def test_comparisons(text, holds):
    np.testing.assert_array_equal(compiled(parse(f"1 if x {text} 2 else 0*x"))(np.array([1.0, 2.0, 3.0])), holds)


def test_a_row_of_comparisons():
    found = compiled(parse("1 if 0 <= x < 2 < 3 else 0*x"))(np.array([-1.0, 0.0, 1.0, 2.0]))
    np.testing.assert_array_equal(found, [0, 1, 1, 0])


@pytest.mark.parametrize("library", [np, jnp])
def test_reductions_go_over_the_units_of_a_layer(library):
    n = np.array([[-2.0, 0.5, 1.0], [3.0, 1.0, -1.0]])
    ones = np.ones_like(n)
    for text, expected in {
        "n/sum(n**2)": n / (n**2).sum(axis=1, keepdims=True),
        "n - largest(n)": n - n.max(axis=1, keepdims=True),
        "n*sum(1)": 3.0 * n,
        "sum(2) + 0*n": 6.0 * ones,
        "largest(exp(n))*sum(n)": (np.exp(n).max(axis=1) * n.sum(axis=1))[:, None],
    }.items():
        found = compiled(parse(text, ("n",), ("sum", "largest")))(library.asarray(n))
        np.testing.assert_allclose(np.broadcast_to(found, np.shape(expected)), expected, rtol=1e-5)
