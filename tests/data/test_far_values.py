import numpy as np
import pytest

from thalweg.data.far_values import far_note, far_values
from thalweg.data.scale import Limits
from thalweg.data.value_ranges import ValueRanges

AGES = np.random.default_rng(5).integers(20, 61, 300).astype(float)


# shared/field/11-missing-value-code
@pytest.mark.parametrize(
    ("codes", "ruinous"),
    [
        ([999999.0], True),
        ([-9999.0], True),
        ([-9999.0, 9999.0], True),
        ([-9999.0, -999.0], True),
        ([999.0, 9999.0], True),
        ([-9999.0, -8888.0, -7777.0], True),
        ([1e20], True),
        ([-99.0], False),
    ],
)
def test_codes_are_found_with_the_range_of_the_others(codes: list[float], ruinous: bool):
    values = AGES.copy()
    values[:12] = [codes[row % len(codes)] for row in range(12)]
    found = far_values(values)
    assert found is not None
    assert set(found.values) == set(codes)
    assert (found.number, found.ruinous) == (12, ruinous)
    assert (found.others.low, found.others.high) == (AGES[12:].min(), AGES[12:].max())
    for size in (7, 100):
        for order in (np.arange(300), np.random.default_rng(size).permutation(300)):
            ranges, apart = ValueRanges(), ValueRanges()
            for start in range(0, 300, size):
                ranges.add(values[order][start : start + size])
                apart.add(np.r_[np.nan, values[order][start : start + size]])
            assert ranges.far() == found
            assert (ranges + apart).far() == found._replace(number=24)
    note = far_note("column 'age'", found)
    assert all(word in note for word in ("12 values are", f"{codes[0]:.15g}", "between 20 and 60", "leave them empty"))


@pytest.mark.parametrize("code", [-1.0, 0.0, 61.0, 150.0])
def test_values_near_the_others_are_none(code: float):
    values = AGES.copy()
    values[:12] = code
    assert far_values(values) is None


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [10, 25, 100, 2000])
def test_usual_distributions_have_none(seed: int, size: int):
    random = np.random.default_rng(seed)
    for values in (
        random.normal(size=size),
        random.exponential(size=size),
        np.exp(random.normal(size=size)),
        random.poisson(1, size).astype(float),
        random.integers(0, 2, size).astype(float),
        np.where(random.random(size) < 0.5, 0.0, 1000 + random.random(size)),
    ):
        assert far_values(values) is None


def test_missing_values_do_not_count():
    assert far_values(np.full(50, np.nan)) is None
    assert far_values(np.r_[AGES, np.nan, 999999.0]) is not None
    assert far_values(np.array([1.0, 2.0, 999999.0])) is None


def test_beyond_limits_is_what_is_farther_off_than_they_are_apart():
    limits, values = Limits(10.0, 14.0), np.array([5.9, 6.0, 9.0, 12.0, 17.0, 18.0, 18.1, np.nan])
    np.testing.assert_array_equal(limits.beyond(values), np.array([1, 0, 0, 0, 0, 0, 1, 0], bool))
    np.testing.assert_array_equal(limits.clip(values), [10.0, 6.0, 9.0, 12.0, 17.0, 18.0, 14.0, np.nan])
