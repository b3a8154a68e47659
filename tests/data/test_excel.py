"""Workbooks: what a person sees in the sheet is what is read."""

import builtins
import zipfile
from datetime import date, datetime
from io import BytesIO

import polars as pl
import pytest
from workbooks import workbook

import thalweg as tw
from thalweg.data.reading import open_table

DAYS = [date(2024, 1, day) for day in range(1, 6)]
ROWS = [["shop", "day", "n", "x", "ok"], *([f"s{i}", DAYS[i], i, i / 2, i > 2] for i in range(5))]


def opened(tmp_path, sheets, name="book.xlsx", **options):
    path = tmp_path / name
    path.write_bytes(sheets if isinstance(sheets, bytes) else workbook(sheets))
    return open_table(path, **options)


def test_values_and_their_types(tmp_path):
    table = opened(tmp_path, {"Data": ROWS})
    assert table.frame.rows() == [tuple(row) for row in ROWS[1:]]
    assert table.frame.dtypes == [pl.String, pl.Date, pl.Int64, pl.Float64, pl.Boolean]
    assert table.notes == ()
    moments = [["when", "t"], *([datetime(2024, 1, day, 6, 30), day] for day in range(1, 4))]
    assert opened(tmp_path, {"Data": moments}).frame["when"].to_list() == [row[0] for row in moments[1:]]
    assert opened(tmp_path, {"Data": ROWS}, "book.XLSM").frame.height == 5


def test_titles_blank_rows_errors_markers_and_totals(tmp_path):
    rows = [["Sales"], [], ["shop", "n", None, "x"], ["a", 1, None, "NA"], [], ["b", "#N/A", None, "u"]]
    rows += [["c", 4, None, "v"], ["Total", 5, None, None], [], []]
    table = opened(tmp_path, {"Data": rows})
    assert table.frame.rows() == [("a", 1, None), ("b", None, "u"), ("c", 4, "v")]
    for told in ("1 row above the names of the columns in row 3 left out (the first: 'Sales')", "(5): blank",
                 "column 3 has neither a name nor values", "totals ('Total' in column 'shop', and sums"):  # fmt: skip
        assert any(told in note for note in table.notes), table.notes
    assert len(table.notes) == 4


def test_an_index_and_names_that_lack(tmp_path):
    rows = [[None, "x"], *([i, 0.5 + i] for i in range(4))]
    table = opened(tmp_path, {"Data": rows})
    assert (table.frame.columns, len(table.notes)) == (["x"], 1)
    with pytest.raises(tw.DataError, match=r"book\.xlsx: column 2 has no name: give it one in line 1"):
        opened(tmp_path, {"Data": [["a", None, "b"], [1, 2, 3]]})
    with pytest.raises(tw.DataError, match="more than one column is called 'a'"):
        opened(tmp_path, {"Data": [["a", "a", "b"], [1, 2, 3]]})


def test_a_sheet_without_names(tmp_path):
    rows = [[i, i / 2, "big" if i > 9 else "small"] for i in range(5, 25)]
    with pytest.raises(tw.DataError, match=r"looks like data, not names.*--no-header"):
        opened(tmp_path, {"Data": rows})
    frame = opened(tmp_path, {"Data": rows}, header=False).frame
    assert frame.rows() == [tuple(row) for row in rows]
    assert frame.columns == ["column 1", "column 2", "column 3"]
    with pytest.raises(tw.DataError, match="line 1 looks like names"):
        opened(tmp_path, {"Data": [["a", "b", "c"], *rows]}, header=False)


def test_the_sheet_is_asked_for_where_there_are_several(tmp_path):
    sheets = {"2023": ROWS[:4], "Old": [], "2024": ROWS}
    with pytest.raises(
        tw.FileError, match=r"it has 2 sheets with cells \('2023', '2024'\): say which with --sheet '2023'"
    ):
        opened(tmp_path, sheets)
    assert [opened(tmp_path, sheets, sheet=name).frame.height for name in ("2023", "2024")] == [3, 5]
    with pytest.raises(tw.ArgumentError, match="has no sheet '2025': did you mean '202"):
        opened(tmp_path, sheets, sheet="2025")
    with pytest.raises(tw.FileError, match="sheet 'Old' is empty"):
        opened(tmp_path, sheets, sheet="Old")
    assert opened(tmp_path, {"Data": ROWS, "Sheet2": []}).frame.height == 5
    with pytest.raises(tw.FileError, match="all of its sheets are empty"):
        opened(tmp_path, {"A": [], "B": []})
    (tmp_path / "t.csv").write_text("x,y\n1,2\n")
    with pytest.raises(tw.ArgumentError, match=r"t\.csv: a \.csv file has no sheets: leave --sheet out"):
        tw.read_table(tmp_path / "t.csv", sheet="A")


def test_a_far_cell_takes_no_memory(tmp_path):
    """Of a sheet all cells up to the last one get a place."""
    far = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
    row = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
    with pytest.raises(tw.FileError, match="its cells take 512 GiB, more than the 512 MiB that it may"):
        opened(tmp_path, {"Data": far.format(row.format(1, "A") + row.format(1_048_576, "XFD"))})
    for odd, match in {
        far.format(row.format(10**30, "C")): "a cell or row at 10000000..., which is beyond the last of a sheet",
        far.format(row.format(1_048_576, "xfd").replace('"', "'").replace(" r", "\nr ")): "its cells take 512 GiB",
    }.items():
        with pytest.raises(tw.FileError, match=match):
            opened(tmp_path, {"Data": odd})
    with pytest.raises(tw.FileError, match=r"it unpacks to .*--max-size"):
        opened(tmp_path, {"Data": ROWS}, largest=100)


def test_damage_is_named(tmp_path):
    raw = workbook({"Data": ROWS})
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    cases = [raw[:200], raw[:-30], b"x" * 50]
    for name, part in parts.items():
        for changed in (None, part[: len(part) // 2], b"", part.replace(b"<", b"&")):
            out = BytesIO()
            with zipfile.ZipFile(out, "w") as archive:
                for other, text in parts.items():
                    if other != name or changed is not None:
                        archive.writestr(other, text if other != name else changed)
            cases.append(out.getvalue())
    said = list(filter(None, (said_of(tmp_path, case) for case in cases)))
    assert len(said) > len(parts)
    assert all("book.xlsx" in one and "\n" not in one for one in said)


def said_of(tmp_path, raw):
    """What is said of a damaged workbook; None of one that can be read all the same."""
    try:
        opened(tmp_path, raw)
    except tw.ThalwegError as error:
        return str(error)
    return None


def test_without_the_extra_the_message_says_what_to_install(tmp_path, monkeypatch):
    plain = builtins.__import__

    def lacking(name, *rest):
        if name == "fastexcel":
            raise ImportError(name)
        return plain(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(tw.FileError, match=r"pip install 'thalweg\[excel\]', or save the sheet as CSV"):
        opened(tmp_path, {"Data": ROWS})
    with pytest.raises(tw.FileError, match=r"a \.ods workbook is not read: save it as \.xlsx"):
        opened(tmp_path, b"PK", "book.ods")
