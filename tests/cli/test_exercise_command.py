"""`thalweg exercise`: sheets, key and table beside each other, the same for the same seed."""

from pathlib import Path

import pytest
from command_line import run
from step_files import CHAIN, written

from thalweg.worked import notations


def test_sheets_key_and_table_are_written_and_told(tmp_path):
    file = written(tmp_path, CHAIN)
    ended = run(
        "exercise", file, "--blank", "sensitivities", "--students", 2, "--seed", 1, "--output", tmp_path / "week.md"
    )
    assert ended.status == 0
    for what, name in (("sheet", "week.md"), ("key", "week.key.md"), ("answers", "week.answers.csv")):
        assert (tmp_path / name).is_file()
        assert f"{what.ljust(8)}{tmp_path / name}" in ended.out
    assert "2 students, 4 lines each" in ended.out
    before = (tmp_path / "week.md").read_text("utf-8")
    run("exercise", file, "--blank", "sensitivities", "--students", 2, "--seed", 1, "--output", tmp_path / "again.md")
    assert (tmp_path / "again.md").read_text("utf-8") == before
    run("exercise", file, "--blank", "sensitivities", "--students", 2, "--seed", 2, "--output", tmp_path / "other.md")
    assert (tmp_path / "other.md").read_text("utf-8") != before


@pytest.mark.parametrize(
    "names", ["name\nAda\nZoë\n", "id;name\n7;Ada\n8;Zoë\n", "Ada\nZoë\n", "\ufeffstudent,group\nAda,1\n\nZoë,2\n"]
)
def test_names_come_from_a_file(tmp_path, names):
    (tmp_path / "names.csv").write_text(names, encoding="utf-8")
    output = tmp_path / "sheet.html"
    given = ["--students", tmp_path / "names.csv", "--blank", "sensitivities:out", "--output", output]
    ended = run("exercise", written(tmp_path, CHAIN), *given)
    assert ended.status == 0
    page = output.read_text("utf-8")
    assert "Student 1: Ada" in page
    assert "Student 2: Zoë" in page


def test_without_an_output_the_sheet_is_printed(tmp_path):
    ended = run("exercise", written(tmp_path, CHAIN), "--blank", "sensitivities", "--hints", "--notation", "ncsu")
    assert ended.status == 0
    assert ended.out.startswith("# A chain")
    assert r"\delta_{1}^{O}" in ended.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--blank", "sensitivites"], "did you mean 'sensitivities'"),
        (["--students", "no.csv"], "no.csv: no such file"),
        (["--students", "-3"], "--students is '-3'"),
        (["--students", "0"], "students is 0"),
        (["--output", "sheet.docx"], "it must end in .pdf, .html, .htm, .tex or .md"),
        (["--per-page", "0"], "--per-page"),
        (["--round", "99"], "round is 99"),
    ],
)
def test_what_cannot_be_is_a_line(tmp_path, arguments, message):
    ended = run("exercise", written(tmp_path, CHAIN), *arguments)
    assert ended.status == 1
    assert message in ended.err
    assert ended.err.count("\n") == 1


def test_nothing_is_overwritten_that_is_read(tmp_path):
    file = written(tmp_path, CHAIN)
    names = tmp_path / "sheet.answers.csv"
    names.write_text("Ada\n", encoding="utf-8")
    ended = run("exercise", file, "--students", names, "--output", tmp_path / "sheet.md")
    assert ended.status == 1
    assert "would overwrite the input" in ended.err
    assert names.read_text("utf-8") == "Ada\n"


def test_an_empty_file_of_names_is_told(tmp_path):
    (tmp_path / "names.csv").write_text("\n", encoding="utf-8")
    ended = run("exercise", written(tmp_path, CHAIN), "--students", tmp_path / "names.csv")
    assert (ended.status, "names.csv is empty" in ended.err) == (1, True)
    (tmp_path / "names.csv").write_bytes(b"Ada\0")
    assert "is no text" in run("exercise", written(tmp_path, CHAIN), "--students", tmp_path / "names.csv").err
    (tmp_path / "names.csv").write_text("name\n", encoding="utf-8")
    assert "has no names" in run("exercise", written(tmp_path, CHAIN), "--students", tmp_path / "names.csv").err


def test_a_table_of_symbols_of_ones_own(tmp_path):
    table = Path(notations.__file__).parent / "nielsen.toml"
    own = tmp_path / "mine.toml"
    own.write_text(table.read_text("utf-8").replace('"δ_', '"D_'), encoding="utf-8")
    ended = run("exercise", written(tmp_path, CHAIN), "--blank", "sensitivities", "--notation", own)
    assert ended.status == 0
    assert "$D_" in ended.out
