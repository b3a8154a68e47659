"""Classes as columns of 0 and 1, as the arrays of a recipe had them."""

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.data.one_hot_columns import with_classes
from thalweg.errors import DataError

RNG = np.random.default_rng(3)
P = RNG.uniform(0, 1, (30, 2))
CODES = np.arange(30) % 3


@pytest.fixture(scope="module")
def encoding():
    return tw.patternnet(P, np.eye(3)[CODES], 2, epochs=1, engine="numpy").model.encoding


def table(**columns):
    return pl.DataFrame({"x1": P[:, 0], "x2": P[:, 1], **columns})


@pytest.mark.parametrize("names", [("y1", "y2", "y3"), ("1", "2", "3")])
def test_columns_of_0_and_1_are_the_classes(encoding, names):
    frame = table(**{name: np.eye(3)[CODES][:, k] for k, name in enumerate(names)})
    found = with_classes(encoding, frame)
    assert found["class"].to_list() == (CODES + 1).tolist()
    assert found.columns == ["x1", "x2", "class"]
    assert (encoding.targets_of(frame) == np.eye(3)[CODES]).all()
    assert encoding.inputs_of(found)[1] == ()


def test_one_column_may_be_y_or_class(encoding):
    for name in ("class", "y"):
        assert (encoding.targets_of(table(**{name: CODES + 1})) == np.eye(3)[CODES]).all()


def test_a_missing_number_is_a_missing_class(encoding):
    hot = np.eye(3)[CODES]
    hot[4, 1] = np.nan
    frame = table(y1=hot[:, 0], y2=hot[:, 1], y3=hot[:, 2]).fill_nan(None)
    assert with_classes(encoding, frame)["class"][4] is None


def test_what_is_not_one_hot_is_told_with_its_row(encoding):
    hot = np.eye(3)[CODES]
    hot[4] = 1
    with pytest.raises(DataError, match=r"y1, y2, y3 are 1, 1, 1 in row 5; they must be one 1 among 0s"):
        encoding.targets_of(table(y1=hot[:, 0], y2=hot[:, 1], y3=hot[:, 2]))
    with pytest.raises(DataError, match="'y1' holds String"):
        encoding.targets_of(table(y1=["a"] * 30, y2=hot[:, 1], y3=hot[:, 2]))


def test_without_them_what_is_needed_is_told(encoding):
    told = "target 'class' is not a column: give a column 'class' of 1, 2, 3, or columns of 0 and 1, y1, y2, y3"
    with pytest.raises(DataError, match=told):
        encoding.targets_of(table())
