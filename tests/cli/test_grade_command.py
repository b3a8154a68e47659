"""`thalweg grade`: from the table that comes back to who made which mistake."""

import csv
import json
from pathlib import Path

import pytest
from command_line import run
from step_files import CHAIN, written
from student_by_hand import Student

from thalweg.worked.exercises.exercise import exercise

EXAMPLES = Path(__file__).parents[2] / "examples" / "worked"


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The table that two students have filled in, the second with a mistake."""
    made = exercise(written(tmp_path_factory.mktemp("made"), CHAIN), students=["Ada", "Carl"], seed=1)
    plants = {1: (None, None), 2: ("sensitivity:out[1]", "derivative")}
    said = {task.number: Student(task.step, 4, "lines", *plants[task.number]).work() for task in made.tasks}
    rows = list(csv.reader(made.answers_csv().removeprefix("\ufeff").splitlines()))
    for row in rows[1:]:
        row[4] = f"{said[int(row[0])][row[2]]:.4f}"
    return rows


@pytest.fixture
def answered(tmp_path, filled):
    """Their step file and the table as a file."""
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(filled)
    return written(tmp_path, CHAIN), path


def test_the_table_tells_who_which_line_and_which_mistake(answered):
    ended = run("grade", *answered)
    assert ended.status == 0
    ada, carl = [line for line in ended.out.splitlines() if "/16" in line]
    assert ada.split()[:3] == ["1", "Ada", "16/16"]
    assert carl.split()[:4] == ["2", "Carl", "15/16", "sensitivity:out[1]"]
    assert "derivative: without the derivative" in carl


def test_the_answers_of_the_examples_are_graded_as_their_page_says():
    answers = EXAMPLES / "answers" / "aifh_xor_online.csv"
    told = run("grade", EXAMPLES / "aifh_xor_online.toml", answers, "--json").json
    firsts = [one["first_wrong"] for one in told["students"]]
    assert firsts == [None, "sensitivity:hidden[1]", "sensitivity:out[0]", "delta:out[0,1]"]
    assert [one["points"] for one in told["students"]] == [12, 11, 11, 10]


def test_an_exercise_of_the_gallery_is_graded_with_its_name(tmp_path):
    made = run("exercise", "--gallery", "mazur", "--blank", "loss", "--output", tmp_path / "sheet.md")
    assert made.status == 0
    ended = run("grade", "--gallery", "mazur", tmp_path / "sheet.answers.csv")
    assert "0/2" in ended.out
    assert run("grade", "--gallery", "mazur").status == 2


def test_one_student_is_shown_line_by_line(answered):
    ended = run("grade", *answered, "--student", 2)
    assert ended.out.count("\n") == 17
    assert "right, given the earlier mistake" in ended.out
    assert "--student 3: there are 1, 2" in run("grade", *answered, "--student", 3).err


def test_json_and_files_have_it_all(answered, tmp_path):
    told = run("grade", *answered, "--json").json
    assert [one["points"] for one in told["students"]] == [16, 15]
    assert told["students"][1]["mistakes"][0]["kind"] == "derivative"
    for name in ("grades.csv", "grades.json", "grades.html", "grades.txt"):
        assert run("grade", *answered, "--output", tmp_path / name).status == 0
    assert json.loads((tmp_path / "grades.json").read_text("utf-8")) == told
    assert "without the derivative" in (tmp_path / "grades.csv").read_text("utf-8-sig")
    assert "without the derivative" in (tmp_path / "grades.html").read_text("utf-8")
    assert "15/16" in (tmp_path / "grades.txt").read_text("utf-8")


def test_answers_without_their_exercise_need_the_options(answered, tmp_path):
    file, path = answered
    rows = [row[:5] for row in csv.reader(path.read_text("utf-8").splitlines())]
    bare = tmp_path / "bare.csv"
    with bare.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    assert "does not tell which exercise" in run("grade", file, bare).err
    ended = run("grade", file, bare, "--blank", "sensitivities,updates", "--seed", 1)
    assert "15/16" in ended.out
    assert "--numbers is 'x'" in run("grade", file, bare, "--blank", "updates", "--numbers", "x").err


def test_what_is_wrong_is_a_line_and_nothing_is_written(answered, tmp_path):
    file, path = answered
    path.write_text(path.read_text("utf-8").replace("sensitivity:out[0]", "sensitivity:ot[0]"), encoding="utf-8")
    ended = run("grade", file, path, "--output", tmp_path / "grades.csv")
    assert ended.status == 1
    assert ended.err.count("\n") == 1
    assert "did you mean 'sensitivity:out[0]'" in ended.err
    assert not (tmp_path / "grades.csv").exists()
    assert "would overwrite" in run("grade", file, path, "--output", path).err


@pytest.mark.parametrize("option", [("--round", 3), ("--seed", 2), ("--step", 1), ("--numbers", "file")])
def test_options_without_effect_are_refused(answered, option):
    ended = run("grade", *answered, *option)
    assert ended.status == 1
    assert f"{option[0]} goes with --blank" in ended.err
    assert ended.err.count("\n") == 1
