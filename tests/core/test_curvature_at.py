"""Products with the curvature at a point against the full Hessian, however the examples are cut."""

import numpy as np
import pytest
from oracles import random_case

import thalweg as tw
from thalweg.core.curvature import gauss_newton_product, hessian, jacobian
from thalweg.core.curvature_at import curvature_at
from thalweg.core.losses import LOSSES

NEAR = {"rtol": 1e-9, "atol": 1e-11}
GRAPH = tw.Network(
    inputs={"p": 2, "q": 1},
    layers=[
        tw.Layer("a", 3, "tanh", ("p",)),
        tw.Layer("dead_end", 2, "sigmoid", ("a",)),
        tw.Layer("b", 2, "silu", ("q", "a", "p"), bias=False),
        tw.Layer("out", 2, "tanh", ("b", "p", "a")),
    ],
)
CUTS = {
    "kept, whole": {},
    "kept, in chunks": {"numbers_in_a_chunk": 100},
    "computed again, whole": {"numbers_kept": 0},
    "computed again, in chunks": {"numbers_kept": 0, "numbers_in_a_chunk": 100},
    "one example at a time": {"numbers_kept": 0, "numbers_in_a_chunk": 1},
}


def case_of(net=GRAPH, loss="mse", **options):
    found = random_case(net, LOSSES.get(loss), seed=4, weighted=True, l2=0.05, **options)
    assert found is not None
    return found


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(
    ("loss", "output"), [("mse", "tanh"), ("half_sse", "linear"), ("cross_entropy", "softmax"), ("huber", "sigmoid")]
)
def test_products_are_those_of_the_full_hessian(cut, loss, output):
    net = tw.Network(GRAPH.inputs, [*GRAPH.layers[:-1], tw.Layer("out", 2, output, ("b", "p", "a"))])
    net, loss, params, P, T, weight, _, l2 = case_of(net, loss)
    H = hessian(net, loss, params, P, T, weight, l2=l2)
    curvature = curvature_at(net, loss, params, P, T, weight, l2=l2, **CUTS[cut])
    assert (curvature.examples.s is None) == ("again" in cut or "one" in cut)
    assert (curvature.rows < len(T)) == ("chunks" in cut or "one" in cut)
    for v in np.random.default_rng(1).normal(size=(3, net.parameter_count)):
        np.testing.assert_allclose(curvature.product(v), H @ v, **NEAR)


@pytest.mark.parametrize("cut", CUTS)
def test_gauss_newton(cut):
    net, loss, params, P, T, weight, _, l2 = case_of()
    curvature = curvature_at(net, loss, params, P, T, weight, l2=l2, gauss_newton=True, **CUTS[cut])
    v = np.random.default_rng(1).normal(size=net.parameter_count)
    expected = gauss_newton_product(net, loss, params, P, T, net.unravel(v), weight, l2=l2)
    np.testing.assert_allclose(curvature.product(v), net.ravel(expected), **NEAR)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", ["mse", "sse"])
def test_without_weights_the_factors_are_the_losss(weighted, name):
    net, loss, params, P, T, weight, _, _ = case_of(loss=name)
    weight = weight if weighted else None
    H = hessian(net, loss, params, P, T, weight)
    v = np.random.default_rng(1).normal(size=net.parameter_count)
    for cut in CUTS.values():
        np.testing.assert_allclose(curvature_at(net, loss, params, P, T, weight, **cut).product(v), H @ v, **NEAR)


@pytest.mark.parametrize("cut", CUTS)
def test_the_leaning_vector_is_made_by_the_jacobian(cut):
    net, loss, params, P, T, weight, _, _ = case_of()
    z = np.random.default_rng(2).normal(size=T.shape)
    _, J = jacobian(net, params, P)
    c = weight / weight.sum()
    expected = np.einsum("qo,qop,q->p", z, J, np.sqrt(c))
    found = curvature_at(net, loss, params, P, T, weight, **CUTS[cut]).leaning(z)
    np.testing.assert_allclose(found, expected, **NEAR)


@pytest.mark.parametrize(
    "cut", [pytest.param(cut, marks=[] if "in chunks" in cut else pytest.mark.thorough) for cut in CUTS]
)
def test_compiled_it_is_the_same(cut):
    import jax

    net, loss, params, P, T, weight, _, l2 = case_of()
    v = np.random.default_rng(1).normal(size=net.parameter_count)
    with jax.enable_x64(True):

        def product(params, P, T, weight, v):
            return curvature_at(net, loss, params, P, T, weight, l2=l2, **CUTS[cut]).product(v)

        found = jax.jit(product)(params, dict(P), T, weight, v)
    expected = hessian(net, loss, params, P, T, weight, l2=l2) @ v
    np.testing.assert_allclose(np.asarray(found), expected, **NEAR)
