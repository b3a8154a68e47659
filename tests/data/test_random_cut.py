"""Rows cut in two at random: those of scikit-learn's `train_test_split`."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from thalweg.data.random_cut import cut_at_random


@pytest.mark.parametrize("classes", [None, 2, 3, 7])
def test_the_rows_are_scikit_learns(classes):
    rng = np.random.default_rng(1)
    compared = 0
    for seed in range(150):
        count = int(rng.integers(2 * (classes or 1), 90))
        strata = None
        if classes is not None:
            strata = rng.permutation(np.r_[np.arange(classes), np.arange(classes), rng.integers(0, classes, count)])
            count = len(strata)
        rows = rng.permutation(1000)[:count]
        size = int(rng.integers(classes or 1, count - (classes or 1) + 1))
        if size == count:
            continue
        found = cut_at_random(rows, size, seed, strata)
        expected = train_test_split(rows, test_size=size, random_state=seed, stratify=strata)
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        compared += 1
    assert compared > 100


def test_strata_of_unequal_codes_and_large_tables_too():
    strata = np.random.default_rng(2).choice([3, 5, 900], 20_011, p=[0.7, 0.29, 0.01])
    rows = np.arange(len(strata))
    found = cut_at_random(rows, 6_003, 2**32 - 1, strata)
    expected = train_test_split(rows, test_size=6_003, random_state=2**32 - 1, stratify=strata)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
