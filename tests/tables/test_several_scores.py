"""The scores of several targets as plain data and in words, and damaged ones."""

import copy
import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from thalweg.errors import DataError
from thalweg.tables.no_better import no_better
from thalweg.tables.score import of_target
from thalweg.tables.scores import classification_scores, regression_scores
from thalweg.tables.several_scores import SeveralScores, any_scores_from_dict, classes_together, measured_together


def measured() -> SeveralScores:
    each = [regression_scores(np.arange(9.0), np.arange(9.0)[:: -1 if worse else 1] * 0.9) for worse in (False, True)]
    return SeveralScores.of(["water", "fat"], each, *measured_together(each, [2.0, 3.0]))


def labels() -> SeveralScores:
    actual = np.array([["yes", True], ["no", True], ["yes", False]], dtype=object)
    said = np.array([["yes", True], ["no", False], ["no", False]], dtype=object)
    each = [
        classification_scores(actual[:, number], said[:, number], [[0.4, 0.6]] * 3, classes)
        for number, classes in enumerate((["no", "yes"], [False, True]))
    ]
    return SeveralScores.of(["ripe", "sold"], each, *classes_together(each, actual, said))


@pytest.mark.parametrize("scores", [measured(), labels()], ids=["measured", "labels"])
def test_they_come_back_from_json(scores):
    plain = json.loads(json.dumps(scores.to_dict()))
    assert any_scores_from_dict(plain) == scores
    assert any_scores_from_dict(plain["targets"][scores.names[0]]) == scores.each[0]
    heads, rows = scores.table()
    assert [row[0] for row in rows] == list(scores.names)
    assert all(len(row) == len(heads) for row in rows)
    assert heads.count("constant") == 3


def test_all_right_counts_examples():
    scores = labels()
    assert scores.together["all_right"] == pytest.approx(1 / 3)
    assert scores.constant["all_right"] == pytest.approx(1 / 3)
    assert scores.compared()[0] == ("all targets right", "33.3 %", "33.3 %")
    assert scores.constant_told == "always saying the commonest of each"
    assert [row[:2] for row in scores.class_rows()] == [
        ("ripe", "no"),
        ("ripe", "yes"),
        ("sold", False),
        ("sold", True),
    ]


def test_all_right_counts_examples_by_their_weights():
    rng = np.random.default_rng(0)
    actual, said = (rng.choice(["a", "b"], (40, 2)).astype(object) for _ in range(2))
    weight = rng.uniform(0.5, 2.0, 40)
    each = [
        classification_scores(actual[:, k], said[:, k], np.full((40, 2), 0.5), ["a", "b"], sample_weight=weight)
        for k in range(2)
    ]
    together, constant = classes_together(each, actual, said, weight)
    right, common = (actual == said).all(axis=1), (actual == [one.constant.answer for one in each]).all(axis=1)
    assert together["all_right"] == pytest.approx(accuracy_score(right, np.ones(40, bool), sample_weight=weight))
    assert constant["all_right"] == pytest.approx(accuracy_score(common, np.ones(40, bool), sample_weight=weight))


def test_r2_that_is_not_defined_has_no_mean():
    each = [regression_scores([1.0, 1.0], [1.0, 2.0]), regression_scores([1.0, 3.0], [1.0, 2.0])]
    together, constant = measured_together(each, [1.0, 1.0])
    assert together["r2"] is None
    scores = SeveralScores.of(["a", "b"], each, together, constant)
    assert scores.lines()[0] == ("mean R²", "not defined")


def test_each_target_that_is_no_better_is_named():
    (note,) = no_better(measured())
    assert note.startswith("target 'fat': the predictions are no better than always saying the mean, 4 (RMSE")


def test_old_scores_have_no_constant():
    plain = measured().to_dict()
    for scores in plain["targets"].values():
        scores["constant"] = None
    plain["constant"] = {}
    old = any_scores_from_dict(plain)
    assert old.constant_told == ""
    assert old.compared()[0][2] == ""
    assert old.table()[0] == ["target", "RMSE", "MAE", "R²"]


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.update(targets={}),
        lambda plain: plain.update(targets=3),
        lambda plain: plain.update(together={"nothing": 1.0}),
        lambda plain: plain.update(constant={"r2": "x"}),
        lambda plain: plain.pop("together"),
        lambda plain: plain["targets"].update(fat=labels().to_dict()["targets"]["ripe"]),
        lambda plain: plain["targets"]["fat"].pop("rmse"),
    ],
)
def test_damaged_scores_are_refused(change):
    plain = copy.deepcopy(measured().to_dict())
    change(plain)
    with pytest.raises(DataError, match="scores are"):
        any_scores_from_dict(plain)


def test_errors_of_several_units_are_put_together_in_deviations():
    """The root of the mean square of each target's error in its deviations; of the constants too."""
    found = measured()
    rmses = [one.rmse for one in found.each]
    assert found.together["scaled_rmse"] == pytest.approx(np.sqrt(((rmses[0] / 2) ** 2 + (rmses[1] / 3) ** 2) / 2))
    constants = [one.constant.rmse for one in found.each]
    assert found.constant["scaled_rmse"] == pytest.approx(np.hypot(constants[0] / 2, constants[1] / 3) / np.sqrt(2))


def test_each_target_is_scored_by_its_own_weights():
    weight = np.arange(6.0).reshape(3, 2)
    assert [of_target(weight, place).tolist() for place in (0, 1)] == [[0, 2, 4], [1, 3, 5]]
    assert of_target(weight[:, 0], 1).tolist() == [0, 2, 4]
