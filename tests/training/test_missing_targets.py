"""Training on targets of which some are missing or weighed: every rule, both engines, and all that hangs on a run."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from training_cases import BATCH_RULES, FULL_BATCH_RULES

import thalweg as tw
from thalweg.optimizers import RULES
from thalweg.training.outcome import Outcome
from thalweg.training.reach import targets_in_reach

NET = tw.mlp(2, 3, 2)
_rng = np.random.default_rng(11)
P = _rng.normal(size=(14, 2))
WHOLE = np.stack([np.sin(P[:, 0]) * P[:, 1], 0.5 * P[:, 0] - P[:, 1] ** 2], axis=1)
T = WHOLE.copy()
T[[1, 3, 4, 9, 9, 12], [0, 1, 1, 0, 1, 0]] = np.nan
THERE = np.isfinite(T)
V = _rng.uniform(0.3, 2.0, T.shape)
IGNORE = {"targets": "ignore_nan"}
START = NET.init(3)
X0 = NET.ravel(START)


@dataclasses.dataclass
class ByHand:
    """A mean square of the errors that are there, as one vector of residuals r, and its derivatives by JAX."""

    scale: np.ndarray
    net = NET
    l2 = None
    weight = None
    loss = tw.losses.MSE()

    def __post_init__(self):
        def r(x):
            W1, b1, W2, b2 = x[:6].reshape(3, 2), x[6:9], x[9:15].reshape(2, 3), x[15:]
            return ((jnp.tanh(P @ W1.T + b1) @ W2.T + b2 - np.nan_to_num(T))[THERE]) * self.scale

        self.r, self.J = jax.jit(r), jax.jit(jax.jacobian(r))
        self.H = jax.jit(jax.hessian(lambda x: jnp.sum(r(x) ** 2)))
        self.bend = jax.jit(lambda x, v: jax.jvp(lambda y: jax.jvp(r, (y,), (v,))[1], (x,), (v,))[1])
        self.T = np.zeros((int(THERE.sum()), 1))  # so many errors, for the rule that counts them

    def of(self, function, *given):
        with jax.enable_x64(True):
            return np.asarray(function(*map(jnp.asarray, given)))

    def value(self, x):
        return np.sum(self.of(self.r, x) ** 2)

    def gradient(self, x):
        return self.value(x), 2.0 * self.of(self.r, x) @ self.of(self.J, x)

    def hessian(self, x):
        return self.of(self.H, x)

    def hessian_product(self, x, v):
        return self.hessian(x) @ v

    def gauss_newton(self, x):
        J = self.of(self.J, x)
        return *self.gradient(x), 2.0 * J.T @ J

    def gauss_newton_product(self, x, v):
        return self.gauss_newton(x)[2] @ v

    def acceleration_term(self, x, v):
        return 2.0 * self.of(self.J, x).T @ self.of(self.bend, x, v)

    def penalized(self, x):
        return np.zeros_like(x)


@pytest.fixture(scope="module")
def hand():
    return ByHand(np.full(int(THERE.sum()), 1.0 / np.sqrt(THERE.sum())))


@pytest.fixture(scope="module")
def weighed():
    return ByHand(np.sqrt(V[THERE] / V[THERE].sum()))


def two_steps(rule, problem):
    x, state, losses = X0, rule.init(X0), []
    for _ in range(2):
        if hasattr(rule, "search"):
            x, state, F = rule.search(problem, state, x)
        else:
            F, g = problem.gradient(x)
            delta, state = rule.apply(g, state, x, F)
            x = x + delta
        losses.append(float(F))
    return x, losses


def trained(rule, **given):
    options = {"epochs": 2, "dtype": "float64", "engine": "numpy", "batch_size": "all", "params": START, **given}
    return tw.train(NET, P, options.pop("T", T), "mse", rule, **{**IGNORE, **options})


@pytest.mark.parametrize("name", [*BATCH_RULES, *FULL_BATCH_RULES])
def test_every_rule_takes_the_steps_of_the_errors_that_are_there(name, hand, weighed):
    rule = RULES.get(name)
    x, losses = two_steps(rule, hand)
    run = trained(rule)
    np.testing.assert_allclose(run.history.loss, losses, rtol=1e-9)
    np.testing.assert_allclose(run.checkpoint.state.x, x, rtol=1e-6, atol=1e-9)
    if name != "br":  # for which a weight is a number of errors
        x, losses = two_steps(rule, weighed)
        run = trained(rule, target_weight=V)
        np.testing.assert_allclose(run.history.loss, losses, rtol=1e-9)
        np.testing.assert_allclose(run.checkpoint.state.x, x, rtol=1e-6, atol=1e-9)


def test_levenberg_marquardt_solves_the_normal_equations_of_the_errors_that_are_there(hand):
    J, r = hand.of(hand.J, X0), hand.of(hand.r, X0)
    delta = np.linalg.solve(J.T @ J + 0.1 * np.eye(len(X0)), -J.T @ r)
    run = trained(tw.optimizers.LevenbergMarquardt(mu=0.1, acceleration=False), epochs=1)
    np.testing.assert_allclose(NET.ravel(run.params) - X0, delta, rtol=1e-8, atol=1e-12)


def test_a_weight_is_a_number_of_errors_to_bayesian_regularization():
    twice = np.concatenate([T, np.where(np.arange(2) == 0, T, np.nan)])  # each first target stands two times
    options = {"epochs": 4, "dtype": "float64", "engine": "numpy", "params": START, **IGNORE}
    run = tw.train(NET, np.concatenate([P, P]), twice, "mse", "br", **options)
    by_weight = trained("br", epochs=4, target_weight=np.tile([2.0, 1.0], (len(T), 1)))
    np.testing.assert_allclose(by_weight.state.gamma, run.state.gamma, rtol=1e-8)
    np.testing.assert_allclose(by_weight.state.beta, run.state.beta, rtol=1e-8)
    np.testing.assert_allclose(by_weight.history.loss, run.history.loss, rtol=1e-9)


@pytest.mark.parametrize("rule", ["lm", optax.sgd(0.1)])
def test_rules_on_xla(rule):
    options = {"epochs": 2, "dtype": "float64", "params": START, "batch_size": "all", **IGNORE}
    run = tw.train(NET, P, T, "mse", rule, engine="xla", **options)
    same = tw.train(NET, P, T, "mse", "lm" if rule == "lm" else tw.GradientDescent(0.1), engine="numpy", **options)
    np.testing.assert_allclose(run.history.loss, same.history.loss, rtol=1e-9)
    np.testing.assert_allclose(NET.ravel(run.params), NET.ravel(same.params), rtol=1e-7, atol=1e-10)


def test_rows_without_any_target_are_as_if_left_out():
    target = np.where(THERE[:, :1], T[:, :1], np.nan)
    net, options = tw.mlp(2, 3, 1), {"epochs": 3, "batch_size": 5, "engine": "numpy"}
    there = THERE[:, 0]
    run = tw.train(net, P, target, **options, **IGNORE)
    alone = tw.train(net, P[there], target[there], **options)
    assert (run.history.loss == alone.history.loss).all()
    assert (net.ravel(run.params) == net.ravel(alone.params)).all()
    assert run.step(2).rows.tolist() == np.flatnonzero(there)[alone.step(2).rows].tolist()


def test_weights_of_one_are_none():
    plain, ones = (
        tw.train(NET, P, WHOLE, epochs=2, engine="numpy", **given) for given in ({}, {"target_weight": V**0})
    )
    assert (plain.history.loss == ones.history.loss).all()
    assert plain.more(1).history.loss[-1] == ones.more(1).history.loss[-1]


@pytest.fixture(scope="module")
def runs():
    given = {"epochs": 4, "batch_size": 4, "target_weight": V, "validation": (P, T, V), "l2": 1e-3, "params": START}
    return {engine: tw.train(NET, P, T, "mse", engine=engine, **given, **IGNORE) for engine in ("numpy", "xla")}


def test_both_engines_make_the_same_run(runs):
    one, other = runs["numpy"], runs["xla"]
    np.testing.assert_allclose(one.history.loss, other.history.loss, rtol=1e-5)
    np.testing.assert_allclose(one.history.validation_loss, other.history.validation_loss, rtol=1e-5)
    np.testing.assert_allclose(NET.ravel(one.params), NET.ravel(other.params), rtol=1e-4, atol=1e-6)


def test_the_validation_loss_is_that_of_the_targets_that_are_there(runs):
    run = runs["numpy"]
    errors = V * (run.predict(P) - np.nan_to_num(T)) ** 2 * THERE
    assert run.history.validation_loss[run.best_epoch - 1] == pytest.approx(errors.sum() / V[THERE].sum(), rel=1e-5)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_a_step_is_replayed_to_the_bit_and_shows_what_is_missing(engine, runs):
    run = runs[engine]
    step = run.step(7)
    assert "to the bit" in step.notes[1]
    rows = step.rows
    assert (step.missing == ~THERE[rows]).all()
    text = step.show("nnd")
    assert text.count("is missing.") == 2 * step.missing.sum()  # where it would stand, and in the error
    F, g = tw.gradient(
        NET, "mse", step.params, P[rows].astype("f"), T[rows], target_weight=V[rows].astype("f"), l2=1e-3, **IGNORE
    )
    assert step.value == pytest.approx(float(F), rel=1e-5)
    np.testing.assert_allclose(NET.ravel(step.gradient), NET.ravel(g), rtol=1e-4, atol=1e-6)
    assert step.value - 0.5e-3 * sum(
        (W**2).sum() for w, _ in step.params.values() for W in w.values()
    ) == pytest.approx(float(step.factors @ step.errors), rel=1e-5)


def test_a_run_that_goes_on_is_the_run_in_one(runs):
    given = {"batch_size": 4, "target_weight": V, "validation": (P, T, V), "l2": 1e-3, "params": START}
    half = tw.train(NET, P, T, "mse", engine="numpy", epochs=2, **given, **IGNORE)
    assert (half.more(2).history.loss == runs["numpy"].history.loss).all()
    given.pop("params")
    again = tw.train(NET, P, T, "mse", engine="numpy", epochs=2, state=half, **given, **IGNORE)
    assert (again.history.loss == runs["numpy"].history.loss).all()


def test_many_runs_with_weights_of_their_own(runs):
    other = np.where(np.arange(14)[:, None] % 3 == 0, 0.0, V)
    given = {"epochs": 4, "batch_size": 4, "validation": (P, T, V), "l2": 1e-3, "params": START, **IGNORE}
    many = tw.train_many(NET, P, T, "mse", target_weight=np.stack([V, other]), **given)
    np.testing.assert_allclose(many[0].history.loss, runs["xla"].history.loss, rtol=1e-5)
    alone = tw.train(NET, P, T, "mse", target_weight=other, engine="numpy", **given)
    np.testing.assert_allclose(many[1].history.loss, alone.history.loss, rtol=1e-5)
    np.testing.assert_allclose(many[1].history.validation_loss, alone.history.validation_loss, rtol=1e-5)
    step = many[1].step(2)
    assert (step.missing == ~THERE[step.rows]).all()


def test_priority_sampling_looks_at_targets_that_are_there():
    far = np.where(THERE, T, np.nan)
    net = NET.unravel(np.r_[np.zeros(15), 100.0, 100.0])  # so that a missing target taken as 0 would be the worst
    sampling = tw.PrioritySampling(portion=0.5, share=0.3, unbiased=True)
    run = tw.train(
        NET, P, far, "mse", "gd", batch_size=4, epochs=1, order=sampling, params=net, engine="numpy", **IGNORE
    )
    kept = THERE.any(axis=1)
    losses = np.where(THERE, (100.0 - np.nan_to_num(T)) ** 2, 0.0).sum(axis=1)[kept]
    high = run.checkpoint.high
    assert losses[high].min() >= losses[~high].max() * (1 - 2.0**-9)
    step = run.step(1)
    rows = step.rows
    factors = sampling.factors(high, 4)[np.searchsorted(np.flatnonzero(kept), rows)]
    e = np.where(THERE[rows], 100.0 - np.nan_to_num(T[rows]), 0.0)
    mean = 4 * THERE[kept].mean()  # what a batch weighs on average
    assert step.value == pytest.approx(float((factors[:, None] * e**2).sum() / 2 / mean), rel=1e-5)


def test_penalties_shared_by_a_batch_are_divided_by_how_many_examples_its_targets_amount_to():
    run = tw.train(NET, P, T, "mse", "gd", l2=0.5, shares_penalties=True, epochs=1, params=START, engine="numpy",
                   batch_size="all", dtype="float64", **IGNORE)  # fmt: skip
    amount = THERE.sum() / 2
    F = tw.gradient(NET, "mse", START, P, T, l2=0.5 / amount, **IGNORE)[0]
    assert run.history.loss[0] == pytest.approx(float(F), rel=1e-12)


def test_findings_do_not_take_missing_targets_for_zeros():
    shifted = 100.0 + T
    outcome = Outcome.of(NET, START, tw.train(NET, P, shifted, epochs=1, engine="numpy", **IGNORE).recipe.examples)
    np.testing.assert_allclose(outcome.mean, np.nanmean(shifted, axis=0), rtol=1e-6)
    np.testing.assert_allclose(outcome.spans, np.nanmax(T, axis=0) - np.nanmin(T, axis=0), rtol=1e-4)
    np.testing.assert_allclose(outcome.deviation(axis=0), np.nanstd(T, axis=0), rtol=1e-4)
    assert not targets_in_reach(tw.mlp(2, 2, output="sigmoid"), np.array([[0.5, 7.0]]), np.array([[1.0, 0.0]]))
    found = targets_in_reach(tw.mlp(2, 2, output="sigmoid"), np.array([[0.5, 7.0]]), np.array([[1.0, 0.5]]))
    assert "1 of 2 targets lie outside" in str(found[0])


def test_an_output_without_any_target_is_told():
    one = np.where([True, False], WHOLE, np.nan)
    run = tw.train(NET, P, one, epochs=1, engine="numpy", **IGNORE)
    assert run.findings[0].text == "output 1 of 2, counted from 0, has no target that counts, and learnt nothing"
    assert not tw.train(NET, P, T, epochs=1, engine="numpy", **IGNORE).findings


def test_a_run_says_how_many_targets_it_ignored(runs):
    rows = THERE.any(axis=1)
    told = f"{(~THERE[rows]).sum()} of {2 * rows.sum()} targets are missing, and were ignored"
    assert told in runs["numpy"].in_words().splitlines()


def test_a_worked_step_of_levenberg_marquardt_has_the_system_of_the_errors_that_are_there(hand):
    step = tw.worked_step(
        NET, "mse", START, P, T, tw.optimizers.LevenbergMarquardt(mu=0.1, acceleration=False), **IGNORE
    )
    J, r = hand.of(hand.J, X0), hand.of(hand.r, X0)
    np.testing.assert_allclose(step.system.matrix, J.T @ J, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(step.system.right, -J.T @ r, rtol=1e-9, atol=1e-12)


def test_everything_that_takes_weights_of_examples_takes_those_of_targets():
    given = {"target_weight": V, **IGNORE}

    def g(x):
        return NET.ravel(tw.gradient(NET, "mse", NET.unravel(x), P, T, **given)[1])

    H = np.array([(g(X0 + h) - g(X0 - h)) / 2e-5 for h in 1e-5 * np.eye(len(X0))])
    largest = np.linalg.eigvalsh(H)[-1]
    assert tw.largest_stable_rate(NET, "mse", START, P, T, tolerance=1e-8, **given) == pytest.approx(
        2 / largest, rel=1e-5
    )
    np.testing.assert_allclose(tw.surface.taylor(NET, "mse", START, P, T, **given).hessian, H, rtol=1e-3, atol=1e-6)
    assert tw.check_network(NET, "mae", START, P, T, **given).passed
    found = tw.diagnose_network(NET, "mse", START, P, T, "gd", **given)
    assert found.lambda_max == pytest.approx(largest, rel=1e-3)
    F = float(tw.gradient(NET, "mse", START, P, T, **given)[0])
    assert found.F == found.flow.F == pytest.approx(F, rel=1e-12)
    for slice_of in (
        tw.surface.error_along_weight(NET, "mse", START, P, T, "layer1[0,0]", points=3, **given),
        tw.surface.error_surface(NET, "mse", START, P, T, ("layer1[0]", "layer2[0]"), points=3, **given),
        tw.surface.trajectory(NET, "mse", START, P, T, "gd", steps=1, **given),
    ):
        assert np.abs(np.ravel(slice_of.F) - F).min() < 1e-9
    test = tw.learning_rate_range_test(NET, P, T, loss="mse", params=START, updates=4, **given)
    assert np.isfinite(test.losses).all()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"targets": "complete"}, r"^T has nan at row 1, column 0 .*targets='ignore_nan'$"),
        ({"T": WHOLE, "targets": "complete", "validation": (P, T)}, r"^validation T has nan at row 1, .*'ignore_nan'$"),
        ({"validation": (P, T, np.ones((14, 3)))}, r"^validation target_weight has shape \(14, 3\) and T \(14, 2\)"),
        ({"validation": (P, T, -V)}, "^validation target_weight is -.* must not be negative"),
        ({"validation": (P, T * np.nan)}, "^validation T has no target: all are missing"),
        ({"target_weight": np.ones((2, 14, 2))}, r"^target_weight has shape \(2, 14, 2\) and T \(14, 2\)"),
        ({"target_weight": V * 1e-60, "dtype": "float32"}, "^target_weight is 0 everywhere in float32"),
        ({"targets": None}, "^targets is None; it must be one of"),
    ],
)
def test_refuses(given, says):
    with pytest.raises((tw.ArgumentError, tw.DataError), match=says):
        trained("adam", **given)


def test_the_test_loss_is_that_of_the_targets_that_are_there():
    run = trained("lm", validation=(P[:7], T[:7]), test=(P, T), record="test_loss", epochs=1)
    errors = (np.tanh(P @ run.params["layer1"].weights["input"].T + run.params["layer1"].bias)
              @ run.params["layer2"].weights["layer1"].T + run.params["layer2"].bias - T)[THERE]  # fmt: skip
    assert run.history.test_loss[0] == pytest.approx(np.mean(errors**2), rel=1e-10)


@pytest.mark.parametrize("outputs", [1, 2])
def test_recipes_take_them_and_score_what_is_there(outputs):
    fit = tw.fitnet(P, T[:, :outputs], 3, epochs=2, seed=1, **IGNORE)
    scores = fit.scores["train"]
    assert (scores.each[0] if outputs == 2 else scores).examples == THERE[fit.rows.train, 0].sum()
    with pytest.raises(tw.DataError, match="targets='ignore_nan'"):
        tw.fitnet(P, T)


def test_probabilities_of_which_some_are_missing():
    net, given = tw.mlp(2, 3, output="softmax"), {"epochs": 1, "engine": "numpy", **IGNORE}
    rows = np.array([[0.0, 1.0, 0.0], [np.nan, 1.0, np.nan], [0.0, np.nan, 0.0]])
    run = tw.train(net, P[:3], rows, **given)
    assert run.history.loss[0] == pytest.approx(-3 / 6 * np.log(run.step(1).passed.output[:2, 1]).sum(), rel=1e-5)
    with pytest.raises(tw.DataError, match=r"T adds up to 1\.5 in row 0"):
        tw.train(net, P[:1], np.array([[0.5, 1.0, np.nan]]), **given)
