import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest

from thalweg.data.columns import (
    COLUMN_KINDS,
    check_column,
    column_from_dict,
    column_to_dict,
    far_off_note,
    fit_column,
    identifier_note,
    kind_of,
)
from thalweg.data.numeric import NumericColumn
from thalweg.errors import DataError

SAMPLES = {
    "numeric": pl.Series("c", [0.1, None, 1 / 3]),
    "boolean": pl.Series("c", [True, False, None]),
    "categorical": pl.Series("c", ["a", "b", None, "a"]),
    "hashed": pl.Series("c", [*(f"text {i}" for i in range(60)), None, "text 1"]),
    "datetime": pl.Series("c", [datetime(2024, 1, 1), datetime(2024, 6, 7, 8), None]).dt.replace_time_zone(
        "Asia/Tokyo"
    ),
}
FITTED = [kind for kind in COLUMN_KINDS if kind != "plain"]
"""A plain column comes with a network that was read, and is never fitted."""


@pytest.mark.parametrize(
    ("kind", "series"),
    [
        ("numeric", pl.Series([1, 2], dtype=pl.UInt64)),
        ("numeric", pl.Series([1, 2], dtype=pl.Int128)),
        ("numeric", pl.Series([1.0])),
        ("numeric", pl.Series([Decimal("1.5")])),
        ("numeric", pl.Series([timedelta(1)])),
        ("boolean", pl.Series([True])),
        ("categorical", pl.Series(["a"])),
        ("categorical", pl.Series(["a"], dtype=pl.Categorical)),
        ("categorical", pl.Series(["a"], dtype=pl.Enum(["a"]))),
        ("datetime", pl.Series([date(2024, 1, 1)])),
        ("datetime", pl.Series([datetime(2024, 1, 1)])),
        ("datetime", pl.Series([time(1)])),
    ],
)
def test_kinds(kind: str, series: pl.Series):
    assert kind_of(series) is COLUMN_KINDS[kind]


@pytest.mark.parametrize("kind", FITTED)
def test_every_kind_round_trips_and_keeps_its_promises(kind: str):
    series = SAMPLES[kind]
    column, notes = fit_column(series, many_texts="hash")
    assert column is not None
    assert column.kind == kind
    assert f"column 'c': missing in 1 of {len(series)} training rows; taken as " in notes[-1]
    features, said = column.encode(series)
    assert features.shape == (len(series), len(column.feature_names))
    assert features.dtype == float
    assert len(set(column.feature_names)) == len(column.feature_names)
    assert said == ()
    assert column.detail
    again = column_from_dict(json.loads(json.dumps(column_to_dict(column))))
    assert again == column
    assert (again.encode(series)[0] == features).all()


@pytest.mark.parametrize("kind", FITTED)
def test_one_row_and_no_rows_can_be_encoded(kind: str):
    column, _ = fit_column(SAMPLES[kind], many_texts="hash")
    assert column is not None
    for rows in (0, 1):
        assert column.encode(SAMPLES[kind].head(rows))[0].shape == (rows, len(column.feature_names))


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}, {"a": 2}], [b"a", b"b"], [object(), object()]])
def test_nested_types_are_refused(values: list):
    with pytest.raises(DataError, match=r"'row data' is of type .* --ignore 'row data'"):
        fit_column(pl.Series("row data", values, dtype=pl.Object if type(values[0]) is object else None))


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (pl.Series("c", [5, 5, 5]), "it is 5 in every training row"),
        (pl.Series("c", ["a", "a"]), "it is 'a' in every training row"),
        (pl.Series("c", [None, None]), "missing in every training row"),
        (pl.Series("c", [float("nan"), None]), "missing in every training row"),
        (pl.Series("c", [date(2024, 1, 1)] * 2), "it is 2024-01-01 in every"),
        (pl.Series("c", [True]), "it is True in every"),
    ],
)
def test_a_column_that_says_nothing_is_left_out_with_a_note(series: pl.Series, words: str):
    column, notes = fit_column(series)
    assert column is None
    assert notes[0].startswith("column 'c' is left out: ")
    assert words in notes[0]


def test_one_value_and_missing_is_not_constant():
    column, _ = fit_column(pl.Series("c", [5, None, 5]))
    assert column is not None
    assert column.encode(pl.Series("c", [5, None]))[0].tolist() == [[0, 0], [0, 1]]


def test_check_names_the_row():
    with pytest.raises(DataError, match="'c' is infinite in row 3"):
        check_column(pl.Series("c", [1.0, None, float("inf")]))
    for series in (*SAMPLES.values(), pl.Series("c", [None])):
        check_column(series)


@pytest.mark.parametrize("values", [[0, 1, 2, 3], [1, 2, 3]])
def test_identifiers_are_noted(values: list[int]):
    assert "--ignore c" in identifier_note(pl.Series("c", values, dtype=pl.UInt32))[0]


@pytest.mark.parametrize("values", [[0, 1], [2, 3, 4], [0, 2, 1], [0, 1, None], [0.0, 1.0, 2.0], ["0", "1", "2"]])
def test_other_columns_are_no_identifiers(values: list):
    assert identifier_note(pl.Series("c", values)) == ()


@pytest.mark.parametrize("record", [None, [], {}, {"kind": "nominal"}, {"kind": "boolean", "name": "c"}, {"kind": []}])
def test_malformed_records_are_refused(record: object):
    with pytest.raises(DataError):
        column_from_dict(record)


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("order", range(100_000, 100_050), "counts the rows"),
        ("customer_id", [5, 3, 9, 4], "differs in every row"),
        ("ID", [5, 3, 9, 4], "differs in every row"),
        ("customer_id", [5, 3, 5, 4], None),
        ("humid", [5, 3, 9, 4], None),
        ("year", range(1990, 2020), None),
        ("degrees", range(-10, 11), None),
    ],
)
def test_numbers_that_are_ids(name, values, says):
    notes = identifier_note(pl.Series(name, list(values)))
    assert (says is None and notes == ()) or says in notes[0]


def test_values_that_are_far_in_the_training_rows_alone_are_told():
    """Of the kind of field case 11-missing-value-code: else they would be clipped without a word."""
    training = pl.Series("x", [0, 0, 0, *(1000 + k % 13 for k in range(39))])
    column = NumericColumn.fit(training)
    assert column.limits is not None
    whole = pl.Series("x", [*training, *[0] * 9])
    (note,) = far_off_note(whole, column)
    assert note.startswith("column 'x': 12 values outside 1000 to 1012, where most lie; taken as the nearest")


@pytest.mark.parametrize(("first", "step", "kind"), [(10**20, 10**18, pl.Int128), (2**63, 10**17, pl.UInt64)])
def test_whole_numbers_of_any_size_are_numbers(first: int, step: int, kind: type[pl.DataType]):
    series = pl.Series("serial", [first + step * row for row in range(40)], dtype=kind)
    assert identifier_note(series) == ()
    column = fit_column(series)[0]
    assert isinstance(column, NumericColumn)
    assert abs(column.encode(series)[0].mean()) < 1e-9


@pytest.mark.parametrize("name", ["zip", "ZIP Code", "ship_postal_code", "PLZ", "phone"])
def test_numbers_that_are_called_as_names_are_told(name: str):
    """Of the kind of field case 16-leading-zeros."""
    (note,) = identifier_note(pl.Series(name, [94110, 10001, 94110]))
    assert "--text" in note
