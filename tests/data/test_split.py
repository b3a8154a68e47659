import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.data import Split, parse_fractions, split_rows
from thalweg.errors import ArgumentError, DataError

USUAL = (0.7, 0.15, 0.15)


def sizes(split: Split) -> tuple[int, int, int]:
    return len(split.train), len(split.validation), len(split.test)


def assert_partition(split: Split, rows: int):
    np.testing.assert_array_equal(np.sort(np.concatenate([split.train, split.validation, split.test])), np.arange(rows))
    for part in (split.train, split.validation, split.test):
        assert (np.diff(part) > 0).all()


@pytest.mark.parametrize(
    ("text", "fractions"),
    [
        ("70/15/15", USUAL),
        ("0.7/0.15/0.15", USUAL),
        ("100/0/0", (1, 0, 0)),
        ("1/0/0", (1, 0, 0)),
        (" 80 / 20 / 0 ", (0.8, 0.2, 0)),
        ("33.3/33.3/33.4", (0.333, 0.333, 0.334)),
    ],
)
def test_fractions(text: str, fractions: tuple):
    assert parse_fractions(text) == pytest.approx(fractions)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *(("70/30", "not three numbers"), ("a/b/c", "not three numbers"), ("", "not three numbers")),
        *(("70/15/10", "sums to 95"), ("0/50/50", "positive"), ("120/-10/-10", "negative"), ("nan/1/1", "sum")),
    ],
)
def test_unusable_fractions(text: str, words: str):
    with pytest.raises(ArgumentError, match=f"split .*{words}"):
        parse_fractions(text)


@given(st.integers(3, 300), st.integers(0, 2**32 - 1), st.sampled_from([USUAL, (0.5, 0.25, 0.25), (0.8, 0.2, 0.0)]))
def test_a_plain_split_is_a_partition_of_the_right_sizes(rows: int, seed: int, fractions: tuple):
    split = split_rows(np.linspace(0, 1, rows), fractions, seed, stratify=False)
    assert_partition(split, rows)
    for part, fraction in zip(sizes(split)[1:], fractions[1:], strict=True):
        assert part == (max(1, round(rows * fraction)) if fraction else 0)


@given(
    st.lists(st.integers(0, 5), min_size=3, max_size=120),
    st.integers(0, 1000),
    st.sampled_from([USUAL, (0.2, 0.4, 0.4)]),
)
def test_a_stratified_split_is_a_partition_with_every_class_in_training(labels: list[int], seed: int, fractions: tuple):
    try:
        split = split_rows(np.array(labels), fractions, seed, stratify=True)
    except DataError:
        assert len(labels) < 12
        return
    assert_partition(split, len(labels))
    assert min(sizes(split)) > 0
    assert set(np.array(labels)[split.train]) == set(labels)


def test_stratified_proportions():
    labels = pl.Series(["a"] * 100 + ["b"] * 60 + ["c"] * 40)
    split = split_rows(labels, USUAL, 3, stratify=True)
    assert sizes(split) == (140, 30, 30)
    for part, size in ((split.train, 140), (split.validation, 30), (split.test, 30)):
        counts = labels.gather(part).value_counts().sort("").get_column("count").to_list()
        np.testing.assert_allclose(np.array(counts) / size, [0.5, 0.3, 0.2], atol=0.02)
    assert split.notes == ()


def test_the_seed_decides():
    labels = np.arange(200) % 3
    one, same, other = (split_rows(labels, USUAL, seed, stratify=True) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.train, same.train)
    np.testing.assert_array_equal(one.test, same.test)
    assert not np.array_equal(one.test, other.test)


def test_rare_classes_go_to_training_whole_and_are_noted():
    labels = np.array(["a"] * 50 + ["b"] * 50 + ["rare", "rare", "once"])
    split = split_rows(labels, USUAL, 0, stratify=True)
    assert {100, 101, 102} <= set(split.train.tolist())
    assert split.notes == ("2 classes have fewer than 3 rows and went to training whole: 'once', 'rare'",)


def test_a_class_of_three_rows_is_dealt_out_too():
    split = split_rows(np.array([0] * 6 + [1] * 3), (1 / 3, 1 / 3, 1 / 3), 0, stratify=True)
    assert split.notes == ()
    assert sizes(split) == (3, 3, 3)
    assert all((part >= 6).sum() == 1 for part in (split.train, split.validation, split.test))


def test_a_class_whose_common_rows_are_all_held_out_leaves_rare_classes_in_training_whole():
    """Six of eight rows are held out, and six are of the common class."""
    labels = np.array([0] * 6 + [1] * 2)
    for seed in range(3):
        split = split_rows(labels, (0.25, 0.375, 0.375), seed, stratify=True)
        assert {6, 7} < set(split.train.tolist())
        assert split.notes[0] == "1 class has fewer than 3 rows and went to training whole: 1"


def test_where_the_rows_held_out_keep_the_proportions_of_classes():
    """Of one row of a class none can be in proportion: it goes with the others. One row can't be of two classes."""
    thirds = split_rows(np.array([0] * 12 + [1] * 3), (11 / 15, 3 / 15, 1 / 15), 0, stratify=True)
    assert (sizes(thirds), thirds.notes) == ((11, 3, 1), ())
    halves = split_rows(np.array([0] * 6 + [1] * 6), (8 / 12, 1 / 12, 3 / 12), 0, stratify=True)
    assert sizes(halves) == (8, 1, 3)
    assert "too many for the rows held out to keep their proportions" in halves.notes[0]


def test_too_many_classes_to_stratify():
    labels = np.repeat(np.arange(20), 3)
    split = split_rows(labels, (0.8, 0.1, 0.1), 0, stratify=True)
    assert_partition(split, 60)
    assert set(labels[split.train]) == set(range(20))
    assert any("at random" in note for note in split.notes)


def test_a_class_that_training_lacks_is_given_a_row():
    labels = np.array([0] * 40 + [1] * 3)
    splits = [split_rows(labels, (0.05, 0.5, 0.45), seed, stratify=True) for seed in range(20)]
    assert all(set(labels[split.train]) == {0, 1} for split in splits)
    assert any("moved to training" in note for split in splits for note in split.notes)


def test_two_rows_of_two_classes():
    assert sizes(split_rows(np.array([0, 1]), (1, 0, 0), 0, stratify=True)) == (2, 0, 0)


def test_too_few_rows():
    with pytest.raises(DataError, match="3 rows: too few"):
        split_rows(np.array(["a", "b", "c"]), USUAL, 0, stratify=True)
    with pytest.raises(DataError, match=r"2 rows: too few to split 70/15/15.*100/0/0"):
        split_rows(np.array([1.0, 2.0]), USUAL, 0, stratify=False)
    with pytest.raises(DataError, match="0 rows"):
        split_rows(np.array([]), (1, 0, 0), 0, stratify=False)
