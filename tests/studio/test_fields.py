"""What forms ask for: all that the registries have."""

import dataclasses

import pytest

from thalweg.core.activations import ACTIVATIONS
from thalweg.optimizers import RULES
from thalweg.studio import fields
from thalweg.studio.spec import Spec


@pytest.mark.parametrize("rule", list(RULES))
def test_every_number_of_every_rule_is_asked_for(rule):
    asked = {one.name: one for one in fields.rule_fields(rule)}
    assert {one.name for one in RULES[rule].numbers()} <= set(asked)
    for one in dataclasses.fields(RULES[rule]):
        assert asked[one.name].default == getattr(RULES.get(rule), one.name)
    Spec(optimizer=rule, rule={name: one.default for name, one in asked.items()})


def test_a_rule_that_is_entered_later_is_offered(monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class Mine(RULES["gd"]):
        """My own rule: gradient descent."""

        patience: int = 3
        kind: str = "plain"

    monkeypatch.setitem(RULES._parts, "mine", Mine)
    assert fields.rules()["mine"] == "mine: My own rule"
    assert [one.name for one in fields.rule_fields("mine")] == ["learning_rate", "patience"]


def test_hidden_layers_have_all_activations_but_those_that_are_none():
    assert set(fields.activations()) == set(ACTIVATIONS) - {"softmax"}


def test_only_differing_settings_are_kept():
    asked = fields.rule_fields("momentum")
    assert fields.differing(asked, {"learning_rate": 0.01, "momentum": 0.5}) == {"momentum": 0.5}
