import polars as pl
import pytest

from thalweg.data import prepare
from thalweg.data.alike import alike_note


def test_classes_and_categories_that_differ_by_case_alone_are_told_and_kept_apart():
    frame = pl.DataFrame({"soil": ["Clay", "clay", "sand"] * 20, "ripe": ["Yes", "yes", "No", "no"] * 15})
    prepared = prepare(frame, target="ripe")
    assert prepared.encoding.target.classes == ("No", "Yes", "no", "yes")
    told = [note for note in prepared.notes if "case or spaces alone" in note]
    assert [note.partition(":")[0] for note in told] == ["column 'soil'", "target 'ripe'"]
    assert "'Clay' and 'clay' differ" in told[0]


@pytest.mark.parametrize("names", [["a", "b"], ["1", 1, True, None], ["straße", "strand"], []])
def test_others_are_not_told(names):
    assert alike_note("x", names) == ()
