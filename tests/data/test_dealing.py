"""How rows are dealt out: strata, several targets, and every class in training."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_split import USUAL, assert_partition, sizes

from thalweg.data import Split, prepare, split_rows
from thalweg.data.dealing import Rows, _pooled, _with_every_class, deal
from thalweg.data.roles import Roles


def rows(classes, **more) -> Rows:
    return Rows((pl.Series("y", classes),), True, **more)


def test_one_target_and_no_parts_of_their_own_are_dealt_as_ever():
    y = pl.Series("y", ["a", "b", "c", "a"] * 20)
    split = deal(Rows((y,), True), USUAL, 5, {})
    before = split_rows(y, USUAL, 5, stratify=True)
    assert all((getattr(split, name) == getattr(before, name)).all() for name in ("train", "validation", "test"))


@pytest.mark.parametrize("seed", range(3))
def test_strata_are_in_all_parts_in_proportion(seed):
    region = np.array(["n", "s", "e", "w", "w"] * 40)
    y = np.random.default_rng(seed).normal(size=200)
    frame = pl.DataFrame({"x": np.arange(200.0), "y": y, "region": region})
    prepared = prepare(frame, target="y", seed=seed, roles=Roles(stratify="region"))
    for part in (prepared.train, prepared.validation, prepared.test):
        shares = {name: np.mean(region[part.rows] == name) for name in "nsew"}
        assert shares == {name: pytest.approx(0.4 if name == "w" else 0.2, abs=0.02) for name in "nsew"}
        assert part.strata is not None
    assert "region" in {column.name for column in prepared.encoding.inputs}


def test_a_measured_target_can_be_its_own_stratum():
    y = np.random.default_rng(0).exponential(size=400)
    prepared = prepare(pl.DataFrame({"x": np.arange(400.0), "y": y}), target="y", roles=Roles(stratify="y"))
    edges = np.quantile(y, np.arange(1, 10) / 10)
    for part in (prepared.train, prepared.validation, prepared.test):
        counts = np.bincount(np.searchsorted(edges, y[part.rows]), minlength=10)
        assert np.ptp(counts) <= 1


@settings(max_examples=40)
@given(st.integers(0, 11), st.integers(0, 99), st.booleans())
def test_training_has_every_class_of_every_target_whatever_stays_together(rare, seed, grouped):
    groups = np.repeat(np.arange(12), 4)
    targets = (pl.Series("a", np.arange(48) % 2), pl.Series("b", (groups == rare).astype(int)))
    known = Rows(targets, True, groups=groups if grouped else None)
    split = deal(known, USUAL, seed, {"group": "g"})
    assert_partition(split, 48)
    for column in targets:
        assert column[split.train.tolist()].n_unique() == 2
    assert len(split.validation)
    assert len(split.test)
    if grouped:
        assert not set(groups[split.train]) & {*groups[split.test], *groups[split.validation]}


def test_the_labels_of_several_targets_are_in_proportion_together():
    a, b = np.repeat([0, 0, 1, 1], 50), np.tile([0, 1], 100)
    split = deal(Rows((pl.Series("a", a), pl.Series("b", b)), True), USUAL, 0, {})
    assert sizes(split) == (140, 30, 30)
    for part in (split.validation, split.test):
        assert np.ptp(np.bincount(2 * a[part] + b[part])) <= 1


def test_a_class_of_one_group_alone_trains():
    groups = np.repeat(np.arange(20), 3)
    classes = np.where(groups == 7, "rare", "common")
    for seed in range(5):
        split = deal(rows(classes.tolist(), groups=groups), USUAL, seed, {"group": "g"})
        assert set(split.train) >= {21, 22, 23}


@pytest.mark.parametrize(
    ("strata", "alike"),
    [
        ([*[0] * 9, *[1] * 3, *[2] * 2, 3], [range(9), range(9, 12), range(12, 15)]),  # the few are one of their own
        ([*[0] * 9, *[1] * 3, *[2] * 2], [[*range(9), 12, 13], range(9, 12)]),  # or go with the largest
    ],
)
def test_strata_of_less_than_three_rows_are_joined(strata, alike):
    pooled = _pooled(np.array(strata))
    assert [len(np.unique(pooled[list(places)])) for places in alike] == [1] * len(alike)
    assert len(np.unique(pooled)) == len(alike)


def test_a_row_of_a_class_that_training_lacks_comes_from_the_larger_part():
    given = rows([*"aaaaaa", "b", *"baaa"])
    split = _with_every_class(Split(np.arange(6), np.array([6]), np.arange(7, 11)), given, None)
    assert [part.tolist() for part in (split.train, split.validation, split.test)] == [[*range(6), 7], [6], [8, 9, 10]]
