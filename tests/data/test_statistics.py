"""Statistics in one pass: those of the whole, whatever the blocks; medians of a sample at a stated rank."""

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.data.columns import fit_column
from thalweg.data.moments import MergedMoments, Moments
from thalweg.data.statistics import ColumnStatistics, HashedSample, place_hashes

RNG = np.random.default_rng(1)
ROWS = 700
FRAME = pl.DataFrame(
    {
        "number": RNG.normal(1e6, 3, ROWS),
        "holes": [None if i % 9 == 0 else float(i % 50) for i in range(ROWS)],
        "whole": RNG.integers(0, 90, ROWS),
        "ripe": [None if i % 7 == 0 else i % 3 == 0 for i in range(ROWS)],
        "colour": [["red", "blue", None, "teal"][i % 4] for i in range(ROWS)],
        "when": pl.Series([None if i % 11 == 0 else 86_400_000_000 * i for i in range(ROWS)]).cast(pl.Datetime("us")),
        "tie": [None if i < 100 else i % 2 == 0 for i in range(ROWS)],
        "far": [1e9 if i % 100 == 7 else None if i % 9 == 0 else float(i % 50) for i in range(ROWS)],
        "far when": pl.Series([253e15 if i % 100 == 7 else 86e9 * i for i in range(ROWS)])
        .cast(pl.Int64)
        .cast(pl.Datetime("us")),
        "tenth": [f"c{i % 70}" for i in range(ROWS)],
        "steps": [3.0 if i < ROWS // 2 else 4.0 for i in range(ROWS)],
        "same": [3.0] * ROWS,
        "none": pl.Series([None] * ROWS, dtype=pl.Float64),
        "name": [f"n{i}" for i in range(ROWS)],
    }
)


def learnt(series, size):
    found = ColumnStatistics(series.drop_nulls() if series.name != "none" else series, None)
    hashes = place_hashes("t", 0, ROWS, 0)
    for start in range(0, ROWS, size):
        found.add(series[start : start + size], hashes[start : start + size])
    again = found.within()
    if again is not None:
        again.add(series, hashes)
    return (again or found).column()


@pytest.mark.parametrize("size", [64, ROWS])
@pytest.mark.parametrize("name", FRAME.columns)
def test_the_encoding_is_that_of_the_column_in_memory(name, size):
    """The oracle is the encoding of the whole column by NumPy and Polars: the same features of every row."""
    column, notes = learnt(FRAME[name], size)
    expected, said = fit_column(FRAME[name])
    notes = [note for note in notes if "the others lie between" not in note]  # which a table is told by the whole
    assert [note.partition(":")[0] for note in notes] == [note.partition(":")[0] for note in said]
    missing = [[note.partition(";")[0] for note in each if "missing in" in note] for each in (notes, said)]
    assert missing[0] == missing[1]  # of how many rows
    if expected is None:
        assert column is None
        return
    assert column.feature_names == expected.feature_names
    np.testing.assert_allclose(column.encode(FRAME[name])[0], expected.encode(FRAME[name])[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["number", "tie", "colour", "when", "steps", "same"])
def test_two_readers_of_a_half_each_learn_what_one_does(name):
    series, hashes, half = FRAME[name], place_hashes("t", 0, ROWS, 0), ROWS // 2
    one, other = (ColumnStatistics(series.drop_nulls(), None) for _ in range(2))
    one.add(series[:half], hashes[:half])
    other.add(series[half:], hashes[half:])
    each = [reader.told() for reader in (one, other)]
    one.merge(each[1])
    one.hold_ranges(each)
    one.merge_sample(*other.sampled())
    (found, notes), (expected, said) = one.column(), learnt(series, ROWS)
    assert notes == said
    if expected is not None:
        np.testing.assert_allclose(found.encode(series)[0], expected.encode(series)[0], rtol=1e-9, atol=1e-9)


def test_moments_are_merged_without_loss_far_from_zero():
    values = RNG.normal(1e9, 1, 5000)
    parts = np.array_split(values, [10, 11, 3000])
    merged = sum(map(Moments.of, parts), MergedMoments()).rounded
    assert merged.count == 5000
    assert merged.mean == pytest.approx(values.mean(), rel=1e-15)
    assert merged.scale("x").deviation == pytest.approx(values.std(), rel=1e-9)
    naive = np.sqrt(np.mean(values**2) - np.mean(values) ** 2)
    assert naive != pytest.approx(values.std(), rel=1e-9)  # what sums of squares would have come to


def test_a_sampled_median_is_near_the_middle_and_does_not_depend_on_the_order():
    values, hashes = RNG.permutation(100_000).astype(float), place_hashes("t", 0, 100_000, 3)
    one, other = HashedSample(4096), HashedSample(4096)
    for rows in np.array_split(np.arange(100_000), 7):
        one.add(values[rows], hashes[rows])
    for rows in np.array_split(np.arange(100_000)[::-1], 11):
        other.add(values[rows], hashes[rows])
    assert one.median() == other.median()
    assert abs(one.median() / 100_000 - 0.5) < 2 * 0.98 / np.sqrt(4096)


def test_hashes_deal_rows_out_evenly_and_by_file_and_seed():
    hashes = place_hashes("a", 0, 100_000, 0)
    shares = np.histogram(hashes.astype(float), bins=10, range=(0, 2.0**64))[0]
    assert np.abs(shares - 10_000).max() < 5 * np.sqrt(10_000)
    for other in (place_hashes("b", 0, 1000, 0), place_hashes("a", 0, 1000, 1)):
        assert not np.isin(other, hashes).any()


def test_a_value_of_another_kind_is_told_with_its_row():
    found = ColumnStatistics(FRAME["number"], None)
    with pytest.raises(tw.DataError, match="column 'number' was numeric in training and is 'x' in row 2"):
        found.add(pl.Series("number", ["1", "x"]), np.zeros(2, np.uint64))
    with pytest.raises(tw.DataError, match="column 'ripe' was boolean"):
        ColumnStatistics(FRAME["ripe"], None).add(pl.Series("ripe", ["yes"]), np.zeros(1, np.uint64))
