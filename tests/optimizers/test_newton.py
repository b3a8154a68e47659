"""Newton and Gauss-Newton: a quadratic in one step, and a safeguard everywhere else."""

import jax
import numpy as np
import pytest
from scipy.optimize import minimize
from second_order import GRAPHS, examples, iterations, problem_of

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.optimizers.full_batch import Problem
from thalweg.optimizers.newton import shifted_step

BOTH = (tw.Newton(), tw.GaussNewton())
each = pytest.mark.parametrize("rule", BOTH, ids=["newton", "gauss_newton"])


@pytest.mark.parametrize(
    ("rule", "engine"),
    [
        *((rule, "numpy") for rule in (*BOTH, tw.Newton(safeguard=False))),
        *(pytest.param(rule, "xla", marks=pytest.mark.thorough) for rule in (*BOTH, tw.Newton(safeguard=False))),
    ],
    ids=str,
)
def test_one_step_to_the_minimum_of_a_quadratic(rule, engine, reference):
    text = reference("nnd_quadratic")
    P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    run = tw.train(tw.mlp(1, 1), P, T, "sse", optimizer=rule, epochs=1, engine=engine)
    expected = text["E3_2"]["after_one_newton_step"]
    np.testing.assert_allclose(run.network.ravel(run.params), [expected["w"], expected["b"]], rtol=1e-12)
    for name in ("eq_3_15", "P3_3")[: 2 if engine == "numpy" else 1]:
        net = tw.Network({"p": 2}, [tw.Layer("out", 1, bias=False)])
        P, T = np.array(text[name]["inputs"], float), np.array(text[name]["targets"], float)[:, None]
        run = tw.train(net, P, T, "sse", optimizer=rule, epochs=1, engine=engine)
        np.testing.assert_allclose(run.network.ravel(run.params), text[name]["minimum"], rtol=1e-12, atol=1e-12)


def test_the_learning_rate_scales_the_step():
    P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    for safeguard in (False, True):
        net = tw.mlp(1, 1)
        start = net.unravel(np.zeros(2))
        run = tw.train(net, P, T, "sse", optimizer=tw.Newton(0.25, safeguard), params=start, epochs=1)
        np.testing.assert_allclose(net.ravel(run.params), [0.5, 0.125])


@pytest.mark.usefixtures("unchecked_shapes")
@each
@pytest.mark.parametrize(
    ("net", "loss"),
    [
        pytest.param(net, loss, marks=[] if (name == "chain") == (loss == "mse") else pytest.mark.thorough)
        for name, net in GRAPHS.items()
        for loss in ("mse", "cross_entropy")
    ],
    ids=[f"{name}-{loss}" for name in GRAPHS for loss in ("mse", "cross_entropy")],
)
def test_it_trains_to_a_minimum(rule, net, loss):
    ends = "sigmoid" if loss == "cross_entropy" else "linear"
    net = (tw.mlp if net is GRAPHS["chain"] else tw.cascade)(2, 3, net.output.size, output=ends)
    P, T, weight = examples(net)
    T = (T > 0).astype(float) if loss == "cross_entropy" else T
    problem = Problem(net, LOSSES.get(loss), {"input": P}, T, weight, 0.01)
    x = net.ravel(net.init(2))
    path, losses, _ = iterations(rule, problem, x, 120)
    assert (np.diff(losses) <= 0).all()
    assert losses[-1] < 0.9 * losses[0]
    assert np.abs(problem.gradient(path[-1])[1]).max() < 1e-4
    theirs = minimize(problem.gradient, path[-1], jac=True, method="BFGS", options={"gtol": 1e-9})
    assert problem.value(path[-1]) <= theirs.fun + 1e-6
    assert np.linalg.eigvalsh(problem.hessian(path[-1]))[0] > -1e-4


@pytest.mark.usefixtures("unchecked_shapes")
def test_newton_converges_quadratically_near_a_minimum():
    problem = problem_of(tw.mlp(2, 3, 1), l2=0.01)
    x = problem.net.ravel(problem.net.init(2))
    path, _, _ = iterations(tw.Newton(), problem, x, 300)
    near = path[-1] + 1e-3 * np.random.default_rng(0).normal(size=x.shape)
    guarded, state, _ = tw.Newton().search(problem, tw.Newton().init(near), near)
    assert float(state.shift) == 0.0
    steps, _, _ = iterations(tw.Newton(safeguard=False), problem, near, 3)
    np.testing.assert_allclose(steps[0], guarded, rtol=1e-9)
    sizes = [np.abs(problem.gradient(x)[1]).max() for x in (near, *steps)]
    assert sizes[1] < 0.1 * sizes[0]
    assert sizes[2] < 1e4 * sizes[1] ** 2
    assert sizes[3] < 1e4 * sizes[2] ** 2 + 1e-15


def test_where_the_hessian_is_indefinite_the_step_still_descends():
    problem = problem_of(GRAPHS["chain"])
    x = problem.net.ravel(problem.net.init(0))
    H = problem.hessian(x)
    least = np.linalg.eigvalsh(H)[0]
    assert least < -1e-3
    plain, _, F = tw.Newton(safeguard=False).search(problem, tw.Newton().init(x), x)
    np.testing.assert_allclose(plain, x - np.linalg.solve(H, problem.gradient(x)[1]), rtol=1e-8)
    after, state, _ = tw.Newton().search(problem, tw.Newton().init(x), x)
    assert problem.value(after) < F
    assert float(state.least_curvature) == pytest.approx(least)
    assert float(state.largest_curvature) == pytest.approx(np.abs(np.linalg.eigvalsh(H)).max())
    assert float(state.reduction) == pytest.approx(F - problem.value(after))


class Bowl:
    """F = x² within a wall, and nothing beyond it."""

    def __init__(self, wall):
        self.wall = wall

    def gauss_newton(self, x):
        return x @ x, 2 * x, 2 * np.eye(len(x))

    def value(self, x):
        return np.where(np.abs(x - 1.0).max() > self.wall, np.nan, x @ x)


def test_the_shift_grows_until_the_loss_falls():
    rule = tw.GaussNewton()
    x, state, _ = rule.search(Bowl(0.5), rule.init(np.ones(1)), np.ones(1))
    assert float(state.shift) == pytest.approx(2.0 * 1e0 * 1.0, rel=1e-9)
    np.testing.assert_allclose(x, 0.5)
    assert int(state.tries) == 8  # 0, then 2e-6 to 2
    x, state, _ = rule.search(Bowl(0.0), rule.init(np.ones(1)), np.ones(1))
    assert bool(state.stalled)
    np.testing.assert_array_equal(x, 1.0)


def test_shifted_steps():
    rng = np.random.default_rng(0)
    Q, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    values, g = np.array([-3.0, 0.0, 1.0, 5.0]), rng.normal(size=4)
    expected = -Q @ np.diag([1 / 3, 0, 1, 1 / 5]) @ Q.T @ g
    np.testing.assert_allclose(shifted_step(values, Q, g, np.array(0.0)), expected)
    expected = -Q @ np.diag([1 / 5, 1 / 2, 1 / 3, 1 / 7]) @ Q.T @ g
    np.testing.assert_allclose(shifted_step(values, Q, g, np.array(2.0)), expected)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_a_singular_hessian_is_told(engine):
    net = tw.mlp(2, 1)
    P = np.array([[1.0, 1.0], [2.0, 2.0], [0.0, 0.0]])
    T = np.array([[1.0], [2.0], [1.0]])
    start = net.unravel(np.zeros(3))
    run = tw.train(net, P, T, optimizer=tw.Newton(safeguard=False), params=start, epochs=5, engine=engine)
    assert run.stopped_because == "stalled"
    assert run.explanation == (
        "the Hessian is singular, so that Newton's step does not exist: use Newton(safeguard=True), or lm (epoch 1)"
    )
    np.testing.assert_array_equal(net.ravel(run.params), 0.0)
    run = tw.train(net, P, T, optimizer="newton", params=start, epochs=1, engine=engine)
    by_formula = np.linalg.lstsq(np.c_[P, np.ones(3)], T[:, 0])[0]
    np.testing.assert_allclose(net.ravel(run.params), by_formula, rtol=1e-10)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("rule", "net"),
    [
        pytest.param(rule, net, marks=[] if (name == "chain") == (rule is BOTH[1]) else pytest.mark.thorough)
        for name, net in GRAPHS.items()
        for rule in BOTH
    ],
    ids=[f"{name}-{rule}" for name in GRAPHS for rule in ("newton", "gauss_newton")],
)
def test_numpy_and_xla_take_the_same_way(rule, net):
    P, T, weight = examples(net)
    runs = [
        tw.train(net, P, T, optimizer=rule, epochs=8, l2=0.01, sample_weight=weight, engine=engine)
        for engine in ("numpy", "xla")
    ]
    np.testing.assert_allclose(runs[0].history.loss, runs[1].history.loss, rtol=1e-6)
    for one, other in zip(runs[0].state, runs[1].state, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-9)


@each
def test_float32_is_kept(rule):
    problem = problem_of(tw.mlp(2, 3, 1))
    inputs = {name: values.astype(np.float32) for name, values in problem.inputs.items()}
    problem = Problem(
        problem.net, problem.loss, inputs, problem.T.astype(np.float32), problem.weight.astype(np.float32)
    )
    x = problem.net.ravel(problem.net.init(0)).astype(np.float32)
    path, losses, state = iterations(rule, problem, x, 30)
    assert path.dtype == np.float32
    assert losses[-1] < 0.5 * losses[0]
    assert {part.dtype for part in jax.tree.leaves(state[2:]) if part.dtype.kind == "f"} == {np.dtype("float32")}


class Ridge:
    """F = ½(x₀² - 4x₁²), whose largest curvature leads down."""

    def gradient(self, x):
        return self.value(x), np.array([1.0, -4.0]) * x

    def hessian(self, x):
        return np.diag([1.0, -4.0])

    def value(self, x):
        return np.asarray(0.5 * (x[0] ** 2 - 4.0 * x[1] ** 2))


def test_the_largest_curvature_counts_by_its_size():
    x = np.array([1.0, 0.5])
    after, state, _ = tw.Newton().search(Ridge(), tw.Newton().init(x), x)
    assert (float(state.least_curvature), float(state.largest_curvature)) == (-4.0, 4.0)
    np.testing.assert_allclose(after, [0.0, 1.0])  # to the minimum of x₀², and as far again away from the maximum
