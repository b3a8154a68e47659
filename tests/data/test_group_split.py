"""Splits by groups and by time: no group in two parts, no test row before a training row."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_split import USUAL, assert_partition, sizes

from thalweg.data import prepare
from thalweg.data.group_split import FEW_GROUPS, joined, split_groups, split_times
from thalweg.data.roles import Roles
from thalweg.errors import DataError

FRACTIONS = st.sampled_from([USUAL, (0.5, 0.25, 0.25), (0.8, 0.2, 0.0), (0.9, 0.0, 0.1), (1.0, 0.0, 0.0)])


@settings(max_examples=20)
@given(st.lists(st.integers(0, 9), min_size=20, max_size=80), st.integers(0, 99), FRACTIONS, st.booleans())
def test_no_group_is_in_two_parts(values, seed, fractions, classes):
    groups = np.unique([*values, 0, 1, 2], return_inverse=True)[1]
    strata = np.arange(len(groups)) % 3 if classes else None
    split = split_groups(groups, strata, fractions, seed)
    assert_partition(split, len(groups))
    parts = [set(groups[part]) for part in (split.train, split.validation, split.test)]
    assert sum(map(len, parts)) == len(set(groups))
    assert [len(part) > 0 for part in parts] == [fraction > 0 for fraction in fractions]
    again = split_groups(groups, strata, fractions, seed)
    assert (again.test == split.test).all()


def test_small_groups_fill_the_parts_as_asked_and_keep_the_classes_in_proportion():
    groups = np.repeat(np.arange(200), 5)
    strata = (groups % 4 == 0).astype(np.int64)
    split = split_groups(groups, strata, USUAL, 0)
    assert sizes(split) == (700, 150, 150)
    for part in (split.train, split.validation, split.test):
        assert abs(strata[part].mean() - 0.25) < 0.04
    others = {tuple(split_groups(groups, strata, USUAL, seed).test) for seed in (0, 1)}
    assert len(others) == 2


def test_a_large_group_trains():
    groups = np.concatenate([np.zeros(60, dtype=np.int64), np.arange(1, 41)])
    for seed in range(6):
        split = split_groups(groups, None, USUAL, seed)
        assert 0 in groups[split.train]
        assert 10 <= len(split.test) <= 20


def test_many_groups_are_drawn():
    groups = np.repeat(np.arange(FEW_GROUPS + 100), 2)
    split = split_groups(groups, None, USUAL, 0)
    assert_partition(split, len(groups))
    assert not set(groups[split.train]) & set(groups[split.test])
    assert len(split.test) == pytest.approx(0.15 * len(groups), abs=2)
    assert len(split.validation) == pytest.approx(0.15 * len(groups), abs=4)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=3, max_size=60), FRACTIONS)
def test_the_past_trains_and_the_future_tests(values, fractions):
    times = np.array([*values, 0, 4, 9], dtype=np.float64)
    split = split_times(times, fractions)
    assert_partition(split, len(times))
    ends = [times[part] for part in (split.train, split.validation, split.test) if len(part)]
    assert len(ends) == sum(fraction > 0 for fraction in fractions)
    for earlier, later in pairwise(ends):
        assert earlier.max() < later.min()


def test_times_that_all_differ_are_cut_where_asked():
    times = np.random.default_rng(0).permutation(100).astype(np.float64)
    split = split_times(times, USUAL)
    assert sizes(split) == (70, 15, 15)
    assert sorted(times[split.test]) == list(range(85, 100))


def test_too_few():
    with pytest.raises(DataError, match="group 'patient' has 2 values, too few for 3 parts without one in two"):
        split_groups(np.array([0, 1] * 10), None, USUAL, 0, "patient")
    with pytest.raises(DataError, match="time 'year' has 1 value, too few for 2 parts"):
        split_times(np.zeros(10), (0.5, 0.5, 0.0), "year")


def test_groups_with_equal_rows_are_joined_unless_that_chains_all():
    groups = np.repeat(np.arange(10), 3)
    first = np.arange(30)
    first[[3, 9]] = first[0]  # groups 0, 1 and 3
    found = joined(groups, first, USUAL)
    assert len({found[0], found[3], found[9]}) == 1
    assert len(np.unique(found)) == 8
    chain = np.arange(30)
    chain[3::3] = chain[:-3:3]
    chain = np.array([0 if number % 3 == 0 else number for number in range(30)])
    np.testing.assert_array_equal(joined(groups, chain, USUAL), groups)


@pytest.mark.parametrize("seed", range(3))
def test_equal_rows_of_different_groups_stay_together_too(seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=60)
    x[40:50] = x[:10]
    y = np.where(x > 0, "a", "b")
    frame = pl.DataFrame({"x": x, "y": y, "g": [f"g{number // 2}" for number in range(60)]})
    prepared = prepare(frame, target="y", seed=seed, roles=Roles(group="g"))
    of = np.empty(60, dtype=int)
    for number, part in enumerate((prepared.train, prepared.validation, prepared.test)):
        of[part.rows] = number
        assert part.groups is not None
    assert (of[40:50] == of[:10]).all()
    assert (of[::2] == of[1::2]).all()
    assert any("stay with others that have an equal row" in note for note in prepared.notes)


def test_a_seed_draws_many_groups_in_its_own_way():
    groups = np.arange(FEW_GROUPS + 5)
    draws = [split_groups(groups, None, USUAL, seed) for seed in (1, 1, 2)]
    assert [(draws[0].test.tolist() == one.test.tolist()) for one in draws] == [True, True, False]
    assert [(draws[0].validation.tolist() == one.validation.tolist()) for one in draws] == [True, True, False]


def test_the_validation_part_keeps_a_time_before_a_large_test_part():
    split = split_times(np.array([3.0, 1.0, 2.0]), (0.1, 0.1, 0.8))
    assert [part.tolist() for part in (split.train, split.validation, split.test)] == [[1], [2], [0]]
