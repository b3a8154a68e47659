import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.data import split_rows
from thalweg.data.equal_rows import FEWEST, equal_rows, shared_rows, split_together

USUAL = (0.7, 0.15, 0.15)


@given(st.lists(st.tuples(st.sampled_from([None, 1.0, float("nan"), 2.0]), st.sampled_from("ab")), min_size=1))
def test_equal_rows_are_those_of_a_plain_loop(rows: list[tuple]):
    columns = [pl.Series("x", [x for x, _ in rows], pl.Float64), pl.Series("y", [y for _, y in rows])]
    plain = [(None if x is None or np.isnan(x) else x, y) for x, y in rows]
    expected = [plain.index(row) for row in plain]
    found = equal_rows(columns)
    assert (list(range(len(rows))) if found is None else found.tolist()) == expected


@pytest.mark.parametrize("stratify", [False, True])
def test_a_table_without_equal_rows_is_split_as_ever(stratify: bool):
    target = pl.Series([0, 1] * 50)
    ours, plain = (f(target, *a, USUAL, 3, stratify) for f, a in ((split_together, (None,)), (split_rows, ())))
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(ours, part), getattr(plain, part))
    assert ours.notes == plain.notes


@given(st.lists(st.integers(0, 99), min_size=FEWEST, max_size=300), st.integers(0, 99), st.booleans())
def test_equal_rows_stay_in_one_part(ids: list[int], seed: int, stratify: bool):
    first = equal_rows([pl.Series(ids)])
    target = pl.Series([value % 3 for value in ids])
    split = split_together(target, first, USUAL, seed, stratify)
    parts = (split.train, split.validation, split.test)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(ids)))
    assert all((np.diff(part) > 0).all() and len(part) for part in parts)
    if len(set(ids)) >= FEWEST and not any("differ" in note for note in split.notes):
        kinds = [{ids[row] for row in part} for part in parts]
        assert not kinds[0] & kinds[1] | kinds[0] & kinds[2] | kinds[1] & kinds[2]
    copies = len(ids) - len(set(ids))
    if not any("differ" in note for note in split.notes):
        assert any("equal" in note for note in split.notes) == (copies > len(ids) / 100)


def test_a_row_that_fills_the_table_goes_to_training():
    first = equal_rows([pl.Series([0] * 100 + list(range(1, 101)))])
    split = split_together(pl.Series(np.arange(200.0)), first, USUAL, 0, stratify=False)
    assert set(range(100)) <= set(split.train.tolist())


@pytest.mark.parametrize(("copies", "dealt"), [(15, True), (16, False)])
def test_a_row_that_just_fills_a_part_is_dealt_out(copies: int, dealt: bool):
    first = equal_rows([pl.Series([0] * copies + list(range(1, 101 - copies)))])
    splits = [split_together(pl.Series(np.arange(100.0)), first, USUAL, seed, stratify=False) for seed in range(20)]
    assert any(0 not in split.train for split in splits) == dealt


def test_a_list_of_cases_is_dealt_out_row_by_row():
    first = equal_rows([pl.Series([0, 1, 2, 3] * 25)])
    split = split_together(pl.Series([0, 1, 1, 0] * 25), first, USUAL, 0, stratify=True)
    assert (len(split.train), len(split.validation), len(split.test)) == (70, 15, 15)
    assert "only 4 rows of 100 differ" in split.notes[-1]


def test_shared_rows_are_those_of_a_plain_loop():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 3, (40, 3)).astype(float), rng.integers(0, 4, (30, 3)).astype(float)
    expected = [any((row == known).all() for known in one) for row in other]
    assert shared_rows((one[:, :2], one[:, 2:]), (other[:, :2], other[:, 2:])).tolist() == expected
