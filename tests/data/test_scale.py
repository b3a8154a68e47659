import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from thalweg.data.scale import Scale
from thalweg.errors import DataError

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30).map(np.array)


@given(VALUES)
def test_agrees_with_scikit_learn(values: np.ndarray):
    if values.std() <= 1e-6 * (1 + np.abs(values).max()):
        return
    expected = StandardScaler().fit_transform(values[:, None])[:, 0]
    scale = Scale.of(values, "x")
    np.testing.assert_allclose(scale.apply(values), expected, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(scale.undo(scale.apply(values)), values, rtol=1e-9, atol=1e-6)


def test_equal_values_keep_their_unit():
    assert Scale.of(np.array([3.0, 3.0]), "x") == Scale(3.0, 1.0)


def test_overflow_is_refused_with_the_value():
    with pytest.raises(DataError, match=r"column 'x' holds values too large.*-1e\+200"):
        Scale.of(np.array([1.0, -1e200]), "column 'x'")


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 0.0), (0.0, -1.0), (np.nan, 1.0), (0.0, np.inf)])
def test_impossible_scales_are_refused(mean: float, deviation: float):
    with pytest.raises(DataError, match="positive deviation"):
        Scale(mean, deviation)
