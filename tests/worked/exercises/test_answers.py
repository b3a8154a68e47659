"""Tables of answers: as they are handed out, and in the many ways in which they come back."""

import csv
import io

import pytest
from step_files import CHAIN, written

from thalweg.errors import DataError, FileError
from thalweg.worked.exercises.answers import COLUMNS, answers_of, read_answers
from thalweg.worked.exercises.exercise import exercise
from thalweg.worked.step_files.file import read_step_file


def test_the_table_has_a_row_for_each_student_and_line(tmp_path):
    made = exercise(read_step_file(written(tmp_path, CHAIN)), "sensitivities", students=["A, B", "C"], seed=1)
    text = made.answers_csv()
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert tuple(rows[0]) == COLUMNS
    assert [row[0] for row in rows[1:]] == ["1"] * 4 + ["2"] * 4
    assert rows[1][1] == "A, B"
    assert {row[5] for row in rows[1:]} == {made.code}
    read = answers_of(text, "it")
    assert read.code == made.code
    assert [len(student.cells) for student in read.students] == [4, 4]


LONG = "student,line,answer\n1,a,0.5\n1,b,\n2,a,0.25\n"


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        LONG.replace(",", ";"),
        LONG.replace(",", "\t"),
        "\ufeff" + LONG.replace("\n", "\r\n"),
        "\ufeffsep=;\r\n" + LONG.replace("\n", "\r\n").replace(",", ";"),
        "Student , Line,Answer\n\n1,a,0.5\n1,b\n2,a,0.25\n\n",
        "student,a,b\n1,0.5,\n2,0.25,\n",
    ],
)
def test_a_table_is_read_however_it_was_saved(text):
    read = answers_of(text, "it")
    told = {(one.number, cell.line): cell.text for one in read.students for cell in one.cells if cell.text}
    assert told == {(1, "a"): "0.5", (2, "a"): "0.25"}


def test_a_decimal_comma_is_kept_in_quotes_or_between_semicolons():
    assert answers_of('student,line,answer\n1,a,"0,5"\n', "it").students[0].cells[0].text == "0,5"
    assert answers_of("student;line;answer\n1;a;0,5\n", "it").students[0].cells[0].text == "0,5"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("student,line,answer\n", "no answers below its head"),
        ("a,b\n1,2\n", "must have student, line and answer"),
        ("student,line,answer\nx,a,1\n", "row 2: student 'x' is no number"),
        ("student,line,answer\n0,a,1\n", "row 2: student '0' is no number"),
        ("student,line,answer\n1,,1\n", "row 2: it names no line"),
        ("student,line,answer\n1,a,0,5\n", "row 2: it has 4 cells, the head 3; a decimal comma needs quotes"),
        ("student,student,a\n1,2,3\n", "the column 'student' is there 2 times"),
        ("student,a\n1,2\n1,3\n", "row 3: student 1 is there twice, first in row 2"),
        ("student,line,answer,exercise\n1,a,1,x\n2,a,1,y\n", "row 3: its exercise is 'y', another than that of row 2"),
        ("a\0b", "no text"),
    ],
)
def test_what_is_no_table_of_answers_is_told_with_the_row(text, message):
    with pytest.raises(DataError, match=message) as told:
        answers_of(text, "it")
    assert "\n" not in str(told.value)


def test_text_of_excel_in_utf_16_is_read(tmp_path):
    path = tmp_path / "answers.txt"
    path.write_bytes(LONG.replace(",", "\t").encode("utf-16"))
    assert read_answers(path).students == answers_of(LONG, "it").students


def test_a_file_of_windows_is_read_and_a_missing_one_is_told(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_bytes("student;name;line;answer\n1;Zoë;a;0,5\n".encode("cp1252"))
    assert read_answers(path).students[0].name == "Zoë"
    with pytest.raises(FileError, match="no such file"):
        read_answers(tmp_path / "none.csv")
