"""Levenberg-Marquardt: its minimum is SciPy's, its steps are those of the equation, its policy is trainlm's."""

import numpy as np
import polars as pl
import pytest
from scipy.optimize import least_squares
from second_order import GRAPHS, dense_jacobian, examples, iterations, problem_of, residuals

import thalweg as tw
from thalweg.optimizers import levenberg_marquardt
from thalweg.training import programs

each_graph = pytest.mark.parametrize("net", GRAPHS.values(), ids=GRAPHS)
each_kind = pytest.mark.parametrize("acceleration", [False, True])


def sine(count=60):
    P = np.linspace(-1, 1, count)[:, None]
    return P, np.sin(np.pi * P)


SMALL = [
    (tw.mlp(2, 2, 2), "mse", 1e-4),
    (tw.cascade(2, 2, 1, hidden="sigmoid"), "half_mse", None),
    (GRAPHS["chain"], "half_sse", 0.05),
    (GRAPHS["shortcuts"], "mse", 0.01),
]


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("net", "loss", "l2", "acceleration"),
    [
        pytest.param(*case, kind, marks=[] if number % 2 == kind else pytest.mark.thorough)
        for number, case in enumerate(SMALL)
        for kind in (False, True)
    ],
)
def test_the_minimum_is_scipys(net, acceleration, loss, l2):
    problem = problem_of(net, loss, l2=l2)
    x = net.ravel(net.init(1))
    rule = tw.LevenbergMarquardt(acceleration=acceleration)
    path, losses, _ = iterations(rule, problem, x, 400)
    assert (np.diff(losses) <= 0).all()
    assert losses[-1] < 0.8 * losses[0]
    for method, start in (("lm", path[-1]), ("trf", path[-1]), ("lm", x)):
        theirs = least_squares(
            lambda x: residuals(problem, x), start, method=method, xtol=1e-13, ftol=1e-13, gtol=1e-13
        )
        if start is not x or abs(2 * theirs.cost - losses[-1]) < 1e-4:  # from the start SciPy may find another minimum
            np.testing.assert_allclose(problem.value(path[-1]), 2 * theirs.cost, rtol=1e-6)


@each_graph
@pytest.mark.parametrize("l2", [None, 0.2])
def test_a_plain_step_is_that_of_the_equation(net, l2):
    problem = problem_of(net, l2=l2)
    x = net.ravel(net.init(1))
    after, state, F = tw.LevenbergMarquardt(mu=0.7, acceleration=False).search(
        problem, tw.LevenbergMarquardt().init(x), x
    )
    r, J = residuals(problem, x), dense_jacobian(problem, x)
    delta = np.linalg.solve(J.T @ J + 0.7 * np.eye(len(x)), -J.T @ r)
    np.testing.assert_allclose(after - x, delta, atol=1e-8)
    assert float(F) == pytest.approx(r @ r)
    assert (bool(state.accepted), int(state.tries), bool(state.singular)) == (True, 1, False)
    assert float(state.mu) == pytest.approx(0.07)
    assert float(state.predicted) == pytest.approx(r @ r - np.sum((r + J @ delta) ** 2), rel=1e-6)
    assert float(state.reduction) == pytest.approx(r @ r - problem.value(after), rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_an_accelerated_step_follows_the_residuals_to_second_order_if_that_is_lower(seed):
    problem = problem_of(GRAPHS["chain"])
    x = problem.net.ravel(problem.net.init(seed))
    after, state, _ = tw.LevenbergMarquardt(mu=0.1).search(problem, tw.LevenbergMarquardt().init(x), x)
    r, J = residuals(problem, x), dense_jacobian(problem, x)
    A = J.T @ J + 0.1 * np.eye(len(x))
    v = np.linalg.solve(A, -J.T @ r)
    h = 1e-3
    second = (residuals(problem, x + h * v) - 2 * r + residuals(problem, x - h * v)) / h**2
    curved = v + np.linalg.solve(A, -J.T @ second) / 2
    lower = problem.value(x + curved) < problem.value(x + v)
    assert bool(state.accelerated) == lower
    np.testing.assert_allclose(after - x, curved if lower else v, atol=1e-5)
    assert np.abs(curved - v).max() > 1e-3


class Valley:
    """F = x² but for a wall: nothing beyond a distance is lower."""

    l2 = None

    def __init__(self, wall):
        self.wall = wall

    def gauss_newton(self, x):
        return x @ x, 2 * x, 2 * np.eye(len(x))

    def value(self, x):
        return np.where(np.abs(x - 1.0).max() > self.wall, np.nan, x @ x)


def test_mu_rises_tenfold_until_a_step_lowers_the_loss_and_then_falls():
    rule = tw.LevenbergMarquardt(acceleration=False)
    x, state, _ = rule.search(Valley(wall=0.4), rule.init(np.ones(1)), np.ones(1))
    assert int(state.tries) == 5  # 0.001, 0.01, 0.1, 1, 10: steps 1/(1+mu)
    assert float(state.mu) == pytest.approx(1.0)
    np.testing.assert_allclose(x, 1 - 1 / 11)
    x, state, _ = rule.search(Valley(wall=0.6), state, x)
    assert int(state.tries) == 1
    assert float(state.mu) == pytest.approx(0.1)


def test_mu_above_its_maximum_stalls_where_it_was():
    rule = tw.LevenbergMarquardt(acceleration=False)
    x, state, _ = rule.search(Valley(wall=0.0), rule.init(np.ones(1)), np.ones(1))
    np.testing.assert_array_equal(x, 1.0)
    assert bool(state.stalled)
    assert not state.accepted
    assert int(state.tries) == 14  # 1e-3 to 1e10
    assert 1e10 < float(state.mu) < 1e12
    assert float(state.reduction) == 0.0


def test_numbers_that_never_end_are_ended():
    for rule in (tw.LevenbergMarquardt(mu=0.0, mu_increase=1.0, acceleration=False),):
        _, state, _ = rule.search(Valley(wall=0.0), rule.init(np.ones(1)), np.ones(1))
        assert bool(state.stalled)
        assert int(state.tries) == 100


def test_a_run_that_stalls_says_so():
    P, T, _ = examples(tw.mlp(2, 1))
    rule = tw.LevenbergMarquardt(mu=1e3, mu_max=1e2)
    run = tw.train(tw.mlp(2, 1), P, T, optimizer=rule, epochs=100)
    assert run.stopped_because == "stalled"
    assert run.explanation == (
        "mu rose above its maximum of 100 and no step lowers the loss any more: if the loss is not low enough, try "
        "another seed, or scg (epoch 1)"
    )
    assert int(run.state.step) == run.epochs == 1


def test_a_run_that_stalls_with_a_schedule_and_a_validation_set_says_what_is_kept():
    P, T, _ = examples(tw.mlp(2, 1))
    rule = tw.LevenbergMarquardt(mu=1e3, mu_max=lambda step: 1e2)
    run = tw.train(tw.mlp(2, 1), P, T, optimizer=rule, epochs=100, validation=(P, T))
    kept = f"the parameters of epoch 1, the lowest validation loss ({run.history.validation_loss[0]:.4g}), are kept"
    assert run.explanation.endswith(f"or scg (epoch 1); {kept}")


def test_a_run_that_overflows_is_not_told_of_a_learning_rate():
    P, T, _ = examples(tw.mlp(2, 1))
    run = tw.train(tw.mlp(2, 1), 1e200 * P, 1e200 * T, optimizer="lm", epochs=3)
    assert run.stopped_because == "diverged"
    assert run.explanation.endswith("are kept. Scale inputs and targets, or start from smaller weights")


@pytest.mark.parametrize("engine", ["numpy", pytest.param("xla", marks=pytest.mark.thorough)])
def test_a_run_at_a_minimum_ends_there(engine):
    P, T, _ = examples(tw.mlp(2, 1))
    run = tw.train(tw.mlp(2, 1), P, T, optimizer="lm", epochs=100, engine=engine)
    assert run.stopped_because == "stalled"
    assert 3 < run.epochs < 20
    by_formula = np.linalg.lstsq(np.c_[P, np.ones(40)], T[:, 0])[0]
    np.testing.assert_allclose(run.network.ravel(run.params), by_formula, atol=1e-7)
    if float(run.state.mu) < 1e10:
        assert run.explanation.startswith("no step lowers the loss by more than rounding: if the loss is not low")


@each_kind
def test_a_singular_system_still_gives_a_step(acceleration, monkeypatch):
    net = tw.mlp(2, 3, 1, hidden="relu")
    params = net.init(0)
    params["layer1"].bias[:] = -100.0  # dead units: columns of zeros
    P, T, _ = examples(tw.mlp(2, 3, 1))
    used = []
    stacked = levenberg_marquardt.stacked_step
    monkeypatch.setattr(levenberg_marquardt, "stacked_step", lambda *a: used.append(1) or stacked(*a))
    rule = tw.LevenbergMarquardt(mu=0.0, acceleration=acceleration)
    run = tw.train(net, P, T, optimizer=rule, params=params, epochs=1, engine="numpy")
    assert used
    assert bool(run.state.singular)
    assert bool(run.state.accepted)
    last = run.params["layer2"]
    np.testing.assert_allclose(last.bias, T.mean(), rtol=1e-10)
    np.testing.assert_allclose(run.params["layer1"].bias, -100.0)


@pytest.mark.parametrize("l2", [None, 0.3])
def test_stacked_least_squares_give_the_same_step(l2):
    problem = problem_of(GRAPHS["chain"], l2=l2)
    x = problem.net.ravel(problem.net.init(3))
    mu = np.array(0.02)
    squares = levenberg_marquardt.loss_about(problem, x, acceleration=False)
    by_cholesky, accelerated, singular = levenberg_marquardt.damped_step(squares, mu)
    assert accelerated is None
    assert not singular
    np.testing.assert_allclose(squares.by_least_squares(mu), by_cholesky, rtol=1e-9)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("net", "acceleration"),
    [pytest.param(GRAPHS["chain"], False, marks=pytest.mark.thorough), (GRAPHS["shortcuts"], True)],
    ids=["chain", "shortcuts"],
)
def test_numpy_and_xla_take_the_same_way(net, acceleration):
    P, T, weight = examples(net)
    runs = [
        tw.train(
            net,
            P,
            T,
            optimizer=tw.LevenbergMarquardt(acceleration=acceleration),
            epochs=25,
            l2=1e-4,
            sample_weight=weight,
            engine=engine,
        )
        for engine in ("numpy", "xla")
    ]
    np.testing.assert_allclose(runs[0].history.loss, runs[1].history.loss, rtol=1e-7)
    assert runs[0].state._fields == runs[1].state._fields
    for one, other in zip(runs[0].state, runs[1].state, strict=True):
        assert isinstance(other, np.ndarray)
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-10)


def test_a_weight_of_two_is_a_row_given_twice():
    net = GRAPHS["chain"]
    P, T, _ = examples(net, 12)
    twice = np.where(np.arange(12) < 4, 2.0, 1.0)
    weighed = tw.train(net, P, T, optimizer="lm", epochs=15, sample_weight=twice, engine="numpy")
    given = tw.train(net, np.r_[P, P[:4]], np.r_[T, T[:4]], optimizer="lm", epochs=15, engine="numpy")
    np.testing.assert_allclose(weighed.history.loss, given.history.loss, rtol=1e-6)


@pytest.mark.usefixtures("unchecked_shapes")
def test_numbers_do_not_recompile():
    (P, T), net, how = sine(), tw.mlp(1, 6, 1), {"engine": "xla", "dtype": "float32"}  # as in the next but one
    tw.train(net, P, T, optimizer="lm", epochs=2, **how)
    before = programs.compilations()
    found = [
        tw.train(net, P, T, optimizer=tw.LevenbergMarquardt(mu, 5.0, 0.5, 1e6), epochs=3, **how).history.loss[-1]
        for mu in (1e-2, 1.0)
    ]
    assert programs.compilations() == before
    assert found[0] != found[1]


def test_float64_is_the_default():
    P, T = sine()
    run = tw.train(tw.mlp(1, 6, 1), P, T, optimizer="lm", epochs=1)
    assert run.params["layer1"].bias.dtype == np.float64


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_float32_works(engine):
    P, T = sine()
    run = tw.train(tw.mlp(1, 6, 1), P, T, optimizer="lm", epochs=60, dtype="float32", engine=engine)
    assert run.history.loss[-1] < 1e-4
    assert all(W.dtype == np.float32 for layer in run.params.values() for W in layer.weights.values())
    assert run.state.mu.dtype == np.float32


def test_by_name_on_a_table():
    """On the command line: test_every_rule_trains.py."""
    x = np.linspace(-1, 1, 120)
    frame = pl.DataFrame({"x": x, "y": np.sin(3 * x)})
    trained = tw.train_table(frame, "y", tw.Settings(hidden=(6,), optimizer="lm", epochs=30))
    assert trained.scores.r2 > 0.99


def test_a_table_of_classes_is_told_the_rules_that_fit():
    frame = pl.DataFrame({"x": np.linspace(-1, 1, 60), "y": ["a", "b", "c"] * 20})
    with pytest.raises(tw.ArgumentError) as told:
        tw.train_table(frame, "y", tw.Settings(optimizer="lm"))
    assert str(told.value) == (
        "LevenbergMarquardt needs a sum of squares, not cross_entropy: use mse, or gauss_newton, bfgs, scg or adam for "
        "this loss"
    )
