"""How the room that compares runs shows them, in its address and back."""

from urllib.parse import parse_qsl

import pytest

from thalweg.errors import ArgumentError
from thalweg.studio.compare_state import CompareState, query_of, state_from


@pytest.mark.parametrize(
    "state",
    [
        CompareState(),
        CompareState(sort="-R²", differing=True, log=False),
        CompareState(panels=("losses", "mu")),
        CompareState(runs=(("Zx3k_0aQ", "a, <b>"), ("Zx3k-0aR", "b")), undrawn=("Zx3k-0aR",)),
    ],
)
def test_an_address_says_the_same_again(state):
    assert state_from(dict(parse_qsl(query_of(state)))) == state


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"log": "2"}, "log is '2'"),
        ({"what": ""}, "unknown name"),
        ({"sort": "x" * 2000}, "1,000 letters"),
        ({"run./etc": "a"}, "'run./etc' names no run"),
        ({f"run.{k:08}": "a" for k in range(41)}, "41 runs"),
    ],
)
def test_a_broken_address_is_told(query, told):
    with pytest.raises(ArgumentError, match=f"the address is broken: .*{told}"):
        state_from(query)
