"""What a training has not: one bias for a layer, penalties on biases and over examples; against complex differences."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.worked.step.conventions import check_conventions, share_biases

P, T = np.array([[0.3, -0.7], [1.1, 0.4], [-0.2, 0.9]]), np.array([[0.2, 0.6], [0.9, 0.1], [0.5, 0.5]])
W1, W2 = np.array([[0.1, -0.4], [0.5, 0.3], [0.7, -0.2]]), np.array([[0.6, 0.2, -0.3], [0.4, -0.5, 0.8]])
B1, B2 = 0.35, -0.6
"""Of all units of a layer together."""
NET = tw.Network({"p": 2}, [tw.Layer("hidden", 3, "tanh"), tw.Layer("out", 2, "sigmoid")])
PARAMS = NET.unravel(np.concatenate([W1.ravel(), np.full(3, B1), W2.ravel(), np.full(2, B2)]))
SHARED = {"shared_bias": ["hidden", "out"]}


def error(W1, b1, W2, b2, P=P, l1=0.0, l2=0.0, biases=False):
    """F of this network as a formula of its own, with one number for the biases of a layer or one each."""
    a = 1.0 / (1.0 + np.exp(-(np.tanh(P @ W1.T + b1) @ W2.T + b2)))
    penalized = [W1, W2, *([b1, b2] if biases else [])]
    sizes = sum(np.sum(w * np.sign(np.real(w))) for w in penalized)
    squares = sum(np.sum(np.asarray(w) ** 2) for w in penalized)
    return np.sum((a - T[: len(P)]) ** 2) / 2 + l1 * sizes + l2 / 2 * squares


def value_and_gradients(*at, **more):
    """F, and its derivatives as Im F(x + ih)/h, which has no rounding to speak of."""
    arrays = [np.asarray(part, dtype=complex) for part in at]

    def derivative(k, place):
        moved = [part.copy() for part in arrays]
        moved[k][place] += 1e-30j
        return np.imag(error(*moved, **more)) / 1e-30

    gradients = [
        np.array([derivative(k, place) for place in np.ndindex(part.shape)]).reshape(part.shape)
        for k, part in enumerate(arrays)
    ]
    return float(np.real(error(*arrays, **more))), gradients


def test_the_gradient_by_a_shared_bias_is_that_of_one_number():
    F, (by_W1, by_b1, by_W2, by_b2) = value_and_gradients(W1, B1, W2, B2)
    step = tw.worked_step(NET, "half_sse", PARAMS, P, T, tw.GradientDescent(0.5), **SHARED)
    assert step.value == pytest.approx(F, rel=1e-12)
    np.testing.assert_allclose(step.gradient["hidden"].weights["p"], by_W1, rtol=1e-10)
    np.testing.assert_allclose(step.gradient["hidden"].bias, np.full(3, by_b1), rtol=1e-10)
    np.testing.assert_allclose(step.gradient["out"].bias, np.full(2, by_b2), rtol=1e-10)
    np.testing.assert_allclose(step.new_params["out"].bias, np.full(2, B2 - 0.5 * by_b2), rtol=1e-10)
    after, _ = value_and_gradients(W1 - 0.5 * by_W1, B1 - 0.5 * by_b1, W2 - 0.5 * by_W2, B2 - 0.5 * by_b2)
    assert step.value_after == pytest.approx(after, rel=1e-12)
    alone = step.example_gradient(1)["hidden"].bias
    _, (_, of_two, _, _) = value_and_gradients(W1, B1, W2, B2, P=P[:2])
    _, (_, of_one, _, _) = value_and_gradients(W1, B1, W2, B2, P=P[:1])
    np.testing.assert_allclose(alone, np.full(3, of_two - of_one), rtol=1e-9)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("over", ["step", "examples"])
def test_penalties_on_biases(shared, over):
    b1, b2 = (B1, B2) if shared else (np.full(3, B1), np.full(2, B2))
    m = len(P) if over == "examples" else 1
    F, (by_W1, by_b1, _, by_b2) = value_and_gradients(W1, b1, W2, b2, l1=0.2 / m, l2=0.3 / m, biases=True)
    how = {**(SHARED if shared else {}), "penalize": "all", "penalty_over": over}
    step = tw.worked_step(NET, "half_sse", PARAMS, P, T, l1=0.2, l2=0.3, **how)
    assert step.value == pytest.approx(F, rel=1e-12)
    np.testing.assert_allclose(step.gradient["hidden"].weights["p"], by_W1, rtol=1e-10)
    np.testing.assert_allclose(step.gradient["hidden"].bias, np.broadcast_to(by_b1, 3), rtol=1e-10)
    np.testing.assert_allclose(step.gradient["out"].bias, np.broadcast_to(by_b2, 2), rtol=1e-10)


def test_ngs_penalty_is_shown_over_the_examples():
    step = tw.worked_step(NET, "half_mse", PARAMS, P, T, l2=0.3, penalty_over="examples")
    text = step.show()
    assert "l2 0.3 / 3 examples" in text
    assert "λ₂/6 Σw²" in text
    assert "+ λ₂/3 w¹₁,₁\n" in text
    assert "+ 0.3/3 (0.1)\n" in text


def test_a_shared_bias_is_shown_as_one():
    step = tw.worked_step(NET, "half_sse", PARAMS, P[:1], T[:1], "momentum", **SHARED)
    text = step.show()
    assert "∂F̂/∂b¹ = s¹₁ + s¹₂ + s¹₃ = " in text
    assert "Δb² = " in text
    assert "b¹₁" not in text
    assert [line for line in text.splitlines() if line.startswith("  b²ⁿᵉʷ = b² + Δb² = -0.6")]
    lines = [line for line in step.document().lines() if line.about.get("weight") == "hidden.bias"]
    assert [line.about["quantity"] for line in lines] == ["example_gradient", "delta", "new_weight"]
    assert all(line.about["shared"] and "neuron" not in line.about for line in lines)
    assert "w[B1→H] B1" in step.show("aifh")
    one = step.show("aifh", weight="hidden.bias")
    assert "(δ[H1] + δ[H2] + δ[H3]) B1" in one
    assert "δ[H3] = " in one


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"shared_bias": "hidden"}, "it must be a list of layers, such as ['hidden']"),
        ({"shared_bias": ["hiden"]}, "did you mean 'hidden'"),
        ({"shared_bias": 3}, "list of layers"),
        ({"penalize": "biases"}, "penalize is 'biases'; it must be 'weights' or 'all'"),
        ({"penalty_over": 3}, "it must be 'step' or 'examples'"),
        ({"learning_rates": {"hidden": 0.1}}, "none for layer 'out'"),
        ({"learning_rates": {"hidden": 0.1, "out": -1.0}}, "'out' is -1.0"),
        ({"learning_rates": {"hidden": 0.1, "out": True}}, "'out' is True"),
        ({"learning_rates": {"hidden": 0.1, "outer": 1.0}}, "did you mean 'out'"),
        ({"learning_rates": 0.1}, "a rate for each layer"),
        ({"decimals": 13}, "from 0 to 12"),
        ({"decimals": 2.5}, "decimals is 2.5"),
        ({"input_gradients": "yes"}, "true or false"),
    ],
)  # fmt: skip
def test_what_conventions_cannot_be(given, told):
    with pytest.raises(tw.ArgumentError) as caught:
        check_conventions(NET, **given)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_conventions_that_do_not_go_together():
    def refused(told, rule="gd", params=PARAMS, **how):
        with pytest.raises(tw.ArgumentError, match=told):
            tw.worked_step(NET, "half_sse", params, P, T, rule, **how)

    different = NET.unravel(np.arange(float(NET.parameter_count)))
    refused("layer 'hidden' has one bias", params=different, shared_bias=["hidden"])
    refused(r"hidden\.bias", shared_bias=["hidden"], fixed=["hidden[0]"])
    for how in ({"shared_bias": ["hidden"]}, {"penalize": "all"}, {"decimals": 3},
                {"learning_rates": {"hidden": 0.1, "out": 0.2}}):  # fmt: skip
        refused(f"{next(iter(how))}: bfgs moves all parameters at once", rule="bfgs", **how)
    held = tw.worked_step(NET, "half_sse", PARAMS, P, T, shared_bias=["hidden"], fixed=["hidden.bias"])
    np.testing.assert_array_equal(held.new_params["hidden"].bias, PARAMS["hidden"].bias)
    bare = tw.Network({"p": 2}, [tw.Layer("out", 2, bias=False)])
    with pytest.raises(tw.ArgumentError, match="no bias to share"):
        check_conventions(bare, shared_bias=["out"])


def test_no_shared_bias_leaves_the_gradient_alone():
    gradient = NET.unravel(np.arange(float(NET.parameter_count)))
    assert share_biases((), gradient) is gradient


@pytest.mark.parametrize("loss", ["mse", "sse"])
def test_factors_of_missing_targets_and_the_number_of_a_step(loss):
    there = np.where(T == 0.9, np.nan, T)
    step = tw.worked_step(NET, loss, PARAMS, P, there, "momentum", targets="ignore_nan")
    assert (step.factors * step.errors).sum() == pytest.approx(step.value)
    assert step.value == pytest.approx(tw.gradient(NET, loss, PARAMS, P, there, targets="ignore_nan")[0])
    after = tw.worked_step(NET, loss, step.new_params, P, there, "momentum", step.new_state, targets="ignore_nan")
    assert (step.number, after.number) == (1, 2)
