"""What a training came to, and remedies that help: each one is followed here, and seen to help."""

from pathlib import Path

import numpy as np
import pytest

import thalweg as tw
from thalweg.diagnosis import LossCurve
from thalweg.diagnosis.outcome_verdict import effects_of, without_effects
from thalweg.training.finding import Finding

XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
X = np.random.default_rng(0).uniform(-1, 1, (200, 3))


@pytest.fixture(autouse=True)
def _shorter_trials(monkeypatch):
    """As long as it takes to see here that a remedy helps."""
    monkeypatch.setattr("thalweg.diagnosis.trials.FEWEST_UPDATES", 500)
    monkeypatch.setattr("thalweg.diagnosis.trials.FEWEST_EPOCHS", 80)


def kinds(found):
    return [finding.kind for finding in found.findings]


def explained(run, P, T):
    return 1 - np.mean((run.predict(P) - T) ** 2) / np.var(T)


@pytest.mark.parametrize(
    ("output", "T"),
    [
        pytest.param("sigmoid", 25 + 20 * X[:, :1], marks=pytest.mark.thorough),
        ("tanh", 5 + 3 * X[:, :1]),
        ("sigmoid", np.sign(X[:, :1])),
        pytest.param("softplus", -5 + 3 * X[:, :1], marks=pytest.mark.thorough),
    ],
)
def test_targets_out_of_reach(output, T):
    """Field 06-output-cannot-reach-targets: no advice leads in a circle."""
    options = {"loss": "mse", "optimizer": tw.Adam(0.03), "epochs": 200, "batch_size": "all"}
    run = tw.train(tw.mlp(3, 8, 1, hidden="tanh", output=output), X, T, **options)
    found = tw.diagnose(run)
    assert kinds(found) == ["out of reach"]
    assert "can give" in found.verdict
    assert "cross_entropy" not in found.verdict
    assert "a linear output (tried" in found.findings[0].remedy
    followed = tw.train(tw.mlp(3, 8, 1, hidden="tanh"), X, T, **options)
    assert explained(followed, X, T) > max(0.8, explained(run, X, T))


def test_what_cross_entropy_says_of_measured_targets_leads_out():
    """Field 06-output-cannot-reach-targets."""
    with pytest.raises(tw.DataError, match="use mse with a linear output"):
        tw.train(tw.mlp(3, 8, 1, output="sigmoid"), X, 25 + 20 * X[:, :1], loss="cross_entropy")


def test_a_dead_output():
    """Field 13-dead-or-constant-output: it is no minimum, and other weights are no remedy."""
    net, rule = tw.mlp(2, 2, 1, hidden="relu", output="relu"), tw.GradientDescent(0.3)
    run = tw.train(net, *XOR, loss="mse", optimizer=rule, epochs=300, batch_size=1)
    found = tw.diagnose(run)
    assert kinds(found) == ["dead output"]
    assert "minimum" not in found.verdict
    assert "initial weights" not in found.verdict
    assert "a sigmoid output (tried" in found.findings[0].remedy


def test_a_softmax_of_one_unit_is_refused_when_it_is_made():
    """Field 13-dead-or-constant-output."""
    with pytest.raises(tw.ArgumentError, match="a softmax of one unit is always 1: use a sigmoid, or two units"):
        tw.mlp(2, 4, 1, output="softmax")


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in (4, 6))])
def test_a_local_minimum(seed):
    """Field 14-xor-local-minimum-remedy."""
    options = {"loss": "mse", "optimizer": tw.GradientDescent(2.0), "epochs": 2500, "batch_size": "all"}
    options["engine"] = "xla"  # whose program is quicker through so many epochs
    net = tw.mlp(2, 2, 1, hidden="sigmoid", output="sigmoid")
    run = tw.train(net, *XOR, seed=seed, **options)
    assert np.abs(run.predict(XOR[0]) - XOR[1]).max() > 0.4
    found = tw.diagnose(run)
    assert kinds(found) == ["stuck"]
    assert found.verdict.startswith(f"the loss has stopped falling at {run.history.loss[-1]:.3g}, far above 0")
    remedy = found.findings[0].remedy
    assert remedy.startswith("another seed (")
    assert "; or 4 hidden units instead of 2 (tried" in remedy
    wider = tw.train(tw.mlp(2, 4, 1, hidden="sigmoid", output="sigmoid"), *XOR, seed=seed, **options)
    assert explained(wider, *XOR) > 0.95


@pytest.mark.parametrize(
    ("net", "p", "t", "options", "remedy"),
    [
        (tw.mlp(2, 1, output="sigmoid"), *XOR, {"epochs": 300}, "a hidden layer of 8 tanh units (tried"),
        (
            tw.mlp(2, 8, 1, hidden="linear", output="sigmoid"), *XOR, {"epochs": 100, "optimizer": tw.Adam(0.01)},
            "tanh in the hidden layers (tried",
        ),
        (tw.mlp(3, 8, 1), X, X[:, :1], {"epochs": 300, "l2": 1.0}, "a smaller l2 penalty than 1, such as 0 (tried"),
    ],
)  # fmt: skip
def test_no_better_than_a_constant(net, p, t, options, remedy):
    """Field 08-no-better-than-a-constant."""
    found = tw.diagnose(tw.train(net, p, t, **options))
    assert kinds(found) == ["no better than a constant"]
    assert found.findings[0].remedy.startswith(remedy)


def test_a_rare_class_that_the_probabilities_tell():
    """Field 08-no-better-than-a-constant: the threshold told gives the balanced accuracy told."""
    rng = np.random.default_rng(1)
    P = rng.uniform(-1, 1, (1200, 2))
    T = (rng.uniform(size=(1200, 1)) < 0.15 / (1 + np.exp(-4 * P[:, :1]))).astype(float)
    run = tw.train(tw.mlp(2, 1, output="sigmoid"), P, T, optimizer=tw.Adam(0.01), epochs=60)
    curve = LossCurve(run.history.loss, None, "epochs", run.best_epoch)
    found = tw.diagnose_network(
        run.network, None, run.params, P, T, "adam", batch_size=32, loss_curve=curve, classes=["good", "bad"]
    )
    (finding,) = [one for one in found.findings if one.kind == "no better than a constant"]
    assert finding.text.startswith("predicts good for every example: no better than always saying good (9")
    words = finding.remedy.split()
    threshold = float(words[words.index("from") + 1])
    told = float(words[words.index("accuracy") + 1])
    said = run.predict(P) >= threshold - 5e-4
    assert told == pytest.approx(50 * (said[T == 1].mean() + 1 - said[T == 0].mean()), abs=3)
    assert "weigh the rare class" in finding.remedy


def test_where_nothing_helps_it_is_said():
    """A target that has nothing to do with the inputs: no remedy is made up."""
    rng = np.random.default_rng(0)
    P, T = rng.normal(size=(300, 3)), rng.normal(size=(300, 1))
    found = tw.diagnose(tw.train(tw.mlp(3, 2, 1), P, T, epochs=40, l2=5.0, optimizer=tw.Adam(0.01)))
    (finding,) = [one for one in found.findings if one.kind == "no better than a constant"]
    assert finding.remedy.startswith("none is known: 3 other seeds, a smaller l2 penalty than 5")
    assert finding.remedy.endswith("perhaps the inputs do not tell the targets")


def test_copies():
    net = tw.mlp(3, 4, 1)
    ones, T = net.unravel(np.full(net.parameter_count, 0.3)), np.abs(X[:, :1])
    run = tw.train(net, X, T, params=ones, epochs=100, optimizer=tw.Adam(0.01))
    found = tw.diagnose(run)
    assert kinds(found)[0] == "copies"
    assert found.findings[0].remedy.startswith("initial weights drawn at random")
    assert explained(tw.train(net, X, T, epochs=100, optimizer=tw.Adam(0.01)), X, T) > explained(run, X, T)
    assert kinds(tw.diagnose_network(net, "mse", net.init(0, "zeros"), X, T))[0] == "copies"
    assert "copies" not in kinds(tw.diagnose_network(net, "mse", net.init(0), X, T))


def test_outliers_and_unscaled_inputs():
    """Field 11-missing-value-code, as arrays: scaled inputs were tried, and help."""
    ages = np.random.default_rng(0).uniform(20, 60, (300, 1))
    T = (ages - 40) / 12
    coded = ages.copy()
    coded[::40] = 999999
    coded = (coded - coded.mean()) / coded.std()
    net, options = tw.mlp(1, 8, 1), {"optimizer": tw.Adam(0.01), "epochs": 60}
    for P, kind in ((coded, "outliers"), (ages + 2000, "unscaled inputs")):
        found = tw.diagnose(tw.train(net, P, T, **options))
        assert kinds(found)[0] == kind
        assert "inputs scaled to a mean of 0 and a deviation of 1 (tried" in found.findings[0].remedy
    assert not {"outliers", "unscaled inputs"} & set(kinds(tw.diagnose(tw.train(net, T, T, **options))))


def test_what_is_an_effect_is_not_told_beside_its_cause():
    assert "stuck outputs" in effects_of(["out of reach"])
    assert effects_of(["overfitting"]) == set()


WINE = tw.read_table(Path(__file__).parents[2] / "examples" / "data" / "wine.csv")


def test_of_unscaled_inputs_the_effects_are_not_told_and_the_scaled_ones_have_none():
    """Units that saturate and die, and layers that get no gradient, are what large inputs make."""
    P = WINE.drop("cultivar").to_numpy()
    T = (WINE["cultivar"].to_numpy()[:, None] == np.unique(WINE["cultivar"])).astype(float)
    net, options = tw.mlp(13, 8, 3, output="softmax"), {"optimizer": "gd", "epochs": 60, "engine": "numpy"}
    found = tw.diagnose(tw.train(net, P, T, **options))
    assert {finding.kind for finding in found.flow.findings} >= {"vanishing", "dead units"}
    assert kinds(found) == ["unscaled inputs"]
    scaled = tw.diagnose(tw.train(net, (P - P.mean(axis=0)) / P.std(axis=0), T, **options))
    assert not {"vanishing", "dead units", "saturation"} & set(kinds(scaled))


def test_findings_that_are_no_effects_stay_beside_unscaled_inputs():
    """Those of the course of the losses, of the targets, of the weights; and of all without that cause."""
    effects = ("saturation", "vanishing", "dead units", "ravine", "learning rate too small", "rising", "large updates")
    others = ("overfitting", "bouncing", "still falling", "unscaled targets", "stuck outputs", "copies")

    def told(*kinds):
        findings = tuple(Finding(kind, (), kind, "") for kind in kinds)
        return [finding.kind for finding in without_effects(findings, converged=False)]

    for cause in ("unscaled inputs", "outliers"):
        assert [told(cause, effect) for effect in effects] == len(effects) * [[cause]]
        assert [told(cause, other) for other in others] == [[cause, other] for other in others]
    assert [told(effect) for effect in effects] == [[effect] for effect in effects]
