"""Commands that take a table take a folder or a pattern of files, too, read and told as `thalweg train` does."""

import shutil

import polars as pl
import pytest
from command_line import DATA, ok, refused, run

import thalweg as tw

TOLD = "year: 3 files, 200 rows, 8 columns"
EACH = f"{TOLD}, in this order: 60 of part0.csv, 60 of part1.csv, 80 of part2.csv"


@pytest.fixture(scope="module", name="model")
def _model(tmp_path_factory):
    frame = tw.read_table(DATA / "houses.csv")
    settings = tw.Settings(hidden=(3,), epochs=1, engine="numpy", batch_size=64, optimizer="adam")
    model = tmp_path_factory.mktemp("model") / "houses.thalweg"
    tw.save(tw.train_table(frame, "price", settings, name="year").model, model)
    return model


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = (DATA / "houses.csv").read_text().splitlines(keepends=True)
    (tmp_path / "year").mkdir()
    for number, (begin, end) in enumerate(((1, 61), (61, 121), (121, 201))):
        (tmp_path / "year" / f"part{number}.csv").write_text("".join([lines[0], *lines[begin:end]]))
    shutil.copy(DATA / "houses.csv", tmp_path)


def test_predictions_of_a_folder_are_those_of_its_rows_in_one_file(model):
    whole = ok("predict", model, "houses.csv", "--output", "whole.csv", "--json").json
    found = ok("predict", model, "year", "--output", "parts.csv", "--json").json
    assert pl.read_csv("parts.csv").equals(pl.read_csv("whole.csv"))
    files = {f"year/part{number}.csv": rows for number, rows in enumerate((60, 60, 80))}
    assert found == {**whole, "output": "parts.csv", "files": files, "notes": [*whole["notes"], EACH]}
    told = ok("predict", model, "year/*.csv", "--output", "parts.csv").err
    assert EACH.replace("year:", "*.csv:") in told
    assert told.endswith("200 rows of 3 files with predictions: parts.csv\n")
    assert "would overwrite the input 'year/part1.csv'" in refused(
        "predict", model, "year", "--output", "year/part1.csv"
    )
    assert "nothing.*: no file is called so: check the pattern" in refused("predict", model, "nothing.*")
    assert "--stream goes with one file: predict file by file" in refused("predict", model, "year", "--stream")


def test_other_commands_read_a_folder_as_its_rows_in_one_file(model, caplog):
    tables = ("--table", "year"), ("--table", "houses.csv")
    for command in (("check", model, "--json"), ("diagnose", model, "--json", "--output", "d.html")):
        found, whole = (ok(*command, *table).json for table in tables)
        assert {**found, "table": ""} == {**whole, "table": ""}
    found, whole = (ok("surface", model, *table, "--points", 3).out for table in tables)
    assert found == whole
    assert [record.message for record in caplog.records if "files" in record.message] == 3 * [EACH]


def test_rates_are_compared_on_the_rows_of_all_files(monkeypatch):
    def compared(frame, target, *_, **options):
        assert frame.equals(tw.read_table("houses.csv"))
        assert options["validation"].equals(frame.head(60))
        raise tw.ArgumentError(f"{target} is seen")

    monkeypatch.setattr("thalweg.tables.rates.compare_rates", compared)
    ended = run("rates", "year", "--target", "price", "--validation", "year/*0.csv")
    assert (ended.status, ended.out, ended.err) == (1, f"{TOLD}\n", "thalweg: ['price'] is seen\n")
