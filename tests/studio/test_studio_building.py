"""What cannot be built is told by its field."""

import re

import polars as pl
import pytest
from driven import built_of

from thalweg.errors import ThalwegError
from thalweg.studio.building import OwnTable, build
from thalweg.studio.spec import Spec


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"layers": ((0,),)}, "hidden layer 1: size is 0"),
        ({"layers": ((3,), (4, "tahn"))}, "hidden layer 2: unknown activation 'tahn'"),
        ({"layers": ((3, "tanh", 1.0),)}, "hidden layer 1: dropout is 1"),
        ({"layers": ((1,),) * 13}, "at most 12 hidden layers"),
        ({"optimizer": "lm"}, "sum of squares"),
        ({"optimizer": "adamw", "l2": 0.1}, "l2 goes with"),
        ({"data": "sine", "loss": "cross_entropy"}, "cross_entropy"),
        ({"rule": {"beta1": 1.5}}, "beta1 is 1.5"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"data": "table"}, "upload it"),
        ({"split": "a/b"}, "split"),
        ({"layers": ((3, "formula", 0.0, (("formula", "x/(1 + y)"),)),)}, "hidden layer 1: formula, column 8: unknown"),
        ({"layers": ((3, "formula", 0.0, (("formula", "1/x"),)),)}, "hidden layer 1: "),
        ({"layers": ((3, "leaky_relu", 0.0, (("slope", "x"),)),)}, "hidden layer 1: "),
        ({"loss": "formula", "loss_settings": {"formula": "y"}}, "loss: formula, column 1: unknown name 'y'"),
        ({"loss": "huber", "loss_settings": {"delta": -1}}, "delta"),
        ({"optimizer": "adam", "final_momentum": 0.9}, "has no momentum"),
        ({"max_seconds": -1.0}, "max_seconds"),
        ({"data": "sine", "group": "xx"}, "'xx'"),
        ({"epochs": 10**9}, "epochs is 1000000000"),
    ],
)
def test_the_field_is_named(fields, told):
    with pytest.raises(ThalwegError, match=re.escape(told)):
        built_of(**fields)


def test_kinds_of_columns_can_be_changed():
    frame = pl.DataFrame({"zip": [10, 20, 30, 40] * 12, "size": range(48), "y": ["a", "b", "b", "a"] * 12})
    own = OwnTable("t.csv", frame)
    usual = build(Spec(data="table", target=("y",), engine="numpy"), own)
    changed = build(Spec(data="table", target=("y",), text=("zip",), ignore=("size",), engine="numpy"), own)
    assert [row.kind for row in usual.prepared.encoding.summary()] == ["numeric", "numeric"]
    assert [row.column for row in changed.prepared.encoding.summary()] == ["zip"]
    assert changed.prepared.encoding.summary()[0].kind != "numeric"
    assert build(Spec(data="table", target=("size",), engine="numpy"), own).prepared.task == "regression"


def test_without_a_target_the_last_column_is_it():
    own = OwnTable("t.csv", pl.DataFrame({"a": range(40), "b": [k % 2 for k in range(40)]}))
    assert build(Spec(data="table"), own).target == ("b",)


def test_columns_have_parts_and_there_may_be_several_targets():
    n = 60
    frame = pl.DataFrame({"x": range(n), "w": [1 + k % 2 for k in range(n)], "g": [k // 6 for k in range(n)],
                          "y": [k / 2 for k in range(n)], "z": [k / 3 for k in range(n)]})  # fmt: skip
    own = OwnTable("t.csv", frame)
    built = build(Spec(data="table", target=("y", "z"), sample_weight="w", group="g", engine="numpy"), own)
    assert built.network.output.size == 2
    assert [row.column for row in built.prepared.encoding.summary()] == ["x"]
    assert built.prepared.train.weight is not None
    parts = [part.labels for part in (built.prepared.train, built.prepared.test)]
    groups = [{int(2 * row[0]) // 6 for row in labels} for labels in parts]
    assert groups[0].isdisjoint(groups[1])
