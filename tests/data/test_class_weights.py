"""Weights of classes: scikit-learn's, tables of one's own, and what is refused."""

import numpy as np
import polars as pl
import pytest
from sklearn.utils import compute_class_weight, compute_sample_weight

from thalweg.data import TargetEncoding, prepare
from thalweg.data.class_weights import class_weights, row_factors
from thalweg.data.roles import Roles
from thalweg.errors import ArgumentError

RIPE = pl.Series("ripe", ["no"] * 20 + ["yes"] * 7 + ["so-so"] * 3)
SOLD = pl.Series("sold", [True, False, False] * 10)
KEPT = pl.Series("kept", [0, 1, 1, 1, 1] * 6)


def targets(*columns: pl.Series) -> tuple[TargetEncoding, ...]:
    return tuple(TargetEncoding.fit(column, "classification") for column in columns)


@pytest.mark.parametrize("column", [RIPE, SOLD, KEPT], ids=lambda column: column.name)
def test_balanced_is_scikit_learns(column):
    fitted = targets(column)
    labels = column.to_numpy()
    (found,) = class_weights(fitted, labels, "balanced")
    np.testing.assert_allclose(found, compute_class_weight("balanced", classes=np.unique(labels), y=labels), rtol=1e-15)
    np.testing.assert_allclose(row_factors(fitted, labels, [found]), compute_sample_weight("balanced", labels))


def test_of_several_targets_the_weights_are_multiplied_as_scikit_learn_does():
    fitted = targets(SOLD, KEPT)
    labels = np.array([SOLD.to_list(), KEPT.to_list()], dtype=object).T
    found = row_factors(fitted, labels, class_weights(fitted, labels, "balanced"))
    np.testing.assert_allclose(found, compute_sample_weight("balanced", labels.astype(int)))
    given = {"sold": {"true": 3}, "kept": {"0": 2, "1": 0.5}}
    found = row_factors(fitted, labels, class_weights(fitted, labels, given))
    expected = compute_sample_weight([{0: 1, 1: 3}, {0: 2, 1: 0.5}], labels.astype(int))
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    ("column", "given", "expected"),
    [
        (RIPE, {"yes": 2}, [1, 1, 2]),
        (SOLD, {True: 4, "false": 0}, [0, 4]),
        (KEPT, {1: 3}, [1, 3]),
        (KEPT, {"1.0": 3, "0": 2}, [2, 3]),
    ],
)
def test_a_class_that_is_not_named_weighs_1(column, given, expected):
    assert class_weights(targets(column), column.to_numpy(), given)[0].tolist() == expected


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"yess": 2}, "class_weight: unknown class of target 'ripe' 'yess': did you mean 'yes'"),
        ({"yes": -1}, "class_weight of 'yes' is -1; it must be a number from 0 to 1e.12"),
        ({"yes": "2"}, "class_weight of 'yes' is '2'; it must be a number"),
        ({"yes": float("inf")}, "class_weight of 'yes' is inf"),
        ({"yes": 0, "no": 0, "so-so": 0}, "class_weight is 0 for every class of target 'ripe'"),
        ("equal", "class_weight is 'equal'; it must be 'balanced', or a weight for each class"),
        ({}, "class_weight is {}; it must be"),
    ],
)
def test_what_is_no_weight_of_a_class(given, words):
    with pytest.raises(ArgumentError, match=words):
        class_weights(targets(RIPE), RIPE.to_numpy(), given)


@pytest.mark.parametrize(
    ("given", "words"),
    [({"true": 2}, "unknown target 'true'"), ({"sold": 2}, "class_weight of target 'sold' is 2; of several targets")],
)
def test_several_targets_have_a_table_each(given, words):
    labels = np.array([SOLD.to_list(), KEPT.to_list()], dtype=object).T
    with pytest.raises(ArgumentError, match=words):
        class_weights(targets(SOLD, KEPT), labels, given)


def test_the_training_rows_weigh_the_classes_of_all_parts_times_their_own_weights():
    frame = pl.DataFrame({"x": np.arange(30.0), "ripe": RIPE, "w": [1.0, 2.0, 0.5] * 10})
    prepared = prepare(frame, target="ripe", roles=Roles(sample_weight="w", class_weight="balanced"))
    names = np.unique(prepared.train.labels)
    balanced = compute_class_weight("balanced", classes=names, y=prepared.train.labels)
    by_class = dict(zip(names.tolist(), balanced, strict=True))
    for part in (prepared.train, prepared.validation, prepared.test):
        expected = [by_class[label] * weight for label, weight in zip(part.labels, part.sample_weight, strict=True)]
        np.testing.assert_allclose(part.weight, expected)
