"""The adaptive rate with and without momentum, against plain loops of the published equations; what is shown of it."""

import numpy as np
import pytest
from descent_cases import Told

import thalweg as tw
from thalweg.optimizers import RULES

_rng = np.random.default_rng(0)
P = _rng.uniform(-1, 1, (30, 2))
T = np.sin(3 * P[:, :1]) * P[:, 1:]
NET = tw.mlp(2, 3, 1)
BOLD = {"learning_rate": 2.0, "rate_increase": 1.3, "rate_decrease": 0.6, "max_rise": 1.02}


def published(steps, lr=0.01, lr_inc=1.05, lr_dec=0.7, max_perf_inc=1.04, mc=None):
    """MATLAB's traingda, or with mc its traingdx, as its documentation and NND's chapter 12 say it."""

    def performance(x):
        F, g = tw.gradient(NET, "mse", NET.unravel(x), P, T)
        return float(F), NET.ravel(g)

    x = NET.ravel(NET.init(0))
    perf, g = performance(x)
    dX, losses, refused = -lr * g, [], 0
    for _ in range(steps):
        losses.append(perf)
        perf2, g2 = performance(x + dX)
        if perf2 / perf > max_perf_inc:  # the change is not made, and the momentum forgotten
            lr = lr * lr_dec
            dX = -lr * g
            refused += 1
            continue
        if perf2 < perf:
            lr = lr * lr_inc
        x, perf, g = x + dX, perf2, g2
        dX = -lr * g if mc is None else mc * dX - lr * mc * g
    return x, np.array(losses), lr, refused


@pytest.mark.parametrize(
    ("name", "momentum", "engine"),
    [
        ("gda", None, "numpy"),
        ("gdx", 0.9, "numpy"),
        ("gdx", 0.9, "xla"),
        pytest.param("gda", None, "xla", marks=pytest.mark.thorough),
    ],
)
def test_it_is_the_published_loop(name, momentum, engine, unchecked_shapes):
    for settings, matlab in (
        ({}, {}),
        (BOLD, {"lr": 2.0, "lr_inc": 1.3, "lr_dec": 0.6, "max_perf_inc": 1.02}),
    ):
        rule = RULES[name](**settings)
        x, losses, lr, refused = published(80, **matlab, mc=momentum)
        run = tw.train(NET, P, T, optimizer=rule, epochs=80, engine=engine)
        np.testing.assert_allclose(run.history.loss, losses, rtol=1e-9)
        np.testing.assert_allclose(NET.ravel(run.params), x, rtol=1e-7)
        np.testing.assert_allclose(run.state.next_rate, lr, rtol=1e-9)
        assert not settings or 5 < refused < 60


def test_a_momentum_of_ones_own_and_the_defaults_of_matlab():
    x, *_ = published(50, lr=0.5, mc=0.5)
    run = tw.train(NET, P, T, optimizer=tw.AdaptiveMomentum(learning_rate=0.5, momentum=0.5), epochs=50, engine="numpy")
    np.testing.assert_allclose(NET.ravel(run.params), x, rtol=1e-8)
    rate = {"learning_rate": 0.01, "rate_increase": 1.05, "rate_decrease": 0.7, "max_rise": 1.04}
    assert RULES.describe(RULES.get("traingda")) == {"name": "traingda", **rate}
    assert RULES.describe(RULES.get("traingdx")) == {"name": "traingdx", **rate, "momentum": 0.9}


def test_a_step_that_overflows_is_not_taken():
    """So far off that F is not finite: the rate falls until it is, and the weights stay until then."""
    net = tw.mlp(2, 3, 1, hidden="softplus")
    run = tw.train(net, P, T, optimizer=tw.AdaptiveGradientDescent(1e300), epochs=3, engine="numpy")
    np.testing.assert_array_equal(net.ravel(run.params), net.ravel(net.init(0)))
    assert run.state.next_rate == pytest.approx(1e300 * 0.7**3)
    assert run.history.loss[0] == run.history.loss[-1]


def test_at_the_minimum_the_run_ends():
    run = tw.train(tw.mlp(2, 1), P, P @ [[2.0], [1.0]], optimizer="gda", epochs=5000, engine="numpy")
    assert run.stopped_because == "stalled"
    assert "the learning rate fell to" in run.explanation or "no step" in run.explanation
    assert run.history.loss[-1] < 1e-25


@pytest.mark.parametrize("name", ["gda", "gdx"])
def test_a_schedule_of_what_the_rule_itself_changes_is_refused(name):
    with pytest.raises(tw.ArgumentError, match=r"learning_rate is .*; the rule changes it itself: give a number"):
        RULES[name](learning_rate=tw.optimizers.schedules.Linear(0.1, 0.0, 10))


def test_steps_taken_and_not_are_shown_by_their_equations():
    run = tw.train(NET, P, T, optimizer=tw.AdaptiveMomentum(**BOLD), epochs=40, engine="numpy")
    numbers = (1, *range(20, 25))
    steps = [run.step(number) for number in numbers]
    losses = [run.history.loss[number - 1] for number in numbers]
    np.testing.assert_allclose([step.value for step in steps], losses, rtol=1e-13)
    assert {bool(step.new_state.taken) for step in steps} == {True, False}
    for step in steps:
        shown = step.show()
        after = step.new_state
        for part, value in (("move¹₁,₁", after.move["layer1"].weights["input"][0, 0]), ("next_rate", after.next_rate)):
            lines = [line for line in shown.splitlines() if line.strip().startswith((f"{part} =", "="))]
            assert any(line.endswith(f"= {value:.6g}") for line in lines)
        assert ("α = next_rateᵒˡᵈ" in shown) == (step.number > 1)
        assert ("Δw¹₁,₁ = move¹₁,₁ =" in shown) == bool(after.taken)
        assert ("next_rate = rate_decrease α =" in shown) == (not after.taken)
        assert ("next_rate = rate_increase α =" in shown) == (after.F_moved < after.F)
        if not after.taken:
            assert (step.delta["layer1"].weights["input"] == 0).all()


@pytest.mark.parametrize(
    ("F", "slope", "taken", "factor"),
    [
        (0.99, 1.0, True, 1.5),
        (1.0, 1.0, True, 1.0),  # F stays: the step is taken, and the rate stays too
        (1.25, 1.0, True, 1.0),  # as much as it may rise
        (1.26, 1.0, False, 0.5),
        (0.5, np.inf, False, 0.5),  # nothing could be done from there
    ],
)
def test_what_becomes_of_a_step_at_the_bounds(F, slope, taken, factor):
    """Of two weights one has no slope and stays, which is no reason to end."""
    rule, x = tw.AdaptiveGradientDescent(0.25, rate_increase=1.5, rate_decrease=0.5, max_rise=1.25), np.ones(2)
    told = Told(lambda y: 1.0 if (y == x).all() else F, lambda y: [1.0 if (y == x).all() else slope, 0.0])
    after, state, _ = rule.search(told, rule.init(x), x)
    np.testing.assert_array_equal(after, [0.75 if taken else 1.0, 1.0])
    assert (bool(state.taken), float(state.next_rate), bool(state.stalled)) == (taken, 0.25 * factor, False)
