"""Every loss of the table with every output activation that fits: value, derivative, weights, tails."""

import functools
import itertools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sklearn.metrics
from oracles import LOSS_ORACLES, fits, loss_of_examples

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.losses import LOSSES, Huber, PointwiseLoss

KINDS = ["linear", "sigmoid", "softmax"]
PAIRS = [pair for pair in itertools.product(LOSSES, KINDS) if fits(*pair)]
PAIRS += [("mse", activation) for activation in ACTIVATIONS if activation not in KINDS]
"""Every loss with outputs of each kind, every activation with one loss."""
REDUCTIONS = ["mean", "sum"]
WEIGHT = np.array([0.5, 2.0, 1.0, 0.0, 3.25])
SIZE, EXAMPLES = 3, 5

each_pair = pytest.mark.parametrize(("loss", "activation"), PAIRS)
each_loss = pytest.mark.parametrize("loss", list(LOSSES))


def layer_alone(activation, size=SIZE):
    """A network whose net inputs are its inputs, when its weights are the unit matrix."""
    net = tw.Network({"n": size}, [tw.Layer("out", size, activation, bias=False)])
    return net, net.unravel(np.eye(size).ravel())


def numbers(seed=11, examples=EXAMPLES):
    rng = np.random.default_rng(seed)
    return rng.normal(0.0, 1.5, (examples, SIZE)), rng.uniform(0.0, 1.0, (examples, SIZE))


def evaluate(loss, activation, n, t, weight=None):
    net, params = layer_alone(activation, np.shape(n)[1])
    F, _ = tw.gradient(net, loss, params, n, t, weight)
    return F, tw.sensitivities(net, loss, params, n, t, weight)["out"]


def test_every_loss_has_its_oracle():
    assert set(LOSSES) == set(LOSS_ORACLES), "name optax's own function of a new loss in LOSS_ORACLES of oracles.py"


def test_the_losses_of_the_texts_are_there():
    assert {"mse", "half_mse", "sse", "half_sse", "cross_entropy", "mae", "huber"} <= set(LOSSES)


def test_reductions_by_default():
    defaults = {name: LOSSES.get(name).reduction for name in LOSSES}
    sums = {"sse", "half_sse"}
    assert defaults == {name: "sum" if name in sums else "mean" for name in LOSSES}


@each_loss
def test_which_activations_a_loss_takes(loss):
    for activation in ACTIVATIONS:
        if fits(loss, activation):
            LOSSES.get(loss).check(ACTIVATIONS.get(activation))


def test_cross_entropy_refuses_outputs_that_are_no_probabilities():
    n, t = numbers()
    for activation in set(ACTIVATIONS) - {"sigmoid", "softmax"}:
        net, params = layer_alone(activation)
        for function in (tw.gradient, tw.sensitivities):
            with pytest.raises(tw.ArgumentError) as told:
                function(net, "cross_entropy", params, n, t)
            assert str(told.value) == (
                f"cross_entropy needs sigmoid or softmax outputs, not {activation}: "
                "change the output activation, or use mse"
            )


def reduced(pair):
    """The loss as a weighted mean, or as a sum, in turn; and the weights."""
    reduction, weight = (("mean", WEIGHT), ("sum", None))[PAIRS.index(pair) % 2]
    return LOSSES[pair[0]](reduction=reduction), weight


@functools.cache
def by_jax():
    """The value and the derivative by the net inputs of every pair, in one program."""

    def of_all(n, t):
        found = {}
        for pair in PAIRS:
            loss, weight = reduced(pair)
            of = partial(loss_of_examples, loss, ACTIVATIONS.get(pair[1]), t=t, weight=weight)
            found[pair] = jax.value_and_grad(of)(n)
        return found

    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, jax.jit(of_all)(*numbers()))


@each_pair
def test_value_and_sensitivity_by_jax(loss, activation):
    checked, weight = reduced((loss, activation))
    F, s = evaluate(checked, activation, *numbers(), weight)
    expected, by_n = by_jax()[loss, activation]
    np.testing.assert_allclose(F, expected, rtol=1e-12)
    np.testing.assert_allclose(s, by_n, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("weighted", [False, True])
def test_values_are_those_of_scikit_learn(weighted):
    n, t = numbers()
    a = 1.0 / (1.0 + np.exp(-n))
    weight = np.array([0.5, 2.0, 1.0, 0.25, 3.25]) if weighted else None
    mse = sklearn.metrics.mean_squared_error(t, a, sample_weight=weight)
    mae = sklearn.metrics.mean_absolute_error(t, a, sample_weight=weight)
    total = EXAMPLES if weight is None else weight.sum()
    expected = {
        "mse": mse,
        "half_mse": mse * SIZE / 2.0,
        "sse": mse * SIZE * total,
        "half_sse": mse * SIZE * total / 2.0,
        "mae": mae,
    }
    for loss, value in expected.items():
        np.testing.assert_allclose(evaluate(loss, "sigmoid", n, t, weight)[0], value, rtol=1e-13, err_msg=loss)


@pytest.mark.parametrize("weighted", [False, True])
def test_cross_entropy_is_the_log_loss_of_scikit_learn(weighted):
    n, _ = numbers()
    labels = np.array([0, 2, 1, 1, 0])
    weight = np.array([0.5, 2.0, 1.0, 0.25, 3.25]) if weighted else None
    a = np.exp(n) / np.exp(n).sum(axis=1, keepdims=True)
    expected = sklearn.metrics.log_loss(labels, a, labels=[0, 1, 2], sample_weight=weight)
    np.testing.assert_allclose(evaluate("cross_entropy", "softmax", n, np.eye(3)[labels], weight)[0], expected)

    yes = np.array([[1.0], [0.0], [0.0], [1.0], [1.0]])
    expected = sklearn.metrics.log_loss(yes[:, 0], 1.0 / (1.0 + np.exp(-n[:, 0])), sample_weight=weight)
    np.testing.assert_allclose(evaluate("cross_entropy", "sigmoid", n[:, :1], yes, weight)[0], expected)


@each_pair
def test_sample_weights_count_rows(loss, activation):
    n, t = numbers()
    rows = np.array([0, 0, 1, 3, 3, 3, 4])
    for reduction in REDUCTIONS:
        checked = LOSSES[loss](reduction=reduction)
        F_rows, s_rows = evaluate(checked, activation, n[rows], t[rows])
        F, s = evaluate(checked, activation, n, t, np.array([2.0, 1.0, 0.0, 3.0, 1.0]))
        np.testing.assert_allclose(F, F_rows, rtol=1e-13)
        np.testing.assert_array_equal(s[2], 0.0)
        np.testing.assert_allclose(s[[0, 1, 3, 4]] / [[2.0], [1.0], [3.0], [1.0]], s_rows[[0, 2, 3, 6]], rtol=1e-13)

        F, s = evaluate(checked, activation, n, t)
        F_ones, s_ones = evaluate(checked, activation, n, t, np.ones(EXAMPLES))
        np.testing.assert_allclose(F_ones, F, rtol=1e-14)
        np.testing.assert_allclose(s_ones, s, rtol=1e-14)


@each_loss
def test_a_mean_does_not_notice_the_scale_of_the_weights_and_a_sum_does(loss):
    n, t = numbers()
    weight = np.array([0.5, 2.0, 1.0, 0.25, 3.25])
    for reduction, factor in (("mean", 1.0), ("sum", 10.0)):
        checked = LOSSES[loss](reduction=reduction)
        F, s = evaluate(checked, "sigmoid", n, t, weight)
        F_scaled, s_scaled = evaluate(checked, "sigmoid", n, t, 10.0 * weight)
        np.testing.assert_allclose(F_scaled, factor * F, rtol=1e-13)
        np.testing.assert_allclose(s_scaled, factor * s, rtol=1e-13)


@each_loss
@pytest.mark.parametrize(("dtype", "weighted"), [("float32", False), ("float64", True)])
def test_numpy_and_jax_agree_and_keep_the_type(loss, dtype, weighted):
    n, t = (values.astype(dtype) for values in numbers())
    weight = WEIGHT.astype(dtype) if weighted else None
    fitting = [activation for of, activation in PAIRS if of == loss]

    def of_all(n, t, weight):
        found = {}
        for activation in fitting:
            net, params = layer_alone(activation)
            params = net.unravel(net.ravel(params).astype(dtype))
            found[activation] = tw.gradient(net, loss, params, n, t, weight)
        return found

    on_numpy = of_all(n, t, weight)
    with jax.enable_x64(dtype == "float64"):
        compiled = jax.jit(of_all)(n, t, weight)
    near = {"rtol": 1e-11, "atol": 1e-13} if dtype == "float64" else {"rtol": 2e-4, "atol": 2e-5}
    for activation in fitting:
        (F, g), (F_compiled, g_compiled) = on_numpy[activation], compiled[activation]
        for array in (F, F_compiled, g["out"].weights["n"], g_compiled["out"].weights["n"]):
            assert array.dtype == dtype, activation
        assert isinstance(F_compiled, jax.Array)
        np.testing.assert_allclose(F_compiled, F, **near, err_msg=activation)
        np.testing.assert_allclose(g_compiled["out"].weights["n"], g["out"].weights["n"], **near, err_msg=activation)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("n", "t", "F"),
    [(1000.0, 0.0, 1000.0), (1000.0, 1.0, 0.0), (-1000.0, 1.0, 1000.0), (-1000.0, 0.0, 0.0), (1000.0, 0.25, 750.0)],
)
def test_cross_entropy_of_a_saturated_sigmoid(n, t, F, dtype):
    found, s = evaluate("cross_entropy", "sigmoid", np.array([[n]], dtype), np.array([[t]], dtype))
    assert found == F
    assert s == (n > 0) - t


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy_of_a_saturated_softmax(dtype):
    n = np.array([[1000.0, -1000.0], [-1000.0, 1000.0]], dtype)
    t = np.array([[0.0, 1.0], [0.0, 1.0]], dtype)
    F, s = evaluate(LOSSES["cross_entropy"](reduction="sum"), "softmax", n, t)
    assert F == 2000.0
    np.testing.assert_array_equal(s, [[1.0, -1.0], [0.0, 0.0]])


@each_pair
def test_extreme_net_inputs_give_finite_numbers(loss, activation):
    n = np.array([[1000.0, -1000.0, 0.5], [-1000.0, -1000.0, 1000.0]])
    t = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    of = partial(evaluate, loss, activation)
    for found in (of, jax.jit(of)) if loss == "cross_entropy" else (of,):
        F, s = found(n, t)
        assert np.isfinite(F)
        assert np.isfinite(np.asarray(s)).all()


def test_softmax_targets_that_do_not_add_up_to_one():
    n, t = numbers()
    t = t * [[0.3], [2.0], [0.0], [5.0], [1.0]]
    F, s = evaluate("cross_entropy", "softmax", n, t)
    with jax.enable_x64(True):
        of = jax.value_and_grad(lambda n: -(t * jax.nn.log_softmax(n)).sum() / EXAMPLES)
        expected, by_n = jax.jit(of)(n)
    np.testing.assert_allclose(F, expected, rtol=1e-13)
    np.testing.assert_allclose(s, by_n, rtol=1e-12, atol=1e-15)


def test_softmax_with_a_squared_error_uses_the_full_jacobian():
    n, t = np.array([[0.2, -0.4, 1.1]]), np.array([[0.0, 1.0, 0.0]])
    _, s = evaluate("half_sse", "softmax", n, t)
    a = np.exp(n) / np.exp(n).sum()
    diagonal_alone = (a - t) * a * (1.0 - a)
    full = (np.diag(a[0]) - np.outer(a, a)) @ (a - t)[0]
    np.testing.assert_allclose(s[0], full, rtol=1e-13)
    assert np.abs(s - diagonal_alone).max() > 0.05


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_the_output_itself_is_a_loss(activation):
    """∂(Σ a)/∂n by jax, without a look at the targets; of several outputs it must be said that they are added up."""
    n, t = numbers()
    summed = tw.losses.Output(outputs="sum")
    F, s = evaluate(summed, activation, n, t, WEIGHT)
    with jax.enable_x64(True):
        of = lambda n: jnp.sum(jnp.asarray(WEIGHT)[:, None] * ACTIVATIONS.get(activation)(n))  # noqa: E731
        expected, by_n = jax.jit(jax.value_and_grad(of))(n)
    np.testing.assert_allclose(F, expected, rtol=1e-12)
    np.testing.assert_allclose(s, by_n, rtol=1e-10, atol=1e-14)
    with pytest.raises(tw.ArgumentError, match="outputs='sum'"):
        evaluate("output", activation, n, t)
    with pytest.raises(tw.ArgumentError, match="'one' or 'sum'"):
        tw.losses.Output(outputs="all")
    assert "output" not in list(LOSSES)


@pytest.mark.parametrize("activation", ["linear", "softmax"])
def test_half_the_mean_over_outputs(activation):
    n, t = numbers()
    halved = tw.losses.HalfMSE(outputs="mean")
    F, s = evaluate(halved, activation, n, t)
    with jax.enable_x64(True):
        of = lambda n: 0.5 * jnp.mean((ACTIVATIONS.get(activation)(n) - t) ** 2)  # noqa: E731
        expected, by_n = jax.jit(jax.value_and_grad(of))(n)
    np.testing.assert_allclose(F, expected, rtol=1e-12)
    np.testing.assert_allclose(s, by_n, rtol=1e-10, atol=1e-14)
    with pytest.raises(tw.ArgumentError, match="'sum' or 'mean'"):
        tw.losses.HalfMSE(outputs="none")


@pytest.mark.parametrize("delta", [0.1, 1.0, 3.0])
def test_huber_turns_linear_at_delta(delta):
    e = np.array([[-4.0, -1.0, -0.05, 0.0, 0.2, 2.0, 5.0]])
    expected = np.where(np.abs(e) <= delta, e**2 / 2.0, delta * np.abs(e) - delta**2 / 2.0)
    np.testing.assert_allclose(Huber(delta=delta).value(e, np.zeros_like(e)), expected, rtol=1e-14)
    np.testing.assert_array_equal(
        Huber(delta=delta).derivative(e, np.zeros_like(e)), np.maximum(-delta, np.minimum(delta, e))
    )
    edge = delta * np.array([[-1.001, -1.0, -0.999, 0.999, 1.0, 1.001]])
    np.testing.assert_array_equal(Huber(delta=delta).second_derivative(edge, np.zeros_like(edge)), [[0, 1, 1, 1, 1, 0]])


@pytest.mark.parametrize("targets", [[[0.0, 1.0]], [[1.0, 1.0]], [[0.2, 0.3]]])
@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_the_text_of_a_fused_sensitivity_gives_its_value(activation, targets):
    """Whatever the targets add up to: Python reads the text here."""
    n, t = np.array([[0.3, -1.2]]), np.array(targets)
    a = ACTIVATIONS.get(activation)(n)
    loss = LOSSES.get("cross_entropy")
    text = loss.sensitivity_text(ACTIVATIONS.get(activation))
    told = eval(text, {"a": a, "t": t, "e": t - a, "sum": np.sum})
    np.testing.assert_allclose(told, loss.sensitivity(ACTIVATIONS.get(activation), n, a, t), rtol=1e-14)
    if activation == "sigmoid":
        assert text == "-e"


@pytest.mark.parametrize("loss", [name for name in LOSSES if issubclass(LOSSES[name], PointwiseLoss)])
def test_an_exact_output_has_no_error_and_no_slope(loss):
    a = np.array([[0.5, -2.0]])
    np.testing.assert_array_equal(LOSSES.get(loss).value(a, a), 0.0)
    np.testing.assert_array_equal(LOSSES.get(loss).derivative(a, a), 0.0)


@each_loss
def test_integer_targets_are_as_good_as_real_ones(loss):
    n, _ = numbers()
    t = np.eye(SIZE, dtype=int)[[0, 2, 1, 1, 0]]
    of = partial(evaluate, loss, "softmax")
    for found in (of, jax.jit(of)) if loss in ("mse", "cross_entropy") else (of,):
        F, s = found(n, t)
        F_real, s_real = found(n, t.astype(float))
        np.testing.assert_array_equal(F, F_real)
        np.testing.assert_array_equal(s, s_real)


@each_loss
def test_an_unknown_reduction_is_refused(loss):
    with pytest.raises(tw.ArgumentError, match="reduction is 'median'; it must be 'mean' or 'sum'"):
        LOSSES[loss](reduction="median")


@pytest.mark.parametrize("delta", [0.0, -2.0, float("nan")])
def test_huber_refuses_a_delta_that_is_not_positive(delta):
    with pytest.raises(tw.ArgumentError, match=f"huber: delta is {delta}"):
        Huber(delta=delta)
