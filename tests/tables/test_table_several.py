"""Several networks on a table: folds, members, best."""

import dataclasses
import signal
import sys

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import accuracy_score, log_loss, root_mean_squared_error
from sklearn.model_selection import StratifiedKFold

import thalweg as tw
from thalweg.data.folds import make_folds
from thalweg.data.prepared import prepare
from thalweg.data.roles import Roles
from thalweg.errors import ArgumentError, DataError
from thalweg.tables.check import check_model
from thalweg.tables.diagnosis import diagnose_model
from thalweg.tables.record import recipe_of
from thalweg.tables.several import member_options, would_train
from thalweg.tables.steps import open_row, open_step, replay_model

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 2))
VALUES = pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": X[:, 0] - 2 * X[:, 1] ** 2})
KINDS = VALUES.with_columns(y=pl.Series(np.where(VALUES["y"] + 0.7 * RNG.normal(size=90) > -1, "yes", "no")))
FAST = tw.Settings(epochs=8, hidden=(4,), learning_rate=0.03, engine="numpy")


@pytest.fixture(scope="module")
def best() -> tw.Trained:
    return tw.train_table(KINDS, "y", dataclasses.replace(FAST, hidden=(64, 32), best=True))


@pytest.fixture(scope="module")
def members() -> tw.Trained:
    return tw.train_table(VALUES, "y", dataclasses.replace(FAST, folds=3, members=4))


def test_the_answer_is_the_mean_of_the_members(members: tw.Trained) -> None:
    model = members.model
    assert (len(model.members), model.calibration) == (4, None)
    each = np.array([member.predict_table(VALUES).values for member in model.members])
    weights = [1 / 4] * 4
    np.testing.assert_allclose(model.predict_table(VALUES).values, np.average(each, axis=0, weights=weights), rtol=1e-6)
    assert model.weights == tuple(weights)


def test_probabilities_are_the_calibrated_mean(best: tw.Trained) -> None:
    model = best.model
    each = [member.predict_table(KINDS).probabilities[:, 1:] for member in model.members]
    each = np.average(each, axis=0, weights=model.weights)
    if model.calibration is not None:
        each = model.calibration.apply(model.network.output.activation, each)
    np.testing.assert_allclose(model.predict_table(KINDS).probabilities[:, 1:], each, rtol=1e-6)


def test_the_loss_out_of_the_folds_is_that_of_the_members(best: tw.Trained) -> None:
    """From the members alone: those that a fold validated, on the rows that scikit-learn puts into it."""
    part = best.prepared.train
    rows = np.arange(len(part.T))
    splitter = StratifiedKFold(5, shuffle=True, random_state=0)
    folds = [validation for _, validation in splitter.split(rows, part.T[:, 0])]
    for one in best.ensemble.tried:
        outputs = np.zeros(len(rows))
        for fold, run in zip(one.folds, one.runs, strict=True):
            outputs[folds[fold]] = run.predict(part.P[folds[fold]])[:, 0]
        assert one.loss == pytest.approx(log_loss(part.T[:, 0], outputs), rel=1e-6)
    told = best.model.record["ensemble"]
    assert [one["loss"] for one in told["settings"]] == [one.loss for one in best.ensemble.tried]
    weights = [one["weight"] for one in told["settings"]]
    mean = np.average([one.outputs[:, 0] for one in best.ensemble.tried], axis=0, weights=weights)
    assert told["loss_before_calibration"] == pytest.approx(log_loss(part.T[:, 0], mean), rel=1e-6)
    assert told["loss_before_calibration"] <= min(one["loss"] for one in told["settings"]) + 1e-9
    kept = [one["name"] for one in told["settings"] if one["weight"]]
    assert list(dict.fromkeys(member.record["member"]["setting"] for member in best.model.members)) == kept


def test_scores_of_folds(members: tw.Trained) -> None:
    part, found = members.prepared.train, members.fold_scores
    scale = members.model.encoding.target.scale
    said = scale.undo(members.ensemble.outputs[:, 0])
    assert found.together.rmse == pytest.approx(root_mean_squared_error(part.labels, said))
    summary = found.summary()["rmse"]
    each = [one.rmse for one in found.folds]
    assert (summary["mean"], summary["spread"]) == pytest.approx((np.mean(each), np.std(each, ddof=1)))
    assert members.model.record["fold_scores"]["summary"]["rmse"] == summary


def test_each_member_saw_no_row_of_its_fold(members: tw.Trained) -> None:
    seen = [recipe_of(member, VALUES) for member in members.model.members]
    assert (seen[0].validation.T == seen[3].validation.T).all()  # members 1 and 4 share a fold
    for recipe in seen[:3]:
        judged = {float(t) for t in recipe.validation.T[:, 0]}
        assert not judged & {float(t) for t in recipe.examples.T[:, 0]}
        assert len(recipe.examples.T) + len(judged) == len(members.prepared.train.T)
    assert len({recipe.batch_order.seed for recipe in seen}) == 4


def test_steps_of_members_are_replayed_to_the_bit(best: tw.Trained, members: tw.Trained) -> None:
    for trained, frame in ((best, KINDS), (members, VALUES)):
        for member in (trained.model.members[0], trained.model.members[-1]):
            replayed = replay_model(member, frame, 7)
            assert str(replayed.replay_error).startswith("the losses of")
            assert "to the bit" in str(replayed.replay_error)
            step = open_step(member, frame, 7)
            assert step.rows is not None
            table_rows = frame["a"].to_numpy()[step.rows]
            column = member.encoding.inputs_of(frame)[0][step.rows, 0]
            np.testing.assert_allclose(next(iter(step.inputs.values()))[:, 0], column, rtol=1e-5)
            assert len(table_rows) == step.examples


def test_what_is_for_one_network_says_so(members: tw.Trained) -> None:
    told = r"the mean of 4 networks: choose one, --member 1, or model.members\[0\]"
    for call in (
        lambda: replay_model(members.model, VALUES, 1),
        lambda: open_row(members.model, VALUES, 1),
        lambda: diagnose_model(members.model, VALUES),
        lambda: check_model(members.model, VALUES),
    ):
        with pytest.raises(ArgumentError, match=told):
            call()
    assert diagnose_model(members.model.member(2), VALUES).notes[0].startswith("over the")
    with pytest.raises(ArgumentError, match="member 5: the model has 4 members"):
        members.model.member(5)
    with pytest.raises(ArgumentError, match="one network, without members"):
        members.model.members[0].member(1)


def test_test_scores_are_of_the_mean(best: tw.Trained) -> None:
    test = best.prepared.test
    found = best.model.predict_table(KINDS[test.rows.tolist()])
    assert best.scores.accuracy == accuracy_score(test.labels, found.values)
    assert best.model.record["split"] == {"train": 76, "validation": 0, "test": 14}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"folds": 1}, "folds is 1; it must be a whole number from 2"),
        ({"members": 1}, "members is 1"),
        ({"folds": 5, "members": 3}, "members is 3 and folds 5: give a member to each fold at least"),
        ({"folds": 100}, "folds is 100, and there are 76 different rows to train on"),
        ({"members": 200}, "members is 200, each with its fold, and there are at most 76 folds: give folds too"),
        ({"best": True, "max_seconds": 3.0}, "max_seconds ends one network"),
    ],
)
def test_what_cannot_be_had(changes: dict, message: str) -> None:
    with pytest.raises((ArgumentError, DataError), match=message):
        tw.train_table(KINDS, "y", dataclasses.replace(FAST, **changes))


def test_a_validation_table_and_callbacks_go_with_one_network() -> None:
    settings = dataclasses.replace(FAST, folds=3)
    with pytest.raises(ArgumentError, match="a validation table goes with one network"):
        tw.train_table(VALUES, "y", settings, validation=VALUES)
    with pytest.raises(ArgumentError, match="callbacks go with one network"):
        tw.train_table(VALUES, "y", settings, callbacks=[print])


def test_too_few_rows_to_choose_by() -> None:
    trained = tw.train_table(VALUES[:30], "y", dataclasses.replace(FAST, best=True))
    assert trained.ensemble is None
    assert trained.model.members == ()
    assert "too few rows to choose settings by: one network was trained" in map(str, trained.prepared.notes)
    assert "to the bit" in str(replay_model(trained.model, VALUES[:30], 3).replay_error)


def test_what_best_would_train_is_what_it_trains() -> None:
    for frame, expected in ((VALUES, 20), (VALUES.with_columns(a=pl.Series(list("xyz") * 30)).drop("b"), 10)):
        one = tw.train_table(frame, "y", dataclasses.replace(FAST, epochs=1))
        assert would_train(one.prepared, FAST) == expected
        best = tw.train_table(frame, "y", dataclasses.replace(FAST, epochs=1, best=True))
        assert sum(len(each.runs) for each in best.ensemble.tried) == expected


def test_pieces_of_very_many_columns_are_not_tried(monkeypatch) -> None:
    monkeypatch.setattr("thalweg.tables.several.MOST_PIECES", 15)
    trained = tw.train_table(VALUES, "y", dataclasses.replace(FAST, best=True, epochs=1))
    assert [one.name for one in trained.ensemble.tried] == ["as given", "weight decay 0.01"]
    told = "setting 'numbers in 8 pieces' was not tried: 16 pieces for all columns of numbers would take long"
    assert told in map(str, trained.prepared.notes)


def test_a_setting_that_cannot_be_is_left_out_with_a_note() -> None:
    settings = tw.Settings(best=True, epochs=2, engine="numpy", max_parameters=2400)
    trained = tw.train_table(VALUES[:60], "y", settings)
    assert any("was not tried" in str(note) for note in trained.prepared.notes)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing on Windows")
def test_ctrl_c_between_two_settings_is_told() -> None:
    """No run had been interrupted, so the training seemed to have come to its end."""
    numbers = np.random.default_rng(0).normal(size=(40, 2))
    frame = pl.DataFrame({"x": numbers[:, 0], "y": numbers[:, 0] + 0.1 * numbers[:, 1]})
    seen: list[str] = []

    def press(tried: object) -> None:
        seen.append(str(tried))
        signal.raise_signal(signal.SIGINT)

    quick = tw.Settings(best=True, folds=2, epochs=2, engine="numpy")
    trained = tw.train_table(frame, "y", quick, on_tried=press)
    assert len(seen) == 1
    assert trained.model.record["stopped_because"] == "interrupted"
    assert trained.model.record["explanation"].startswith("interrupted")


def test_a_member_has_the_weights_of_the_rows_it_trains_on_and_of_those_it_is_validated_by() -> None:
    frame = VALUES.with_columns(w=pl.Series(np.arange(1.0, 91.0)))
    settings = dataclasses.replace(FAST, sample_weight="w", split="100/0/0")
    prepared = prepare(frame, target="y", fractions=(1.0, 0.0, 0.0), roles=Roles(sample_weight="w"))
    folds = make_folds(prepared.train, 3, 0, stratify=False)
    net = tw.mlp(2, 4, 1)
    for number in (0, 4):  # of folds 1 and 2
        options = member_options(prepared, folds, net, settings, number)
        held = folds.validation[number % 3]
        weight = prepared.train.rows + 1.0
        np.testing.assert_array_equal(options["validation"][2], weight[held])
        weight[held] = 0.0
        np.testing.assert_array_equal(options["sample_weight"], weight)


def test_a_fold_whose_rows_count_nothing_is_told() -> None:
    group = np.arange(60) % 3
    frame = pl.DataFrame({"x": np.linspace(0, 1, 60), "y": np.linspace(0, 1, 60) ** 2, "g": group, "w": group != 1})
    settings = tw.Settings(folds=3, split="100/0/0", group="g", sample_weight="w", hidden=(2,), epochs=1)
    frame = frame.with_columns(pl.col("w").cast(pl.Int64))
    with pytest.raises(
        DataError, match=r"all rows of one of 3 folds have the weight 0.*: leave rows of the weight 0 out"
    ):
        tw.train_table(frame, "y", settings)
    tw.train_table(frame.filter(pl.col("w") > 0), "y", dataclasses.replace(settings, folds=2))
