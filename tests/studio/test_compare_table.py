"""The table of kept runs: where they differ, its order, the best, and the same as CSV."""

import polars as pl
import pytest

from thalweg.studio.compare_table import as_csv, best_of, columns_of, in_order, value_of
from thalweg.studio.kept_runs import KeptRun

RUNS = [
    KeptRun("b", {"rule": "adam", "rate": 0.1, "seed": 1}, {"test loss": 0.5, "accuracy": 0.75, "R²": None}),
    KeptRun("a", {"rule": "lm", "rate": None, "seed": 1}, {"test loss": 0.25, "accuracy": 0.75}),
    KeptRun("=c", {"rule": "adam", "rate": 0.02, "seed": 1}, {"test loss": None, "accuracy": 0.5}),
]


def names(runs):
    return [run.name for run in runs]


def test_columns_that_somebody_says_something_of_and_where_they_differ():
    found = [(column.name, column.result, column.differs) for column in columns_of(RUNS)]
    assert found == [
        ("rule", False, True), ("rate", False, True), ("seed", False, False), ("test loss", True, True),
        ("accuracy", True, True),
    ]  # fmt: skip
    assert not any(column.differs for column in columns_of(RUNS[:1]))


def test_the_order_is_that_of_a_column_and_nothing_comes_last():
    assert names(in_order(RUNS, "")) == ["b", "a", "=c"]
    assert names(in_order(RUNS, "run")) == ["=c", "a", "b"]
    assert names(in_order(RUNS, "rate")) == ["=c", "b", "a"]
    assert names(in_order(RUNS, "-rate")) == ["b", "=c", "a"]
    assert names(in_order(RUNS, "-rule")) == ["a", "b", "=c"]
    assert names(in_order(RUNS, "no such column")) == ["b", "a", "=c"]


def test_the_best_is_the_lowest_loss_and_the_highest_accuracy():
    assert best_of(RUNS, "test loss") == 0.25
    assert best_of(RUNS, "accuracy") == 0.75
    assert best_of(RUNS, "seed") is best_of(RUNS[:1], "accuracy") is None


def test_as_csv_it_is_the_same_table(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(as_csv(RUNS), encoding="utf-8")
    frame = pl.read_csv(path)
    assert frame.columns == ["run", *(column.name for column in columns_of(RUNS))]
    assert frame["run"].to_list() == ["b", "a", "'=c"]
    for name in frame.columns[1:]:
        assert frame[name].to_list() == [
            pytest.approx(v) if isinstance(v := value_of(run, name), float) else v for run in RUNS
        ]
