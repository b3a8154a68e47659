"""What the page knows: every formula can be told as lists, and no value of a blank is among them."""

import json

import pytest

from thalweg.formulas.evaluation import evaluate
from thalweg.formulas.expression import (
    Array,
    Call,
    Constant,
    Folded,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)
from thalweg.worked.exercises.judged_page import as_lists, page_data


def value_of(told, values):
    """A formula that is told as lists, worked out."""
    if isinstance(told, str):
        return values[told]
    if isinstance(told, float):
        return told
    name, *rest = told
    found = [value_of(part, values) for part in rest]
    names = {"-": Negative, "/": Quotient, "^": Power}
    numbers = [Number(one) for one in found]
    if name in ("+", "*"):
        return evaluate((Sum if name == "+" else Product)(tuple(numbers)))
    return evaluate(names[name](*numbers) if name in names else Call(name, tuple(numbers)))


def test_the_page_s_formulas_give_the_key(two):
    data = page_data(two)
    assert json.loads(json.dumps(data)) == data
    for task, student in zip(two.tasks, data["students"], strict=True):
        values = dict(student["given"])
        for line, kind, what, *_ in student["lines"]:
            values[line] = what if kind in ("given", "printed") else round(value_of(data["pool"][what], values), 4)
        for blank in task.asked.blanks:
            assert values[blank] == pytest.approx(task.key[blank], abs=3e-4)


def test_students_share_their_formulas(two):
    data = page_data(two)
    first, second = ([line[2] for line in one["lines"] if line[1] == "blank"] for one in data["students"])
    assert first == second


def test_all_formulas_can_be_told():
    x = Symbol("x")
    assert as_lists(Constant("e")) == pytest.approx(2.718281828)
    assert as_lists(Folded(2, 1.5)) == 1.5
    assert as_lists(Quotient(Power(x, Number(2.0)), Call("exp", (x,)))) == ["/", ["^", "x", 2.0], ["exp", "x"]]
    with pytest.raises(ValueError, match="no formula of an exercise: Array"):
        as_lists(Array(((x,),)))
