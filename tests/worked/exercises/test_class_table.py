"""A class's answers: who, which line, which mistake; and answers of another exercise, of nobody, of no number."""

import csv
import dataclasses
import io
import json

import pytest
from step_files import BATCH, CHAIN, written
from student_by_hand import Student

from thalweg.errors import DataError
from thalweg.worked import ClassTable, exercise, grade
from thalweg.worked.exercises.answers import answers_of
from thalweg.worked.exercises.class_table import Grade
from thalweg.worked.exercises.task import Settings
from thalweg.worked.grading.comparison import Comparison, Judged
from thalweg.worked.step_files.file import read_step_file

BLANK = "sensitivities,updates"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return read_step_file(written(tmp_path_factory.mktemp("files"), CHAIN))


@pytest.fixture(scope="module")
def made(file):
    return exercise(file, BLANK, students=4, seed=1)


def filled(made, plant=lambda task: (None, None), change=lambda number, line, text: text):
    """The table of answers as students who work by hand fill it in."""
    rows = list(csv.reader(io.StringIO(made.answers_csv().removeprefix("\ufeff"))))
    said = {task.number: Student(task.step, 4, "lines", *plant(task)).work() for task in made.tasks}
    for row in rows[1:]:
        number, line = int(row[0]), row[2]
        row[4] = change(number, line, f"{said[number][line]:.4f}")
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


@pytest.fixture(scope="module")
def right(made):
    """The table of a class without mistakes."""
    return filled(made)


def graded(file, text):
    return grade(file, answers_of(text, "answers.csv"))


def test_a_class_without_mistakes_has_all_points(file, right):
    table = graded(file, right)
    assert isinstance(table, ClassTable)
    assert [one.comparison.points for one in table.grades] == [16] * 4
    assert all(row[2] == "" for row in table.rows())
    assert table.notes == ()


def test_each_student_s_mistake_is_found(file, made):
    planted = {
        1: ("sensitivity:out[0]", "derivative"),
        2: ("sensitivity:hidden[1]", "derivative"),
        3: ("delta:out[0,0]", "sign"),
    }
    table = graded(file, filled(made, lambda task: planted.get(task.number, (None, None))))
    firsts = [one.comparison.first_wrong for one in table.grades]
    assert [(one.id, one.kind) if one else (None, None) for one in firsts] == [*planted.values(), (None, None)]
    assert [len(one.comparison.mistakes) for one in table.grades] == [1, 1, 1, 0]
    assert table.frequent() == [("derivative in sensitivity", 2)]
    text = table.in_words()
    assert "2 × derivative in sensitivity" in text
    assert "delta:out[0,0]" in text
    assert "derivative" in table._repr_html_()
    rows = list(csv.DictReader(io.StringIO(table.to_csv().removeprefix("\ufeff"))))
    assert [(row["student"], row["kind"]) for row in rows] == [
        ("1", "derivative"),
        ("2", "derivative"),
        ("3", "sign"),
        ("4", ""),
    ]
    told = table.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["students"][2]["first_wrong"] == "delta:out[0,0]"


def test_texts_and_empty_cells_are_told_and_count_as_empty(file, made):
    def change(number, line, text):
        return {(1, "sensitivity:out[0]"): "a half", (2, "sensitivity:out[1]"): ""}.get((number, line), text)

    table = graded(file, filled(made, change=change))
    assert [sum(line.verdict == "empty" for line in one.comparison.lines) for one in table.grades] == [1, 1, 0, 0]
    assert table.notes == ("row 2: 'a half' is no number: counted as empty",)


def test_decimal_commas_are_numbers(file, made):
    table = graded(file, filled(made, change=lambda number, line, text: text.replace(".", ",")))
    assert [one.comparison.points for one in table.grades] == [16] * 4


def test_a_student_who_is_missing_is_told(file, right):
    text = "".join(line for line in right.splitlines(keepends=True) if not line.startswith("3,"))
    table = graded(file, text)
    assert table.notes == ("no answers of student 3: counted as empty",)
    assert [one.is_missing for one in table.grades] == [False, False, True, False]
    assert table.rows()[2][3] == "no answers"


def test_one_row_a_student_will_do(file, made):
    said = Student(made.tasks[0].step, 4).work()
    text = f'student,s2_1,s²₂,exercise\n1,{said["sensitivity:out[0]"]},{said["sensitivity:out[1]"]},"{made.code}"\n'
    (first, *_) = graded(file, text).grades
    assert first.comparison.points == 2


def test_answers_without_their_exercise_need_its_settings(file, made):
    said = Student(made.tasks[1].step, 4).work()
    read = answers_of(f"student,line,answer\n2,s2_1,{said['sensitivity:out[0]']}\n", "answers.csv")
    with pytest.raises(DataError, match="does not tell which exercise"):
        grade(file, read)
    table = grade(file, read, settings=Settings((*BLANK.split(","),), 1, 4, 1, "drawn"))
    assert [(one.number, one.comparison.points) for one in table.grades] == [(2, 1)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1,,sensitivity:out[0]", "5,,sensitivity:out[0]", "row 2: student 5: the exercise has 1 to 4"),
        ("1,,sensitivity:out[0]", "1,,sensitivty:out[0]", "row 2: unknown line 'sensitivty:out"),
        ("1,,sensitivity:out[0]", "1,,net_input:out[0]", "row 2: line 'net_input:out.0.' is no blank"),
        ("1,,sensitivity:out[1]", "1,,sensitivity:out[0]", "row 3: student 1 has 'sensitivity:out.0.' twice"),
        ("seed=1", "seed=x", "are no settings of an exercise"),
        ("round=4", "round=1", "settings in its column exercise .* are not as they came"),
        (" check=", " check=0", "settings in its column exercise .* are not as they came"),
        ("numbers=drawn", "numbers=other", "numbers=other is no setting"),
    ],
)
def test_what_is_wrong_in_a_table_is_told_with_the_row(file, right, old, new, message):
    assert old in right
    with pytest.raises(DataError, match=message) as told:
        graded(file, right.replace(old, new))
    assert "\n" not in str(told.value)


def test_answers_of_another_exercise_are_refused(tmp_path, made, right):
    other = read_step_file(written(tmp_path, BATCH))
    with pytest.raises(DataError, match=r"answers\.csv: its answers are of another exercise"):
        graded(other, right)
    with pytest.raises(DataError, match="tells its settings itself"):
        grade(made.file, answers_of(right, "it"), settings=made.settings)


def test_the_numbers_of_another_student_s_sheet_are_told(file, made, right):
    second = {row[2]: row[4] for row in csv.reader(right.splitlines()) if row[0] == "2"}
    swapped = filled(made, change=lambda number, line, own: second[line] if number == 3 else own)
    table = graded(file, swapped)
    assert [one.sheet for one in table.grades] == [None, None, 2, None]
    (note,) = table.notes
    assert note.startswith("student 3: these are the numbers of student 2's sheet (1")
    assert table.rows()[2][3] == "these are the numbers of student 2's sheet"
    assert [one.get("sheet") for one in table.to_dict()["students"]] == [None, None, 2, None]
    assert table.frequent() == []
    without = "".join(line for line in swapped.splitlines(keepends=True) if not line.startswith("2,"))
    assert graded(file, without).grades[2].sheet == 2  # the other one has handed in nothing
    zeros = graded(file, filled(made, change=lambda number, line, own: "0" if number == 3 else own))
    assert zeros.grades[2].sheet is None


def test_what_stands_on_another_student_s_sheet_is_no_frequent_mistake():
    wrong = Comparison((Judged("delta:a[0]", "Δw", 0.2, 0.1, 0.1, "wrong", "sign", "the sign is turned"),), 4)
    for sheet, frequent in ((None, [("sign in delta", 2)]), (3, [])):
        grades = tuple(Grade(number, "", wrong, sheet=sheet) for number in (1, 2))
        assert ClassTable(grades, ()).frequent() == frequent


def test_a_row_has_the_first_mistake_in_few_words_and_how_many_follow():
    line = Judged("delta:a[0]", "Δw", 0.2, 0.1, 0.1, "wrong", "sign", "the sign is turned")
    long = dataclasses.replace(line, words="very " * 40)
    grades = tuple(Grade(k, "", Comparison(lines, 4)) for k, lines in enumerate(((line,), (line, line, line), (long,))))
    one, three, cut = ClassTable(grades, ()).rows()
    assert (one[3], one[6], three[6]) == ("sign: the sign is turned", "", "+2")
    assert (len(cut[3]), cut[3][-3:]) == (90, "...")
