"""Targets that vary in a table, and not in a part of it."""

import polars as pl
import pytest

from thalweg.data import prepare
from thalweg.data.roles import Roles
from thalweg.errors import DataError

DAY = range(60)
BY_DAY = {"fractions": (0.6, 0.2, 0.2), "roles": Roles(time="day")}


def table(y, **more):
    return pl.DataFrame({"x": [(7 * i) % 60 for i in DAY], "day": DAY, "y": y, **more})


@pytest.mark.parametrize(
    ("values", "told"),
    [((1.5, 2.5), "1.5"), (("no", "yes"), "'no'"), ((False, True), "False")],
    ids=["measured", "classes", "booleans"],
)
def test_a_target_that_varies_outside_training_alone_is_refused_as_that(values, told):
    one, other = values
    with pytest.raises(DataError, match=f"'y' is {told} in all 36 training rows, though not in all 60 rows: split"):
        prepare(table([one] * 36 + [one, other] * 12), target="y", **BY_DAY)
    with pytest.raises(DataError, match=r"'y' is [12].5 in the only training row, though not in all 3 rows: split"):
        prepare(pl.DataFrame({"x": [1, 2, 3], "y": [1.5, 1.5, 2.5]}), target="y")


@pytest.mark.parametrize(
    ("values", "told"), [((1.5, 2.5), "1.5"), (("no", "yes"), "'no'")], ids=["measured", "classes"]
)
def test_a_target_that_is_the_same_in_all_validation_rows_is_told_first(values, told):
    one, other = values
    varied = prepare(table([one, other] * 30), target="y", **BY_DAY)
    assert not [note for note in varied.notes if "validation rows" in note]
    found = prepare(table([one, other] * 18 + [one] * 12 + [one, other] * 6), target="y", **BY_DAY)
    assert found.notes[0].startswith(f"target 'y' is {told} in all 12 validation rows: their loss, by which the epoch")
    weighed = table([one, other] * 30, w=[1] * 36 + [1, 0] * 4 + [0, 0] * 2 + [1] * 12)  # of which four count
    roles = Roles(time="day", sample_weight="w")
    few = prepare(weighed, target="y", fractions=BY_DAY["fractions"], roles=roles)
    assert not [note for note in few.notes if "validation rows" in note]


def test_a_class_whose_training_rows_count_nothing_is_told():
    frame = table(["no", "yes"] * 30, w=[0, 1] * 30)
    notes = prepare(frame, target="y", roles=Roles(sample_weight="w")).notes
    assert "target 'y': all training rows of 'no' have the weight 0, so that it is not learnt" in notes
    kept = prepare(frame.with_columns(w=1), target="y", roles=Roles(sample_weight="w")).notes
    assert not [note for note in kept if "learnt" in note]
