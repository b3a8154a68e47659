"""Folds, beside scikit-learn's splitters and what they promise."""

import numpy as np
import pytest
from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit

from thalweg.data.folds import make_folds, most_folds
from thalweg.data.prepared import Part
from thalweg.errors import DataError

RNG = np.random.default_rng(0)


def part(T: np.ndarray, **more) -> Part:
    return Part(np.arange(len(T), dtype=float)[:, None] * 1.5, T, np.arange(len(T)), T[:, 0], **more)


def test_values_are_dealt_out_as_by_k_fold() -> None:
    folds = make_folds(part(RNG.normal(size=(53, 1))), 5, 7, stratify=False)
    expected = KFold(5, shuffle=True, random_state=7).split(np.zeros(53))
    for (train, validation), *ours in zip(expected, folds.train, folds.validation, strict=True):
        assert (ours[0] == train).all()
        assert (ours[1] == validation).all()


def test_classes_are_dealt_out_as_by_stratified_k_fold() -> None:
    codes = RNG.choice(3, 80, p=[0.6, 0.3, 0.1])
    folds = make_folds(part(np.eye(3)[codes]), 4, 1, stratify=True)
    expected = StratifiedKFold(4, shuffle=True, random_state=1).split(
        np.zeros(80), np.unique(np.eye(3)[codes], axis=0, return_inverse=True)[1]
    )
    for (_, validation), ours in zip(expected, folds.validation, strict=True):
        assert (ours == validation).all()


@pytest.mark.parametrize("groups", [np.repeat(np.arange(12), 5), np.minimum(np.arange(60), 45)])
@pytest.mark.parametrize("stratify", [True, False])
def test_groups_stay_together(groups: np.ndarray, stratify: bool) -> None:
    T = (RNG.random(60) < 0.5).astype(float)[:, None]
    folds = make_folds(part(T, groups=groups), 3, 0, stratify=stratify)
    for train, validation in zip(folds.train, folds.validation, strict=True):
        assert not set(groups[train]) & set(groups[validation])
        assert 10 <= len(validation) <= 30
    assert (folds.validated == np.arange(60)).all()


def test_equal_rows_stay_in_one_fold() -> None:
    P = np.repeat(np.arange(40.0), 2)[:, None]
    T = np.repeat(RNG.random(40) < 0.5, 2).astype(float)[:, None]
    folds = make_folds(Part(P, T, np.arange(80), T[:, 0]), 5, 0, stratify=True)
    for train, validation in zip(folds.train, folds.validation, strict=True):
        assert not set(P[train, 0]) & set(P[validation, 0])
    few = Part(P % 4, T, np.arange(80), T[:, 0])  # a list of cases that repeat: rows are dealt out one by one
    assert len(make_folds(few, 5, 0, stratify=False)) == 5


def test_the_past_trains_and_the_future_validates() -> None:
    times = RNG.permutation(np.repeat(np.arange(12), 2))
    folds = make_folds(part(RNG.normal(size=(24, 1)), times=times), 3, 0, stratify=False)
    expected = TimeSeriesSplit(3).split(np.arange(12))
    for (past, future), train, validation in zip(expected, folds.train, folds.validation, strict=True):
        assert sorted(set(times[train])) == past.tolist()
        assert sorted(set(times[validation])) == future.tolist()


def test_rare_classes_are_told_of() -> None:
    codes = np.array([0] * 20 + [1] * 18 + [2] * 2 + [3])
    folds = make_folds(part(np.eye(4)[codes]), 5, 0, stratify=True)
    assert [str(note) for note in folds.notes] == [
        "1 class has fewer rows than there are folds: not every fold has one",
        "1 class has one row, which no fold validates",
    ]
    assert all(40 in train for train in folds.train)
    assert 40 not in folds.validated
    assert all((codes[train] == 2).any() for train in folds.train)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, "folds is 5, and there are 4 different rows to train on: give at most 4 folds, or more rows"),
        ({"groups": np.array([0, 0, 1, 1])}, "folds is 5, and there are 2 groups of rows: give at most 2 folds"),
        ({"times": np.arange(4)}, "folds is 5, and there are 3 times beside the oldest"),
    ],
)
def test_too_many_folds(more: dict, message: str) -> None:
    few = part(np.arange(4.0)[:, None], **more)
    with pytest.raises(DataError, match=message):
        make_folds(few, 5, 0, stratify=False)
    assert len(make_folds(few, most_folds(few), 0, stratify=False)) == most_folds(few)


def test_strata_of_ones_own_are_kept_in_proportion() -> None:
    strata = np.repeat([0, 1], [40, 20])
    folds = make_folds(part(RNG.normal(size=(60, 1)), strata=strata), 4, 0, stratify=False)
    assert [int(strata[rows].sum()) for rows in folds.validation] == [5] * 4


def test_classes_of_groups_that_are_mostly_single_rows_are_dealt_in_proportion() -> None:
    """As `StratifiedKFold` deals the first row of each group; a class of as many rows as folds is not called rare."""
    T = np.repeat([0.0, 1.0, 2.0], [76, 20, 4])[:, None]
    groups = np.arange(100)
    groups[[1, 3]] = groups[[0, 2]]
    folds = make_folds(part(T, groups=groups), 4, 5, stratify=True)
    held = [np.bincount(T[rows, 0].astype(int), minlength=3) for rows in folds.validation]
    assert [counts[1:].tolist() for counts in held] == [[5, 1]] * 4
    assert folds.notes == ()
    T[-1] = 1.0
    (note,) = make_folds(part(T, groups=groups), 4, 5, stratify=True).notes
    assert "1 class has fewer rows than there are folds" in note
