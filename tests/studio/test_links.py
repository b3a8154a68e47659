"""A training in an address, and back."""

import contextlib
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.errors import ArgumentError
from thalweg.optimizers import RULES
from thalweg.studio.fields import NUMBER, rule_fields
from thalweg.studio.links import query_of, spec_from
from thalweg.studio.spec import Spec

SPECS = [
    Spec(),
    Spec(data="iris", layers=()),
    Spec(data="spirals", layers=((8, "relu", 0.1), (3,)), shortcuts=True, batch_size="all", goal=0.01),
    Spec(
        data="table", target=("a, b", "ü&="), ignore=("<img src=x onerror=alert(1)>",), text=("zip",), task="regression"
    ),
    Spec(
        data="table",
        sheet="a b",
        no_header=True,
        dates="day-first",
        decimal="comma",
        many_texts="hash",
        missing_targets="ignore",
        sample_weight="w",
        class_weight="balanced",
        group="g",
        stratify="s,",
        time=None,
    ),
    Spec(
        layers=((3, "formula", 0.0, (("formula", "max(x, 0) if x > -1 else 0"),)), (2, "elu", 0.1, (("alpha", 0.5),))),
        loss="huber",
        loss_settings={"delta": 0.5},
        optimizer="momentum",
        final_momentum=0.9,
        max_seconds=5.0,
    ),
    Spec(batch_size=7, patience=3, l1=0.5, dtype="float64", engine="xla", loss="mse", order="random", noise=1),
]


@pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))
def test_there_and_back(spec):
    assert spec_from(dict(parse_qsl(query_of(spec)))) == spec


@pytest.mark.parametrize("rule", list(RULES))
def test_every_setting_of_every_rule_is_held(rule):
    numbers = {one.name: (one.default + 2e-3) for one in rule_fields(rule) if one.kind == NUMBER}
    low = {one.name: one for one in rule_fields(rule) if one.kind == NUMBER}
    numbers = {name: value for name, value in numbers.items() if low[name].at_least <= value < low[name].below}
    spec = Spec(optimizer=rule, rule=numbers)
    assert spec_from(dict(parse_qsl(query_of(spec)))) == spec


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"data": "xorr"}, "did you mean 'xor'"),
        ({"epochs": "0"}, "epochs is 0"),
        ({"epochs": "ten"}, "epochs is 'ten'"),
        ({"epochs": "true"}, "epochs is 'true'"),
        ({"layers": "four tanh"}, "hidden layer 1"),
        ({"layers": "4 softmax"}, "hidden layer 1"),
        ({"layers": ","}, "hidden layer 1"),
        ({"layers": "3 formula 0.0 formula=%22x%2Fy%22"}, "hidden layer 1: formula, column 3: unknown name 'y'"),
        ({"layers": "3 elu 0.0 alpha"}, "hidden layer 1"),
        ({"layers": "3 elu 0.0 beta=1"}, "hidden layer 1: unknown setting of activation 'elu', 'beta'"),
        ({"loss.delta": "1"}, "loss_settings go with a loss"),
        ({"loss": "huber", "loss.delta": "-1"}, "delta"),
        ({"decimal": "dot"}, "unknown decimal 'dot'"),
        ({"no_header": "yes"}, "no_header is 'yes'"),
        ({"rule.learning_rate": "-1"}, "learning_rate is -1; it must be above 0 and at most 1000"),
        ({"rule.learning_rate": "2000", "rule.beta1": "0.5"}, "learning_rate is 2000; it must be above 0 and at most"),
        ({"rule.epsilon": "-1"}, "epsilon is -1; it must be at least 0 and finite"),
        ({"rule.speed": "1"}, "speed"),
        ({"rule": "{}"}, "rule"),
        ({"split": "70/70/70"}, "split"),
        ({"shortcuts": "1"}, "shortcuts"),
        ({"colour": "red"}, "colour"),
        ({"text": "x" * 9000}, "8,000"),
        ({"goal": "NaN"}, "goal"),
        ({"rule.learning_rate": "[" * 3000}, "learning_rate"),
    ],
)
def test_a_broken_address_says_what_is_broken(query, told):
    with pytest.raises(ArgumentError, match="the address is broken") as caught:
        spec_from(query)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.dictionaries(st.sampled_from(list(Spec.__dataclass_fields__)), st.text(max_size=12), max_size=4))
@settings(max_examples=150, deadline=None)
def test_no_address_raises_anything_else(query):
    with contextlib.suppress(ArgumentError):
        assert isinstance(spec_from(query), Spec)
