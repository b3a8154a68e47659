"""Rows that lack some of several measured targets: used for those that they have, and in all that reads the model."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from table_cases import FAST

import thalweg as tw
from thalweg.data import prepare
from thalweg.reports.figures import training_figures
from thalweg.reports.report import render_report
from thalweg.reports.training_report import training_report
from thalweg.tables import check_model, diagnose_model, open_row, open_step
from thalweg.tables.fold_scores import fold_scores
from thalweg.tables.record import recipe_of
from thalweg.tables.scores import regression_scores

TARGETS = ["water", "fat"]
SETTINGS = dataclasses.replace(FAST, engine="numpy", batch_size="all", epochs=5, missing_targets="ignore")
IGNORE = {"missing_targets": "ignore"}


def meat(rows=60):
    rng = np.random.default_rng(7)
    x, z = rng.normal(size=(2, rows))
    targets = {"water": 60 + 9 * x - 4 * z, "fat": 0.02 * z + 0.01 * rng.normal(size=rows)}
    holes = rng.random((2, rows)) < 0.3
    holed = {name: np.where(hole, np.nan, values) for (name, values), hole in zip(targets.items(), holes, strict=True)}
    return pl.DataFrame({"x": x, "z": z, **holed}).with_columns(pl.col(*TARGETS).fill_nan(None))


MEAT = meat()
KNOWN = MEAT.select(pl.col(*TARGETS).is_not_null()).to_numpy()

LABELS = MEAT.with_columns((pl.col(name) > pl.col(name).median()).cast(pl.String) for name in TARGETS)


@pytest.fixture(scope="module")
def trained():
    return tw.train_table(MEAT, TARGETS, SETTINGS, name="meat.csv")


def test_rows_with_some_targets_are_used_and_it_is_told():
    whole, some = (prepare(MEAT, target=TARGETS, **given) for given in ({}, IGNORE))
    rows = [np.sort(np.concatenate([part.rows for part in (p.train, p.validation, p.test)])) for p in (whole, some)]
    assert rows[0].tolist() == np.flatnonzero(KNOWN.all(axis=1)).tolist()
    assert rows[1].tolist() == np.flatnonzero(KNOWN.any(axis=1)).tolist()
    for part in (some.train, some.validation, some.test):
        assert (np.isfinite(part.T) == KNOWN[part.rows]).all()
        assert (np.isfinite(part.labels) == KNOWN[part.rows]).all()
    lacking = (~KNOWN).sum(axis=0)
    assert f"{lacking[0]} of 60 rows have no target 'water', which is ignored there" in some.notes
    assert f"{(~KNOWN.any(axis=1)).sum()} of 60 rows left out: no target is there" in some.notes
    scale = some.encoding.targets[0].scale
    assert scale.mean == pytest.approx(MEAT["water"].gather(some.train.rows).mean())


def test_scores_count_what_is_there(trained):
    rows = trained.prepared.test.rows
    for place, (name, scores) in enumerate(zip(TARGETS, trained.scores.each, strict=True)):
        there = KNOWN[rows, place]
        truth, guess = MEAT[name].gather(rows).to_numpy()[there], trained.prediction.values[there, place]
        assert scores.examples == there.sum()
        assert scores.rmse == pytest.approx(np.sqrt(np.mean((truth - guess) ** 2)), rel=1e-9)
        assert scores.constant.answer == pytest.approx(MEAT[name].gather(trained.prepared.train.rows).mean())


def test_the_run_is_that_of_arrays_with_nan(trained):
    part, held = trained.prepared.train, trained.prepared.validation
    recipe = trained.run.recipe
    F, _ = tw.gradient(
        trained.run.network, trained.run.loss, recipe.params, part.P, part.T, targets="ignore_nan",
        l2=recipe.penalties[1],
    )  # fmt: skip
    assert trained.run.history.loss[0] == pytest.approx(float(F), rel=1e-5)
    errors = (trained.run.predict(held.P) - held.T)[np.isfinite(held.T)]
    assert trained.run.history.validation_loss.min() == pytest.approx((errors**2).mean(), rel=1e-5)


def test_all_that_reads_the_model_ignores_them_too(trained):
    again = recipe_of(trained.model, MEAT)
    assert (again.examples.weight == trained.run.recipe.examples.weight).all()
    step = open_step(trained.model, MEAT, 3)
    assert "to the bit" in step.notes[1]
    assert (step.missing == ~KNOWN[step.rows]).all()
    lacks = int(np.flatnonzero(KNOWN[:, 0] & ~KNOWN[:, 1])[0])
    assert "The target of output 2 is missing." in open_row(trained.model, MEAT, lacks + 1).show()
    assert check_model(trained.model, MEAT).passed
    assert diagnose_model(trained.model, MEAT).examples == len(trained.prepared.train.rows)
    assert diagnose_model(trained.model, MEAT.with_columns(pl.col("x") + 1)).examples == KNOWN.any(axis=1).sum()
    assert "nan" not in render_report(training_report(trained, "meat")).lower().replace("dominant", "")
    for name, draw in training_figures(trained).items():
        if "predicted_against_actual" in name:
            assert draw()


@pytest.mark.parametrize("how", [{"folds": 3}, {"members": 4, "folds": 2, "sample_weight": "w"}])
def test_several_networks_take_what_is_there(how):
    frame = MEAT.with_columns(w=pl.Series(np.linspace(0.5, 2.0, MEAT.height)))
    settings = dataclasses.replace(SETTINGS, **how)
    trained = tw.train_table(frame, TARGETS, settings)
    part, ensemble, folds = trained.prepared.train, trained.ensemble, trained.fold_scores
    w = np.ones(len(part.T)) if part.weight is None else part.weight
    there = np.isfinite(part.T)
    squares = np.where(there, (part.T - ensemble.outputs) ** 2, 0.0) * w[:, None]
    np.testing.assert_allclose(ensemble.loss, squares.sum() / (there * w[:, None]).sum(), rtol=1e-12)
    deviations = [target.scale.deviation for target in trained.model.encoding.targets]
    for place, scores in enumerate(folds.together.each):
        mean = squares[:, place].sum() / (there[:, place] * w).sum()
        np.testing.assert_allclose(scores.rmse, deviations[place] * np.sqrt(mean), rtol=1e-6)
        assert scores.examples == there[:, place].sum()
    member = trained.model.member(2)
    step = open_step(member, frame, member.record["updates"])
    assert any("the run's to the bit" in note for note in step.notes)
    assert recipe_of(member, frame).missing.sum() > 0


def test_a_fold_that_lacks_a_target_has_no_scores_of_its_own():
    def score(rows, outputs):
        return regression_scores(rows.astype(float), outputs[:, 0])

    there = np.ones((6, 2), dtype=bool)
    there[:2, 1] = False
    outputs = np.linspace(0.0, 6.0, 12).reshape(6, 2)
    folds = [np.arange(0, 2), np.arange(2, 4), np.arange(4, 6)]
    found = fold_scores(score, outputs, folds, there)
    assert [one.examples for one in found.folds] == [2, 2]
    assert found.together.examples == 6
    assert fold_scores(score, outputs, folds[:1], there) is None


@pytest.mark.parametrize(
    ("frame", "given", "says"),
    [
        (
            LABELS,
            {},
            "the targets 'water' and 'fat' are classes, and what is missing is ignored of measured ones alone",
        ),
        (MEAT, {"missing_targets": "drop"}, "unknown way with missing targets 'drop'"),
        (
            MEAT.with_columns(fat=pl.when(pl.col("z") < pl.col("z").median()).then("fat")),
            {"split": "70/10/20", "time": "z"},
            "no test row has the target 'fat': split the rows otherwise",
        ),
    ],
)  # fmt: skip
def test_refuses(frame, given, says):
    with pytest.raises((tw.ArgumentError, tw.DataError), match=says):
        tw.train_table(frame, TARGETS, dataclasses.replace(SETTINGS, **given))
