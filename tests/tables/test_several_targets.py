"""Several targets through a whole training: as one at a time where nothing ties them, and in all that reads a model."""

import dataclasses
import functools
import json

import numpy as np
import polars as pl
import pytest
from safetensors import safe_open
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from table_cases import FAST

import thalweg as tw
from thalweg.reports.figures import figure_paths, training_figures
from thalweg.reports.report import render_report
from thalweg.reports.training_report import training_report
from thalweg.tables import check_model, diagnose_model, open_row, open_step
from thalweg.tables.record import recipe_of
from thalweg.tables.several_scores import any_scores_from_dict

MEASURED, LABELS = ["water", "fat", "salt"], ["ripe", "sold"]
SETTINGS = dataclasses.replace(FAST, engine="numpy", batch_size="all", epochs=40)


@functools.cache
def meat(rows: int = 90) -> pl.DataFrame:
    random = np.random.default_rng(7)
    x, z = random.normal(size=(2, rows))
    noise = random.normal(size=(5, rows))
    return pl.DataFrame(
        {
            "x": x,
            "z": z,
            "water": 60 + 9 * x - 4 * z + noise[0],
            "fat": 0.02 * z + 0.01 * noise[1],
            "salt": 1000 * (x + z) + 700 * noise[2],
            "ripe": np.where(x + noise[3] > 0, "yes", "no"),
            "sold": z + noise[4] > 0.6,
        }
    )


def of(targets: list[str]) -> pl.DataFrame:
    return meat().select("x", "z", *targets)


@functools.cache
def trained(kind: str, **changes) -> tw.Trained:
    targets = MEASURED if kind == "measured" else LABELS
    return tw.train_table(of(targets), targets, dataclasses.replace(SETTINGS, **changes), name="meat.csv")


def test_measured_targets_of_a_linear_network_are_least_squares_and_as_one_at_a_time():
    settings = dataclasses.replace(
        SETTINGS, hidden=(), optimizer="lm", learning_rate=None, weight_decay=0.0, split="100/0/0", epochs=20
    )
    together = tw.train_table(of(MEASURED), MEASURED, settings).model.predict_table(meat())
    A = np.column_stack([np.ones(90), meat()["x"], meat()["z"]])
    for number, name in enumerate(MEASURED):
        alone = tw.train_table(of([name]), name, settings).model.predict_table(meat()).values
        exact = A @ np.linalg.lstsq(A, meat()[name].to_numpy(), rcond=None)[0]
        np.testing.assert_allclose(together.values[:, number], alone, rtol=1e-8, atol=1e-8 * np.ptp(alone))
        np.testing.assert_allclose(alone, exact, rtol=1e-8, atol=1e-8 * np.ptp(exact))
        np.testing.assert_array_equal(together.each[number].values, together.values[:, number])


def test_labels_of_a_linear_network_are_logistic_regressions_and_as_one_at_a_time():
    settings = dataclasses.replace(
        SETTINGS, hidden=(), optimizer="bfgs", learning_rate=None, weight_decay=0.02, split="100/0/0", epochs=200
    )
    done = tw.train_table(of(LABELS), LABELS, settings)
    assert done.model.network.output.activation == tw.activations.Sigmoid()
    P = done.prepared.train.P
    chances = done.model.predict_table(meat()).probabilities[done.prepared.train.rows]
    for number, name in enumerate(LABELS):
        alone = tw.train_table(of([name]), name, settings).model.predict_table(meat()).probabilities[:, 1]
        np.testing.assert_allclose(chances[:, number], alone[done.prepared.train.rows], atol=1e-6)
        peer = LogisticRegression(C=1 / (0.02 * len(P)), tol=1e-10, max_iter=1000)
        exact = peer.fit(P, done.prepared.train.T[:, number]).predict_proba(P)[:, 1]
        np.testing.assert_allclose(chances[:, number], exact, atol=1e-5)


def test_the_scores_of_measured_targets_are_scikit_learns():
    done = trained("measured")
    actual, said = done.actual, done.prediction.values
    np.testing.assert_array_equal(actual, meat()[done.prepared.test.rows][MEASURED].to_numpy())
    np.testing.assert_allclose(
        [one.r2 for one in done.scores.each], metrics.r2_score(actual, said, multioutput="raw_values")
    )
    raw = metrics.root_mean_squared_error(actual, said, multioutput="raw_values")
    np.testing.assert_allclose([one.rmse for one in done.scores.each], raw)
    np.testing.assert_allclose(
        [one.mae for one in done.scores.each], metrics.mean_absolute_error(actual, said, multioutput="raw_values")
    )
    assert done.scores.together["r2"] == pytest.approx(metrics.r2_score(actual, said))
    deviations = done.prepared.train.labels.std(axis=0)
    scaled = metrics.root_mean_squared_error((actual / deviations).ravel(), (said / deviations).ravel())
    assert done.scores.together["scaled_rmse"] == pytest.approx(scaled)
    means = np.broadcast_to(done.prepared.train.labels.mean(axis=0), actual.shape)
    assert done.scores.constant["r2"] == pytest.approx(metrics.r2_score(actual, means))
    assert done.scores.together["r2"] > 0.5


def test_the_scores_of_labels_are_scikit_learns():
    done = trained("labels")
    second = np.array(["yes", True], dtype=object)
    actual, said = ((labels == second).astype(int) for labels in (done.actual, done.prediction.values))
    assert done.scores.together["all_right"] == pytest.approx(metrics.accuracy_score(actual, said))
    assert done.scores.together["accuracy"] == pytest.approx(1 - metrics.hamming_loss(actual, said))
    chances = done.prediction.probabilities
    losses = [metrics.log_loss(actual[:, number], chances[:, number], labels=[0, 1]) for number in (0, 1)]
    np.testing.assert_allclose([one.log_loss for one in done.scores.each], losses, rtol=1e-6)
    assert done.scores.together["log_loss"] == pytest.approx(np.mean(losses), rel=1e-6)
    commonest = [np.bincount(column.astype(int)).argmax() for column in done.prepared.train.T.T]
    assert done.scores.constant["all_right"] == pytest.approx((actual == commonest).all(axis=1).mean())


@pytest.mark.parametrize("kind", ["measured", "labels"])
def test_a_file_keeps_it_all(kind, tmp_path):
    done = trained(kind)
    tw.save(done.model, tmp_path / "net.thalweg")
    model = tw.load(tmp_path / "net.thalweg")
    with safe_open(tmp_path / "net.thalweg", framework="np") as file:
        assert json.loads(file.metadata()["thalweg"])["format"] == 2  # which versions before refuse by name
    assert model.encoding == done.model.encoding
    assert any_scores_from_dict(model.record["scores"]) == done.scores
    frame = of(MEASURED if kind == "measured" else LABELS)
    assert recipe_of(model, frame).params.keys() == model.params.keys()
    step = open_step(model, frame, 5)
    assert "the losses of 5 epochs are the run's to the bit" in "".join(step.notes)
    prediction = model.predict_table(frame.select("z", "x"))
    assert list(prediction.columns())[: len(model.encoding.targets)] == [
        f"predicted_{name}" for name in model.encoding.target_names
    ]


def test_the_columns_of_predictions():
    columns = trained("labels").model.predict_table(meat()).columns()
    assert list(columns) == [
        "predicted_ripe", "predicted_sold",
        "probability_ripe_no", "probability_ripe_yes", "probability_sold_False", "probability_sold_True",
    ]  # fmt: skip
    assert (columns["predicted_sold"] == (columns["probability_sold_True"] > 0.5)).all()


def test_a_step_on_a_row_names_the_targets():
    model = trained("measured").model
    row = meat()[4]
    step = open_row(model, of(MEASURED), 5)
    said = model.predict_table(row).values[0]
    assert (
        step.notes[0]
        == "The network says "
        + ", ".join(f"{name} {value:.6g}" for name, value in zip(MEASURED, said, strict=True))
        + " for the row."
    )
    assert [label.split(" ")[0] for label in step.labels.targets[0]] == MEASURED
    assert step.labels.targets[0][1].startswith(f"fat {row['fat'][0]:.7g}, (")
    step = open_row(trained("labels").model, of(LABELS), 5)
    assert step.labels.targets[0] == (f"ripe {row['ripe'][0]}; 0 is no, 1 is yes",
                                      f"sold {row['sold'][0]}; 0 is False, 1 is True")  # fmt: skip
    assert step.labels.outputs[0] == ("ripe yes", "sold True")


def test_the_gradient_is_checked_and_the_training_diagnosed():
    assert check_model(trained("labels").model, of(LABELS), rows=20, weights=40).passed
    done = trained("labels", hidden=(), epochs=5)
    assert diagnose_model(done.model, of(LABELS)).examples == len(done.prepared.train.T)


def test_a_target_that_is_no_better_than_its_mean_is_named():
    frame = meat().select("x", "z", "water", noise=pl.Series(np.random.default_rng(0).normal(size=90)))
    settings = dataclasses.replace(SETTINGS, learning_rate=0.05, weight_decay=0.0, epochs=400, split="70/0/30")
    (finding,) = tw.train_table(frame, ["water", "noise"], settings).findings
    assert finding.startswith("target 'noise': the predictions are no better than always saying the mean")
    assert "if tw.diagnose, or thalweg diagnose, finds nothing, what was learnt does not hold for other rows" in finding
    A = np.column_stack([np.ones(90), frame["x"], frame["z"]])
    noise = frame["noise"].to_numpy()
    apart = frame.with_columns(noise=noise - A @ np.linalg.lstsq(A, noise, rcond=None)[0])
    plain = dataclasses.replace(settings, hidden=(), split="100/0/0")
    (finding,) = tw.train_table(apart, ["water", "noise"], plain).findings
    assert finding.startswith("the answers for 'noise' (R² -0.000) are no better than always saying the mean of it")


@pytest.mark.parametrize(
    ("kind", "figures"),
    [("measured", {"predicted_against_actual", "error_histogram", "errors_by_part"}),
     ("labels", {"confusion_matrix", "roc", "precision_recall", "calibration"})],
)  # fmt: skip
@pytest.mark.usefixtures("unwritten_figures")
def test_figures_and_report_have_each_target(kind, figures):
    done = trained(kind)
    names = MEASURED if kind == "measured" else LABELS
    assert {name for name in training_figures(done) if "_" in name} - {"learning_curves", "training_state"} == {
        f"{figure}_{name}" for figure in figures for name in names
    }
    assert set(training_figures(done)) <= set(figure_paths("plots", names))
    page = render_report(training_report(done, "meat"))
    for name in names:
        assert page.count(f'<th scope="row">{name}</th>') == 1
    assert page.count("<svg") == 1 + len(names) * {"measured": 2, "labels": 3}[kind]
    for _, value, constant in done.scores.compared():
        assert value in page
        assert constant in page


def test_rates_for_several():
    settings = tw.Settings(hidden=(4,), optimizer="gd", epochs=2)
    grid = tw.compare_rates(of(MEASURED), MEASURED, settings, learning_rates=[0.01, 0.1])
    assert np.isfinite(grid.errors).all()
