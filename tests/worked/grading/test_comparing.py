"""`WorkedStep.compare`: numbers by any name, and what is no line or no number."""

import numpy as np
import pytest
from student_by_hand import Student, a_step

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.worked.grading.comparing import check_decimals


def small():
    net = tw.mlp(1, 1, 1, hidden="sigmoid")
    return tw.worked_step(net, "sse", net.unravel(np.array([0.5, 0.1, -0.4, 0.2])), [[0.8]], [[1.0]])


NAMES = ("n1_1", "a1_1", "n2_1", "output:layer2[0]", "e_1", "s2_1", "s1_1")


def test_a_few_numbers_are_judged_by_those_before_them():
    told = small().compare({"a1_1": 0.6225, "n2_1": -0.049, "s2_1": 2.098, "s1_1": -0.1972})
    assert told.first_wrong is not None
    assert (told.first_wrong.id, told.first_wrong.kind) == ("sensitivity:layer2[0]", "sign")
    assert told.lines[-1].verdict == "follow-on"
    assert told.points == 3


@pytest.mark.parametrize("name", ["s2_1", "s²₁", "sensitivity:layer2[0]"])
def test_a_line_goes_by_each_of_its_names(name):
    assert small().compare({name: -2.098}).first_wrong is None


def test_another_notation_has_other_names():
    told = small().compare({"deltaO_1": -2.098}, notation="ncsu")
    assert told.lines[0].id == "sensitivity:layer2[0]"


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_a_calculation_in_single_precision_is_right(kind):
    step = small()
    said = {line.id: kind(line.right) for line in step.compare(dict.fromkeys(NAMES, 0.0), round=10).lines}
    said["error:layer2[0]"] = kind(1) - said["output:layer2[0]"]
    assert step.compare(said).first_wrong is None
    said["sensitivity:layer2[0]"] *= kind(-1)
    assert step.compare(said).first_wrong.kind == "sign"


def test_numbers_may_be_texts_and_are_as_fine_as_they_are_told():
    step = small()
    assert step.compare({"s2_1": "−2,098"}).first_wrong is None
    assert step.compare({"s2_1": -2.1}).first_wrong is None  # to two decimals, -2.10
    assert step.compare({"s2_1": -2.1}, round=4).first_wrong is not None
    assert step.compare({"s2_1": None, "s1_1": 0.1972}).lines[0].verdict == "empty"


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({}, "it must be a mapping"),
        ([1.0], "it must be a dict"),
        ({"s9_1": 1.0}, "unknown line 's9_1'"),
        ({"s2_1": "a half"}, "must be a finite number"),
        ({"s2_1": float("nan")}, "must be a finite number"),
        ({"p1": 0.8}, "is given"),
        ({3: 0.8}, "the name of a line"),
        ({"s2_1": 1.0, "sensitivity:layer2[0]": 1.0}, "twice"),
    ],
)
def test_what_is_no_line_or_no_number_is_told_in_a_line(answers, message):
    with pytest.raises(ArgumentError, match=message) as told:
        small().compare(answers)
    assert "\n" not in str(told.value)


def test_decimals_are_a_small_number():
    assert check_decimals("round", 3) == 3
    for wrong in (0, 11, 2.5, True):
        with pytest.raises(ArgumentError, match="whole number from 1 to 10"):
            check_decimals("round", wrong)


def test_examples_are_told_by_their_number():
    step = a_step("squares", 1, 2)
    said = Student(step, 4).work()
    assert step.compare({"s2_1#2": said["sensitivity:layer2[0]#2"]}).first_wrong is None
    with pytest.raises(ArgumentError, match="is 2 lines"):
        step.compare({"s2_1": 0.1})


def test_each_line_is_as_fine_as_it_is_told():
    step = small()
    right = {line.id: line.right for line in step.compare(dict.fromkeys(NAMES, 0.0), round=10).lines}
    a, s = right["output:layer2[0]"], right["sensitivity:layer2[0]"]
    told = step.compare({"a1_1": round(right["output:layer1[0]"], 3), "s2_1": round(s, 5)})
    assert [line.verdict for line in told.lines] == ["right", "right"]
    assert step.compare({"a1_1": "0.622", "a2_1": f"{a:.6f}", "s2_1": f"{s:.4f}"}).first_wrong is None
    told = step.compare({"a1_1": 0.622, "s2_1": round(s, 5) + 0.0004})
    assert [line.verdict for line in told.lines] == ["right", "right"]  # it is made of 0.622
    told = step.compare({"a1_1": 0.622, "s2_1": round(s, 5) + 0.004})
    assert [line.verdict for line in told.lines] == ["right", "wrong"]
    assert step.compare({"a1_1": "0.6220", "s2_1": round(s, 5)}).first_wrong.id == "output:layer1[0]"
    assert step.compare({"a1_1": 0.622, "s2_1": round(s, 5)}, round=5).first_wrong is not None
