"""The check of a network's own gradient: right for every activation and loss, and not fooled by planted mistakes."""

from dataclasses import dataclass

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted import LostTerm, MissingFactor, NetInputForOutput, WrongBelowZero, WrongSign

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS, ReLU, Softmax, Tanh
from thalweg.core.losses import LOSSES, MSE, CrossEntropy

few = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
PROBABILITIES = ("sigmoid", "softmax")


def case(net, seed, examples=5, spread=0.8, rounded=False):
    """Numbers for a network; `rounded` ones lie on kinks."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0, spread, net.parameter_count)
    P = {name: np.round(rng.normal(size=(examples, size)), 1) for name, size in net.inputs.items()}
    T = rng.uniform(size=(examples, net.output.size))
    return net.unravel(np.round(x) if rounded else x), P, T / T.sum(axis=1, keepdims=True)


def graph(hidden, output):
    """Two inputs, shortcuts, a layer without bias, softmax within, a dead end."""
    return tw.Network(
        {"p": 3, "q": 2},
        [
            tw.Layer("a", 4, hidden, ("p",)),
            tw.Layer("dead_end", 2, "tanh", ("a",)),
            tw.Layer("b", 3, "softmax", ("q", "a"), bias=False),
            tw.Layer("c", 3, output, ("b", "p", "a")),
        ],
    )


@pytest.mark.parametrize(
    ("hidden", "loss"),
    [*((hidden, "mse") for hidden in ACTIVATIONS), *(("tanh", loss) for loss in LOSSES if loss != "mse")],
)
def test_every_activation_and_loss_passes(hidden, loss):
    @settings(few, max_examples=2)  # the simplest, and one that is drawn
    @given(
        st.sampled_from([name for name in ACTIVATIONS if loss != "cross_entropy" or name in PROBABILITIES]),
        st.integers(0, 2**32 - 1),
        st.sampled_from(["mean", "sum"]),
        st.sampled_from([1, 3, 12]),
        st.sampled_from([0.02, 0.8, 3.0]),
        st.sampled_from([0.0, 0.05]),
        st.sampled_from([0.0, 0.05]),
        st.booleans(),
    )
    def of_any_numbers(output, seed, reduction, examples, spread, l1, l2, rounded):
        net = graph(hidden, output)
        params, P, T = case(net, seed, examples, spread, rounded)
        weight = np.random.default_rng(seed).uniform(0.1, 2.0, examples) if seed % 2 else None
        chosen = LOSSES[loss](reduction=reduction)
        check = tw.check_network(net, chosen, params, P, T, l1=l1, l2=l2, sample_weight=weight)
        assert check.passed, check.explanation
        assert check.names == tuple(dict.fromkeys(check.names))
        assert len(check.names) == net.parameter_count
        gradient = tw.gradient(net, chosen, params, P, T, weight, l1=l1, l2=l2)[1]
        np.testing.assert_array_equal(check.analytic, net.ravel(gradient))

    of_any_numbers()


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(loss, marks=[] if loss in ("mse", "cross_entropy") else pytest.mark.thorough)
        for loss in LOSSES  # whose gradients are JAX's in core
    ],
)
def test_the_differences_are_the_derivatives_of_jax(loss):
    net = graph("gelu", "sigmoid")
    params, P, T = case(net, 3)
    with jax.enable_x64(True):
        by_jax = jax.jit(jax.grad(lambda params: tw.gradient(net, loss, params, P, T, l2=0.1)[0]))(params)
        expected = np.asarray(net.ravel(by_jax))
    check = tw.check_network(net, loss, params, P, T, l2=0.1)
    assert (np.abs(check.numeric - expected) <= check.uncertainty).all()
    np.testing.assert_allclose(check.numeric, expected, rtol=1e-6, atol=1e-11)


@dataclass(frozen=True)
class SlightlyOff(Tanh):
    def derivative(self, x):
        return super().derivative(x) * (1.0 + 1e-5)


@dataclass(frozen=True)
class AlwaysOpen(ReLU):
    def derivative(self, x):
        return np.ones_like(x)


@dataclass(frozen=True)
class DiagonalAlone(Softmax):
    def backpropagate(self, n, a, v):
        return a * (1.0 - a) * v


MISTAKES = [
    WrongSign,
    MissingFactor,
    SlightlyOff,
    NetInputForOutput,
    LostTerm,
    WrongBelowZero,
    AlwaysOpen,
    DiagonalAlone,
]


@pytest.mark.parametrize("wrong", MISTAKES)
def test_a_wrong_activation_is_caught_and_placed(wrong):
    def check(hidden):
        net = tw.Network(
            {"p": 3},
            [tw.Layer("a", 4, "tanh"), tw.Layer("b", 4, hidden), tw.Layer("c", 3, "tanh"), tw.Layer("d", 2)],
        )
        return tw.check_network(net, "mse", *case(net, 1))

    assert check(wrong.__base__()).passed
    caught = check(wrong())
    assert not caught.passed
    assert [part.name for part in caught.parts if part.wrong] == ["a", "b"]
    assert (
        f"The mistake comes in at 'b', the last layer that is wrong: look at the derivative of {wrong.__name__}."
        in (caught.explanation)
    )
    assert "or of the loss" not in caught.explanation


def test_a_constant_mistake_is_named():
    for wrong, kind, number in ((WrongSign, "sign", -1.0), (MissingFactor, "factor", 0.5)):
        net = tw.Network({"p": 3}, [tw.Layer("a", 4, wrong()), tw.Layer("b", 2)])
        check = tw.check_network(net, "mse", *case(net, 1))
        assert [(found.kind, found.number) for found in check.findings] == [(kind, number)]
        assert check.findings[0].where == ("a weights", "a bias")


@dataclass(frozen=True)
class NotAveraged(MSE):
    def derivative(self, a, t):
        return 2.0 * len(a) * (a - t)


@dataclass(frozen=True)
class Unfused(CrossEntropy):
    def sensitivity(self, activation, n, a, t):
        return activation.backpropagate(n, a, a - t)


def test_a_wrong_loss_is_caught_and_placed():
    net = tw.mlp(3, 4, 2)
    check = tw.check_network(net, NotAveraged(), *case(net, 2))
    assert [found.kind for found in check.findings] == ["sum_for_mean"]
    assert "look at the derivative of Linear, or of the loss" in check.explanation
    for output in PROBABILITIES:
        net = tw.mlp(3, 4, 2, output=output)
        assert tw.check_network(net, "cross_entropy", *case(net, 2)).passed
        assert not tw.check_network(net, Unfused(), *case(net, 2)).passed


def test_examples_on_a_kink_are_left_out():
    net = tw.Network({"p": 2}, [tw.Layer("a", 3, "relu", bias=False), tw.Layer("b", 1)])
    params = net.unravel(np.array([1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0, 2.0, -1.0, 0.5]))
    P = np.array([[1.0, 1.0], [0.3, -0.8], [-0.5, 0.2], [0.9, 0.4]])
    check = tw.check_network(net, "mse", params, P, np.ones((4, 1)))
    assert check.passed
    assert check.verdicts.count("kink") >= 1
    smooth = tw.check_network(net, "mse", params, P[1:], np.ones((3, 1)))
    assert smooth.verdicts.count("kink") == 0


def test_a_smooth_sum_of_kinks_is_no_mistake():
    """F = (relu(w) - relu(-w) - t)² is smooth in w at 0, where ours is 0 by convention."""
    net = tw.Network({"p": 1}, [tw.Layer("a", 1, bias=False), tw.Layer("r", 2, "relu", bias=False), tw.Layer("b", 1)])
    params = net.unravel(np.array([0.0, 1.0, -1.0, 1.0, -1.0, 0.0]))
    P, T = np.array([[1.0], [2.0]]), np.array([[1.0], [0.5]])
    check = tw.check_network(net, "mse", params, P, T)
    assert check.passed
    assert check.verdicts[0] == "kink"
    assert check.numeric[0] == pytest.approx(-2.0)
    assert "rows 0 and 1, counted from 0): all do, so that nothing is left to judge by" in check.explanation
    check = tw.check_network(net, "mse", params, np.array([[1.0], [0.0]]), T)
    assert check.passed
    wrong = tw.Network(net.inputs, [tw.Layer("a", 1, WrongSign(), bias=False), *net.layers[1:]])
    assert not tw.check_network(wrong, "mse", net.unravel(np.array([0.5, 1, -1, 1, -1, 0])), P, T).passed


def test_a_mistake_is_not_excused_by_examples_on_kinks_elsewhere():
    net = tw.Network({"p": 2}, [tw.Layer("a", 3, MissingFactor()), tw.Layer("r", 3, "relu"), tw.Layer("b", 1)])
    params, _, T = case(net, 5)
    params["r"].weights["a"][...] = [[-1.0, 0.5, 0.2], [0.3, 1.0, 1.0], [-0.4, 0.1, -0.3]]
    params["r"].bias[...] = 0.0
    params["a"].bias[...] = 0.0
    P = np.concatenate([np.zeros((1, 2)), np.abs(np.random.default_rng(1).normal(size=(4, 2)))])
    check = tw.check_network(net, "mse", params, P, T)
    assert not check.passed
    assert "comes in at 'a'" in check.explanation
    assert "kink" in check.verdicts


def test_single_precision_dropout_and_samples():
    net = tw.Network({"p": 20}, [tw.Layer("a", 30, "relu", dropout=0.5), tw.Layer("b", 20, "tanh"), tw.Layer("c", 2)])
    params = net.init(0, dtype="float32")
    rng = np.random.default_rng(0)
    P, T = rng.normal(size=(40, 20)).astype("float32"), rng.normal(size=(40, 2)).astype("float32")
    check = tw.check_network(net, None, params, P, T, weights=100)
    assert check.passed
    assert "Dropout is left out of the check." in check.explanation
    assert f"{len(check.names)} of 1,292 were checked, drawn at random from each array" in check.explanation
    assert [part.name for part in check.parts] == ["a", "b", "c"]
    assert [part.total for part in check.parts] == [630, 620, 42]
    assert all(part.checked >= 8 for part in check.parts)
    assert sum(part.checked for part in check.parts) == len(check.names) < 130
    everything = tw.check_network(net, "mse", params, P, T, weights="all")
    assert everything.passed
    assert len(everything.names) == 1292
    assert set(check.names) < set(everything.names)


def test_a_saturated_network_is_not_condemned():
    net = tw.mlp(3, 4, 2, output="softmax")
    params, P, T = case(net, 0, spread=40.0)
    check = tw.check_network(net, "mse", params, P, T)
    assert check.passed
    check = tw.check_network(
        tw.mlp(1, 1, output="sigmoid"), "mse", tw.mlp(1, 1).unravel(np.array([0.0, -800.0])), [[1.0]], [[0.0]]
    )
    assert check.passed


def near_its_targets():
    """J. Grus's XOR of saturated units: outputs within 1e-13 of 0 and 1, so that F is of the size 1e-26."""
    net = tw.mlp(2, 2, 1, hidden="sigmoid", output="sigmoid")
    x = np.array([20.0, 20.0, 20.0, 20.0, -30.0, -10.0, -60.0, 60.0, -30.0])
    return net, net.unravel(x), np.array([[0.0, 0.0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])


@pytest.mark.parametrize("loss", ["half_sse", "mse"])
def test_outputs_that_round_near_their_targets_leave_entries_unclear(loss):
    net, params, P, T = near_its_targets()
    check = tw.check_network(net, loss, params, P, T)
    assert check.passed
    assert "unclear" in check.verdicts
    assert "could not be told from F's own rounding" in check.explanation

    def own(x):
        F, gradient = tw.gradient(net, loss, net.unravel(x), P, T)
        return F, net.ravel(gradient)

    assert tw.check_gradient(own, net.ravel(params), network=net, loss=loss, data=(P, T)).passed
    unknown = tw.check_gradient(own, net.ravel(params))
    assert unknown.passed
    assert "unclear" in unknown.verdicts


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"loss": "cross_entropy"}, "needs sigmoid or softmax outputs"),
        ({"loss": "msee"}, "did you mean 'mse'"),
        ({"P": np.ones((3, 5))}, "P has 5 columns"),
        ({"T": np.ones((2, 1))}, "T has 2 examples and P has 3"),
        ({"P": np.full((3, 2), np.nan)}, "row 0, column 0"),
        ({"P": np.ones((0, 2)), "T": np.ones((0, 1))}, "P has no examples"),
        ({"P": np.ma.array(np.ones((3, 2)), mask=np.eye(3, 2))}, "P has masked values"),
        ({"P": np.ones((3, 2), object)}, "values of type object"),
        ({"P": np.full((3, 2), "1")}, "values of type <U1"),
        ({"P": [[1.0, 2.0], [1.0]]}, "its rows have different lengths"),
        ({"P": np.ones((3, 2), complex)}, "values of type complex128"),
        ({"params": None}, "params is NoneType"),
        ({"net": "text"}, "net is 'text'; it must be a Network"),
        ({"seed": "text"}, "seed is 'text'"),
        ({"params": {}}, "params lacks 'layer1'"),
        ({"params": tw.mlp(2, 1).unravel(np.array([1e200, 1e200, 0.0]))}, "choose some where it is finite"),
        ({"weights": 0}, "weights is 0"),
        ({"weights": "some"}, "or 'all'"),
        ({"tolerance": 2.0}, "tolerance is 2.0"),
        ({"l2": -1.0}, "l2 is -1.0"),
        ({"sample_weight": np.zeros(3)}, "sample_weight is 0 everywhere"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_in_one_line(change, told):
    net = tw.mlp(2, 1)
    arguments = {"net": net, "loss": "mse", "params": net.init(0), "P": np.ones((3, 2)), "T": np.ones((3, 1)), **change}
    with pytest.raises(tw.ThalwegError) as caught:
        tw.check_network(**arguments)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
