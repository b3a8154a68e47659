"""A table without names, read for a model; field case 10-no-header."""

import polars as pl
import pytest

import thalweg as tw
from thalweg.data.appending import appended
from thalweg.tables.opened import open_for, read_for

ROWS = [(i % 7, round(0.37 * i % 5, 2), "big" if i % 7 > 3 else "small") for i in range(60)]
SETTINGS = tw.Settings(hidden=(4,), epochs=3)


def write(path, rows, first=""):
    path.write_text(first + "".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def trained(frame, target, settings=SETTINGS):
    return tw.train_table(frame, target, settings).model


def test_a_model_remembers_that_its_table_had_no_names(tmp_path):
    bare = write(tmp_path / "bare.csv", ROWS)
    frame = tw.read_table(bare, header=False)
    assert (frame.columns, frame.rows()) == (["column 1", "column 2", "column 3"], ROWS)
    settings = tw.Settings(hidden=(4,), epochs=3, no_header=True)
    tw.save(trained(frame, "3", settings), tmp_path / "m.thalweg")
    model = tw.load(tmp_path / "m.thalweg")
    assert model.encoding.target.name == "column 3"
    assert read_for(model, bare).equals(frame)
    without = write(tmp_path / "without.csv", [row[:2] for row in ROWS])
    assert read_for(model, without).equals(frame.drop("column 3"))
    named = tmp_path / "named.parquet"
    frame.write_parquet(named)
    assert read_for(model, named).equals(frame)
    with pytest.raises(tw.DataError, match=r"headed\.csv: line 1 looks like names, not data \('a' above numbers\)"):
        read_for(model, write(tmp_path / "headed.csv", ROWS, "a,b,c\n"))
    with pytest.raises(tw.DataError, match="4 columns without names, and the training table had 3, 2 without the targ"):
        read_for(model, write(tmp_path / "wide.csv", [(*row, 1) for row in ROWS]))


def test_the_target_in_front_may_be_left_out(tmp_path):
    """Otherwise column 1 of the new table would be taken for what it is not."""
    rows = [(kind, a, b) for a, b, kind in ROWS]
    frame = tw.read_table(write(tmp_path / "bare.csv", rows), header=False)
    model = trained(frame, "column 1", tw.Settings(hidden=(4,), epochs=3, no_header=True))
    table = open_for(model, write(tmp_path / "new.csv", [row[1:] for row in rows]))
    assert table.frame.equals(frame.drop("column 1"))
    assert "without its 'column 1': 'column 1' is 'column 2', 'column 2' is 'column 3'" in table.notes[-1]


def test_a_table_without_names_for_a_model_with_them(tmp_path):
    frame = pl.DataFrame(ROWS, schema=["a", "b", "c"], orient="row")
    model = trained(frame, "c")
    table = open_for(model, write(tmp_path / "new.csv", ROWS), no_header=True)
    assert table.frame.equals(frame)
    data, _ = appended(table, [pl.Series("predicted_c", ["x"] * 60)], ".csv")
    assert data.decode().splitlines() == [",".join(map(str, (*row, "x"))) for row in ROWS]
    data, _ = appended(table, [pl.Series("predicted_c", ["x"] * 60)], ".parquet")
    assert pl.read_parquet(data).columns == ["a", "b", "c", "predicted_c"]
    del model.record["table"]["columns"]  # as earlier versions
    with pytest.raises(tw.DataError, match="no order that is recorded"):
        open_for(model, tmp_path / "new.csv", no_header=True)
