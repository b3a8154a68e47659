"""What the room of activations shows, in its address and back."""

from urllib.parse import parse_qsl

import pytest

from thalweg.core.activations import ELU, Formula, LeakyReLU, Tanh
from thalweg.errors import ArgumentError
from thalweg.studio.activations_state import ActivationsState, function_of, query_of, said_of, state_from


@pytest.mark.parametrize(
    "state",
    [
        ActivationsState(),
        ActivationsState(functions=("tanh", "elu alpha=0.5", "max(x, 0)**2 if x <= 1 else x"), at=-0.25, chosen=2),
        ActivationsState(low=-1.0, high=3.5, saturated_below=0.1, notation="nielsen", functions=("hardlim",)),
    ],
)
def test_an_address_says_the_same_again(state):
    assert state_from(dict(parse_qsl(query_of(state)))) == state


def test_functions_with_their_settings():
    made = ActivationsState(functions=("tansig", "leaky_relu slope=-0.2", "elu", "x**2")).made()
    assert made == (Tanh(), LeakyReLU(slope=-0.2), ELU(), Formula("x**2"))
    assert [said_of(function_of(said_of(one))) for one in made] == ["tansig", "leaky_relu slope=-0.2", "elu", "x**2"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"f": "tahn"}, "did you mean 'tanh'"),
        ({"f": "tanh;"}, "the formula is empty"),
        ({"f": "elu alpha=big"}, "elu: alpha is 'big'"),
        ({"f": "elu beta=1"}, "unknown setting"),
        ({"f": "elu alpha=-1"}, "alpha is -1.0"),
        ({"f": "x.real"}, "asks for an attribute"),
        ({"f": ";".join(["tanh"] * 7)}, "functions has 7"),
        ({"at": "much"}, "at is 'much'"),
        ({"chosen": "-1"}, "chosen is -1"),
        ({"notation": "nn"}, "unknown notation"),
        ({"what": "1"}, "unknown name"),
        ({"f": "x" * 5000}, "more than 4,000 letters"),
    ],
)
def test_a_broken_address_is_told(query, told):
    with pytest.raises(ArgumentError, match=f"the address is broken: .*{told}"):
        state_from(query)
