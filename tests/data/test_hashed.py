import numpy as np
import polars as pl

from thalweg.data.columns import fit_column
from thalweg.data.hashed import HashedColumn

ZIPS = [f"{10000 + 37 * (row % 62)}" for row in range(576)]


def test_many_texts_are_left_out_or_hashed():
    column, (note,) = fit_column(pl.Series("zip", ZIPS))
    assert column is None
    assert "62 different texts in 576 rows" in note
    assert "--many-texts hash" in note
    column, (note,) = fit_column(pl.Series("zip", ZIPS), "hash")
    assert isinstance(column, HashedColumn)
    assert "hash of 32 features" in note


def test_frequency_and_hash():
    values = ["a"] * 3 + ["b"] * 2 + ["c"]
    column = HashedColumn.fit(pl.Series("x", values), buckets=8)
    features, notes = column.encode(pl.Series("x", values))
    frequency = np.log1p([3, 3, 3, 2, 2, 1])
    np.testing.assert_allclose(features[:, 0], (frequency - frequency.mean()) / frequency.std())
    assert (features[:, 1:].sum(axis=1) == 1).all()
    assert len(np.unique(features, axis=0)) == 3
    assert notes == ()
    new, notes = column.encode(pl.Series("x", ["z", "z"]))
    assert (new[0] == new[1]).all()
    assert "2 rows have a text not seen in training" in notes[0]


def test_numbers_are_read_as_their_text():
    column = HashedColumn.fit(pl.Series("x", ZIPS))
    np.testing.assert_array_equal(
        column.encode(pl.Series("x", ZIPS))[0], column.encode(pl.Series("x", list(map(int, ZIPS))))[0]
    )
