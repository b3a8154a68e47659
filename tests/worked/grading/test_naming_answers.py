"""Names of lines: by id, as they are written and as they are typed, in every notation."""

from pathlib import Path

import pytest

from thalweg.errors import ArgumentError
from thalweg.formulas.expression import Call, Product, Quotient, Symbol
from thalweg.worked.grading.comparing import whole_view
from thalweg.worked.grading.ledger import ledger_of
from thalweg.worked.grading.naming import Names, line_id, loosely, spelled
from thalweg.worked.notations import NOTATIONS
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[3] / "examples" / "worked"


@pytest.mark.parametrize("notation", list(NOTATIONS))
def test_every_line_is_found_by_each_of_its_names(notation):
    step = read_step_file(FOLDER / "ncsu_chain.toml").open(1)
    ledger = ledger_of(step, step.document(notation, **whole_view(step)), notation)
    names = ledger.names
    for key in ledger.calculations:
        assert names.find(key) == key
        assert names.find(names.texts[key]) == key
        assert names.find(names.spellings[key]) == key
        assert names.spellings[key].isascii() or notation != "nnd"


def test_symbols_are_typed_as_people_type_them():
    s = Symbol("s", ("1",), ("2",))
    names = Names({"sensitivity:out[0]": s, "w": Symbol("w", ("1", "2"), ("1",))})
    for typed in ("s2_1", "s²₁", "s^2_1", "s^{2}_{1}", " s2_1 "):
        assert names.find(typed) == "sensitivity:out[0]"
    assert names.find("w1_1,2") == names.find("w1_12") == "w"
    assert spelled(Call(Symbol("f", (), ("1",), "prime"), (Symbol("n", ("1",)),))) == "f'1(n_1)"
    w = Symbol("w", ("1",))
    assert spelled(Quotient(Product((Symbol("∂"), Symbol("F"))), Product((Symbol("∂"), w)))) == "dF/dw_1"
    assert loosely("∂F/∂w") == loosely("dF/dw")
    assert spelled(Symbol("Δw", ("1",))) == "Deltaw_1"
    assert Names({"delta:a[0]": Symbol("Δw", ("1",))}).find("Dw_1") == "delta:a[0]"


def test_of_several_examples_a_symbol_alone_is_not_one_line():
    names = Names({"a#1": Symbol("a"), "a#2": Symbol("a")})
    assert names.find("a#2") == "a#2"
    with pytest.raises(ArgumentError, match=r"line 'a' is 2 lines: name one by its id, a#1 or a#2"):
        names.find("a")


def test_an_unknown_name_is_told_with_the_near_ones():
    with pytest.raises(ArgumentError, match="did you mean 's2_1'"):
        Names({"x": Symbol("s", ("1",), ("2",))}).find("s21_1x")


def test_ids_say_what_a_line_is_of():
    assert line_id({"quantity": "input", "source": "p", "origin": 1, "example": 0}, 1) == "input:p[1]"
    assert line_id({"quantity": "part", "weight": "a[0]", "part": "m"}, 3) == "part.m:a[0]"
    assert line_id({"quantity": "example_error", "example": 1}, 2) == "example_error#2"
    assert line_id({"quantity": "error_before"}, 2) == "error_before"
