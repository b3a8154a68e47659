"""What stands on a sheet and in its key."""

import pytest
from step_files import CHAIN, written

from thalweg.formulas.evaluation import evaluate
from thalweg.formulas.write_text import TextWriter
from thalweg.worked.exercises.exercise import exercise
from thalweg.worked.exercises.sheet import sheet_of
from thalweg.worked.step_files.file import read_step_file


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    file = read_step_file(written(tmp_path_factory.mktemp("files"), CHAIN))
    return exercise(file, "sensitivities,updates", students=["Ada"], seed=1, title="Week 3")


def rows(sheet):
    return {row.id: row for _, found in sheet.sections for row in found}


def test_a_sheet_has_what_is_given_and_no_number_of_a_blank(made):
    (task,) = made.tasks
    sheet = sheet_of(made, task, hints=False, key=False)
    found = rows(sheet)
    assert [row.id for row in found.values() if row.is_blank] == list(task.asked.blanks)
    assert all(row.value == "" and row.formula is None for row in found.values() if row.is_blank)
    assert {row.id for row in found.values() if not row.is_blank} >= set(task.asked.printed)
    assert {"input:input[0]", "target:out[1]"} <= found.keys()
    assert len(sheet.given) == made.file.network.parameter_count
    assert (sheet.who, sheet.title) == ("student 1: Ada", "Week 3")
    assert "4 decimals" in sheet.told[-1]
    text = TextWriter()
    letters = " ".join(text.write(symbol) for symbol, _ in sheet.symbols)
    assert "α" in letters
    assert "F̂" not in letters


def test_hints_are_formulas_without_numbers(made):
    found = rows(sheet_of(made, made.tasks[0], hints=True, key=False))
    assert TextWriter().write(found["delta:out[0,0]"].formula) == "-α ∂F/∂w²₁,₁"
    assert found["delta:out[0,0]"].numbers is None


def test_a_key_s_numbers_give_its_values(made):
    (task,) = made.tasks
    for row in rows(sheet_of(made, task, hints=False, key=True)).values():
        if row.is_blank:
            assert float(row.value) == pytest.approx(task.key[row.id], abs=1e-12)
            assert evaluate(row.numbers) == pytest.approx(float(row.value), abs=0.51e-4), row.id
