"""The diagnosis of a training: curvature by NumPy's eigvalsh of jax.hessian, rates by hand, ills made on purpose."""

import dataclasses
import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import thalweg as tw
from thalweg.diagnosis import LossCurve
from thalweg.diagnosis import curvature as module
from thalweg.optimizers.schedules import Linear, ReduceOnPlateau

pytestmark = pytest.mark.usefixtures("short_trials")
RNG = np.random.default_rng(0)
P = RNG.normal(size=(40, 3))
T = np.sin(P @ [[1.0, 0.5], [0.0, -1.0], [0.3, 0.0]])
CLASSES = np.eye(2)[RNG.integers(0, 2, 40)]
NET = tw.mlp(3, 4, 2)
SOFT = tw.mlp(3, 4, 2, output="softmax")
PARAMS = NET.init(1)
X = NET.ravel(PARAMS)
LINEAR = tw.mlp(3, 2)
DEEP_P = np.random.default_rng(0).normal(size=(64, 4))
DEEP_T = np.sin(DEEP_P[:, :1])


@functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
def by_jax(x, T, c, l2, softmax):
    """F, ∇F and ∇²F of a tanh network with a linear output and squared errors, or a softmax and cross-entropy."""

    def error(x):
        W1, b1, W2, b2 = x[:12].reshape(4, 3), x[12:16], x[16:24].reshape(2, 4), x[24:]
        n = jnp.tanh(P @ W1.T + b1) @ W2.T + b2
        terms = jnp.where(softmax, -T * jax.nn.log_softmax(n), (n - T) ** 2)
        return jnp.sum(c[:, None] * terms) + 0.5 * l2 * (jnp.sum(W1**2) + jnp.sum(W2**2))

    return error(x), jax.grad(error)(x), jax.hessian(error)(x)


def expected(T, c, l2=0.0, softmax=False, x=X):
    """F, ∇F and the eigenvalues of ∇²F, the largest first, with a factor c of each example."""
    with jax.enable_x64(True):
        F, g, H = map(np.asarray, by_jax(x, T, np.broadcast_to(c, 40).astype(float), float(l2), softmax))
    return F, g, np.linalg.eigvalsh(H)[::-1]


def assert_is(found, F, g, values):
    assert pytest.approx(float(F), rel=1e-9) == found.F
    assert found.gradient_norm == pytest.approx(np.linalg.norm(g), rel=1e-9)
    np.testing.assert_allclose(found.spectrum.eigenvalues, values, rtol=1e-7, atol=1e-9)
    assert (found.lambda_max, found.lambda_min) == (pytest.approx(values[0]), pytest.approx(values[-1]))


def trained(net=NET, P=P, T=T, **settings):
    return tw.train(net, P, T, **{"epochs": 20, "engine": "numpy", "dtype": "float64", **settings})


def by_descent(rate, **settings):
    return trained(optimizer=tw.GradientDescent(rate), batch_size="all", **settings)


def kinds(found):
    return [finding.kind for finding in found.findings]


WEIGHT = np.linspace(0.0, 3.0, 40)


@pytest.mark.parametrize(
    ("given", "c"),
    [
        ({}, 1 / 80),
        ({"l2": 0.3}, 1 / 80),
        ({"sample_weight": WEIGHT}, WEIGHT / WEIGHT.sum() / 2),
        ({"sample_weight": WEIGHT, "l2": 0.1, "batch_size": 7}, WEIGHT / WEIGHT.sum() / 2),
        ({"loss": "sse"}, 1.0),
        ({"loss": "sse", "batch_size": 8, "l2": 0.2}, 8 / 40),
        ({"loss": "sse", "batch_size": 8, "sample_weight": WEIGHT}, WEIGHT * 8 / 39),
        ({"loss": "sse", "batch_size": 400}, 1.0),
    ],
)
def test_error_gradient_and_curvature(given, c):
    given = dict(given)
    found = tw.diagnose_network(NET, given.pop("loss", "mse"), PARAMS, P, T, **given)
    F, g, values = expected(T, c, given.get("l2", 0.0))
    assert_is(found, F, g, values)
    bare = expected(T, c)[1]
    np.testing.assert_allclose(NET.ravel(found.gradient), bare, rtol=1e-8, atol=1e-12)
    flow = [np.linalg.norm(bare[:16]), np.linalg.norm(bare[16:])]
    np.testing.assert_allclose([layer.gradient for layer in found.flow.layers], flow, rtol=1e-8)
    summed = bool(given.get("batch_size", 40) < 40 and found.loss == "sse")
    assert ("sse is summed: the error and its derivatives are those of an average batch of 8" in found.notes) == summed


def test_cross_entropy_and_softmax():
    found = tw.diagnose_network(SOFT, None, PARAMS, P, CLASSES, l2=0.05)
    assert (found.loss, found.examples) == ("cross_entropy", 40)
    assert_is(found, *expected(CLASSES, 1 / 40, 0.05, True))


def test_the_curvature_downhill():
    found = tw.diagnose_network(NET, "mse", PARAMS, P, T)
    with jax.enable_x64(True):
        _, g, H = map(np.asarray, by_jax(X, T, np.full(40, 1 / 80), 0.0, False))
    assert found.downhill == pytest.approx(g @ H @ g / (g @ g), rel=1e-9)
    assert found.along.curvature == pytest.approx(found.lambda_max, rel=1e-9)
    assert abs(found.along.slope) == pytest.approx(abs(g @ np.linalg.eigh(H)[1][:, -1]), rel=1e-6)


def test_at_rest_there_is_no_way_down():
    found = tw.diagnose_network(LINEAR, "mse", LINEAR.unravel(np.zeros(8)), P, 0 * T, tw.GradientDescent(0.1))
    assert (found.downhill, found.gradient_norm, found.F) == (None, 0.0, 0.0)
    assert kinds(found) == ["no gradient"]


RULES = [
    (tw.GradientDescent(0.1), 2.0, 0.1, "2/λ_max"),
    (tw.Momentum(0.1, 0.5), 3.0, 0.1, "2(1+α)/λ_max"),
    (tw.Nesterov(0.1, 0.5), 1.5, 0.1, "2(1+α)/((1+2α)λ_max)"),
    (tw.GradientDescent(Linear(0.1, 0.3, 21)), 2.0, 0.1 + 0.2 * 19 / 21, "2/λ_max"),
    (tw.Momentum(0.01, Linear(0.0, 0.5, 19)), 3.0, 0.01, "2(1+α)/λ_max"),
    (tw.Adam(0.003), None, 0.003, None),
    (tw.Adam(Linear(0.003, 0.0, 40)), None, 0.003 * 21 / 40, None),
    ("rprop", None, None, None),
    ("lm", None, None, None),
]


@pytest.mark.parametrize(("rule", "factor", "rate", "formula"), RULES)
def test_the_largest_stable_rate_of_a_run(rule, factor, rate, formula):
    run = trained(optimizer=rule, batch_size="all")
    found = tw.diagnose(run)
    values = expected(T, 1 / 80, x=NET.ravel(run.params))[2]
    assert found.lambda_max == pytest.approx(values[0], rel=1e-9)
    assert found.formula == formula
    assert found.learning_rate == (None if rate is None else pytest.approx(rate))
    assert found.stable_rate == (None if factor is None else pytest.approx(factor / values[0], rel=1e-9))
    assert found.rule == (rule if isinstance(rule, str) else tw.diagnose_network(NET, "mse", PARAMS, P, T, rule).rule)


def test_of_the_largest_stable_rate_gradient_descent_is_right():
    """On a linear network's error the updates go to and fro for ever at 2/λ_max: below it they end, above they grow."""
    found = tw.diagnose_network(LINEAR, "mse", LINEAR.init(0), P, T, "gd")
    losses = {}
    for share in (0.99, 1.01):
        rule = tw.GradientDescent(share * found.stable_rate)
        run = tw.train(
            LINEAR, P, T, params=LINEAR.init(0), optimizer=rule, batch_size="all", epochs=800, engine="numpy",
            dtype="float64",
        )  # fmt: skip
        losses[share] = run.history.loss
    assert losses[0.99][-1] < losses[0.99][0]
    assert losses[1.01][-1] > losses[1.01][0]


@pytest.mark.parametrize(
    ("share", "epochs", "told"),
    [(0.9, 60, False), (0.99, 60, False), (1.05, 60, True), (1.3, 12, True), (2.0, 12, True), (1.3, 8000, True)],
)
def test_a_rate_above_the_largest_stable_one_is_told(share, epochs, told):
    rule = tw.GradientDescent(share * tw.diagnose_network(LINEAR, "mse", LINEAR.init(0), P, T, "gd").stable_rate)
    run = trained(LINEAR, params=LINEAR.init(0), optimizer=rule, batch_size="all", epochs=epochs)
    found = tw.diagnose(run)
    assert ("learning rate too large" in kinds(found)) == told
    assert ("diverged" in kinds(found)) == (epochs == 8000)
    assert found.learning_rate / found.stable_rate == pytest.approx(share)
    if told:
        assert "rising" not in kinds(found), "the cause is told, not its effect"
        assert found.verdict.count("tw.rates_grid") == 1


def test_a_network_judged_with_a_rule_has_the_rate_of_its_start():
    found = tw.diagnose_network(NET, "mse", PARAMS, P, T, tw.GradientDescent(Linear(0.2, 0.0, 5)))
    assert (found.learning_rate, found.rule, found.loss_curve) == (0.2, "gd", None)
    assert tw.diagnose_network(NET, "mse", PARAMS, P, T).rule is None
    assert tw.diagnose_network(NET, "mse", PARAMS, P, T).stable_rate is None


def test_a_network_judged_with_a_rule_after_updates():
    rule = tw.Momentum(Linear(0.2, 0.0, 20), Linear(0.5, 0.9, 20))
    found = tw.diagnose_network(NET, "mse", PARAMS, P, T, rule, updates=11)
    assert (found.learning_rate, found.first_rate, found.momentum) == pytest.approx((0.1, 0.2, 0.7))
    assert found.stable_rate == pytest.approx(2 * 1.7 / found.lambda_max)


def test_a_rate_that_plateaus_reduce_is_not_judged():
    note = "the learning rate is not judged: plateaus may have reduced it"
    run = tw.diagnose(by_descent(ReduceOnPlateau(5.0), epochs=3))
    assert run.learning_rate is None
    assert note in run.notes
    start = tw.diagnose_network(NET, "mse", PARAMS, P, T, tw.GradientDescent(ReduceOnPlateau(0.1)))
    assert start.learning_rate == 0.1
    assert note not in start.notes


def test_a_rate_that_a_schedule_lowered_is_not_too_small():
    assert "learning rate too small" in kinds(tw.diagnose(by_descent(1e-5)))
    assert "learning rate too small" not in kinds(tw.diagnose(by_descent(Linear(0.2, 1e-5, 19))))


def test_a_rule_of_optax():
    found = tw.diagnose(trained(optimizer=optax.sgd(0.1), engine="xla", dtype="float32"))
    assert (found.learning_rate, found.stable_rate, found.formula) == (None, None, None)
    assert found.lambda_max > 0


def test_a_saddle_is_told():
    found = tw.diagnose_network(NET, "mse", NET.unravel(1e-3 * X), P, T - T.mean(axis=0), "gd")
    assert "saddle" in kinds(found)
    assert found.lambda_min < -0.1 * found.lambda_max


def test_a_ravine_is_told_and_scaled_inputs_have_none():
    wide = P * [1.0, 1.0, 100.0]
    for inputs, told in ((wide, True), (P, False)):
        stable = tw.diagnose_network(LINEAR, "mse", LINEAR.init(0), inputs, T, "gd").stable_rate
        run = trained(LINEAR, inputs, optimizer=tw.GradientDescent(0.9 * stable), batch_size="all", epochs=100)
        assert ("ravine" in kinds(tw.diagnose(run))) == told


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in (1, 2))])
def test_a_sigmoid_stack_is_told_to_vanish_and_its_relu_twin_is_not(seed):
    for hidden, told in (("sigmoid", True), ("relu", False)):
        net = tw.mlp(4, *[8] * 7, 1, hidden=hidden)
        run = trained(net, DEEP_P, DEEP_T, epochs=3, seed=seed)
        found = tw.diagnose(run)
        assert ("vanishing" in kinds(found)) == told
        assert ("from layer8 to layer" in found.verdict) == told


def test_a_training_that_stands_still_is_told_whatever_its_rule():
    for rule in (tw.Adam(1e-7), tw.RMSProp(1e-8)):
        found = tw.diagnose(trained(optimizer=rule, epochs=100))
        assert kinds(found) == ["standing still"]
        assert "stands still: the loss is" in found.verdict
    assert "standing still" not in kinds(tw.diagnose(trained(optimizer=tw.Adam(0.01), epochs=100)))
    done = trained(optimizer="lm", epochs=100, batch_size="all")
    rested = trained(optimizer=tw.Adam(1e-9), epochs=20, params=done.params)
    assert "standing still" not in kinds(tw.diagnose(rested)), "there is no way down"


def test_targets_that_are_out_of_reach_are_told_first_and_alone():
    net = tw.mlp(3, 8, 2)
    for scale, told in ((1.0, False), (1000.0, True)):
        found = tw.diagnose(trained(net, T=scale * (T + 5.0), optimizer="adam", epochs=100))
        assert ("unscaled targets" in kinds(found)) == told
        assert not told or set(kinds(found)) <= {"unscaled targets", "still falling"}


@pytest.mark.parametrize("epochs", [pytest.param(1, marks=pytest.mark.thorough), 300])
def test_on_the_plateau_of_a_sigmoid_stack_it_is_told_to_vanish_still(epochs):
    """There the last layer's gradient, a sum over examples, has become as small as the first one's."""
    wave = np.linspace(-3.0, 3.0, 60)[:, None]
    net = tw.mlp(1, *[5] * 8, 1, hidden="sigmoid")
    run = trained(net, wave, np.sin(wave), optimizer=tw.GradientDescent(0.1), batch_size="all", epochs=epochs)
    assert "vanishing" in kinds(tw.diagnose(run))


def test_of_a_trained_table_its_run_is_diagnosed():
    import polars as pl

    frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    done = tw.train_table(frame, "y", tw.Settings(hidden=(4,), epochs=3))
    assert tw.diagnose(done).to_dict() == tw.diagnose(done.run).to_dict()
    for wrong in (None, done.model, NET):
        with pytest.raises(tw.ArgumentError, match=r"it must be what tw\.train or tw\.train_table returns"):
            tw.diagnose(wrong)


def test_a_run_that_diverged():
    run = by_descent(1e3, epochs=300)
    found = tw.diagnose(run)
    assert kinds(found)[:2] == ["diverged", "learning rate too large"]
    assert found.notes == ("at the parameters of epoch 1, which the training kept",)
    np.testing.assert_array_equal(NET.ravel(found.params), NET.ravel(run.params))
    assert all(layer.update_ratio is None for layer in found.flow.layers), "the rule's state is of other parameters"


def test_a_run_with_patience():
    run = trained(T=RNG.normal(size=(40, 2)), validation=(P, T), patience=3, epochs=500, optimizer=tw.Adam(0.05))
    found = tw.diagnose(run)
    assert run.stopped_because == "patience"
    assert f"at the parameters of epoch {run.best_epoch}, which the training kept" in found.notes
    assert found.loss_curve.validation_loss is not None
    assert not {"overfitting", "still falling"} & set(kinds(found))


def test_a_run_that_kept_its_last_parameters_knows_its_next_update():
    run = by_descent(0.1)
    found = tw.diagnose(run)
    g = tw.gradient(NET, "mse", run.params, P, T)[1]
    ratio = 0.1 * np.linalg.norm(g["layer1"].weights["input"]) / np.linalg.norm(run.params["layer1"].weights["input"])
    assert found.flow.layers[0].update_ratio == pytest.approx(ratio, rel=1e-6)
    assert found.notes == ()


def test_a_converged_run_may_make_small_updates():
    assert tw.diagnose(trained(LINEAR, optimizer=tw.GradientDescent(0.2), batch_size="all", epochs=300)).findings == ()


def test_dropout_ties_and_l1_are_noted():
    net = tw.mlp(3, 4, 2, dropout=0.3)
    found = tw.diagnose(trained(net, l1=0.01))
    assert found.notes == ("the l1 penalty is left out: it has no curvature", "dropout is left out")
    assert found.loss_curve.dropout
    assert_is(found, *expected(T, 1 / 80, x=net.ravel(found.params)))


def test_examples_of_no_weight_are_left_out():
    weight = np.repeat([0.0, 2.0], 20)
    found = tw.diagnose(trained(sample_weight=weight))
    assert found.examples == 20
    assert_is(found, *expected(T, weight / 80, x=NET.ravel(found.params)))


def test_the_verdict_of_a_healthy_training():
    found = tw.diagnose(by_descent(0.2, epochs=3000, goal=0.05))
    assert found.findings == ()
    share = found.learning_rate / found.stable_rate
    assert found.verdict.startswith("nothing unusual: the layers' gradients are within a factor of")
    assert f"; the learning rate 0.2 is {share:.2g} of the largest stable one" in found.verdict
    assert found.verdict.endswith("; the losses do not bounce")
    few = tw.diagnose_network(NET, "mse", found.params, P, T, loss_curve=LossCurve(np.ones(3), None, "goal", 1))
    assert "bounce" not in few.verdict, "three epochs are too few to tell"


def test_every_finding_is_in_the_verdict():
    found = tw.diagnose(by_descent(1e3))
    assert found.verdict.splitlines() == [str(finding) for finding in found.findings]


def test_more_examples_than_rows():
    found = tw.diagnose_network(NET, "sse", PARAMS, P, T, "gd", rows=11, batch_size=10)
    rows = np.linspace(0, 39, 11).round().astype(int)
    c = np.zeros(40)
    c[rows] = 10 / 11
    assert_is(found, *expected(T, c))
    assert (found.examples, found.flow.examples) == (11, 11)
    assert found.notes[0] == "11 of 40 examples were looked at, spread over them"
    assert tw.diagnose_network(NET, "mse", PARAMS, P, T, rows=40).notes == ()
    assert tw.diagnose(by_descent(0.1), rows=5).examples == 5


def test_some_rows_of_no_weight():
    weight = np.where(np.arange(40) % 2, 1.0, 0.0)
    found = tw.diagnose_network(NET, "mse", PARAMS, P, T, sample_weight=weight, rows=2)
    assert found.F > 0
    assert found.examples == 2


@pytest.mark.parametrize("given", [{}, {"l2": 0.1}, {"sample_weight": WEIGHT}, {"loss": "sse", "batch_size": 10}])
def test_the_ends_of_a_large_spectrum_are_those_of_the_whole(monkeypatch, given):
    given = {"loss": "mse", **given}
    loss = given.pop("loss")
    whole = tw.diagnose_network(NET, loss, PARAMS, P, T, "gd", **given)
    monkeypatch.setattr(module, "_WHOLE_SPECTRUM", 0)
    some = tw.diagnose_network(NET, loss, PARAMS, P, T, "gd", **given)
    assert (len(whole.spectrum.eigenvalues), len(some.spectrum.eigenvalues)) == (26, 9)
    assert some.spectrum.converged
    assert some.lambda_max == pytest.approx(whole.lambda_max, rel=1e-3)
    assert some.lambda_min == pytest.approx(whole.lambda_min, rel=1e-2, abs=1e-2 * whole.lambda_max)
    assert abs(some.spectrum.eigenvector @ whole.spectrum.eigenvector) == pytest.approx(1, abs=1e-3)
    assert some.stable_rate == pytest.approx(whole.stable_rate, rel=1e-3)
    assert kinds(some) == kinds(whole)


def test_an_eigenvector_belongs_to_its_eigenvalue():
    spectrum = tw.diagnose_network(NET, "mse", PARAMS, P, T).spectrum
    with jax.enable_x64(True):
        H = np.asarray(by_jax(X, T, np.full(40, 1 / 80), 0.0, False)[2])
    np.testing.assert_allclose(spectrum.eigenvectors @ H, spectrum.eigenvalues[:, None] * spectrum.eigenvectors,
                               atol=1e-12)  # fmt: skip


def test_the_surface(monkeypatch):
    found = tw.diagnose_network(NET, "mse", PARAMS, P, T, l2=0.1)
    assert found.surface.F.shape == (41, 41)
    assert found.surface.F_center == pytest.approx(found.F)
    assert found.surface.F[20, 20] == pytest.approx(found.F)
    assert found.surface.names[0] == "down the gradient"
    for cost, points in ((2 * 26 * 40 * 31**2, 31), (2 * 26 * 40 * 21**2, 21), (2 * 26 * 40 * 21**2 - 1, None)):
        monkeypatch.setattr(module, "_SURFACE", cost)
        surface = tw.diagnose_network(NET, "mse", PARAMS, P, T).surface
        assert (surface if surface is None else len(surface.F)) == points


def test_the_error_along_the_largest_curvature_is_as_fine_as_may_be(monkeypatch):
    for cost, points in ((101 * 26 * 40, 101), (101 * 26 * 40 - 1, 51), (51 * 26 * 40 - 1, 21), (0, 21)):
        monkeypatch.setattr(module, "_ALONG", cost)
        assert len(tw.diagnose_network(NET, "mse", PARAMS, P, T).along.F) == points


def test_where_the_gradient_points_along_the_largest_curvature_the_surface_shows_the_second():
    net, inputs = tw.Network({"p": 3}, [tw.Layer("a", 1, bias=False)]), np.linalg.qr(P)[0] * [3.0, 2.0, 0.5]
    for column, name, value in ((0, "second largest", 4 * 2 / 40), (1, "largest", 9 * 2 / 40)):
        targets = inputs[:, [column]] * np.sqrt(40)
        found = tw.diagnose_network(net, "sse", net.unravel(np.zeros(3)), inputs, targets, batch_size=1)
        assert found.surface.names == ("down the gradient", f"{name} curvature ({value:.3g})")
        assert found.surface.curvature[1, 1] == pytest.approx(value)


def test_where_there_is_no_surface():
    one = tw.Network({"p": 1}, [tw.Layer("a", 1, bias=False)])
    assert tw.diagnose_network(one, "mse", one.init(0), P[:, :1], T[:, :1]).surface is None
    rest = tw.diagnose_network(LINEAR, "mse", LINEAR.unravel(np.zeros(8)), P, 0 * T)
    assert rest.surface.names[0].startswith("largest curvature")


def test_the_surface_of_many_examples_is_that_of_some(monkeypatch):
    monkeypatch.setattr(module, "SURFACE_ROWS", 10)
    found = tw.diagnose_network(NET, "mse", PARAMS, P, T)
    rows = np.linspace(0, 39, 10).round().astype(int)
    assert found.surface.F_center == pytest.approx(tw.diagnose_network(NET, "mse", PARAMS, P[rows], T[rows]).F)


def test_as_data():
    told = tw.diagnose(by_descent(1e3, epochs=300)).to_dict()
    told = json.loads(json.dumps(told, allow_nan=False))
    assert told["findings"][0]["kind"] == "diverged"
    assert not {"network", "params", "gradient"} & set(told)
    assert len(told["spectrum"]["eigenvalues"]) == 26
    assert told["loss_curve"]["loss"][-1] is None
    assert told["verdict"].startswith("the training diverged")
    assert told["rule"] == "gd"
    any_rate = tw.diagnose_network(LINEAR, "mse", LINEAR.init(0), 0 * P, T, tw.GradientDescent(0.1)).to_dict()
    json.dumps(any_rate, allow_nan=False)


def test_where_nothing_curves_any_rate_is_stable():
    net = tw.Network({"p": 3}, [tw.Layer("a", 2, bias=False)])
    found = tw.diagnose_network(net, "mse", net.init(0), 0 * P, T, tw.GradientDescent(0.1))
    assert (found.lambda_max, found.stable_rate) == (0.0, float("inf"))
    assert "learning rate" not in found.verdict
    assert found.to_dict()["stable_rate"] is None


@pytest.mark.parametrize("lanczos", [False, True])
def test_the_same_diagnosis_twice(monkeypatch, lanczos):
    if lanczos:
        monkeypatch.setattr(module, "_WHOLE_SPECTRUM", 0)
    run = by_descent(0.1)
    first, second = (json.dumps(tw.diagnose(run, seed=3).to_dict()) for _ in range(2))
    assert first == second


def test_a_run_is_diagnosed_as_its_parts():
    run = trained(loss="sse", optimizer=tw.GradientDescent(0.001), batch_size=8, l2=0.1, sample_weight=WEIGHT + 1)
    of_run = tw.diagnose(run)
    of_parts = tw.diagnose_network(
        NET, "sse", run.params, P, T, run.optimizer, batch_size=8, l2=0.1, sample_weight=WEIGHT + 1,
        loss_curve=of_run.loss_curve,
    )  # fmt: skip
    for name in ("F", "gradient_norm", "lambda_max", "lambda_min", "stable_rate", "learning_rate", "downhill"):
        assert getattr(of_run, name) == pytest.approx(getattr(of_parts, name), rel=1e-12), name
    assert of_run.notes == of_parts.notes


@pytest.mark.parametrize("net", [tw.cascade(3, 4, 2), tw.mlp(3, 4, 4, 2, hidden="relu"), tw.mlp(3, 2)])
def test_other_networks(net):
    run = trained(net, optimizer="lm" if net.parameter_count < 30 else "adam")
    found = tw.diagnose(run)
    assert found.lambda_max > 0
    assert [layer.name for layer in found.flow.layers] == [layer.name for layer in net.layers]


@pytest.mark.parametrize("rows", [1, 2])
def test_few_examples(rows):
    run = trained(P=P[:rows], T=T[:rows])
    found = tw.diagnose(run)
    assert found.examples == rows
    json.dumps(found.to_dict(), allow_nan=False)


def test_enormous_inputs_of_saturated_units():
    found = tw.diagnose_network(NET, "mse", NET.unravel(1e9 * X), 1e200 * P, T)
    assert kinds(found)[0] == "no gradient"
    assert "layer1" in found.verdict


def broken(value):
    x = X.copy()
    x[3] = value
    return NET.unravel(x)


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"params": broken(np.nan)}, tw.DataError, "params"),
        ({"params": broken(np.inf)}, tw.DataError, "params"),
        ({"params": NET.unravel(np.full(26, 1e200))}, tw.DataError, "not finite: use smaller parameters, or scale"),
        ({"P": 1e200 * P, "params": LINEAR.init(0), "net": LINEAR}, tw.DataError, "not finite"),
        ({"P": P * np.nan}, tw.DataError, "P has nan at row 0, column 0"),
        ({"P": P[:0], "T": T[:0]}, tw.DataError, "P has no examples"),
        ({"T": T[:5]}, tw.ArgumentError, "T has 5 examples and P has 40"),
        ({"T": 3.0}, tw.ArgumentError, "T is 3.0"),
        ({"P": P[:, :2]}, tw.ArgumentError, "P has 2 columns"),
        ({"loss": "mean"}, tw.ArgumentError, "unknown loss 'mean'"),
        ({"rule": "sdg"}, tw.ArgumentError, "sdg"),
        ({"rows": 0}, tw.ArgumentError, "rows is 0; it must be a whole number of at least 1"),
        ({"rows": 2.5}, tw.ArgumentError, "rows is 2.5"),
        ({"updates": -1}, tw.ArgumentError, "updates is -1"),
        ({"batch_size": 0}, tw.ArgumentError, "batch_size is 0"),
        ({"batch_size": "some"}, tw.ArgumentError, "batch_size is 'some'"),
        ({"l2": -1}, tw.ArgumentError, "l2"),
        ({"sample_weight": np.ones(3)}, tw.ArgumentError, "sample_weight has shape"),
        ({"params": None}, tw.ArgumentError, "params is NoneType"),
    ],
)
def test_mistakes(changed, error, words):
    given = {"loss": "mse", "params": PARAMS, "P": P, "T": T, "rule": "gd"} | changed
    places = [given.pop(name) for name in ("loss", "params", "P", "T", "rule")]
    with pytest.raises(error, match=words) as told:
        tw.diagnose_network(given.pop("net", NET), *places, **given)
    assert "\n" not in str(told.value)


def test_a_run_without_its_examples():
    run = dataclasses.replace(by_descent(0.1), recipe=None)
    with pytest.raises(tw.ArgumentError, match=r"this run has no examples: use tw.diagnose_network with"):
        tw.diagnose(run)
    with pytest.raises(tw.ArgumentError, match="rows is 0"):
        tw.diagnose(by_descent(0.1), rows=0)


def test_the_rate_of_a_run_that_began_with_the_state_of_another():
    rule = tw.GradientDescent(Linear(0.1, 0.0, steps=20))
    first = tw.train(NET, P, T, optimizer=rule, batch_size="all", epochs=8)
    second = tw.train(NET, P[::-1], T[::-1] * 0.9, optimizer=rule, batch_size="all", epochs=4, state=first)
    assert tw.diagnose(second).learning_rate == pytest.approx(float(Linear(0.1, 0.0, steps=20)(11)))


def test_a_penalty_that_the_rows_of_a_batch_share_is_so_much_less():
    run = trained(l2=0.4, shares_penalties=True, batch_size="all", epochs=3)
    found = tw.diagnose(run)
    same = tw.diagnose_network(NET, "mse", run.params, P, T, l2=0.4 / 40)
    assert (found.F, found.gradient_norm) == (pytest.approx(same.F), pytest.approx(same.gradient_norm))
