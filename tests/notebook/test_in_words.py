"""A result that ends a cell shows what it is, in every notebook's colours, and no dump of its arrays.

Field s23-what-a-notebook-shows.
"""

import math
import subprocess
import sys

import numpy as np
import pytest
from html_pages import Page, assert_shows_well, contrast

import thalweg as tw
from thalweg.diagnosis import trials
from thalweg.notebook.pictures import loss_curves
from thalweg.notebook.pieces import COLOURS
from thalweg.tables.scores import classification_scores

P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
STEP = "[network]\ninputs = {p = 1}\n[[network.layers]]\nname = 'out'\nsize = 1\n[data]\ninputs = [1]\ntargets = [2]\n"
BAD = "<script>alert('&')<script>"
"""A name that must stay a name."""


@pytest.fixture(scope="module")
def run():
    net = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
    return tw.train(net, P, T, epochs=50, batch_size="all", engine="numpy", validation=(P, T))


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(0)
    x = rng.normal(size=80)
    frame = {BAD: x, "more": rng.normal(size=80), "<i>y": [f"{BAD}{'ab'[int(value > 0)]}" for value in x]}
    return tw.train_table(frame, "<i>y", tw.Settings(hidden=(3,), epochs=5, engine="numpy"))


@pytest.fixture(scope="module")
def measured():
    x = np.linspace(0, 1, 60)
    return tw.train_table({"x": x, "y": 1e4 * x}, "y", tw.Settings(hidden=(3,), epochs=5, engine="numpy"))


def named(names=(BAD, "h", "out")):
    inputs, hidden, out = names
    return tw.Network({inputs: 2}, [tw.Layer(hidden, 30, "tanh"), tw.Layer(out, 1, "linear", (hidden, inputs))])


@pytest.fixture(scope="module")
def results(run, trained, measured, tmp_path_factory):
    """Each kind of result, and words that its page must have."""
    net = run.network
    path = tmp_path_factory.mktemp("step") / "one.toml"
    path.write_text(f'title = "{BAD}"\n{STEP}', encoding="utf-8")
    surface = tw.error_surface(net, "mse", run.params, P, T, ("layer1[0,0]", "layer1[0,1]"), points=5)
    flow = tw.gradient_flow(net, "mse", run.params, P, T)
    wrong = tw.check_gradient(lambda x: np.sum(x[BAD] ** 3), lambda x: {BAD: 2 * x[BAD]}, {BAD: np.array([1.0, 2.0])})
    grid = tw.rates_grid(net, P, T, "mse", learning_rates=[0.01, 0.1, 1e6], momenta=[0.0, 0.9], epochs=2)
    rates = tw.learning_rate_range_test(net, P, T, "mse", updates=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "FEWEST_UPDATES", trials.FEWEST_EPOCHS)  # it is not looked at what of them helps
        found = tw.diagnose(run)
    spectrum = tw.curvature_spectrum(net, "mse", run.params, P, T)
    right = tw.check_network(net, "mse", run.params, P, T)
    return {
        "Network": (named(), [BAD, "h", "30", "tanh", f"h, {BAD}", "90", "33"]),
        "Run": (run, [run.explanation, "training", "validation", "2 - 3 tanh - 1 sigmoid", "seed 0"]),
        "Trained": (trained, ["Classification of '<i>y'", trained.run.explanation, f"always saying {BAD}"]),
        "Model": (trained.model, ["classification of '<i>y'", BAD, "training", "validation"]),
        "ClassificationScores": (trained.scores, [f"{BAD}a", f"{BAD}b", "precision", "balanced accuracy"]),
        "RegressionScores": (measured.scores, ["RMSE", "R²", "always saying the mean"]),
        "Prediction": (trained.prediction, ["predicted_<i>y", f"probability_{BAD}a", "... and 2 rows more"]),
        "Diagnosis": (found, [found.findings[0].text, f"Remedy: {found.findings[0].remedy}", "layer2", "error F"]),
        "GradientFlow": (flow, ["layer1", "tanh", "saturated"]),
        "GradientCheck, right": (right, ["The gradient is right: 13 of 13", "layer2", "right"]),
        "GradientCheck, wrong": (wrong, ["The gradient is wrong in 2 of 2", BAD, "wrong", "12"]),
        "Surface": (surface, ["layer1[0,1]", "layer1[0,0]", f"{surface.F_minimum:.4g}"]),
        "RatesGrid": (grid, ["3 learning rates and 2 momenta", "momentum", "1e+06", grid.reason]),
        "RangeTest": (rates, [rates.reason, "log10 of the learning rate"]),
        "Derivation": (tw.derive("softplus"), ["The derivative of softplus", "chain rule"]),
        "CurvatureSpectrum": (spectrum, [f"{spectrum.lambda_max:.4g}", "products"]),
        "StepFile": (tw.read_step_file(path), [BAD, "2 parameters", "1 example,", "out"]),
    }  # fmt: skip


KINDS = [
    "Network", "Run", "Trained", "Model", "ClassificationScores", "RegressionScores", "Prediction", "Diagnosis",
    "GradientFlow", "GradientCheck, right", "GradientCheck, wrong", "Surface", "RatesGrid", "RangeTest", "StepFile",
    "CurvatureSpectrum", "Derivation",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_says_what_it_is_of_in_every_theme(kind, results):
    shown, words = results[kind]
    page = assert_shows_well(shown._repr_html_())
    for word in words:
        assert word in page.text


@pytest.mark.parametrize("kind", KINDS)
def test_at_a_prompt_it_is_a_line(kind, results):
    shown, _ = results[kind]
    assert len(repr(shown)) < 300
    assert "\n" not in repr(shown)
    assert "array(" not in shown._repr_html_() + repr(shown)
    assert repr(shown).startswith(f"{type(shown).__name__}(")
    assert str(shown)


def test_all_are_looked_at(results):
    assert set(KINDS) == set(results)


def test_the_colours_stand_out_from_white_and_from_black():
    assert contrast("#000000", "#ffffff") == 21
    assert min(contrast(colour, ground) for colour in COLOURS for ground in ("#ffffff", "#111111")) > 3


def test_a_page_that_is_not_closed_is_found():
    with pytest.raises(AssertionError):
        Page("<p><b>text</p>")


def test_a_long_run_is_as_small_as_a_short_one():
    losses = {"loss": np.exp(-np.arange(100_000) / 1e4), "validation_loss": np.full(100_000, math.nan)}
    assert len(loss_curves(losses, 5)) < 10_000
    assert loss_curves({"loss": [], "validation_loss": None}, None) == ""


def test_many_classes_and_columns_stay_small():
    classes = [f"class {k}" for k in range(60)]
    chances = np.full((60, 60), 1 / 60)
    scores = classification_scores(classes, classes, chances, classes)
    page = assert_shows_well(scores._repr_html_())
    assert "and 48 more classes" in page.text
    prediction = tw.Prediction(np.array(classes), chances, tuple(classes), ())
    assert "and 50 rows and 49 columns more" in assert_shows_well(prediction._repr_html_()).text


def test_a_diverged_run_shows_so():
    net = tw.mlp(2, 3, 1)
    run = tw.train(net, P, T, optimizer=tw.GradientDescent(1e8), epochs=20, engine="numpy")
    assert run.stopped_because == "diverged"
    assert "diverged" in assert_shows_well(run._repr_html_()).text


def test_deep_networks_are_a_table():
    net = tw.mlp(*([2] * 30), 1)
    page = assert_shows_well(net._repr_html_())
    assert "svg" not in {tag for tag, _ in page.tags}
    assert "... and 10 more" in page.text


@pytest.mark.parametrize("notation", ["nnd", "aifh"])
def test_a_worked_page_is_legible_in_a_dark_notebook(notation, tmp_path):
    """Dark letters bring their own light ground."""
    (tmp_path / "one.toml").write_text(STEP, encoding="utf-8")
    page = tw.read_step_file(tmp_path / "one.toml").open(notation=notation)._repr_html_()
    (rule,) = [line for line in page.replace("\n  ", " ").splitlines() if line.startswith(".worked {")]
    assert "color: #1b1b1b; background: #fff;" in rule


def test_nothing_heavy_is_imported_for_it():
    code = (
        "import sys, numpy as np, thalweg as tw; net = tw.mlp(2, 3, 1); net._repr_html_();"
        "run = tw.train(net, np.ones((4, 2)), np.ones((4, 1)), epochs=2, engine='numpy'); run._repr_html_();"
        "print([name for name in ('matplotlib', 'jax', 'IPython', 'rich', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_several_targets_are_shown_each_and_together():
    x = np.linspace(0, 1, 60)
    frame = {"x": x, "<i>a": 2 * x, "b": 1 - x}
    trained = tw.train_table(frame, ["<i>a", "b"], tw.Settings(hidden=(3,), epochs=5, engine="numpy"))
    page = assert_shows_well(trained._repr_html_())
    for word in ("<i>a", "mean R²", "RMSE", "Regression of"):
        assert word in page.text
    assert_shows_well(trained.prediction._repr_html_())
    for shown in (trained, trained.scores, trained.prediction, trained.model):
        assert len(repr(shown)) < 300
