"""What the room shows, in an address and back, and what of a broken one is told."""

import re
from urllib.parse import parse_qsl

import pytest

from thalweg.errors import ArgumentError
from thalweg.studio.landscape_state import Chosen, State, query_of, rows_of, state_from

STATES = [
    State(),
    State(start=(0.1 + 0.2, -1e-7), rules=(Chosen("gd", 0.12), Chosen("momentum", 0.02, 0.5), Chosen("lm")), steps=30),
    State(case="dl3aa", pair=3, view="surface", eigenvectors=False),
    State(data=((1.0, 2.0, -0.25), (0.5, 0.0, 1e-9))),
    State(case="network", weights=("layer1[0,0]", "layer2[0]"), alone=False, training={"data": "circle", "seed": "4"}),
]


@pytest.mark.parametrize("state", STATES)
def test_there_and_back(state):
    assert state_from(dict(parse_qsl(query_of(state)))) == state


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"case": "dl3g"}, "unknown case 'dl3g': did you mean 'dl3gd'"),
        ({"sart": "1,2"}, "unknown name 'sart': did you mean 'start'"),
        ({"start": "1"}, "start has 1 values; it must have 2"),
        ({"start": "1,x"}, "start: 'x' is no number"),
        ({"start": "1,inf"}, "start: 'inf' is no number that can be drawn"),
        ({"rules": "adma 0.1"}, "unknown optimizer 'adma'"),
        ({"rules": "gd -1"}, "learning_rate is -1.0"),
        ({"rules": "adam 0.1 0.5"}, "adam has no momentum"),
        ({"rules": "gd 1 2 3"}, "more than a learning rate and a momentum"),
        ({"rules": ",".join(["gd"] * 6)}, "there are 6 rules; at most 5"),
        ({"rules": ""}, "unknown optimizer ''"),
        ({"steps": "0"}, "steps is '0'; it must be 1 to 5,000"),
        ({"steps": "1e3"}, "steps is '1e3'"),
        ({"pair": "2"}, "pair goes with the case dl3aa"),
        ({"case": "dl3aa", "data": "1,2,3"}, "data go with the case dl3gd"),
        ({"weights": "a[0,0];a[0,1]"}, "weights go with the case network"),
        ({"view": "globe"}, "unknown view 'globe'"),
        ({"data": "1,2"}, "row 1 of the data has 2 values; it must have 3"),
        ({"data": ";".join(["1,2,3"] * 201)}, "there are 201 rows of data; at most 200"),
        ({"data": "1" * 9000}, "more than 8,000 letters"),
    ],
)
def test_a_broken_address_says_what_of_it(query, words):
    with pytest.raises(ArgumentError, match=re.escape(words)) as caught:
        state_from(query)
    assert str(caught.value).startswith("the address is broken: ")


def test_rows_as_people_write_them():
    assert rows_of("1 2 3\n\n -1,2.5,\t1e-3 ;0,0,0\n") == ((1.0, 2.0, 3.0), (-1.0, 2.5, 0.001), (0.0, 0.0, 0.0))
    for text, words in (("", "there are no data"), ("1,2,3\n1,b,3", "row 2 of the data: 'b' is no number")):
        with pytest.raises(ArgumentError, match=words):
            rows_of(text)


def test_a_change_of_the_case_brings_its_own_start_and_rules():
    state = STATES[1].turned_to(case="dl3aa")
    assert state == State(case="dl3aa")
    kept = STATES[1].turned_to(data=((1.0, 0.0, 1.0),))
    assert kept.start == ()
    assert kept.rules == STATES[1].rules
