"""`thalweg predict`: the table with predictions, and what it refuses."""

import io
import json
import os
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import DATA, folder, ok, quickly_trained, refused, run

import thalweg as tw


@pytest.fixture(scope="module", name="models")
def _models(tmp_path_factory) -> Path:
    """A folder with a model of each example."""
    return quickly_trained(tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch, models):
    monkeypatch.chdir(tmp_path)
    for name in ("wine", "houses"):
        shutil.copy(models / f"{name}.thalweg", ".")
        shutil.copy(DATA / f"{name}.csv", ".")


def houses(rows: int = 4) -> pl.DataFrame:
    return tw.read_table("houses.csv").head(rows)


READERS = {
    "csv": lambda path: pl.read_csv(path, try_parse_dates=True),
    "tsv": lambda path: pl.read_csv(path, separator="\t", try_parse_dates=True),
    "parquet": pl.read_parquet,
    "arrow": pl.read_ipc,
    "ndjson": pl.read_ndjson,
    "CSV": lambda path: pl.read_csv(path, try_parse_dates=True),
}


@pytest.mark.parametrize("suffix", READERS)
def test_classes_and_their_probabilities_in_each_format(suffix):
    ended = ok("predict", "wine.thalweg", "wine.csv", "--output", f"out.{suffix}")
    assert ended.out == ""
    assert "178 rows with predictions" in ended.err
    frame, said = tw.read_table("wine.csv"), tw.load("wine.thalweg").predict_table(tw.read_table("wine.csv"))
    written = READERS[suffix](f"out.{suffix}")
    assert written.select(frame.columns).equals(frame)
    assert written["predicted_cultivar"].to_list() == said.values.tolist()
    probabilities = written.select(f"probability_{label}" for label in said.classes).to_numpy()
    np.testing.assert_array_equal(probabilities, said.probabilities)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert written.width == frame.width + 4


def test_numbers_to_the_terminal():
    ended = ok("predict", "houses.thalweg", "houses.csv")
    written = pl.read_csv(io.StringIO(ended.out), try_parse_dates=True)
    frame = tw.read_table("houses.csv")
    assert written.drop("predicted_price").equals(frame)
    values = tw.load("houses.thalweg").predict_table(frame).values
    np.testing.assert_array_equal(written["predicted_price"].to_numpy(), values)
    assert "the table has the target: RMSE" in ended.err
    assert "this is the table that the model was trained on" in ended.err


def test_json():
    told = ok("predict", "houses.thalweg", "houses.csv", "--json").json
    assert (told["rows"], told["output"], len(told["predictions"])) == (200, None, 200)
    assert told["scores"]["task"] == "regression"
    houses(1).write_csv("one.csv")
    told = ok("predict", "houses.thalweg", "one.csv", "--json", "--output", "o.csv").json
    assert (told["rows"], told["output"], told["scores"]["r2"], told["notes"]) == (1, "o.csv", None, [])
    assert "predictions" not in told


def test_quiet():
    assert ok("predict", "wine.thalweg", "wine.csv", "-q", "--output", "o.csv") == (0, "", "")
    ended = ok("predict", "wine.thalweg", "wine.csv", "-q")
    assert ended.out.count("\n") == 179
    assert ended.err == ""


def test_without_the_target():
    houses().drop("price").write_csv("new.csv")
    ended = ok("predict", "houses.thalweg", "new.csv")
    assert ended.err == ""
    assert ended.out.splitlines()[0].endswith("sold,predicted_price")


def test_what_is_unexpected_is_noted():
    odd = houses().with_columns(pl.lit("moon").alias("district"), pl.lit(7).alias("extra"), pl.lit(None).alias("rooms"))
    odd.write_csv("new.csv")
    ended = ok("predict", "houses.thalweg", "new.csv", "--output", "o.csv")
    assert "note: column 'district': 4 rows have a category not seen in training ('moon')" in ended.err
    assert "note: 1 column not in the training table, not used: 'extra'" in ended.err
    assert "note: column 'rooms': 4 values are missing, as in no training row" in ended.err
    assert pl.read_csv("o.csv")["extra"].to_list() == [7] * 4
    notes = ok("predict", "houses.thalweg", "new.csv", "--json").json["notes"]
    assert len(notes) == 3


@pytest.mark.parametrize(
    ("value", "reason"),
    [("unheard of", "which is no class of the training rows"), (None, "target 'cultivar' is missing in row 1")],
)
def test_a_target_that_cannot_be_scored_is_noted(value, reason):
    tw.read_table("wine.csv").head(3).with_columns(pl.lit(value).alias("cultivar")).write_csv("new.csv")
    ended = ok("predict", "wine.thalweg", "new.csv", "--output", "o.csv")
    assert "note: not scored: " in ended.err
    assert reason in ended.err
    assert "the table has the target" not in ended.err


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda frame: frame.drop("area", "rooms"), "the table lacks 2 columns of the training table: 'area', 'rooms'"),
        (lambda frame: frame.with_columns(area=pl.lit("big")), "'area' was numeric in training and is 'big' in row 1"),
        (lambda frame: frame.with_columns(sold=pl.lit("soon")), "column 'sold' was a date or time in training"),
        (lambda frame: frame.with_columns(garden=pl.lit(3)), "'garden' was boolean in training and is Int64 here"),
        (lambda frame: frame.with_columns(area=pl.lit(1e300)), "row 1 has values too far from the training rows"),
        (lambda frame: frame.with_columns(area=pl.lit(float("inf"))), "column 'area' is infinite in row 1"),
        (lambda frame: frame.with_columns(predicted_price=pl.lit(1)), "has a column 'predicted_price' already"),
        (lambda frame: frame.head(0), "has a header but no rows"),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit(change, reason):
    change(houses()).write_csv("new.csv")
    Path("old.csv").write_text("an old file")
    assert reason in refused("predict", "houses.thalweg", "new.csv", "--output", "old.csv")
    assert reason in refused("predict", "houses.thalweg", "new.csv")
    assert reason in refused("predict", "houses.thalweg", "new.csv", "--json")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("nope.thalweg", "wine.csv"), "cannot read 'nope.thalweg' (No such file or directory)"),
        (("wine.csv", "wine.csv"), "wine.csv is a table by its name, and a model file is asked for"),
        (("wine.thalweg", "nope.csv"), "nope.csv: no such file"),
        (("wine.thalweg", "wine.thalweg"), "it is a model file by its name, and a table is asked for"),
        (("wine.thalweg", "houses.csv"), "the table lacks 13 columns"),
        (
            ("wine.thalweg", "wine.csv", "--output", "o.xlsx"),
            "must end in one of .csv, .tsv, .csv.gz, .tsv.gz, .parquet, .arrow, ",
        ),
        (("wine.thalweg", "wine.csv", "--output", "o"), "must end in one of"),
        (("wine.thalweg", "wine.csv", "--output", "nowhere/o.csv"), "there is no folder"),
        (("wine.thalweg", "wine.csv", "--output", "wine.csv"), "would overwrite the input 'wine.csv'"),
        (("wine.thalweg", "wine.csv", "--output", "./wine.csv"), "would overwrite the input 'wine.csv'"),
    ],
)
def test_files_that_cannot_be_used(arguments, reason):
    assert reason in refused("predict", *arguments)


def test_a_model_of_arrays_has_no_columns():
    net = tw.mlp(2, 1)
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), "arrays.thalweg")
    assert "trained on arrays, not on a table" in refused("predict", "arrays.thalweg", "wine.csv")
    assert "3 parameters" in ok("show", "arrays.thalweg").out


def test_what_a_format_cannot_hold():
    frame = tw.read_table("wine.csv").with_columns(pl.struct("ash", "hue").alias("both"))
    frame.write_ndjson("nested.ndjson")
    assert "cannot be written as .csv" in refused("predict", "wine.thalweg", "nested.ndjson", "--output", "o.csv")
    assert '"both":{"ash":' in ok("predict", "wine.thalweg", "nested.ndjson").out.splitlines()[0]
    ok("predict", "wine.thalweg", "nested.ndjson", "--output", "o.parquet")
    assert pl.read_parquet("o.parquet")["both"].dtype == pl.Struct


HEADER = "order,zip,sent,amount,country,late\n"


@pytest.fixture(name="orders")
def _orders(models: Path) -> str:
    """A model of a table like that of field case 01-predict-rewrites-columns, and the text of such a table."""
    path = models / "orders.thalweg"
    if not path.exists():
        rows = "".join(f"{i:06},{i % 7:05},{i % 28 + 1:02}/01/2023,{i / 10:.2f},NA,{'yn'[i % 2]}\n" for i in range(60))
        (models / "orders.csv").write_text(HEADER + rows)
        ignore = ("--ignore", "order,zip,sent,country")
        ok("train", models / "orders.csv", "--target", "late", *ignore, "--epochs", 5, "-q", "--output", path)
    shutil.copy(path, "orders.thalweg")
    return (models / "orders.csv").read_text()


def assert_begins(after: str, before: str):
    assert len(after.splitlines()) == len(before.splitlines())
    for new, old in zip(after.splitlines(), before.splitlines(), strict=True):
        assert new.startswith(old + ","), (new, old)


def test_what_was_there_stays_character_for_character(orders: str):
    """Field case 01-predict-rewrites-columns: in the file, on the terminal, to - and from the standard input."""
    Path("orders.csv").write_text(orders)
    ok("predict", "orders.thalweg", "orders.csv", "--output", "out.csv", "-q")
    assert_begins(Path("out.csv").read_text(), orders)
    for arguments in (("orders.csv",), ("orders.csv", "-o", "-")):
        assert_begins(ok("predict", "orders.thalweg", *arguments, "-q").out, orders)


@pytest.mark.parametrize(
    ("change", "back"),
    [
        (lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"), "utf-8-sig"),
        (lambda text: text.replace("\n", "\r").encode("utf-16"), "utf-16"),
        (lambda text: text.replace(",NA,", ",Österreich,").encode("cp1252"), "cp1252"),
        (lambda text: text.replace(",", " , ").encode(), "utf-8"),
        (lambda text: ("# of January\n" + text).encode(), "utf-8"),
    ],
)
def test_bytes_on_the_standard_output(orders: str, change, back: str, monkeypatch):
    import contextlib
    import sys

    from thalweg.cli import run as run_here

    raw = change(orders)
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    monkeypatch.setattr(sys, "argv", ["thalweg", "predict", "orders.thalweg", "-", "-o", "-", "-q"])
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as end:
        run_here()
    assert end.value.code == 0
    written = out.buffer.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    text = written.decode(back)
    assert text.encode(back) == written
    lines, before = text.splitlines(), raw.decode(back).splitlines()
    assert all(new.startswith(old) for new, old in zip(lines, before, strict=True))
    assert lines[-1] != before[-1]


def test_the_same_in_json(orders: str):
    names, *lines = orders.split()
    rows = [dict(zip(names.split(","), line.split(","), strict=True)) for line in lines[:3]]
    text = "\n".join(json.dumps({**row, "amount": float(row["amount"])}) for row in rows)
    Path("t.ndjson").write_text(text)
    Path("t.json").write_text("[\n" + text.replace("\n", ",\n") + "\n]\n")
    for name, before in (("t.ndjson", text), ("t.json", Path("t.json").read_text())):
        ok("predict", "orders.thalweg", name, "-q", "--output", f"out.{name}")
        for after in (ok("predict", "orders.thalweg", name, "-q").out, Path(f"out.{name}").read_text()):
            for new, old in zip(after.splitlines(), before.splitlines(), strict=True):
                assert new.startswith(old.rstrip("},"))
            assert after.count("predicted_late") == 3


def test_a_class_that_a_spreadsheet_would_run_is_told():
    pl.DataFrame({"x": [float(i) for i in range(40)], "y": ["=cmd"] * 38 + ["b", "c"]}).write_csv("t.csv")
    ok("train", "t.csv", "--target", "y", "--epochs", 5, "-q")
    ended = ok("predict", "t.thalweg", "t.csv", "--output", "o.csv")
    assert ended.err.count("'=cmd' in column 'predicted_y' begins as a formula") == 1
    assert ",=cmd," in Path("o.csv").read_text()


def test_a_table_that_has_the_column_already_is_told():
    ok("predict", "wine.thalweg", "wine.csv", "-o", "once.csv", "-q")
    assert "has a column 'predicted_cultivar' already" in refused("predict", "wine.thalweg", "once.csv", "-o", "o.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for():
    """Field case h24-special-files."""
    os.mkfifo("pipe.csv")
    ended = run("predict", "wine.thalweg", "pipe.csv")
    assert (ended.status, "it is a device or a pipe" in ended.err) == (1, True)


def test_a_full_disk_leaves_the_old_table(monkeypatch):
    Path("o.csv").write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "the disk is full" in refused("predict", "wine.thalweg", "wine.csv", "--output", "o.csv")


def test_the_old_table_is_replaced():
    Path("o.csv").write_text("old")
    ok("predict", "wine.thalweg", "wine.csv", "--output", "o.csv", "-q")
    assert pl.read_csv("o.csv").height == 178
    assert ".tmp" not in " ".join(folder())


@pytest.mark.parametrize("separator", [";", ","])
def test_numbers_have_the_decimal_mark_of_the_table(separator: str):
    """They had points, which beside commas may be thousands when read again (field 05-decimal-comma-and-thousands)."""
    rng = np.random.default_rng(0)
    rows = [[f"{value:.3f}".replace(".", ",") for value in (a, b, 12 + a - b)] for a, b in rng.normal(size=(60, 2))]
    quote = '"' if separator == "," else ""
    lines = [separator.join(f"{quote}{value}{quote}" for value in row) for row in [*rows, ["0,5", "1", "2"]]]
    Path("t.csv").write_text("\n".join([separator.join("aby"), *lines, ""]))
    ok("train", "t.csv", "--target", "y", "--epochs", "2", "--hidden", "4", "--engine", "numpy", "-q")
    told = ok("predict", "t.thalweg", "t.csv", "-o", "out.csv").err
    assert "note: numbers are written with ',', as those of the table" in told
    values = tw.load("t.thalweg").predict_table(tw.read_table("t.csv")).values
    out = Path("out.csv").read_text().splitlines()[1:]
    assert all(line.startswith(before + separator) for line, before in zip(out, lines, strict=True))
    fields = [line[len(before) + 1 :].strip('"') for line, before in zip(out, lines, strict=True)]
    np.testing.assert_array_equal([float(field.replace(",", ".")) for field in fields], values)
    if separator == ";":
        Path("p.csv").write_text("\n".join(["a;b;y", *(line.replace(",", ".") for line in lines), ""]))
        for more in ((), ("--stream",)):
            told = ok("predict", "t.thalweg", "p.csv", "-o", "out.csv", *more).err
            assert "written with" not in told
            again = [line.rpartition(";")[2] for line in Path("out.csv").read_text().splitlines()[1:]]
            np.testing.assert_allclose([float(field) for field in again], values, rtol=1e-5)
    ok("predict", "t.thalweg", "t.csv", "-o", "out.ndjson")
    assert json.loads(Path("out.ndjson").read_text().splitlines()[0])["predicted_y"] == values[0]
