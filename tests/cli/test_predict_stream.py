"""`thalweg predict --stream`: what the whole table gives, to the byte in one block, in several up to rounding."""

import gzip
import io
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest
from command_line import DATA, folder, ok, quickly_trained, refused
from polars.testing import assert_frame_equal

import thalweg as tw
from thalweg.cli.predict_stream import predict_in_blocks
from thalweg.data import stream


@pytest.fixture(scope="module", name="models")
def _models(tmp_path_factory):
    return quickly_trained(tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch, models):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stream, "BLOCK", 2000)
    for name in ("wine", "houses"):
        shutil.copy(models / f"{name}.thalweg", ".")
        shutil.copy(DATA / f"{name}.csv", ".")


def read(path):
    return pl.read_parquet(path) if path.endswith("parquet") else tw.read_table(path)


@pytest.mark.parametrize(
    ("name", "source", "output"),
    [("wine", "csv", "tsv"), ("houses", "ndjson", "ndjson"), ("houses", "parquet", "parquet"),
     ("wine", "csv", "csv.gz"), pytest.param("wine", "arrow", "tsv", marks=pytest.mark.thorough)],
)  # fmt: skip
def test_a_stream_writes_what_the_whole_table_gives(name, source, output, monkeypatch):
    table = f"t.{source}"
    frame = tw.read_table(f"{name}.csv")
    {"csv": lambda: shutil.copy(f"{name}.csv", table), "ndjson": lambda: frame.write_ndjson(table),
     "parquet": lambda: frame.write_parquet(table), "arrow": lambda: frame.write_ipc(table)}[source]()  # fmt: skip
    whole = ok("predict", f"{name}.thalweg", table, "--output", f"whole.{output}")
    streamed = ok("predict", f"{name}.thalweg", table, "--output", f"out.{output}", "--stream")
    assert streamed.err.replace("out.", "whole.").splitlines()[-1:] == whole.err.splitlines()[-1:]
    assert "the table has the target" in streamed.err
    before, after = (read(f"{one}.{output}") for one in ("whole", "out"))
    assert_frame_equal(after, before, rel_tol=1e-5)
    monkeypatch.setattr(stream, "BLOCK", 1 << 20)
    ok("predict", f"{name}.thalweg", table, "--output", f"out.{output}", "--stream")
    if output in ("parquet", "arrow"):
        assert read(f"out.{output}").equals(read(f"whole.{output}"))
    else:
        read_bytes = [Path(f"{one}.{output}").read_bytes() for one in ("out", "whole")]
        unpacked = [gzip.decompress(one) if output.endswith(".gz") else one for one in read_bytes]
        assert unpacked[0] == unpacked[1]


def test_a_large_file_is_streamed_without_being_asked(monkeypatch):
    before = ok("predict", "houses.thalweg", "houses.csv").out
    monkeypatch.setattr(stream, "LARGE", 100)
    monkeypatch.setattr(stream, "BLOCK", 1 << 20)
    said = []
    monkeypatch.setattr(
        "thalweg.cli.predict.predict_in_blocks", lambda *a, **k: said.append(a) or predict_in_blocks(*a, **k)
    )
    assert ok("predict", "houses.thalweg", "houses.csv").out == before
    assert said
    ok("predict", "houses.thalweg", "houses.csv", "--output", "out.parquet")  # types need the whole: read as before
    assert len(said) == 1


def test_the_standard_input(monkeypatch):
    monkeypatch.setattr(stream, "BLOCK", 1 << 20)
    before = ok("predict", "houses.thalweg", "houses.csv").out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(Path("houses.csv").read_bytes()))))
    assert ok("predict", "houses.thalweg", "-", "--stream").out == before


def test_a_bad_cell_names_its_row_and_leaves_nothing():
    lines = Path("houses.csv").read_text().splitlines()
    header, rows = lines[0], lines[1:]
    place = next(i for i, field in enumerate(rows[0].split(",")) if field.replace(".", "").isdigit())
    bad = rows * 5
    fields = bad[-3].split(",")
    fields[place] = "abc"
    bad[-3] = ",".join(fields)
    Path("bad.csv").write_text("\n".join([header, *bad]) + "\n")
    told = refused("predict", "houses.thalweg", "bad.csv", "--output", "out.csv", "--stream")
    assert f"'abc' in row {len(bad) - 2}" in told
    assert "out.csv" not in folder()


def test_what_is_no_stream_is_refused():
    assert "end the output in .csv or .tsv" in refused(
        "predict", "houses.thalweg", "houses.csv", "--stream", "--output", "out.parquet"
    )
    assert "give --output" in refused("predict", "houses.thalweg", "houses.csv", "--stream", "--json")
    Path("t.json").write_text('[{"a": 1}]')
    assert "is not streamed" in refused("predict", "houses.thalweg", "t.json", "--stream")
    Path("p.csv").write_text(
        "predicted_price," + Path("houses.csv").read_text().replace("\n", "\n1,").removesuffix("1,")
    )
    assert "has a column 'predicted_price' already" in refused(
        "predict", "houses.thalweg", "p.csv", "--stream", "--output", "out.csv"
    )


def test_json_and_scores_up_to_a_bound(monkeypatch):
    whole = ok("predict", "wine.thalweg", "wine.csv", "--output", "a.csv", "--json").json
    streamed = ok("predict", "wine.thalweg", "wine.csv", "--output", "b.csv", "--json", "--stream").json
    assert streamed["scores"]["confusion"] == whole["scores"]["confusion"]
    assert streamed["scores"]["log_loss"] == pytest.approx(whole["scores"]["log_loss"], rel=1e-6)
    assert streamed["rows"] == whole["rows"] == 178
    monkeypatch.setattr("thalweg.tables.streamed_prediction.MOST_SCORED", 100)
    told = ok("predict", "wine.thalweg", "wine.csv", "--output", "b.csv", "--json", "--stream").json
    assert told["scores"] is None
    assert any("a stream is scored up to 100 rows" in note for note in told["notes"])


def test_names_that_look_like_numbers_in_a_block(tmp_path):
    rows = [("10", 1.0), ("20", 2.0), ("x", 3.0)] * 20
    Path("train.csv").write_text("kind,y\n" + "".join(f"{k},{y + i / 100}\n" for i, (k, y) in enumerate(rows)))
    ok("train", "train.csv", "--target", "y", "--text", "kind", "--epochs", 5, "--engine", "numpy", "-q")
    Path("new.csv").write_text("kind\n" + "10\n20\n" * 3000 + "x\n")
    whole = ok("predict", "train.thalweg", "new.csv").out
    streamed = ok("predict", "train.thalweg", "new.csv", "--stream").out
    frames = [pl.read_csv(io.StringIO(out), schema_overrides={"kind": pl.String}) for out in (whole, streamed)]
    assert_frame_equal(*frames, rel_tol=1e-5)
