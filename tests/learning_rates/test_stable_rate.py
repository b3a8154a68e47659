"""λ_max and the largest stable rate: what they are told of, what they foretell of training, what is refused."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from oracles import nothing_added, oracle_loss

import thalweg as tw
from thalweg.core.losses import LOSSES

RNG = np.random.default_rng(0)
NET = tw.mlp(3, 4, 2)
P, T = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 2))


def eigenvalues(net, loss, params, P, T, weight=None, l2=0.0):
    with jax.enable_x64(True):

        def of(x):
            inputs = {"input": P}
            return oracle_loss(net, loss, net.unravel(x), nothing_added(net, len(T)), inputs, T, weight, l2=l2)

        x = jnp.asarray(net.ravel(params))
        return np.linalg.eigvalsh(np.asarray(jax.jit(jax.hessian(of))(x)))


@functools.cache
def eigenvalues_of_net():
    return eigenvalues(NET, LOSSES.get("mse"), NET.init(0), P, T)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_as_many_of_each_end_as_are_asked_for(engine):
    weight = RNG.uniform(0.5, 2, size=40)
    values = eigenvalues(NET, LOSSES.get("mse"), NET.init(0), P, T, weight, l2=0.1)
    found = tw.curvature_spectrum(
        NET, None, NET.init(0), P, T,
        largest=3, smallest=2, sample_weight=weight, l2=0.1, tolerance=1e-8, dtype="float64", engine=engine,
    )  # fmt: skip
    np.testing.assert_allclose(found.eigenvalues, values[[-1, -2, -3, 1, 0]], rtol=1e-6, atol=1e-9)
    assert found.eigenvectors.shape == (5, NET.parameter_count)
    assert (found.largest, found.smallest, found.engine, found.converged) == (3, 2, engine, True)


def test_the_vector_is_the_direction_of_the_largest_curvature():
    found = tw.curvature_spectrum(NET, None, NET.init(0), P, T, tolerance=1e-8)
    x, h = NET.ravel(NET.init(0)), 1e-3

    def F(x):
        return tw.gradient(NET, "mse", NET.unravel(x), P, T)[0]

    along = (F(x + h * found.eigenvector) - 2 * F(x) + F(x - h * found.eigenvector)) / h**2
    np.testing.assert_allclose(along, found.lambda_max, rtol=1e-4)


def test_the_smallest_network_has_both_ends_at_once():
    net = tw.Network({"p": 1}, [tw.Layer("a", 1, bias=False)])
    found = tw.curvature_spectrum(net, "sse", net.init(0), np.array([[3.0]]), np.array([[1.0]]))
    np.testing.assert_allclose(found.eigenvalues, [18.0, 18.0])


@pytest.mark.parametrize(
    ("rule", "factor"),
    [
        ("gd", 2.0),
        (tw.Momentum(momentum=0.5), 3.0),
        ("momentum", 3.8),
        (tw.Nesterov(momentum=0.5), 1.5),
    ],
)
def test_the_largest_stable_rate(rule, factor):
    values = eigenvalues_of_net()
    found = tw.largest_stable_rate(NET, "mse", NET.init(0), P, T, rule, tolerance=1e-6)
    np.testing.assert_allclose(found, factor / values[-1], rtol=1e-6)


@pytest.mark.parametrize("seed", [7, 9, 25, 35])
def test_without_a_tolerance_it_is_right_to_a_thousandth(seed):
    """Networks whose two largest eigenvalues are near each other, and so many examples that a sample begins."""
    rng, net = np.random.default_rng(seed), tw.mlp(6, 1)
    P, T = rng.normal(size=(5000, 6)), rng.normal(size=(5000, 1))
    values = tw.quadratic(net, "mse", P, T).eigenvalues
    assert values[-2] > 0.8 * values[-1]
    np.testing.assert_allclose(tw.largest_stable_rate(net, "mse", net.init(seed), P, T), 2 / values[-1], rtol=1e-3)


def test_of_an_eigenvalue_that_occurs_twice_one_is_told():
    net = tw.mlp(3, 2)
    values = eigenvalues(net, LOSSES.get("mse"), net.init(0), P, T)
    np.testing.assert_allclose(values[-1], values[-2])
    found = tw.curvature_spectrum(net, "mse", net.init(0), P, T, largest=2, smallest=0, tolerance=1e-9)
    np.testing.assert_allclose(found.eigenvalues, values[[-1, -3]], rtol=1e-9)


def test_p3_3(reference):
    text = reference("nnd_quadratic")["P3_3"]
    net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    inputs, targets = np.array(text["inputs"], float), np.array(text["targets"], float)[:, None]
    found = tw.largest_stable_rate(net, "sse", net.init(0), inputs, targets)
    np.testing.assert_allclose(found, text["max_stable_learning_rate"], rtol=1e-9)


@functools.cache
def near_a_minimum():
    """A network that is no quadratic, at a minimum of its error."""
    net = tw.mlp(2, 3, 1)
    P = np.random.default_rng(1).normal(size=(30, 2))
    T = tw.forward(net, net.init(5), P).output + 0.1 * np.random.default_rng(2).normal(size=(30, 1))
    run = tw.train(net, P, T, "mse", "lm", epochs=300, params=net.init(5), l2=0.01)
    return net, P, T, run.params


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("kind", [tw.GradientDescent, tw.Momentum, tw.Nesterov])
def test_near_a_minimum_training_stays_below_it_and_leaves_above(kind):
    net, P, T, params = near_a_minimum()
    rate = tw.largest_stable_rate(net, "mse", params, P, T, kind(), l2=0.01, tolerance=1e-8)
    start = {
        name: layer._replace(weights={source: W + 1e-6 for source, W in layer.weights.items()})
        for name, layer in params.items()
    }
    for share, leaves in ((0.97, False), (1.03, True)):
        run = tw.train(
            net, P, T, "mse", kind(share * rate), "all", 1000, start, l2=0.01, dtype="float64", engine="numpy"
        )
        far = np.linalg.norm(net.ravel(run.params) - net.ravel(params))
        assert (far > 1e-3) == leaves


def test_at_a_point_that_curves_down_everywhere_no_rate_is_too_large():
    net = tw.Network({"p": 1}, [tw.Layer("a", 1, "tanh", bias=False)])
    start = net.unravel(np.array([1.5]))  # tanh² curves down there
    assert tw.largest_stable_rate(net, "sse", start, np.ones((1, 1)), np.zeros((1, 1))) == np.inf


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"largest": -1}, "largest is -1"),
        ({"smallest": 1.5}, "smallest is 1.5"),
        ({"largest": 0, "smallest": 0}, "both 0"),
        ({"largest": 20, "smallest": 20}, "20 largest and 20 smallest eigenvalues are more than the 26 that there are"),
        ({"matrix": "fisher"}, "matrix is 'fisher'"),
        ({"engine": "gpu"}, "engine is 'gpu'"),
        ({"dtype": "float16"}, "dtype is 'float16'"),
        ({"tolerance": -1.0}, "tolerance is -1.0"),
        ({"max_products": 0}, "max_products is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"l2": -1.0}, "l2 is -1.0"),
        ({"loss": "cross_entropy"}, "cross_entropy needs sigmoid or softmax outputs"),
        ({"T": T[:5]}, "T has 5 examples and P has 40"),
        ({"T": 3.0}, "T is 3.0"),
        ({"T": [[1], [1, 2]]}, "T is not a table of numbers: its rows have different lengths"),
        ({"P": np.where(P > 2, np.nan, P)}, "fill in or leave out"),
        ({"P": np.zeros((0, 3)), "T": np.zeros((0, 2))}, "no examples"),
        ({"params": NET.ravel(NET.init(0))}, "make them from one vector by net.unravel"),
        ({"params": NET.unravel(np.full(26, 1e200))}, "curvature at the parameters is not finite"),
    ],
)
def test_refuses(arguments, says):
    given = {"loss": "mse", "params": NET.init(0), "P": P, "T": T, **arguments}
    with pytest.raises(tw.ThalwegError, match=says) as refused:
        tw.curvature_spectrum(NET, **given)
    assert "\n" not in str(refused.value)


def test_refuses_rules_without_a_bound_and_searches_that_were_cut_off():
    with pytest.raises(tw.ArgumentError, match=r"Adam scales its steps itself.*tw\.rates_grid"):
        tw.largest_stable_rate(NET, "mse", NET.init(0), P, T, "adam")
    with pytest.raises(tw.ArgumentError, match=r"^trainrp scales its steps itself"):
        tw.largest_stable_rate(NET, "mse", NET.init(0), P, T, "trainrp")
    found = tw.curvature_spectrum(NET, "mse", NET.init(0), P, T, max_products=2, tolerance=1e-9)
    assert (found.converged, found.products) == (False, 2)
