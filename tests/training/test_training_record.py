"""What each epoch records by name: against plain loops, jax.grad, replayed states and definitions, on both engines."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np
import pytest

import thalweg as tw
from thalweg.optimizers import RULES
from thalweg.training.choices import known_names, names_of
from thalweg.training.replay import replay_run

rng = np.random.default_rng(3)
P = rng.uniform(-1, 1, (24, 2))
T = np.sin(2 * P[:, :1]) + 0.3 * P[:, 1:] + rng.normal(0, 0.1, (24, 1))
TRAIN, VALIDATION, TEST = (P[:12], T[:12]), (P[12:18], T[12:18]), (P[18:], T[18:])
NET = tw.mlp(2, 4, 1)
HOW: dict[str, Any] = {"loss": "mse", "engine": "numpy", "seed": 1}


def trained(**options: Any) -> tw.Run:
    return tw.train(NET, *TRAIN, **{**HOW, "epochs": 6, **options})


@pytest.fixture(scope="module")
def lm() -> tw.Run:
    return trained(optimizer="lm", epochs=12, validation=VALIDATION, test=TEST, record="all")


@pytest.fixture(scope="module")
def replayed(lm: tw.Run) -> list[Any]:
    return [replay_run(lm, k) for k in range(1, lm.epochs + 1)]


def mean_square(params: Any, inputs: np.ndarray, targets: np.ndarray) -> Any:
    """The loss written out, for JAX."""
    (w1, b1), (w2, b2) = params
    a = jax.numpy.tanh(inputs @ w1.T + b1) @ w2.T + b2
    return ((a - targets) ** 2).mean()


def plainly(params: Any) -> Any:
    return [(*layer.weights.values(), layer.bias) for layer in params.values()]


def test_the_gradient_norm_is_that_of_jax_at_the_parameters_before_the_epoch(lm: tw.Run, replayed: list[Any]) -> None:
    with jax.enable_x64(True):
        slope = jax.jit(jax.grad(mean_square))
        for norm, one in zip(lm.history["gradient_norm"], replayed, strict=True):
            parts = jax.tree.leaves(slope(plainly(one.params), *TRAIN))
            assert norm == pytest.approx(np.sqrt(sum(float((part**2).sum()) for part in parts)), rel=1e-9)


def test_the_losses_are_those_of_the_parameters_after_the_epoch(lm: tw.Run, replayed: list[Any]) -> None:
    for k, one in enumerate(replayed):
        for name, judged in {"validation_loss": VALIDATION, "test_loss": TEST}.items():
            assert lm.history[name][k] == pytest.approx(
                float(mean_square(plainly(one.params_after), *judged)), rel=1e-5
            )


def test_mu_is_what_the_replayed_rule_holds_and_moves_by_its_factors(lm: tw.Run, replayed: list[Any]) -> None:
    mu = lm.history["mu"]
    assert mu.tolist() == [float(one.state_after.mu) for one in replayed]
    rejected = np.array([int(one.state_after.tries) - 1 for one in replayed])
    np.testing.assert_allclose(mu, 1e-3 * np.cumprod(0.1 * 10.0**rejected), rtol=1e-12)
    assert rejected.any()


def test_validation_checks_count_the_epochs_since_the_lowest_validation_loss(lm: tw.Run) -> None:
    losses = lm.history["validation_loss"]
    since = [k - int(np.argmin(losses[: k + 1])) for k in range(len(losses))]
    assert lm.history["validation_checks"].tolist() == since
    assert max(since) > 1


def test_effective_parameters_are_the_gamma_of_br() -> None:
    run = trained(optimizer="br", record=("effective_parameters", "mu"))
    states = [replay_run(run, k).state_after for k in range(1, 7)]
    assert run.history["effective_parameters"].tolist() == [float(state.gamma) for state in states]
    assert run.history["mu"].tolist() == [float(state.damped.mu) for state in states]
    assert run.history["effective_parameters"][-1] == pytest.approx(float(run.state.gamma), rel=1e-15)


@pytest.mark.parametrize("rule", ["cg", "scg", "bfgs", "lbfgs"])
def test_a_step_length_leads_along_the_direction_to_the_next_parameters(rule: str) -> None:
    run = trained(optimizer=rule, record=["step_length"])
    for k, length in enumerate(run.history["step_length"], start=1):
        one = replay_run(run, k)
        moved = NET.ravel(one.params_after) - NET.ravel(one.params)
        direction = one.state.direction if rule == "scg" else one.state_after.direction
        if k > 1 or rule != "scg":  # whose first direction stands nowhere
            np.testing.assert_allclose(moved, length * direction, rtol=1e-6, atol=1e-12)


def test_the_learning_rate_is_that_of_the_last_update_by_its_schedule() -> None:
    run = trained(
        optimizer=tw.optimizers.Momentum(lambda k: 0.1 * 0.9**k), batch_size=4, record="learning_rate", dtype="float64"
    )
    assert run.history["learning_rate"] == pytest.approx([0.1 * 0.9 ** (3 * epoch - 1) for epoch in range(1, 7)])


def test_the_learning_rate_falls_on_plateaus_after_the_epochs_that_waited() -> None:
    rate = tw.schedules.ReduceOnPlateau(1.5, factor=0.5, patience=2)
    run = trained(optimizer=tw.optimizers.GradientDescent(rate), epochs=30, batch_size="all", record="learning_rate")
    losses, expected, now, best, waited = run.history.loss, [], 1.5, np.inf, 0
    for loss in losses:
        expected.append(now)
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        now, waited = (now / 2, 0) if waited >= 2 else (now, waited)
    assert run.history["learning_rate"] == pytest.approx(expected, rel=1e-6)
    assert expected[-1] < expected[0]


def test_seconds_rise_to_those_of_the_run_and_go_on() -> None:
    run = trained(record="seconds")
    longer = run.more(3)
    times = longer.history["seconds"]
    assert (np.diff(times) > 0).all()
    assert times[:6].tolist() == run.history["seconds"].tolist()
    assert 0 < times[5] <= run.seconds < times[6] < times[8] <= longer.seconds


@pytest.mark.parametrize("rule", ["adam", "lm"])
def test_what_is_recorded_changes_nothing(rule: str) -> None:
    plain = trained(optimizer=rule, validation=VALIDATION, test=None)
    asked = trained(optimizer=rule, validation=VALIDATION, test=TEST, record="all")
    assert plain.history.names() == ("loss", "validation_loss")
    assert plain.recipe is not None
    assert plain.recipe.program.records == ()
    assert not plain.recipe.program.watches_gradient
    assert NET.ravel(plain.params).tolist() == NET.ravel(asked.params).tolist()
    assert (plain.history.loss == asked.history.loss).all()
    assert plain.best_epoch == asked.best_epoch


@pytest.mark.parametrize("rule", list(RULES))
def test_every_rule_records_all_that_it_says(rule: str) -> None:
    run = trained(optimizer=rule, epochs=2, record="all")
    assert run.history.names() == ("loss", "gradient_norm", *names_of(RULES[rule]), "seconds")
    assert all(np.isfinite(run.history[name]).all() and len(run.history[name]) == 2 for name in run.history.names())


def test_xla_and_many_at_once_record_the_same() -> None:
    how = {
        "optimizer": tw.optimizers.Adam(0.05),
        "batch_size": 5,
        "dtype": "float64",
        "validate_every": 2,
        "record": "all",
    }
    sets: dict[str, Any] = {"validation": VALIDATION, "test": TEST}
    expected = trained(**how, **sets).history
    compiled = trained(**{**how, "engine": "xla"}, **sets).history
    many = tw.train_many(NET, *TRAIN, "mse", seed=[0, 1], epochs=6, **how, **sets)[1].history
    for found in (compiled, many):
        assert found.names() == expected.names()
        for name in set(expected.names()) - {"seconds"}:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-12)
        assert (np.diff(found["seconds"]) > 0).all()
    assert np.isnan(expected["test_loss"]).tolist() == [True, False] * 3


def test_many_take_a_test_set_each() -> None:
    sets = [TEST, VALIDATION]
    runs = tw.train_many(NET, *TRAIN, "mse", optimizer="adam", epochs=2, seed=[1, 1], test=sets)
    for run, judged in zip(runs, sets, strict=True):
        assert run.history["test_loss"][-1] == pytest.approx(float(mean_square(plainly(run.params), *judged)), rel=1e-5)


class _OwnState(NamedTuple):
    step: Any
    pace: Any
    velocity: Any


@dataclass(frozen=True)
class _Own(tw.optimizers.Rule):
    """Gradient descent that slows down, and says how fast it is."""

    recorded: ClassVar[dict[str, str]] = {"pace": "pace"}

    def init(self, params: Any) -> _OwnState:
        return _OwnState(0, np.float64(0.1), params)

    def apply(self, gradient: Any, state: _OwnState, params: Any, value: Any = None) -> tuple[Any, _OwnState]:
        return -state.pace * gradient, _OwnState(state.step + 1, 0.5 * state.pace, state.velocity)


def test_a_rule_of_ones_own_is_recorded_by_the_names_that_it_gives() -> None:
    run = trained(optimizer=_Own(), epochs=3, batch_size="all", dtype="float64", record="pace")
    assert run.history["pace"].tolist() == [0.05, 0.025, 0.0125]


@pytest.mark.parametrize(
    ("recorded", "message"),
    [
        ({"pace": "speed"}, "_Wrong: recorded says that 'pace' is 'speed' of its state, where there is no one number"),
        ({"pace": "velocity"}, "'pace' is 'velocity' of its state, where there is no one number: name a part that is"),
        ({"loss": "pace"}, "_Wrong: recorded names 'loss', which every run has: give another name"),
    ],
)
def test_a_rule_that_names_what_its_state_has_not_is_refused(recorded: dict[str, str], message: str) -> None:
    class _Wrong(_Own):
        pass

    _Wrong.recorded = recorded
    with pytest.raises(tw.ArgumentError, match=message):
        trained(optimizer=_Wrong(), record=next(iter(recorded)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"record": "mu"}, "mu is recorded by lm and br, not by adam: leave it out, or record 'all' that there is"),
        ({"record": ["learning_rate"], "optimizer": "lm"}, r"learning_rate is recorded by gd, momentum, .* not by lm"),
        ({"record": "gradientnorm"}, "unknown name in record 'gradientnorm': did you mean 'gradient_norm'"),
        ({"record": "step_lenght"}, "unknown name in record 'step_lenght': Known: .*; step_length is another rule's"),
        ({"record": ["validation_checks"]}, r"validation_checks needs a validation set: give validation=\(P, T\)"),
        ({"record": "test_loss"}, r"test_loss needs a test set: give test=\(P, T\)"),
        ({"record": [3]}, r"record is \[3\]; it must be a text or a list of texts"),
        ({"record": "mu,,"}, "record has ''; it must hold names such as 'mu', or be 'all'"),
        ({"test": TEST[0]}, r"test must be \(P, T\) or \(P, T, sample_weight\)"),
        ({"test": (TEST[0][:, :1], TEST[1])}, "test P has 1 columns"),
        ({"test": (TEST[0], TEST[1][:2])}, "test T has 2 examples and P has 6"),
        ({"test": (TEST[0] * np.nan, TEST[1])}, "test P .*nan"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded(options: dict[str, Any], message: str) -> None:
    with pytest.raises(tw.ThalwegError, match=message):
        trained(**options)


def test_a_name_is_known_of_every_rule_that_has_it() -> None:
    assert {"mu", "learning_rate", "step_length", "effective_parameters", "seconds"} <= set(known_names())
