import csv
import gzip
import io
import json
from datetime import date
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from thalweg.data import column_files
from thalweg.data.appending import OUTPUTS, appended, formulas
from thalweg.data.reading import open_table
from thalweg.data.table import Table
from thalweg.errors import DataError, ThalwegError

ADDED = "predicted"

# Field case 01-predict-rewrites-columns: leading zeros, dates of a US file, NA for Namibia, spellings of numbers.
ORDERS = '''order,zip,sent,amount,country,note,late,at
000005,02139,01/01/2023,79.90,NA,"a, b",TRUE,2023-01-01 10:00
000560, 94110,04/01/2023,1e0,N/A,"say ""no""",FALSE,2023-01-01T10:00:00
000007,00501,13/01/2023,0.10000000000000000550,null,,TRUE,2023-01-02 11:00
'''


@pytest.fixture(autouse=True)
def _untried(monkeypatch: pytest.MonkeyPatch):
    """Parquet and Arrow files are not tried first in a process of their own, as in test_column_files.py."""
    monkeypatch.setattr(column_files, "_tried", lambda *_: None)


def table(folder: Path, name: str, content: str | bytes) -> Table:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return open_table(folder / name)


def with_more(read: Table, suffix: str | None) -> bytes:
    return appended(read, [pl.Series(ADDED, [f"p{i}" for i in range(read.frame.height)])], suffix)[0]


def assert_begins(before: str, after: str):
    """Every line as it was, with something behind it."""
    for old, new in zip(before.splitlines(), after.splitlines(), strict=True):
        assert new.startswith(old), (old, new)
    assert before.endswith("\n") == after.endswith("\n")


WAYS = [
    (encoding, end, ",;\t|"[turn % 4], (".csv", ".csv.gz", None)[(turn + turn // 3) % 3], turn % 2 == 0)
    for turn, (encoding, end) in enumerate(product(["utf-8", "utf-8-sig", "utf-16", "cp1252"], ["\n", "\r\n", "\r"]))
]
"""Every encoding with every end of line, and of the rest each with some."""


@pytest.mark.parametrize(("encoding", "end", "separator", "suffix", "last"), WAYS)
def test_a_csv_stays_as_it_is(tmp_path: Path, encoding: str, end: str, separator: str, suffix: str | None, last: bool):
    text = ORDERS.replace("note", "größe").replace(",", separator).replace("\n", end)
    text = text if last else text[: -len(end)]
    raw = with_more(table(tmp_path, "t.csv", text.encode(encoding)), suffix)
    raw = gzip.decompress(raw) if suffix == ".csv.gz" else raw
    after = raw.decode(encoding)
    assert raw == after.encode(encoding)
    assert after.count(end) == text.count(end)
    assert_begins(text, after)
    assert [line.rpartition(separator)[2] for line in after.split(end)[:4]] == [ADDED, "p0", "p1", "p2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# made\n\na,b\n1,2\n\n#x\na,b\n3,4\n\n", "# made\n\na,b,{}\n1,2,p0\n\n#x\na,b,{}\n3,4,p1\n\n"),
        ("sep=;\na;b\n1;2\n", "sep=;\na;b;{}\n1;2;p0\n"),
        ("a,b\n1,2,\n3,4\n", "a,b,,{}\n1,2,,p0\n3,4,,p1\n"),
        ("a,b,\n1,2,\n", "a,b,,{}\n1,2,,p0\n"),
        ("s,n\nx,1\ny,2\nTotal,3\n", "s,n,{}\nx,1,p0\ny,2,p1\nTotal,3,\n"),
        (",a\n0,5\n1,6\n", ",a,{}\n0,5,p0\n1,6,p1\n"),
        ('a\n1\n\n"2"', 'a,{}\n1,p0\n,p1\n"2",p2'),
        ('a, b\n 1 , "x\ny"\n', 'a, b,{}\n 1 , "x\ny",p0\n'),
    ],
)
def test_lines_that_are_no_rows(tmp_path: Path, text: str, expected: str):
    assert with_more(table(tmp_path, "t.csv", text), None).decode() == expected.replace("{}", ADDED)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), max_size=6)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_csv_writes_stays_as_it_is(tmp_path_factory: pytest.TempPathFactory, rows: list, quoting: int):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=quoting).writerows([("a", "b"), *rows])  # pyright: ignore[reportArgumentType]
    text = out.getvalue()
    try:
        read = table(tmp_path_factory.mktemp("t"), "t.csv", text)
    except ThalwegError:
        return
    before = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True))
    after = with_more(read, None).decode()
    found = list(csv.reader(io.StringIO(after, newline=""), skipinitialspace=True))
    assert [record[:2] for record in found] == before
    assert after.replace(f",{ADDED}\r\n", "\r\n", 1).startswith(text.partition("\r\n")[0])


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1e0, "b": "01"}\n{"a":2.50,"b":null}\n',
        '{"a":1}\r\n\r\n{ "a" : 2 }',
        '[{"a": 1}, {}]\n',
        '[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  }\n]\n',
        '{\n "a": 1\n}\n{\n "a": 2\n}\n',
    ],
)
@pytest.mark.parametrize("suffix", [".json", ".ndjson", ".jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_stays_as_it_is(tmp_path: Path, text: str, suffix: str, encoding: str):
    read = table(tmp_path, f"t{suffix}", text.encode(encoding))
    for out in (None, suffix):
        after = with_more(read, out).decode(encoding)
        plain = after.replace(f',"{ADDED}":"p0"', "").replace(f',"{ADDED}":"p1"', "").replace(f'"{ADDED}":"p1"', "")
        assert plain == text
    for other in {".json", ".ndjson"} - {suffix}:
        after = with_more(read, other).decode(encoding)
        rows = json.loads(after) if other == ".json" else [json.loads(line) for line in after.splitlines()]
        assert [row[ADDED] for row in rows] == ["p0", "p1"]


BINARY = pl.DataFrame(
    {
        "x": pl.Series([1, None], dtype=pl.Int8),
        "d": [date(2024, 1, 1), None],
        "l": [[1], [2, 3]],
        "c": pl.Series(["u", "v"], dtype=pl.Categorical),
        "m": pl.Series(["1.50", "2"]).cast(pl.Decimal(10, 2)),
    }
)


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_types_and_values_of_a_binary_table_stay(tmp_path: Path, suffix: str):
    (BINARY.write_parquet if suffix == ".parquet" else BINARY.write_ipc)(tmp_path / f"t{suffix}")
    read = open_table(tmp_path / f"t{suffix}")
    for out in (".parquet", ".arrow", ".feather", ".ipc"):
        found = (pl.read_parquet if out == ".parquet" else pl.read_ipc)(io.BytesIO(with_more(read, out)))
        assert found.drop(ADDED).equals(BINARY)
        assert found.drop(ADDED).schema == BINARY.schema


def test_a_text_in_a_binary_format_says_what_the_text_said(tmp_path: Path):
    """Field case 01-predict-rewrites-columns: what a type would change stays text."""
    after = pl.read_parquet(io.BytesIO(with_more(table(tmp_path, "t.csv", ORDERS), ".parquet")))
    assert after.drop(ADDED, "at").to_dict(as_series=False) == {
        "order": ["000005", "000560", "000007"],
        "zip": ["02139", "94110", "00501"],
        "sent": ["01/01/2023", "04/01/2023", "13/01/2023"],
        "amount": ["79.90", "1e0", "0.10000000000000000550"],
        "country": ["NA", "N/A", "null"],
        "note": ["a, b", 'say "no"', None],
        "late": ["TRUE", "FALSE", "TRUE"],
    }
    plain = "i,f,b,d,m\n1,2.50,true,2024-01-02,\n-3,1e3,false,2024-12-31,\n"
    after = pl.read_parquet(io.BytesIO(with_more(table(tmp_path, "p.csv", plain), ".parquet")))
    assert after.drop(ADDED).to_dict(as_series=False) == {
        "i": [1, -3],
        "f": [2.5, 1000.0],
        "b": [True, False],
        "d": [date(2024, 1, 2), date(2024, 12, 31)],
        "m": [None, None],
    }


@pytest.mark.parametrize("name", ["t.csv", "t.ndjson", "t.parquet"])
def test_any_table_in_any_format(tmp_path: Path, name: str):
    frame = pl.DataFrame({"x": [1, 2], "s": ["a, b", "ü"]})
    if name == "t.parquet":
        frame.write_parquet(tmp_path / name)
        read = open_table(tmp_path / name)
    else:
        read = table(tmp_path, name, frame.write_csv() if name == "t.csv" else frame.write_ndjson())
    for suffix in OUTPUTS:
        out = tmp_path / f"out{suffix}"
        out.write_bytes(with_more(read, suffix))
        binary = {".parquet": pl.read_parquet, ".arrow": pl.read_ipc, ".feather": pl.read_ipc, ".ipc": pl.read_ipc}
        found = binary[suffix](out) if suffix in binary else open_table(out).frame
        assert found.equals(frame.with_columns(pl.Series(ADDED, ["p0", "p1"]))), suffix


@pytest.mark.parametrize("name", ["t.csv", "t.ndjson"])
def test_a_name_that_is_taken(tmp_path: Path, name: str):
    read = table(tmp_path, name, f"{ADDED}\n1\n" if name == "t.csv" else f'{{"{ADDED}": 1}}\n')
    with pytest.raises(DataError, match=rf"the table has a column '{ADDED}' already: rename it"):
        with_more(read, None)


def test_letters_that_the_encoding_lacks_are_told(tmp_path: Path):
    data, notes = appended(table(tmp_path, "t.csv", b"a,b\n1,caf\xe9\n"), [pl.Series(ADDED, ["ł"])], None)
    assert data.decode() == f"a,b,{ADDED}\n1,café,ł\n"
    assert "cp1252 has no 'ł'" in notes[0]


def test_what_a_spreadsheet_would_run_is_told_and_not_changed():
    assert "'=cmd' in column 'p' begins as a formula" in formulas([pl.Series("p", ["a", "=cmd"])])[0]
    assert formulas([pl.Series("p", ["a=b"]), pl.Series("q", [-1.0])]) == ()
