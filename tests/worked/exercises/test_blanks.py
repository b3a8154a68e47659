"""Which lines are left blank: by the words of the glossary, by layer, unit and weight, by a line's name."""

import pytest
from step_files import BATCH, CHAIN, written

from thalweg.errors import ArgumentError
from thalweg.worked.exercises.blanks import blanks_of, words_of
from thalweg.worked.exercises.choices import QUANTITIES
from thalweg.worked.exercises.exercise import exercise
from thalweg.worked.step_files.file import read_step_file


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return exercise(read_step_file(written(tmp_path_factory.mktemp("files"), CHAIN)), "all", numbers="file").tasks[0]


def asked(task, blank):
    return blanks_of(task.step, task.ledger, words_of(blank))


def test_each_word_names_lines_and_together_they_are_all(task):
    found = set()
    for word in QUANTITIES:
        if word != "parts":
            found |= set(asked(task, word))
    assert found == set(asked(task, "all"))
    assert len(asked(task, "net_inputs")) == 4
    assert len(asked(task, "updates")) == 12


@pytest.mark.parametrize(
    ("blank", "lines"),
    [
        ("sensitivities:hidden", ["sensitivity:hidden[0]", "sensitivity:hidden[1]"]),
        ("Node Deltas:hidden[1]", ["sensitivity:hidden[1]"]),
        ("updates:out[1,0]", ["delta:out[1,0]"]),
        ("new weights:out[1,0], net-inputs:out[0]", ["net_input:out[0]", "new_weight:out[1,0]"]),
        ("s2_1", ["sensitivity:out[0]"]),
        ("Deltaw2_1,2", ["delta:out[0,1]"]),
        ("sensitivity:out[0]", ["sensitivity:out[0]"]),
        (["s2_1", "s²₂"], ["sensitivity:out[0]", "sensitivity:out[1]"]),
    ],
)
def test_a_layer_a_unit_a_weight_or_a_line(task, blank, lines):
    assert list(asked(task, blank)) == lines


@pytest.mark.parametrize(
    ("blank", "message"),
    [
        ("sensitivitys", "did you mean 'sensitivities'"),
        ("sensitivities:hiden", "did you mean 'hidden'"),
        ("sensitivities:hidden[7]", r"has units hidden\[0\] to hidden\[1\]"),
        ("updates:out[9,0]", "has 2 units"),
        ("parts", "has no parts"),
        ("inputs", "unknown blank 'inputs'"),
        ("p_1", "nothing to work out"),
        ("error_after", "nothing to work out"),
        ("", "blank is empty"),
        ([3], "must be words"),
        ("random:0", "say how many lines are drawn"),
        ("random:x", "say how many lines are drawn"),
        ("random:900", "the calculation has [0-9]+ lines that are worked out"),
    ],
)
def test_what_names_nothing_is_told_with_what_is_near(task, blank, message):
    with pytest.raises(ArgumentError, match=message) as told:
        asked(task, blank)
    assert "\n" not in str(told.value)


def test_lines_are_drawn_by_the_seed(task):
    drawn = [blanks_of(task.step, task.ledger, ("random:5",), seed) for seed in (0, 1, 0)]
    assert drawn[0] == drawn[2] != drawn[1]
    assert [len(one) for one in drawn] == [5, 5, 5]
    assert set(drawn[0]) <= set(asked(task, "all"))
    order = list(task.ledger.calculations)
    assert [order.index(id_) for id_ in drawn[1]] == sorted(order.index(id_) for id_ in drawn[1])
    assert len(asked(task, "random")) == 6
    assert set(asked(task, "random:5,errors")) == {*drawn[0], *asked(task, "errors")}


def test_of_several_examples_a_symbol_names_the_line_of_each(tmp_path):
    task = exercise(read_step_file(written(tmp_path, BATCH)), "all", numbers="file").tasks[0]
    assert asked(task, "s2_1") == ("sensitivity:layer2[0]#1", "sensitivity:layer2[0]#2")
    assert asked(task, "s2_1#2") == ("sensitivity:layer2[0]#2",)
