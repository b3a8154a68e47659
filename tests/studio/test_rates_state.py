"""What the room of rates tries, in its address and back."""

from urllib.parse import parse_qsl

import pytest

from thalweg.errors import ArgumentError
from thalweg.studio.links import spec_from
from thalweg.studio.rates_state import RatesState, numbers_in, query_of, rated, state_from, usual_rule
from thalweg.studio.spec import Spec


@pytest.mark.parametrize(
    "state",
    [
        RatesState(),
        RatesState(spec=Spec(data="circle", layers=((3, "relu"),), epochs=7), rule="adam", cell=(0, 11)),
        RatesState(low=0.001, high=2.5, columns=9, momenta=(0.25, 0.5), epochs=30, updates=55, rule="nesterov"),
    ],
)
def test_an_address_says_the_same_again(state):
    assert state_from(dict(parse_qsl(query_of(state))), Spec()) == state


def test_without_a_training_it_is_that_of_the_page():
    spec = Spec(data="sine", optimizer="lm")
    assert state_from({"rates.columns": "5"}, spec).spec is spec
    assert (usual_rule(spec), usual_rule(Spec())) == ("momentum", "adam")
    assert "lm" not in rated()


def test_the_numbers_of_a_cell_are_taken_over():
    state = RatesState(spec=Spec(optimizer="nesterov", rule={"momentum": 0.1}, schedule="cosine"), rule="nesterov")
    taken = state.taken_over(0.123456, 0.9)
    assert (taken.optimizer, taken.rule, taken.schedule) == (
        "nesterov",
        {"momentum": 0.9, "learning_rate": 0.1235},
        "fixed",
    )
    assert RatesState(rule="adam").taken_over(0.5, None).rule == {"learning_rate": 0.5}
    assert spec_from(dict(parse_qsl(query_of(RatesState(spec=taken))))) == taken


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"rates.rule": "lm"}, "unknown rule with a learning rate 'lm'"),
        ({"rates.low": "0"}, "lowest rate is 0"),
        ({"rates.low": "2", "rates.high": "1"}, "they must rise"),
        ({"rates.columns": "many"}, "columns is 'many'"),
        ({"rates.columns": "100", "rates.momenta": "0,.1,.2,.3,.4,.5,.6"}, "are 700 networks"),
        ({"rates.momenta": "1"}, "momenta has 1"),
        ({"rates.momenta": ","}, "momenta is empty"),
        ({"rates.cell": "a,b"}, "cell is 'a,b'"),
        ({"rates.what": "1"}, "unknown name"),
        ({"data": "spirrals"}, "did you mean 'spirals'"),
    ],
)
def test_a_broken_address_is_told(query, told):
    with pytest.raises(ArgumentError, match=f"the address is broken: .*{told}"):
        state_from(query, Spec())


def test_momenta_as_people_write_them():
    assert numbers_in("momenta", " 0.9,0  .5, ") == (0.0, 0.5, 0.9)
    with pytest.raises(ArgumentError, match="momenta is 'half'"):
        numbers_in("momenta", "half")
