"""What an export is of: members as they stand, names that every language takes, refusals by name."""

import dataclasses
import re

import numpy as np
import parts_of_ones_own as own
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from to_export import models

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.exchange.subject import identifiers, subject_of


def test_members_keep_their_types_and_those_of_no_weight_are_left_out():
    mean = models()["mean"]
    assert [(one.dtype, one.weight) for one in subject_of(mean, "x").members] == [("float32", 1.0), ("float64", 2.0)]
    one = subject_of(dataclasses.replace(mean, weights=(0.0, 2.0)), "x")
    assert [member.weight for member in one.members] == [2.0]
    assert one.together


def test_a_type_can_be_asked_for():
    subject = subject_of(models()["several"], "x", "float32")
    assert {array.dtype.name for unit in subject.members[0].units for array in unit.weights.values()} == {"float32"}
    with pytest.raises(ArgumentError, match="dtype is 'half'"):
        subject_of(models()["several"], "x", "half")
    net = tw.mlp(1, 1)
    with pytest.raises(ArgumentError, match="layer 'layer1' has a weight or bias that is not finite in float32"):
        subject_of(tw.Model(net, net.unravel(np.array([1e200, 0.0])), tw.losses.MSE()), "x", "float32")


def test_a_part_of_ones_own_without_a_text_is_named_with_its_member_and_layer():
    net = tw.mlp(2, 3, 1, hidden=own.SilentBent())
    model = tw.Model(net, net.init(0), tw.losses.MSE())
    with pytest.raises(ArgumentError, match=r"^layer 'layer1': activation 'SilentBent' has no text"):
        subject_of(model, "x")
    together = dataclasses.replace(model, members=(model, model), weights=(1.0, 1.0))
    with pytest.raises(ArgumentError, match=r"^member 1, layer 'layer1': activation 'SilentBent'"):
        subject_of(together, "x")


def test_dropout_is_nothing_at_prediction():
    net = tw.mlp(2, 3, 1, dropout=0.5)
    assert subject_of(tw.Model(net, net.init(0), tw.losses.MSE()), "x").check.rows == 3


def test_the_head_is_lines_without_control_characters():
    model = dataclasses.replace(
        models()["classes"], record={"table": {"name": "a\x1b[31m\nb.csv"}, "explanation": "x\ny"}
    )
    head = subject_of(model, "x").head
    assert head[0].startswith("Written by Thalweg")
    assert "trained on a\\x1b[31m b.csv" in head
    assert all(line.isprintable() for line in head)


@settings(max_examples=30)
@given(st.lists(st.text(max_size=80), max_size=6), st.booleans())
def test_identifiers_are_such_and_all_different(names, fields):
    found = identifiers(names, fields=fields)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,70}", one) for one in found)
    assert len({one.casefold() for one in found}) == len(names)
