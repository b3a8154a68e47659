"""Columns with a part of their own: weights, groups, times and strata, and columns that cannot have that part."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from thalweg.data import prepare
from thalweg.data.roles import Roles, groups_of, strata_of, times_of, weights_of
from thalweg.errors import DataError, ThalwegError

N = 40


def table(**columns) -> pl.DataFrame:
    random = np.random.default_rng(4)
    return pl.DataFrame(
        {
            "x": random.normal(size=N),
            "y": random.normal(size=N),
            "w": random.integers(1, 5, N),
            "patient": [f"p{number % 13}" for number in range(N)],
            "day": [date(2024, 1, 1) + timedelta(days=(7 * number) % N) for number in range(N)],
            **columns,
        }
    )


def test_weights_and_groups_are_no_inputs_and_times_are():
    prepared = prepare(table(), target="y", roles=Roles(sample_weight="w", group="patient"))
    assert {column.name for column in prepared.encoding.inputs} == {"x", "day"}
    assert set(prepared.encoding.unused) == {"w", "patient"}
    np.testing.assert_array_equal(prepared.train.weight, table()["w"].to_numpy()[prepared.train.rows])
    np.testing.assert_array_equal(prepared.train.sample_weight, prepared.train.weight)
    assert "day" in {column.name for column in prepare(table(), target="y", roles=Roles(time="day")).encoding.inputs}
    ignored = prepare(table(), target="y", ignore=["day"], roles=Roles(time="day"))
    assert "day" not in {column.name for column in ignored.encoding.inputs}


def test_columns_that_are_written_otherwise():
    frame = table(w=[f"{number},5" for number in range(N)], when=[f"{1 + k % 28}.{1 + k // 28}.2024" for k in range(N)])
    prepared = prepare(frame, target="y", ignore=["when"], roles=Roles(sample_weight="w", time="when"))
    assert prepared.train.weight.max() == len(prepared.train.rows) - 0.5
    assert prepared.train.rows.tolist() == list(range(28))


def test_a_row_without_a_target_needs_no_weight():
    frame = table(
        y=pl.Series([None, *np.arange(N - 1.0)]), w=pl.Series([None, *range(1, N)]), patient=[None, *range(N - 1)]
    )
    prepared = prepare(frame, target="y", roles=Roles(sample_weight="w", group="patient"))
    assert 0 not in prepared.train.rows


@pytest.mark.parametrize(
    ("roles", "columns", "words"),
    [
        (
            {"sample_weight": "w"},
            {"w": [1.0] * 5 + [-1.0] + [1.0] * 34},
            "weight 'w' is -1 in row 6, which is negative",
        ),
        (
            {"sample_weight": "w"},
            {"w": [0] * N},
            "weight 'w' is 0 in every row: give at least one row a weight above 0",
        ),
        (
            {"sample_weight": "w"},
            {"w": [1.0, 1e308] * 20},
            "weight 'w' is at most 1e.308, in row 2: scale the weights, so that the largest is from 1e-12 to 1e.12",
        ),
        (
            {"sample_weight": "w"},
            {"w": [1e-320] * N},
            "weight 'w' is at most 9.99989e-321, in row 1: scale",
        ),
        ({"sample_weight": "w"}, {"w": [1, 2, None] + [1] * 37}, "weight 'w' is missing in row 3: give each row"),
        ({"sample_weight": "w"}, {"w": [1.0, float("nan")] * 20}, "weight 'w' is missing in row 2"),
        ({"sample_weight": "w"}, {"w": [1.0, float("inf")] * 20}, "weight 'w' is inf in row 2, which is no number"),
        ({"sample_weight": "patient"}, {}, "weight 'patient' is 'p0' in row 1, which is no number: give each row"),
        ({"sample_weight": "weigth"}, {}, "sample weight 'weigth' is not a column"),
        ({"group": "patient"}, {"patient": ["a", None] * 20}, "group 'patient' is missing in row 2: say which group"),
        ({"time": "t"}, {"t": [1, None] * 20}, "time 't' is missing in row 2: say when it was, or leave the row out"),
        ({"time": "t"}, {"t": [None] * 40}, "time 't' is missing in every row: choose a column of dates"),
        ({"group": "patient"}, {"patient": ["a", "b"] * 20}, "group 'patient' has 2 values, too few for 3 parts"),
        ({"group": "y"}, {}, "group 'y' is also the target: it cannot be both"),
        ({"group": "w", "sample_weight": "w"}, {}, "column 'w' is both sample weight and group: it cannot be both"),
        ({"time": "patient"}, {}, "time 'patient' is 'p0' in row 1, which is neither a date nor a number: choose a"),
        ({"time": "day"}, {"day": [None] * N}, "time 'day' is missing in every row"),
        ({"time": "day"}, {"day": [True, False] * 20}, "time 'day' is True in row 1, which is neither"),
        ({"time": "w"}, {"w": [2020] * N}, "time 'w' has 1 value, too few for 3 parts, the past before the future"),
        ({"time": "day", "group": "patient"}, {}, "time and group both say how the rows are split: leave one of them"),
        ({"time": "day", "stratify": "w"}, {}, "time and stratify both say how the rows are split"),
        ({"stratify": "nowhere"}, {}, "stratify column 'nowhere' is not a column"),
        ({"class_weight": "balanced"}, {}, "target 'y' is measured, and class weights are of classes: leave them out"),
    ],
)
def test_what_cannot_have_its_part_is_refused_in_one_line(roles, columns, words):
    frame = table(**columns)
    named = frame.select(name for name in frame.columns if name in {"x", "y", *columns, *roles.values()})
    with pytest.raises(ThalwegError, match=words) as refusal:
        prepare(named, target="y", roles=Roles(**roles))
    assert "\n" not in str(refusal.value)


def test_parts_whose_weights_are_all_zero_are_refused():
    frame = table(w=np.where(np.arange(N) < 20, 1.0, 0.0))
    with pytest.raises(DataError, match=r"every (validation|test) row has the sample weight 0"):
        prepare(frame.with_columns(x=pl.int_range(N)), target="y", roles=Roles(sample_weight="w", time="x"))


def test_tables_of_their_own():
    frame, roles = table(), Roles(sample_weight="w", group="patient")
    others = frame.with_columns(patient=pl.lit("q"), w=pl.lit(3))
    prepared = prepare(frame, target="y", test=others, roles=roles)
    assert prepared.test.sample_weight.tolist() == [3.0] * N
    with pytest.raises(DataError, match=r"test table: group 'patient' 'p[0-9]+' is among the training rows, too"):
        prepare(frame, target="y", test=frame, roles=roles)
    with pytest.raises(DataError, match="test table: sample weight 'w' is not a column"):
        prepare(frame, target="y", test=frame.drop("w"), roles=roles)
    with pytest.raises(DataError, match="validation table: group 'patient' is missing in every row"):
        prepare(frame, target="y", validation=others.with_columns(patient=None), roles=roles)


def test_tables_of_their_own_by_time():
    frame, late = table(), timedelta(days=100)
    later = frame.with_columns(pl.col("day") + late)
    assert len(prepare(frame, target="y", test=later, roles=Roles(time="day")).test.rows) == N
    with pytest.raises(DataError, match="test table: time 'day' begins with 2024-01-01, before the training rows end"):
        prepare(frame, target="y", test=frame, roles=Roles(time="day"))
    with pytest.raises(
        DataError, match="test table: time 'day' begins with 2024-04-10, before the validation rows end"
    ):
        prepare(frame, target="y", validation=later, test=later, roles=Roles(time="day"))


def test_a_class_of_the_future_is_told_with_its_row():
    frame = table(y=[None, *["a", "b"] * 19, "c"], x=pl.int_range(N, eager=True))
    with pytest.raises(DataError, match=r"target 'y' is 'c' in row 40, which is no class of the training rows"):
        prepare(frame, target="y", roles=Roles(time="x"))


def test_values_of_the_parts():
    rows = np.array([0, 2, 3])
    assert weights_of(pl.Series("w", [1, 5, 2, 3]), rows).tolist() == [1, 2, 3]
    assert groups_of(pl.Series("g", [7, 7, 3, 7]), rows).tolist() == [1, 0, 1]
    times = pl.Series("t", [date(2024, 1, 2), date(1999, 1, 1), date(2023, 1, 1), date(2024, 1, 1)])
    assert np.argsort(times_of(times, rows)).tolist() == [1, 2, 0]
    nanoseconds = pl.Series("t", [10**18, 10**18 + 1000]).cast(pl.Datetime("ns"))
    assert np.diff(times_of(nanoseconds, np.arange(2))) == 1
    assert strata_of(pl.Series("s", ["b", None, "a", "b"]), rows).tolist() == [1, 0, 1]
    measured = strata_of(pl.Series("s", np.random.default_rng(0).normal(size=200)), np.arange(200))
    assert np.bincount(measured).tolist() == [20] * 10
