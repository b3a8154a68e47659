"""Where the room Work stands, as an address and back."""

from urllib.parse import parse_qsl

import pytest

from thalweg.errors import ArgumentError
from thalweg.studio.spec import Spec
from thalweg.studio.work_state import WorkState, address_of, numbers_in, state_from


def back(address):
    return state_from(dict(parse_qsl(address, keep_blank_values=True)))


@pytest.mark.parametrize(
    ("state", "spec"),
    [
        (WorkState(), Spec()),
        (
            WorkState(step=17, batch="online", place=2, line=40, phase="interior:layer1", phased=False),
            Spec(data="iris"),
        ),
        (WorkState(notation="aifh", form="matrix", only="layer1[2,0]", examples=(1, 3), digits=4), Spec(seed=3)),
        (
            WorkState(
                view="exercise", of="run", blank="random:8", seed=4, student=2, round=3, numbers="file", hints=True
            ),
            Spec(rule={"learning_rate": 0.05}),
        ),
    ],
)
def test_an_address_holds_all_of_a_state_and_of_its_training(state, spec):
    assert back(address_of(state, spec)) == (state, spec)


def test_of_a_file_the_address_holds_no_training():
    state = WorkState(of="mazur", step=2)
    assert back(address_of(state, Spec(data="iris"))) == (state, None)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"step": "0"}, "step is 0; it must be a whole number from 1"),
        ({"step": "-3"}, "step is '-3'; it must be a whole number"),
        ({"step": "9" * 40}, "it must be a whole number"),
        ({"stp": "3"}, "unknown name 'stp': did you mean 'step'"),
        ({"form": "matrices"}, "unknown form 'matrices': did you mean 'matrix'"),
        ({"only": "layer1[a"}, "only is 'layer1\\[a'"),
        ({"examples": "1;2"}, "it must be whole numbers with commas between"),
        ({"examples": "0"}, "examples is 0"),
        ({"hints": "true"}, "hints is 'true'; it must be yes or no"),
        ({"round": "99"}, "round is 99; it must be a whole number from 1 to 10"),
        ({"blank": " , "}, "blank is empty"),
        ({"student": "1000"}, "student is 1000"),
        ({"run.epochs": "many"}, "epochs is 'many'"),
        ({"phase": "x" * 9000}, "more than 8,000 letters"),
    ],
)
def test_what_of_an_address_is_broken_is_told_in_a_line(query, told):
    with pytest.raises(ArgumentError, match=f"^the address is broken: .*{told}") as caught:
        state_from(query)
    assert "\n" not in str(caught.value)


def test_numbers_with_commas_between():
    assert numbers_in("examples", "") == ()
    assert numbers_in("examples", " 2,5 ,") == (2, 5)
